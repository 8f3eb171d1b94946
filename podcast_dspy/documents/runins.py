"""Splits off headings that share a line with the text they head (`2.1. Search strategy. Studies were ...`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.documents.blocks import Block, BodyStyle
from podcast_dspy.documents.headings import split_number
from podcast_dspy.documents.line import Line, Word
from podcast_dspy.documents.setting import opening

__all__ = ["join_run_in", "split_at", "split_run_ins"]

MOST_WORDS = 22
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,4}\.?$")
_INITIAL = re.compile(r"(?:[A-Z]|[a-z]{1,3})\.")
_STATEMENT = re.compile(
    r"^(?:theorem|lemma|definition|corollary|proposition|proof|remark|example|conjecture|claim|assumption|note|fig|table|"
    r"key\s?words?|abstract|case|step|observation|abbreviations|citation)\b",
    re.I,
)


def _stops(words: Sequence[Word], index: int) -> bool:
    """Whether a word ends a heading: with a full stop, colon or question mark that is no abbreviation's."""
    word = words[index].text
    if index == 0 and word.rstrip(".").isdigit():
        return False
    if index + 1 < len(words) and words[index + 1].text in (".", ":", "?"):
        return True
    return len(word) > 1 and word.endswith((".", ":", "?")) and not _INITIAL.fullmatch(word)


def _begins(word: Word) -> bool:
    return word.text[:1].isupper() or word.text[:1].isdigit() or word.text[:1] in '(“"['


def _heading_length(words: Sequence[Word], body: BodyStyle) -> tuple[int, bool]:
    """How many leading words of a paragraph are a heading, 0 if none are, and whether a stop ends them."""
    numbered = bool(words and _NUMBERED.match(words[0].text))
    start = 1 if numbered else 0
    most = min(len(words) - 2, MOST_WORDS)
    apart = opening(words[start:], body) + start
    if apart == start:
        if not numbered:
            return 0, False
        # Nothing but its number sets it apart: a few words up to a full stop.
        for index in range(start, min(most, 13)):
            if _stops(words, index) and words[index].text.endswith("."):
                return (index + 1, True) if index > start and _begins(words[index + 1]) else (0, False)
        return 0, False
    stops = [k for k in range(start, min(apart, most)) if _stops(words, k)]
    # A number says where a heading begins, so the first stop ends it, even if a species in italics follows.
    ends = [k for k in stops if _begins(words[k + 1]) or words[start].bold] if numbered else []
    end = ends[0] if ends else apart - 1
    if end >= most or (not numbered and any(_begins(words[k + 1]) for k in stops if k < end)):
        return 0, False
    closed = _stops(words, end)
    if closed and words[end + 1].text in (".", ":", "?"):
        end += 1
    if closed and (end > start or len(words[end].text) > 3):
        follows = _begins(words[end + 1]) or words[start].bold
        return (end + 1, True) if follows else (0, False)
    bare = (
        words[start].bold and not body.bold and words[end + 1].text[:1].isupper() and not words[end + 1].math
    )
    return (end + 1, False) if bare and not closed else (0, False)


def _part(line: Line, words: list[Word]) -> Line:
    return Line(line.page, words, turns=line.turns, tags=set(line.tags), reach=line.reach).settle()


def split_at(block: Block, length: int) -> list[Block]:
    """A heading of that many words, and the rest of the block, if any, as text."""
    head: list[Line] = []
    rest: list[Line] = []
    left = length
    for line in block.lines:
        if left >= len(line.words):
            head.append(line)
            left -= len(line.words)
        elif left > 0:
            head.append(_part(line, list(line.words[:left])))
            rest.append(_part(line, list(line.words[left:])))
            left = 0
        else:
            rest.append(line)
    heading = Block("heading", head, block.flow, run_in=bool(rest))
    return [heading, Block("text", rest, block.flow)] if rest else [heading]


def split_run_ins(blocks: Sequence[Block], body: BodyStyle) -> list[Block]:
    """Blocks with run-in headings as blocks of their own.

    Without a stop behind them bold words at the start of a paragraph are headings only if several paragraphs of the
    document start so.
    """
    found: dict[int, int] = {}
    bare: list[int] = []
    for place, block in enumerate(blocks):
        if block.kind != "text" or abs(block.lines[-1].size - body.size) > 1.0:
            continue
        words = [word for line in block.lines[:4] for word in line.words]
        length, closed = _heading_length(words, body)
        text = " ".join(word.text for word in words[:length])
        _, title = split_number(text)
        if (
            length
            and title[:1].isupper()
            and not _STATEMENT.match(title)
            and not re.search(r"[_=@]|\((?:Fig|Table)", title)
            and sum(c.isalpha() for c in title) >= 3
            and sum(len(line.words) for line in block.lines) > length
        ):
            found[place] = length
            if not closed:
                bare.append(place)
    if len(bare) < 3:
        for place in bare:
            del found[place]
    out: list[Block] = []
    for place, block in enumerate(blocks):
        if place not in found:
            out.append(block)
            continue
        out.extend(split_at(block, found[place]))
    return out


def join_run_in(head: Block, rest: Block) -> Block:
    """The paragraph that was split, whole again."""
    a, b = head.lines[-1], rest.lines[0]
    lines = [*head.lines, *rest.lines]
    if abs(a.baseline - b.baseline) < 1:
        lines = [*head.lines[:-1], _part(b, [*a.words, *b.words]), *rest.lines[1:]]
    return Block("text", lines, rest.flow)
