"""Batches: independent requests that a provider answers within a day at half the price, by its official client.

Whoever calls for them afterwards finds them in the answer cache, under the keys of direct calls. Which requests are
under way is kept beside the answers, so that a second start waits for the running batch instead of paying twice.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy import models
from podcast_dspy.errors import ModelError, PodcastError, PrerequisiteError, UnusableAnswerError
from podcast_dspy.lms.cache import Answer, Awaited, Sent, answer_of, collecting, keep, sent
from podcast_dspy.lms.calls import Progress
from podcast_dspy.lms.ledger import CallRecord, allow, record
from podcast_dspy.lms.roles import resolve, use
from podcast_dspy.memo import Memo

if TYPE_CHECKING:
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
    provider: OpenAIBatches | AnthropicBatches,
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


def _wait(role: str, provider: OpenAIBatches | AnthropicBatches, batch: str, progress: Progress) -> State:
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
class State:
    """How far a batch is."""

    done: int
    total: int
    ended: bool
    fault: str = ""
    """What kept it from trying every request; empty where it tried all."""


def batches_of(lm: MeteredLM) -> OpenAIBatches | AnthropicBatches:
    """The batches of a model's provider. Raises PrerequisiteError where it has none."""
    provider = lm.model.partition("/")[0]
    # A server that is named by its address may speak OpenAI's language; batches are more than that.
    if provider == "openai" and "@" not in lm.role:
        return OpenAIBatches(lm)
    if provider == "anthropic":
        return AnthropicBatches(lm)
    raise PrerequisiteError(
        f"{lm.role} has no batches, only openai/... and anthropic/... have; leave --batch out to ask it directly"
    )


class OpenAIBatches:
    """A file of requests, a job on it, and files of answers and of errors. Errors are those of OpenAI's client."""

    def __init__(self, lm: MeteredLM) -> None:
        """Batches with the key and the address of `lm`."""
        import openai

        place = (
            lm.kwargs.get("api_base")
            or os.environ.get("OPENAI_BASE_URL")
            or os.environ.get("OPENAI_API_BASE")
        )
        self._client = openai.OpenAI(
            api_key=lm.kwargs.get("api_key"), base_url=place, timeout=lm.kwargs.get("timeout")
        )

    def submit(self, requests: Mapping[str, Sent]) -> str:
        """Send requests by key; the id of their batch."""
        paths = {asked.path for asked in requests.values()}
        lines = [
            json.dumps({"custom_id": key, "method": "POST", "url": asked.path, "body": asked.body})
            for key, asked in requests.items()
        ]
        (path,) = paths  # one model, one API
        content = ("requests.jsonl", "\n".join(lines).encode())
        file = self._client.files.create(file=content, purpose="batch")
        endpoint: Any = path
        # Not repeated where the reply is lost: a second one would be paid for as well.
        job = self._client.with_options(max_retries=0).batches.create(
            input_file_id=file.id, endpoint=endpoint, completion_window="24h"
        )
        return job.id

    def look(self, batch: str) -> State:
        """How far it is."""
        job = self._client.batches.retrieve(batch)
        counts = job.request_counts
        done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
        fault = {"expired": "expired", "cancelled": "was cancelled", "failed": "failed"}.get(job.status, "")
        if fault and job.errors and job.errors.data and job.errors.data[0].message:
            fault += f" ({' '.join(job.errors.data[0].message.split()).rstrip('.')})"
        return State(done, total, ended=bool(fault) or job.status == "completed", fault=fault)

    def replies(self, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and body of every request that was answered, in any order."""
        job = self._client.batches.retrieve(batch)
        if job.output_file_id is None:
            return
        for line in self._client.files.content(job.output_file_id).text.splitlines():
            entry = json.loads(line)
            response = entry.get("response") or {}
            if not entry.get("error") and response.get("status_code") == 200:
                yield str(entry["custom_id"]), response["body"]


class AnthropicBatches:
    """A list of requests, and a stream of results once all are done."""

    def __init__(self, lm: MeteredLM) -> None:
        """Batches with the key and the address of `lm`."""
        import anthropic

        place = lm.kwargs.get("api_base") or os.environ.get("ANTHROPIC_API_BASE")
        self._client = anthropic.Anthropic(
            api_key=lm.kwargs.get("api_key") or os.environ.get("ANTHROPIC_API_KEY"),
            # This client writes the version into the address itself; DSPy's does not.
            base_url=str(place).rstrip("/").removesuffix("/v1") if place else None,
            timeout=lm.kwargs.get("timeout") or 60.0,
            max_retries=2,
        )

    def submit(self, requests: Mapping[str, Sent]) -> str:
        """As in `OpenAIBatches`."""
        items: Any = [{"custom_id": key, "params": asked.body} for key, asked in requests.items()]
        # The bodies are of this version of the API, which need not be that of the client.
        kept = ("anthropic-version", "anthropic-beta")
        headers = {
            name: value
            for asked in requests.values()
            for name, value in asked.headers.items()
            if name in kept
        }
        batches = self._client.with_options(max_retries=0).messages.batches
        return batches.create(requests=items, extra_headers=headers).id

    def look(self, batch: str) -> State:
        """As in `OpenAIBatches`."""
        job = self._client.messages.batches.retrieve(batch)
        counts = job.request_counts
        done = counts.succeeded + counts.errored + counts.expired + counts.canceled
        fault = "expired" if counts.expired else "was cancelled" if counts.canceled else ""
        return State(done, done + counts.processing, ended=job.processing_status == "ended", fault=fault)

    def replies(self, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """As in `OpenAIBatches`."""
        for entry in self._client.messages.batches.results(batch):
            if entry.result.type == "succeeded":
                yield entry.custom_id, entry.result.message.to_dict(mode="json")


class BusyError(ModelError):
    """The provider cannot be reached or is busy: what was asked may be asked again."""


class UnknownBatchError(ModelError):
    """The provider does not know a batch."""


@contextmanager
def client_errors(role: str) -> Iterator[None]:
    """Within the block, an error of an official client leaves as one of `podcast_dspy.errors`."""
    import anthropic
    import openai

    try:
        yield
    except (openai.OpenAIError, anthropic.AnthropicError) as error:
        status = getattr(error, "status_code", None)
        said = " ".join(str(getattr(error, "message", None) or error).split()).rstrip(".")
        if status in (401, 403):
            raise PrerequisiteError(
                f"{role} refused the key for a batch; check the provider's key in the environment ({said})"
            ) from error
        if status == 404:
            raise UnknownBatchError(
                f"{role} does not know the batch or has none; run the command again, or leave --batch out ({said})"
            ) from error
        if status is None or status == 429 or status >= 500:
            raise BusyError(
                f"{role} cannot be reached or is busy, so that its batch is not seen; run the command again, "
                f"a batch that was begun goes on ({said})"
            ) from error
        raise ModelError(f"{role} refused the batch: {said}; leave --batch out to ask directly") from error
