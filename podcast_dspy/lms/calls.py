"""How models are called: how long to wait, what each role needs and a model takes of it; and how calls end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from podcast_dspy.errors import (
    ContextOverflowError,
    ModelError,
    PodcastError,
    PrerequisiteError,
    SettingsError,
    UnusableAnswerError,
)
from podcast_dspy.settings import EnvironmentSettings

if TYPE_CHECKING:
    import dspy


REMOTE_TIMEOUT = 600.0
"""Seconds without a byte after which a remote model is given up: one that reasons is silent for minutes."""

LOCAL_TIMEOUT = 180.0
"""Seconds for one answer of a small model in this process."""


Progress = Callable[[str, float, float], None]
"""(stage, done, total)"""


@dataclass(frozen=True)
class Calls:
    """What holds for every call."""

    timeout: float | None = None
    """Seconds to wait for one answer; None is the environment's `PODCAST_DSPY_TIMEOUT`, else the model's default."""
    since: float = 0.0
    """Answers kept before this moment (seconds since 1970) are asked for anew."""
    batch: Progress | None = None
    """Where a batch tells how far it is; None for direct calls only."""


_current = [Calls()]


def calls() -> Calls:
    """What holds now."""
    now = _current[-1]
    return now if now.timeout is not None else replace(now, timeout=EnvironmentSettings().timeout)


@contextmanager
def calling(
    *,
    timeout: float | None = None,
    fresh: bool = False,
    since: float | None = None,
    batch: Progress | None = None,
) -> Iterator[None]:
    """Within the block, in all threads: wait `timeout` seconds for an answer; with `fresh` ask everything anew.

    `since` is as in `Calls`, for work that another process began with `fresh`.
    With `batch`, what can wait for its answers is asked by the provider's batches (`lms.batches`). An answer got within
    the block is kept, and serves the rest of it. Raises SettingsError for a timeout that is not above 0.
    """
    if timeout is not None and not timeout > 0.0:
        raise SettingsError(f"a timeout of {timeout:g} seconds leaves no time to answer; give more than 0")
    before = _current[-1]
    chosen = Calls(
        timeout if timeout is not None else before.timeout,
        time.time() if fresh else before.since if since is None else since,
        batch or before.batch,
    )
    _current.append(chosen)
    try:
        yield
    finally:
        _current.remove(chosen)


Effort = Literal["low", "medium", "high"]

LOCAL_TOKENS: Final = 400
"""Longest answer of a small local model: it continues demonstrations of a sentence or a type."""
_THINKING: Final = 16_000
"""Tokens that a reasoning model may think beside its answer; providers count both against one limit."""


@dataclass(frozen=True)
class Need:
    """What the answers of one role need."""

    tokens: int
    """Room for the longest right answer; a limit costs nothing where it is not reached."""
    effort: Effort
    """How hard a model that reasons should think about it."""
    temperature: float = 0.0


NEEDS: Final[dict[str, Need]] = {
    # 20 minutes of a 90-minute episode are 3,000 words
    "writer": Need(tokens=6000, effort="medium"),
    # up to 40 questions with answers, or every phrase that a host is fond of
    "analyst": Need(tokens=6000, effort="low"),
    # 12 findings with quoted evidence, or rubrics with reasons
    "judge": Need(tokens=3000, effort="medium"),
    # whole instructions, after the reasons for them; proposals have to differ
    "reflection": Need(tokens=8000, effort="high", temperature=1.0),
}
"""By purpose, the name under which calls are counted."""


@dataclass(frozen=True)
class Takes:
    """What a model takes."""

    limit: str = "max_tokens"
    """The parameter of its longest answer."""
    temperature: bool = True
    effort: bool = False
    thinks: bool = False
    longest: int | None = None
    """Tokens that it can answer with; None where nobody knows."""
    context: int | None = None
    """Tokens that it can read; None where nobody knows."""

    def room(self, tokens: int) -> int:
        """The limit to ask for so that an answer of `tokens` has room."""
        wanted = tokens + (_THINKING if self.thinks else 0)
        return min(wanted, self.longest) if self.longest else wanted


def model_facts(model: str) -> dict[str, Any]:
    """What DSPy's own table of models (LiteLLM's, as of its release) says of `PROVIDER/NAME`; empty for others."""
    from dspy.clients.model_metadata import model_info

    provider, _, name = model.partition("/")
    facts: dict[str, Any] = model_info(provider, name)
    return facts


def takes_of(lm: dspy.LM) -> Takes:
    """What the model of `lm`, made without a limit or a temperature, takes."""
    facts = model_facts(lm.model)
    # DSPy gives the limit of OpenAI's reasoning models this name, which take no other, and one temperature only.
    reasoning = "max_completion_tokens" in lm.kwargs
    params = lm.supported_params
    return Takes(
        limit="max_completion_tokens" if reasoning else "max_tokens",
        temperature=not reasoning
        and facts.get("supports_sampling_params") is not False
        and "temperature" in params,
        effort=reasoning and "reasoning_effort" in params,
        thinks=reasoning or lm.supports_reasoning,
        longest=facts.get("max_output_tokens"),
        context=facts.get("max_input_tokens"),
    )


@contextmanager
def podcast_errors(role: str) -> Iterator[None]:
    """Within the block, an error of DSPy or of a provider leaves as one of `podcast_dspy.errors`."""
    from dspy.utils.exceptions import DSPyError

    try:
        yield
    except DSPyError as error:
        raise as_podcast_error(error, role) from error


def as_podcast_error(error: Exception, role: str) -> PodcastError:
    """The error that tells a user what DSPy's error means.

    Args:
        error: An error of `dspy.utils.exceptions`.
        role: The model that was called, as the user named it.
    """
    from dspy.utils import exceptions as dspy_errors

    said = _first_sentence(error)
    if isinstance(error, dspy_errors.ContextWindowExceededError):
        return ContextOverflowError(f"the prompt does not fit into the context of {role}: {said}")
    if isinstance(error, dspy_errors.LMAuthError):
        return PrerequisiteError(
            f"{role} refused the key; check the provider's key in the environment ({said})"
        )
    if isinstance(error, dspy_errors.LMConfigurationError):
        return PrerequisiteError(f"{role} is not ready: {said}")
    if isinstance(error, dspy_errors.LMUnsupportedModelError):
        return PrerequisiteError(f"{role} does not exist at its provider; check its name ({said})")
    if isinstance(error, dspy_errors.LMBillingError):
        return ModelError(f"{role} refused for want of credit; check the account at its provider ({said})")
    if isinstance(error, dspy_errors.LMRateLimitError):
        return ModelError(
            f"{role} refused because of too many requests; wait a little and run it again ({said})"
        )
    if isinstance(error, dspy_errors.LMTimeoutError) or said.startswith("read timed out"):
        # The rest of the message is about the arguments of a library.
        return ModelError(
            f"{role} did not answer in time; run it again, or let it take longer with --timeout"
        )
    if isinstance(error, dspy_errors.LMTransportError):
        return ModelError(f"{role} cannot be reached; check the network and the server's address ({said})")
    if isinstance(error, dspy_errors.LMServerError):
        return ModelError(f"{role} failed on its side; run it again later ({said})")
    if isinstance(error, dspy_errors.AdapterParseError):
        return UnusableAnswerError(
            f"{role} answered with something that is not what was asked for; run it again or use a more capable model"
        )
    return ModelError(f"{role} failed: {said}")


def _first_sentence(error: Exception) -> str:
    """DSPy's message without its own advice, which speaks to programmers."""
    text = str(getattr(error, "message", None) or error).strip()
    return text.partition("\n")[0].rstrip(". ") or type(error).__name__


Outcome = Literal["whole", "cut", "refused"]
_CUT = {"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"}
_REFUSED = {"content_filter", "refusal", "safety"}


def outcome(response: Any) -> Outcome:
    """How the answer ended, from a response of DSPy's own engine or of LiteLLM (chat or Responses API)."""
    if isinstance(response, list | tuple):
        found = [outcome(one) for one in response]
        return next((kind for kind in ("cut", "refused") if kind in found), "whole")
    reasons = {str(_of(response, "finish_reason")), str(_of(_of(response, "incomplete_details"), "reason"))}
    refusals = []
    for choice in _of(response, "choices") or ():
        reasons.add(str(_of(choice, "finish_reason")))
        refusals.append(_of(_of(choice, "message"), "refusal"))
    if reasons & _CUT:
        return "cut"
    return "refused" if reasons & _REFUSED or any(refusals) else "whole"


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
