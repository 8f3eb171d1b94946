"""Checks what becomes of inputs that people brought: papers of all formats, transcripts, recordings and usages.

    python benchmarks/cases.py --cases DIR [--only NAME ...] [--verbose]

`DIR` holds a folder an input, `CASES.tsv` with the kind of each, and `base.py` with the text that most papers hold.
What is right for each paper stands in `cases.toml`, for each usage in `cases_usages.py`. Each line of the table is one
input: its kind, and whether everything about it is right, it is refused with the right reason, or what is wrong.
Exit code 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from cases_papers import Base, paper_problems
from cases_usages import USAGES

EXPECTED = Path(__file__).with_suffix(".toml")


def load_base(path: Path) -> Base:
    """The text that most papers hold."""
    spec = importlib.util.spec_from_file_location("cases_base", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"there is no {path}")
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Base(module.TITLE, list(module.AUTHORS), module.ABSTRACT, dict(module.SECTIONS))


def checks(folder: Path) -> dict[str, Callable[[], list[str]]]:
    """The check of each input, by its name."""
    base = load_base(folder / "base.py")
    papers = {
        name: (lambda name=name, right=right: paper_problems(folder / name, right, base))
        for name, right in tomllib.loads(EXPECTED.read_text(encoding="utf-8")).items()
    }
    usages = {name: (lambda name=name, usage=usage: usage(folder / name)) for name, usage in USAGES.items()}
    return papers | usages


def main(arguments: Sequence[str] | None = None) -> int:
    """Check and print; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, required=True, help="folder of the inputs")
    parser.add_argument("--only", nargs="*", default=[], help="names, or how names begin")
    parser.add_argument("--verbose", action="store_true", help="print everything that is wrong")
    options = parser.parse_args(arguments)
    with (options.cases / "CASES.tsv").open(encoding="utf-8") as file:
        kinds = {row["case"]: row["kind"] for row in csv.DictReader(file, delimiter="\t")}
    mine = checks(options.cases)
    names = [name for name in kinds if not options.only or name.startswith(tuple(options.only))]
    right = 0
    print("| input | kind | s | outcome |\n|---|---|---|---|")
    for name in names:
        begun = time.monotonic()
        problems = mine[name]() if name in mine else ["there is no check for it"]
        wrong = [problem for problem in problems if not problem.startswith("refused: ")]
        right += not wrong
        outcome = "WRONG: " + wrong[0] if wrong else (problems[0] if problems else "right")
        outcome = outcome.replace("|", "\\|")
        print(
            f"| {name} | {kinds[name]} | {time.monotonic() - begun:.1f} | {outcome[:160]} |",
            flush=True,
        )
        if options.verbose:
            for problem in wrong[1:]:
                print(f"    {problem[:300]}", flush=True)
    print(f"\n{right} of {len(names)} inputs are right or refused with the right reason.")
    return 0 if right == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
