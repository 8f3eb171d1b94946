"""What experts' judgements say about how near a written sentence is to its source: a few numbers, fitted once."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["SupportFit", "fitted"]


_BY_MEANING = 0.1
"""Part of the way to being carried that meaning alone may bring a sentence: it orders, it does not carry."""


@dataclass(frozen=True, slots=True)
class SupportFit:
    """Logistic weights of a written sentence (`benchmarks/fit_support.py` writes them)."""

    intercept: float
    pairs: float
    """Of the share of neighbouring words that one passage holds (`fragments`)."""

    def faithful(self, pairs: float, meaning: float = 0.0) -> float:
        """How likely most experts call such a sentence faithful, when half of all are.

        The rescaled cosine (`meaning`, 0-1) told experts' judgements apart no better than chance beside the pairs.
        """
        likely = 1.0 / (1.0 + math.exp(-(self.intercept + self.pairs * pairs)))
        return likely + _BY_MEANING * meaning * max(0.0, 0.5 - likely)


@cache
def fitted() -> SupportFit:
    """The weights in use."""
    text = files("podcast_dspy.analysis").joinpath("support.json").read_text(encoding="utf-8")
    return SupportFit(**json.loads(text))
