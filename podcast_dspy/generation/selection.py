"""Selection: the features of a passage on which the choice of what to say may depend."""

from __future__ import annotations

import re
from collections.abc import Mapping

from podcast_dspy.generation.adjustments import Feature
from podcast_dspy.generation.material import Unit

__all__ = ["features", "preference"]

_NUMBER = re.compile(r"\d")
_COMPARISON = re.compile(
    r"\b(?:like an?|as if|as though|imagine|think of|similar to|for example|for instance|analog|resembl|picture)",
    re.IGNORECASE,
)


def features(unit: Unit) -> dict[Feature, float]:
    """What can be said about a passage without reading it: each between 0 and 1."""
    return {
        "importance": unit.importance,
        "concepts": min(1.0, len(unit.concepts) / 3.0),
        "number": float(bool(_NUMBER.search(unit.text))),
        "abstract": float(unit.kind == "abstract"),
        "figure": float(bool(unit.figures)),
        "length": min(1.0, unit.words / 40.0),
        "comparison": float(bool(_COMPARISON.search(unit.text))),
        "definition": float(unit.defines),
        "opening": float(not unit.dangling),
    }


def preference(unit: Unit, weights: Mapping[Feature, float]) -> float:
    """How much a passage is preferred by learned weights; 0 without weights."""
    if not weights:
        return 0.0
    values = features(unit)
    return sum(weight * values[name] for name, weight in weights.items())
