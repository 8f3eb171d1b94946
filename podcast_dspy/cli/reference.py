"""docs/cli.md: the command reference, generated from `--help`, and the check that it is current.

python -m podcast_dspy.cli.reference            write it
python -m podcast_dspy.cli.reference --check    exit 1 when it is not current
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

__all__ = ["REFERENCE", "commands", "main", "reference"]

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
_WIDTH = 90

_HEAD = """\
# Command reference

Generated from `--help` by `python -m podcast_dspy.cli.reference`; `make check` fails when it is not current.

Results go to stdout, progress and errors to stderr. Every command that prints a result takes `--json` and then
prints one JSON object, described in [json.md](json.md). `--workspace`, `--quiet` and `--debug` may stand before
or after the command.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | it failed: a file that cannot be used, a model that is missing or failed, a full disk |
| 2 | the request was wrong: an unknown option, name or value |
| 130 | stopped with Ctrl-C; what was finished is stored |

The specification of the pipeline names its commands differently:

| specification (`claude-studio ...`) | here |
|---|---|
| `kb create`, `kb add NAME --paper PDF` | `kb create`, `kb add NAME --paper PDF` |
| `training ingest` | `ingest` |
| `training list` | `pairs list` |
| `training analyze`, `training analyze-all` | `analyze`, `analyze-all` |
| `training profile show`, `structure`, `style` | `profile show`, `structure`, `style` |
| `training run` | `compile` |
| `training status`, `trial`, `compare`, `plot-loss` | `status`, `trial`, `compare`, `plot-loss` |
| `training export`, `training export-prompts` | `export`, `export-prompts` |
"""


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and group of the program, groups before their commands."""
    if command is None:
        from podcast_dspy.cli.main import app

        command = typer.main.get_command(app)
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


def reference() -> str:
    """The text of docs/cli.md."""
    from podcast_dspy.cli.main import app

    program = typer.main.get_command(app)
    sections = [_HEAD]
    for words in commands(program):
        with contextlib.redirect_stdout(io.StringIO()) as help_text:
            program.main(
                [*words, "--help"], prog_name="podcast-dspy", standalone_mode=False, terminal_width=_WIDTH
            )
        title = " ".join(("podcast-dspy", *words))
        level = "##" if len(words) < 2 else "###"
        lines = "\n".join(line.rstrip() for line in help_text.getvalue().strip().splitlines())
        sections.append(f"{level} {title}\n\n```text\n{lines}\n```\n")
    return "\n".join(sections)


def main(arguments: Sequence[str]) -> int:
    """Write docs/cli.md, or with `--check` compare it; the exit code."""
    text = reference()
    if "--check" in arguments:
        current = REFERENCE.read_text(encoding="utf-8") if REFERENCE.exists() else ""
        if current == text:
            return 0
        typer.echo(f"{REFERENCE.name} is not current; run: python -m podcast_dspy.cli.reference", err=True)
        return 1
    REFERENCE.parent.mkdir(exist_ok=True)
    REFERENCE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
