"""How well the roles of passages are told: what is missing, how it was done, what came out, what it means.

    python benchmarks/zones.py                   # this project's examples, each topic told by the others
    python benchmarks/zones.py --papers DIR      # also structured abstracts: DIR/*.gold.json with an `abstract`

A structured abstract names the role of its sentences itself: Background, Aim, Methods, Results, Conclusions. Found is
a sentence whose likeliest role is one of those that its heading stands for; chance is guessing by their number.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from podcast_dspy.generation import features
from podcast_dspy.generation.spoken_sentences import paraphrase
from podcast_dspy.text.words import split_sentences

HEADING = re.compile(
    r"(?:^|(?<=[.\s]))(Background|Introduction|Aims?|Objectives?|Materials and Methods|Methods?|Results|Findings"
    r"|Conclusions?)(?::\s*|\.\s+|(?=[A-Z]))"
)
MEANS = {
    "background": ("background", "problem", "aim"),
    "introduction": ("background", "problem", "aim"),
    "aim": ("aim", "problem"),
    "objective": ("aim", "problem"),
    "materials and method": ("method",),
    "method": ("method",),
    "result": ("result",),
    "finding": ("result",),
    "conclusion": ("implication",),
}


def left_out() -> tuple[int, int]:
    """Sentences of the examples whose role is found by the examples of all other topics, and how many there are."""
    rows = [features.evidence(topic) for topic in features.EXAMPLES]
    found = 0
    for index, own in enumerate(rows):
        model = features.fit([row for other, row in enumerate(rows) if other != index])
        found += int((model.log_probabilities(own).argmax(axis=1) == np.arange(len(own))).sum())
    return found, sum(map(len, rows))


def labelled(abstract: str) -> list[tuple[str, str]]:
    """(heading, sentence) of a structured abstract; nothing where fewer than three headings are named."""
    parts = HEADING.split(abstract)[1:]
    pairs = [
        (name.lower().removesuffix("s"), sentence)
        for name, text in zip(parts[::2], parts[1::2], strict=True)
        for sentence in split_sentences(text)
    ]
    return pairs if len({name for name, _ in pairs}) >= 3 else []


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=Path, help="folder of *.gold.json with an `abstract`")
    options = parser.parse_args()
    found, count = left_out()
    sys.stdout.write("| sentences | n | found | chance |\n|---|---|---|---|\n")
    sys.stdout.write(
        f"| examples, topic left out | {count} | {found / count:.0%} | {1 / len(features.ZONES):.0%} |\n"
    )
    told: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for file in sorted(options.papers.glob("*.gold.json")) if options.papers else ():
        pairs = labelled(json.loads(file.read_text("utf-8")).get("abstract") or "")
        shares = features.zone_shares([paraphrase(sentence) for _, sentence in pairs])
        for (heading, _), row in zip(pairs, shares, strict=True):
            told[heading] += 1
            right[heading] += features.ZONES[int(row.argmax())] in MEANS[heading]
    for heading, number in told.items():
        chance = len(MEANS[heading]) / len(features.ZONES)
        sys.stdout.write(f"| under {heading} | {number} | {right[heading] / number:.0%} | {chance:.0%} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
