"""The style extractor's prompt: how does one host speak?"""

from __future__ import annotations

from typing import Literal

import dspy

__all__ = ["ExtractStyle"]


class ExtractStyle(dspy.Signature):  # type: ignore[misc]
    """Describe how this host speaks, by phrases that stand in the transcript word for word.

    Give short phrases that would suit an episode about any other paper: no names of people or shows,
    none of the paper's own terms.
    """

    transcript: str = dspy.InputField()
    intro_phrases: list[str] = dspy.OutputField(desc="phrases that open the episode or present the paper")
    transition_phrases: list[str] = dspy.OutputField(desc="phrases that move to another topic")
    emphasis_phrases: list[str] = dspy.OutputField(desc="phrases that stress a point")
    conclusion_phrases: list[str] = dspy.OutputField(desc="phrases that wrap up")
    figure_phrases: list[str] = dspy.OutputField(desc="phrases that introduce a figure")
    enthusiasm_markers: list[str] = dspy.OutputField(desc="single words of enthusiasm")
    definition_style: Literal["inline", "parenthetical", "before_use", "none"] = dspy.OutputField(
        desc="how technical terms are defined"
    )
    figure_explanation_depth: Literal["none", "brief", "moderate", "detailed"] = dspy.OutputField()
