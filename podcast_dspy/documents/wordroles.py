"""What each paragraph of a Word document is: title, heading, byline, abstract, caption, entry of a list of references.

Levels of the outline decide, then names of styles, then how the document itself sets its short lines.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from podcast_dspy.documents.authors import AFFILIATION, is_name, name_parts
from podcast_dspy.documents.captions import LABEL
from podcast_dspy.documents.headings import known, split_number
from podcast_dspy.documents.wordstyles import Look, Styles, W, changed, value

__all__ = ["Line", "lines_of", "mark_roles"]

_CONTENTS: Final = re.compile(r"\b(?:toc ?\d?|toc ?heading|table of (?:contents|figures))\b")
_NAMED: Final = (
    ("toc", _CONTENTS),
    ("caption", re.compile(r"caption|legend")),
    ("reference", re.compile(r"bibliograph|references?\b(?! head)")),
    ("byline", re.compile(r"author|affiliation|\baddress")),
    ("abstract", re.compile(r"abstract")),
)
_TITLE: Final = re.compile(r"^(?!.*\b(?:sub|table|figure|section|abstract|toc|running|short)\w*).*title\b")
_HEADING: Final = re.compile(r"head(?:ing)?s? ?(\d)?\b")
_LONGEST: Final = 120
"""Letters of a heading at most."""


@dataclass
class Line:
    """A paragraph with how it is set and what it is taken for."""

    node: Any
    text: str
    style: str
    name: str
    look: Look
    """Of all its words, if they are set alike, else of its style."""
    in_table: bool = False
    role: str = ""
    """`title`, `heading1` ..., `byline`, `abstract`, `caption`, `reference`, `toc`; empty for text."""
    marks: tuple[Any, ...] = field(default=())

    @property
    def short(self) -> bool:
        """Whether it has the form of a heading."""
        return (
            3 <= len(self.text) <= _LONGEST
            and len(self.text.split()) <= 16
            and not self.text.rstrip().endswith((".", ",", ";"))
            and re.search(r"[^\W\d_]{3}", self.text) is not None
            and not LABEL.match(self.text)
            and not self.in_table
        )


def lines_of(body: Any, styles: Styles) -> list[Line]:
    """The paragraphs of a document that hold words, in order."""
    lines = []
    for node in body.iter(f"{W}p"):
        text = "".join(
            part.text or "" if part.tag == f"{W}t" else "\t" if part.tag == f"{W}tab" else " "
            for part in node.iter(f"{W}t", f"{W}tab", f"{W}br")
        ).strip()
        if not text:
            continue
        properties = node.find(f"{W}pPr")
        style = value(properties, "pStyle") or styles.default
        base = changed(styles.look(style), properties, None)
        looks = {
            changed(base, None, run.find(f"{W}rPr"))
            for run in node.iter(f"{W}r")
            if any((part.text or "").strip() for part in run.iter(f"{W}t"))
        }
        look = looks.pop() if len(looks) == 1 else base
        inside = any(above.tag == f"{W}tc" for above in node.iterancestors())
        lines.append(Line(node, text, style, styles.name(style), look, inside))
    return lines


def mark_roles(lines: list[Line]) -> None:
    """Give each paragraph its role."""
    for line in lines:
        line.role = next((role for role, pattern in _NAMED if pattern.search(line.name)), "")
        if line.role == "abstract" and len(line.text) < 80:
            line.role = ""
        if (
            line.look.outline is not None
            and line.role not in ("toc", "caption")
            and len(line.text) <= 2 * _LONGEST
        ):
            line.role = f"heading{line.look.outline + 1}"
    body = _body(lines)
    heads = [line for line in lines if line.role.startswith("heading")]
    for line in lines:
        if not line.role and line.short and (found := _HEADING.search(line.name)):
            line.role = f"heading{found[1] or 1}"
    if not heads:
        _by_use(lines, body)
    _by_look(lines, body)
    _title(lines, body)


def _body(lines: list[Line]) -> tuple[str, Look]:
    """Style and look that most letters of the text have."""
    weights: Counter[tuple[str, Look]] = Counter()
    for line in lines:
        if not line.role and not line.in_table:
            weights[line.style, line.look] += len(line.text)
    return weights.most_common(1)[0][0] if weights else ("", Look())


def _by_use(lines: list[Line], body: tuple[str, Look]) -> None:
    """Styles that only short lines above text have are those of headings, whatever their names."""
    users: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if not line.role and line.style != body[0]:
            users[line.style].append(index)
    order = 0
    for places in users.values():
        followed = [
            index for index in places if index + 1 < len(lines) and len(lines[index + 1].text) > _LONGEST
        ]
        if (
            len(places) >= 2
            and all(lines[index].short for index in places)
            and len(followed) >= 0.5 * len(places)
        ):
            order += 1
            for index in places:
                number = split_number(lines[index].text)[0]
                lines[index].role = f"heading{number.count('.') + 1 if number else order}"


def _by_look(lines: list[Line], body: tuple[str, Look]) -> None:
    """Lines in the text's own style that are set apart, larger or bold throughout, are headings; larger ones higher."""
    front = next((n for n, line in enumerate(lines) if known(line.text) or len(line.text) > _LONGEST), 8)
    styled = [line.role for line in lines if line.role.startswith("heading")]
    found = [
        (index, line)
        for index, line in enumerate(lines)
        if not line.role
        and line.short
        and index > 0
        and index + 1 < len(lines)
        and _stands_out(line.look, body[1])
        and not (index < front and _front(line))
    ]
    # One line that stands out is an emphasis, unless it is named as sections are.
    if len(found) < 2 and not any(known(line.text) for _, line in found):
        return
    looks = sorted({(line.look.size, line.look.bold) for _, line in found}, reverse=True)
    first = max((int(role[7:]) for role in styled), default=0)
    for _, line in found:
        number = split_number(line.text)[0]
        rank = looks.index((line.look.size, line.look.bold)) + 1
        depth = number.count(".") + 1 if number and number[0].isdigit() else rank
        line.role = f"heading{min(9, first + depth)}"


def _stands_out(look: Look, body: Look) -> bool:
    return look.size > body.size + 1 or (look.bold and not body.bold and look.size >= body.size)


def _front(line: Line) -> bool:
    """Whether a line is one of those under a title: names, and where they work."""
    parts = name_parts(line.text)
    return bool(AFFILIATION.search(line.text)) or (bool(parts) and all(is_name(part) for part in parts))


def _title(lines: list[Line], body: tuple[str, Look]) -> None:
    """The title: named so, else the largest line of the front, else its first line set apart."""
    named = [line for line in lines[:12] if _TITLE.match(line.name) and not line.in_table]
    if named:
        for line in named:
            line.role = "title" if line.style == named[0].style else line.role
        return
    start = next(
        (n for n, line in enumerate(lines) if line.role.startswith("heading") and known(line.text)), None
    )
    front = [
        line for line in lines[: 12 if start is None else start] if not line.in_table and line.role != "toc"
    ]
    tops = [line for line in front if line.role == "heading1"]
    if not front or len(front[0].text) > 2 * _LONGEST:
        return
    largest = max(front, key=lambda line: line.look.size)
    uses = Counter(line.style for line in lines)
    above = max((line.look.size for line in lines if known(line.text)), default=0)
    alone = front[0] in tops and sum(line.role == "heading1" for line in lines) == 1
    apart = not front[0].role and (uses[front[0].style] == 1 or front[0].short)
    if largest.look.size > max(body[1].size, above) and not _front(largest):
        largest.role = "title"
    elif (alone or apart) and not _front(front[0]):
        front[0].role = "title"
