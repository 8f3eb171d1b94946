"""Phrases: how a host opens, moves on, stresses, shows a figure and closes, as templates for other episodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.templates import Generaliser
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.language import guess_language
from podcast_dspy.text.sentences import split_sentences

__all__ = ["Phrases", "phrases_of"]

_MOST: Final = 8
_EMPHASIS: Final = re.compile(
    r"\b(?:this|that|here|it|which)(?: is|'s) (?:really |actually |where |the )*(?:important|key|crucial|critical|"
    r"striking|remarkable|interesting|surprising|fascinating|point|part|twist|clever)"
    r"|\b(?:here|there)'s the (?:thing|key|twist|catch|part|rub|surprise)"
    r"|\bthe (?:key|important|crucial|surprising|interesting|striking) (?:point|thing|idea|part|insight|bit)\b"
    r"|\bcrucially\b|\bnotice (?:that|how|what)\b|\bremember(?: that| this)\b|\bkeep in mind\b|\blet that sink in\b"
    r"|\bbelieve it or not\b|\bthat'?s the (?:whole|entire) \w+\b|\bpay attention\b"
    r"|\bwhat(?:'s| is) (?:really )?(?:striking|remarkable|interesting|surprising)\b"
    r"|\bworth (?:repeating|noting|pausing)\b|\bplain and simple\b|\band that'?s (?:it|that|huge)\b",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(
    r"\{figure\}|\b(?:figure(?! (?:out|it|that|this|what|how|why|when)\b)|chart|plot|graph|diagram)\b"
    r"|(?<!on )(?<!at )(?<!to )\b(?:the|this|that|next|first|second|last) table\b",
    re.IGNORECASE,
)
"""A picture on the page; a table to sit at and figuring something out are none."""


class Phrases(BaseModel):
    """Templates by what they do, each list in the order of the episode without repeats."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intro: tuple[str, ...] = ()
    transition: tuple[str, ...] = ()
    emphasis: tuple[str, ...] = ()
    conclusion: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()


def phrases_of(segments: Sequence[AlignedSegment], graph: DocumentGraph | None) -> Phrases:
    """Find the phrases that stand in the transcript, and free them of the paper's and the show's own words.

    Scripts are written in English: a show in another language has a structure and a pace to learn from, no phrases.
    """
    transcript = " ".join(segment.transcript_segment.text for segment in segments)
    if guess_language([transcript], default="en") != "en":
        return Phrases()
    generaliser = Generaliser(transcript, graph)

    def collect(
        kinds: set[SegmentType] | None, wanted: Callable[[str, int], bool], *, templated: bool = False
    ) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for segment in segments:
            if kinds is None or segment.segment_type in kinds:
                for index, sentence in enumerate(split_sentences(segment.transcript_segment.text)):
                    template = generaliser.template(sentence)
                    if template and wanted(template if templated else sentence, index):
                        found.setdefault(template)
        return tuple(found)[:_MOST]

    def cue(kind: SegmentType) -> Callable[[str, int], bool]:
        return lambda sentence, _: kind.row.cues.search(sentence) is not None

    moves = SegmentType.TRANSITION.row.cues
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
        emphasis=collect(None, lambda phrase, _: _EMPHASIS.search(phrase) is not None, templated=True),
        conclusion=collect({SegmentType.CONCLUSION}, cue(SegmentType.CONCLUSION)),
        figure=collect(None, lambda phrase, _: _FIGURE.search(phrase) is not None, templated=True),
    )
