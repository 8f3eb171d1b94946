"""Puts drop capitals and small capitals back into their words, spelled as they are said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from podcast_dspy.documents.line import Line, Word
from podcast_dspy.text.words import frequency

__all__ = ["join_drop_capitals", "join_small_capitals"]

LARGE = 1.6
"""Size of a drop capital in parts of the size of its text; the smallest stand beside two lines."""

NEAR = 0.6
"""Room between a drop capital and the text, in parts of its size: an I has much where all have the same indent."""


def join_drop_capitals(pieces: Sequence[Line]) -> list[Line]:
    """The pieces, each large first letter of a text joined to the first of the lines that stand beside it."""
    joined: set[int] = set()
    for initial in pieces:
        letter = initial.text.strip("\"'“”‘’« ")
        if len(letter) != 1 or not letter.isupper():
            continue
        top = initial.baseline - 0.75 * initial.size
        beside = [
            piece
            for piece in pieces
            if piece is not initial
            and LARGE * piece.size <= initial.size
            and -0.3 * piece.size < piece.x0 - initial.x1 < max(1.2 * piece.size, NEAR * initial.size)
            and top < piece.baseline < initial.baseline + 0.4 * piece.size
        ]
        if not beside:
            continue
        first = min(beside, key=lambda piece: piece.baseline)
        if first.baseline > initial.baseline - 0.5 * first.size or len(first.text) < 15:
            continue
        joined.add(id(initial))
        _begin(first, letter)
        for piece in beside:
            piece.words[0].x0 = initial.x0  # the text goes around the letter, it is not indented
            piece.settle()
    return [piece for piece in pieces if id(piece) not in joined]


def _begin(line: Line, letter: str) -> None:
    """Put a letter before the first word of a line; A, I and O may be words of their own."""
    words = list(line.words)
    rest = words[0].text
    bare = rest.lower().strip(".,;:")
    apart = letter in "AIO" and frequency(bare) > max(2.0, frequency(letter.lower() + bare))
    # What follows the letter is often set in capitals, for a word or for all of the line.
    for word in words:
        if not word.text.isupper():
            break
        word.text = word.text.lower()
    if apart:
        first = words[0]
        words.insert(
            0, Word(letter, first.x0, first.x0, first.baseline, first.size, first.bold, first.italic, False)
        )
    else:
        words[0].text = letter + words[0].text
    line.words = words


def join_small_capitals(line: Line) -> Line:
    """The line, capitals of a smaller size that go on a word written as small letters."""
    words = list(line.words)
    small = next((after.size for word, after in pairwise(words) if _goes_on(word, after)), None)
    if small is None:
        return line
    out: list[Word] = []
    large = max(word.size for word in words)
    for word in words:
        if abs(word.size - small) < 0.05 * small and word.text.isupper():
            word.text = word.text.lower()
            word.size = large
            if word.glued and out and out[-1].size == large:
                out[-1].text += word.text
                out[-1].x1 = word.x1
                continue
        out.append(word)
    line.words = out
    return line.settle()


def _goes_on(word: Word, after: Word) -> bool:
    """Whether a word of capitals goes on in smaller capitals on the same baseline."""
    return (
        after.glued
        and word.font == after.font
        and 0.62 * word.size < after.size < 0.93 * word.size
        and abs(word.baseline - after.baseline) < 0.04 * word.size
        and word.text[-1:].isupper()
        and after.text.isupper()
    )
