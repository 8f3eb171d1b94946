"""Trials without a workspace: each pair's script measured by a metric, its length predicted and not voiced."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import dspy

from podcast_dspy.generation.program import PodcastProgram, WrittenEpisode, writer_for
from podcast_dspy.generation.writer import Writer, spoken_words
from podcast_dspy.lms import allow, use
from podcast_dspy.metrics import LossMetrics, score_script
from podcast_dspy.optimizers.demonstrations import without_pair
from podcast_dspy.optimizers.rollout import reference_shares, shares
from podcast_dspy.optimizers.strategy import changed_instructions
from podcast_dspy.optimizers.trials import Rollout, TrialResult
from podcast_dspy.optimizers.tuning import predicted_length
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig

__all__ = ["Metric", "PredictedTrials", "composite_loss"]

Metric = Callable[[TrainingPair, dspy.Prediction], LossMetrics]
"""(pair, prediction) -> its losses. A prediction has the `episode`, its `script` and `seconds`, predicted."""


def composite_loss(config: TrainingConfig) -> Metric:
    """The composite loss with the weights and the judge of a configuration."""

    def metric(pair: TrainingPair, prediction: dspy.Prediction) -> LossMetrics:
        return score_script(
            prediction.script,
            pair,
            duration=prediction.seconds,
            weights=config.loss_weights,
            judge=config.roles.judge_lm,
            plan=prediction.episode.plan,
        )

    return metric


class PredictedTrials:
    """Measures programs on pairs, in memory."""

    def __init__(
        self,
        metric: Metric,
        config: TrainingConfig,
        profile: AggregatedProfile,
        training: Sequence[TrainingPair],
        held_out: Sequence[TrainingPair] = (),
        *,
        writer: Writer | None = None,
    ) -> None:
        """With `writer` the LM that DSPy is configured with writes, else that of the configuration."""
        self._metric, self._config, self._profile = metric, config, profile
        self._training, self._held_out = training, held_out
        self._writer = writer

    def evaluate(
        self, program: PodcastProgram, number: int, changes: tuple[str, ...], best: TrialResult | None
    ) -> TrialResult:
        """One trial: an episode written for every pair at its podcast's length. Raises ModelError."""
        return TrialResult.collect(
            number=number,
            training=[self._rollout(program, pair) for pair in self._training],
            held_out=[self._rollout(program, pair) for pair in self._held_out],
            adjustments=program.adjustments,
            demonstrations=len(program.writer.say.demos),
            instructions=changed_instructions(program),
            prompt_version="",
            profile_version=self._profile.version,
            classifier_accuracy=math.nan,
            changes=changes,
            best=best,
            now=lambda: datetime.now(UTC),
        )

    def _rollout(self, program: PodcastProgram, pair: TrainingPair) -> Rollout:
        allow(0)
        lm, voice = self._config.roles.lm, self._config.roles.voice
        with contextlib.nullcontext() if self._writer is not None else use(lm, purpose="writer"):
            episode: WrittenEpisode = without_pair(program, pair.pair_id).write(
                pair.document_graph,
                self._profile,
                seconds=pair.transcription.total_duration,
                writer=self._writer or writer_for(lm),
            )
        script = episode.script
        seconds = predicted_length(script, program.adjustments, self._profile, voice)
        words = [(segment.segment_type, spoken_words(segment.text)) for segment in script.segments]
        return Rollout(
            pair_id=pair.pair_id,
            metrics=self._metric(pair, dspy.Prediction(episode=episode, script=script, seconds=seconds)),
            spoken_words=sum(count for _, count in words),
            seconds=seconds,
            generated_shares=shares(words),
            reference_shares=reference_shares(pair),
            model_units=episode.model_units,
            source_units=episode.source_units,
            script_path="",
            audio_path="",
        )
