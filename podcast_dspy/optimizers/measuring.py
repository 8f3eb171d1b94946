"""Measuring programs without a workspace: episodes and single segments, written for a pair and scored by a metric.

A segment is scored like an episode, against a pair that is cut down to what its host said in that segment: so every
loss has the same meaning, and a metric need not know which of the two it sees.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import dspy

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.analysis.segmentation import stretches_of
from podcast_dspy.audio import predict_seconds
from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.reading import PaperReading, read_paper
from podcast_dspy.generation.script import Script, ScriptSegment, Turn, WrittenEpisode, spoken_words, turns_of
from podcast_dspy.generation.script_writer import style_notes
from podcast_dspy.generation.units import paper_units
from podcast_dspy.generation.voicing import for_voice
from podcast_dspy.lms import allow, use
from podcast_dspy.metrics import CompositeMetric, LossMetrics
from podcast_dspy.optimizers.stage_tasks import reference_shares, shares
from podcast_dspy.optimizers.trials import (
    Proposal,
    Rollout,
    TrialResult,
    changed_instructions,
    without_pair,
)
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import EpisodeFormat, TrainingConfig
from podcast_dspy.signatures.planning import Rundown, RundownSegment
from podcast_dspy.signatures.types import SegmentType

Metric = Callable[..., Any]
"""As DSPy calls metrics: (example with the `pair`, prediction with the `script`) -> score, or a prediction of it."""

_LEAST: Final = 25
"""Words of a host's segment from which it is worth being written."""
_QUIET: Final = ("dspy", "optuna")
_NEARBY: Final = 6_000
"""Characters of the paper around what a segment rests on: what the writer of a single segment reads."""


@dataclass(frozen=True)
class Measuring:
    """How programs are run and scored: by `writer` with the LM that DSPy has, else by the configuration's LM."""

    metric: Metric
    config: TrainingConfig
    profile: AggregatedProfile
    writer: ExtractWriter | EpisodeWriter | None = None

    @property
    def hand(self) -> ExtractWriter | EpisodeWriter:
        """Who writes."""
        return self.writer or writer_for(self.config.roles.lm)

    def _hand_for(self, episode_format: EpisodeFormat) -> ExtractWriter | EpisodeWriter:
        """Who writes an episode to be compared with one of this format; an extract has one voice."""
        hand = self.hand
        return replace(hand, format=episode_format) if isinstance(hand, EpisodeWriter) else hand

    def writing(self, purpose: str = "writer") -> AbstractContextManager[Any]:
        """Within the block DSPy uses the LM that writes, or reads as the `analyst`."""
        if self.writer is not None:
            return contextlib.nullcontext()
        return use(self.config.roles.lm, purpose=purpose)

    @property
    def reflects(self) -> str:
        """The LM that writes instructions: the one named for it, else the one that writes; empty for DSPy's own."""
        roles = self.config.roles
        return roles.reflection_lm or ("" if self.writer is not None else roles.lm)

    def reflection(self) -> dspy.LM:
        """That LM. Raises PrerequisiteError for one that is not ready."""
        if not self.reflects:
            return dspy.settings.lm
        with use(self.reflects, purpose="reflection") as lm:
            return lm

    def episode(self, program: PodcastProgram, pair: TrainingPair) -> dspy.Prediction:
        """An episode at the length of the pair's own: `episode`, `script`, `plan`, and `seconds` as predicted.

        Raises DocumentError, ModelError, BudgetError.
        """
        allow(0)
        written: WrittenEpisode = self._own(program, pair).write(
            pair.document_graph,
            self.profile,
            seconds=pair.transcription.total_duration,
            writer=self._hand_for(pair.format),
        )
        seconds = self._length(written.script, program)
        return dspy.Prediction(episode=written, script=written.script, plan=written.plan, seconds=seconds)

    def segment(self, program: PodcastProgram, pair: TrainingPair) -> dspy.Prediction:
        """The one segment of a pair of `segment_pairs`, written from the passages that its host spoke of, in turns
        where its hosts took turns.

        Nothing of what the host said about them is shown. Raises ModelError, BudgetError.
        """
        allow(0)
        own, graph = self._own(program, pair), pair.document_graph
        (segment,) = pair.aligned_segments or ()
        turns: tuple[Turn, ...] = ()
        if isinstance(self.hand, EpisodeWriter):
            reading = read_paper(_around(graph, segment.primary_atoms))
            episode_format: EpisodeFormat = "dialogue" if _talk(pair.transcription.segments) else "explainer"
            learned = self.profile.of_format(episode_format)
            pace = Pace.of(own.adjustments, learned)
            rundown = _rundown(reading, segment)
            said = own.writer(
                reading=reading,
                rundown=rundown,
                style=style_notes(learned, episode_format),
                words=[max(1, pace.words(rundown.segments[0].seconds))],
                dialogue=episode_format == "dialogue",
            )
            text, turns = " ".join(one.text for one in said), turns_of(said)
        else:
            text = " ".join(unit.text for unit in paper_units(graph) if unit.atom_id in segment.primary_atoms)
        script = Script(
            title=graph.title,
            paper_title=graph.title,
            document_id=graph.document_id,
            segments=(
                ScriptSegment(
                    segment_id="seg_000", segment_type=segment.segment_type, text=text, turns=turns
                ),
            ),
        )
        return dspy.Prediction(script=script, seconds=self._length(script, program))

    def measure(self, pair: TrainingPair, prediction: dspy.Prediction) -> LossMetrics:
        """The losses of what was written; what the metric could not measure is unscored in them."""
        if isinstance(self.metric, CompositeMetric):
            return self.metric.measure(pair, prediction)
        return recorded(self.metric(dspy.Example(pair=pair).with_inputs("pair"), prediction), pair)

    def _own(self, program: PodcastProgram, pair: TrainingPair) -> PodcastProgram:
        """The program as it writes for a pair: at the pace of the voice, and without what it learned from the pair."""
        return for_voice(without_pair(program, pair.pair_id), self.config.roles.voice)

    def _length(self, script: Script, program: PodcastProgram) -> float:
        return predicted_length(script, program.adjustments, self.profile, self.config.roles.voice)


