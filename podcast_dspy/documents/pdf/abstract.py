"""Finds authors and abstract on the first pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from podcast_dspy.documents.frame import (
    ABSTRACT,
    ABSTRACTS,
    AFFILIATION,
    BACK_MATTER,
    KEYWORDS,
    METADATA,
    any_of,
    caps,
    known,
    split_number,
    tidy_heading,
)
from podcast_dspy.documents.pdf.blocks import Block
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, join_lines, line_text
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.pdf.titles import find_authors
from podcast_dspy.documents.word_repair import Vocabulary, clean

__all__ = ["Front", "find_abstract", "read_authors"]

_RUN_IN = re.compile(rf"^(?:{ABSTRACTS})\s*(?:[-—–:.|]\s*|\s(?=[A-Z]))", re.I)
_STRUCTURED = re.compile(rf"^{any_of('structured')}\s*[:.]?$", re.I)
_LONGEST_PART = 120
"""Words of a part of a structured abstract, its label included."""


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


def read_authors(pages: Sequence[Page], front: Front) -> None:
    """Set `authors`, who are between the title and the abstract, and the lines that hold them."""
    if not front.title_lines:
        return
    page = next(page for page in pages if page.number == front.title_lines[0].page)
    floor = max(line.y1 for line in front.title_lines)
    x0, x1 = min(line.x0 for line in front.title_lines), max(line.x1 for line in front.title_lines)
    end = _abstract_line(page, front.title_lines)
    ceiling = end.y0 if end is not None and end.y0 > floor else min(page.height, floor + 330)
    lines = [
        line
        for line in page.lines
        if floor - 2 < line.baseline < ceiling
        and "head" not in line.tags
        and line.x1 > min(x0, 0.2 * page.width) - 5
        and line not in front.title_lines
        and (line.x0 < x1 + 150 or page.width > page.height)
    ]
    lines.sort(key=lambda line: (round(line.baseline / 3), line.x0))
    beside = [line for line in lines if "sidebar" in line.tags]
    front.authors, front.author_lines = find_authors([v for v in lines if "sidebar" not in v.tags])
    if not front.authors:  # names in the margin, where nothing stands under the title
        front.authors, front.author_lines = find_authors(beside)


def _abstract_line(page: Page, title_lines: Sequence[Line]) -> Line | None:
    """The line below the title that the abstract begins with."""
    for line in sorted(page.lines, key=lambda line: line.baseline):
        text = tidy_heading(line.text).lower()
        if text.startswith(("abstract", "summary")) and line.y0 > title_lines[-1].y1:
            return line
    return None


def find_abstract(blocks: Sequence[Block], front: Front, body: BodyStyle, vocabulary: Vocabulary) -> None:
    """Set `abstract`, its blocks, and where the body starts."""
    end = _body_index(blocks)
    for index, block in enumerate(blocks[: min(end, 120)]):
        if block.page > 3 or any(line in front.title_lines for line in block.lines):
            continue
        if ABSTRACT.match(tidy_heading(line_text(block.lines[0]))):
            _collect(blocks, index + 1, end, block.lines[1:], front, vocabulary)
            if len(front.abstract) > 80:
                return
        elif _RUN_IN.match(line_text(block.lines[0])) and _words(block) >= 40:
            _collect(blocks, index, end, [], front, vocabulary)
            front.abstract = _RUN_IN.sub("", front.abstract, count=1)
            return
    _without_heading(blocks, end, front, body, vocabulary)


def _words(block: Block) -> int:
    return sum(len(line.words) for line in block.lines)


def _body_index(blocks: Sequence[Block]) -> int:
    """Place of the heading with which the body begins: the first that is set as the sections are.

    The labels of a structured abstract are set otherwise, or come again as sections.
    """
    heads = [
        (k, b, tidy_heading(split_number(line_text(b.lines[0]))[1]))
        for k, b in enumerate(blocks)
        if _is_head(b)
    ]
    heads = [(k, b, title) for k, b, title in heads if not ABSTRACT.match(title)]
    for start, second in (("1", "2"), ("I", "II")):
        looks = {_look(b) for _, b, _ in heads if _printed(b) == second}
        numbered = [k for k, b, _ in heads if _printed(b) == start and _look(b) in looks]
        if numbered:
            return numbered[0]
    styles = Counter(_look(b) for _, b, title in heads if known(title) and not BACK_MATTER.match(title))
    if not styles:
        return len(blocks)
    order = [_look(b) for _, b, _ in heads]
    usual = max(styles, key=lambda look: (styles[look], order.count(look), -order[::-1].index(look)))
    main = [(k, title.lower()) for k, b, title in heads if _look(b) == usual]
    titles = [title.rstrip("s") for _, title in main]
    again = [k for k, title in enumerate(titles) if title in titles[k + 1 :] and _STRUCTURED.match(title)]
    # A heading right under the one of the abstract is a label in it.
    labelled = (
        main[0][0] > 0
        and ABSTRACT.match(tidy_heading(line_text(blocks[main[0][0] - 1].lines[-1]))) is not None
    )
    place = again[-1] + 1 if len(again) > (0 if labelled else 1) else 0
    if labelled and not again:  # parts of an abstract are short
        sizes = [sum(map(_words, blocks[a:b])) for (a, _), (b, _) in pairwise(main)]
        place = next((k for k, size in enumerate(sizes) if size > _LONGEST_PART), 0)
    while 0 < place < len(main) - 1 and re.match(r"conclusion|interpretation|significance", titles[place]):
        place += 1
    return main[place][0]


def _printed(block: Block) -> str | None:
    return split_number(line_text(block.lines[0]))[0]


def _is_head(block: Block) -> bool:
    return block.kind == "heading" and not block.run_in


def _look(block: Block) -> tuple[str, float, bool, bool]:
    line = block.lines[0]
    return line.font, round(line.size * 2) / 2, line.bold, caps(split_number(line.text)[1])


def _ends(block: Block, text: str, seen: set[str]) -> bool:
    """Whether a block is the first one after the abstract."""
    if KEYWORDS.match(text) or (METADATA.match(text) and len(text) < 300):
        return True
    if block.kind != "heading":
        return False
    number, title = split_number(text)
    label = tidy_heading(title).lower()
    return number is not None or label in seen or not (block.run_in or _STRUCTURED.match(label))


def _collect(
    blocks: Sequence[Block], start: int, end: int, lead: list[Line], front: Front, vocabulary: Vocabulary
) -> None:
    parts: list[str] = [join_lines(lead, vocabulary)] if lead else []
    seen: set[str] = set()
    index = start
    used: list[Block] = []
    for index in range(start, end):
        block = blocks[index]
        if block.kind in ("footnote", "equation"):
            continue
        text = join_lines(block.lines, vocabulary)
        if _ends(block, text, seen) or block.page > blocks[start].page + 1 or sum(map(len, parts)) > 6000:
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
        cut = re.search(r"\s(?:Key\s?words?|KEYWORDS|Index Terms)\s*[:—–-]", text)
        parts.append(text[: cut.start()] if cut else text)
        used.append(block)
        if cut:
            index += 1
            break
    else:
        index = max(start, end)
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


def _addresses(text: str) -> bool:
    """Whether a text lists places of work, and is no prose that only names one."""
    return len(AFFILIATION.findall(text)) > max(2, len(text.split()) / 15)


def _without_heading(
    blocks: Sequence[Block], end: int, front: Front, body: BodyStyle, vocabulary: Vocabulary
) -> None:
    """The first long text between the authors and the body when nothing says "Abstract"."""
    floor = max((line.y1 for line in front.title_lines), default=0.0)
    page = front.title_lines[0].page if front.title_lines else 1
    first = [
        index
        for index, block in enumerate(blocks[: min(end, 60)])
        if block.page == page
        and block.lines[0].y0 > floor
        and not any(line in front.author_lines for line in block.lines)
    ]
    texts = [k for k in first if blocks[k].kind == "text" and not METADATA.match(blocks[k].lines[0].text)]
    prose = [k for k in texts if not _addresses(join_lines(blocks[k].lines, vocabulary))]
    labelled = [k for k in prose if k - 1 in first and blocks[k - 1].run_in and _words(blocks[k]) > 15]
    seed = min([*labelled, *(k for k in prose if _words(blocks[k]) >= 40)], default=-1)
    front.body_start = end if end < len(blocks) else max(seed, 0)
    if seed < 0:
        return
    start = seed
    size = blocks[seed].lines[0].size
    while (
        start - 1 in first
        and (blocks[start - 1].run_in or start - 1 in texts)
        and (abs(blocks[start - 1].lines[0].size - size) < 0.4)
    ):
        start -= 1
    labels = [k for k in range(start, seed) if blocks[k].run_in]
    start = labels[0] if labels else seed
    _collect(blocks, start, end, [], front, vocabulary)
    following = blocks[front.body_start] if front.body_start < len(blocks) else None
    line = blocks[seed].lines[0]
    plain = abs(line.size - body.size) < 0.3 and line.bold == body.bold and not line.italic
    ended = following is not None and (
        following.kind == "heading" or KEYWORDS.match(following.lines[0].text) or not plain
    )
    if not ended or len(front.abstract.split()) < 40:
        front.abstract, front.abstract_blocks, front.body_start = "", [], start
