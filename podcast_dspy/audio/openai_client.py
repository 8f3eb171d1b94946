"""Reach OpenAI (or a server that speaks its API) with bounded retries, and turn its failures into our errors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

from podcast_dspy.errors import ModelError, PrerequisiteError

__all__ = ["ask_openai", "openai_client"]

RETRIES = 3
"""Further attempts after a first failure: dropped connection, time-out, 408, 409, 429 or 5xx."""
TIMEOUT = 300.0
"""Seconds to wait for one answer."""

Answer = TypeVar("Answer")


def openai_client(timeout: float = TIMEOUT) -> Any:
    """A client with the key of OPENAI_API_KEY, at OPENAI_BASE_URL if that is set.

    The client itself waits as long as a Retry-After header asks (up to a minute), else with growing pauses.

    Raises:
        PrerequisiteError: there is no key.
    """
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        raise PrerequisiteError(
            "OpenAI needs a key: set OPENAI_API_KEY, or choose the embedded model (--stt embedded, --voice embedded)."
        )
    from openai import OpenAI

    return OpenAI(api_key=key, max_retries=RETRIES, timeout=timeout)


def ask_openai(what: str, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask()`, a call of the official client that does `what`.

    An answer that cannot be parsed is asked for again, as often as a failed one.

    Raises:
        PrerequisiteError: the key was refused, or may not use the model.
        ModelError: the provider failed, timed out, or kept answering with something unusable.
    """
    import openai

    unusable = ""
    for _ in range(RETRIES + 1):
        try:
            return ask()
        except (openai.APIResponseValidationError, ValueError) as error:
            unusable = _hidden(str(error))
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            # "from None": the provider's text may repeat part of the key
            raise PrerequisiteError(
                f"OpenAI refused the key in OPENAI_API_KEY for {what}; check that it is valid and may use this model."
            ) from None
        except openai.APITimeoutError:
            raise ModelError(f"OpenAI did not answer in time for {what}; try again later.") from None
        except openai.RateLimitError as error:
            raise ModelError(
                f"OpenAI refused {what} for too many requests or an empty account ({_hidden(error.message)}); "
                "wait, or check the plan."
            ) from None
        except openai.APIConnectionError:
            raise ModelError(
                f"OpenAI could not be reached for {what}; check the network and OPENAI_BASE_URL."
            ) from None
        except openai.APIStatusError as error:
            raise ModelError(
                f"OpenAI failed on {what} with status {error.status_code} ({_hidden(error.message)}); try again later "
                "or choose another model."
            ) from None
    raise ModelError(f"OpenAI answered {what} with something unusable ({unusable}); try again later.")


def _hidden(message: str) -> str:
    """One line of `message` without the key."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    message = message.replace(key, "***") if key else message
    return " ".join(re.sub(r"\bsk-[\w*-]+", "***", message).split())[:200]
