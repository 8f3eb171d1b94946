"""Reads plain text: without running heads, paragraphs between blank lines, headings by how they are set."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.manuscript import Manuscript, Piece, compose
from podcast_dspy.documents.material import Engine, Material, decoded
from podcast_dspy.documents.vocabulary import (
    Vocabulary,
    caps,
    clean,
    dehyphenate,
    is_name,
    known,
    name_parts,
    split_number,
    tidy_heading,
)

_SPREAD: Final = re.compile(r"\S {3,}\S")
_BARE: Final = re.compile(
    r"[\s\[(–-]*(?:page|p\.|pg\.)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?[\s\])–-]*", re.I
)
_ENDED: Final = re.compile(r"[.!?:;][\"'”’)\]]*$")
_LEADERS: Final = re.compile(
    r"^.*\S[ \t]*(?:\.{4,}|(?:\. ){3,}\.?)[ \t]*(?:\d{1,4}|[ivxl]{1,6})[ \t]*$", re.M
)
_CONTENTS: Final = re.compile(r"^[ \t]*(?:table of )?contents[ \t]*$", re.I | re.M)
_EDGE: Final = 2
"""Lines at the head and at the foot of a page that may be running ones."""

MAX_BYTES = 16 * 1024 * 1024
_UNDERLINE = re.compile(r"([=\-~^*#\"'])\1{2,}$")
_ITEM = re.compile(r"^\s*(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+|\[\d{1,3}\]\s+)\S")


def has_columns(block: list[str]) -> bool:
    """Whether most lines of a block set something at the left and something at the right."""
    return len(block) >= 2 and sum(_SPREAD.search(line.strip()) is not None for line in block) >= 0.6 * len(
        block
    )


def without_pages(text: str) -> str:
    """A text as one piece; form feeds part its pages, whose running lines are known by coming again."""
    pages = [page.split("\n") for page in _without_contents(text).split("\f")]
    if len(pages) > 1:
        _drop_edges(pages)
    joined = pages[0]
    for page in pages[1:]:
        joined = _joined(joined, page)
    return "\n".join(joined)


def _without_contents(text: str) -> str:
    """A text without the lines that dots lead to a page's number."""
    found = _LEADERS.findall(text)
    return _CONTENTS.sub("", _LEADERS.sub("", text)) if len(found) >= 3 else text


def _pattern(line: str) -> str:
    """A line with its figures alike, so that the page's number does not tell heads apart."""
    return re.sub(r"\b[ivxl]+\b|\d+", "#", " ".join(line.split()).lower())


def _drop_edges(pages: list[list[str]]) -> None:
    """Empty the lines at the head and at the foot of a page that come again, only counted on, or number it."""
    edges: list[tuple[int, int]] = []
    for number, lines in enumerate(pages):
        full = [index for index, line in enumerate(lines) if line.strip()]
        edges += [(number, index) for index in dict.fromkeys([*full[:_EDGE], *full[-_EDGE:]])]
    counts = Counter(_pattern(pages[number][index]) for number, index in edges)
    for number, index in edges:
        line = pages[number][index].strip()
        if counts[_pattern(line)] > 1 or _BARE.fullmatch(line):
            pages[number][index] = ""


def _joined(left: list[str], right: list[str]) -> list[str]:
    """Two pages; a sentence that goes on is not parted by the blank lines between them."""
    while left and not left[-1].strip():
        left.pop()
    while right and not right[0].strip():
        right.pop(0)
    last, first = (left[-1].strip() if left else ""), (right[0].strip() if right else "")
    goes_on = bool(last and first) and not _ENDED.search(last) and first[:1].islower()
    return [*left, *([] if goes_on else [""]), *right]


