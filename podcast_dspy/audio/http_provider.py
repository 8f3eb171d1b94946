"""Ask a provider without an official client here over HTTP: bounded retries, and failures as our errors."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from podcast_dspy.errors import ModelError, PrerequisiteError

__all__ = ["ATTEMPTS", "HttpProvider", "pause_before"]

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
