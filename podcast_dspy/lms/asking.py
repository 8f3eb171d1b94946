"""Asking a capable LM: prompts and answers by signature; what cannot be used is asked for again with the reason."""

from __future__ import annotations

import contextvars
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import dspy
from dspy.utils.callback import BaseCallback
from dspy.utils.exceptions import AdapterParseError
from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import CutAnswerError, UnusableAnswerError
from podcast_dspy.lms.cache import if_usable, usable
from podcast_dspy.text.language import UNKNOWN, guess_language, language_name, sentence_in_another
from podcast_dspy.text.words import split_sentences


class AnswerAdapter(dspy.JSONAdapter):  # type: ignore[misc]
    """DSPy's JSON adapter; an answer that cannot be read is not kept, and is an UnusableAnswerError."""

    def __call__(
        self,
        lm: dspy.LM,
        lm_kwargs: dict[str, Any],
        signature: Any,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """As `dspy.JSONAdapter`. Raises UnusableAnswerError, CutAnswerError."""

        def ask() -> list[dict[str, Any]]:
            try:
                found: list[dict[str, Any]] = super(AnswerAdapter, self).__call__(
                    lm, dict(lm_kwargs), signature, demos, inputs
                )
            except AdapterParseError as error:
                raise _unusable(lm, "something that is not what was asked for") from error
            if any(_says_nothing(fields) for fields in found):
                raise _unusable(lm, "nothing")
            return found

        return usable(ask)


def _says_nothing(fields: dict[str, Any]) -> bool:
    """Whether every field is blank text; an empty list is an answer."""
    return all(isinstance(value, str) and not value.strip() for value in fields.values())


def _unusable(lm: dspy.LM, what: str) -> UnusableAnswerError:
    name = getattr(lm, "role", lm.model)
    return UnusableAnswerError(f"{name} answered with {what}; run it again or use a more capable model")


_TRIES = 3
_TELLING = 20
"""Words from which a language can be told from English, which fewer have the benefit of the doubt for."""
_T = TypeVar("_T")

_MARKUP = re.compile(r"\[\[\s*##|##\s*\]\]|</?\s*(?:paper|transcript)\b[^>]*>", re.IGNORECASE)

_asked: contextvars.ContextVar[str] = contextvars.ContextVar("podcast_dspy_asked", default="")


class Exchange(BaseModel):
    """One prompt and its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    """Which part of the program asked."""
    prompt: tuple[dict[str, str], ...]
    """The messages: role and content."""
    answer: str
    unusable: str = ""
    """Why the answer could not be used; empty for one that was."""


@dataclass
class Exchanges(BaseCallback):  # type: ignore[misc]
    """Keeps what was asked and answered while it is among DSPy's callbacks."""

    kept: list[Exchange] = field(default_factory=list)
    _open: dict[str, tuple[str, tuple[dict[str, str], ...]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Note a prompt."""
        prompt = inputs.get("messages") or [{"role": "user", "content": str(inputs.get("prompt") or "")}]
        messages = tuple({"role": str(one["role"]), "content": str(one["content"])} for one in prompt)
        with self._lock:
            self._open[call_id] = (_asked.get(), messages)

    def on_lm_end(
        self, call_id: str, outputs: dict[str, Any] | None, exception: Exception | None = None
    ) -> None:
        """Note its answer."""
        answers = outputs if isinstance(outputs, list) else [outputs]
        texts = [one.get("text") if isinstance(one, dict) else one for one in answers]
        with self._lock:
            part, messages = self._open.pop(call_id, ("", ()))
            if messages:
                answer = "\n".join(str(text) for text in texts if text)
                unusable = str(exception) if exception else ""
                self.kept.append(Exchange(part=part, prompt=messages, answer=answer, unusable=unusable))

    def turn_down(self, part: str, reason: str) -> None:
        """Say of the last answer to a part why it could not be used."""
        with self._lock:
            for place in range(len(self.kept) - 1, -1, -1):
                if self.kept[place].part == part:
                    if not self.kept[place].unusable:
                        self.kept[place] = self.kept[place].model_copy(update={"unusable": reason})
                    return


def ask(
    predict: dspy.Predict,
    part: str,
    faults: Callable[[Any], Sequence[str]],
    /,
    language: str = "en",
    **inputs: Any,
) -> Any:
    """The prediction for `inputs`; one with `faults`, or that cannot be read, is asked for again with the reasons.

    What is written is to be in `language`: for another than English the prompt says so, and shows no demonstrations,
    which are English. The signature has a `corrections` input. Only an answer without faults is kept for later runs.
    Raises UnusableAnswerError after three tries, CutAnswerError, ModelError.
    """
    if language != "en":
        inputs |= {"demos": [], **_in_language(predict.signature, language_name(language))}
    token = _asked.set(part)
    reasons = ""
    try:
        for _ in range(_TRIES):
            try:
                with if_usable():
                    answer = predict(**inputs, corrections=reasons)
                    found = list(faults(answer))
                    if found:
                        if (trace := dspy.settings.trace) is not None:  # nothing to learn from
                            trace[:] = [one for one in trace if one[2] is not answer]
                        raise UnusableAnswerError("; ".join(found))
                    return answer
            except CutAnswerError:
                raise
            except UnusableAnswerError as error:
                said = _reason(error)
                # The same request would get the same answer.
                reasons = f"For the second time: {said}" if reasons.endswith(said) else said
                for callback in dspy.settings.callbacks or ():
                    if isinstance(callback, Exchanges):
                        callback.turn_down(part, reasons)
    finally:
        _asked.reset(token)
    role = getattr(dspy.settings.lm, "role", getattr(dspy.settings.lm, "model", "the model"))
    last = " ".join(reasons.split()).rstrip(".")
    raise UnusableAnswerError(
        f"{role} gave no usable answer as {part} in {_TRIES} tries (the last: {last[:300]}); run it again, which "
        "goes on from here, or use a more capable model"
    )


_SPOKEN_IN: Final = """

The episode is in {name}, whatever language these instructions, the notes on the host and the paper are in. Write
everything that is spoken or shown (title, chapters, points, terms, paragraphs) in {name}, as people speak it to each
other: with its own idioms and word order, its way of writing numbers, its own words for what has a word, and no
sentence that sounds translated. Nothing stays in another language but names. Ids, types and speakers stay as they
are."""


def _in_language(signature: Any, name: str) -> dict[str, Any]:
    """What makes a prompt ask for another language than English."""
    instructions = re.sub(r"\bEnglish\b", name, signature.instructions) + _SPOKEN_IN.format(name=name)
    field = dspy.InputField(desc="the language of the episode")
    return {
        "signature": signature.with_instructions(instructions).append("language", field, str),
        "language": name,
    }


def _reason(error: UnusableAnswerError) -> str:
    """What was wrong, for the model to read; what a reader of JSON said where it could not be read at all."""
    cause = error.__cause__
    if cause is None:
        return str(error)
    detail = str(getattr(cause, "message", None) or cause).strip().splitlines()
    return "\n".join(
        (
            "It could not be read as the JSON that was asked for.",
            *(line for line in detail[-3:] if line.strip()),
        )
    )


def neutral(text: str) -> str:
    """Foreign text without what would end the place that a prompt gives it."""
    return _MARKUP.sub(" ", text)


def language_fault(texts: Sequence[str], language: str = "en") -> list[str]:
    """What is wrong with texts that are not in a language, or of which a sentence is not."""
    wanted = language_name(language)
    found = guess_language(texts, default=language)
    few = (
        found == "en" and sum(len(text.split()) for text in texts) < _TELLING
    )  # which English is the guess for
    if found not in (language, UNKNOWN) and not few:
        return [f"it is in {language_name(found)}; write in {wanted}"]
    if stray := sentence_in_another((one for text in texts for one in split_sentences(text)), language):
        return [f"“{stray[0][:120]}” is in {language_name(stray[1])}; write all of it in {wanted}"]
    return []


def side_by_side(calls: Sequence[Callable[[], _T]], at_once: int = 4) -> list[_T]:
    """What independent calls give, made at the same time, in their order; the first error is raised."""
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(min(at_once, len(calls))) as pool:
        futures = [pool.submit(contextvars.copy_context().run, call) for call in calls]
        return [future.result() for future in futures]
