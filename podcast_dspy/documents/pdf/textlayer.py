"""Whether a PDF's text layer can be trusted: letters that its fonts do not name are found, scans are recognised.

Each glyph without a character keeps a sign of its own in the words (a hole). Of the ligatures that could fill it, the
one is taken that makes a word; where several do, the commoner word and what the glyph stands for elsewhere decide.

A document counts as scanned when at least half of its pages show a picture and hardly any text; those pages are then
recognised with Tesseract, where it is installed, and the others stay as they were read.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path
from typing import Any

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.pdf.characters import HOLE
from podcast_dspy.documents.pdf.lines import Line, Word, line_text
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.pdf.worker import Picture, Worker
from podcast_dspy.documents.vocabulary import patterns
from podcast_dspy.errors import DocumentError
from podcast_dspy.models import cpu_threads
from podcast_dspy.text.words import frequency

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

DPI = 200
SECONDS_PER_PAGE = 120
MOST_PIXELS = 25_000_000
_X_HEIGHT, _ASCENDER, _STROKE, _DESCENDER = 0.45, 0.22, 0.11, 0.22
"""Parts of the type size: of small letters, and what tall letters, a t, and letters below the line add."""

BOLD = 1.25
"""Ink over that of the body from which a line counts as bold."""

_HIGH = frozenset("bdfhklij\"'()/!?&")
_LOW = frozenset("gjpqy,;()Q")
IMAGES = "holds only images of pages"
"""Why a document is recognised, as a message says it."""


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
            filled[font, token] = _filled(token, [""] * len(_HOLE.findall(token)))
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


def _rewrite(line: Line, filled: dict[tuple[str, str], str]) -> None:
    def letters(token: re.Match[str]) -> str:
        return filled.get((word.font, token[0]), token[0])

    for word in line.words:
        word.text = _NAMELESS.sub("", _TOKEN.sub(letters, word.text))
    line.words = [word for word in line.words if word.text]
    if line.words:
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
    found = (
        ("holes-in-words", min(1.0, 10 * lost) * (lost > 0.002),
         f"{holes.unsure} of {holes.words} words have letters that the PDF's fonts do not name and no word list knew; "
         f"{better}"),
        ("letters-lost", 0.6 * (holes.spaces > 2),
         f"{holes.spaces} ligatures (fi, fl, ff) call themselves spaces in this PDF, and those that begin words are "
         f"lost; {better}"),
        ("pages-without-text", min(1.0, unread / pages),
         f"{unread} of {pages} pages show a picture and no text, and were not read; give a PDF with a text layer."),
        ("recognised-text", 0.2 * (recognised > 0),
         f"The words of {recognised} of {pages} pages were recognised from their pictures, so that names and numbers "
         "may be wrong; prefer the paper as published."),
    )  # fmt: skip
    return tuple(Doubt(kind=kind, severity=grave, message=said) for kind, grave, said in found if grave)


def recognise_scans(source: Worker, pages: list[Page], why: str = IMAGES) -> int:
    """Put the recognised lines into the scanned pages of a scanned document; returns how many were recognised.

    Raises DocumentError when Tesseract is not installed or fails, or when the document ends up without any text.
    """
    scans = [page for page in pages if page.scanned]
    text = sum(len(line.text) for page in pages for line in page.lines)
    recognised = 0
    if scans and (2 * len(scans) >= len(pages) or text < 20 * min(len(pages), 5)):
        program = shutil.which("tesseract")
        if program is None:
            raise DocumentError(
                f"{source.shown} {why}; install the text recogniser with `apt-get install tesseract-ocr`, or give a "
                "PDF with a text layer."
            )
        inks: dict[int, float] = {}
        for read in scans:
            read.lines, ink = ocr_lines(program, source, read.number)
            inks.update(zip(map(id, read.lines), ink, strict=True))
            # The picture of the whole page is no figure.
            read.graphics = [g for g in read.graphics if g.area < 0.6 * read.width * read.height]
        _even_out(scans, inks)
        recognised = len(scans)
    if not any(page.lines for page in pages):
        found = "images in which no text was recognised" if scans else "drawings and no text"
        raise DocumentError(f"{source.shown} holds only {found}; give a PDF with a text layer.")
    return recognised


def ocr_lines(program: str, source: Worker, number: int) -> tuple[list[Line], list[float]]:
    """Recognised lines of one page, in points, and how much ink each has. Raises DocumentError when Tesseract fails
    or takes too long."""
    from PIL import Image

    with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
        path = Path(folder) / "page.png"
        try:
            (scale,) = source.render(number, [Picture(path, dpi=DPI, most_pixels=MOST_PIXELS, grey=True)])
            done = subprocess.run(
                [program, path, "stdout", "--dpi", str(DPI), "tsv"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS_PER_PAGE,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": str(cpu_threads())},
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise DocumentError(
                f"Tesseract could not read page {number} of {source.shown} ({type(error).__name__}); "
                "check `tesseract --version`, or give a PDF with a text layer."
            ) from error
        picture = Image.open(path)
        picture.load()
    lines = parse_tsv(done.stdout.decode("utf-8", "replace"), number, scale)
    return lines, [_ink(line, picture, scale) for line in lines]


def _ink(line: Line, picture: Any, scale: float) -> float:
    """Dark pixels of a line over the width of its words times the size of its type: what tells bold from regular."""
    dark = width = 0.0
    for word in line.words:
        box = [round(v * scale) for v in (word.x0, line.y0, word.x1, line.y1)]
        if box[2] > box[0] and box[3] > box[1]:
            levels = picture.crop(box).histogram()
            dark += sum(levels[:128])
            width += box[2] - box[0]
    return dark / (width * scale * line.size) if width else 0.0


def parse_tsv(tsv: str, number: int, scale: float) -> list[Line]:
    """Lines from Tesseract's TSV output; `scale` is pixels per point."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") == "5" and (row.get("text") or "").strip() and float(row["conf"]) >= 30:
            groups.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
    return [_line(rows, number, scale) for rows in groups.values()]


