"""What docs say that the code knows: the command reference (docs/cli.md), and the map of all modules in docs/design.md.

python -m podcast_dspy.cli.reference            write both
python -m podcast_dspy.cli.reference --check    exit 1 when one is not current
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

_PACKAGE = Path(__file__).resolve().parents[1]
REFERENCE = _PACKAGE.parent / "docs" / "cli.md"
DESIGN = REFERENCE.with_name("design.md")
_MAP = ("<!-- map -->\n", "<!-- end of the map -->\n")
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


def module_map() -> str:
    """Every package and module with the first line of its docstring, as a list in Markdown."""
    lines = []
    for package in sorted({path.parent for path in _PACKAGE.rglob("*.py")}):
        name = ".".join(package.relative_to(_PACKAGE.parent).parts)
        lines += ["", f"### `{name}`", "", _first_line(package / "__init__.py"), ""]
        lines += [
            f"- `{path.stem}`: {_first_line(path)}"
            for path in sorted(package.glob("*.py"))
            if not path.stem.startswith("__")
        ]
    return "\n".join((*lines[1:], ""))


def _first_line(module: Path) -> str:
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def _with_map(text: str) -> str:
    """A page with the map between its marks as the code has it now."""
    before, _, rest = text.partition(_MAP[0])
    _, mark, after = rest.partition(_MAP[1])
    return f"{before}{_MAP[0]}\n{module_map()}\n{_MAP[1]}{after}" if mark else text


def main(arguments: Sequence[str]) -> int:
    """Write docs/cli.md and the map, or with `--check` compare them; the exit code."""
    stale = False
    design = DESIGN.read_text(encoding="utf-8") if DESIGN.exists() else ""
    for page, text in ((REFERENCE, reference()), (DESIGN, _with_map(design))):
        if text == (page.read_text(encoding="utf-8") if page.exists() else ""):
            continue
        stale = True
        if "--check" in arguments:
            typer.echo(f"{page.name} is not current; run: python -m podcast_dspy.cli.reference", err=True)
        else:
            page.parent.mkdir(exist_ok=True)
            page.write_text(text, encoding="utf-8")
    return int(stale and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
