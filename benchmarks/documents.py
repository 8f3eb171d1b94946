"""Measures how well papers are read, against gold structure, beside bare pypdfium2 text extraction.

    python benchmarks/documents.py --data DIR [--verbose]
    python benchmarks/documents.py --shapes

`DIR` holds `pdf_gold/*.pdf`, `papers/*.pdf` and `pairs/*/paper.pdf`, each with a `.gold.json` beside it; the
committed examples are added. What is measured:

- title exact     share of papers whose title equals the gold title, letters and digits only, case ignored
- authors exact   share of papers whose list of authors equals the gold list, in order (papers with gold authors)
- abstract F1     F1 of the bag of words of the abstract, mean over papers with a gold abstract
- heading F1      F1 of the section headings over all papers pooled; a heading is found when its letters agree to
                  90% (edit distance) with a gold one; numbers and back matter (references, funding, ...) are left
                  out on both sides
- order error     share of pairs of matched headings that come out in the wrong order, pooled
- caption F1      F1 of figure and table captions pooled; found when kind and number agree and the words of the
                  caption reach a token F1 of 0.8
- torn paragraphs share of paragraphs that begin with a small letter, as what a formula or a page's end cut off does
- crop IoU        share of gold figures (examples only) whose box overlaps the gold box with IoU >= 0.8
- pages/s         pages per second of wall time, reading only (no crops)
- pages/CPU s     the same per second of processor time, that of the process that draws included; other programs on the
                  machine do not disturb it
- peak memory     growth of the process's peak resident memory over the run, MB

Then the same for each publisher alone, with the mean over publishers, their spread and the worst one. The reader has
no fitted parameter, so that leaving a publisher out changes nothing in how its papers are read: its row is its
left-out figure. But whoever wrote the rules saw these papers; a folder that nobody saw, given as `--data`, is the test
of that. Publishers are told from the gold (`publisher`, or the registrant in the DOI); without either a paper counts
with its folder. Heading F1 of a paper without gold headings is left out of the spread.

Then documents of 30, 100 and 300 pages, made of the examples' pages, are read with their figures, each in a process of
its own: seconds, and how far the peak of its resident memory is above what it had before reading.

Bare extraction is what a program gets from `get_text_bounded()`: its title is the first line, its abstract what
stands between "Abstract" and "Introduction", its headings the lines that are numbered or bear a usual name, its
captions the lines that start with "Figure n" or "Table n" up to the next full stop at a line end.

`--shapes` reads the examples as web pages, Word documents, Markdown and text instead (`documents_shapes.py` says which)
as the whole does too: the same measures, and

- body F1         F1 of the bag of words of all paragraphs, numbers of cited works left out
- cells F1        the same of the cells of tables (plain text has no tables)
- works           entries of the list of works, as a share of those that there are
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from documents_long import print_long
from documents_publishers import print_publishers, publisher_of
from documents_readings import Reading, fold, iou, match_headings, read_bare, read_gold, read_ours, token_f1
from documents_shapes import write_shapes
from documents_source import sources

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


class Tally:
    """Sums over papers for one reader."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.abstracts: list[float] = []
        self.seconds = 0.0
        self.cpu = 0.0
        self.problems: list[str] = []

    def add(self, name: str, gold: dict[str, Any], got: Reading) -> None:
        """Compare one paper."""
        c = self.counts
        c["papers"] += 1
        if fold(gold["title"]) == fold(got.title):
            c["title"] += 1
        else:
            self.problems.append(f"{name}: title {got.title!r} is not {gold['title']!r}")
        if gold["authors"]:
            c["author papers"] += 1
            if [fold(a) for a in gold["authors"]] == [fold(a) for a in got.authors]:
                c["authors"] += 1
            else:
                self.problems.append(f"{name}: authors {got.authors} are not {gold['authors']}")
        if gold["abstract"]:
            value = token_f1(gold["abstract"], got.abstract)
            self.abstracts.append(value)
            if value < 0.95:
                self.problems.append(
                    f"{name}: abstract F1 {value:.2f}: {got.abstract[:90]!r} ... {got.abstract[-90:]!r}"
                )
        pairs = match_headings(gold["headings"], got.headings)
        c["headings gold"] += len(gold["headings"])
        c["headings found"] += len(got.headings)
        c["headings"] += len(pairs)
        hit_gold, hit_got = {i for i, _ in pairs}, {j for _, j in pairs}
        missed = [t for i, t in enumerate(gold["headings"]) if i not in hit_gold]
        extra = [t for j, t in enumerate(got.headings) if j not in hit_got]
        if missed or extra:
            self.problems.append(f"{name}: headings missed {missed}; invented {extra}")
        for k, (_, a) in enumerate(pairs):
            for _, b in pairs[k + 1 :]:
                c["order pairs"] += 1
                c["order wrong"] += b < a
        c["paragraphs"] += len(got.begins)
        c["torn"] += sum(map(str.islower, got.begins))
        c["captions gold"] += len(gold["captions"])
        c["captions found"] += len(got.captions)
        for key, text in gold["captions"].items():
            if key in got.captions and token_f1(text, got.captions[key]) >= 0.8:
                c["captions"] += 1
            else:
                self.problems.append(
                    f"{name}: caption {key}: {got.captions.get(key, '-')!r:.160} is not {text!r:.160}"
                )
        for key in set(got.captions) - set(gold["captions"]):
            self.problems.append(f"{name}: caption {key} invented: {got.captions[key]!r:.100}")
        for key, (page, box) in gold["boxes"].items():
            if key[0] != "figure":
                continue
            c["boxes"] += 1
            mine = got.boxes.get(key)
            value = iou(box, mine[1]) if mine and mine[0] == page else 0.0
            c["boxes good"] += value >= 0.8
            if value < 0.8:
                self.problems.append(f"{name}: crop {key} IoU {value:.2f}: {mine} is not {(page, box)}")

    def report(self) -> dict[str, float]:
        """The measures."""
        c = self.counts

        def f1(name: str) -> float:
            return 2 * c[name] / max(1, c[name + " gold"] + c[name + " found"])

        return {
            "title exact": c["title"] / max(1, c["papers"]),
            "authors exact": c["authors"] / c["author papers"] if c["author papers"] else float("nan"),
            "abstract F1": sum(self.abstracts) / len(self.abstracts) if self.abstracts else float("nan"),
            "heading F1": f1("headings") if c["headings gold"] else float("nan"),
            "order error": c["order wrong"] / max(1, c["order pairs"]),
            "caption F1": f1("captions") if c["captions gold"] else float("nan"),
            "torn paragraphs": c["torn"] / c["paragraphs"] if c["paragraphs"] else float("nan"),
            "crop IoU>=0.8": c["boxes good"] / c["boxes"] if c["boxes"] else float("nan"),
            "pages/s": c["pages"] / max(1e-9, self.seconds),
            "pages/CPU s": c["pages"] / max(1e-9, self.cpu),
        }


