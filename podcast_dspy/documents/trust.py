"""Judges whether the text of a PDF can be trusted: whether its letters make words, and whether all pages have text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.ligatures import Holes
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.words import line_text
from podcast_dspy.text.words import frequency

__all__ = ["doubts_about", "readable_share", "unreadable"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_ALPHABETIC = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u052f]")
"""Scripts that part their words by spaces, whose words can be looked up."""

LANGUAGES = (
    "en de fr es it pt nl pl ru sv da nb fi cs hu ro tr vi id uk el bg ca sh sk sl lt lv is mk fil".split()
)
"""Languages of such scripts that have a word list, the likeliest first."""

SAMPLE = 400
"""Lines looked at."""

LEAST_LETTERS = 1000
"""Characters from which the share of known words says something."""

UNREADABLE = 0.3
"""Share of characters in known words below which text is no language; papers full of formulas have 0.5."""

LOST = 0.1
"""Share of words with unknown letters from which the text is not worth reading."""

NAMELESS = 0.3
"""Share of glyphs without a character from which the font does not say what it draws."""


def readable_share(lines: Sequence[Line], language: str = "en") -> float:
    """Share of the characters, spaces aside, that stand in words of a language; 1 where that cannot be measured."""
    texts = [line_text(line) for line in lines[:: max(1, len(lines) // SAMPLE)]]
    total = sum(len(text) - text.count(" ") for text in texts)
    letters = sum(ch.isalpha() for text in texts for ch in text)
    if total < LEAST_LETTERS or sum(len(_ALPHABETIC.findall(text)) for text in texts) < 0.5 * letters:
        return 1.0
    words = [word.lower() for text in texts for word in _WORD.findall(text)]
    return sum(len(word) for word in words if frequency(word, language) > 0) / total


def unreadable(lines: Sequence[Line], holes: Holes) -> bool:
    """Whether the letters that a document gives are not those that it shows."""
    if holes.signs > NAMELESS * max(1, holes.characters) or holes.unsure > LOST * max(1, holes.words):
        return True
    return all(readable_share(lines, language) < UNREADABLE for language in LANGUAGES)


def doubts_about(holes: Holes, pages: int, recognised: int, unread: int) -> tuple[Doubt, ...]:
    """What a user should know about the text: words without some of their letters, pages read from pictures or not."""
    doubts: list[Doubt] = []
    lost = holes.unsure / max(1, holes.words)
    if lost > 0.002:
        doubts.append(
            Doubt(
                kind="holes-in-words",
                severity=min(1.0, 10 * lost),
                message=(
                    f"{holes.unsure} of {holes.words} words have letters that the PDF's fonts do not name and no word "
                    "list knew; get the paper from its publisher, or print it to a new PDF."
                ),
            )
        )
    if holes.spaces > 2:
        doubts.append(
            Doubt(
                kind="letters-lost",
                severity=0.6,
                message=(
                    f"{holes.spaces} ligatures (fi, fl, ff) call themselves spaces in this PDF, and those that begin "
                    "words are lost; get the paper from its publisher, or print it to a new PDF."
                ),
            )
        )
    if unread:
        doubts.append(
            Doubt(
                kind="pages-without-text",
                severity=min(1.0, unread / pages),
                message=(
                    f"{unread} of {pages} pages show a picture and no text, and were not read; give a PDF with a text "
                    "layer."
                ),
            )
        )
    if recognised:
        doubts.append(
            Doubt(
                kind="recognised-text",
                severity=0.2,
                message=(
                    f"The words of {recognised} of {pages} pages were recognised from their pictures, so that names "
                    "and numbers may be wrong; prefer the paper as published."
                ),
            )
        )
    return tuple(doubts)
