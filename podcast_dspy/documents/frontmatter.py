"""Finds authors and abstract on the first pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from podcast_dspy.documents.authors import AFFILIATION, find_authors
from podcast_dspy.documents.blocks import Block, BodyStyle
from podcast_dspy.documents.headings import split_number, tidy_heading
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.pages import Page
from podcast_dspy.documents.words import Vocabulary, clean, join_lines, line_text

__all__ = ["KEYWORDS", "METADATA", "Front", "find_abstract", "read_authors"]

_ABSTRACT = re.compile(r"^(?:abstract|summary|résumé|zusammenfassung)\s*$", re.I)
_RUN_IN = re.compile(r"^(?:abstract|summary)\s*(?:[-—–:.|]\s*|\s(?=[A-Z]))", re.I)
KEYWORDS = re.compile(
    r"^(?:key\s?-?words?|index terms|ccs concepts|categories and subject|general terms|acm reference|"
    r"abbreviations|pacs|msc|jel|subject (?:terms|areas)|article info|nomenclature|highlights|key messages)\b",
    re.I,
)
_STRUCTURED = re.compile(
    r"^(?:background|objectives?|aims?|purpose|introduction|context|methods?|materials? and methods|methodology|design|"
    r"setting|patients|participants|interventions?|main outcome.*|results|findings|conclusions?|significance|"
    r"interpretation|discussion|study design|background and (?:aims?|objectives?)|results and discussion|"
    r"methods and results|principal findings|conclusions?/significance|methodology/principal findings)\s*[:.]?$",
    re.I,
)
METADATA = re.compile(
    r"^(?:received|accepted|published|revised|available online|citation|copyright|©|\(c\)|correspond|e-?mail|\*|doi\b|"
    r"https?:|this is an open|this article|licensee|academic editor|edited by|reviewed by|issn|editor|article history|"
    r"how to cite|open access|to cite|cite this|handling editor)",
    re.I,
)


@dataclass
class Front:
    """Title, authors, abstract, and the lines and blocks that hold them."""

    title: str = ""
    title_lines: list[Line] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    author_lines: list[Line] = field(default_factory=list)
    abstract: str = ""
    abstract_blocks: list[Block] = field(default_factory=list)
    body_start: int = 0
    """Index of the first block after the front matter."""


def read_authors(
    pages: Sequence[Page], title_lines: Sequence[Line], end: Line | None
) -> tuple[list[str], list[Line]]:
    """Authors between the title and the abstract, and the lines that hold them."""
    if not title_lines:
        return [], []
    page = next(page for page in pages if page.number == title_lines[0].page)
    floor = max(line.y1 for line in title_lines)
    x0, x1 = min(line.x0 for line in title_lines), max(line.x1 for line in title_lines)
    ceiling = (
        end.y0
        if end is not None and end.page == page.number and end.y0 > floor
        else min(page.height, floor + 330)
    )
    lines = [
        line
        for line in page.lines
        if floor - 2 < line.baseline < ceiling
        and not (line.tags & {"head", "sidebar"})
        and line.x1 > min(x0, 0.2 * page.width) - 5
        and line not in title_lines
        and (line.x0 < x1 + 150)
    ]
    return find_authors(sorted(lines, key=lambda line: (round(line.baseline / 3), line.x0)))


def _long(block: Block) -> bool:
    return sum(len(line.words) for line in block.lines) >= 40


def find_abstract(blocks: Sequence[Block], front: Front, body: BodyStyle, vocabulary: Vocabulary) -> None:
    """Set `abstract`, its blocks, and where the body starts."""
    for index, block in enumerate(blocks[:120]):
        if block.page > 3 or any(line in front.title_lines for line in block.lines):
            continue
        first = tidy_heading(line_text(block.lines[0]))
        if _ABSTRACT.match(first):
            rest = block.lines[1:]
            _collect(blocks, index + 1, rest, block, front, vocabulary)
            if len(front.abstract) > 80:
                return
        elif _RUN_IN.match(line_text(block.lines[0])) and _long(block):
            _collect(blocks, index, [], None, front, vocabulary)
            front.abstract = _RUN_IN.sub("", front.abstract, count=1)
            return
    _without_heading(blocks, front, body, vocabulary)


def _ends(block: Block, text: str, heading: Block | None, seen: set[str]) -> bool:
    """Whether a block is the first one after the abstract."""
    if KEYWORDS.match(text):
        return True
    if block.kind != "heading":
        return bool(METADATA.match(text)) and len(text) < 300
    number, title = split_number(text)
    label = tidy_heading(title)
    if seen & {"conclusion", "conclusions"} or (label.lower() == "introduction" and len(seen) > 2):
        return True
    if block.run_in and _STRUCTURED.match(label) and label.lower() not in seen:
        return False
    if number is not None or not _STRUCTURED.match(label) or label.lower() in seen:
        return True
    if heading is not None and heading.kind == "heading" and not seen and front_empty(seen):
        return False
    line, top = block.lines[0], heading.lines[0] if heading is not None else None
    return (
        top is not None
        and abs(line.size - top.size) < 0.4
        and line.bold == top.bold
        and "_text" in seen
        and block.page != -1
    )


def front_empty(seen: set[str]) -> bool:
    """Whether no text of the abstract has been read yet."""
    return "_text" not in seen


def _collect(
    blocks: Sequence[Block],
    start: int,
    lead: list[Line],
    heading: Block | None,
    front: Front,
    vocabulary: Vocabulary,
) -> None:
    parts: list[str] = [join_lines(lead, vocabulary)] if lead else []
    seen: set[str] = {"_text"} if lead else set()
    index = start
    used: list[Block] = []
    for index in range(start, len(blocks)):
        block = blocks[index]
        if block.kind in ("footnote", "equation"):
            continue
        text = join_lines(block.lines, vocabulary)
        if (
            _ends(block, text, heading, seen)
            or block.page > blocks[start].page + 1
            or sum(map(len, parts)) > 6000
        ):
            break
        if block.kind == "heading":
            label = tidy_heading(text)
            seen.add(label.lower())
            parts.append(label + ":")
            used.append(block)
            continue
        if parts and used and used[-1].kind != "heading" and not _continues(used[-1], block, parts[-1]):
            if re.search(r"[.!?][\"'”’)]*$", parts[-1]):
                break
            continue  # a sidebar stands between the halves of a sentence
        inline = re.match(r"([A-Z][A-Za-z /&]{2,40}):", text)
        if inline and _STRUCTURED.match(inline.group(1)):
            seen.add(inline.group(1).lower())
        seen.add("_text")
        cut = re.search(r"\s(?:Key\s?words?|KEYWORDS|Index Terms)\s*[:—–-]", text)
        parts.append(text[: cut.start()] if cut else text)
        used.append(block)
        if cut:
            index += 1
            break
    else:
        index = len(blocks)
    front.abstract = clean(" ".join(part for part in parts if part))
    front.abstract_blocks = used
    front.body_start = index


def _continues(last: Block, block: Block, text: str) -> bool:
    """Whether a text block goes on with the abstract: same setting, no large jump."""
    a, b = last.lines[-1], block.lines[0]
    return (
        abs(a.size - b.size) < 0.4
        and a.bold == b.bold
        and (abs(last.flow.x0 - block.flow.x0) < 12 or not re.search(r"[.!?]$", text))
    )


def _without_heading(blocks: Sequence[Block], front: Front, body: BodyStyle, vocabulary: Vocabulary) -> None:
    """The long block between the authors and the body when nothing says "Abstract"."""
    floor = max((line.y1 for line in front.title_lines), default=0.0)
    first_page = front.title_lines[0].page if front.title_lines else 1
    for index, block in enumerate(blocks[:60]):
        if (
            block.page != first_page
            or block.lines[0].y0 < floor
            or any(v in front.author_lines for v in block.lines)
        ):
            continue
        text = join_lines(block.lines, vocabulary)
        if block.kind == "heading":
            _, title = split_number(text)
            if re.match(r"introduction|background", title, re.I):
                front.body_start = index
                return
            continue
        if (
            block.kind != "text"
            or not _long(block)
            or METADATA.match(text)
            or len(AFFILIATION.findall(text)) > 2
        ):
            continue
        _collect(blocks, index, [], None, front, vocabulary)
        following = blocks[front.body_start] if front.body_start < len(blocks) else None
        line = block.lines[0]
        plain = abs(line.size - body.size) < 0.3 and line.bold == body.bold and not line.italic
        ended = following is not None and (
            following.kind == "heading" or KEYWORDS.match(following.lines[0].text) or not plain
        )
        if not ended:
            front.abstract, front.abstract_blocks, front.body_start = "", [], index
        return
