"""Reports on training: summaries and comparisons of trials, loss curves, and the evaluation page."""

from __future__ import annotations

from podcast_dspy.reports.evaluation import (
    evaluation_html,
    loss_curves,
    loss_svg,
    save_loss_curves,
)
from podcast_dspy.reports.summaries import Comparison, clock, compare, gains, number, table, trial_summary

__all__ = [
    "Comparison",
    "clock",
    "compare",
    "evaluation_html",
    "gains",
    "loss_curves",
    "loss_svg",
    "number",
    "save_loss_curves",
    "table",
    "trial_summary",
]
