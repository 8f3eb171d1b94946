"""Results on stdout, everything else on stderr: text, JSON, doubts, and keeping other people's prints out of both."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from podcast_dspy.confidence import Confidence, Doubt

__all__ = [
    "check_writable",
    "confidence_lines",
    "emit",
    "forgive_encodings",
    "note",
    "plain",
    "stdout_to_stderr",
    "warn",
]


def plain(text: str) -> str:
    """`text` without control characters: what papers say must not steer a terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def emit(text: str, data: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a command's result: `data` as one JSON object, or `text`."""
    from podcast_dspy.store import to_data

    if as_json:
        written = json.dumps(to_data(data), ensure_ascii=False, indent=2, allow_nan=False)
        # JSON is UTF-8 whatever the terminal's encoding (RFC 8259); what is no character at all stays escaped
        typer.echo(written.encode("utf-8", "backslashreplace") if _has_bytes(sys.stdout) else written)
    else:
        typer.echo(plain(text))


def _has_bytes(stream: Any) -> bool:
    return getattr(stream, "buffer", None) is not None


def forgive_encodings() -> None:
    """Let stdout and stderr write a replacement for what their encoding does not have, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def note(text: str) -> None:
    """Print a remark on stderr."""
    typer.echo(plain(text), err=True)


def warn(doubt: Doubt, about: str = "") -> None:
    """Print a doubt on stderr, before anything is made of what it is about."""
    note(f"warning: {f'{about}: ' if about else ''}{doubt.message}")


def confidence_lines(confidence: Confidence) -> list[str]:
    """How far a reading can be trusted, with every reason against it."""
    return [
        f"confidence: {confidence.level} ({confidence.score:.2f})",
        *(f"  {doubt.kind} ({doubt.severity:.2f}): {doubt.message}" for doubt in confidence.doubts),
    ]


def check_writable(folder: Path) -> None:
    """Whether files can be written into a folder that may not exist yet. Raises UsageError, WorkspaceError."""
    from podcast_dspy.errors import UsageError, WorkspaceError

    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UsageError(f"{place} is a file; name another folder with --output")
    try:
        with tempfile.TemporaryFile(dir=place):  # permissions alone do not tell what a file system allows
            pass
    except OSError as error:
        raise WorkspaceError(
            f"{place} cannot be written to ({error.strerror}); name another folder with --output"
        ) from error


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what libraries print on stdout (Python and native code alike) to stderr for a while."""
    own = sys.stdout is sys.__stdout__ and _is_first_descriptor()
    if not own:
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    sys.stdout.flush()
    saved = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def _is_first_descriptor() -> bool:
    try:
        return sys.stdout.fileno() == 1
    except (OSError, ValueError):
        return False
