"""Answers of language models, kept on disk between runs once they proved usable, however they came.

An answer is not kept when it comes but when the block that asked for it (`if_usable`) ends without an error: what
cannot be parsed, fails a check, is cut, empty or refused is asked for anew by the next run. Entries are JSON.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

from podcast_dspy import models
from podcast_dspy.errors import CutAnswerError, UnusableAnswerError
from podcast_dspy.lms.calls import calls
from podcast_dspy.lms.ledger import allow
from podcast_dspy.memo import Memo

if TYPE_CHECKING:
    import dspy

T = TypeVar("T")


@dataclass
class _Scope:
    """What was answered within one block."""

    outer: _Scope | None = None
    fresh: dict[str, bytes] = field(default_factory=dict)
    served: list[str] = field(default_factory=list)

    def find(self, key: str) -> bytes | None:
        """An answer of this block or of one around it."""
        return self.fresh.get(key) or (self.outer.find(key) if self.outer else None)


_scope: ContextVar[_Scope | None] = ContextVar("podcast_dspy_answers", default=None)


@contextmanager
def if_usable() -> Iterator[None]:
    """Answers got within the block are kept once it ends well; after an error, those it was served are forgotten.

    Blocks nest: what ends well within a block is kept when the outer one ends well too.
    """
    outer = _scope.get()
    mine = _Scope(outer)
    token = _scope.set(mine)
    try:
        yield
    except Exception:
        if mine.served:
            _memo(answers_at()).forget(mine.served)
        raise
    finally:
        _scope.reset(token)
    if outer is not None:
        outer.fresh.update(mine.fresh)
        outer.served += mine.served
    elif mine.fresh:
        _memo(answers_at()).put_many(mine.fresh)


def usable(call: Callable[[], T]) -> T:
    """What `call` gives; where its answer proves unusable, once more. The outermost call alone asks again.

    Raises UnusableAnswerError when the second answer is no better, CutAnswerError at once.
    """
    if _scope.get() is None:
        try:
            with if_usable():
                return call()
        except CutAnswerError:
            raise
        except UnusableAnswerError:
            pass
    with if_usable():
        return call()


class Awaited(BaseException):
    """A request whose answer is not there yet; it passes through everything that deals with failures."""


_wanted: ContextVar[dict[str, dict[str, Any]] | None] = ContextVar("podcast_dspy_wanted", default=None)


@contextmanager
def collecting() -> Iterator[dict[str, dict[str, Any]]]:
    """Within the block no model is asked: a request without a kept answer is noted, by key, and raises Awaited."""
    wanted: dict[str, dict[str, Any]] = {}
    token = _wanted.set(wanted)
    try:
        yield wanted
    finally:
        _wanted.reset(token)


def keep(records: Mapping[str, Any]) -> None:
    """Keep answers that came by another way, DSPy's records by the key that `collecting` noted."""
    now = time.time()
    entries = {key: {"at": now, "record": _plain(value)} for key, value in records.items()}
    _memo(answers_at()).put_many({key: json.dumps(entry).encode() for key, entry in entries.items()})


def answers_at() -> Path:
    """The directory of the answers."""
    return models.cache_dir() / "answers"


@cache
def _memo(path: Path) -> Memo:
    return Memo(path)


class AnswerCache:
    """What DSPy calls its cache (`dspy.cache`): `get` and `put` of one request."""

    def get(self, request: dict[str, Any], ignored_args_for_cache_key: list[str] | None = None) -> Any:
        """DSPy's record of a kept answer, or None: a model is asked then. Raises BudgetError where none may be."""
        key = _key(request)
        scope = _scope.get()
        record = _record((scope.find(key) if scope else None) or _memo(answers_at()).get_many([key]).get(key))
        wanted = _wanted.get()
        if record is None:
            if wanted is not None:
                wanted[key] = request
                raise Awaited
            allow()
        elif scope is not None:
            scope.served.append(key)
        return record

    def put(
        self,
        request: dict[str, Any],
        value: Any,
        ignored_args_for_cache_key: list[str] | None = None,
        enable_memory_cache: bool = True,
    ) -> None:
        """Note an answer; the block that asked for it decides whether it is kept."""
        entry = {"at": time.time(), "record": _plain(value)}
        scope = _scope.get()
        if scope is not None:
            scope.fresh[_key(request)] = json.dumps(entry).encode()


