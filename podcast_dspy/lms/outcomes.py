"""How a call ended: whole, cut or refused, whichever API it came through; and DSPy's errors as ours, with the fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from podcast_dspy.errors import (
    ContextOverflowError,
    ModelError,
    PodcastError,
    PrerequisiteError,
    UnusableAnswerError,
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
