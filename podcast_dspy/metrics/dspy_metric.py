"""The composite loss as DSPy calls metrics: a score, feedback for one predictor, the losses as objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.errors import ModelError, UsageError
from podcast_dspy.metrics.composite import LossMetrics, loss_weights, score_script
from podcast_dspy.metrics.loss import Feedback
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import DEFAULT_VOICE, LossWeights

if TYPE_CHECKING:
    import dspy

_ACTS_ON: Final[dict[str, tuple[str, ...]]] = {
    "planner": ("planner",),
    "writer": ("writer", "style"),
    "editor": ("writer", "duration"),
}
"""Which feedback each part of the program can act on, by the predictor it is for or by its loss."""


@dataclass(frozen=True)
class CompositeMetric:
    """A metric as DSPy calls it; higher is better, 1 is a perfect match."""

    weights: LossWeights | Mapping[str, float] | None = None
    judge: str = "measured"
    voice: str = DEFAULT_VOICE
    other_references: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        example: Any,
        pred: Any,
        trace: Any = None,
        pred_name: str | None = None,
        pred_trace: Any = None,
    ) -> dspy.Prediction:
        """The score of what a program made for an example.

        Args:
            example: Has the `pair`, or is one.
            pred: Has the `script` or the `episode` with it, and may have the `seconds` that its audio takes.
            trace: Not looked at, as `pred_trace`.
            pred_name: The predictor that the feedback is for; None for all of it.
            pred_trace: See `trace`.

        Returns:
            `score` (1 minus the total loss), `feedback`, `objective_scores` (1 minus each loss, by name), and the
            whole record as `metrics`.

        Raises:
            ModelError: a loss with a weight could not be measured; there is no score without it.
            UsageError: there is no pair or no script.
        """
        import dspy

        pair = pair_of(example)
        metrics = self.measure(pair, pred)
        if math.isnan(metrics.total_loss):
            reasons = "; ".join(f"{name}: {why}" for name, why in metrics.unscored.items())
            raise ModelError(f"{pair.pair_id} could not be scored completely ({reasons})")
        return dspy.Prediction(
            score=1.0 - metrics.total_loss,
            feedback=predictor_feedback(metrics.feedback, pred_name),
            objective_scores={
                name: 1.0 - min(1.0, loss) for name, loss in metrics.losses().items() if loss == loss
            },
            metrics=metrics,
        )

    def measure(self, pair: TrainingPair, pred: Any) -> LossMetrics:
        """The losses of a prediction against a pair, unscored ones with their reasons. Raises UsageError."""
        episode = getattr(pred, "episode", None)
        script = getattr(pred, "script", None) or getattr(episode, "script", None)
        if script is None:
            raise UsageError("the prediction has no script; give that of a PodcastProgram")
        return score_script(
            script,
            pair,
            duration=getattr(pred, "seconds", None),
            voice=self.voice,
            weights=self.weights,
            judge=self.judge,
            other_references=[
                text for pair_id, text in self.other_references.items() if pair_id != pair.pair_id
            ],
            plan=getattr(pred, "plan", None) or getattr(episode, "plan", None),
        )


def metric(
    *,
    weights: LossWeights | Mapping[str, float] | None = None,
    judge: str = "measured",
    voice: str = DEFAULT_VOICE,
    other_references: Mapping[str, str] | None = None,
) -> CompositeMetric:
    """The composite loss for `dspy.Evaluate`, `dspy.GEPA`, `PodcastOptimizer` and others of DSPy's optimizers.

    Args:
        weights: Of the losses, summing to 1; the specification's by default.
        judge: `measured`, or the LM that judges coverage and quality.
        voice: Whose pace predicts the length of a script that nobody has spoken.
        other_references: Transcripts of the training podcasts by pair: what a script copies of another's is leakage.

    Raises:
        SettingsError: for weights that cannot be used.
    """
    loss_weights(weights)
    return CompositeMetric(weights, judge, voice, dict(other_references or {}))


def pair_of(example: Any) -> TrainingPair:
    """The pair of an example: a pair, a `dspy.Example` with one, or the row of a dataset of pairs.

    Raises UsageError for anything else, InputError for a row that is damaged.
    """
    found = example if isinstance(example, TrainingPair) else getattr(example, "pair", None)
    if isinstance(found, TrainingPair):
        return found
    if isinstance(example, Mapping) and "document_json" in example:
        from podcast_dspy.pairs.dataset import from_row

        return from_row(example)
    raise UsageError("the example has no training pair; make examples as dspy.Example(pair=PAIR)")


def predictor_feedback(lines: Sequence[Feedback], predictor: str | None) -> str:
    """What a predictor can do about the losses, a line each; all of it where none of it is its own."""
    wanted = _ACTS_ON.get((predictor or "").partition(".")[0], ())
    own = [line.text for line in lines if line.predictor in wanted or line.loss in wanted]
    return "\n".join(own or [line.text for line in lines])
