"""A `dspy.LM` that knows its purpose: every call is counted, and local rollouts are reproducible."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any

import dspy

from podcast_dspy.lms.ledger import CallRecord, record, usage_tokens

__all__ = ["MeteredLM"]

_entry: ContextVar[list[dict[str, Any]] | None] = ContextVar("podcast_dspy_lm_entry", default=None)
"""Where the running call's history entry goes: DSPy returns outputs only, and shares `history` among threads."""


class MeteredLM(dspy.LM):  # type: ignore[misc]
    """An LM whose calls appear in the open `CostLedger`s.

    With `local=True` a rollout is reproducible: DSPy keeps `rollout_id` for its cache key and does not show it
    to an engine, so that it is also given as the seed; and a call costs nothing.
    """

    def __init__(self, model: str, *, purpose: str = "lm", local: bool = False, **options: Any) -> None:
        """As `dspy.LM`, with the purpose under which calls are counted."""
        super().__init__(model, **options)
        self.purpose = purpose
        self.local = local

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`."""
        call = _Call(self)
        try:
            return call.end(super().__call__(prompt, messages=messages, **self._seeded(kwargs)))
        except BaseException:
            call.fail()
            raise

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`."""
        call = _Call(self)
        try:
            return call.end(await super().acall(prompt, messages=messages, **self._seeded(kwargs)))
        except BaseException:
            call.fail()
            raise

    def update_history(self, entry: dict[str, Any]) -> None:
        """As `dspy.LM`; the running call also keeps the entry."""
        entries = _entry.get()
        if entries is not None:
            entries.append(entry)
        super().update_history(entry)

    def _seeded(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        merged = {**self.kwargs, **kwargs}
        rollout, several = merged.get("rollout_id"), (merged.get("n") or 1) > 1
        if not self.local or rollout is None or several or not merged.get("temperature"):
            return kwargs
        return kwargs if merged.get("seed") is not None else {**kwargs, "seed": int(rollout)}


class _Call:
    """One call on its way into the ledger."""

    def __init__(self, lm: MeteredLM) -> None:
        self._lm = lm
        self._entries: list[dict[str, Any]] = []
        self._token = _entry.set(self._entries)
        self._started = time.perf_counter()

    def end(self, outputs: Any) -> Any:
        entry = self._entries[-1] if self._entries else {}
        # DSPy empties the usage of an answer that comes from its cache.
        cached = not entry.get("usage")
        prompt, completion = usage_tokens(entry.get("usage"))
        cost = 0.0 if self._lm.local else entry.get("cost")
        self._record(prompt_tokens=prompt, completion_tokens=completion, cost=cost, cached=cached)
        return outputs

    def fail(self) -> None:
        self._record(failed=True)

    def _record(self, **figures: Any) -> None:
        _entry.reset(self._token)
        seconds = time.perf_counter() - self._started
        record(CallRecord(purpose=self._lm.purpose, model=self._lm.model, seconds=seconds, **figures))
