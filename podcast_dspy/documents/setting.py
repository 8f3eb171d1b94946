"""How lines are set: which ones are set alike, and what is set apart from the running text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from podcast_dspy.documents.blocks import BodyStyle
from podcast_dspy.documents.headings import caps, known, split_number
from podcast_dspy.documents.layout import Flow
from podcast_dspy.documents.line import Line, Word

__all__ = [
    "ENUMERATED",
    "Group",
    "Style",
    "family",
    "groups_of_lines",
    "opening",
    "same_style",
    "set_apart",
    "style_of",
]

ENUMERATED = re.compile(r"^\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)\s+\S")
_TERMINAL = re.compile(r"[.:?!)][\"'”’\])]*(?:\s*\[?\d[\d,–\s-]*\]?)?$")

Style = tuple[str, float, bool]


@dataclass
class Group:
    """Neighbouring lines that are set alike, with the lines before and after them in their column."""

    lines: list[Line]
    before: Line | None
    after: Line | None
    flow: Flow

    @property
    def text(self) -> str:
        return " ".join(line.text.strip() for line in self.lines)

    @property
    def centred(self) -> bool:
        line, flow = self.lines[0], self.flow
        return abs((line.x0 + line.x1) - (flow.x0 + flow.x1)) < 16

    @property
    def above_text(self) -> bool:
        """Whether what follows stands under it; what follows a cell of a table or a label stands beside it."""
        line, after = self.lines[-1], self.after
        return (
            after is None
            or (after.x0 < line.x1 and after.x1 > line.x0 and self.gap_after > 0.35 * line.size)
            or not any(ch.isalpha() for ch in after.text)
        )

    @property
    def gap_before(self) -> float:
        return self.lines[0].baseline - self.before.baseline if self.before is not None else 99.0

    @property
    def gap_after(self) -> float:
        return self.after.baseline - self.lines[-1].baseline if self.after is not None else 99.0

    def follows_an_end(self, body: BodyStyle) -> bool:
        """Whether what stands before is complete."""
        return (
            self.before is None
            or "heading" in self.before.tags
            or _TERMINAL.search(self.before.text.rstrip()) is not None
            or not 0 <= self.gap_before < 1.7 * body.pitch
        )


def set_apart(word: Word, body: BodyStyle) -> bool:
    """Whether a word is set otherwise than the running text: bold, slanted, or in a font of another family."""
    return (
        (word.bold and not body.bold)
        or word.italic
        or (bool(body.font) and word.font != body.font and family(word.font) != family(body.font))
    )


def opening(words: Sequence[Word], body: BodyStyle) -> int:
    """How many leading words are set apart from the running text in one and the same way."""
    first = next((word for word in words if any(ch.isalpha() for ch in word.text)), None)
    if first is None or not set_apart(first, body):
        return 0
    count = 0
    for index, word in enumerate(words):
        alike = word.font == first.font or (
            set_apart(word, body) and (word.bold == first.bold or (first.italic and word.italic))
        )
        # A digit, a sign or a symbol of mathematics does not end it, if it goes on behind.
        if alike and not (word.math and not first.math):
            count = index + 1
        elif sum(ch.isalpha() for ch in word.text) > 1 and not word.math:
            break
    return count


def style_of(line: Line) -> Style:
    return line.font, round(line.size * 2) / 2, caps(line.text)


def groups_of_lines(flows: Sequence[Flow], body: BodyStyle) -> Iterator[Group]:
    for flow in flows:
        index = 0
        lines = flow.lines
        measure = min(flow.x1 - flow.x0, 1.05 * body.column_width)
        while index < len(lines):
            line = lines[index]
            if line.tags & {"footnote", "equation", "caption"}:
                index += 1
                continue
            group = [line]
            while index + len(group) < len(lines):
                nxt = lines[index + len(group)]
                step = nxt.baseline - group[-1].baseline
                if not same_style(line, nxt) or step > 1.6 * line.size or step < 2 or nxt.tags & {"footnote"}:
                    break
                # Two lines are one heading only if the second one's first word had no room on the first.
                room = group[-1].width + nxt.words[0].x1 - nxt.words[0].x0 < 0.72 * measure
                if (
                    (room and len(group) <= 2 and nxt.width < 0.8 * measure)
                    or _starts_anew(nxt)
                    or known(nxt.text)
                    or known(group[-1].text)
                    or (caps(nxt.text) and _TERMINAL.search(group[-1].text.rstrip()))
                ):
                    break
                group.append(nxt)
            after = lines[index + len(group)] if index + len(group) < len(lines) else None
            made = Group(group, lines[index - 1] if index else None, after, flow)
            yield made
            # Lines set alike that are no heading are text of their own (a bold abstract): none of them is one.
            taken = sum("heading" in member.tags for member in group)
            index += taken or (len(group) if len(group) > 4 else 1)


def same_style(a: Line, b: Line) -> bool:
    """Whether a line goes on as the one before is set."""
    if caps(a.text) and any(ch.islower() for ch in b.text) and not caps(b.text):
        return False
    # A species or a symbol turns the end of a bold heading italic; that is still the same heading.
    return abs(a.size - b.size) < 0.5 and a.bold == b.bold and (a.italic == b.italic or (a.bold and b.bold))


def _starts_anew(line: Line) -> bool:
    """Whether a line opens with a number or letter of its own, and so a new heading."""
    return split_number(line.text)[0] is not None or bool(ENUMERATED.match(line.text))


@cache
def family(font: str) -> str:
    """Letters of a font's name up to the style, so that `Minion-Italic` and `Minion-Regular` are one family."""
    return re.split(
        r"[-,+.]|(?:Regular|Roman|Italic|Oblique|Light|Medium|Bold|It|Ital)?$", font.split("+")[-1]
    )[0].lower()[:9]
