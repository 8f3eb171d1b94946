"""Phrases: how a host opens, moves on, stresses, shows a figure and closes, as templates for other episodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.cues import CUES
from podcast_dspy.analysis.language import sentences
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.templates import Generaliser
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SegmentType

__all__ = ["Phrases", "phrases_of"]

_LONGEST: Final = 16
"""Words of the longest phrase; longer sentences are cut to their opening clause."""
_MOST: Final = 8
_EMPHASIS: Final = re.compile(
    r"\b(?:this|that|here|it|which) (?:is|'s) (?:really |actually |where |the )*(?:important|key|crucial|critical|striking|"
    r"remarkable|interesting|surprising|fascinating|point|part|twist|clever)|\b(?:here|there)'s the (?:thing|key|twist|catch|part)|"
    r"\bthe (?:key|important|crucial|surprising|interesting|striking) (?:point|thing|idea|part|insight|bit)\b|\bcrucially\b|"
    r"\bnotice (?:that|how|what)\b|\bremember\b|\bkeep in mind\b|\blet that sink in\b|\bthat'?s the (?:whole|entire) \w+\b|"
    r"\bwhat(?:'s| is) (?:really )?(?:striking|remarkable|interesting|surprising)\b|\bpay attention\b|\bworth (?:repeating|noting|pausing)\b",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"\b(?:figure|fig\.?|table|chart|plot|graph|diagram)\b", re.IGNORECASE)
_SPLIT: Final = re.compile(r"(?<=[,;:])\s+|\s+(?=(?:because|which|where|that|and|but)\s)|\s+[-–—]+\s+")


class Phrases(BaseModel):
    """Templates by what they do, each list in the order of the episode without repeats."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intro: tuple[str, ...] = ()
    transition: tuple[str, ...] = ()
    emphasis: tuple[str, ...] = ()
    conclusion: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()


def phrases_of(segments: Sequence[AlignedSegment], graph: DocumentGraph | None) -> Phrases:
    """Find the phrases that stand in the transcript, and free them of the paper's and the show's own words."""
    transcript = " ".join(segment.transcript_segment.text for segment in segments)
    generaliser = Generaliser(transcript, graph)

    def collect(kinds: set[SegmentType] | None, wanted: Callable[[str, int], bool]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for segment in segments:
            if kinds is None or segment.segment_type in kinds:
                for index, sentence in enumerate(sentences(segment.transcript_segment.text)):
                    phrase = _opening(sentence) if wanted(sentence, index) else None
                    template = generaliser.template(phrase) if phrase else None
                    if template:
                        found.setdefault(template)
        return tuple(found)[:_MOST]

    def cue(kind: SegmentType) -> Callable[[str, int], bool]:
        return lambda sentence, _: CUES[kind].search(sentence) is not None

    moves = CUES[SegmentType.TRANSITION]
    return Phrases(
        intro=collect({SegmentType.INTRO}, cue(SegmentType.INTRO)),
        transition=tuple(
            dict.fromkeys(
                (
                    *collect({SegmentType.TRANSITION}, lambda sentence, index: True),
                    *collect(
                        None, lambda sentence, index: index == 0 and moves.search(sentence[:60]) is not None
                    ),
                )
            )
        )[:_MOST],
        emphasis=collect(None, lambda sentence, _: _EMPHASIS.search(sentence) is not None),
        conclusion=collect({SegmentType.CONCLUSION}, cue(SegmentType.CONCLUSION)),
        figure=collect(None, lambda sentence, _: _FIGURE.search(sentence) is not None),
    )


def _opening(sentence: str) -> str | None:
    """The sentence if it is short, else its first clauses up to the limit; None when no clause fits."""
    if len(sentence.split()) <= _LONGEST:
        return sentence
    taken = ""
    for clause in _SPLIT.split(sentence):
        longer = f"{taken} {clause}".strip()
        if len(longer.split()) > _LONGEST - 2:
            break
        taken = longer
    return taken if len(taken.split()) >= 3 else None
