"""Which letters a PDF shows where its fonts do not name them, and whether its text can be trusted.

Each glyph without a character keeps a sign of its own in the words (a hole). Of the ligatures that could fill it, the
one is taken that makes a word; where several do, the commoner word and what the glyph stands for elsewhere decide.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.frame import patterns
from podcast_dspy.documents.pdf.characters import HOLE
from podcast_dspy.documents.pdf.lines import Line, Word, line_text
from podcast_dspy.text.words import frequency

__all__ = ["SPACE", "Holes", "doubts_about", "fill_holes", "readable_share", "unreadable"]

LIGATURES = {
    **dict.fromkeys(("fi", "fl", "ff", "ffi", "ffl"), 0.0),
    **dict.fromkeys(("ti", "tt", "tti", "ft", "Th", "fj", "ct", "st", "tf"), 3.0),
}
"""Those of text fonts, and what the rarer ones must be ahead of the others."""

SAME = 4.0
"""What a glyph's letters in other words count, where it had the same in nearly all of them."""

SPACE = chr(HOLE + 32)
"""A glyph that calls itself a space and is none."""

_SIGNS = rf"\uFFFD\uE000-\uF8FF\u0180-\u024F{chr(HOLE)}-{SPACE}"
"""No character, one for private use, or one that no English word has: what fonts give for letters they do not name."""

_HOLE = re.compile(f"[{_SIGNS}]")
_TOKEN = re.compile(rf"(?:[^\W\d_]|[{_SIGNS}])+")
_NAMELESS = re.compile(rf"[\uFFFD\uE000-\uF8FF{chr(HOLE)}-{SPACE}]")
CLEAR = 2.0
"""How much commoner a word must be than the next, for others to learn from it."""

KNOWN = 2.0
"""Zipf frequency from which a filled word counts as one."""

