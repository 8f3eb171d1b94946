"""Search: adjustments tried by the dozen on predicted lengths, without a model or a voice; trials confirm them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import stdev
from typing import Any

from podcast_dspy.audio import predict_seconds
from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram, spoken_words
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import score_script
from podcast_dspy.optimizers.demonstrations import without_pair
from podcast_dspy.optimizers.trials import mean
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig

__all__ = ["AdjustmentSearch", "predicted_length", "sure_gain"]

_GAIN = 0.0005
"""Smallest gain of the mean total loss that moves a knob; below it lies the noise of exchanged passages."""
_SWEEPS = 2
_LENGTHS = (0.95, 1.0, 1.05)
"""Of the pair's own length: what each candidate is scored at."""


class AdjustmentSearch:
    """Coordinate descent over the knobs of `Adjustments` on the training pairs.

    A candidate is scored like a trial, with the measured judge, except that passages are spoken in the paper's words
    and the length is predicted. Scores are kept, so that trying a candidate again costs nothing. The pair that is
    scored never lends its own openers.
    """

    def __init__(
        self, pairs: Sequence[TrainingPair], profile: AggregatedProfile, config: TrainingConfig
    ) -> None:
        self._pairs = list(pairs)
        self._profile = profile
        self._config = config
        self._scores: dict[str, tuple[float, ...]] = {}

    def score(self, adjustments: Adjustments) -> tuple[float, ...]:
        """Total loss of each training pair; infinite where one cannot be scored."""
        key = adjustments.model_dump_json()
        if key not in self._scores:
            losses = (self._one(adjustments, pair) for pair in self._pairs)
            self._scores[key] = tuple(math.inf if math.isnan(loss) else loss for loss in losses)
        return self._scores[key]

    def improve(
        self, start: Adjustments, knobs: Mapping[str, Sequence[Any]]
    ) -> tuple[Adjustments, tuple[str, ...]]:
        """The best adjustments found from `start`, and a sentence for each knob that moved.

        A knob moves only where the pairs agree: the mean gain has to exceed its standard error, for what helps one
        pair alone will not help the next.
        """
        best, losses = start, self.score(start)
        moved: dict[str, str] = {}
        for _ in range(_SWEEPS):
            before = losses
            for name, values in knobs.items():
                for value in values:
                    candidate = best.model_copy(update={name: value})
                    found = self.score(candidate)
                    if sure_gain(losses, found) > _GAIN:
                        told = f"predicted loss {mean(losses):.4f} to {mean(found):.4f}"
                        moved[name] = f"{name}: {_told(value)} ({told})"
                        best, losses = candidate, found
            if mean(before) - mean(losses) < _GAIN:
                break
        return best, tuple(moved.values())

    def _one(self, adjustments: Adjustments, pair: TrainingPair) -> float:
        """Mean total loss at three lengths around the pair's own.

        A passage more or less moves a loss more than most knobs do; three scripts show the knob and not the passage.
        """
        program = without_pair(PodcastProgram(adjustments), pair.pair_id)
        wanted = pair.transcription.total_duration
        losses = []
        for factor in _LENGTHS:
            script = program.write(
                pair.document_graph, self._profile, seconds=factor * wanted, retell=False
            ).script
            seconds = predicted_length(script, adjustments, self._profile, self._config.roles.voice)
            metrics = score_script(
                script,
                pair,
                duration=seconds / factor,
                weights=self._config.loss_weights,
                trial_id="search",
                other_references=[
                    other.transcription.transcript_text for other in self._pairs if other is not pair
                ],
            )
            losses.append(metrics.total_loss)
        return mean(losses)


def sure_gain(before: Sequence[float], after: Sequence[float]) -> float:
    """Mean fall of the losses, less its standard error over the pairs (0 for one pair): the one-standard-error rule.

    After Breiman et al., Classification and Regression Trees, 1984. Minus infinity when a loss after is infinite.
    """
    if any(math.isinf(loss) for loss in after):
        return -math.inf
    if any(math.isinf(loss) for loss in before):
        return math.inf
    gains = [one - other for one, other in zip(before, after, strict=True)]
    error = stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return mean(gains) - error


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


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "as learned from the hosts" if value else "as built in"
    return str(value)
