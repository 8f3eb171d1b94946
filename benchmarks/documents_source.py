"""The example papers as one structured source each: what every shape of them is made of, and what has to be found."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = ("bloom_filters", "graph_colouring", "label_noise", "network_vaccination", "cache_eviction")


@dataclass
class Block:
    """One block of a paper: `heading`, `paragraph`, `figure`, `table`, `equation`; texts are small HTML."""

    kind: str
    text: str = ""
    level: int = 0
    number: str = ""
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Source:
    """A paper before it has a shape."""

    title: str
    authors: list[str]
    places: list[str]
    abstract: str
    blocks: list[Block]
    references: list[str]

    def gold(self) -> dict[str, Any]:
        """What a reader has to find."""
        captions = {(b.kind, b.number): plain(b.text) for b in self.blocks if b.kind in ("figure", "table")}
        return {
            "title": self.title,
            "authors": self.authors,
            "abstract": plain(self.abstract),
            "headings": [plain(b.text) for b in self.blocks if b.kind == "heading"],
            "captions": captions,
            "boxes": {},
            "body": " ".join(plain(b.text) for b in self.blocks if b.kind == "paragraph"),
            "cells": " ".join(plain(c) for b in self.blocks for row in b.rows for c in row),
            "works": len(self.references),
        }


def plain(text: str) -> str:
    """Small HTML as text."""
    text = re.sub(r"<super>(.*?)</super>", r"^\1", re.sub(r"<sub>(.*?)</sub>", r"_\1", text))
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text.replace("<br/>", " "))).split())


def sources() -> list[Source]:
    """The papers."""
    if str(EXAMPLES) not in sys.path:
        sys.path.insert(0, str(EXAMPLES))
    found = []
    for name in NAMES:
        results = json.loads((EXAMPLES / "sources" / name / "results.json").read_text(encoding="utf-8"))
        paper = importlib.import_module(f"sources.{name}.paper").paper(results)
        figures, tables, equations = iter(paper.figures), iter(paper.tables), iter(paper.equations)
        blocks: list[Block] = []
        counts = {"@fig": 0, "@table": 0}
        for part in re.split(r"\n\s*\n", paper.body.strip()):
            text = " ".join(part.split())
            if text in counts:
                counts[text] += 1
                thing = next(figures if text == "@fig" else tables)
                rows = [list(row) for row in thing.rows] if text == "@table" else []
                kind = "table" if rows else "figure"
                blocks.append(
                    Block(kind, " ".join(thing.caption.split()), number=str(counts[text]), rows=rows)
                )
            elif text == "@eq":
                blocks.append(Block("equation", next(equations)))
            elif text.startswith("#"):
                marks, _, title = text.partition(" ")
                blocks.append(Block("heading", title, level=len(marks)))
            else:
                blocks.append(Block("paragraph", text))
        names = [name for name, _ in paper.authors]
        abstract = " ".join(paper.abstract.split())
        found.append(Source(paper.title, names, paper.affiliations, abstract, blocks, paper.references))
    return found


def numbered(source: Source) -> Iterator[tuple[Block, str]]:
    """Blocks, and the numbers of headings."""
    first = second = 0
    for block in source.blocks:
        if block.kind != "heading":
            yield block, ""
            continue
        if block.level == 1:
            first, second = first + 1, 0
            yield block, f"{first}"
        else:
            second += 1
            yield block, f"{first}.{second}"
