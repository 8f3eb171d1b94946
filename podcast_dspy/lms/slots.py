"""The slot of a llama.cpp model: it answers one request at a time, always in the same way, and threads share it.

The same request gives the same bits whatever ran before it. Three things make that true,
each measured: one slot a server (in a shared batch the chunks of a prompt fall differently); no flash
attention (its kernels sum in another order for another number of tokens, so a cached prefix would show); and
the last token of a prompt always evaluated alone, as it is when all before it is cached.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import secrets
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from podcast_dspy.errors import ModelError, PrerequisiteError

_PREFIX_CACHE_MIB = 128
"""Memory for the computed prefixes of earlier prompts, so that two kinds of request can take turns."""
_REMEMBERED = 256
"""Prompts whose computed state may still be there; the memory above holds fewer."""
_GRACE = 3.0
"""Seconds between asking a generation to stop and giving its slot up."""


class SlotTimeoutError(Exception):
    """The generation was too slow; it has stopped and the slot is usable."""


class SlotStalledError(Exception):
    """The engine does not answer any more; the slot is lost."""


@dataclass
class Generation:
    """What one request brought."""

    text: str = ""
    finish: Literal["stop", "length"] = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    error: Mapping[str, Any] | None = None
    """The engine's own error, `type` and `message`."""


@dataclass
class _Job:
    body: dict[str, Any]
    prompt: str
    deadline: float
    result: Generation = field(default_factory=Generation)
    failure: Exception | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Slot:
    """A loaded model with one slot."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        """Load the model.

        Args:
            path: A GGUF file.
            context: Tokens that prompt and answer may have together.
            threads: Processor threads for this slot.

        Raises:
            PrerequisiteError: xllamacpp is not installed.
            ModelError: the file is not a model that it can load.
        """
        self._server = _server(path, context, threads)
        self.prompt = ""
        """The last prompt that was answered: all of it is computed already."""
        self._length = 0
        self._answered: deque[str] = deque(maxlen=_REMEMBERED)

    def run(self, body: dict[str, Any], limit: float, *, prompt: str = "") -> Generation:
        """Generate; the slot must be idle.

        Args:
            body: An OpenAI chat request; streaming and caching are added.
            limit: Seconds after which the generation is stopped.
            prompt: The messages as one text, to know what of it has been computed.

        Raises:
            SlotTimeoutError: not finished within the limit.
            SlotStalledError: it could not even be stopped; do not use the slot again.
        """
        body = {**body, "stream": True, "stream_options": {"include_usage": True}, "cache_prompt": True}
        job = _Job(body, prompt, time.monotonic() + limit)
        # The call into the engine cannot be interrupted, so that it happens in a thread that can be left behind.
        threading.Thread(target=self._work, args=(job,), name="podcast-dspy-lm", daemon=True).start()
        try:
            finished = job.done.wait(limit + _GRACE)
        except BaseException:
            job.stop.set()  # Ctrl+C: let the engine end this generation before anybody uses the slot
            job.done.wait(_GRACE)
            raise
        if not finished:
            raise SlotStalledError
        if job.failure is not None:
            raise job.failure
        return job.result

    def _work(self, job: _Job) -> None:
        def receive(chunk: Mapping[str, Any]) -> bool:
            _absorb(job.result, chunk)
            return job.stop.is_set() or time.monotonic() > job.deadline

        def late() -> bool:
            return time.monotonic() > job.deadline

        try:
            cached = self._prepare(job, receive)
            if not late() and job.result.error is None:
                job.result = Generation()
                self._call(job.body, receive)
                job.result.cached_tokens = cached
                self.prompt = job.prompt
                self._answered.append(job.prompt)
            if late():
                raise SlotTimeoutError
        except Exception as error:  # handed to the thread that waits for it
            job.failure = error
        finally:
            job.done.set()

    def _prepare(self, job: _Job, receive: Any) -> int:
        """Compute the prompt without answering; the number of tokens that were known already.

        The answer then begins from the last token evaluated alone, and not with the rest of the prompt.
        """
        if job.prompt and job.prompt == self.prompt:
            return self._length - 1
        self.prompt = ""
        # What was generated was evaluated token by token: a prompt that quotes it must not start from there.
        quotes = any(job.prompt.startswith(earlier) for earlier in self._answered if earlier != job.prompt)
        only_prompt = {k: v for k, v in job.body.items() if k != "response_format"}
        self._call({**only_prompt, "max_tokens": 0, "cache_prompt": not quotes}, receive)
        self._length = job.result.prompt_tokens
        return job.result.cached_tokens

    def _call(self, body: dict[str, Any], receive: Any) -> None:
        answer = self._server.handle_chat_completions(body, receive)
        if answer is not None:
            receive(answer)

    def close(self) -> None:
        """Unload the model; the slot must be idle."""
        self._server = None

    def abandon(self) -> None:
        """Give a stalled slot up: unloading it would wait for it for ever, so that it stays in memory."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))
        self._server = None


