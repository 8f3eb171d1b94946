"""The classifier's prompt: what is one stretch of a transcript doing?"""

from __future__ import annotations

from typing import Literal

import dspy

__all__ = ["ClassifySegment", "SegmentLabel"]

SegmentLabel = Literal[
    "intro",
    "background",
    "problem",
    "methodology",
    "key_finding",
    "figure",
    "implication",
    "limitation",
    "conclusion",
    "tangent",
    "transition",
]
"""The values of SegmentType, spelled out: the JSON schema that a constrained decoder is given."""


class ClassifySegment(dspy.Signature):  # type: ignore[misc]
    """Say what one part of a podcast about a paper is doing.

    intro: welcome, names the paper. background: context, prior work. problem: what the paper addresses.
    methodology: how they did it. key_finding: a main result. figure: talks about one figure or table.
    implication: why it matters. limitation: caveats, future work. conclusion: wrap-up, goodbye.
    tangent: an aside. transition: moves to the next topic.
    """

    paper_title: str = dspy.InputField()
    paper_sections: str = dspy.InputField(desc="headings of the paper")
    previous: str = dspy.InputField(desc="what was said just before")
    segment: str = dspy.InputField(desc="the part to classify")
    following: str = dspy.InputField(desc="what is said just after")
    position: str = dspy.InputField(desc="where in the episode it stands, in percent")
    segment_type: SegmentLabel = dspy.OutputField()
