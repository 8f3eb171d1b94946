"""What types segments, by people's labels: the embedded classifier, and the analyst, with a search of its own.

Episodes tell nothing of the analyst, who types other people's. So it is compiled on what people labelled, and a better
one is kept whatever becomes of the trial that brought it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

import dspy
from pydantic import BaseModel, ConfigDict, TypeAdapter

from podcast_dspy.analysis import LabelledEpisode, SegmentClassifier, compile_classifier, labelled_episode
from podcast_dspy.analysis.analyst import (
    PHRASES,
    Analyst,
    EpisodeReading,
    Outline,
    windows,
)
from podcast_dspy.analysis.measurement import verbatim
from podcast_dspy.analysis.segmentation import covering
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import is_capable, use
from podcast_dspy.metrics import Gain
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.optimizers.search import LONGEST, Overfitting, Records, Search, examples, short
from podcast_dspy.optimizers.trials import instructions_of, plain, without_pair
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.analysing import SpokenSegment
from podcast_dspy.signatures.types import SegmentType, parse_type
from podcast_dspy.store import Tree, content_hash

ANALYST: Final = "analyst.read"
"""The analyst's predictor, as the program calls it."""
UNLABELLED: Final = f"{ANALYST} stays: no training pair is labelled by a person"
_NEAR: Final = 1
"""Sentences that a boundary may be off by."""
_TOLD: Final = 6
"""Mistakes that are told, the longest first."""
_QUOTED: Final = 6
"""Words of a sentence that are quoted: fewer than would count as copied."""
SEGMENTS: Final = TypeAdapter(list[SpokenSegment])


@dataclass(frozen=True)
class LabelledWindow:
    """Sentences that an analyst reads in one go, of an episode that a person labelled."""

    pair: TrainingPair
    window: range

    @property
    def pair_id(self) -> str:
        """Whose labels they are."""
        return self.pair.pair_id


def labelled_windows(pair: TrainingPair) -> list[LabelledWindow]:
    """The windows of an episode in which a person labelled anything."""
    spans = covering(pair.transcription.segments, pair.labels)
    found = windows(pair.transcription.segments) if pair.labels else []
    return [LabelledWindow(pair, one) for one in found if any(spans[place] is not None for place in one)]


def agreement(one: LabelledWindow, segments: Sequence[SpokenSegment]) -> dspy.Prediction:
    """How far a reading of a window agrees with the labels.

    The score is the share of the labelled time that has the right type. As objectives, that and the F1 of the
    boundaries between two labels, each found if one is drawn within a sentence of it.
    """
    sentences, labels = one.pair.transcription.segments, one.pair.labels
    spans = covering(sentences, labels)
    said = {place - 1: parse_type(it.type) for it in segments for place in range(it.first, it.last + 1)}
    rows = [
        (place, said[place], labels[span].segment_type)
        for place in one.window
        if (span := spans[place]) is not None
    ]
    seconds = {place: max(0.01, sentences[place].duration) for place, _, _ in rows}
    wrong = [
        (kinds, [place for place, _, _ in run])
        for kinds, run in ((k, list(r)) for k, r in groupby(rows, key=lambda row: row[1:]))
        if kinds[0] is not parse_type(kinds[1])
    ]
    missed = sum(seconds[place] for _, places in wrong for place in places)
    share = 1.0 - missed / sum(seconds.values())
    due = {
        after
        for before, after in pairwise(one.window)
        if None not in (spans[before], spans[after]) and spans[before] != spans[after]
    }
    drawn = {it.first - 1 for it in segments[1:] if spans[it.first - 1] is not None}
    found = {place for place in due if any(abs(place - other) <= _NEAR for other in drawn)}
    right = {place for place in drawn if any(abs(place - other) <= _NEAR for other in due)}
    boundaries = (len(found) + len(right)) / (len(due) + len(drawn)) if due or drawn else 1.0
    wrong.sort(key=lambda mistake: -sum(seconds[place] for place in mistake[1]))

    def begins(place: int) -> str:
        return f"“{' '.join(sentences[place].text.split()[:_QUOTED])} ...”"

    lines = [
        f"{share:.0%} of the time that a person labelled has that person's type, and {len(found)} of {len(due)} "
        f"boundaries are found by {len(drawn)}.",
        *(
            f"Sentences {places[0] + 1} to {places[-1] + 1}, from {begins(places[0])}: typed {kinds[0]}, a person says "
            f"{kinds[1]}."
            for kinds, places in wrong[:_TOLD]
        ),
        *(
            f"A person begins a segment at sentence {place + 1}, {begins(place)}."
            for place in sorted(due - found)[:_TOLD]
        ),
    ]
    return dspy.Prediction(
        score=share, feedback="\n".join(lines), objective_scores={"types": share, "boundaries": boundaries}
    )


