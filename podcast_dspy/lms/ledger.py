"""What language models were asked and what it cost, by part of a run, purpose and model; and when it is enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import BudgetError, SettingsError


@dataclass(frozen=True)
class Budget:
    """What may be spent; None is no limit. Raises SettingsError for a limit that is not above 0."""

    cost: float | None = None
    """Dollars. A call that is under way when they are spent is still paid."""
    calls: int | None = None
    """Calls that are not answered from the cache."""
    seconds: float | None = None
    """By the clock."""

    def __post_init__(self) -> None:
        for name in ("cost", "calls", "seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise SettingsError(f"a budget of {value:g} {name} leaves nothing to spend; give more than 0")


@dataclass(frozen=True)
class CallRecord:
    """One call of a language model."""

    purpose: str
    model: str
    seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    """Dollars; None where no price is known."""
    cached: bool = False
    """Answered from DSPy's cache: it cost nothing, and no tokens are counted."""
    failed: bool = False


class LedgerEntry(BaseModel):
    """The sums for one part of a run, purpose and model."""

    model_config = ConfigDict(extra="forbid")

    part: str = ""
    """A trial, or what looked for it: `hosts` for what they and people's labels teach, else the strategy; empty outside
    of training."""
    purpose: str
    model: str
    calls: int = Field(default=0, ge=0)
    """All calls, with those of the next two fields."""
    cached: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0.0)
    """Time that callers waited, summed over calls that may have run at the same time."""
    cost: float | None = 0.0
    """Dollars; None as soon as one call's price is unknown."""

    def add(self, call: CallRecord) -> None:
        """Count one call."""
        self.calls += 1
        self.cached += call.cached
        self.failed += call.failed
        self.prompt_tokens += call.prompt_tokens
        self.completion_tokens += call.completion_tokens
        self.seconds += call.seconds
        if not call.cached and not call.failed:
            self.cost = None if self.cost is None or call.cost is None else self.cost + call.cost


