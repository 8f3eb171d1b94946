"""Finds headings by how they are set: lines that differ from the running text, stand alone, and share their style."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from podcast_dspy.documents.pdf.layout import Flow
from podcast_dspy.documents.pdf.lines import TERMINAL, BodyStyle, Line, Word
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.vocabulary import KEYWORDS, STATEMENT, caps, expression, fold, known, split_number

MOST_LINES = 26
"""Lines of a title that a table of contents lists, at most."""

Style = tuple[str, float, bool]
_CODE = expression("code")
_SENTENCE_INSIDE = re.compile(r"[a-z]{4,}\. [A-Z][a-z]+ ")
_LONE_NUMBER = expression("lone_number")


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
            or TERMINAL.search(self.before.text.rstrip()) is not None
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
                if not same_style(line, nxt) or step > 1.6 * line.size or step < 2:
                    break
                # Two lines are one heading only if the second one's first word had no room on the first.
                room = group[-1].width + nxt.words[0].x1 - nxt.words[0].x0 < 0.72 * measure
                if (
                    (room and len(group) <= 2 and nxt.width < 0.8 * measure)
                    or known(nxt.text)
                    or known(group[-1].text)
                    or (caps(nxt.text) and TERMINAL.search(group[-1].text.rstrip()))
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


@cache
def family(font: str) -> str:
    """Letters of a font's name up to the style, so that `Minion-Italic` and `Minion-Regular` are one family."""
    return re.split(
        r"[-,+.]|(?:Regular|Roman|Italic|Oblique|Light|Medium|Bold|It|Ital)?$", font.split("+")[-1]
    )[0].lower()[:9]


def join_numbers(flows: Sequence[Flow]) -> None:
    """Make one line of a number and the title to the right of it on the same baseline."""
    for flow in flows:
        joined: list[Line] = []
        for line in flow.lines:
            last = joined[-1] if joined else None
            if (
                last is not None
                and _LONE_NUMBER.match(last.text.strip())
                and abs(last.baseline - line.baseline) < 0.2 * last.size
                and 0 < line.x0 - last.x1 < 3 * last.size
                and line.text[:1].isupper()
            ):
                joined[-1] = Line(
                    last.page,
                    [*last.words, *line.words],
                    turns=last.turns,
                    tags=last.tags | line.tags,
                    reach=line.reach,
                ).settle()
            else:
                joined.append(line)
        flow.lines[:] = joined


def mark_certain_headings(page: Page, body: BodyStyle) -> None:
    """Tag `heading` on what is one beyond doubt before figures are looked for, so that no table takes them in."""
    for line in page.lines:
        number, _ = split_number(line.text)
        distinct = line.size > body.size + 0.7 or (line.bold and not body.bold)
        usual = known(line.text) and (distinct or number is not None)
        if (usual or (distinct and "." in (number or ""))) and not line.tags and len(line.text) < 120:
            line.tags.add("heading")


def mark_headings(flows: Sequence[Flow], body: BodyStyle, outline: frozenset[str] = frozenset()) -> None:
    """Tag `heading` on the lines of headings, and `heading-start` on the first line of each.

    `outline` holds the folded titles that the document itself lists, in its bookmarks or its table of contents.
    """
    groups: list[Group] = []
    styles: Counter[Style] = Counter()
    alike: dict[Style, list[Line]] = defaultdict(list)
    for group in groups_of_lines(flows, body):
        groups.append(group)
        size = 0 if _runs_on(group) else _accept(group, body, outline)
        if size:
            _mark(group.lines[:size])
            styles[style_of(group.lines[0])] += 1
    for group in filter(lambda group: _stands_alone(group, body), groups):
        alike[style_of(group.lines[0])] += group.lines
    # What is set as headings are is one, even where nothing else sets it off; without any, one alone proves nothing.
    for style, lines in alike.items():
        for line in lines if styles[style] >= 2 or len(lines) >= 3 else ():
            _mark([line])


def _mark(lines: Sequence[Line]) -> None:
    for index, line in enumerate(lines):
        line.tags.add("heading")
        if index == 0:
            line.tags.add("heading-start")


def _plausible(text: str) -> bool:
    if len(text) > 220 or len(text.split()) > 26:
        return False
    letters = sum(ch.isalpha() for ch in text)
    if letters < 3 or letters < 0.5 * len(text.replace(" ", "")):
        return False
    if re.search(r"@|https?:|doi:|www\.|©|\.\.\.\.|[=¼∑∫]|\((?:Fig|Table)|\[.*\[", text, re.I):
        return False
    if re.fullmatch(r"\([^()]*\)", text.strip()):
        return False  # the rest of a cell, which adds to what stands above it
    if _CODE.search(text) or KEYWORDS.match(text) or (STATEMENT.match(text) and not known(text)):
        return False
    return not text.rstrip().endswith((",", ";", "-")) and text[0] not in "•*†‡"


