"""Batches: independent requests that a provider answers within a day at half the price, kept as answers of calls.

Whoever calls for them afterwards finds them in the answer cache, under the keys of direct calls. Which requests are
under way is kept beside the answers, so that a second start waits for the running batch instead of paying twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy import models
from podcast_dspy.errors import ModelError, PodcastError, UnusableAnswerError
from podcast_dspy.lms.cache import Awaited, collecting, keep
from podcast_dspy.lms.calls import Progress
from podcast_dspy.lms.clients import Batches, BusyError, State, UnknownBatchError, batches_of, client_errors
from podcast_dspy.lms.ledger import CallRecord, allow, record
from podcast_dspy.lms.roles import resolve, use
from podcast_dspy.memo import Memo

if TYPE_CHECKING:
    import dspy

    from podcast_dspy.lms.metered import MeteredLM


_PAUSES: Final = [5.0, 60.0]
"""Seconds between two looks at a batch: at first, and at most."""
_SLOWER: Final = 1.5
_DEAF: Final = 20
"""Looks in a row that may fail before the provider counts as out of reach."""
_PRICE: Final = 0.5
"""Of a direct call: what OpenAI's and Anthropic's price lists say of batches."""


def check_batches(role: str) -> None:
    """Raise PrerequisiteError for a model whose provider has no batches."""
    batches_of(resolve(role))


def answer_ahead(
    role: str,
    calls: Iterable[Callable[[], object]],
    *,
    purpose: str,
    progress: Progress,
    **options: Any,
) -> int:
    """Have the requests of `calls` answered as a batch; the calls, made afterwards, find the answers kept.

    Before a batch is sent, its first request is asked directly: what the server does not take, or a key that it
    refuses, shows at once, not after hours.

    Args:
        role: The model, as in `lms.resolve`; `options` as there.
        calls: Each makes calls of DSPy's current LM. Here they run up to the first whose answer is not there.
        purpose: As in `lms.resolve`.
        progress: Called with a stage, requests done and requests in all.

    Returns:
        How many requests the provider failed at; the calls will ask for these directly.

    Raises:
        PrerequisiteError: the model's provider has no batches, or refuses the key.
        ModelError: the batch failed, expired or was cancelled; what it answered is kept.
    """
    made = list(calls)
    with use(role, purpose=purpose, **options) as lm:
        provider = batches_of(lm)
        running = Memo(models.cache_dir() / "batches")
        try:
            wanted = unanswered(made)
            if wanted and not running.get_many(list(wanted)):
                with suppress(UnusableAnswerError):
                    next(iter(wanted.values())).call()
                wanted = unanswered(made)
            return _answer(lm, provider, running, {key: one.request for key, one in wanted.items()}, progress)
        finally:
            running.close()


@dataclass(frozen=True)
class Unanswered:
    """A request without a kept answer, and the call that makes it."""

    request: dict[str, Any]
    call: Callable[[], object]


def unanswered(calls: Iterable[Callable[[], object]]) -> dict[str, Unanswered]:
    """By key, the requests without a kept answer."""
    found: dict[str, Unanswered] = {}
    for call in calls:
        # An error that comes without asking will come again to whoever wants the answer.
        with collecting() as wanted, suppress(Awaited, PodcastError):
            call()
        for key, request in wanted.items():
            found.setdefault(key, Unanswered(request, call))
    return found


def _answer(
    lm: MeteredLM,
    provider: Batches,
    running: Memo,
    wanted: Mapping[str, dict[str, Any]],
    progress: Progress,
) -> int:
    batch_of = {key: found.decode() for key, found in running.get_many(list(wanted)).items()}
    if new := [key for key in wanted if key not in batch_of]:
        allow(len(new))
        with client_errors(lm.role):
            batch = provider.submit({key: sent(lm, wanted[key]) for key in new})
        running.put_many(dict.fromkeys(new, batch.encode()))
        batch_of |= dict.fromkeys(new, batch)
    failed = 0
    for batch in dict.fromkeys(batch_of.values()):
        mine = [key for key, where in batch_of.items() if where == batch]
        try:
            state = _wait(lm.role, provider, batch, progress)
            with client_errors(lm.role):
                replies = {key: body for key, body in provider.replies(batch) if key in wanted}
        except UnknownBatchError:
            running.forget(mine)
            raise
        answers = {key: found for key, body in replies.items() if (found := answer_of(lm, wanted[key], body))}
        keep({key: found.record for key, found in answers.items()})
        running.forget(mine)
        for found in answers.values():
            _count(lm, found)
        if state.fault:
            raise ModelError(
                f"the batch {batch} of {lm.role} {state.fault}, with {len(answers)} of {len(mine)} requests "
                "answered; what it answered is kept: run the command again, with or without --batch"
            )
        failed += len(mine) - len(answers)
    return failed


def _wait(role: str, provider: Batches, batch: str, progress: Progress) -> State:
    """Look until it has ended, ever more rarely; a look that fails is taken again."""
    pause, deaf = _PAUSES[0], 0
    while True:
        try:
            with client_errors(role):
                state = provider.look(batch)
        except BusyError:
            deaf += 1
            if deaf >= _DEAF:
                raise
        else:
            deaf = 0
            progress(f"batch of {state.total} requests to {role}", state.done, state.total)
            if state.ended:
                return state
        time.sleep(pause)
        pause = min(_SLOWER * pause, _PAUSES[1])


def _count(lm: MeteredLM, found: Answer) -> None:
    record(
        CallRecord(
            purpose=lm.purpose,
            model=lm.model,
            seconds=0.0,
            prompt_tokens=found.prompt_tokens,
            completion_tokens=found.completion_tokens,
            cost=None if found.cost is None else _PRICE * found.cost,
        )
    )


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
