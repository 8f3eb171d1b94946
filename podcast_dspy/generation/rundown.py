"""Planner: a whole paper, read by a capable LM, becomes the rundown of an episode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import dspy
from pydantic import ValidationError

from podcast_dspy.analysis.measurement import vocabulary_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, UsageError
from podcast_dspy.generation.reading import PaperReading, packed
from podcast_dspy.generation.script import (
    EpisodePlan,
    PlannedSegment,
)
from podcast_dspy.lms.asking import ask, language_fault, neutral, side_by_side
from podcast_dspy.profiles.profile import AggregatedProfile, nearest_depth
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.signatures.planning import DigestPart, PartNote, PlanEpisode, Rundown
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.numbers import numbers

_WHOLE = 240_000
"""Characters of a paper (about 60,000 tokens) up to which it is read as it is, where the LM's context allows."""
_PER_TOKEN = 3.0
"""Characters a token, at the least, in English prose with numbers."""
_OF_CONTEXT = 0.5
"""Share of the context that a paper may fill: the rest is for instructions, script and answer."""
WINDOW = 60_000
"""Characters that are digested in one go."""
_NOTE = 260
"""Characters of a note."""
_NOTES = (6, 40)
_FEWEST = 2
"""Segments of the shortest episode."""
_SHORTEST = 8.0
"""Seconds of the shortest segment on the average: a sentence or two."""
_APART = (45.0, 30.0)
"""Seconds of a segment, where they are few and where they are many."""
_TITLE = 20
"""Words of the longest title."""


def characters_to_read() -> int:
    """Characters of a paper that the LM in use can read at a time."""
    lm = dspy.settings.lm
    known = (
        (getattr(lm, "kwargs", None) or {}).get("num_ctx"),
        getattr(getattr(lm, "takes", None), "context", None),
        getattr(getattr(lm, "engine", None), "context", None),
    )
    tokens = min((int(one) for one in known if isinstance(one, int) and one > 0), default=0)
    return min(_WHOLE, round(tokens * _PER_TOKEN * _OF_CONTEXT)) if tokens else _WHOLE


class Planner(dspy.Module):  # type: ignore[misc]
    """Plans an episode from the whole paper; one that is too long to be read at once, from notes on its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = dspy.Predict(DigestPart)
        self.plan = dspy.Predict(PlanEpisode)

    def forward(self, reading: PaperReading, shape: str, seconds: float, language: str = "en") -> Rundown:
        """The rundown of an episode of `seconds` in a language.

        Raises ModelError; DocumentError for a paper without text.
        """
        if not any(name.startswith("p") for name in reading.passages):
            raise DocumentError(f"{reading.title!r} holds no prose to make an episode of; check the file")
        room = characters_to_read()
        paper = reading.text if len(reading.text) <= room else self._digested(reading, room, language)
        answer = ask(
            self.plan,
            "planner",
            lambda found: list(_faults(found.rundown, reading, seconds, language)),
            language=language,
            paper=paper,
            shape=shape,
            seconds=round(seconds),
        )
        return _fitted(answer.rundown, reading, seconds)

    def _digested(self, reading: PaperReading, room: int, language: str) -> str:
        """Notes on every part of a paper, read side by side; on the notes again while they are too long."""
        fewest, most = _NOTES
        windows = reading.windows(min(WINDOW, room))
        while True:
            wanted = max(fewest, min(most, room // (len(windows) * _NOTE)))
            found = side_by_side(
                [partial(self._notes, reading, window, wanted, language) for window in windows]
            )
            lines = [f"[{note.passage}] {note.says}" for notes in found for note in notes]
            if len(windows) == 1 or sum(map(len, lines)) <= room:
                return "\n".join(("<paper>", reading.about, "(notes on the whole paper)", *lines, "</paper>"))
            windows = packed(lines, room)

    def _notes(self, reading: PaperReading, window: str, wanted: int, language: str) -> list[PartNote]:
        def faults(found: dspy.Prediction) -> list[str]:
            known = [note for note in found.notes if note.passage in reading.passages]
            if found.notes and not known:
                return ["none of the passages is an id of the part"]
            return language_fault([note.says for note in known], language)

        part = f"<paper>\n{window}\n</paper>"
        answer = ask(
            self.digest,
            "planner",
            faults,
            language=language,
            paper_title=reading.title,
            part=part,
            notes_wanted=wanted,
        )
        known = [note for note in answer.notes if note.passage in reading.passages]
        return [note.model_copy(update={"says": neutral(note.says)}) for note in known[:wanted]]


def _faults(rundown: Rundown, reading: PaperReading, seconds: float, language: str = "en") -> Iterator[str]:
    """What makes a rundown one that nobody can write by, in an episode of so many seconds and a language."""
    if len(rundown.segments) < _FEWEST:
        yield f"it has {len(rundown.segments)} segments; give at least {_FEWEST}"
    if len(rundown.segments) > (most := max(_FEWEST, int(seconds / _SHORTEST))):
        yield f"it has {len(rundown.segments)} segments in {seconds:.0f} seconds; give at most {most}"
    if (words := len(rundown.title.split())) > _TITLE:
        yield f"the title has {words} words; give at most {_TITLE}"
    for number, segment in enumerate(rundown.segments, 1):
        if not segment.point.strip():
            yield f"segment {number} has no point"
        if segment.passages and not any(name in reading.passages for name in segment.passages):
            yield f"segment {number} names no passage of the paper: {', '.join(segment.passages)[:80]}"
        if segment.seconds <= 0:
            yield f"segment {number} takes {segment.seconds} seconds"
    if not any(segment.passages for segment in rundown.segments):
        yield "no segment names the passages that it rests on"
    for name, text in (("idea", rundown.idea), ("question", rundown.question), ("answer", rundown.answer)):
        if not text.strip():
            yield f"{name} is empty"
    answered = {one.value for one in numbers(rundown.answer)}
    given = {text: {one.value for one in numbers(text)} for text in rundown.numbers}
    # "Less than a day" gives none that could be missing.
    if odd := [text for text, own in given.items() if own and not own & answered]:
        yield f"numbers has {', '.join(odd)[:80]}, which the answer does not say; copy it from there, or leave it out"
    yield from language_fault(
        [rundown.idea, rundown.answer, *(segment.point for segment in rundown.segments)], language
    )
    if language != "en":
        # Players show both, and names of our own would be English.
        unnamed = [str(number) for number, one in enumerate(rundown.segments, 1) if not one.chapter.strip()]
        if unnamed or not rundown.title.strip():
            yield f"the {'segments ' + ', '.join(unnamed) if unnamed else 'title'} lack a name"
        shown = " ".join((rundown.title, *(segment.chapter for segment in rundown.segments)))
        yield from language_fault([shown], language)


def rundown_of(plan: EpisodePlan, reading: PaperReading, seconds: float, language: str = "en") -> Rundown:
    """The rundown that a plan holds, for an episode of `seconds` in a language.

    Raises UsageError for a plan that has none, or one that nobody can write by.
    """
    if plan.rundown is None:
        raise UsageError(
            "this plan was made without a capable model, which plans in its own way; follow it with --lm embedded, or "
            "make another with --plan-only"
        )
    try:
        rundown = Rundown.model_validate(plan.rundown)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"the plan's rundown has no usable {place} ({first['msg']}); mend it") from error
    if faults := list(_faults(rundown, reading, seconds, language)):
        raise UsageError(f"nobody can write by the plan's rundown: {'; '.join(faults)}")
    return _fitted(rundown, reading, seconds)


def _fitted(rundown: Rundown, reading: PaperReading, seconds: float) -> Rundown:
    """A rundown whose seconds sum to the length, and whose ids are the paper's."""
    total = sum(segment.seconds for segment in rundown.segments)
    segments = [
        segment.model_copy(
            update={
                "chapter": " ".join(segment.chapter.split()),
                "seconds": max(1, round(segment.seconds * seconds / total)),
                "passages": [name for name in dict.fromkeys(segment.passages) if name in reading.passages],
            }
        )
        for segment in rundown.segments
    ]
    figures = [figure for figure in rundown.figures if figure.figure in reading.passages]
    title = " ".join(rundown.title.split()) or reading.title
    return rundown.model_copy(update={"segments": segments, "figures": figures, "title": title})


