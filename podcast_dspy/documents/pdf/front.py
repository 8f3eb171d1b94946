"""Finds what a paper says of itself on its first pages: title, authors, abstract, and where the body begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from podcast_dspy.documents.pdf.blocks import Block
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, join_lines, line_text
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.vocabulary import (
    ABSTRACT,
    ABSTRACTS,
    AFFILIATION,
    BACK_MATTER,
    KEYWORDS,
    METADATA,
    ORCID,
    Vocabulary,
    any_of,
    caps,
    clean,
    expression,
    fold,
    is_name,
    known,
    name_parts,
    split_number,
    tidy_heading,
)

_RUN_IN = re.compile(rf"^(?:{ABSTRACTS})\s*(?:[-—–:.|]\s*|\s(?=[A-Z]))", re.I)
_STRUCTURED = re.compile(rf"^{any_of('structured')}\s*[:.]?$", re.I)
_JOURNAL = expression("journal")
_KIND = re.compile(rf"^{any_of('article_kinds')}$", re.I)
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_SENTENCE = 3
"""Words in small letters, longer than particles, of a line that tells something; what stands below it is no name."""


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
    notes: list[Block] = field(default_factory=list)
    """What stands between title and abstract: places of work, addresses."""


def _groups(page: Page) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in sorted(page.lines, key=lambda line: (line.baseline, line.x0)):
        if line.tags & {"head", "caption"} or _KIND.match(line.text.strip()):
            continue
        for group in groups:
            last = group[-1]
            if (
                abs(line.size - last.size) < 0.6
                and 0.7 * line.size < line.baseline - last.baseline < 1.75 * line.size
                and line.x0 < max(v.x1 for v in group)
                and line.x1 > min(v.x0 for v in group)
                and line.bold == last.bold
            ):
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def find_title(pages: Sequence[Page], body: BodyStyle, metadata_title: str) -> tuple[str, list[Line]]:
    """The title and its lines: the largest text of the first page that is not the journal's name.

    Names of authors right below it, and the same words on the cover before it, speak for a title; what the file's
    metadata calls it only confirms a candidate, and is never used on its own.
    """
    heads = [line.text for page in pages for line in page.lines if "head" in line.tags]
    small = [line.text for line in pages[0].lines if line.size <= body.size + 0.5]
    wanted = fold(metadata_title)
    first = list(pages[:2] if _is_cover(pages[0], body) else pages[:1])
    page_texts = {page.number: fold(" ".join(line.text for line in page.lines)) for page in first}
    best: tuple[float, str, list[Line]] | None = None
    for page in first:
        groups = _groups(page)
        slide = page.width > page.height
        for group in groups:
            text = clean(" ".join(line_text(line) for line in group))
            letters = sum(ch.isalpha() for ch in text)
            if letters < 8 or group[0].y0 > 0.7 * page.height or len(group) > 7 or len(text) > 400:
                continue
            # Two capitalised words are the form of a name, but also of the title of slides.
            if METADATA.match(text) or (_name_share(group) > 0.5 and not slide):
                continue
            folded = fold(text)
            signed = not slide and _has_names_below(group, groups)  # of slides, the largest line is the title
            cited = len(folded) < 80 and any(
                folded in fold(other) and len(fold(other)) > len(folded) and _JOURNAL.search(other)
                for other in (*heads, *small)
            )
            if cited and not signed:
                continue
            score = group[0].size + (1.0 if group[0].bold else 0.0) + min(letters, 60) / 30
            score -= 0.25 * group[0].size * (len(text.split()) < 3 and not slide)
            confirmed = len(wanted) > 12 and wanted[:40] in folded
            again = len(folded) > 12 and any(
                folded in other for n, other in page_texts.items() if n != page.number
            )
            score += 8 * (signed + confirmed + again)
            # The title that a cover repeats is that of the page behind it, where the names stand.
            again = again and best is not None and page.number > 1 and folded == fold(best[1])
            if best is None or again or score > best[0]:
                best = (score, text, group)
    return (re.sub(r"\s*[*†‡§¶‖]+$", "", best[1]).strip(), best[2]) if best is not None else ("", [])


def _is_cover(page: Page, body: BodyStyle) -> bool:
    """Whether a first page holds no text of the paper: a cover of a publisher or a repository, or a title page."""
    running = [v for v in page.lines if abs(v.size - body.size) < 0.3 and v.width > 0.8 * body.column_width]
    return sum(line.font == body.font for line in running) < 8


def _name_share(group: Sequence[Line]) -> float:
    """Share of persons' names among what a text lists."""
    parts = [part for line in group for part in name_parts(_plain(line))]
    return sum(map(is_name, parts)) / len(parts) if parts else 0.0


