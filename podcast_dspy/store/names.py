"""Which names may become files and folders of the workspace, and how a user's name is turned into one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from podcast_dspy.errors import UsageError

__all__ = ["ID_PATTERN", "check_id", "slug", "unique_id"]

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Lower-case letters, digits, dot, underscore and hyphen; at most 64; never a slash, never a leading dot."""


def check_id(name: str, what: str = "id") -> str:
    """`name` itself when it is a safe id. Raises UsageError naming the rule and a name that would do."""
    if ID_PATTERN.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} cannot be used as {what}; use at most 64 lower-case letters, digits, dots, underscores "
        f"and hyphens, such as {slug(name)!r}"
    )


def slug(name: str) -> str:
    """A safe id that resembles `name`; the same name always gives the same id.

    Accents are dropped; a name with no Latin letter or digit becomes `x-` and 8 hex digits of its sha256.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    safe = re.sub(r"[^a-z0-9._-]+", "-", plain)
    safe = re.sub(r"-{2,}", "-", safe).lstrip("._-")[:64].rstrip("._-")
    if safe:
        return safe
    return "x-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def unique_id(name: str, taken: set[str] | frozenset[str]) -> str:
    """`slug(name)`, with `-2`, `-3`, ... when it is already taken."""
    base = slug(name)
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        suffix = f"-{number}"
        candidate = base[: 64 - len(suffix)].rstrip("._-") + suffix
    return candidate
