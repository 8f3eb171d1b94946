"""Analyst: a capable LM reads a transcript in a few windows: its segments, what they are about, its host's style."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import accumulate, pairwise
from typing import Any, Final

import dspy

from podcast_dspy.analysis.measurement import verbatim
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.lms.asking import ask, neutral, side_by_side
from podcast_dspy.signatures.analysing import HostStyle, ReadTranscript, SpokenSegment
from podcast_dspy.signatures.types import SegmentType, parse_type

_WINDOW: Final = 2500
"""Words that are read in one go: ten minutes of the fastest host, a quarter of an hour of most."""
_OVERLAP: Final = 6
"""Sentences that a window sees of each neighbour."""
_CAPTION: Final = 60
"""Words of a caption that are shown."""


@dataclass(frozen=True)
class EpisodeReading:
    """What an LM says of a whole episode."""

    segments: tuple[SpokenSegment, ...]
    """In order; every sentence, numbered from 1, is in exactly one. Sections and figures are ids of the outline."""
    style: HostStyle
    outline: Outline

    @property
    def of_sentence(self) -> list[int]:
        """For each sentence the place of its segment."""
        return [
            place
            for place, segment in enumerate(self.segments)
            for _ in range(segment.first, segment.last + 1)
        ]

    @property
    def types(self) -> list[SegmentType]:
        """The type of each sentence."""
        return [parse_type(self.segments[place].type) for place in self.of_sentence]


@dataclass(frozen=True)
class Outline:
    """What the analyst sees of a paper, and what each id means."""

    text: str
    sections: dict[str, frozenset[str]]
    """Id to the atoms of the section and those below it."""
    figures: dict[str, str]
    """Id to the atom."""
    terms: tuple[str, ...]

    @classmethod
    def of(cls, graph: DocumentGraph) -> Outline:
        """The outline of a paper."""
        abstract = frozenset(atom.atom_id for atom in graph.atoms if atom.atom_type == "abstract")
        sections = {"s0": abstract} if graph.abstract else {}
        lines = [graph.title, *([f"[s0] Abstract: {graph.abstract}"] if graph.abstract else [])]
        for place, section in enumerate(graph.sections):
            below = [section]
            for other in graph.sections[place + 1 :]:
                if other.level <= section.level:
                    break
                below.append(other)
            sections[f"s{place + 1}"] = frozenset(atom for one in below for atom in one.atom_ids)
            lines.append(f"[s{place + 1}] {section.number or ''} {section.title}")
        figures = {}
        for letter, pictures in (("f", graph.get_figures()), ("t", graph.get_tables())):
            for place, picture in enumerate(pictures, 1):
                figures[f"{letter}{place}"] = picture.atom_id
                caption = " ".join((picture.caption or "").split()[:_CAPTION])
                label = f"{picture.atom_type.capitalize()} {picture.figure_number or ''}".strip()
                lines.append(f"[{letter}{place}] {label}: {caption}")
        shown = "\n".join(" ".join(neutral(line).split()) for line in lines)
        names = tuple(concept.name for concept in graph.key_concepts)
        return cls(f"<paper>\n{shown}\n</paper>", sections, figures, names)


class Analyst(dspy.Module):  # type: ignore[misc]
    """Reads transcripts with the LM of the current DSPy context."""

    def __init__(self) -> None:
        super().__init__()
        self.read = dspy.Predict(ReadTranscript)

    def forward(self, sentences: Sequence[TranscriptSegment], graph: DocumentGraph) -> EpisodeReading:
        """What an episode does with its paper, and how its host speaks. Raises ModelError."""
        outline = Outline.of(graph)
        shown = windows(sentences)
        found = side_by_side([partial(self.read_window, sentences, window, outline) for window in shown])
        segments = reduce(joined, ([*answer.segments] for answer in found))
        style = _merged([answer.style for answer in found])
        return EpisodeReading(tuple(segments), style, outline)

    def read_window(
        self, sentences: Sequence[TranscriptSegment], window: range, outline: Outline
    ) -> dspy.Prediction:
        """What some of the sentences do: `segments` and `style`. Raises ModelError."""
        return ask(
            self.read,
            "analyst",
            lambda answer: list(faults_of(answer, sentences, window, outline)),
            **window_inputs(sentences, window, outline),
        )


def window_inputs(sentences: Sequence[TranscriptSegment], window: range, outline: Outline) -> dict[str, Any]:
    """What the analyst is shown of an episode."""
    count = len(sentences)
    share = f"{100 * window.start // count} to {math.ceil(100 * window.stop / count)} percent"
    return {
        "paper": outline.text,
        "terms": list(outline.terms),
        "place": f"sentences {window.start + 1} to {window.stop} of {count}, {share} of the episode",
        "transcript": _transcript(sentences, window),
    }


def windows(sentences: Sequence[TranscriptSegment]) -> list[range]:
    """Places of the sentences of each window: as few as will do, of equal length, overlapping a little."""
    spoken = list(accumulate(len(sentence.text.split()) for sentence in sentences))
    count = max(1, math.ceil(spoken[-1] / _WINDOW))
    cuts = [sum(words <= spoken[-1] * part / count for words in spoken) for part in range(1, count)]
    bounds = sorted({0, *cuts, len(sentences)})
    return [
        range(max(0, start - _OVERLAP), min(len(sentences), end + _OVERLAP))
        for start, end in pairwise(bounds)
    ]


def _transcript(sentences: Sequence[TranscriptSegment], window: range) -> str:
    lines, speaker = ["<transcript>"], None
    for place in window:
        sentence = sentences[place]
        turn = f"{sentence.speaker}: " if sentence.speaker and sentence.speaker != speaker else ""
        speaker = sentence.speaker
        lines.append(f"[{place + 1}] {' '.join(neutral(turn + sentence.text).split())}")
    return "\n".join((*lines, "</transcript>"))


def faults_of(
    answer: dspy.Prediction, sentences: Sequence[TranscriptSegment], window: range, outline: Outline
) -> Iterator[str]:
    """What does not agree with the transcript or the paper."""
    due = window.start + 1
    for segment in answer.segments:
        if segment.first != due or not due <= segment.last <= window.stop:
            yield (
                f"a segment goes from sentence {segment.first} to {segment.last}, where the next has to begin at {due} "
                f"and may end at {window.stop} at the latest; every sentence belongs to exactly one segment"
            )
            return
        due = segment.last + 1
    if due != window.stop + 1:
        yield f"no segment holds sentences {due} to {window.stop}"
        return
    for segment in answer.segments:
        place = f"the segment from sentence {segment.first}"
        for kind, named, known in (
            ("section", segment.sections, outline.sections),
            ("figure or table", segment.figures, outline.figures),
            ("one of the terms", segment.concepts, outline.terms),
        ):
            if odd := [name for name in named if name not in known]:
                yield f"{place} names what is no {kind} of the list: {', '.join(odd[:3])[:120]}"
        text = " ".join(sentence.text for sentence in sentences[segment.first - 1 : segment.last])
        yield from _misquoted(place, [*segment.analogies, *segment.questions], text)
    text = " ".join(sentences[place].text for place in window)
    yield from _misquoted(
        "the style", [phrase for name in PHRASES for phrase in getattr(answer.style, name)], text
    )


def _misquoted(place: str, quotes: Sequence[str], text: str) -> Iterator[str]:
    for quote in quotes:
        if not verbatim([quote], text):
            yield f"{place} quotes what does not stand there word for word: {quote[:120]!r}"


PHRASES: Final = (
    "intro_phrases",
    "transition_phrases",
    "emphasis_phrases",
    "conclusion_phrases",
    "figure_phrases",
    "enthusiasm_markers",
)


def _merged(styles: Sequence[HostStyle]) -> HostStyle:
    """One style of all windows: every phrase, and the manner that most of them show; some rather than none."""
    phrases = {
        name: list(dict.fromkeys(phrase for style in styles for phrase in getattr(style, name)))
        for name in PHRASES
    }
    manner = {
        name: Counter(sorted(seen, key=lambda value: value == "none")).most_common(1)[0][0]
        for name in ("definition_style", "figure_explanation_depth")
        if (seen := [getattr(style, name) for style in styles])
    }
    return HostStyle.model_validate({**phrases, **manner})


def united(segments: Sequence[SpokenSegment]) -> SpokenSegment:
    """Neighbouring segments as one, of the first one's type, with everything found in them."""
    lists = {
        name: list(dict.fromkeys(item for segment in segments for item in getattr(segment, name)))
        for name in ("sections", "figures", "concepts", "analogies", "questions")
    }
    return segments[0].model_copy(update={"last": segments[-1].last, **lists})


def joined(left: list[SpokenSegment], right: list[SpokenSegment]) -> list[SpokenSegment]:
    """The segments of two windows that overlap, as one row.

    They meet where both begin a segment, else where both see one type, as near to the middle of what both have seen as
    can be: at the edge of a window the rest is missing that would tell what a sentence belongs to.
    """
    first, last = right[0].first, left[-1].last
    types = [
        {number: one.type for one in side for number in range(one.first, one.last + 1)}
        for side in (left, right)
    ]
    begun = {one.first for one in left} & {one.first for one in right}

    def merit(seam: int) -> tuple[int, float]:
        agreed = types[0].get(seam - 1) == types[1].get(seam)
        return (2 if seam in begun else int(agreed), -abs(seam - (first + last + 1) / 2))

    seam = max(range(first + 1, last + 1), key=merit, default=first)
    before = [one.model_copy(update={"last": min(one.last, seam - 1)}) for one in left if one.first < seam]
    after = [one.model_copy(update={"first": max(one.first, seam)}) for one in right if one.last >= seam]
    if seam not in begun and first < seam and before[-1].type == after[0].type:
        return [*before[:-1], united([before[-1], after[0]]), *after[1:]]
    return [*before, *after]
