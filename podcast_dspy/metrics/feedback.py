"""Feedback: one line from a loss to the predictor that can act on it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Feedback", "Predictor", "clock"]

Predictor = Literal["planner", "writer", "style"]


class Feedback(BaseModel):
    """What to change, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predictor: Predictor
    """Part of the program that can act on it."""
    loss: str
    """Name of the loss that it lowers."""
    text: str


def clock(seconds: float) -> str:
    """Seconds as `m:ss`."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
