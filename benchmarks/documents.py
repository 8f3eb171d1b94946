"""Measures how well papers are read, against gold structure, beside bare pypdfium2 text extraction.

    python benchmarks/documents.py --data DIR [--verbose]

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
- crop IoU        share of gold figures (examples only) whose box overlaps the gold box with IoU >= 0.8
- pages/s         pages per second of wall time, reading only (no crops)
- pages/CPU s     the same per second of processor time, which other programs on the machine do not disturb
- peak memory     growth of the process's peak resident memory over the run, MB

Then documents of 30, 100 and 300 pages, made of the examples' pages, are read with their figures, each in a process of
its own: seconds, and how far the peak of its resident memory is above what it had before reading.

Bare extraction is what a program gets from `get_text_bounded()`: its title is the first line, its abstract what
stands between "Abstract" and "Introduction", its headings the lines that are numbered or bear a usual name, its
captions the lines that start with "Figure n" or "Table n" up to the next full stop at a line end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from podcast_dspy.documents import read_document
from podcast_dspy.documents.headings import BACK_MATTER, KNOWN, split_number

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@dataclass
class Reading:
    """What either reader found."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""
    headings: list[str] = field(default_factory=list)
    captions: dict[tuple[str, str], str] = field(default_factory=dict)
    boxes: dict[tuple[str, str], tuple[int, tuple[float, ...]]] = field(default_factory=dict)


def fold(text: str) -> str:
    """Letters and digits only, lower case, marks of formulas dropped."""
    return re.sub(r"[\W_]+", "", text.lower())


def heading_key(text: str) -> str:
    """A heading without its number."""
    _, title = split_number(text.strip())
    return fold(re.sub(r"^\(?[ivx\d]+\)\s*", "", title))


def tokens(text: str) -> Counter[str]:
    """Bag of words and numbers."""
    return Counter(re.findall(r"[^\W_]+", text.lower()))


def token_f1(a: str, b: str) -> float:
    """F1 of two bags of words."""
    x, y = tokens(a), tokens(b)
    common = sum((x & y).values())
    return 2 * common / max(1, sum(x.values()) + sum(y.values()))


def is_back(title: str) -> bool:
    """Whether a heading belongs to the back matter or is the abstract's own."""
    plain = split_number(title.strip())[1]
    return bool(BACK_MATTER.match(plain)) or fold(plain) in (
        "abstract",
        "summary",
        "keywords",
        "additionalmaterial",
    )


def read_gold(path: Path) -> dict[str, Any]:
    """Gold of both layouts: `{title, ...}` or `{"document": {title, ...}}`."""
    data = json.loads(path.read_text())
    gold = data.get("document", data)
    captions: dict[tuple[str, str], str] = {}
    boxes: dict[tuple[str, str], tuple[int, tuple[float, ...]]] = {}
    for kind in ("figure", "table"):
        for item in gold.get(kind + "s", ()):
            label = str(item.get("number") or item.get("label") or "")
            found = re.search(r"[A-Z]?\d+", label)
            if found and item.get("caption"):
                number = ("S" if label.lower().startswith("suppl") else "") + found.group()
                captions[(kind, number)] = item["caption"]
                if item.get("bbox"):
                    boxes[(kind, number)] = (int(item["page"]), tuple(item["bbox"]))
    headings = [s["title"] for s in gold.get("sections", ()) if s.get("title") and not is_back(s["title"])]
    return {
        "title": gold["title"],
        "authors": gold.get("authors"),
        "abstract": gold.get("abstract", ""),
        "headings": headings,
        "captions": captions,
        "boxes": boxes,
    }


def read_ours(path: Path) -> tuple[Reading, int]:
    """This package's reading."""
    graph = read_document(path)
    reading = Reading(graph.title, list(graph.authors), graph.abstract)
    reading.headings = [s.title for s in graph.sections if not is_back(s.title)]
    for atom in (*graph.get_figures(), *graph.get_tables()):
        found = re.search(r"[A-Z]?\d+", atom.figure_number or "")
        if found:
            key = (str(atom.atom_type), found.group())
            reading.captions[key] = atom.caption or ""
            reading.boxes[key] = (atom.page, atom.bbox)
    return reading, graph.page_count


