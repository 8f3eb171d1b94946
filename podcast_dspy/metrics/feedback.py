"""Feedback: one line from a loss to the predictor that can act on it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

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
    rounded = round(seconds)
    return f"{rounded // 60}:{rounded % 60:02d}"