def papers(data: Path | None) -> list[tuple[str, Path, Path]]:
    """(name, PDF, gold) of everything that is there."""
    found: list[tuple[str, Path, Path]] = []
    if data is not None and data.is_dir():
        for gold in sorted(
            [
                *data.glob("pdf_gold/*.gold.json"),
                *data.glob("papers/*.gold.json"),
                *data.glob("pairs/*/*.gold.json"),
            ]
        ):
            pdf = gold.with_name(gold.name.replace(".gold.json", ".pdf"))
            name = gold.parent.name if pdf.stem == "paper" else pdf.stem
            found.append((name, pdf, gold))
    examples = sorted([*EXAMPLES.glob("pairs/*/gold.json"), *EXAMPLES.glob("unseen/*/gold.json")])
    found.extend((gold.parent.name, gold.with_name("paper.pdf"), gold) for gold in examples)
    return [item for item in found if item[1].exists()]


def print_shapes() -> None:
    """Read the examples in their other shapes, and print how much of them was found."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    shares: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for kind, shape, path, gold in write_shapes(Path(folder), sources()):
            name = f"{kind}, {shape}"
            reading, _ = read_ours(path)
            tallies[name].add(name, gold, reading)
            shares[name].append(
                (
                    token_f1(uncited(gold["body"]), uncited(reading.body)),
                    token_f1(gold["cells"], reading.cells),
                    reading.works / gold["works"],
                )
            )
    columns = (
        "title exact",
        "authors exact",
        "abstract F1",
        "heading F1",
        "caption F1",
        "body F1",
        "cells F1",
        "works",
    )
    print(f"\n{'':22}" + "".join(f"{column:>15}" for column in columns))
    for name, tally in tallies.items():
        row = [tally.report()[column] for column in columns[:5]]
        row += [sum(values) / len(values) for values in zip(*shares[name], strict=True)]
        print(f"{name:22}" + "".join(f"{value:15.3f}" for value in row))


def uncited(text: str) -> str:
    """A text without the numbers of the works that it cites."""
    return re.sub(r"\[[\d, ]+\]", "", text)


def cpu_seconds() -> float:
    """Of this process, and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in used)


def main() -> int:
    """Run both readers over all papers and print the measures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--verbose", action="store_true", help="list every miss")
    parser.add_argument(
        "--shapes", action="store_true", help="only the examples as web pages, Word, Markdown and text"
    )
    arguments = parser.parse_args()
    if arguments.shapes:
        print_shapes()
        return 0
    items = papers(Path(arguments.data) if arguments.data else None)
    if not items:
        print("skipped: no papers; give --data DIR or build the examples")
        return 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tallies = {"podcast-dspy": Tally(), "bare pypdfium2": Tally()}
    publishers: dict[str, Tally] = defaultdict(Tally)
    read_ours(items[0][1])  # word lists are loaded once, not per paper
    for name, pdf, gold_path in items:
        gold = read_gold(gold_path)
        for reader, read in (("podcast-dspy", read_ours), ("bare pypdfium2", read_bare)):
            start, cpu = time.perf_counter(), cpu_seconds()
            reading, count = read(pdf)
            tallies[reader].seconds += time.perf_counter() - start
            tallies[reader].cpu += cpu_seconds() - cpu
            tallies[reader].counts["pages"] += count
            tallies[reader].add(name, gold, reading)
            if read is read_ours:
                publishers[publisher_of(gold_path)].add(name, gold, reading)
    if arguments.verbose:
        for problem in tallies["podcast-dspy"].problems:
            print(problem)
    rows = {reader: tally.report() for reader, tally in tallies.items()}
    print(f"{len(items)} papers, {tallies['podcast-dspy'].counts['pages']} pages")
    print(f"{'':18}" + "".join(f"{reader:>18}" for reader in rows))
    for measure in rows["podcast-dspy"]:
        print(f"{measure:18}" + "".join(f"{row[measure]:18.3f}" for row in rows.values()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{'peak memory, MB':18}{grown:18.0f}   (both readers, word lists included; without the process that draws)"
    )
    print_publishers(
        {name: tally.report() | {"papers": tally.counts["papers"]} for name, tally in publishers.items()}
    )
    print_shapes()
    print_long()
    return 0


if __name__ == "__main__":
    sys.exit(main())
