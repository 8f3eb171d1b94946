"""How large the house is: what a newcomer has to read, package by package.

    python benchmarks/house.py

- modules         Python files
- lines           of these files, as they are
- code            lines with code: without blank lines, comments and docstrings
- longest         lines of the longest module
- regexes         calls of `re` in the code (`re.compile`, `re.sub`, ...)
- list in code    strings in collections of four or more short strings that are written in the code (sets, lists,
                  tuples, keys of tables, `"...".split()`), where the strings hold letters
- list in data    entries of the TOML files beside the code: words of `words`, patterns of `patterns`, keys of tables
- help            the best of five runs of `podcast-dspy --help`, in seconds, with the start of Python
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import time
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent / "podcast_dspy"
COLUMNS = ("modules", "lines", "code", "longest", "regexes", "list in code", "list in data")
CALLS = frozenset("compile match search fullmatch sub subn split findall finditer".split())


def docstrings(tree: ast.AST) -> set[int]:
    """Lines of strings that are statements: docstrings of modules, classes, functions and values."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def code_lines(text: str) -> int:
    """Lines with code."""
    nothing = (
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
        tokenize.ENDMARKER,
    )  # fmt: skip
    found = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in nothing
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(found - docstrings(ast.parse(text)))


def texts(nodes: list[Any]) -> list[str]:
    """Strings among nodes that are words or a few of them."""
    strings = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [s for s in strings if re.search(r"[a-z]{2}", s) and len(s) <= 40]


def written_words(tree: ast.AST) -> Iterator[str]:
    """Entries of lists that are written in code; `__all__` is none."""
    names = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Set | ast.List | ast.Tuple) and id(node) not in names:
            found = texts(node.elts)
        elif isinstance(node, ast.Dict):
            found = texts(list(node.keys))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "split"
            and isinstance(node.func.value, ast.Constant)
            and not node.args
        ):
            found = str(node.func.value.value).split()
        else:
            continue
        if len(found) >= 4:
            yield from found


def regexes(tree: ast.AST) -> int:
    """Calls of the module `re`."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CALLS
        and getattr(node.func.value, "id", "") == "re"
        for node in ast.walk(tree)
    )


def entries(table: dict[str, Any]) -> int:
    """Entries of a TOML file."""
    count = 0
    for key, value in table.items():
        if isinstance(value, dict):
            count += entries(value)
        elif key not in ("source", "for"):
            many = value.split() if key == "words" and isinstance(value, str) else value
            count += len(many) if isinstance(many, list) else 1
    return count


def size_of(files: list[Path]) -> Counter[str]:
    """All measures of some files but `longest`, which does not add up."""
    size: Counter[str] = Counter()
    for path in files:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            size["list in data"] += entries(tomllib.loads(text))
            continue
        tree = ast.parse(text)
        size["modules"] += 1
        size["lines"] += len(text.splitlines())
        size["code"] += code_lines(text)
        size["regexes"] += regexes(tree)
        size["list in code"] += len(list(written_words(tree)))
    return size


def help_seconds() -> float:
    """How long `podcast-dspy --help` takes."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "podcast_dspy.cli.main", "--help"], check=True, capture_output=True
        )
        best = min(best, time.perf_counter() - start)
    return best


def main() -> int:
    """Print a row for each package, and their sum."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.parse_args()
    packages: dict[str, list[Path]] = {}
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml")]):
        inside = path.relative_to(PACKAGE).parts
        packages.setdefault(inside[0] if len(inside) > 1 else "(top)", []).append(path)
    whole = [path for files in packages.values() for path in files]
    print(f"{'':12}" + "".join(f"{column:>15}" for column in COLUMNS))
    for name, files in [*sorted(packages.items()), ("all", whole)]:
        size = size_of(files)
        size["longest"] = max(
            len(path.read_text(encoding="utf-8").splitlines()) for path in files if path.suffix == ".py"
        )
        print(f"{name:12}" + "".join(f"{size[column]:15,}" for column in COLUMNS))
    print(f"\nhelp: {help_seconds():.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