def episode_plan(
    rundown: Rundown, reading: PaperReading, graph: DocumentGraph, *, seconds: float, words_per_minute: float
) -> EpisodePlan:
    """The rundown as the plan that scores, chapters and reports read."""
    segments = []
    vocabulary = vocabulary_of(graph)
    for place, segment in enumerate(rundown.segments):
        atoms = [reading.atoms[name] for name in segment.passages]
        pictures = [reading.atoms[name] for name in segment.passages if name[0] in "ft"]
        said = " ".join((segment.point, *(reading.passages[name] for name in segment.passages[:3])))
        segments.append(
            PlannedSegment(
                segment_id=f"seg_{place:03d}",
                segment_type=segment.type,
                seconds=float(segment.seconds),
                word_budget=max(1, round(segment.seconds / 60.0 * words_per_minute)),
                atom_ids=tuple(atom for atom in atoms if atom not in pictures),
                figure_ids=tuple(pictures),
                concepts=tuple(vocabulary.concepts_in(said)),
            )
        )
    return EpisodePlan(
        title=rundown.title,
        target_seconds=seconds,
        words_per_minute=words_per_minute,
        segments=tuple(segments),
        rundown=rundown.model_dump(mode="json"),
    )


_TWO = " Two hosts tell it: one has read the paper and explains, the other asks what the listener would ask."


def shape_notes(
    profile: AggregatedProfile,
    seconds: float,
    type_scale: Mapping[SegmentType, float] | None = None,
    episode_format: EpisodeFormat = "explainer",
) -> str:
    """How episodes of this length usually go: segments with their share of the time, how many, and who tells them.

    `type_scale` are the learned factors on the shares.
    """
    shape = _shape(profile, seconds, type_scale)
    return shape + _TWO if episode_format == "dialogue" else shape


def _shape(profile: AggregatedProfile, seconds: float, type_scale: Mapping[SegmentType, float] | None) -> str:
    sequence, shares = profile.canonical_segment_sequence, profile.segment_time_shares
    if len(shares) == len(sequence):
        scaled = [
            share * (type_scale or {}).get(kind, 1.0) for kind, share in zip(sequence, shares, strict=True)
        ]
        shares = tuple(share / (sum(scaled) or 1.0) for share in scaled)
        shares_text = ", ".join(f"{kind} {share:.0%}" for kind, share in zip(sequence, shares, strict=True))
    else:
        shares_text = ", ".join(sequence)
    depth = profile.depth_targets.get(nearest_depth(seconds))
    if depth is None:
        return f"Segments and their share of the time: {shares_text}."
    middle = sum(depth.duration_range) / 2.0
    # Hosts move on more often than a rundown has segments: a transition is none, and one may do two things.
    few, many = (
        max(_FEWEST, round(min(count * seconds / middle, seconds / apart)))
        for count, apart in zip(depth.segment_count_range, _APART, strict=True)
    )
    pictures = f"Where they help, hosts show {depth.figure_coverage:.0%} of a paper's figures and tables"
    return (
        f"What hosts do in an episode, in order, and its share of the time: {shares_text}. At this length that makes "
        f"{f'{few} to {many}' if few < many else many} segments; join or drop what does not fit. {pictures}."
    )