def _has_names_below(group: Sequence[Line], groups: Sequence[Sequence[Line]]) -> bool:
    """Whether the next text under a group lists persons."""
    last = group[-1]
    left, right = min(line.x0 for line in group), max(line.x1 for line in group)
    if any(AFFILIATION.search(line.text) for line in group):
        return False
    below = [
        other
        for other in groups
        if 0 < other[0].baseline - last.baseline < 5 * max(last.size, 12)
        and other[0].x0 < right
        and other[0].x1 > left
    ]
    nearest = min((other[0].baseline for other in below), default=0.0)
    return any(_name_share(other[:1]) >= 0.5 for other in below if other[0].baseline < nearest + 3)


def _plain(line: Line) -> str:
    """Text of an author line with marks turned into separators."""
    parts: list[str] = []
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.words) if not b.glued]
    # Two spaces part two names where one parts their words.
    wide = max(0.5 * line.size, min(1.2 * line.size, 1.8 * min(gaps, default=0.0)))
    for index, word in enumerate(line.words):
        if word.raised == 1 and index > 0:
            parts.append("\x01")
            continue
        far = index > 0 and word.x0 - line.words[index - 1].x1 > wide
        parts.append(word.text if word.glued or not parts else ("\x01" if far else " ") + word.text)
    text = ORCID.sub("\x01", clean("".join(parts)))
    text = re.sub(r"\s*[\d¹²³⁰-⁹*†‡§¶‖#✉∗⋆☯♠♣♥♦]+[\d¹²³⁰-⁹,*†‡§¶‖#✉∗⋆\s]*", "\x01", text)
    return re.sub(r"[{}\[\]]|\([^)]*\)", " ", text)


def _titled(name: str) -> str:
    """A name printed in capitals, written as names are."""
    if name.upper() != name:
        return name
    words = ("-".join(p[:1] + p[1:].lower() for p in word.split("-")) for word in name.split())
    return " ".join(words)


def _tells(line: Line) -> bool:
    return sum(len(word.text) > 3 and word.text.islower() for word in line.words) >= _SENTENCE


