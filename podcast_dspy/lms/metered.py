"""A `dspy.LM` that knows its purpose: it asks for what its model takes, checks what fits, and its calls are counted."""

from __future__ import annotations

import asyncio
import re
import time
from contextvars import ContextVar
from typing import Any, Final

import dspy
from dspy.utils.exceptions import ContextWindowExceededError, LMInvalidRequestError

from podcast_dspy.errors import BudgetError, ContextOverflowError, CutAnswerError, UnusableAnswerError
from podcast_dspy.lms.cache import Awaited, if_usable
from podcast_dspy.lms.calls import NEEDS, Takes, outcome, takes_of
from podcast_dspy.lms.ledger import CallRecord, allow, record, usage_tokens

_entry: ContextVar[list[dict[str, Any]] | None] = ContextVar("podcast_dspy_lm_entry", default=None)
"""Where the running call's history entry goes: DSPy returns outputs only, and shares `history` among threads."""
_unwanted: dict[tuple[str, str], set[str]] = {}
"""By model and address, the parameters that a server has refused."""
_MORE_ROOM = 4
"""How much longer an answer may be that is asked for again because it was cut."""
_OPTIONAL = (
    "reasoning_effort",
    "temperature",
    "response_format",
    "seed",
    "max_completion_tokens",
    "max_tokens",
)
"""Parameters without which a request still asks the same; a server may know fewer of them."""


class MeteredLM(dspy.LM):  # type: ignore[misc]
    """An LM whose calls appear in the open `CostLedger`s, and whose answers are whole.

    What it is for (`purpose`, see `lms.needs`) and what DSPy knows of the model say how long an answer may be, at
    which temperature and with how much thought; a parameter that the server refuses by its name is left out. An
    answer that was cut is asked for once more with more room, then it is a CutAnswerError; an empty or refused one is
    an UnusableAnswerError.

    With `local=True` a rollout is reproducible: DSPy keeps `rollout_id` for its cache key and does not show it
    to an engine, so that it is also given as the seed; a call costs nothing, and its limit is meant to cut.
    """

    def __init__(
        self,
        model: str,
        *,
        purpose: str = "writer",
        role: str | None = None,
        local: bool = False,
        temperature: float | None = None,
        max_tokens: int | None = None,
        **options: Any,
    ) -> None:
        """As `dspy.LM`, with the purpose; `role` is the model as the user named it.

        `temperature` and `max_tokens` are for other than what the purpose needs.
        """
        # Bare at first: DSPy refuses to be made with what its table says that the model does not take.
        super().__init__(model, **options)
        need = NEEDS[purpose]
        self.purpose = purpose
        self.role = role or model
        self.local = local
        self.takes = (
            Takes(context=getattr(options.get("engine"), "context", None)) if local else takes_of(self)
        )
        self.unwanted = _unwanted.setdefault((model, str(options.get("api_base"))), set())
        self.kwargs["temperature"] = need.temperature if temperature is None else temperature
        self.kwargs[self.takes.limit] = max_tokens if local else self.takes.room(max_tokens or need.tokens)
        if self.takes.effort:
            self.kwargs.setdefault("reasoning_effort", need.effort)

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`. Raises CutAnswerError, UnusableAnswerError, ContextOverflowError."""
        if not self.local:
            check_fits(self, prompt, messages)
        room: int | None = None
        while True:
            options = self._fitted(kwargs, room)
            call = _Call(self)
            try:
                with if_usable():
                    if not options.get("cache", self.cache):
                        allow()  # else the cache does, where it holds no answer
                    outputs = super().__call__(prompt, messages=messages, **options)
                    call.end()
                    if not self.local:
                        self._check(call.response, outputs)
            except LMInvalidRequestError as error:
                call.fail()
                named = self._named(error, options)
                if named is None:
                    raise
                self.unwanted.add(named)
                continue
            except CutAnswerError:
                more = self._more(options)
                if room is not None or more is None:
                    raise
                room = more
                continue
            except (Awaited, BudgetError):  # nobody was asked
                call.drop()
                raise
            except BaseException:
                call.fail()
                raise
            return outputs

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`."""
        return await asyncio.to_thread(self, prompt, messages=messages, **kwargs)

    def update_history(self, entry: dict[str, Any]) -> None:
        """As `dspy.LM`, unless nothing is to be kept; the running call has the entry in any case."""
        entries = _entry.get()
        if entries is not None:
            entries.append(entry)
        if dspy.settings.max_history_size:
            super().update_history(entry)

    def _fitted(self, kwargs: dict[str, Any], room: int | None) -> dict[str, Any]:
        """The options of one call as this model takes them."""
        fitted = self._seeded(kwargs)
        if not self.local:
            tokens = fitted.pop("max_tokens", None)
            if room or tokens:
                fitted[self.takes.limit] = room or self.takes.room(tokens)
            if not self.takes.temperature:
                fitted["temperature"] = None
            fitted |= dict.fromkeys(self.unwanted)
        return fitted

    def _seeded(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        merged = {**self.kwargs, **kwargs}
        rollout, several = merged.get("rollout_id"), (merged.get("n") or 1) > 1
        if not self.local or rollout is None or several or not merged.get("temperature"):
            return dict(kwargs)
        return dict(kwargs) if merged.get("seed") is not None else {**kwargs, "seed": int(rollout)}

    def _named(self, error: LMInvalidRequestError, options: dict[str, Any]) -> str | None:
        """The optional parameter of the request that a server's refusal names."""
        if self.local or isinstance(error, ContextWindowExceededError):
            return None
        refusal = str(error)
        sent = {name for name, value in {**self.kwargs, **options}.items() if value is not None}
        if sent & {"max_tokens", "max_completion_tokens"} and re.search(r"\bmax_output_tokens\b", refusal):
            return self.takes.limit
        for name in _OPTIONAL:
            if name in sent and re.search(rf"\b{name}\b", refusal):
                return name
        return None

    def _more(self, options: dict[str, Any]) -> int | None:
        """A higher limit than that of the call, or None where the model answers no longer."""
        limit = {**self.kwargs, **options}.get(self.takes.limit)
        if limit is None:
            return None
        more = min(_MORE_ROOM * limit, self.takes.longest or _MORE_ROOM * limit)
        return more if more > limit else None

    def _check(self, response: Any, outputs: Any) -> None:
        kind = outcome(response)
        if kind == "cut":
            raise CutAnswerError(
                f"{self.role} did not finish its answer within the length that it may have; "
                "use a model that answers longer, or ask for a shorter episode"
            )
        if kind == "refused":
            raise UnusableAnswerError(f"{self.role} refused to answer; run it again or use another model")
        texts = [output.get("text") if isinstance(output, dict) else output for output in outputs]
        if not all(text and str(text).strip() for text in texts):
            raise UnusableAnswerError(
                f"{self.role} answered with nothing, not what was asked for; run it again or use another model"
            )


