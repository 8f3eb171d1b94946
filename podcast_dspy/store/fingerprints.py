"""What a stage's result was made from, as a hash: its inputs, and the source of the code that computed it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from podcast_dspy.errors import UsageError
from podcast_dspy.store.jsonfiles import redact_data

__all__ = ["Fingerprint", "code_version", "content_hash", "fingerprint"]

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