def read_bare(path: Path) -> tuple[Reading, int]:
    """Text of bare pypdfium2 with the simplest rules on top."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    pages = []
    for page in pdf:
        textpage = page.get_textpage()
        pages.append(textpage.get_text_bounded().replace("\r\n", "\n"))
        textpage.close()
        page.close()
    count = len(pdf)
    pdf.close()
    text = "\n".join(pages)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    reading = Reading(lines[0] if lines else "")
    found = re.search(
        r"\babstract\b(.{100,5000}?)\n\s*(?:1\.?\s*)?(?:introduction|background)\b", text, re.I | re.S
    )
    reading.abstract = found.group(1) if found else ""
    for index, line in enumerate(lines):
        number, title = split_number(line)
        plain = title.strip(" .:").lower()
        if (
            len(line) < 90
            and not is_back(line)
            and (plain in KNOWN or (number and title[:1].isupper() and not line.endswith((".", ","))))
        ):
            reading.headings.append(title)
        caption = re.match(r"(fig(?:ure)?|table)\.?\s*(\d+)\s*[.:|]?\s*(.*)", line, re.I)
        if caption:
            body = [caption[3]]
            for follow in lines[index + 1 : index + 12]:
                if body[-1].endswith("."):
                    break
                body.append(follow)
            kind = "table" if caption[1].lower() == "table" else "figure"
            reading.captions.setdefault((kind, caption[2]), " ".join(body))
    return reading, count


def match_headings(gold: list[str], found: list[str]) -> list[tuple[int, int]]:
    """Pairs (gold index, found index) of agreeing headings, each used once."""
    pairs: list[tuple[int, int]] = []
    free = set(range(len(found)))
    for i, title in enumerate(gold):
        key = heading_key(title)
        best = max(free, key=lambda j: (fuzz.ratio(key, heading_key(found[j])), -abs(j - i)), default=None)
        if best is not None and fuzz.ratio(key, heading_key(found[best])) >= 90:
            pairs.append((i, best))
            free.discard(best)
    return pairs


def iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    meet = max(0.0, w) * max(0.0, h)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return meet / max(1e-9, area - meet)


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
            "authors exact": c["authors"] / max(1, c["author papers"]),
            "abstract F1": sum(self.abstracts) / max(1, len(self.abstracts)),
            "heading F1": f1("headings"),
            "order error": c["order wrong"] / max(1, c["order pairs"]),
            "caption F1": f1("captions"),
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


def long_document(pages: int, target: Path) -> Path:
    """A PDF of that many pages, the examples' over and over."""
    import pypdfium2

    sources = [pypdfium2.PdfDocument(path) for path in sorted(EXAMPLES.glob("*/*/paper.pdf"))]
    whole = pypdfium2.PdfDocument.new()
    while len(whole) < pages:
        for source in sources:
            whole.import_pages(source, list(range(min(len(source), pages - len(whole)))))
    whole.save(target)
    for pdf in (whole, *sources):
        pdf.close()
    return target


def measure_long(path: Path, warm: Path) -> tuple[float, float, float]:
    """Seconds, megabytes of growth, and megabytes of the graph as JSON, of reading one document with its figures."""

    def resident(name: str) -> float:
        return int(re.findall(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024

    read_document(warm)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = resident("VmRSS"), time.perf_counter()
    graph = read_document(path, images_dir=path.with_suffix(""))
    seconds = time.perf_counter() - start
    return seconds, resident("VmHWM") - before, len(graph.model_dump_json()) / 2**20


def print_long() -> None:
    """Time and memory by length."""
    import multiprocessing
    import tempfile

    warm = next(iter(sorted(EXAMPLES.glob("*/*/paper.pdf"))), None)
    if warm is None or not Path("/proc/self/clear_refs").exists():
        print("long documents: skipped (needs the examples, and Linux)")
        return
    print(f"\n{'pages':>8}{'seconds':>10}{'ms/page':>10}{'memory, MB':>12}{'MB/page':>10}{'graph, MB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for pages in (30, 100, 300):
            path = long_document(pages, Path(folder) / f"long-{pages}.pdf")
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, grown, graph = pool.apply(measure_long, (path, warm))
            print(
                f"{pages:8}{seconds:10.1f}{1000 * seconds / pages:10.0f}{grown:12.0f}{grown / pages:10.2f}{graph:11.1f}"
            )


def main() -> int:
    """Run both readers over all papers and print the measures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--verbose", action="store_true", help="list every miss")
    arguments = parser.parse_args()
    items = papers(Path(arguments.data) if arguments.data else None)
    if not items:
        print("skipped: no papers; give --data DIR or build the examples")
        return 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tallies = {"podcast-dspy": Tally(), "bare pypdfium2": Tally()}
    read_ours(items[0][1])  # word lists are loaded once, not per paper
    for name, pdf, gold_path in items:
        gold = read_gold(gold_path)
        for reader, read in (("podcast-dspy", read_ours), ("bare pypdfium2", read_bare)):
            start, cpu = time.perf_counter(), time.process_time()
            reading, count = read(pdf)
            tallies[reader].seconds += time.perf_counter() - start
            tallies[reader].cpu += time.process_time() - cpu
            tallies[reader].counts["pages"] += count
            tallies[reader].add(name, gold, reading)
    if arguments.verbose:
        for problem in tallies["podcast-dspy"].problems:
            print(problem)
    rows = {reader: tally.report() for reader, tally in tallies.items()}
    print(f"{len(items)} papers, {tallies['podcast-dspy'].counts['pages']} pages")
    print(f"{'':18}" + "".join(f"{reader:>18}" for reader in rows))
    for measure in rows["podcast-dspy"]:
        print(f"{measure:18}" + "".join(f"{row[measure]:18.3f}" for row in rows.values()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{'peak memory, MB':18}{grown:18.0f}   (both readers, word lists included)")
    print_long()
    return 0


if __name__ == "__main__":
    sys.exit(main())
