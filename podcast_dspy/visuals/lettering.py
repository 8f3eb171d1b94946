"""Lettering: text set in a box in the largest size that fits, broken into lines, with a font that has its letters."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

Style = Literal["bold", "plain", "serif"]
Colour = tuple[int, int, int]
_FONTS: dict[Style, str] = {
    "bold": "DejaVuSans-Bold.ttf",
    "plain": "DejaVuSans.ttf",
    "serif": "DejaVuSerif.ttf",
}


@cache
def _own(style: Style) -> str:
    # DejaVu comes with matplotlib, which is always installed, so that cards look the same on every machine.
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return str(folder / "mpl-data" / "fonts" / "ttf" / _FONTS[style])


@cache
def _letters(file: str) -> frozenset[int]:
    """Code points that a font file has; none for a file that cannot be read or holds pictures of emoji."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ()) if "glyf" in font or "CFF " in font else frozenset()
    except (OSError, TTLibError, KeyError):
        return frozenset()


@cache
def _file_for(letter: str, style: Style) -> str | None:
    """Font of this machine that has a letter: our own, else the first installed one; None if there is none."""
    own = _own(style)
    if ord(letter) in _letters(own) or letter.isspace():
        return own
    from matplotlib import font_manager

    # A font of last resort has boxes that name the script of a letter, and no letters.
    known = font_manager.fontManager.ttflist
    files = sorted({entry.fname for entry in known if "LastResort" not in entry.fname})
    return next((file for file in files if ord(letter) in _letters(file)), None)


def unwritable(text: str) -> list[str]:
    """Letters of a text that no font of this machine has."""
    return sorted({letter for letter in text if letter.isprintable() and _file_for(letter, "plain") is None})


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(file, size)


def _runs(text: str, style: Style, size: int) -> Iterable[tuple[ImageFont.FreeTypeFont, str]]:
    """The text in pieces of one font each."""
    own = _own(style)
    if text.isascii():
        yield _font(own, size), text
        return
    for file, letters in groupby(text, key=lambda letter: _file_for(letter, style) or own):
        yield _font(file, size), "".join(letters)


def width_of(text: str, style: Style, size: int) -> float:
    """Pixels that a line takes."""
    return sum(font.getlength(piece) for font, piece in _runs(text, style, size))


def line_height(size: int) -> int:
    """Pixels from one line to the next."""
    return round(size * 1.35)


def fitted(
    text: str, style: Style, *, sizes: tuple[int, int], width: int, height: int
) -> tuple[int, list[str]]:
    """The largest size, from the first of `sizes` down to the second, in which the text fits the box, and its lines.

    Words longer than a line are broken; what does not fit in the smallest size ends in an ellipsis.
    """
    largest, smallest = sizes
    step = max(1, (largest - smallest) // 12)
    for size in (*range(largest, smallest, -step), smallest):
        lines = _wrapped(text, style, size, width)
        if len(lines) * line_height(size) <= height:
            return size, lines
    most = max(1, height // line_height(smallest))
    return smallest, [*lines[: most - 1], one_line(f"{lines[most - 1]} …", style, smallest, width)]


def _wrapped(text: str, style: Style, size: int, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split()[:400]:
        longer = f"{lines[-1]} {word}" if lines else word
        if width_of(longer, style, size) <= width:
            lines[-1:] = [longer]
            continue
        while width_of(word, style, size) > width:
            at = _most(word, style, size, width)
            lines.append(word[:at])
            word = word[at:]
        lines.append(word)
    return lines or [""]


def _most(word: str, style: Style, size: int, width: float) -> int:
    """How many letters of a word fit on a line; at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(word[:middle], style, size) <= width else (low, middle - 1)
    return low


def one_line(text: str, style: Style, size: int, width: float) -> str:
    """A line of text, ending in an ellipsis if it had to be shortened to `width` pixels."""
    line = " ".join(text.split())[:400]
    if width_of(line, style, size) <= width:
        return line
    kept = line[: _most(line, style, size, width - width_of("…", style, size))]
    return kept.rstrip(" ,;:…") + "…"


def write(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[str],
    style: Style,
    size: int,
    corner: tuple[float, float],
    colour: Colour,
    *,
    centre: float | None = None,
) -> None:
    """Write lines below each other from a corner; with `centre` each around that x."""
    for number, line in enumerate(lines):
        x = corner[0] if centre is None else centre - width_of(line, style, size) / 2
        for font, piece in _runs(line, style, size):
            draw.text((x, corner[1] + number * line_height(size)), piece, font=font, fill=colour)
            x += font.getlength(piece)