def _record(raw: bytes | None) -> Any:
    """DSPy's record of an entry; None for one that is none of ours, or older than answers may be."""
    try:
        entry = json.loads(raw or b"")
        at, record = float(entry["at"]), entry["record"]
    except (ValueError, KeyError, TypeError):
        return None
    return record if at >= calls().since else None


def _key(request: dict[str, Any]) -> str:
    """The request with the server that is asked: two servers may call different models by one name."""
    asked = {name: value for name, value in request.items() if name not in ("api_key", "timeout")}
    return hashlib.sha256(json.dumps(_plain(asked), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A request or a client library's answer as JSON-able data."""
    from pydantic import BaseModel

    if isinstance(value, type):
        return value.model_json_schema() if issubclass(value, BaseModel) else value.__qualname__
    if isinstance(value, BaseModel):
        return _plain(dict(value))
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@dataclass(frozen=True)
class Sent:
    """A request as DSPy's own client of the provider would send it."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """A reply as DSPy keeps it, and what it cost at the price of a direct call."""

    record: dict[str, Any]
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Dollars; None where no price is known."""


class _Stopped(BaseException):
    """The request has been written."""


class _Transport:
    """In place of a connection: keeps the request, and answers with the reply that is there."""

    def __init__(self, reply: bytes | None = None) -> None:
        self.reply = reply
        self.sent: Any = None

    @contextmanager
    def stream(self, request: Any) -> Iterator[Any]:
        self.sent = request
        if self.reply is None:
            raise _Stopped
        reply = self.reply
        yield SimpleNamespace(
            status=200, reason="OK", headers=[], http_version="HTTP/1.1", read=lambda: reply
        )


def sent(lm: dspy.LM, asked: dict[str, Any]) -> Sent:
    """The HTTP request of `asked`, a request as DSPy shows it to its cache."""
    from urllib.parse import urlsplit

    transport = _Transport()
    with suppress(_Stopped):
        _complete(lm, asked, transport)
    request = transport.sent
    headers = {name.lower(): value for name, value in request.headers}
    # How an answer is delivered is no part of the question, and batches refuse to be told.
    body = {name: value for name, value in json.loads(request.body).items() if name != "stream"}
    return Sent(urlsplit(request.url).path, body, headers)


def answer_of(lm: dspy.LM, asked: dict[str, Any], body: dict[str, Any]) -> Answer | None:
    """What `body`, the provider's reply to `asked`, says; None for a body that is no reply."""
    from dspy.clients.call_result import CallResult
    from dspy.clients.costs import estimate_cost
    from dspy.lm15 import LM15Error

    try:
        request, route, response = _complete(lm, asked, _Transport(json.dumps(body).encode()))
    except (LM15Error, KeyError, TypeError, ValueError):
        return None
    result = CallResult.native(response, model_type=lm.model_type, provider=route.provider)
    result.cost, result.cost_details = estimate_cost(
        response, provider=route.provider, requested_model=route.model, request=request
    )
    prompt, completion = (int(result.usage.get(f"{side}_tokens") or 0) for side in ("prompt", "completion"))
    return Answer(result.dump(), prompt, completion, result.cost)


def _complete(lm: dspy.LM, asked: dict[str, Any], transport: _Transport) -> Any:
    """DSPy's request, its route and the response, over a transport of ours."""
    from dspy.clients.engines.lm15_engine import LM15Engine
    from dspy.clients.execution import PreparedCall, _canonical
    from dspy.lm15 import RouterConfig

    legacy = {name: value for name, value in asked.items() if name != "_fn_identifier"}
    call = PreparedCall(None, None, {}, legacy, None, cache=True, n=1, managed=True)
    route = LM15Engine(RouterConfig(env={}), model_type=lm.model_type).resolve(lm.model)
    # No key is needed where nothing is sent.
    config = RouterConfig(env={}, api_keys={route.provider: "none"}, transport=transport)
    request = _canonical(call, compat=route.compat)
    return request, route, LM15Engine(config, model_type=lm.model_type).complete(request)
