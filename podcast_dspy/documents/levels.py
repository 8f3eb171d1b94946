"""Works out the level of each heading."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from podcast_dspy.documents.blocks import Block
from podcast_dspy.documents.headings import BACK_MATTER, caps, known, split_number

__all__ = ["heading_levels"]

_Style = tuple[bool, float, bool, bool, bool]


def _style(block: Block, text: str) -> _Style:
    line = block.lines[0]
    return not block.run_in, round(line.size * 2) / 2, line.bold, caps(text), not line.italic


def heading_levels(blocks: Sequence[Block], texts: Sequence[str]) -> list[int]:
    """Level of each heading block (1 is a chapter): by its number if it has one, else by the rank of its style."""
    style_of = [_style(block, text) for block, text in zip(blocks, texts, strict=True)]
    by_number: dict[_Style, Counter[int]] = defaultdict(Counter)
    levels: list[int | None] = []
    for style, text, block in zip(style_of, texts, blocks, strict=True):
        number, _ = split_number(text)
        if block.run_in and number is not None and "." not in number:
            number = None  # counts paragraphs, not sections
        depth: int | None = None
        if number is not None and re.fullmatch(r"[A-Z\d]+(?:\.\d+)*", number):
            depth = number.count(".") + 1
            if re.fullmatch(r"[A-Z]", number) and any(
                (split_number(t)[0] or "") in ("I", "II", "III") for t in texts
            ):
                depth = 2
        elif number is not None:
            depth = 1
        if depth:
            by_number[style][depth] += 1
        levels.append(depth)
    top_styles = Counter(
        style
        for style, text in zip(style_of, texts, strict=True)
        if known(text) and not BACK_MATTER.match(split_number(text)[1])
    )
    ranked = sorted(set(style_of), reverse=True)
    top = (
        max((s for s in ranked if top_styles[s] == max(top_styles.values(), default=0)), default=None)
        if top_styles
        else None
    )
    rank: dict[_Style, int] = {}
    level = 1
    for style in ranked:
        if top is not None and style >= top:
            rank[style] = 1
            level = 2
        else:
            rank[style] = level
            level += 1
    result = []
    for style, known_level, text in zip(style_of, levels, texts, strict=True):
        if known_level:
            result.append(known_level)
        elif by_number[style]:
            result.append(by_number[style].most_common(1)[0][0])
        elif BACK_MATTER.match(text):
            result.append(min(rank[style], 2))
        else:
            result.append(min(rank[style], 6))
    return result
