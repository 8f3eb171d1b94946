"""How far a result can be trusted, and why not further: doubts, each with its weight and a sentence for the user."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

Level = Literal["high", "medium", "low"]

_HIGH = 0.8
_LOW = 0.5


class DoubtWarning(UserWarning):
    """Says a doubt to a program that goes on all the same."""


class Doubt(BaseModel):
    """One reason not to trust a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(pattern=r"^[a-z][a-z-]*$")
    """Stable name for programs, such as `holes-in-words`."""
    severity: float = Field(gt=0.0, le=1.0)
    """How much of the result it puts in doubt: 1 for all of it."""
    message: str
    """One sentence for the user: what was seen, with its measure, and what to do about it."""


class Confidence(BaseModel):
    """How far a result can be trusted; without doubts, fully."""

    # Score and level are written beside the doubts for those who read the file, and follow from them when it is loaded.
    model_config = ConfigDict(frozen=True, extra="ignore")

    doubts: tuple[Doubt, ...] = ()

    @classmethod
    def of(cls, doubts: Iterable[Doubt]) -> Confidence:
        """The confidence that these doubts leave, the gravest first."""
        return cls(doubts=tuple(sorted(doubts, key=lambda doubt: (-doubt.severity, doubt.kind))))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def score(self) -> float:
        """0-1: what is left when each doubt takes its share of the rest."""
        return round(prod(1.0 - doubt.severity for doubt in self.doubts), 4)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def level(self) -> Level:
        """`high` from 0.8, `low` below 0.5."""
        return "high" if self.score >= _HIGH else "medium" if self.score >= _LOW else "low"
