"""What the audio benchmarks share: tables, words as they are compared, and matching of words."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from podcast_dspy.audio import speakable


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


def plain(text: str) -> list[str]:
    """Words for comparison: tags dropped, numbers spoken, lower case, no punctuation."""
    return re.findall(r"[a-z']+", speakable(re.sub(r"<[^>]*>", " ", text)).lower().replace("-", " "))


def losses(gold: Sequence[str], heard: Sequence[str]) -> tuple[int, int]:
    """Words of `gold` that are missing, and words of `heard` that are additional; replaced words are neither."""
    left, right = ["".join(plain(word)) for word in gold], ["".join(plain(word)) for word in heard]
    lost = more = 0
    for block in Levenshtein.opcodes(left, right):
        written, said = block.src_end - block.src_start, block.dest_end - block.dest_start
        if block.tag != "equal" and "".join(left[block.src_start : block.src_end]) != "".join(
            right[block.dest_start : block.dest_end]
        ):
            lost, more = lost + max(0, written - said), more + max(0, said - written)
    return lost, more


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


def timed(action: Callable[[], Any]) -> float:
    """Seconds that `action` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
