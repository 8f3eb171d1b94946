"""What language models were asked and what it cost: calls, tokens, seconds and dollars by purpose and model."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CallRecord", "CostLedger", "LedgerEntry", "record", "usage_tokens"]


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
    """The sums for one purpose and model."""

    model_config = ConfigDict(extra="forbid")

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


@dataclass
class CostLedger:
    """Counts every call made, in any thread, while it is open: `with CostLedger() as ledger: ...`."""

    _entries: dict[tuple[str, str], LedgerEntry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __enter__(self) -> CostLedger:
        """Begin to count."""
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

    def add(self, call: CallRecord) -> None:
        """Count one call."""
        with self._lock:
            key = (call.purpose, call.model)
            entry = self._entries.setdefault(key, LedgerEntry(purpose=call.purpose, model=call.model))
            entry.add(call)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The sums so far, by purpose and model."""
        with self._lock:
            return tuple(self._entries[key].model_copy() for key in sorted(self._entries))

    @property
    def cost(self) -> float | None:
        """Dollars in all; None when a part of it is unknown."""
        costs = [entry.cost for entry in self.entries]
        return (
            None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)
        )

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


def usage_tokens(usage: Mapping[str, Any] | None) -> tuple[int, int]:
    """Prompt and completion tokens of a provider's usage report; 0 where it reports none."""
    reported = usage or {}
    prompt = reported.get("prompt_tokens", reported.get("input_tokens"))
    completion = reported.get("completion_tokens", reported.get("output_tokens"))
    return int(prompt or 0), int(completion or 0)
