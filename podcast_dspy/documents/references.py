"""Splits a reference list into its entries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.documents.blocks import Block
from podcast_dspy.documents.line import Line

__all__ = ["is_reference_list", "split_references"]

_LABEL = re.compile(r"^(?:\[[^\]]{1,12}\]|\(?\d{1,3}[.)]|\d{1,3}(?=\s+[A-Z]))\s*")

_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b")


def split_references(blocks: Sequence[Block]) -> list[list[Line]]:
    """Lines of each entry, in order: by printed labels when most entries have them, else by hanging indents."""
    lines = [line for block in blocks for line in block.lines]
    if not lines:
        return []
    labelled = sum(bool(_LABEL.match(line.text)) for line in lines)
    by_label = labelled >= 3 and labelled >= 0.12 * len(lines)
    entries: list[list[Line]] = []
    for block in blocks:
        lefts = [line.x0 for line in block.flow.lines]
        edge = min(lefts)
        hanging = sum(x > edge + 4 for x in lefts) > 0.25 * len(lefts)
        for index, line in enumerate(block.lines):
            if by_label:
                new = bool(_LABEL.match(line.text))
            elif hanging:
                new = line.x0 < edge + 3
            else:
                new = index == 0 and (not entries or entries[-1][-1].text.rstrip().endswith((".", "]", ")")))
            if new or not entries:
                entries.append([line])
            else:
                entries[-1].append(line)
    return entries


def is_reference_list(blocks: Sequence[Block]) -> bool:
    """Whether the text of a section is a list of works, in whatever language: short entries, each with its year."""
    entries = [" ".join(line.text for line in entry) for entry in split_references(blocks)]
    dated = [entry for entry in entries if _YEAR.search(entry) and len(entry) < 400]
    labelled = [entry for entry in entries if _LABEL.match(entry)]
    return len(entries) >= 3 and len(dated) >= 0.8 * len(entries) and len(labelled) >= 0.8 * len(entries)
