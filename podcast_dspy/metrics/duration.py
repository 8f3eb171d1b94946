"""Duration loss: how far an episode is from the length that was asked for."""

from __future__ import annotations

import math
from typing import Any

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics.feedback import Feedback, clock

__all__ = ["calculate_duration_loss"]

_TOLERANCE = 0.03
"""Relative difference that no listener notices: no feedback below it."""


def calculate_duration_loss(
    generated_duration: float, reference_duration: float
) -> tuple[float, dict[str, Any]]:
    """|generated - reference| / reference, both in seconds (spec 4.2).

    0 for the same length; above 1 for more than twice the length (the total counts it as 1). Details:
    `generated_seconds`, `reference_seconds`, `diff_seconds`, `diff_percentage`, `feedback`. Raises UsageError when a
    duration is not finite, the generated one negative, or the reference not positive.
    """
    if not math.isfinite(reference_duration) or reference_duration <= 0:
        raise UsageError(
            f"the reference lasts {reference_duration:g} s, so no length can be compared with it; "
            "ingest its audio again"
        )
    if not math.isfinite(generated_duration) or generated_duration < 0:
        raise UsageError(
            f"a generated duration of {generated_duration:g} s is no length; measure the episode's audio file"
        )
    difference = abs(generated_duration - reference_duration)
    loss = difference / reference_duration
    return loss, {
        "generated_seconds": generated_duration,
        "reference_seconds": reference_duration,
        "diff_seconds": difference,
        "diff_percentage": loss * 100,
        "feedback": _feedback(generated_duration, reference_duration, loss),
    }


def _feedback(generated: float, reference: float, loss: float) -> tuple[Feedback, ...]:
    if loss <= _TOLERANCE:
        return ()
    longer = generated > reference
    told = (
        f"the episode lasts {clock(generated)}, {loss:.0%} {'over' if longer else 'under'} the {clock(reference)} "
        f"asked for: {'cut' if longer else 'add'} about {abs(generated - reference):.0f} s"
    )
    return (Feedback(predictor="planner", loss="duration", text=told),)
