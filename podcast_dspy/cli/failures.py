"""Errors as a user meets them: one sentence on stderr and an exit code; a traceback only with --debug."""

from __future__ import annotations

import errno
import traceback

import typer

from podcast_dspy.cli.output import plain
from podcast_dspy.errors import PodcastError

__all__ = ["FAILED", "INTERRUPTED", "USAGE", "report_failure"]

FAILED, USAGE, INTERRUPTED = 1, 2, 130


def report_failure(error: BaseException, *, debug: bool) -> int:
    """Say what went wrong, with every secret masked, and return the exit code."""
    from podcast_dspy.store import redact

    message, code = _explain(error)
    message = " ".join(message.splitlines())  # a file's name may hold a line break; the sentence does not
    if debug:
        typer.echo(redact("".join(traceback.format_exception(error))), err=True)
    typer.echo(plain(redact(f"Error: {message}")), err=True)
    return code


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, PodcastError):
        return str(error), error.exit_code
    if _is_validation_error(error):
        return _wrong_setting(error), USAGE
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full; free some space and run the command again", FAILED
    if isinstance(error, PermissionError):
        return f"no permission for {error.filename}; change its owner or choose another place", FAILED
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs or choose a smaller model with --lm", FAILED
    first = next(iter(str(error).strip().splitlines()), "no message")
    kind = type(error).__name__
    return f"unexpected {kind}: {first} (run again with --debug for the details)", FAILED


def _is_validation_error(error: BaseException) -> bool:
    from pydantic import ValidationError

    return isinstance(error, ValidationError)


def _wrong_setting(error: BaseException) -> str:
    """A pydantic ValidationError as one sentence: which setting, what is wrong, what was given."""
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    parts = []
    for detail in error.errors(include_url=False):
        place = ".".join(str(part) for part in detail["loc"])
        told = detail["msg"].removeprefix("Value error, ")
        told = told[:1].lower() + told[1:]
        given = "" if isinstance(detail["input"], dict) else f", not {detail['input']!r}"
        parts.append(f"{place}: {told}{given}" if place else told)
    return "; ".join(parts)
