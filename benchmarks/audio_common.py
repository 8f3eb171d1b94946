"""What the audio benchmarks share: tables, words as they are compared, and matching of words."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from rapidfuzz.distance import Indel, Levenshtein

from podcast_dspy.audio.local_voices import ipa
from podcast_dspy.text.normalisation import speakable


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A Markdown table."""
    say("| " + " | ".join(head) + " |")
    say("|" + "---|" * len(head))
    for row in rows:
        say("| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")


_SHORT = {"gonna": "going to", "wanna": "want to", "gotta": "got to"}  # as Whisper's own normaliser has it


def plain(text: str) -> list[str]:
    """Words for comparison: tags dropped, numbers spoken, lower case, no punctuation, "gonna" as "going to"."""
    found = re.findall(r"[a-z']+", speakable(re.sub(r"<[^>]*>", " ", text)).lower().replace("-", " "))
    return [part for word in found for part in _SHORT.get(word, word).split()]


def losses(gold: Sequence[str], heard: Sequence[str]) -> tuple[int, int]:
    """Words of `gold` that are missing in `heard`, and words of `heard` that are additional.

    Neither is what only sounds like the other ("podcast file" for "podcast-fi", "hocus size" for "Hokusai's"): words in
    one place whose letters, or sounds as espeak-ng says them, agree to 60% (normalised indel similarity).
    """
    left, right = ["".join(plain(word)) for word in gold], ["".join(plain(word)) for word in heard]
    lost = more = 0
    blocks = Levenshtein.opcodes(left, right)
    for equal, group in groupby(blocks, key=lambda block: block.tag == "equal"):
        places = list(group)
        written = left[places[0].src_start : places[-1].src_end]
        said = right[places[0].dest_start : places[-1].dest_end]
        if not equal and _alike(written, said) < 0.6:
            lost, more = lost + max(0, len(written) - len(said)), more + max(0, len(said) - len(written))
    return lost, more


def _alike(left: Sequence[str], right: Sequence[str]) -> float:
    ways = [("".join(words), ipa(" ".join(words))) for words in (left, right)]
    return max(Indel.normalized_similarity(*pair) for pair in zip(*ways, strict=True))


def spread(error: np.ndarray) -> tuple[float, float]:
    """Median and 90th percentile of the sizes of errors."""
    return float(np.median(np.abs(error))), float(np.percentile(np.abs(error), 90))


def matched(gold: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Index pairs of words that are the same in an alignment of least edits."""
    left = ["".join(plain(word)) or "-" for word in gold]
    right = ["".join(plain(word)) or "+" for word in heard]
    return [
        (block.src_start + step, block.dest_start + step)
        for block in Levenshtein.opcodes(left, right)
        if block.tag == "equal"
        for step in range(block.src_end - block.src_start)
    ]
