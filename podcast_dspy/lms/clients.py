"""The official clients of OpenAI and Anthropic, with the key and the address of a role: batches, and tokens counted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from podcast_dspy.errors import ModelError, PrerequisiteError

if TYPE_CHECKING:
    import anthropic

    from podcast_dspy.lms.batches import Sent
    from podcast_dspy.lms.metered import MeteredLM


@dataclass(frozen=True)
class State:
    """How far a batch is."""

    done: int
    total: int
    ended: bool
    fault: str = ""
    """What kept it from trying every request; empty where it tried all."""


class Batches(Protocol):
    """A provider's batches, through its official client. Errors are that client's own."""

    def submit(self, requests: Mapping[str, Sent]) -> str:
        """Send requests by key; the id of their batch."""

    def look(self, batch: str) -> State:
        """How far it is."""

    def replies(self, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and body of every request that was answered, in any order."""


def batches_of(lm: MeteredLM) -> Batches:
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
    """A file of requests, a job on it, and files of answers and of errors."""

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
        """As in `Batches`."""
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
        """As in `Batches`."""
        job = self._client.batches.retrieve(batch)
        counts = job.request_counts
        done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
        fault = {"expired": "expired", "cancelled": "was cancelled", "failed": "failed"}.get(job.status, "")
        if fault and job.errors and job.errors.data and job.errors.data[0].message:
            fault += f" ({' '.join(job.errors.data[0].message.split()).rstrip('.')})"
        return State(done, total, ended=bool(fault) or job.status == "completed", fault=fault)

    def replies(self, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """As in `Batches`."""
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
        self._client = _anthropic(lm.kwargs)

    def submit(self, requests: Mapping[str, Sent]) -> str:
        """As in `Batches`."""
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
        """As in `Batches`."""
        job = self._client.messages.batches.retrieve(batch)
        counts = job.request_counts
        done = counts.succeeded + counts.errored + counts.expired + counts.canceled
        fault = "expired" if counts.expired else "was cancelled" if counts.canceled else ""
        return State(done, done + counts.processing, ended=job.processing_status == "ended", fault=fault)

    def replies(self, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """As in `Batches`."""
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


def _anthropic(options: dict[str, Any]) -> anthropic.Anthropic:
    """Anthropic's own client with the key and the address of an LM (`lm.kwargs`)."""
    import anthropic

    place = options.get("api_base") or os.environ.get("ANTHROPIC_API_BASE")
    return anthropic.Anthropic(
        api_key=options.get("api_key") or os.environ.get("ANTHROPIC_API_KEY"),
        # This client writes the version into the address itself; DSPy's does not.
        base_url=str(place).rstrip("/").removesuffix("/v1") if place else None,
        timeout=options.get("timeout") or 60.0,
        max_retries=2,
    )


def count_tokens(model: str, messages: list[dict[str, Any]], options: dict[str, Any]) -> int:
    """The tokens of a prompt by Anthropic's own count, which costs nothing; 0 when it cannot be had."""
    import anthropic

    client = _anthropic(options)
    system = "\n".join(str(message["content"]) for message in messages if message["role"] == "system")
    asked: Any = [
        {"role": message["role"], "content": str(message["content"])}
        for message in messages
        if message["role"] != "system"
    ]
    try:
        counted = client.messages.count_tokens(model=model, messages=asked, system=system or anthropic.omit)
    except anthropic.APIError:
        return 0  # the request itself will tell, and say why
    return int(counted.input_tokens)
