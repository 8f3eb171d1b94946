"""The composite loss: which losses there are, what each weighs, the record of one episode's, and a metric of DSPy's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.errors import ModelError, SettingsError, UsageError
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.metrics.loss import Feedback, Loss, ScoringOptions, judge_noise
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.registry import Registry
from podcast_dspy.settings import DEFAULT_VOICE, LossWeights

if TYPE_CHECKING:
    import dspy

METRICS_VERSION: Final = 8
"""What the losses mean; raised whenever the same script would get others. Losses of two versions do not compare."""

_REGISTRY: Registry[Loss] = Registry(
    "loss",
    "podcast_dspy.losses",
    {name: f"podcast_dspy.metrics.{name}:LOSS" for name in LossWeights.model_fields},
    form="{}",
)

LOSSES: Final = _REGISTRY.forms()
"""Names of the losses in the order of every report: the specification's five, then those of installed packages."""


@cache
def _loaded(name: str) -> Loss:
    return _REGISTRY.find(name)[0]


class _Losses(Mapping[str, Loss]):
    """The losses by name; each is imported when it is asked for, and raises PrerequisiteError when it cannot be."""

    def __getitem__(self, name: str) -> Loss:
        if name not in LOSSES:
            raise KeyError(name)
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(LOSSES)

    def __len__(self) -> int:
        return len(LOSSES)


losses: Final[Mapping[str, Loss]] = _Losses()
"""Every loss by name, each usable on its own: `losses["coverage"].score(script, pair)`."""


class LossMetrics(BaseModel):
    """Losses of one episode against one pair; lower is better, 0 is a perfect match. Durations in seconds.

    A loss that could not be measured is NaN and named in `unscored` with the reason; the total is NaN then. The loss
    `acme` of an installed package is the further field `acme_loss`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_inf_nan="strings")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    duration_loss: float
    """|generated - reference| / reference; may exceed 1, the total counts at most 1."""
    duration_generated: float
    duration_reference: float
    coverage_loss: float
    """What is left unsaid of what the reference says about the key concepts, by importance."""
    concepts_mentioned: int
    concepts_total: int
    concepts_missed: tuple[str, ...]
    structure_loss: float
    segment_type_accuracy: float
    """Share of the timeline that has the reference's type."""
    sequence_similarity: float
    """1 - normalised edit distance of the timelines."""
    engagement_score: float
    """0-100."""
    clarity_score: float
    accuracy_score: float
    quality_loss: float
    """(300 - sum of the three scores) / 300."""
    rouge_1: float
    rouge_2: float
    rouge_l: float
    rouge_loss: float
    """1 - mean of the three."""
    total_loss: float
    trial_id: str
    pair_id: str
    generated_at: datetime
    unscored: dict[str, str] = Field(default_factory=dict)
    """Reason by loss name."""
    feedback: tuple[Feedback, ...] = ()
    judge: str = "measured"
    metrics_version: int = 1
    """Version of the measures; records from before there was one are version 1."""
    details: dict[str, Any] = Field(default_factory=dict)
    """Breakdown by loss name, `leakage`, and `noise` (of the LM-judged losses and the total; 0 when measured)."""

    @property
    def complete(self) -> bool:
        """Whether all losses were measured, so that the total may be compared."""
        return not self.unscored

    def losses(self) -> dict[str, float]:
        """The losses by name; NaN for one that was not installed when the record was made."""
        return {name: float(getattr(self, f"{name}_loss", math.nan)) for name in LOSSES}

    @model_validator(mode="after")
    def _further_fields_are_losses(self) -> LossMetrics:
        strange = [name for name in self.__pydantic_extra__ or () if not name.endswith("_loss")]
        if strange:
            raise ValueError(f"{', '.join(strange)}: no field of a loss record; take it out")
        return self


def calculate_total_loss(
    metrics: LossMetrics, weights: LossWeights | Mapping[str, float] | None = None
) -> float:
    """Weighted sum of the losses, each cut to 0-1 (spec 4.1); NaN when one with a weight is unscored.

    Raises SettingsError when the weights are negative, unknown, incomplete or do not sum to 1.
    """
    chosen = loss_weights(weights)
    terms = []
    for name, loss in metrics.losses().items():
        if chosen[name] == 0:
            continue
        if math.isnan(loss):
            return math.nan
        terms.append(chosen[name] * min(1.0, max(0.0, loss)))
    return math.fsum(terms)


