"""Which of the lines set like headings are headings: one style, text under each; and their levels."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from podcast_dspy.documents.pdf.blocks import Block, join_run_in
from podcast_dspy.documents.pdf.lines import BodyStyle
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.vocabulary import (
    BACK_MATTER,
    REFERENCES,
    caps,
    expression,
    fold,
    known,
    split_number,
)

_LEADER = expression("leader")
_DOTS = re.compile(r"(?:[.·…_]\s?){5}|…{2}")
_Number = tuple[int, ...]
_Style = tuple[float, bool, bool, bool]
_Rank = tuple[bool, float, bool, bool, bool]


def find_outline(pages: Sequence[Page], bookmarks: Iterable[str]) -> frozenset[str]:
    """Folded titles from bookmarks and from tables of contents, whose lines get the tag `contents`."""
    titles = {_named(title.strip()) for title in bookmarks}
    for page in pages:
        listed = {
            id(line): found["title"]
            for line in page.lines
            if _DOTS.search(line.text) and (found := _LEADER.match(line.text.strip()))
        }
        for line in page.lines:
            if id(line) in listed:
                line.tags.add("contents")
        _mark_heading(page)
        titles |= set(map(_named, listed.values()))
    return frozenset(title for title in titles if len(title) > 3)


def _named(heading: str) -> str:
    return fold(split_number(heading)[1])


def _mark_heading(page: Page) -> None:
    """The line above a list names it (Contents, List of Figures) and goes with it."""
    ordered = sorted((line for line in page.lines if "head" not in line.tags), key=lambda line: line.baseline)
    for above, line in pairwise(ordered):
        if "contents" in line.tags and "contents" not in above.tags and len(above.words) <= 4:
            above.tags.add("contents")


def select_headings(
    blocks: Sequence[Block], body: BodyStyle, outline: frozenset[str] = frozenset()
) -> list[Block]:
    """The blocks, what only looks like a heading turned to text."""
    headings = [block for block in blocks if block.kind == "heading"]
    listed = {id(block) for block in headings if _named(_text(block)) in outline}
    doubtful = (
        *_above_the_text(headings),
        *_unnumbered(headings),
        *_repeated(headings),
        *_in_references(headings),
        *_without_text(blocks),
    )
    return _demoted(blocks, {id(block) for block in doubtful} - listed)


def _text(block: Block) -> str:
    return " ".join(line.text.strip() for line in block.lines)


def _style(block: Block) -> _Style:
    line = block.lines[0]
    return round(line.size * 2) / 2, line.bold, caps(split_number(_text(block))[1]), block.run_in


def _number(block: Block) -> _Number | None:
    """The number of a section; those of run-in headings without a dot count paragraphs."""
    number = split_number(_text(block))[0]
    if number is None or not re.fullmatch(r"\d+(?:\.\d+)*", number) or (block.run_in and "." not in number):
        return None
    return tuple(map(int, number.split(".")))


def _usual(block: Block) -> bool:
    text = _text(block)
    return known(text) or BACK_MATTER.match(split_number(text)[1].rstrip(".:")) is not None


def _above_the_text(headings: Sequence[Block]) -> Iterator[Block]:
    """Names, places of work and dates on the first page, above its first usual or numbered heading in any column."""
    numbered = Counter(_style(block) for block in headings if _number(block) is not None)
    sections = {id(b) for b in headings if _usual(b) or (_number(b) is not None and numbered[_style(b)] > 1)}
    first = next((block for block in headings if id(block) in sections), None)
    for block in headings:
        above = first is not None and block.page == first.page and block.lines[-1].y1 < first.lines[0].y0
        if above and id(block) not in sections and not block.run_in:
            yield block


def _unnumbered(headings: Sequence[Block]) -> Iterator[Block]:
    """What is set as numbered headings are but has no number; the appendices count for themselves."""
    ends = [k for k, block in enumerate(headings) if _is_references(block)]
    cut = ends[0] if ends else len(headings)
    for part in (headings[:cut], headings[cut:]):
        numbered = Counter(_style(block) for block in part if split_number(_text(block))[0] is not None)
        numbers = [split_number(_text(block))[0] for block in part]
        last = max((k for k, number in enumerate(numbers) if number is not None), default=-1)
        bare = False  # whether the section above has no number itself; the last ones of a paper have none
        for place, (block, number) in enumerate(zip(part, numbers, strict=True)):
            if _usual(block) or number is not None or place > last:
                bare = number is None
            elif not block.run_in and numbered[_style(block)] >= 3 and not bare:
                yield block


def _repeated(headings: Sequence[Block]) -> Iterator[Block]:
    """Run-in labels that come again in one section, whatever stands behind their colon: `Question:`, `Answer:`."""
    section: list[Block] = []
    for block in (*headings, None):
        if block is not None and block.run_in:
            section.append(block)
            continue
        labels = [fold(_text(member).partition(":")[0]) for member in section]
        yield from (member for member, label in zip(section, labels, strict=True) if labels.count(label) > 1)
        section = []


def _is_references(block: Block) -> bool:
    return REFERENCES.match(split_number(_text(block))[1].rstrip(".:")) is not None


def _in_references(headings: Sequence[Block]) -> Iterator[Block]:
    """Names and titles of the entries in the list of references: what is set as no section before it was."""
    styles: set[_Style] = set()
    inside = False
    for block in headings:
        if _is_references(block):
            inside = True
        elif inside and (block.run_in or (_style(block) not in styles and not _usual(block))):
            yield block
            continue
        else:
            inside = False
        styles.add(_style(block))


def _without_text(blocks: Sequence[Block]) -> Iterator[Block]:
    """Three and more in a row without numbers or text between them: cells of a table, labels of a drawing."""
    row: list[Block] = []
    for block in (*blocks, None):
        if block is not None and block.kind == "heading" and _number(block) is None and not _usual(block):
            row.append(block)
            continue
        if len(row) >= 4 or (len(row) == 3 and len(set(map(_style, row))) == 1):
            yield from row
        row = []


def _demoted(blocks: Sequence[Block], dropped: set[int]) -> list[Block]:
    """The blocks, the dropped headings as text: a run-in one with its paragraph again."""
    result: list[Block] = []
    for block in blocks:
        last = result[-1] if result else None
        if last is not None and last.run_in and id(last) in dropped and block.kind == "text":
            result[-1] = join_run_in(last, block)
        else:
            result.append(block)
    return [Block("text", b.lines, b.flow) if id(b) in dropped else b for b in result]


def _rank(block: Block, text: str) -> _Rank:
    line = block.lines[0]
    return not block.run_in, round(line.size * 2) / 2, line.bold, caps(text), not line.italic


def heading_levels(blocks: Sequence[Block], texts: Sequence[str]) -> list[int]:
    """Level of each heading block (1 is a chapter): by its number if it has one, else by the rank of its style."""
    styles = [_rank(block, text) for block, text in zip(blocks, texts, strict=True)]
    depths: list[int] = []
    by_number: dict[_Rank, Counter[int]] = defaultdict(Counter)
    usual: Counter[_Rank] = Counter()
    for style, text, block in zip(styles, texts, blocks, strict=True):
        number, title = split_number(text)
        if number is None or (
            block.run_in and "." not in number
        ):  # that of a run-in heading counts paragraphs
            depths.append(0)
        else:
            depths.append(number.count(".") + 1)
            by_number[style][depths[-1]] += 1
        if known(text) and not BACK_MATTER.match(title):
            usual[style] += 1
    ranked = sorted(set(styles), reverse=True)
    top = max((s for s in ranked if usual[s] and usual[s] == max(usual.values())), default=None)
    above = 0 if top is None else ranked.index(top)
    ranks = {style: max(1, place - above + 1) for place, style in enumerate(ranked)}
    result = []
    for style, depth, text in zip(styles, depths, texts, strict=True):
        usually = by_number[style].most_common(1)
        most = 2 if BACK_MATTER.match(text) else 6
        result.append(depth or (usually[0][0] if usually else min(ranks[style], most)))
    return result
