"""Reports on training: summaries and comparisons of trials, loss curves, and the evaluation page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.reports.evaluation import (
        evaluation_html,
        loss_curves,
        loss_svg,
        save_loss_curves,
    )
    from podcast_dspy.reports.formatting import clock, number, table
    from podcast_dspy.reports.summaries import Comparison, compare, gains, trial_summary


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


__getattr__ = lazily(__name__)