def _absorb(result: Generation, chunk: Mapping[str, Any]) -> None:
    """Add one chunk of the stream to the result."""
    if "error" in chunk:
        result.error = chunk["error"]
        return
    for choice in chunk.get("choices", ()):
        part = choice.get("delta") or choice.get("message") or {}
        result.text += part.get("content") or ""
        if choice.get("finish_reason"):
            result.finish = "length" if choice["finish_reason"] == "length" else "stop"
    if usage := chunk.get("usage"):
        result.prompt_tokens = usage["prompt_tokens"]
        result.completion_tokens = usage["completion_tokens"]
        result.cached_tokens = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)


def _server(path: Path, context: int, threads: int) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise PrerequisiteError(
            "the embedded language model needs the package xllamacpp; run `pip install 'podcast-dspy[local]'`"
        ) from error
    if not path.is_file():
        raise PrerequisiteError(f"there is no model file {path}; give the path of a GGUF file as `gguf:PATH`")
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a GGUF model; give the path of a GGUF file as `gguf:PATH`")
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.cache_ram_mib = _PREFIX_CACHE_MIB
    params.verbosity = -1
    # It also listens on a loopback port, which nobody needs: a key that nobody knows closes it.
    params.api_keys = [secrets.token_urlsafe(32)]
    params.n_threads_http = 1
    try:
        with _kept_signal_handlers():
            return xllamacpp.Server(params)
    except Exception as error:
        raise ModelError(
            f"llama.cpp cannot load {path} ({error}); check that the file is whole and that memory is free"
        ) from error


@contextmanager
def _kept_signal_handlers() -> Iterator[None]:
    """Keep Ctrl+C and SIGTERM as they are: the server installs C handlers of its own that would swallow them.

    Python's `signal.signal` cannot put them back outside the main thread, hence the C call.
    """
    if sys.platform == "win32":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    saved: dict[int, Any] = {}
    for number in (int(signal.SIGINT), int(signal.SIGTERM)):
        action = ctypes.create_string_buffer(512)  # larger than any platform's struct sigaction
        if libc.sigaction(number, None, action) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        saved[number] = action
    try:
        yield
    finally:
        for number, action in saved.items():
            libc.sigaction(number, action, None)


class SlotHolder:
    """The slot of one model, loaded when it is first needed: a large model is no faster for having several."""

    def __init__(self, load: Callable[[], Slot]) -> None:
        """Nothing is loaded yet; `load` makes a slot, and may raise."""
        self._load = load
        self._slot: Slot | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """The slot, for one thread at a time. One that stalls while it is held is replaced at the next need."""
        with self._lock:
            self._slot = self._slot or self._load()
            try:
                yield self._slot
            except SlotStalledError:
                self._slot.abandon()
                self._slot = None
                raise

    def close(self) -> None:
        """Unload the model, unless it is at work."""
        if self._lock.acquire(blocking=False):
            try:
                if self._slot is not None:
                    self._slot.close()
                self._slot = None
            finally:
                self._lock.release()
