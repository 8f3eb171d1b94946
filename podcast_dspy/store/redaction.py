"""Keeping API keys out of every file: masks what looks like a key, and the keys of this environment."""

from __future__ import annotations

import os
import re
from typing import Any

__all__ = ["redact", "redact_data"]

_MASK = "[REDACTED]"
_SECRET_NAMES = re.compile(r"(API_?KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST = 8
_KEYS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        sk-(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16,}          # OpenAI, Anthropic and compatible providers
      | (?:hf|gsk|r8|xai|pypi)[_-](?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16,}
      | gh[pousr]_[A-Za-z0-9]{20,}
      | github_pat_[A-Za-z0-9_]{20,}
      | AIza[A-Za-z0-9_-]{30,}
      | AKIA[A-Z0-9]{16}
    )""",
    re.VERBOSE,
)
_NAMED = re.compile(
    r"""(?P<name>\b(?:api[_-]?key|access[_-]?token|secret|password|x-api-key)["']?\s*[:=]\s*["']?
      | \bbearer\s+)(?P<value>[A-Za-z0-9_./+=-]{8,})""",
    re.VERBOSE | re.IGNORECASE,
)
_BEARER = re.compile(r"bearer\s+$", re.IGNORECASE)


def redact(text: str) -> str:
    """`text` with keys masked: known shapes (`sk-...`), `api_key=...`, bearer tokens, environment secrets."""
    for value in sorted(_environment_secrets(), key=len, reverse=True):
        text = text.replace(value, _MASK)
    text = _KEYS.sub(_MASK, text)
    return _NAMED.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if _BEARER.search(name) and not any(character.isdigit() for character in value):
        return match[0]  # "bearer certificates" is prose
    return name + _MASK


def redact_data(data: Any) -> Any:
    """`redact` on every string inside JSON-like data, keys included."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, dict):
        return {redact_data(key): redact_data(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [redact_data(value) for value in data]
    return data


def _environment_secrets() -> set[str]:
    return {
        value
        for name, value in os.environ.items()
        if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST and not value.isdigit()
    }
