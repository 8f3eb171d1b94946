"""JSON documents of the workspace: readable text, no API key in any, and the hash of what one was made from."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from podcast_dspy.errors import UsageError, WorkspaceError

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


SCHEMA_VERSION = 1
MADE_FROM = "made_from"
"""Field that the stage cache adds to a document: what it was computed from."""

M = TypeVar("M", bound=BaseModel)


def encode(data: Mapping[str, Any] | BaseModel) -> bytes:
    """UTF-8 JSON of an object, `schema_version` first (1 unless the data has its own).

    JSON has no NaN: it is written as the string `"NaN"` (likewise `"Infinity"`), which pydantic float
    fields read back. Raises TypeError for anything JSON cannot hold.
    """
    plain = _plain(
        data.model_dump(mode="json", round_trip=True) if isinstance(data, BaseModel) else dict(data)
    )
    document = {"schema_version": plain.pop("schema_version", SCHEMA_VERSION), **plain}
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(
        "utf-8", "replace"
    )


def _plain(data: Any) -> Any:
    return _spelled(to_jsonable_python(data, inf_nan_mode="constants"))


def _spelled(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _spelled(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_spelled(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else ("Infinity" if data > 0 else "-Infinity")
    return data


def decode(raw: bytes, path: Path) -> dict[str, Any]:
    """The JSON object in `raw`. Raises WorkspaceError, naming `path`, if it is damaged."""
    try:
        data = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(
            f"{path} is damaged ({error}); restore it from a copy, or delete it and run its command again"
        ) from error
    if not isinstance(data, dict):
        raise WorkspaceError(f"{path} holds no JSON object; delete it and run its command again")
    return data


def model_from(data: dict[str, Any], cls: type[M], path: Path) -> M:
    """A `cls` from a decoded document. Raises WorkspaceError on another schema version or a wrong field."""
    body = _checked(data, cls, path)
    try:
        return cls.model_validate_json(json.dumps(body))
    except ValidationError as error:
        raise _invalid(error, cls, path) from error


def models_from(data: dict[str, Any], cls: type[M], path: Path) -> tuple[M, ...]:
    """The `items` of a document as `cls`. Raises WorkspaceError as `model_from` does."""
    _check_version(data, SCHEMA_VERSION, path)
    items = data.get("items")
    if not isinstance(items, list):
        raise WorkspaceError(f"{path} has no list of items; delete it and run its command again")
    try:
        return tuple(cls.model_validate_json(json.dumps(item)) for item in items)
    except ValidationError as error:
        raise _invalid(error, cls, path) from error


def _checked(data: dict[str, Any], cls: type[BaseModel], path: Path) -> dict[str, Any]:
    field = cls.model_fields.get("schema_version")
    expected = SCHEMA_VERSION if field is None else field.default
    _check_version(data, expected, path)
    own = cls.model_fields
    return {
        key: value for key, value in data.items() if key in own or key not in ("schema_version", MADE_FROM)
    }


def _check_version(data: dict[str, Any], expected: Any, path: Path) -> None:
    found = data.get("schema_version")
    if found == expected:
        return
    newer = isinstance(found, int) and isinstance(expected, int) and found > expected
    fix = "upgrade podcast-dspy to read it" if newer else "delete it and run its command again"
    raise WorkspaceError(f"{path} has schema version {found!r} where {expected!r} is read; {fix}")


def _invalid(error: ValidationError, cls: type[BaseModel], path: Path) -> WorkspaceError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    return WorkspaceError(
        f"{path} holds no valid {cls.__name__} ({where}: {first['msg']}); restore it from a copy, or delete "
        "it and run its command again"
    )


_LONGEST = 200
_CODE = (".py", ".json", ".toml")


@dataclass(frozen=True)
class Fingerprint:
    """A hash, and what went into it in a form a person can read."""

    hash: str
    inputs: dict[str, Any]
    code: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """As it is stored, keys masked."""
        return {"hash": self.hash, "inputs": redact_data(self.inputs), "code": self.code}


def content_hash(data: Any) -> str:
    """Hex sha256 of JSON-like data or pydantic models, whatever the order of the keys."""
    plain = to_jsonable_python(data, inf_nan_mode="strings")
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(inputs: Mapping[str, Any], code: Sequence[str] = ()) -> Fingerprint:
    """Fingerprint of a stage; long inputs stand as their hash. Raises UsageError for unknown code."""
    short = {name: _short(value) for name, value in inputs.items()}
    versions = {name: code_version(name) for name in sorted(code)}
    return Fingerprint(content_hash({"inputs": short, "code": versions}), short, versions)


def _short(value: Any) -> Any:
    plain = to_jsonable_python(value, inf_nan_mode="strings")
    return plain if len(json.dumps(plain)) <= _LONGEST else f"sha256:{content_hash(plain)}"


@cache
def code_version(module: str) -> str:
    """First 16 hex digits of the sha256 of a module's source, or of all modules and data files of a package.

    The source is read, not imported. Raises UsageError when there is no such module.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise UsageError(f"no module {module!r} to take the code version of; check its name")
    origin = Path(spec.origin)
    # Coefficients and word lists are as much a package's code as its modules.
    found = origin.parent.rglob("*") if spec.submodule_search_locations else (origin,)
    files = sorted(file for file in found if file.suffix in _CODE)
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(origin.parent).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def to_data(value: Any) -> Any:
    """`value` as JSON data: models and dataclasses as objects, paths and dates as text, NaN and infinity as null."""
    if hasattr(value, "model_dump"):
        return to_data(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return to_data(value.value)
    if isinstance(value, Mapping):
        return {str(to_data(key)): to_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_data(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