class _Call:
    """One call on its way into the ledger."""

    def __init__(self, lm: MeteredLM) -> None:
        self._lm = lm
        self._entries: list[dict[str, Any]] = []
        self._token = _entry.set(self._entries)
        self._started = time.perf_counter()
        self._open = True

    @property
    def response(self) -> Any:
        return self._entries[-1].get("response") if self._entries else None

    def end(self) -> None:
        entry = self._entries[-1] if self._entries else {}
        # DSPy empties the usage of an answer that comes from its cache.
        cached = not entry.get("usage")
        prompt, completion = usage_tokens(entry.get("usage"))
        cost = 0.0 if self._lm.local else entry.get("cost")
        self._record(prompt_tokens=prompt, completion_tokens=completion, cost=cost, cached=cached)

    def fail(self) -> None:
        if self._open:
            self._record(failed=True)

    def drop(self) -> None:
        self._open = False
        _entry.reset(self._token)

    def _record(self, **figures: Any) -> None:
        self.drop()
        seconds = time.perf_counter() - self._started
        record(CallRecord(purpose=self._lm.purpose, model=self._lm.model, seconds=seconds, **figures))


_FEWEST: Final = 8.0
"""Characters a token at most: fewer tokens than this gives no prose has."""


def check_fits(lm: MeteredLM, prompt: Any, messages: Any) -> None:
    """Raise ContextOverflowError for a prompt that the model cannot read beside its answer.

    It is judged by its length; what may or may not fit, the provider finds out.
    """
    if not lm.takes.context:
        return
    prompt_messages = messages or [{"role": "user", "content": str(prompt or "")}]
    characters = sum(len(str(message.get("content") or "")) for message in prompt_messages)
    tokens = round(characters / _FEWEST)
    if tokens > lm.takes.context:
        raise ContextOverflowError(
            f"the prompt does not fit into the context of {lm.role}: it has {tokens:,} tokens or more, and the model "
            f"reads {lm.takes.context:,}; give it a shorter paper or podcast, or use a model that reads more"
        )