def _line(rows: list[dict[str, str]], number: int, scale: float) -> Line:
    """A line with the size of its type, which follows from how high words with such letters are."""
    sizes: list[tuple[float, int]] = []
    bottoms: list[float] = []
    words: list[Word] = []
    for row in rows:
        text = row["text"].strip()
        left, top, width, height = (float(row[name]) / scale for name in ("left", "top", "width", "height"))
        low = _DESCENDER if set(text) & _LOW else 0.0
        high = any(ch in _HIGH or ch.isupper() or ch.isdigit() for ch in text)
        size = height / (_X_HEIGHT + low + (_ASCENDER if high else _STROKE if "t" in text else 0.0))
        if any(ch.isalnum() for ch in text) or not sizes:
            sizes.append((size, len(text)))
            bottoms.append(top + height - low * size)
        words.append(Word(text, left, left + width, 0.0, 0.0, False, False, False))
    for word in words:
        word.size = max(4.0, round(_weighted_median(sizes), 1))
        word.baseline = sorted(bottoms)[len(bottoms) // 2]
    return Line(number, words).settle()


def _weighted_median(values: list[tuple[float, int]]) -> float:
    ordered = sorted(values)
    passed = list(accumulate(weight for _, weight in ordered))
    return ordered[bisect_left(passed, passed[-1] / 2)][0]


def _even_out(scans: list[Page], inks: dict[int, float]) -> None:
    """Give lines that differ from the body only by the noise of the recognition the size of the body, others whole
    points; and call bold what has far more ink than the body."""
    lines = [line for page in scans for line in page.lines]
    if not lines:
        return
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(2 * line.size) / 2] += len(line.text)
    body = max(weights, key=lambda size: sum(n for other, n in weights.items() if abs(other - size) <= 0.5))
    like = [line for line in lines if abs(line.size - body) <= 0.14 * body]
    usual = _weighted_median([(inks[id(line)], len(line.text)) for line in like])
    for line in lines:
        heavy = inks[id(line)] > BOLD * usual and sum(ch.isalpha() for ch in line.text) > 3
        size = body if abs(line.size - body) <= 0.14 * body else float(round(line.size))
        for word in line.words:
            word.size, word.bold = size, heavy
        line.settle()
