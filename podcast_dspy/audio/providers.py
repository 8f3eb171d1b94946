"""How providers of voices and transcripts are asked: keys, bounded retries, and their failures as our errors."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from podcast_dspy.errors import ModelError, PrerequisiteError

__all__ = ["ATTEMPTS", "HttpProvider", "ask_openai", "openai_client", "pause_before"]

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


ATTEMPTS = 4
"""How often a request is made at most."""
_LONGEST_WAIT = 60.0


def pause_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before a request's `attempt` (1: the second): what Retry-After asks for, else growing."""
    asked = headers.get("retry-after", "")
    seconds = float(asked) if asked.replace(".", "", 1).isdigit() else 0.5 * 2.0 ** (attempt - 1)
    return min(seconds, _LONGEST_WAIT)


class HttpProvider:
    """`name` at `base`, with the key of the environment variable `key_variable` in the header `key_header`."""

    def __init__(self, name: str, base: str, key_variable: str, key_header: str, timeout: float) -> None:
        self._key = os.environ.get(key_variable, "").strip()
        if not self._key:
            raise PrerequisiteError(f"{name} needs a key: set {key_variable}, or choose the embedded model.")
        self.name = name
        self._base = base.rstrip("/")
        self._key_variable, self._key_header = key_variable, key_header
        self._timeout = timeout

    def ask(self, method: str, path: str, what: str, **request: Any) -> Any:
        """The successful httpx response to `method` `path`; `request` as for httpx.

        A dropped connection, a time-out, 429 and 5xx are tried again, three times, after the pause that Retry-After
        asks for (at most a minute), else after growing ones.

        Raises:
            PrerequisiteError: the key was refused.
            ModelError: it failed for good.
        """
        import httpx

        failure = ""
        headers: Mapping[str, str] = {}
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(pause_before(attempt, headers))
            headers = {}
            try:
                answer = httpx.request(
                    method,
                    self._base + path,
                    headers={self._key_header: self._key},
                    timeout=self._timeout,
                    **request,
                )
            except httpx.TimeoutException:
                failure = "no answer in time"
                continue
            except httpx.HTTPError:
                failure = "the connection failed"
                continue
            if answer.is_success:
                return answer
            if answer.status_code in (401, 403):
                raise PrerequisiteError(
                    f"{self.name} refused the key in {self._key_variable}; check that it is valid."
                )
            failure = f"status {answer.status_code}"
            if answer.status_code != 429 and answer.status_code < 500:
                break
            headers = answer.headers
        raise ModelError(f"{self.name} failed on {what} ({failure}); check the name or try again later.")
