"""Experts' judgements of machine summaries of papers (LongSciVerify), and hand-written claims about papers.

The judgements are read from `trust/longsciverify-*.json` under a data folder. Run as a script, this module writes them
from a checkout of the repository that publishes them (github.com/jbshp/LongDocFACTScore, MIT licence):

    python benchmarks/agreement_corpus.py CHECKOUT DIR
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
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
    """Rank among the paper's three summaries, by expert. 1 is best, as both halves of the corpus show: summaries that
    break off in mid-sentence have a mean rank of 2.2 (arXiv) and 2.3 (PubMed), finished ones 1.8 (`agreement.py`
    prints the means), and the rank 3 goes to summaries that say one sentence three or four times."""
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


def halves(data: Path) -> list[str]:
    """The parts of the corpus that a data folder holds: arxiv, pubmed."""
    return [path.stem.removeprefix("longsciverify-") for path in sorted(_files(data))]


def _files(data: Path) -> Iterator[Path]:
    return (data / "trust").glob("longsciverify-*.json")


def summaries(data: Path, half: str) -> list[Summary]:
    """The summaries of one half of the corpus under a data folder."""
    held = json.loads((data / "trust" / f"longsciverify-{half}.json").read_text("utf-8"))
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


UNREAD = frozenset(
    "0106220 PMC4445982 PMC4558530 PMC5745208 nlphl-001-word-embeddings nlphl-015-augmented-rnns podcastfy-weak".split()
)
"""Papers whose claims were written when every rule stood."""


@dataclass(frozen=True)
class Claims:
    """A text about an example paper, and whether its sentences are true."""

    name: str
    graph: DocumentGraph
    text: str
    true: bool


def claims(folder: Path, data: Path | None = None) -> Iterator[Claims]:
    """Texts `PAPER.KIND.txt` of a folder; the kind `false` holds falsehoods, every other one true sentences.

    The papers are the examples' and those under a data folder (`human|pairs/PAPER`, `papers|pdf_gold/PAPER.pdf`);
    texts about others are left out.
    """
    for path in sorted(folder.glob("*.txt")):
        paper, kind = path.stem.rsplit(".", 1)
        places = [*(ROOT / "examples").glob(f"*/{paper}/paper.pdf")]
        if data is not None:
            places += [
                *(
                    data / kind / paper / f"paper.{form}"
                    for kind in ("human", "pairs")
                    for form in ("pdf", "md")
                ),
                *(data / kind / f"{paper}.pdf" for kind in ("papers", "pdf_gold")),
            ]
        place = next(filter(Path.exists, places), None)
        if place is not None:
            yield Claims(path.name, read_document(place), path.read_text("utf-8"), kind != "false")


_SYSTEMS = ("gencomparesumabs", "dancersum", "section_conditional")
_EXPERTS = 3


def _published(checkout: Path, half: str) -> Iterator[dict[str, object]]:
    """One half of the corpus as its authors publish it: a sheet an expert, and the papers' sections."""
    judged = checkout / "data" / "human_eval_results" / "LongSciVerify"
    sheets = []
    for expert in range(1, _EXPERTS + 1):
        with (judged / f"{half}_reviewer_{expert}.csv").open(encoding="utf-8-sig", newline="") as sheet:
            sheets.append(list(csv.DictReader(sheet)))
    raw = json.loads(
        (checkout / "data" / "raw_data" / "LongSciVerify" / f"{half}_test.json").read_text("utf-8")
    )
    # In one order everywhere; the sheets' ids have lost zeros.
    for paper, *rows in zip(raw, *sheets, strict=True):
        yield {
            "id": paper["article_id"],
            "sections": paper["sections"],
            "summaries": [
                {
                    "system": system,
                    "text": rows[0][system],
                    "factuality": [
                        [
                            int(vote) if (vote := row[f"model_{place}_sent_{line}_factuality"]) else None
                            for row in rows
                        ]
                        for line in range(1, JUDGED + 1)
                    ],
                    "coherence_rank": [int(row[f"model_{place}_coherence"]) for row in rows],
                    "fluency_rank": [int(row[f"model_{place}_fluency"]) for row in rows],
                }
                for place, system in enumerate(_SYSTEMS, 1)
            ],
        }


def main() -> int:
    """Write both halves as `trust/longsciverify-*.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    folder = options.target / "trust"
    folder.mkdir(parents=True, exist_ok=True)
    for half in ("arxiv", "pubmed"):
        text = json.dumps({"papers": list(_published(options.checkout, half))})
        (folder / f"longsciverify-{half}.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
