"""Tables and means of the analysis benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["distance", "mean", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print(
            "| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |"
        )


def mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def distance(points: Sequence[float], targets: Sequence[float]) -> float:
    return (
        mean([min(abs(point - target) for target in targets) for point in points])
        if targets
        else float("nan")
    )
