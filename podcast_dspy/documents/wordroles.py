"""What each paragraph of a Word document is: title, heading, byline, abstract, caption, entry of a list of references.

Levels of the outline decide, then names of styles, then how the document itself sets its short lines.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from podcast_dspy.documents.frame import AFFILIATION, LABEL, is_name, known, name_parts, split_number

__all__ = ["Line", "Styles", "W", "changed", "is_hidden", "lines_of", "mark_roles", "value"]

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_USUAL_SIZE: Final = 20
"""Half-points that Word takes where nothing is said."""

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


@dataclass(frozen=True)
class Look:
    """How text is set, by a style, a paragraph or a run."""

    size: int = _USUAL_SIZE
    """In half-points."""
    bold: bool = False
    italic: bool = False
    hidden: bool = False
    outline: int | None = None
    """Level of a heading, 0 the highest; None for body text."""
    centred: bool = False


def value(node: Any, name: str) -> str | None:
    """Value of a property below a node (`w:sz w:val`); None if it is not there."""
    found = node.find(W + name) if node is not None else None
    return None if found is None else found.get(f"{W}val", "")


def is_on(node: Any, name: str) -> bool | None:
    """Whether a switch such as `w:b` is on; None if nothing is said."""
    said = value(node, name)
    return None if said is None else said not in ("0", "false", "off", "none")


def is_hidden(properties: Any) -> bool:
    """Whether run properties make text that nobody sees: hidden, white on nothing, or of a point's size."""
    if properties is None:
        return False
    shaded = properties.find(f"{W}shd") is not None or properties.find(f"{W}highlight") is not None
    size = value(properties, "sz") or ""
    return (
        bool(is_on(properties, "vanish"))
        or ((value(properties, "color") or "").upper() == "FFFFFF" and not shaded)
        or (size.isdecimal() and int(size) <= 2)
    )


class Styles:
    """The styles of a document, by id."""

    def __init__(self, root: Any) -> None:
        """`root` is the element `w:styles`, or None for a document without any."""
        nodes = [] if root is None else root.findall(f"{W}style")
        self._nodes = {node.get(f"{W}styleId", ""): node for node in nodes}
        self.default = next(
            (
                node.get(f"{W}styleId", "")
                for node in nodes
                if node.get(f"{W}default") in ("1", "true") and node.get(f"{W}type") == "paragraph"
            ),
            "",
        )
        self._base = Look()
        if root is not None:
            self._base = _set(self._base, None, root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))

    def name(self, style: str) -> str:
        """Name of a style and its id, in lower case and without signs: what a template's author calls it."""
        node = self._nodes.get(style)
        return " ".join(re.sub(r"[\W_]+", " ", f"{(value(node, 'name') or '')} {style}".lower()).split())

    def look(self, style: str) -> Look:
        """How a style sets its text."""
        found = self._base
        for node in reversed(list(self._chain(style))):
            found = _set(found, node.find(f"{W}pPr"), node.find(f"{W}rPr"))
        return found

    def _chain(self, style: str) -> Iterator[Any]:
        """A style and what it is based on, up to the first."""
        seen: set[str] = set()
        while style in self._nodes and style not in seen:
            seen.add(style)
            yield self._nodes[style]
            style = value(self._nodes[style], "basedOn") or ""


def _set(look: Look, paragraph: Any, run: Any) -> Look:
    """A look with what these properties change."""
    outline = value(paragraph, "outlineLvl") or ""
    size = value(run, "sz") or ""
    bold, italic, hidden = is_on(run, "b"), is_on(run, "i"), is_on(run, "vanish")
    centred = value(paragraph, "jc")
    return Look(
        size=int(size) if size.isdecimal() else look.size,
        bold=look.bold if bold is None else bold,
        italic=look.italic if italic is None else italic,
        hidden=look.hidden if hidden is None else hidden,
        outline=look.outline if not outline.isdecimal() else int(outline) if int(outline) < 9 else None,
        centred=look.centred if centred is None else centred == "center",
    )


def changed(look: Look, paragraph: Any, run: Any) -> Look:
    """A style's look with a paragraph's or a run's own properties."""
    return _set(look, paragraph, run)


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