def loss_weights(weights: LossWeights | Mapping[str, float] | None) -> dict[str, float]:
    """The weights (0-1, sum 1) by loss. Raises SettingsError for unusable ones.

    For None and for the usual `LossWeights()` they are the losses' own over their sum: the specification's, unless an
    installed package has added a loss with a weight. Where weights are given, an added loss that they do not name
    counts nothing.
    """
    if weights is None or weights == LossWeights():
        own = {name: loss.weight for name, loss in losses.items()}
        return {name: weight / math.fsum(own.values()) for name, weight in own.items()}
    given = weights.as_dict() if isinstance(weights, LossWeights) else dict(weights)
    strange = sorted((set(given) - set(LOSSES)) | (set(LossWeights.model_fields) - set(given)))
    if strange:
        raise SettingsError(
            f"loss weights are for {', '.join(LOSSES)}; missing or unknown: {', '.join(strange)}"
        )
    if any(not math.isfinite(value) or value < 0 for value in given.values()):
        raise SettingsError("loss weights must be 0 or more; give each a number between 0 and 1")
    total = math.fsum(given.values())
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise SettingsError(f"loss weights sum to {total:g}, not 1; scale them so that they add up to 1")
    return {name: given.get(name, 0.0) for name in LOSSES}


_UNMEASURED: Final = {"concepts_mentioned": 0, "concepts_total": 0, "concepts_missed": ()}
_OTHER_NAMES: Final = {"duration_generated": "generated_seconds", "concepts_mentioned": "concepts_covered"}
"""Fields of the record that losses call otherwise in their details."""


def score_script(
    script: Script | str,
    pair: TrainingPair,
    *,
    duration: float | None = None,
    voice: str = DEFAULT_VOICE,
    weights: LossWeights | Mapping[str, float] | None = None,
    judge: str = "measured",
    trial_id: str = "",
    other_references: Sequence[str] = (),
    similarity: Similarity = "embedded",
    plan: EpisodePlan | None = None,
) -> LossMetrics:
    """Score a script (or plain text) against a pair.

    `duration` is the measured length of the episode's audio in seconds; without it the times of a voiced script count,
    else the length predicted for `voice`: `details["duration"]` says which (`source`, `predicted`).
    `other_references` are transcripts of the other training podcasts: what the script copies from them is leakage and
    taken off the accuracy, as are show and host names of the pair's own podcast. With the `plan`, feedback names the
    segments that left their budget. A loss that cannot be
    measured is unscored with its reason, the others are kept. Raises SettingsError for unusable weights.
    """
    shares = loss_weights(weights)
    options = ScoringOptions(duration, voice, judge, tuple(other_references), similarity, plan)
    scores = {name: loss.score(script, pair, options) for name, loss in losses.items()}
    details: dict[str, Any] = {name: dict(score.details) for name, score in scores.items()}
    found = {key: value for name in LossWeights.model_fields for key, value in details[name].items()}
    unmeasured = _UNMEASURED | {"concepts_total": len(pair.document_graph.key_concepts)}
    required = (name for name, one in LossMetrics.model_fields.items() if one.is_required())
    record = {
        **{
            name: found.get(_OTHER_NAMES.get(name, name), unmeasured.get(name, math.nan)) for name in required
        },
        "duration_reference": pair.transcription.total_duration,
        **{f"{name}_loss": score.value for name, score in scores.items()},
        "total_loss": math.nan,
        "trial_id": trial_id,
        "pair_id": pair.pair_id,
        "generated_at": datetime.now(UTC),
        "metrics_version": METRICS_VERSION,
        "unscored": {name: score.unscored for name, score in scores.items() if score.unscored is not None},
        "feedback": tuple(line for score in scores.values() for line in score.feedback),
        "judge": judge,
        "details": {**details, "noise": judge_noise(details, shares)},
    }
    metrics = LossMetrics.model_validate(record)
    return metrics.model_copy(update={"total_loss": calculate_total_loss(metrics, weights)})


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
        """The score of what a program made for an example, with the feedback for `pred_name` (None: all of it).

        `example` has the `pair` or is one; `pred` has the `script` or the `episode` with it, and may have the `seconds`
        that its audio takes; traces are not looked at. Returns `score` (1 minus the total loss), `feedback`,
        `objective_scores` (1 minus each loss, by name) and the whole record as `metrics`. Raises ModelError when a loss
        with a weight could not be measured, UsageError without pair or script.
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

    The options are those of `score_script`; `other_references` are transcripts of the training podcasts by pair, and
    what a script copies of another pair's is leakage. Raises SettingsError for weights that cannot be used.
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
