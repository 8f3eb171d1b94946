"""What calls will take before they are made: tokens by the length of the texts, dollars by the price list, minutes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.lms.calls import NEEDS, model_facts

if TYPE_CHECKING:
    from podcast_dspy.lms.metered import MeteredLM

_CHARACTERS: Final = 4.0
"""A token of English prose, as OpenAI's and Anthropic's guides to their tokenizers say."""
_THOUGHT: Final = {"low": 500, "medium": 1500, "high": 4000}
"""Tokens that a reasoning model thinks before an answer, by effort: an assumption, until its own calls are counted."""
_RATE: Final = 50.0
"""Tokens that a model writes in a second: an assumption, until its own calls are counted."""
_LATENCY: Final = 1.0
_BATCHED: Final = 0.5


def tokens_of(characters: float) -> float:
    """Tokens of so many characters of English prose."""
    return characters / _CHARACTERS


def duration(seconds: float) -> str:
    """A length of time in words: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Asked(BaseModel):
    """Calls, and the tokens read and written in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: float = 0.0
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0

    def __add__(self, other: Asked) -> Asked:
        """Both together."""
        return Asked(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )

    def times(self, count: float) -> Asked:
        """The same, `count` times."""
        return Asked(
            calls=count * self.calls,
            prompt_tokens=count * self.prompt_tokens,
            completion_tokens=count * self.completion_tokens,
        )


class ForecastLine(BaseModel):
    """What one model will be asked for one purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Dollars; None where nobody knows the price."""
    seconds: float
    """If one call follows the other."""

    @classmethod
    def of(
        cls,
        lm: MeteredLM,
        asked: Asked,
        *,
        batch: bool = False,
        cost: float | None = None,
        measured: bool = False,
    ) -> ForecastLine:
        """The line of a model; with `measured` tokens what it thinks is among them. `cost` is known from elsewhere."""
        thought = 0.0 if measured or not lm.takes.effort else _THOUGHT[NEEDS[lm.purpose].effort] * asked.calls
        written = asked.completion_tokens + thought
        prices = _prices(lm)
        if cost is None and prices is not None:
            cost = asked.prompt_tokens * prices[0] + written * prices[1]
            cost *= _BATCHED if batch else 1.0
        return cls(
            purpose=lm.purpose,
            model=lm.model,
            calls=round(asked.calls),
            prompt_tokens=round(asked.prompt_tokens),
            completion_tokens=round(written),
            cost=cost,
            seconds=_LATENCY * asked.calls + written / _RATE,
        )


class Forecast(BaseModel):
    """What a command will take at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[ForecastLine, ...]
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Dollars; None where the price of a model is not known."""
    seconds: float
    """By the clock."""
    basis: tuple[str, ...]
    """What it rests on, a sentence each."""

    @classmethod
    def of(cls, lines: Iterable[ForecastLine], seconds: float, basis: Iterable[str]) -> Forecast:
        """The sums of some lines."""
        known = tuple(line for line in lines if line.calls)
        costs = [line.cost for line in known]
        return cls(
            lines=known,
            calls=sum(line.calls for line in known),
            prompt_tokens=sum(line.prompt_tokens for line in known),
            completion_tokens=sum(line.completion_tokens for line in known),
            cost=None if None in costs else sum(cost for cost in costs if cost is not None),
            seconds=seconds,
            basis=tuple(basis),
        )

    @property
    def sentence(self) -> str:
        """The forecast in one line."""
        price = "price not known" if self.cost is None else f"${self.cost:.2f}"
        tokens = self.prompt_tokens + self.completion_tokens
        return f"{self.calls:,} calls, {tokens:,} tokens, {price}, {duration(self.seconds)}"


def priced(lm: MeteredLM) -> bool:
    """Whether the price of a model's calls is known; local ones cost nothing."""
    return _prices(lm) is not None


def _prices(lm: MeteredLM) -> tuple[float, float] | None:
    """Dollars a token read and a token written."""
    if lm.local:
        return 0.0, 0.0
    facts = model_facts(lm.model)
    read, written = facts.get("input_cost_per_token"), facts.get("output_cost_per_token")
    return None if read is None or written is None else (float(read), float(written))