_Key = tuple[str, str]
"""A font, and the sign of one of its glyphs."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_ALPHABETIC = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u052f]")
"""Scripts that part their words by spaces, whose words can be looked up."""

LANGUAGES = patterns("languages")
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


@dataclass
class Holes:
    """What a document lacks: words, those that had holes and got no certain letters; characters, those without name."""

    words: int = 0
    unsure: int = 0
    characters: int = 0
    signs: int = 0
    spaces: int = 0
    """Glyphs that call themselves spaces; at the start of a word they cannot be told from one."""


def fill_holes(lines: Sequence[Line], language: str = "en") -> Holes:
    """Put letters into the holes of all words; signs that are no part of a word are removed."""
    holes = Holes(
        words=sum(len(line.words) for line in lines), characters=sum(len(line.text) for line in lines)
    )
    # Digraphs of other languages stand in the same rows of Unicode; only words that make no sense are looked at.
    touched = [line for line in lines if _HOLE.search(line.text)]
    if not touched:
        return holes
    tokens: Counter[tuple[str, str]] = Counter()
    for line in touched:
        holes.signs += len(_NAMELESS.findall(line.text))
        holes.spaces += line.text.count(SPACE)
        for word in line.words:
            if not word.math:
                tokens.update((word.font, token) for token in _holed(word.text))
    letters: dict[_Key, Counter[str]] = defaultdict(Counter)
    filled: dict[tuple[str, str], str] = {}
    for known in (False, True):  # what the clear cases teach decides the others
        for (font, token), count in tokens.items():
            best = _best(font, token, letters, language)
            if best is None:
                continue
            filled[font, token], ligatures, clear = best
            if clear and not known:
                for sign, ligature in zip(_HOLE.findall(token), ligatures, strict=True):
                    letters[font, sign][ligature] += count
    foreign = _foreign(tokens, filled)
    for (font, token), count in tokens.items():
        sure = (font, token) in filled
        if any((font, sign) in foreign for sign in _HOLE.findall(token)):
            filled[font, token] = token
            continue
        if not sure:
            holes.unsure += count
            usual = [_usual(letters[font, sign]) for sign in _HOLE.findall(token)]
            filled[font, token] = _filled(token, usual)
    for line in touched:
        _rewrite(line, filled)
    return holes


def _foreign(tokens: Counter[tuple[str, str]], filled: dict[tuple[str, str], str]) -> set[_Key]:
    """The named signs that are letters of another language: those that ligatures seldom make words of."""
    found: Counter[_Key] = Counter()
    failed: Counter[_Key] = Counter()
    for font, token in tokens:
        for sign in _HOLE.findall(token):
            (found if (font, token) in filled else failed)[font, sign] += 1
    return {
        key
        for key in {*found, *failed}
        if not _NAMELESS.match(key[1]) and found[key] < max(3, 4 * failed[key])
    }


def _holed(text: str) -> Iterator[str]:
    """The tokens of a word that have both letters and holes."""
    for token in _TOKEN.findall(text):
        if _HOLE.search(token) and _HOLE.sub("", token):
            yield token


def _best(
    font: str, token: str, letters: dict[_Key, Counter[str]], language: str
) -> tuple[str, tuple[str, ...], bool] | None:
    """The likeliest word of a token, its ligatures, and whether no other is near; None if nothing makes a word."""
    signs = _HOLE.findall(token)
    bare: list[float] = []
    found: list[tuple[float, str, tuple[str, ...]]] = []
    for choice in product(LIGATURES, repeat=len(signs)) if len(signs) < 3 else ():
        word = _filled(token, choice)
        common = frequency(word.lower(), language)
        if common < KNOWN or "fff" in word.lower():
            continue
        bare.append(common)
        for sign, ligature in zip(signs, choice, strict=True):
            seen = letters[font, sign]
            same = seen.total() > 2 and seen[ligature] > 0.9 * seen.total()
            common += SAME * same - LIGATURES[ligature]
        found.append((common, word, choice))
    if not found:
        return None
    _, word, choice = max(found)
    bare.sort()
    return word, choice, frequency(word.lower(), language) - (bare[-2] if len(bare) > 1 else 0.0) > CLEAR


def _filled(token: str, ligatures: Sequence[str]) -> str:
    rest = iter(ligatures)
    return _HOLE.sub(lambda _: next(rest), token)


def _usual(seen: Counter[str]) -> str:
    """What a glyph mostly stands for."""
    return seen.most_common(1)[0][0] if seen else ""


def _rewrite(line: Line, filled: dict[tuple[str, str], str]) -> None:
    words: list[Word] = []
    for word in line.words:
        tokens = _TOKEN.findall(word.text)
        rest = _TOKEN.split(word.text)
        text = rest[0]
        for token, after in zip(tokens, rest[1:], strict=True):
            text += filled.get((word.font, token), token) + after
        text = _NAMELESS.sub("", text)
        if text:
            word.text = text
            words.append(word)
    line.words = words
    if words:
        line.settle()
    else:
        line.text = ""


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
    lost = holes.unsure / max(1, holes.words)
    better = "get the paper from its publisher, or print it to a new PDF."
    found = {
        "holes-in-words": lost > 0.002 and min(1.0, 10 * lost),
        "letters-lost": holes.spaces > 2 and 0.6,
        "pages-without-text": unread > 0 and min(1.0, unread / pages),
        "recognised-text": recognised > 0 and 0.2,
    }
    said = {
        "holes-in-words": f"{holes.unsure} of {holes.words} words have letters that the PDF's fonts do not name and no "
        f"word list knew; {better}",
        "letters-lost": f"{holes.spaces} ligatures (fi, fl, ff) call themselves spaces in this PDF, and those that "
        f"begin words are lost; {better}",
        "pages-without-text": f"{unread} of {pages} pages show a picture and no text, and were not read; give a PDF "
        "with a text layer.",
        "recognised-text": f"The words of {recognised} of {pages} pages were recognised from their pictures, so that "
        "names and numbers may be wrong; prefer the paper as published.",
    }
    return tuple(
        Doubt(kind=kind, severity=grave, message=said[kind]) for kind, grave in found.items() if grave
    )