class AnalystSearch(Search):
    """A search for a better analyst, window by window."""

    kind = "windows"

    def unit(self, pair: LabelledWindow) -> str:
        """The pair, and where the window begins."""
        return f"{pair.pair_id}/{pair.window.start}"

    def make(self, program: PodcastProgram, pair: LabelledWindow) -> dict[str, Any]:
        """The segments of a window, read without what was learned from its own pair."""
        analyst: Analyst = without_pair(program, pair.pair_id).analyst
        outline = Outline.of(pair.pair.document_graph)
        answer = analyst.read_window(pair.pair.transcription.segments, pair.window, outline)
        return {"segments": answer.segments}

    def shown(self, inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """As many whole segments as there is room for, with their sentences."""
        return excerpt(inputs, outputs)

    def scored(self, pair: LabelledWindow, made: dict[str, Any]) -> dspy.Prediction:
        """See `agreement`."""
        return agreement(pair, SEGMENTS.validate_python(made["segments"]))

    def told(self) -> list[str]:
        """What the labels say of the analyst that there is, window by window. Raises PodcastError."""
        return [str(self.metric(one, self.student(pair=one.pair)).feedback) for one in self.val]


def analyst_search(
    program: PodcastProgram, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None
) -> AnalystSearch | None:
    """A search on all windows that people labelled, for candidates that are there already; None without any."""
    found = examples(pairs, labelled_windows)
    return (
        AnalystSearch(
            name=ANALYST,
            program=program,
            measuring=measuring,
            train=found,
            val=found,
            records=Records(None if records is None else records / "labels" / f"{ANALYST}.jsonl"),
            overfitting=Overfitting(pairs, instructions_of(program).values()),
            role=measuring.config.roles.lm,
        )
        if found
        else None
    )


def better_analyst(search: AnalystSearch, candidate: dspy.Predict) -> tuple[PodcastProgram, str]:
    """The program of a search with a candidate as its analyst where that types more of the labelled time right than by
    chance, else as it is; and what to say of it. Raises PodcastError.
    """
    with search.measuring.writing(purpose="analyst"):
        search.measure(search.student, search.val)
        student = search.student.deepcopy()
        student.predictor.signature, student.predictor.demos = candidate.signature, list(candidate.demos)
        search.measure(student, search.val)
    best, gain = search.best()
    if best is None or gain is None or not gain.promising:
        return search.program, f"{ANALYST} stays: {_told(gain)}"
    return replaced(search.program, best), f"{ANALYST}, {_told(gain)}"


def _told(gain: Gain | None) -> str:
    return (
        "nothing else was measured"
        if gain is None
        else f"labelled time typed wrong {gain} over {gain.units} windows"
    )


def replaced(program: PodcastProgram, read: dspy.Predict) -> PodcastProgram:
    """A copy of a program with another analyst's instructions and demonstrations; the very program if it has them."""
    own = program.analyst.read
    if own.signature.instructions == read.signature.instructions and plain(own.demos) == plain(read.demos):
        return program
    new: PodcastProgram = program.deepcopy()
    new.analyst.read.signature, new.analyst.read.demos = read.signature, list(read.demos)
    return new


def excerpt(inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A window and its reading, cut to the first segments that there is room for in a demonstration."""
    opening, *lines, closing = inputs["transcript"].split("\n")
    start, room, kept = outputs["segments"][0]["first"], LONGEST, 0
    for segment in outputs["segments"]:
        room -= sum(map(len, lines[segment["first"] - start : segment["last"] - start + 1]))
        if room < 0 and kept:
            break
        kept += 1
    segments = outputs["segments"][:kept]
    last = segments[-1]["last"]
    spoken = lines[: last - start + 1]
    text = "\n".join(spoken)
    style = {
        name: list(verbatim(value, text)) if name in PHRASES else value
        for name, value in outputs["style"].items()
    }
    shown = {
        **{name: short(value) for name, value in inputs.items()},
        "place": f"sentences {start} to {last} of an episode",
        "transcript": "\n".join((opening, *spoken, closing)),
    }
    return shown, {**outputs, "segments": segments, "style": style}


class _Accuracy(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    schema_version: int = 1
    accuracy: float
    sentences: int


class ClassifierTraining:
    """The classifier of one training run.

    It learns from the labels that people gave the training pairs (or from the built-in examples when there are none)
    and is frozen then. Accuracy is the share of labelled sentences that get the right type, with a capable LM from the
    trial's analyst: on the held-out pair if it is labelled, else on each labelled training pair with what has not
    learned from it.
    """

    def __init__(
        self,
        tree: Tree,
        training: Sequence[TrainingPair],
        held_out: Sequence[TrainingPair],
        lm: str,
        fingerprint: str,
    ) -> None:
        self._tree = tree
        self._lm = lm
        self._fingerprint = fingerprint
        self._training = _episodes(training)
        self._held_out = _episodes(held_out)

    @cached_property
    def compiled(self) -> SegmentClassifier:
        """The classifier compiled on all labelled training pairs."""
        return compile_classifier(self._training)

    @property
    def calls(self) -> int:
        """Requests to a capable LM that one measuring takes: a window of a transcript each."""
        return sum(len(windows(episode.sentences)) for episode in self._held_out or self._training)

    def prompt(self, program: PodcastProgram, compiled: bool) -> str:
        """The analyst's prompt as text; with a small LM, which reads none, what the classifier was compiled on."""
        if is_capable(self._lm):
            return f"{program.analyst.read.signature.instructions}\n"
        names = ", ".join(episode.episode_id for episode in self._training if compiled)
        learned = f"the labels of {names}" if names else "the built-in examples"
        return f"No LM is asked: experts compiled on {learned}.\n"

    def accuracy(self, program: PodcastProgram, *, compiled: bool) -> float:
        """Accuracy (0-1) of a trial's analyst, or of the classifier before or after it is compiled; NaN when no pair is
        labelled. Stored. Raises ModelError."""
        capable = is_capable(self._lm)
        which = "analyst" if capable else "compiled" if compiled else "baseline"
        return self._tree.stage(
            {
                "dataset": self._fingerprint,
                "lm": self._lm,
                "held_out": [e.episode_id for e in self._held_out],
                **({"analyst": content_hash(program.analyst.dump_state())} if capable else {}),
            },
            lambda: self._measure(program, compiled),
            _Accuracy,
            self._tree.path("convergence", f"classifier_{which}.json"),
            code=("podcast_dspy.analysis", "podcast_dspy.signatures"),
        ).accuracy

    def _measure(self, program: PodcastProgram, compiled: bool) -> _Accuracy:
        right = total = 0
        for episode in self._held_out or self._training:
            for found, label in zip(self._types(episode, program, compiled), episode.labels, strict=True):
                if label is not None:
                    right += found is label
                    total += 1
        return _Accuracy(accuracy=right / total if total else math.nan, sentences=total)

    def _types(self, episode: LabelledEpisode, program: PodcastProgram, compiled: bool) -> list[SegmentType]:
        if is_capable(self._lm):
            with use(self._lm, purpose="analyst"):
                analyst = without_pair(program, episode.episode_id).analyst
                reading: EpisodeReading = analyst(episode.sentences, episode.graph)
            return reading.types
        if not compiled:
            classifier = SegmentClassifier()
        elif self._held_out:
            classifier = self.compiled
        else:
            classifier = compile_classifier([other for other in self._training if other is not episode])
        return [kind for kind, _ in classifier.classify(episode.sentences, episode.graph)]


def _episodes(pairs: Sequence[TrainingPair]) -> list[LabelledEpisode]:
    return [
        labelled_episode(pair.pair_id, pair.transcription.segments, pair.document_graph, pair.labels)
        for pair in pairs
        if pair.labels
    ]
