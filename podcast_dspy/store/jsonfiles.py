"""JSON documents of the workspace: readable text, `schema_version` in each, errors that name the file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from podcast_dspy.errors import WorkspaceError

__all__ = ["MADE_FROM", "SCHEMA_VERSION", "decode", "encode", "model_from", "models_from"]

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