def read_text(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a text file. Raises DocumentError when it holds no text."""
    return compose(manuscript_of(decoded(material.read(MAX_BYTES), material)), material, "text", images_dir)


def manuscript_of(text: str) -> Manuscript:
    """A text taken apart."""
    text = without_pages(text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4))
    blocks = [block.split("\n") for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))]
    blocks = [[line.rstrip() for line in block if line.strip()] for block in blocks]
    blocks = [block for block in blocks if block]
    pieces: list[Piece] = []
    authors: list[str] = []
    if len(blocks) > 2 and has_columns(blocks[0]):  # who, where and when, as in RFCs; the title is below
        for line in blocks.pop(0):
            sides = [clean(side) for side in re.split(r" {3,}", line.rstrip()) if side.strip()]
            authors += [side for side in sides[1:] if is_name(side)]
            pieces += [Piece("note", side) for side in sides if side not in authors]
    vocabulary = Vocabulary(line for block in blocks for line in block)
    hanging = _is_hanging(blocks)
    start = len(pieces)
    for index, block in enumerate(blocks):
        if 0 < index < 4 and len(pieces) == start + index and _names(block[0]):
            pieces += [Piece("byline", clean(line)) for line in block]
        elif index and hanging and _stands_out(block):
            level = 2 + (split_number(block[0].strip())[0] or "").count(".")
            pieces += [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[1:], vocabulary)]
        else:
            pieces += _pieces(block, index == 0, index + 1 == len(blocks), vocabulary)
    title = ""
    if len(pieces) > start and pieces[start].kind == "heading" and not known(pieces[start].text):
        title = pieces.pop(start).text
    return Manuscript(pieces, title=title, authors=authors)


def _is_hanging(blocks: list[list[str]]) -> bool:
    """Whether paragraphs are indented as a whole, so that only headings begin at the edge."""
    long = [block for block in blocks if len(" ".join(block)) > 120]
    return len(long) >= 3 and sum(
        all(line.startswith("  ") for line in block) for block in long
    ) >= 0.8 * len(long)


def _stands_out(block: list[str]) -> bool:
    """Whether a block of an indented text begins with a line at the edge that is no part of a paragraph there."""
    line = block[0]
    apart = len(block) == 1 or block[1].startswith(" ")
    return apart and line[:1].isalnum() and len(line) <= 100 and not line.rstrip().endswith((".", ",", ";"))


def _names(line: str) -> bool:
    parts = name_parts(line)
    return bool(parts) and all(is_name(part) for part in parts)


def _level(line: str, first: bool) -> int:
    """Level of a line that stands alone if it is a heading, else 0."""
    text = line.strip()
    number, title = split_number(text)
    ended = text.endswith((".", ",", ";", "?", "!")) and not first
    if len(text) > (200 if first else 100) or not re.search(r"[^\W\d_]{3}", text):
        return 0
    if first and len(text.split()) <= 30 and not text.endswith((".", ",", ";", ":")):
        return 1
    if known(text):
        return 2 + (number or "").count(".")
    if ended or text.endswith(":"):
        return 0
    if number is not None and title[:1].isupper() and len(title.split()) <= 14:
        return 2 + number.count(".")
    return 2 if caps(text) and len(text.split()) <= 12 else 0


def _pieces(block: list[str], first: bool, last: bool, vocabulary: Vocabulary) -> list[Piece]:
    """Pieces of one block of lines."""
    if len(block) >= 2 and _UNDERLINE.match(block[1].strip()) and len(block[0].strip()) < 200:
        level = 1 if first else 2 + ("=-~^*#\"'".index(block[1].strip()[0]) > 1)
        return [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[2:], vocabulary)]
    marked = re.match(r"(#{1,6})\s+(\S.*)$", block[0].strip())
    if marked:
        return [Piece("heading", clean(marked.group(2)), len(marked.group(1))), *_rest(block[1:], vocabulary)]
    # A title may take two lines; below it, a heading stands alone or right above its paragraph.
    if first and len(block) <= 3 and (level := _level(" ".join(line.strip() for line in block), first)):
        return [Piece("heading", clean(" ".join(block)), level)]
    level = 0 if first and len(block) > 3 else _level(block[0], first and len(block) == 1)
    if (
        level
        and not (last and len(block) == 1)
        and (len(block) == 1 or known(block[0]) or split_number(block[0].strip())[0])
    ):
        alone = len(block) == 1 or not _ITEM.match(block[1])
        if alone:
            return [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[1:], vocabulary)]
    return _rest(block, vocabulary)


def _rest(lines: list[str], vocabulary: Vocabulary) -> list[Piece]:
    """Paragraphs of a block: one, or one for each item of a list; wrapped lines are joined."""
    paragraphs: list[str] = []
    for line in lines:
        if not paragraphs or _ITEM.match(line):
            paragraphs.append(line.strip())
        else:
            paragraphs[-1] = dehyphenate(paragraphs[-1], line.strip(), vocabulary)
    return [Piece("paragraph", text) for paragraph in paragraphs if (text := clean(paragraph))]


ENGINE = Engine("text", read_text)
