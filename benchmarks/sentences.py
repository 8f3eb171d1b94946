"""How well sentence splitters find the ends of sentences that people marked.

    python benchmarks/sentences.py --gum DIR [--data DIR]

Corpora: the podcasts, interviews and academic papers of GUM (Universal Dependencies, English; DIR holds the .conllu
files of github.com/UniversalDependencies/UD_English-GUM), paragraph by paragraph, and with `--data` the abstracts of
CSAbstruct (labels/*.jsonl). Score: F1 of the boundaries inside paragraphs, and seconds for a million characters.
Other splitters (pysbd, sentencex, blingfire) are measured where they are installed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from analysis_tables import table

from podcast_dspy.text.words import split_sentences

Splitter = Callable[[str], Iterable[str]]
Paragraph = Sequence[str]
"""The sentences of a paragraph as people marked them."""
GENRES = ("podcast", "interview", "academic")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gum", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    corpora = gum(options.gum)
    if options.data is not None:
        corpora["abstracts"] = abstracts(options.data / "labels")
    print("\n## Ends of sentences\n")
    print("F1 of the boundaries inside paragraphs; seconds for a million characters.")
    rows = []
    for name, splitter in splitters().items():
        start = time.perf_counter()
        scores = [f1(paragraphs, splitter) for paragraphs in corpora.values()]
        seconds = time.perf_counter() - start
        size = sum(len(s) for paragraphs in corpora.values() for p in paragraphs for s in p)
        rows.append((name, *scores, 1e6 * seconds / size))
    counts = [sum(max(0, len(p) - 1) for p in paragraphs) for paragraphs in corpora.values()]
    table(("splitter", *corpora, "seconds"), [("(boundaries)", *counts, ""), *rows])
    return 0


def gum(folder: Path) -> dict[str, list[Paragraph]]:
    """Paragraphs of each genre; what ends without a stop is a heading or a row of a list, and left out."""
    found: dict[str, list[list[str]]] = {genre: [] for genre in GENRES}
    for path in sorted(folder.glob("*.conllu")):
        genre = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# newdoc id"):
                genre = line.split("_")[1]
            elif line.startswith("# newpar") and genre in found:
                found[genre].append([])
            elif line.startswith("# text =") and genre in found:
                found[genre][-1].append(line.partition("=")[2].strip())
    return {
        genre: [p for p in paragraphs if all(re.search(r"[.!?…][\"'”’)\]]*$", s) for s in p)]
        for genre, paragraphs in found.items()
    }


def abstracts(folder: Path) -> list[Paragraph]:
    return [
        json.loads(line)["sentences"]
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def splitters() -> dict[str, Splitter]:
    found: dict[str, Splitter] = {"podcast_dspy.text": split_sentences}
    with contextlib.suppress(ImportError):
        import pysbd

        found["pysbd"] = pysbd.Segmenter(language="en", clean=False).segment
    with contextlib.suppress(ImportError):
        import sentencex

        found["sentencex"] = lambda text: sentencex.segment("en", text)
    with contextlib.suppress(ImportError):
        import blingfire

        found["blingfire"] = lambda text: blingfire.text_to_sentences(text).split("\n")
    return found


def f1(paragraphs: Iterable[Paragraph], splitter: Splitter) -> float:
    counts: defaultdict[str, int] = defaultdict(int)
    for paragraph in paragraphs:
        gold = ends(paragraph)
        found = ends(splitter(" ".join(paragraph)))
        counts["gold"] += len(gold)
        counts["found"] += len(found)
        counts["both"] += len(gold & found)
    return 2 * counts["both"] / (counts["gold"] + counts["found"])


def ends(sentences: Iterable[str]) -> set[int]:
    """Where sentences end, counted in characters that are no white space; the last end is not a boundary."""
    places, place = [], 0
    for sentence in sentences:
        place += len("".join(sentence.split()))
        places.append(place)
    return set(places[:-1]) - {place}


if __name__ == "__main__":
    raise SystemExit(main())
