"""What is compared: a paper's structure from its gold, as we read it, and as bare text extraction gives it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from podcast_dspy.documents import read_document
from podcast_dspy.documents.vocabulary import BACK_MATTER, KNOWN, split_number


@dataclass
class Reading:
    """What either reader found."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""
    headings: list[str] = field(default_factory=list)
    captions: dict[tuple[str, str], str] = field(default_factory=dict)
    boxes: dict[tuple[str, str], tuple[int, tuple[float, ...]]] = field(default_factory=dict)
    body: str = ""
    begins: list[str] = field(default_factory=list)
    """The first letter of each paragraph."""
    cells: str = ""
    works: int = 0


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
    paragraphs = [atom.content for atom in graph.atoms if atom.atom_type == "paragraph"]
    reading.body = " ".join(paragraphs)
    reading.begins = [text[:1] for text in paragraphs]
    reading.cells = " ".join(atom.content for atom in graph.get_tables() if "\t" in atom.content)
    reading.works = sum(atom.atom_type == "reference" for atom in graph.atoms)
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
