"""Reads plain text: paragraphs between blank lines, and headings by how they are numbered, underlined or set."""

from __future__ import annotations

import re
from pathlib import Path

from podcast_dspy.documents.authors import is_name, name_parts
from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.encoding import decoded
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.headings import caps, known, split_number, tidy_heading
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pieces import Manuscript, Piece
from podcast_dspy.documents.textpages import has_columns, without_pages
from podcast_dspy.documents.words import Vocabulary, clean, dehyphenate

__all__ = ["manuscript_of", "read_text"]

MAX_BYTES = 16 * 1024 * 1024
_UNDERLINE = re.compile(r"([=\-~^*#\"'])\1{2,}$")
_ITEM = re.compile(r"^\s*(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+|\[\d{1,3}\]\s+)\S")


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
