"""Trials in words: losses by name, why one is unscored, what was spent, one trial, two compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.errors import SettingsError
from podcast_dspy.lms.forecast import duration
from podcast_dspy.metrics import LOSSES, Gain, paired_gain, totals
from podcast_dspy.optimizers.trials import mean
from podcast_dspy.reports.formatting import change, clock, number, table

if TYPE_CHECKING:
    from podcast_dspy.lms import Spent
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import TrialResult

TERMS: Final = (*LOSSES, "total")
"""The losses and their weighted sum, in the order every report shows them."""


def term_loss(metrics: LossMetrics, term: str) -> float:
    """One loss of one episode (0 is perfect); NaN when unscored, or not yet installed then."""
    return float(getattr(metrics, f"{term}_loss", math.nan))


def trial_loss(trial: TrialResult, term: str) -> float:
    """One loss of a trial, averaged over its training pairs; NaN when unscored."""
    return float(getattr(trial, f"avg_{term}_loss", math.nan))


def mean_loss(results: Iterable[LossMetrics], term: str) -> float:
    """Mean of one loss over episodes; NaN when there are none, or when one of them is unscored."""
    return mean(term_loss(metrics, term) for metrics in results)


def unscored_reason(results: Mapping[str, LossMetrics], term: str) -> str:
    """Why a mean over these episodes is NaN: the reasons that the metrics gave, each once."""
    if not results:
        return "nothing was held out or measured"
    reasons = unscored_reasons(results, term)
    return "; ".join(reasons) if reasons else "not measured"


def unscored_reasons(results: Mapping[str, LossMetrics], term: str) -> list[str]:
    """The distinct reasons for which a loss (for the total: any loss) is unscored, in order."""
    reasons: dict[str, None] = {}
    for metrics in results.values():
        if not math.isnan(term_loss(metrics, term)):
            continue
        for name, reason in metrics.unscored.items():
            if name == term:
                reasons[reason] = None
            elif term == "total":
                reasons[f"{name}: {reason}"] = None
    return list(reasons)


def spending(spent: Spent) -> str:
    """What was spent on models: calls, tokens, price, time."""
    price = "price not known" if spent.cost is None else f"${spent.cost:.2f}"
    return f"{spent.calls:,} calls, {spent.tokens:,} tokens, {price}, {duration(sum(spent.seconds.values()))}"


def trial_summary(trial: TrialResult) -> str:
    """One trial as a text table: a row a pair, a column a loss, then what is unscored."""
    head = ["pair", *TERMS, "length", "reference", "concepts"]
    rows = [_row(pair_id, metrics) for pair_id, metrics in trial.pair_results.items()]
    if len(rows) > 1:
        rows.append(["mean", *[number(trial_loss(trial, term)) for term in TERMS], "", "", ""])
    rows += [_row(f"{pair_id} (held out)", metrics) for pair_id, metrics in trial.held_out.items()]
    lines = [
        f"{trial.trial_id}: total loss {number(trial.avg_total_loss)}",
        f"profile {trial.profile_version}, prompts {trial.prompt_version}, {trial.timestamp:%Y-%m-%d %H:%M}",
    ]
    if not math.isnan(trial.classifier_accuracy):
        lines.append(f"labelled sentences typed right: {typing_told(trial)}")
    lines += [f"changed: {change_made}" for change_made in trial.changes]
    lines += ["", table(head, rows)]
    gaps = _gaps({**trial.pair_results, **trial.held_out})
    if gaps:
        lines += ["", *gaps]
    return "\n".join(lines)


def typing_told(trial: TrialResult) -> str:
    """Share of labelled sentences that get the right type, and by what: the baseline types in another way."""
    if math.isnan(trial.classifier_accuracy):
        return "unscored: no pair has labels"
    by = (
        "the built-in examples alone" if trial.trial_number == 0 else "a classifier that never saw their pair"
    )
    return f"{number(trial.classifier_accuracy)}, by {by}"


def _row(name: str, metrics: LossMetrics) -> list[str]:
    losses = [number(term_loss(metrics, term)) for term in TERMS]
    concepts = f"{metrics.concepts_mentioned}/{metrics.concepts_total}"
    lengths = [clock(metrics.duration_generated), clock(metrics.duration_reference)]
    return [name, *losses, *lengths, concepts]


def _gaps(results: Mapping[str, LossMetrics]) -> list[str]:
    return [
        f"unscored in {pair_id}: {name} ({reason})"
        for pair_id, metrics in results.items()
        for name, reason in metrics.unscored.items()
    ]


@dataclass(frozen=True)
class Delta:
    """One loss of two trials; `change` is second minus first, negative when the second is better."""

    term: str
    before: float
    after: float
    reason: str = ""
    """Why it cannot be compared; empty when it can."""
    gain: Gain | None = None
    """The change with its interval over the pairs that both measured; None where it is not a mean over pairs."""

    @property
    def change(self) -> float:
        """Second minus first; NaN when either is unscored."""
        return self.after - self.before

    def cells(self) -> list[str]:
        """Before, after and change as text, the latter with its 95% interval."""
        change_text = str(self.gain) if self.gain else change(self.before, self.after)
        return [number(self.before), number(self.after), change_text]

    def data(self) -> dict[str, Any]:
        """As JSON has it: `interval` is that of the change, None for one pair."""
        interval = [-self.gain.high, -self.gain.low] if self.gain and self.gain.units > 1 else None
        return {"first": self.before, "second": self.after, "change": self.change, "interval": interval}


@dataclass(frozen=True)
class Comparison:
    """Two trials side by side, loss by loss and pair by pair; what was held out stands beside what was trained on."""

    first: str
    second: str
    deltas: tuple[Delta, ...]
    """Means over the training pairs."""
    held_out: tuple[Delta, ...]
    """Means over the held-out pairs; empty when neither trial held one out."""
    pair_deltas: dict[str, Delta]
    """Total loss of each training pair that both trials generated."""
    held_out_pairs: dict[str, Delta]
    gain: Gain | None
    """Of the total loss on the training pairs, with its interval."""
    held_out_gain: Gain | None
    note: str
    """Which is better on the training pairs, and which on the held-out ones, or why that cannot be said."""

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "first": self.first,
            "second": self.second,
            "note": self.note,
            "losses": {delta.term: delta.data() for delta in self.deltas},
            "held_out": {delta.term: delta.data() for delta in self.held_out},
            "pairs": {name: delta.data() for name, delta in self.pair_deltas.items()},
            "held_out_pairs": {name: delta.data() for name, delta in self.held_out_pairs.items()},
            "unscored": {delta.term: delta.reason for delta in self.deltas if delta.reason},
            "held_out_unscored": {delta.term: delta.reason for delta in self.held_out if delta.reason},
        }

    def __str__(self) -> str:
        head, rows = ["training pairs", self.first, self.second, "change"], [d.cells() for d in self.deltas]
        if self.held_out:
            head += [f"held out: {self.first}", self.second, "change"]
            rows = [row + d.cells() for row, d in zip(rows, self.held_out, strict=True)]
        named = [[d.term, *row] for d, row in zip(self.deltas, rows, strict=True)]
        lines = [self.note, "", table(head, named)]
        if any(d.gain and not math.isnan(d.gain.low) for d in (*self.deltas, *self.held_out)):
            lines.append("[ , ]: 95% of paired bootstraps over the pairs; one that holds 0 may be chance")
        pairs = [[name, *d.cells()] for name, d in self.pair_deltas.items()]
        pairs += [[f"{name} (held out)", *d.cells()] for name, d in self.held_out_pairs.items()]
        if pairs:
            lines += ["", table(["pair, total", self.first, self.second, "change"], pairs)]
        lines += [f"unscored: {d.term} ({d.reason})" for d in self.deltas if d.reason]
        lines += [f"unscored, held out: {d.term} ({d.reason})" for d in self.held_out if d.reason]
        return "\n".join(lines)


def compare(first: TrialResult, second: TrialResult) -> Comparison:
    """Per-loss deltas of two trials, on the training pairs and on the held-out ones.

    Raises SettingsError when the trials were scored by different versions of the measures.
    """
    versions = {
        metrics.metrics_version
        for trial in (first, second)
        for metrics in (*trial.pair_results.values(), *trial.held_out.values())
    }
    if len(versions) > 1:
        raise SettingsError(
            f"{first.trial_id} and {second.trial_id} were scored by different versions of the measures, whose losses "
            "do not compare; run `podcast-dspy compile` again to have both by the present one"
        )
    apart = bool(first.held_out or second.held_out)
    return Comparison(
        first.trial_id,
        second.trial_id,
        deltas=_deltas(first, second, first.pair_results, second.pair_results),
        held_out=_deltas(first, second, first.held_out, second.held_out) if apart else (),
        pair_deltas=_pairs(first.pair_results, second.pair_results),
        held_out_pairs=_pairs(first.held_out, second.held_out),
        gain=paired_gain(totals(first.pair_results), totals(second.pair_results)),
        held_out_gain=paired_gain(totals(first.held_out), totals(second.held_out)),
        note=" ".join(gains(first, second, subject=second.trial_id)),
    )


def gains(first: TrialResult, last: TrialResult, *, subject: str = "Compiling") -> list[str]:
    """How the mean total moved from one trial to another: on what was held out, then on the training pairs.

    The first tells what the second is worth: a gain on the pairs that were trained on may be learned by heart.
    """
    trained = _moved(subject, "on the training pairs", first.pair_results, last.pair_results)
    if not (first.held_out or last.held_out):
        return [trained, "Nothing was held out, so how well it generalises was not measured."]
    where = "on the held-out pair" if len(last.held_out) < 2 else "on the held-out pairs"
    return [_moved(subject, where, first.held_out, last.held_out), trained]


def _moved(
    subject: str, where: str, first: Mapping[str, LossMetrics], last: Mapping[str, LossMetrics]
) -> str:
    before, after = mean_loss(first.values(), "total"), mean_loss(last.values(), "total")
    if set(first) != set(last):
        return f"The totals {where} are of different pairs ({_names(first)}; {_names(last)}): compare pair by pair."
    if math.isnan(before) or math.isnan(after):
        return f"The total loss {where} is unscored: {unscored_reason(first if math.isnan(before) else last, 'total')}."
    if math.isclose(before, after, abs_tol=5e-4):
        return f"The total loss {where} is {after:.3f}, unchanged."
    gain = paired_gain(totals(first), totals(last))
    alone = ", one pair" if gain is None or math.isnan(gain.low) else ""
    share = f" ({(after - before) / before:+.0%}{alone})" if before else ""
    word = "lowers" if after < before else "raises"
    moved = f"{subject} {word} the total loss {where} from {before:.3f} to {after:.3f}{share}"
    if gain is None or alone:
        return f"{moved}."
    chance = "" if gain.low > 0 or gain.high < 0 else ", which may be chance"
    return f"{moved}, 95% interval {-gain.high:+.3f} to {-gain.low:+.3f} over {gain.units} pairs{chance}."


def _names(results: Mapping[str, LossMetrics]) -> str:
    return ", ".join(results) or "none"


def _pairs(first: Mapping[str, LossMetrics], second: Mapping[str, LossMetrics]) -> dict[str, Delta]:
    return {
        name: Delta("total", metrics.total_loss, second[name].total_loss)
        for name, metrics in first.items()
        if name in second
    }


def _deltas(
    first: TrialResult,
    second: TrialResult,
    before: Mapping[str, LossMetrics],
    after: Mapping[str, LossMetrics],
) -> tuple[Delta, ...]:
    deltas = []
    for term in TERMS:
        left, right = mean_loss(before.values(), term), mean_loss(after.values(), term)
        reasons = [
            f"{trial.trial_id}: {unscored_reason(results, term)}"
            for trial, results, value in ((first, before, left), (second, after, right))
            if math.isnan(value)
        ]
        gain = None
        if before.keys() == after.keys():
            one, other = ({name: term_loss(m, term) for name, m in side.items()} for side in (before, after))
            gain = paired_gain(one, other)
        deltas.append(Delta(term, left, right, "; ".join(reasons), gain))
    return tuple(deltas)