def _runs_on(group: Group) -> bool:
    """Whether a full line set just alike follows: then the group is the start of a text, not a heading."""
    lines, after = group.lines, group.after
    if after is None or split_number(lines[0].text)[0] is not None or known(lines[0].text):
        return False
    step = after.baseline - lines[-1].baseline
    return (
        same_style(lines[-1], after)
        and 2 < step < 1.8 * after.size
        and after.width > 0.7 * (group.flow.x1 - group.flow.x0)
    )


def _turns_plain(group: Group, body: BodyStyle) -> bool:
    """Whether the paragraph begins in the heading's own last line, or its second part in the line behind it."""
    words = [word for line in group.lines for word in line.words]
    count = opening(words, body)
    if count and count < len(words):
        behind = [
            word for word in words[count:] if sum(ch.isalpha() for ch in word.text) > 1 and not word.raised
        ]
        return len(behind) > 0
    after = group.after
    if not count or after is None or not 2 < group.gap_after < 1.15 * body.pitch:
        return False
    on = opening(after.words, body)
    return 0 < on < len(after.words) and group.lines[-1].words[-1].font == after.words[0].font


def _stands_alone(group: Group, body: BodyStyle) -> bool:
    """Whether one short line in the font of the text has space above it and below, between a text and another."""
    line, after = group.lines[0], group.after
    return (
        len(group.lines) == 1
        and after is not None
        and "prose" in after.tags
        and group.before is not None
        and group.follows_an_end(body)
        and group.gap_after > 1.4 * body.pitch
        and not 0 <= group.gap_before < 1.4 * body.pitch
        and abs(line.size - body.size) < 0.5
        and line.x0 < group.flow.x0 + 3
        and line.width < 0.85 * (group.flow.x1 - group.flow.x0)
        and line.text[:1].isupper()
        and line.text.rstrip()[-1:].isalnum()
        and _plausible(line.text)
    )


def _accept(group: Group, body: BodyStyle, outline: frozenset[str]) -> int:
    """How many lines of a group form a heading by themselves; 0 if none do."""
    lines, flow = group.lines, group.flow
    line, text = lines[0], group.text
    number, title = split_number(text)
    if any(member.math > 0.3 for member in lines):
        return 0
    set_off = not 0 <= group.gap_before <= 1.22 * body.pitch or (
        group.before is not None and "heading" in group.before.tags
    )
    for count in range(min(len(lines), MOST_LINES), 0, -1) if outline else ():
        listed = " ".join(member.text for member in lines[:count])
        if _plausible(listed) and outline & {fold(split_number(listed)[1]), fold(listed)}:
            return count
    shouted = caps(split_number(line.text)[1])
    size = max(word.size for word in line.words) if shouted else line.size
    bigger = size > body.size + 0.7
    bold = line.bold and not body.bold
    numbered = number is not None and title[:1].isupper()
    other_font = set_apart(line.words[-1], body) and family(line.font) != family(body.font)
    distinct = bigger or bold or ((line.italic or other_font) and size > body.size - 1.2) or shouted
    if known(line.text) and (distinct or set_off):
        return 1
    if not group.above_text or _turns_plain(group, body) or not _plausible(text):
        return 0  # where its paragraph goes on in the same line, the heading is split off later
    small_bold = bold and size > body.size - 3.2 and line.x0 < flow.x0 + 3 and set_off
    if (size < body.size - 1.3 and not small_bold) or not distinct:
        return int(numbered and set_off and "." in (number or "") and len(lines) == 1)
    if not (title[:1].isupper() or title[:1] in '([αβγ“‘"' or title[:1].isdigit() or len(title.split()) <= 8):
        return 0
    if bigger or bold:
        return len(lines) if set_off or numbered or group.gap_after > 1.15 * body.pitch else 0
    if _SENTENCE_INSIDE.search(title) or text.rstrip().endswith("."):
        return 0
    # Italic alone is weak evidence: it must stand off, and start at the column's edge or be centred.
    at_edge = line.x0 < flow.x0 + 3 or group.centred
    wide = not numbered and all(member.width > 0.93 * (flow.x1 - flow.x0) for member in lines)
    return len(lines) if (set_off or numbered) and at_edge and not wide else 0
