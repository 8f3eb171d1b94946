"""Groups the characters of a page into words and line pieces.

A piece is a run of words that the PDF draws one after the other on one baseline.
"""

from __future__ import annotations

from typing import Any

from podcast_dspy.documents.capitals import LARGE
from podcast_dspy.documents.characters import Run, read_characters
from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.grounds import Grounds
from podcast_dspy.documents.line import Line, Word

__all__ = ["read_lines"]

_SUPERSCRIPTS = {ord(high): ord(low) for high, low in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
_BETWEEN = frozenset(map(ord, ",;–-"))


def read_lines(
    page: Any, number: int, clips: dict[int, BBox], grounds: Grounds
) -> tuple[list[Line], list[Line]]:
    """The pieces of lines of a page (upright ones, sideways ones), in the order in which the PDF draws them.

    `clips` gives, for the address of a text object, the box outside which its characters cannot be seen. Sideways
    pieces have coordinates in their own turned frame.
    """
    upright: list[Line] = []
    sideways: list[Line] = []
    words: list[Word] = []
    buffer: list[str] = []
    start = 0.0
    first: Run | None = None
    glued = False

    def end_word(end: float) -> None:
        nonlocal first
        if first is not None:
            font = first.glyphs
            words.append(
                Word(
                    "".join(buffer), start, end, first.baseline, first.size, font.bold, font.italic, font.math,
                    int(high), glued, font.name,
                )
            )  # fmt: skip
        buffer.clear()
        first = None

    def end_line(end: float, turned: int) -> None:
        nonlocal words
        end_word(end)
        if words:
            (sideways if turned else upright).append(Line(number, words, turns=turned).settle())
        words = []

    last: Run | None = None
    last_start = last_end = 0.0
    high = False
    characters = read_characters(page, clips, grounds)
    for index, (code, x0, x1, run, space) in enumerate(characters):
        if high or code > 0xB0:
            raised = _SUPERSCRIPTS.get(code)
            if raised is not None:
                code = raised
            elif high and code in _BETWEEN and index + 1 < len(characters):
                raised = code if characters[index + 1][0] in _SUPERSCRIPTS else None
            if (raised is not None) != high and first is not None:
                end_word(last_end)
                glued = not space
            high = raised is not None
        if last is not None:
            gap = x0 - last_end
            if first is not None and run is last and not space and -0.9 * run.size < gap <= 0.24 * run.size:
                buffer.append(chr(code))  # the common case
                last_start, last_end = x0, x1
                continue
            big, small = max(run.size, last.size), min(run.size, last.size)
            drop = abs(run.baseline - last.baseline)
            # Indices are smaller than their letter; what is far smaller stands beside a drop capital.
            limit = 0.62 * big if 0.6 * big < small < 0.88 * big else 0.35 * small
            # The letters of a ligature share one box: when x0 stands still, that is no jump back.
            back = gap < -0.9 * big - 0.5 and x0 < last_start - 0.3
            alien = small < 0.7 * big and gap > 0.25 * big and space
            # The line beside the foot of a drop capital has its baseline, and is no part of its word.
            initial = LARGE * run.size <= last.size and not words and len(buffer) == 1 and buffer[0].isupper()
            if run.turns != last.turns or drop > limit or gap > 1.0 * big or back or alien or initial:
                end_line(last_end, last.turns)
                glued = False
            elif space or gap > 0.24 * big:
                end_word(last_end)
                glued = False
            elif first is not None and run is not first:
                one, two = run.glyphs, first.glyphs
                if (
                    (one.bold, one.italic, one.math) != (two.bold, two.italic, two.math)
                    or abs(run.size - first.size) > 0.12 * run.size
                    or abs(run.baseline - first.baseline) > 0.1 * run.size
                ):
                    end_word(last_end)
                    glued = True
        if first is None:
            first, start = run, x0
        buffer.append(chr(code))
        last, last_start, last_end = run, x0, x1
    if last is not None:
        end_line(last_end, last.turns)
    return upright, sideways
