"""Stand-ins for tests, ours and yours: a scripted LM, a voice of tones; and, in `samples`, a paper with its podcast."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from unittest import mock

import dspy
import numpy as np
from dspy import lm15
from dspy.utils.callback import BaseCallback
from numpy.typing import NDArray

from podcast_dspy.audio.voices import VOICES, VoiceEngine, get_voice
from podcast_dspy.testing.samples import (
    sample_compiled_profile,
    sample_metrics,
    sample_pair,
    sample_paper,
    sample_profile,
    sample_script,
    sample_trial,
)

__all__ = [
    "FakeLM",
    "FakeVoice",
    "sample_compiled_profile",
    "sample_metrics",
    "sample_pair",
    "sample_paper",
    "sample_profile",
    "sample_script",
    "sample_trial",
]

Answer = Mapping[str, Any] | str | BaseException
"""Output fields by name; or the answer's bare text, well formed or not; or an error that the call ends with."""
Script = Answer | Sequence[Answer] | Callable[[dict[str, Any]], Answer]
"""The same answer each time; several, one after another; or one made of the signature's inputs."""


@dataclass(frozen=True)
class Asked:
    """One question: its signature, its inputs, and the messages as the model got them."""

    signature: Any
    inputs: dict[str, Any]
    messages: list[dict[str, Any]]


_formatting: ContextVar[tuple[Any, dict[str, Any]] | None] = ContextVar("podcast_dspy_fake", default=None)


class Watching(BaseCallback):  # type: ignore[misc]
    """Notes which signature is put into words: an LM itself only sees the messages."""

    def on_adapter_format_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        if "signature" in inputs:
            _formatting.set((inputs["signature"], dict(inputs["inputs"])))


class FakeEngine:
    """A fake's way to be called by DSPy."""

    supports_response_schema = supports_function_calling = supports_reasoning = False
    supported_params: frozenset[str] = frozenset()

    def __init__(self, lm: FakeLM) -> None:
        self.lm = lm

    def complete(self, request: lm15.Request) -> lm15.Response:
        """One answer."""
        system = [] if request.system is None else [{"role": "system", "content": str(request.system)}]
        messages = [{"role": one.role, "content": one.text or ""} for one in request.messages]
        text = self.lm.answer([*system, *messages])
        usage = lm15.Usage(input_tokens=0, output_tokens=0, total_tokens=0)
        message = lm15.Message.assistant([lm15.TextPart(text)])
        return lm15.Response(id=None, model="fake", message=message, finish_reason="stop", usage=usage)

    def stream(self, request: lm15.Request) -> Iterator[lm15.StreamEvent]:
        """The events of one answer."""
        yield from lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """Nothing is open."""

    def __deepcopy__(self, memo: dict[int, Any]) -> FakeEngine:
        return self


class FakeLM(dspy.LM):  # type: ignore[misc]
    """A language model that answers what a test says.

    `script` has the answers of each signature. A signature is named by its class (new instructions do not matter), or
    by one of its output fields. A question that the script does not answer is an AssertionError, at the
    latest where the block ends.

        lm = FakeLM({DigestPart: {"notes": []}, "answers": [{"answers": []}, "not JSON"]})
        with lm.serving():
            podcaster(paper, lm="openai/any")
        assert len(lm.asked) == 2
    """

    def __init__(self, script: Mapping[Any, Script]) -> None:
        super().__init__("fake", engine=FakeEngine(self), cache=False)
        self.script = dict(script)
        self.asked: list[Asked] = []
        self._used: dict[Any, int] = {}
        self._unforeseen: list[str] = []
        self._lock = threading.Lock()

    @contextmanager
    def serving(self) -> Iterator[FakeLM]:
        """Within the block every role string names this model, and DSPy uses it."""
        callbacks = [*dspy.settings.callbacks, Watching()]
        with (
            mock.patch("podcast_dspy.lms.roles.resolve", return_value=self),
            dspy.context(lm=self, callbacks=callbacks),
        ):
            yield self
        # DSPy makes every error of a model one of its own, and a program may well go on after that.
        assert not self._unforeseen, self._unforeseen[0]

    def answer(self, messages: list[dict[str, Any]]) -> str:
        """The text of the next answer to what DSPy is just asking. Raises the error that the script has for it."""
        signature, inputs = _formatting.get() or (None, {})
        asked = Asked(signature, inputs, messages)
        with self._lock:
            self.asked.append(asked)
            answer = self._next(asked)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, str) else json.dumps(dict(answer))

    def _next(self, asked: Asked) -> Answer:
        outputs = set(asked.signature.output_fields) if asked.signature is not None else set()
        for key, script in self.script.items():
            fits = key in outputs if isinstance(key, str) else self._is(key, asked.signature)
            if not fits:
                continue
            answer: Answer
            if callable(script):
                answer = script(asked.inputs)
            elif isinstance(script, Mapping | str | BaseException):
                answer = script
            else:
                number = self._used[key] = self._used.get(key, 0) + 1
                if number > len(script):
                    break
                answer = script[number - 1]
            return answer
        count = sum(asked.signature is one.signature for one in self.asked)
        self._unforeseen.append(f"the script has no answer to question {count} for {sorted(outputs)}")
        return AssertionError(self._unforeseen[-1])

    @staticmethod
    def _is(wanted: Any, signature: Any) -> bool:
        """Whether two signatures ask for the same; with other instructions DSPy gives one another name."""
        return signature is not None and all(
            list(getattr(wanted, fields)) == list(getattr(signature, fields))
            for fields in ("input_fields", "output_fields")
        )


@dataclass
class FakeVoice:
    """A voice that hums: every word takes `seconds_a_word`, and the same text always sounds the same.

    with FakeVoice(seconds_a_word=0.4).installed() as voice:
        podcaster(paper, voice=voice.name)
    """

    seconds_a_word: float = 0.4
    sample_rate: int = 16_000
    name: str = "fake:tone"
    languages: tuple[str, ...] = ("en",)
    level: float = 0.3
    """Amplitude, 0-1; 0 is silence."""
    by_sentence: bool = False
    """Whether it is given a sentence at a time, as the local voices are."""
    fault: Exception | None = None
    """What it fails with, if it does."""
    said: list[str] = field(default_factory=list)
    """Every text that it was given."""

    @property
    def fingerprint(self) -> str:
        """What its sound depends on, for caches."""
        return f"{self.name} {self.seconds_a_word} {self.sample_rate} {self.level}"

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """As `Voice.synthesize`."""
        self.said.append(text)
        if self.fault is not None:
            raise self.fault
        time = np.arange(round(self.seconds_a_word * len(text.split()) * self.sample_rate)) / self.sample_rate
        return (self.level * np.sin(2 * np.pi * (150 + len(text) % 50) * time)).astype(np.float32)

    @contextmanager
    def installed(self, *forms: str) -> Iterator[FakeVoice]:
        """Within the block it is found by its name, as the voices of installed packages are.

        With `forms` it speaks in place of the voices that are named so: `installed("embedded", "kokoro:VOICE")`.
        """
        with ExitStack() as stack:
            stack.callback(get_voice.cache_clear)
            for form in forms or (f"{self.name.partition(':')[0]}:NAME",):
                stack.enter_context(VOICES.adding(form, VoiceEngine(partial(self._named, form))))
            get_voice.cache_clear()
            yield self

    def _named(self, form: str, name: str) -> FakeVoice:
        kind, colon, _ = form.partition(":")
        return replace(self, name=f"{kind}{colon}{name}")  # with the same list of what was said
