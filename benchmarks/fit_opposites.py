"""Take the pairs of opposites that anybody uses from WordNet: podcast_dspy/analysis/opposites.txt.

    python benchmarks/fit_opposites.py WORDNET

Read are its data files of adjectives, adverbs and verbs, and the lexicographers' files of nouns. Antonyms of WordNet
3.1 (Princeton University) are taken if both are single words that everyday English uses at least five times in a
million words, as `word opposite` on a line. Words that carry no claim of their own (`in`, `first`) are left out.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from agreement_corpus import ROOT

from podcast_dspy.text.words import FUNCTION_WORDS, frequency

TARGET = ROOT / "podcast_dspy" / "analysis" / "opposites.txt"
_USED = 3.7
_NOTICE = """# Antonyms of WordNet 3.1. Copyright 2011 by Princeton University. All rights reserved.
# Used under the WordNet License: https://wordnet.princeton.edu/license-and-commercial-use
"""


def antonyms(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of one of WordNet's data files: words of two synsets, synonyms all, that a `!` joins."""
    synsets: dict[str, list[str]] = {}
    joined: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split(" | ")[0].split()
        kind, count = fields[2].replace("s", "a"), int(fields[3], 16)
        synsets[kind + fields[0]] = [word.split("(")[0] for word in fields[4 : 4 + 2 * count : 2]]
        pointers = fields[5 + 2 * count :]
        joined.extend(
            (kind + fields[0], part.replace("s", "a") + place)
            for mark, place, part in zip(*(pointers[start::4] for start in range(3)), strict=False)
            if mark == "!"
        )
    for here, there in joined:
        yield from itertools.product(synsets[here], synsets.get(there, ()))


_NOUN = re.compile(r"\[ ([a-z]+)\d*,[^\]]*?\b([a-z]+)\d*,!")


def nouns(folder: Path) -> Iterator[tuple[str, str]]:
    """Pairs of the lexicographers' files: `[ man, ... woman,! ...]`."""
    for path in folder.glob("noun.*"):
        yield from _NOUN.findall(path.read_text("utf-8"))


def main() -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wordnet", type=Path)
    folder = parser.parse_args().wordnet
    found = {
        tuple(sorted(pair))
        for pairs in (nouns(folder), *(antonyms(folder / f"data.{part}") for part in ("adj", "adv", "verb")))
        for pair in pairs
        if all(
            word.isalpha() and word.islower() and word not in FUNCTION_WORDS and frequency(word) >= _USED
            for word in pair
        )
    }
    lines = "".join(f"{first} {second}\n" for first, second in sorted(found))
    TARGET.write_text(f"{_NOTICE}{lines}", "utf-8")
    print(f"{len(found)} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