def segment_pairs(pair: TrainingPair) -> list[TrainingPair]:
    """A pair for each stretch of an episode that its host rests on the paper, cut down to what is said there.

    Of a dialogue the stretches in which both speak, with their turns.
    """
    found = []
    dialogue = pair.format == "dialogue"
    for stretch in stretches_of(pair.aligned_segments or ()):
        text = " ".join(one.transcript_segment.text for one in stretch.segments)
        atoms = tuple(dict.fromkeys(atom for one in stretch.segments for atom in one.primary_atoms))
        seconds = stretch.duration
        turns = tuple(one.transcript_segment for one in stretch.segments) if dialogue else ()
        if (
            stretch.segment_type is SegmentType.TRANSITION
            or len(text.split()) < _LEAST
            or not atoms
            or seconds <= 0
            or (dialogue and not _talk(turns))
        ):
            continue
        first = stretch.segments[0]
        spoken = first.transcript_segment.model_copy(
            update={
                "text": text,
                "end_time": stretch.segments[-1].transcript_segment.end_time,
                "duration": seconds,
            }
        )
        transcription = pair.transcription.model_copy(
            update={"transcript_text": text, "segments": turns or (spoken,), "total_duration": seconds}
        )
        concepts = tuple(dict.fromkeys(name for one in stretch.segments for name in one.key_concepts))
        full = first.model_copy(
            update={"transcript_segment": spoken, "primary_atoms": atoms, "key_concepts": concepts}
        )
        found.append(
            pair.model_copy(
                update={
                    "transcription": transcription,
                    "aligned_segments": (full,),
                    "labels": (),
                    "questions": (),
                }
            )
        )
    return found


def _talk(segments: Sequence[TranscriptSegment]) -> bool:
    """Whether more than one speaks."""
    return len({one.speaker for one in segments}) > 1


def _around(graph: DocumentGraph, wanted: Sequence[str]) -> DocumentGraph:
    """A paper with the atoms that are wanted, and those that stand nearest to them."""
    places = [place for place, atom in enumerate(graph.atoms) if atom.atom_id in wanted] or [0]
    near = sorted(range(len(graph.atoms)), key=lambda place: (min(abs(place - one) for one in places), place))
    room = _NEARBY
    kept: set[int] = set()
    for place in near:
        room -= len(graph.atoms[place].content)
        if room < 0 and kept:
            break
        kept.add(place)
    return graph.model_copy(
        update={"atoms": tuple(atom for place, atom in enumerate(graph.atoms) if place in kept)}
    )


