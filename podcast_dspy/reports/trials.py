"""Trials in words: the summary of one, and the comparison of two."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from podcast_dspy.errors import SettingsError
from podcast_dspy.reports.records import (
    TERMS,
    MetricsLike,
    Term,
    TrialLike,
    term_loss,
    trial_loss,
    unscored_reason,
)
from podcast_dspy.reports.tables import change, clock, number, table

__all__ = ["Comparison", "Delta", "compare", "trial_summary"]


def trial_summary(trial: TrialLike) -> str:
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
        lines.append(f"segment classifier accuracy {number(trial.classifier_accuracy)} on held-out labels")
    lines += [f"changed: {change_made}" for change_made in trial.changes]
    lines += ["", table(head, rows)]
    gaps = _gaps({**trial.pair_results, **trial.held_out})
    if gaps:
        lines += ["", *gaps]
    return "\n".join(lines)


def _row(name: str, metrics: MetricsLike) -> list[str]:
    losses = [number(term_loss(metrics, term)) for term in TERMS]
    concepts = f"{metrics.concepts_mentioned}/{metrics.concepts_total}"
    lengths = [clock(metrics.duration_generated), clock(metrics.duration_reference)]
    return [name, *losses, *lengths, concepts]


def _gaps(results: Mapping[str, MetricsLike]) -> list[str]:
    return [
        f"unscored in {pair_id}: {name} ({reason})"
        for pair_id, metrics in results.items()
        for name, reason in metrics.unscored.items()
    ]


@dataclass(frozen=True)
class Delta:
    """One loss of two trials; `change` is second minus first, negative when the second is better."""

    term: Term
    before: float
    after: float
    reason: str = ""
    """Why it cannot be compared; empty when it can."""

    @property
    def change(self) -> float:
        """Second minus first; NaN when either is unscored."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Two trials side by side, loss by loss and pair by pair."""

    first: str
    second: str
    deltas: tuple[Delta, ...]
    pair_deltas: dict[str, Delta]
    """Total loss of each pair that both trials generated."""
    note: str
    """One sentence: which is better, or why that cannot be said."""

    def __str__(self) -> str:
        losses = [[d.term, number(d.before), number(d.after), change(d.before, d.after)] for d in self.deltas]
        pairs = [
            [name, number(d.before), number(d.after), change(d.before, d.after)]
            for name, d in self.pair_deltas.items()
        ]
        lines = [self.note, "", table(["loss", self.first, self.second, "change"], losses)]
        if pairs:
            lines += ["", table(["pair, total", self.first, self.second, "change"], pairs)]
        lines += [f"unscored: {d.term} ({d.reason})" for d in self.deltas if d.reason]
        return "\n".join(lines)


def compare(first: TrialLike, second: TrialLike) -> Comparison:
    """Per-loss deltas of two trials; totals are compared where both measured the same terms and pairs.

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
    deltas = tuple(_delta(first, second, term) for term in TERMS)
    both = [pair_id for pair_id in first.pair_results if pair_id in second.pair_results]
    pair_deltas = {
        pair_id: Delta(
            "total", first.pair_results[pair_id].total_loss, second.pair_results[pair_id].total_loss
        )
        for pair_id in both
    }
    total = deltas[-1]
    if set(first.pair_results) != set(second.pair_results):
        note = "The trials ran on different pairs, so their means are not comparable; compare pair by pair."
    elif math.isnan(total.change):
        note = f"The totals are not comparable: {total.reason}."
    elif math.isclose(total.change, 0.0, abs_tol=5e-4):
        note = f"{second.trial_id} and {first.trial_id} have the same total loss to three digits."
    else:
        word = "lowers" if total.change < 0 else "raises"
        share = f" ({abs(total.change) / total.before:.0%})" if total.before else ""
        note = f"{second.trial_id} {word} the total loss by {abs(total.change):.3f}{share}."
    return Comparison(first.trial_id, second.trial_id, deltas, pair_deltas, note)


def _delta(first: TrialLike, second: TrialLike, term: Term) -> Delta:
    before, after = trial_loss(first, term), trial_loss(second, term)
    reasons = [
        f"{trial.trial_id}: {unscored_reason(trial.pair_results, term)}"
        for trial, value in ((first, before), (second, after))
        if math.isnan(value)
    ]
    return Delta(term, before, after, "; ".join(reasons))
