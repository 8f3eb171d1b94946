"""What goes over the wire for one of DSPy's requests, and what DSPy makes of the reply, without sending anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import dspy


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