class Spent(BaseModel):
    """What was spent so far; a ledger that begins with it counts on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[LedgerEntry, ...] = ()
    seconds: dict[str, float] = {}
    """By the clock, by part."""

    @property
    def calls(self) -> int:
        """Calls that were not answered from the cache."""
        return sum(entry.calls - entry.cached for entry in self.entries)

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return sum(entry.prompt_tokens + entry.completion_tokens for entry in self.entries)

    @property
    def cost(self) -> float | None:
        """Dollars in all; None when a part of it is unknown."""
        costs = [entry.cost for entry in self.entries]
        return (
            None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)
        )


@dataclass
class CostLedger:
    """Counts every call made, in any thread, while it is open: `with CostLedger() as ledger: ...`.

    Where its budget is spent, no further call is allowed (`allow`). `before` is what was spent already, and `keep`
    hears what is spent: after each call that costs money, when a part begins, and at the end.
    """

    budget: Budget = field(default_factory=Budget)
    before: Spent = field(default_factory=Spent)
    keep: Callable[[Spent], None] = lambda spent: None
    part: str = ""
    _entries: dict[tuple[str, str, str], LedgerEntry] = field(init=False, repr=False)
    _seconds: dict[str, float] = field(init=False, repr=False)
    _asked: int = field(init=False, default=0, repr=False)
    _since: float | None = field(init=False, default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self._entries = {(e.part, e.purpose, e.model): e.model_copy() for e in self.before.entries}
        self._seconds = dict(self.before.seconds)
        self._asked = self.before.calls

    def __enter__(self) -> CostLedger:
        """Begin to count."""
        self._since = time.monotonic()
        with _open_lock:
            _open.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop counting; the sums stay."""
        with _open_lock:
            # By identity: two ledgers with equal sums are not the same ledger.
            _open[:] = [ledger for ledger in _open if ledger is not self]
        with self._lock:
            self._seconds, self._since = dict(self.spent.seconds), None
            self.keep(self.spent)

    def begin(self, part: str) -> None:
        """What follows is of another part."""
        with self._lock:
            self._seconds, self._since, self.part = dict(self.spent.seconds), time.monotonic(), part
            self.keep(self.spent)

    def add(self, call: CallRecord) -> None:
        """Count one call."""
        with self._lock:
            key = (self.part, call.purpose, call.model)
            entry = self._entries.setdefault(
                key, LedgerEntry(part=self.part, purpose=call.purpose, model=call.model)
            )
            entry.add(call)
            if not call.cached and call.cost != 0.0:
                self.keep(self.spent)

    def merge(self, entries: Iterable[LedgerEntry]) -> None:
        """Count what another process was asked for, as of the part that is under way."""
        with self._lock:
            for one in entries:
                key = (self.part, one.purpose, one.model)
                mine = self._entries.get(
                    key, LedgerEntry(part=self.part, purpose=one.purpose, model=one.model)
                )
                sums = {
                    name: getattr(mine, name) + getattr(one, name)
                    for name in ("calls", "cached", "failed", "prompt_tokens", "completion_tokens", "seconds")
                }
                cost = None if mine.cost is None or one.cost is None else mine.cost + one.cost
                self._entries[key] = mine.model_copy(update={**sums, "cost": cost})
                self._asked += one.calls - one.cached
            self.keep(self.spent)

    def allow(self, calls: int = 1) -> None:
        """Count calls that are about to be made. Raises BudgetError where the budget does not hold them."""
        with self._lock:
            if reached := self.reached(calls):
                raise BudgetError(reached)
            self._asked += calls

    def reached(self, calls: int) -> str:
        """The limit that `calls` further calls would pass, or that is reached; empty for none."""
        budget, spent = self.budget, self.spent
        if budget.cost is not None:
            if spent.cost is None:
                unknown = ", ".join(sorted({entry.model for entry in spent.entries if entry.cost is None}))
                return f"the price of {unknown} is not known, so that no budget in dollars can be kept"
            if spent.cost >= budget.cost:
                return f"the budget of ${budget.cost:g} is spent"
        if budget.calls is not None and self._asked + calls > budget.calls:
            return f"the budget of {budget.calls} {'call' if budget.calls == 1 else 'calls'} is spent"
        if budget.seconds is not None and sum(spent.seconds.values()) >= budget.seconds:
            minutes = budget.seconds / 60
            return f"the budget of {minutes:g} {'minute' if minutes == 1 else 'minutes'} is spent"
        return ""

    @property
    def spent(self) -> Spent:
        """The sums so far."""
        with self._lock:
            seconds = dict(self._seconds)
            if self._since is not None:
                seconds[self.part] = seconds.get(self.part, 0.0) + time.monotonic() - self._since
            return Spent(entries=self.entries, seconds=seconds)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The sums so far, by part, purpose and model."""
        with self._lock:
            return tuple(self._entries[key].model_copy() for key in sorted(self._entries))

    @property
    def cost(self) -> float | None:
        """Dollars in all; None when a part of it is unknown."""
        return Spent(entries=self.entries).cost

    def as_dict(self) -> dict[str, Any]:
        """The ledger as JSON-able data."""
        return {"entries": [entry.model_dump() for entry in self.entries], "cost": self.cost}


_open: list[CostLedger] = []
_open_lock = threading.Lock()


def record(call: CallRecord) -> None:
    """Count one call in every open ledger."""
    with _open_lock:
        ledgers = tuple(_open)
    for ledger in ledgers:
        ledger.add(call)


def merge(entries: Iterable[LedgerEntry]) -> None:
    """Count what another process was asked for in every open ledger."""
    with _open_lock:
        ledgers = tuple(_open)
    for ledger in ledgers:
        ledger.merge(entries)


def allow(calls: int = 1) -> None:
    """Say that calls are about to be made, or with 0 that other work is. Raises BudgetError where a budget is spent."""
    with _open_lock:
        ledgers = tuple(_open)
    for ledger in ledgers:
        ledger.allow(calls)


def exhausted() -> str:
    """The limit that keeps the next call from being made; empty where it may be."""
    with _open_lock:
        return next(filter(None, (ledger.reached(1) for ledger in _open)), "")


def usage_tokens(usage: Mapping[str, Any] | None) -> tuple[int, int]:
    """Prompt and completion tokens of a provider's usage report; 0 where it reports none."""
    reported = usage or {}
    prompt = reported.get("prompt_tokens", reported.get("input_tokens"))
    completion = reported.get("completion_tokens", reported.get("output_tokens"))
    return int(prompt or 0), int(completion or 0)
