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
    least: Asked
    """What is certain of it; the figures before are what it takes at most."""
    least_cost: float | None
    seconds: float
    """If one call follows the other."""

    @property
    def calls_told(self) -> str:
        """The calls, as from one number to another."""
        return _between(f"{self.least.calls:,.0f}", f"{self.calls:,}")

    @classmethod
    def of(
        cls,
        lm: MeteredLM,
        asked: Asked,
        least: Asked | None = None,
        *,
        batch: bool = False,
        measured: bool = False,
    ) -> ForecastLine:
        """The line of a model that is `asked` at most; with `measured` tokens what it thinks is among them.

        `least` is what it is asked in any case, by default the same.
        """
        effort = 0 if measured or not lm.takes.effort else _THOUGHT[NEEDS[lm.purpose].effort]
        prices, share = _prices(lm), _BATCHED if batch else 1.0

        def priced(one: Asked) -> float | None:
            if prices is None:
                return None
            return share * (
                one.prompt_tokens * prices[0] + (one.completion_tokens + effort * one.calls) * prices[1]
            )

        written = asked.completion_tokens + effort * asked.calls
        least = asked if least is None else least
        return cls(
            purpose=lm.purpose,
            model=lm.model,
            calls=round(asked.calls),
            prompt_tokens=round(asked.prompt_tokens),
            completion_tokens=round(written),
            cost=priced(asked),
            least=least,
            least_cost=priced(least),
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
    least_calls: int
    """Calls and dollars that are certain; the others are what it takes at most."""
    least_cost: float | None
    seconds: float
    """By the clock, at most."""
    basis: tuple[str, ...]
    """What it rests on, a sentence each."""
    expected: Asked | None = None
    """What it will take if it goes as an earlier one went; None where there was none."""
    expected_cost: float | None = None

    @classmethod
    def of(
        cls,
        lines: Iterable[ForecastLine],
        seconds: float,
        basis: Iterable[str],
        expected: tuple[Asked | None, float | None] = (None, None),
    ) -> Forecast:
        """The sums of some lines, and what is `expected` with its dollars."""
        known = tuple(line for line in lines if line.calls)
        return cls(
            lines=known,
            calls=sum(line.calls for line in known),
            prompt_tokens=sum(line.prompt_tokens for line in known),
            completion_tokens=sum(line.completion_tokens for line in known),
            cost=_total(line.cost for line in known),
            least_calls=round(sum(line.least.calls for line in known)),
            least_cost=_total(line.least_cost for line in known),
            seconds=seconds,
            basis=tuple(basis),
            expected=expected[0],
            expected_cost=expected[1],
        )

    @property
    def sentence(self) -> str:
        """The forecast in one line."""
        calls = _between(f"{self.least_calls:,}", f"{self.calls:,}")
        price = "price not known"
        if self.cost is not None and self.least_cost is not None:
            price = _between(f"${self.least_cost:.2f}", f"${self.cost:.2f}")
        tokens = self.prompt_tokens + self.completion_tokens
        if self.expected is not None:
            calls = f"about {self.expected.calls:,.0f} ({calls})"
            price = price if self.expected_cost is None else f"about ${self.expected_cost:.2f} ({price})"
        return f"{calls} calls, at most {tokens:,} tokens, {price}, at most {duration(self.seconds)}"


def _between(least: str, most: str) -> str:
    return most if least == most else f"{least} to {most}"


def _total(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)


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
