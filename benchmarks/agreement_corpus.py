"""Experts' judgements of machine summaries of papers (LongSciVerify), and hand-written claims about papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph

ROOT = Path(__file__).resolve().parent.parent
JUDGED = 3
"""Sentences of each summary that were judged: the first ones, as a summary of two has two judgements."""
_A_PARAGRAPH = 6
_OPEN = re.compile(r"\b(?:figs?|eqs?|refs?|et al|e\.g|i\.e|vs|cf|no)\s*\.$", re.I)


@dataclass(frozen=True)
class Summary:
    """A machine's summary of a paper, and what three experts think of it."""

    paper: str
    graph: DocumentGraph
    system: str
    text: str
    faithful: tuple[tuple[float, ...], ...]
    """By judged sentence: 1 for faithful, of each expert who answered."""
    coherence: tuple[float, ...]
    """Rank among the paper's three summaries, by expert; 1 is best: summaries that break off in mid-sentence have the
    higher numbers (2.2 on average, where finished ones have 1.8)."""
    fluency: tuple[float, ...]

    @property
    def capitalised(self) -> str:
        """The text with its sentences beginning in capitals, as whoever reads it is used to."""
        return " ".join(line[:1].upper() + line[1:] for line in self.sentences)

    @property
    def sentences(self) -> list[str]:
        """Its sentences; they begin in small letters."""
        found: list[str] = []
        for part in re.split(r"(?<=[.?!])\s+(?=\S)", " ".join(self.text.split())):
            if found and (len(found[-1].split()) < 3 or _OPEN.search(found[-1])):
                found[-1] += f" {part}"
            else:
                found.append(part)
        return found


def _graph(name: str, sections: list[list[str]]) -> DocumentGraph:
    texts = [
        " ".join(
            line.strip()[:1].upper() + line.strip()[1:] for line in section[start : start + _A_PARAGRAPH]
        )
        for section in sections
        for start in range(0, len(section), _A_PARAGRAPH)
    ]
    return DocumentGraph(
        document_id="0" * 12,
        source_path=f"{name}.txt",
        sha256="0" * 64,
        page_count=1,
        title=name,
        authors=(),
        atoms=tuple(
            DocumentAtom(atom_id=f"a{place}", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
            for place, text in enumerate(texts)
        ),
    )


def summaries(data: Path) -> list[Summary]:
    """The summaries under a data folder (`trust/longsciverify-arxiv.json`)."""
    held = json.loads((data / "trust" / "longsciverify-arxiv.json").read_text("utf-8"))
    found: list[Summary] = []
    for paper in held["papers"]:
        graph = _graph(paper["id"].strip(), paper["sections"])
        found.extend(
            Summary(
                paper=paper["id"].strip(),
                graph=graph,
                system=one["system"],
                text=one["text"],
                faithful=tuple(
                    tuple(float(vote) for vote in votes if vote is not None) for votes in one["factuality"]
                ),
                coherence=tuple(map(float, one["coherence_rank"])),
                fluency=tuple(map(float, one["fluency_rank"])),
            )
            for one in paper["summaries"]
        )
    return found


@dataclass(frozen=True)
class Claims:
    """A text about an example paper, and whether its sentences are true."""

    name: str
    graph: DocumentGraph
    text: str
    true: bool


def claims(folder: Path, data: Path | None = None) -> Iterator[Claims]:
    """Texts `PAPER.KIND.txt` of a folder; the kind `false` holds falsehoods, every other one true sentences.

    The papers are the examples' and those under a data folder (`human/PAPER`); texts about others are left out.
    """
    for path in sorted(folder.glob("*.txt")):
        paper, kind = path.name.split(".")[:2]
        places = [*(ROOT / "examples").glob(f"*/{paper}/paper.pdf")]
        if data is not None:
            places += [data / "human" / paper / "paper.pdf"]
        place = next(filter(Path.exists, places), None)
        if place is not None:
            yield Claims(path.name, read_document(place), path.read_text("utf-8"), kind != "false")