def find_authors(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Names, in print order, in the lines between a title and its abstract, and the lines that hold them."""
    texts: list[str] = []
    used: list[Line] = []
    for line in lines:
        text = _plain(line)
        parts = name_parts(text)
        placed = AFFILIATION.search(text) is not None
        if not parts or _DATED.search(line.text):
            continue
        if used:
            unlike = abs(line.size - used[0].size) > 0.7 or line.bold != used[0].bold
            if not placed and (_tells(line) or (unlike and len(line.text) > 60)):
                break
            if unlike:
                continue
        if not placed and sum(map(is_name, parts)) >= 0.6 * len(parts):
            texts.append(text)
            used.append(line)
    joined = ""
    for index, text in enumerate(texts):
        gap = ""
        if index:
            step = used[index].baseline - used[index - 1].baseline
            ends = is_name(name_parts(texts[index - 1])[-1]) and not joined.rstrip().endswith(("and", ","))
            gap = "\x01" if step < 3 or step > 1.8 * used[index].size or ends else " "
        joined += gap + text
    names = [_titled(part) for part in name_parts(joined) if is_name(part)]
    return list(dict.fromkeys(names)), used


def read_authors(pages: Sequence[Page], front: Front) -> None:
    """Set `authors`, who are between the title and the abstract, and the lines that hold them."""
    if not front.title_lines:
        return
    page = next(page for page in pages if page.number == front.title_lines[0].page)
    floor = max(line.y1 for line in front.title_lines)
    ceiling = floor + 330
    lines = [v for v in page.lines if floor - 2 < v.baseline < ceiling and v not in front.title_lines]
    lines.sort(key=lambda line: (round(line.baseline / 3), line.x0))
    front.authors, front.author_lines = find_authors([v for v in lines if "sidebar" not in v.tags])


def find_abstract(blocks: Sequence[Block], front: Front, body: BodyStyle, vocabulary: Vocabulary) -> None:
    """Set `abstract`, its blocks, and where the body starts."""
    end = _body_index(blocks)
    for index, block in enumerate(blocks[: min(end, 120)]):
        if block.page > 3:
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


def find_notes(blocks: Sequence[Block], front: Front) -> list[Block]:
    """Set `notes`; returns the blocks, without those of them that stand in the column of another text."""
    if not (front.title_lines and front.abstract_blocks):
        return list(blocks)
    title = max(front.title_lines, key=lambda line: line.y1)
    tops = [b.box[1] for b in front.abstract_blocks if b.page == title.page]
    above = min(tops, default=0.0)
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        if (
            block.page != title.page
            or not title.y1 - 2 < block.box[1] <= block.box[3] < above
            or any("prose" in v.tags or (_tells(v) and not AFFILIATION.search(v.text)) for v in block.lines)
        ):
            kept.append(block)
            continue
        lines = [line for line in block.lines if line not in front.author_lines]
        if lines and not ABSTRACT.match(tidy_heading(line_text(lines[0]))):
            front.notes.append(replace(block, lines=lines))
        kept += [block] if place < front.body_start else []
    return kept


def _words(block: Block) -> int:
    return sum(len(line.words) for line in block.lines)


def _body_index(blocks: Sequence[Block]) -> int:
    """Place of the heading with which the body begins: the first that is set as the sections are.

    The labels of a structured abstract are set otherwise, or come again as sections.
    """
    heads = [
        (k, b, tidy_heading(split_number(line_text(b.lines[0]))[1]))
        for k, b in enumerate(blocks)
        if b.kind == "heading" and not b.run_in
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
    main = [(k, title.lower().rstrip("s")) for k, b, title in heads if _look(b) == usual]
    titles = [title for _, title in main]
    again = [k for k, title in enumerate(titles) if title in titles[k + 1 :] and _STRUCTURED.match(title)]
    # A heading right under the one of the abstract is a label in it.
    labelled = ABSTRACT.match(tidy_heading(line_text(blocks[main[0][0] - 1].lines[-1]))) is not None
    return main[again[-1] + 1 if len(again) > 1 - labelled else 0][0]


def _printed(block: Block) -> str | None:
    return split_number(line_text(block.lines[0]))[0]


def _look(block: Block) -> tuple[str, float, bool, bool]:
    line = block.lines[0]
    return line.font, round(line.size * 2) / 2, line.bold, caps(split_number(line.text)[1])


def _collect(
    blocks: Sequence[Block], start: int, end: int, lead: list[Line], front: Front, vocabulary: Vocabulary
) -> None:
    parts: list[str] = [join_lines(lead, vocabulary)] if lead else []
    used: list[Block] = []
    index = start
    for index in range(start, end):
        block = blocks[index]
        text = join_lines(block.lines, vocabulary)
        if KEYWORDS.match(text) or METADATA.match(text) or block.page > blocks[start].page + 1:
            break
        if block.kind == "heading":
            label = tidy_heading(text)
            if not (block.run_in or _STRUCTURED.match(label)):
                break
            parts.append(label + ":")
        elif used and used[-1].kind != "heading" and not _continues(used[-1], block, parts[-1]):
            if re.search(r"[.!?][\"'”’)]*$", parts[-1]):
                break
            continue  # a sidebar stands between the halves of a sentence
        else:
            parts.append(text)
        used.append(block)
    else:
        index = max(start, end)
    front.abstract, front.abstract_blocks, front.body_start = clean(" ".join(parts)), used, index


def _continues(last: Block, block: Block, text: str) -> bool:
    """Whether a text block goes on with the abstract: same setting, no large jump."""
    a, b = last.lines[-1], block.lines[0]
    beside = abs(last.flow.x0 - block.flow.x0) < 12 or not text.endswith((".", "!", "?"))
    return abs(a.size - b.size) < 0.4 and a.bold == b.bold and beside


def _without_heading(
    blocks: Sequence[Block], end: int, front: Front, body: BodyStyle, vocabulary: Vocabulary
) -> None:
    """The first long text between the authors and the body when nothing says "Abstract"."""
    floor = max((line.y1 for line in front.title_lines), default=0.0)
    page = front.title_lines[0].page if front.title_lines else 1
    first = [k for k, b in enumerate(blocks[: min(end, 60)]) if b.page == page and b.lines[0].y0 > floor]
    prose = []
    for k in first:
        text = join_lines(blocks[k].lines, vocabulary)
        # A list of places of work names them again and again, prose only now and then.
        placed = len(AFFILIATION.findall(text)) > max(2, len(text.split()) / 15)
        if blocks[k].kind == "text" and not placed and not METADATA.match(text):
            prose.append(k)
    labelled = [k for k in prose if k - 1 in first and blocks[k - 1].run_in]
    seed = min([*labelled, *(k for k in prose if _words(blocks[k]) >= 40)], default=-1)
    front.body_start = end if end < len(blocks) else max(seed, 0)
    if seed < 0:
        return
    start = seed - 1 if seed in labelled else seed
    _collect(blocks, start, end, [], front, vocabulary)
    following = blocks[front.body_start] if front.body_start < len(blocks) else None
    line = blocks[seed].lines[0]
    plain = abs(line.size - body.size) < 0.3 and line.bold == body.bold
    ended = following is not None and (
        following.kind == "heading" or KEYWORDS.match(following.lines[0].text) or not plain
    )
    if not ended or len(front.abstract.split()) < 40:
        front.abstract, front.abstract_blocks, front.body_start = "", [], start