def _rundown(reading: PaperReading, segment: AlignedSegment) -> Rundown:
    """A rundown of one segment, made of what the analysis says about it."""
    about = ", ".join(segment.key_concepts[:4])
    row = segment.segment_type.row
    fields = {
        "title": reading.title,
        "idea": reading.title,
        "question": f"What is said about {about or 'it'}?",
    }
    return Rundown(
        **fields,
        **dict.fromkeys(("first", "stake", "mechanism", "surprise", "answer", "limit"), ""),
        terms=[],
        figures=[],
        segments=[
            RundownSegment(
                type=segment.segment_type.value,
                chapter="",
                point=f"{row.purpose}{f' ({about})' if about else ''}",
                passages=[reading.ids[atom] for atom in segment.primary_atoms if atom in reading.ids],
                seconds=max(1, round(segment.transcript_segment.duration)),
            )
        ],
    )


def recorded(result: Any, pair: TrainingPair) -> LossMetrics:
    """The record behind a metric's result; of a metric that gives a score alone, 1 minus it as the total loss."""
    found = getattr(result, "metrics", None)
    if isinstance(found, LossMetrics):
        return found
    unknown = {
        name: math.nan for name, field in LossMetrics.model_fields.items() if field.annotation is float
    }
    return LossMetrics.model_validate(
        {
            **unknown,
            "duration_reference": pair.transcription.total_duration,
            "concepts_mentioned": 0,
            "concepts_total": len(pair.document_graph.key_concepts),
            "concepts_missed": (),
            "total_loss": 1.0 - float(result),
            "trial_id": "",
            "pair_id": pair.pair_id,
            "generated_at": datetime.now(UTC),
        }
    )


def predicted_length(
    script: Script, adjustments: Adjustments, profile: AggregatedProfile, voice: str
) -> float:
    """Seconds that a script will take: by the learned duration model, else the voice's shipped one, else by pace."""
    texts = [segment.text for segment in script.segments]
    pauses = SEGMENT_PAUSE * max(0, len(texts) - 1)
    if adjustments.voice_model is not None:
        return sum(adjustments.voice_model.predict(text) for text in texts) + pauses
    predicted = predict_seconds(texts, voice)
    if predicted is not None:
        return predicted
    pace = adjustments.words_per_minute or sum(profile.target_words_per_minute) / 2.0
    return 60.0 * sum(spoken_words(text) for text in texts) / pace


class PredictedTrials:
    """Measures proposals on pairs, in memory: an episode for every pair, its length predicted and not voiced."""

    def __init__(
        self, measuring: Measuring, training: Sequence[TrainingPair], held_out: Sequence[TrainingPair] = ()
    ) -> None:
        self._measuring = measuring
        self._training, self._held_out = training, held_out

    def evaluate(self, proposal: Proposal, number: int, best: TrialResult | None) -> TrialResult:
        """One trial. Raises ModelError, BudgetError."""
        program = proposal.program
        return TrialResult.collect(
            number=number,
            training=[self._rollout(program, pair) for pair in self._training],
            held_out=[self._rollout(program, pair) for pair in self._held_out],
            adjustments=program.adjustments,
            demonstrations=len(program.writer.script.demos) + len(program.writer.dialogue.demos),
            instructions=changed_instructions(program),
            prompt_version="",
            profile_version=self._measuring.profile.version,
            classifier_accuracy=math.nan,
            changes=proposal.changes,
            refinement=proposal.refinement,
            best=best,
            now=lambda: datetime.now(UTC),
        )

    def _rollout(self, program: PodcastProgram, pair: TrainingPair) -> Rollout:
        with self._measuring.writing():
            made = self._measuring.episode(program, pair)
        words = [(segment.segment_type, spoken_words(segment.text)) for segment in made.script.segments]
        return Rollout(
            pair_id=pair.pair_id,
            metrics=self._measuring.measure(pair, made),
            spoken_words=sum(count for _, count in words),
            seconds=made.seconds,
            generated_shares=shares(words),
            reference_shares=reference_shares(pair),
            model_units=made.episode.model_units,
            source_units=made.episode.source_units,
            script_path="",
            audio_path="",
        )


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """DSPy's optimizers print and draw bars; what matters of it is in their candidates."""
    before = {name: logging.getLogger(name).level for name in _QUIET}
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
