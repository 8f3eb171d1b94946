"""Splits off headings that share a line with the text they head (`2.1. Search strategy. Studies were ...`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.documents.blocks import Block, BodyStyle
from podcast_dspy.documents.headings import split_number
from podcast_dspy.documents.line import Line, Word

__all__ = ["split_run_ins"]

MOST_WORDS = 22
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,4}\.?$")
_STATEMENT = re.compile(
    r"^(?:theorem|lemma|definition|corollary|proposition|proof|remark|example|conjecture|claim|assumption|note|fig|table|"
    r"key\s?words?|abstract|case|step|observation|abbreviations|citation)\b",
    re.I,
)


def _distinct(word: Word, body: BodyStyle) -> bool:
    return (word.bold and not body.bold) or word.italic


def _heading_length(words: Sequence[Word], body: BodyStyle) -> int:
    """How many leading words of a paragraph are a heading; 0 if none are."""
    numbered = bool(words and _NUMBERED.match(words[0].text))
    start = 1 if numbered else 0
    if len(words) < start + 4 or not (numbered or _distinct(words[0], body)):
        return 0
    bold = words[start].bold and not body.bold
    for index in range(start, min(len(words) - 2, MOST_WORDS)):
        word, following = words[index], words[index + 1]
        if not numbered and not (word.bold if bold else _distinct(word, body)):
            return 0
        if bold and not numbered and not word.bold:
            return 0
        stop = word.text.endswith((".", ":", "?")) and len(word.text) > 1
        plain = not (following.bold if bold else _distinct(following, body))
        if numbered and not bold and not words[start].italic:
            plain = True
        initial = re.fullmatch(r"(?:[A-Z]|[a-z]{1,3})\.", word.text) is not None
        if (
            stop
            and plain
            and not initial
            and (
                following.text[:1].isupper()
                or following.text[:1] in '(“"['
                or bold
                or following.text[:1].isdigit()
            )
        ):
            return index + 1 if index > start or len(word.text) > 4 else 0
        if numbered and index > 12 and not _distinct(words[start], body):
            return 0  # a numbered sentence, not a heading
        if stop and word.text.endswith(".") and not initial and following.text[:1].isupper():
            return 0
    return 0


def _part(line: Line, words: list[Word]) -> Line:
    return Line(line.page, words, turns=line.turns, tags=set(line.tags), reach=line.reach).settle()


def split_run_ins(blocks: Sequence[Block], body: BodyStyle) -> list[Block]:
    """Blocks with run-in headings as blocks of their own."""
    out: list[Block] = []
    for block in blocks:
        if block.kind != "text" or abs(block.lines[0].size - body.size) > 1.0:
            out.append(block)
            continue
        words = [word for line in block.lines[:4] for word in line.words]
        length = _heading_length(words, body)
        text = " ".join(word.text for word in words[:length])
        _, title = split_number(text)
        if (
            not length
            or not title[:1].isupper()
            or _STATEMENT.match(title)
            or re.search(r"[_=@]|\((?:Fig|Table)", title)
            or sum(c.isalpha() for c in title) < 4
        ):
            out.append(block)
            continue
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
        if not rest:
            out.append(block)
            continue
        out.append(Block("heading", head, block.flow, run_in=True))
        out.append(Block("text", rest, block.flow))
    return out
