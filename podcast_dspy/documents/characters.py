"""Reads the characters of a page with their place, size, weight and slant, and groups them into line pieces.

A piece is a run of words that the PDF draws one after the other on one baseline. Coordinates are points on the
page as displayed (rotation applied), origin top left.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Glyphs", "Line", "Word", "display_matrix", "page_size", "read_lines"]

MAX_CHARACTERS = 60_000
"""Characters read per page; a dense page of a journal has 8,000."""

_BOLD = re.compile(r"bold|black|heavy|semibold|demi|medi(?!um)|cmbx|[-,.]b(?:$|[^a-z])|\.b\+|ptmb|sfbx", re.I)
_ITALIC = re.compile(
    r"ital|obli|cmti|cmsl|[-,.]i(?:$|[^a-z])|slanted|\.i\+|\.bi\+|ptmri|ptmbi|medi?ita", re.I
)
_MATH = re.compile(
    r"cmsy|cmmi|cmex|msbm|msam|math|symbol|mtsy|mtmi|stix|eufm|rsfs|mtpro|txsy|txmi|wasy", re.I
)

_SPACES = frozenset((0x20, 0xA0, 0x09, 0x0A, 0x0D, 0x2002, 0x2003, 0x2009, 0x200A, 0x202F, 0x3000))
_DROPPED = frozenset((0xFEFF, 0x200B, 0x200C, 0x200D, 0xFFFE, 0xFFFF, 0xFFFD))


@dataclass(slots=True)
class Glyphs:
    """Font of a run of characters."""

    name: str
    bold: bool
    italic: bool
    math: bool


@dataclass(slots=True)
class Word:
    """Characters without a space between them; `raised` is +1 for a superscript, -1 for a subscript."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    bold: bool
    italic: bool
    math: bool
    raised: int = 0
    glued: bool = False
    """No space separates it from the word before."""


@dataclass(slots=True)
class Line:
    """Words on one baseline of one column."""

    page: int
    words: list[Word]
    x0: float = 0.0
    x1: float = 0.0
    y0: float = 0.0
    y1: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    math: float = 0.0
    """Share of its characters that are set in a font for mathematics."""
    text: str = ""
    turns: int = 0
    tags: set[str] = field(default_factory=set)

    def settle(self) -> Line:
        """Work out box, size, weight and text from the words."""
        words = self.words
        weights: dict[float, int] = {}
        bold = italic = math_chars = total = 0
        for word in words:
            n = len(word.text)
            total += n
            weights[round(word.size, 1)] = weights.get(round(word.size, 1), 0) + n
            bold += n * word.bold
            italic += n * word.italic
            math_chars += n * word.math
        self.size = max(weights, key=lambda s: (weights[s], s))
        main = [w for w in words if abs(w.size - self.size) < 0.11] or words
        baselines = sorted(w.baseline for w in main)
        self.baseline = baselines[len(baselines) // 2]
        for word in words:
            if word.size < 0.88 * self.size:
                shift = (self.baseline - word.baseline) / self.size
                word.raised = 1 if shift > 0.12 else (-1 if shift < -0.06 else 0)
        self.x0 = min(w.x0 for w in words)
        self.x1 = max(w.x1 for w in words)
        self.y0 = self.baseline - 0.76 * self.size
        self.y1 = self.baseline + 0.22 * self.size
        self.bold = bold > 0.6 * total
        self.italic = italic > 0.6 * total
        self.math = math_chars / max(total, 1)
        self.text = "".join(
            (("" if word.glued or k == 0 else " ") + word.text) for k, word in enumerate(words)
        )
        return self

    @property
    def width(self) -> float:
        """Points from left to right."""
        return self.x1 - self.x0


def page_size(page: Any) -> tuple[float, float]:
    """Width and height in points, as displayed."""
    width, height = page.get_size()
    return float(width), float(height)


def display_matrix(page: Any) -> tuple[float, float, float, float, float, float]:
    """Matrix from PDF user space to the displayed page, origin top left, y down."""
    rotation = page.get_rotation() % 360
    left, bottom, right, top = page.get_cropbox()
    if rotation == 90:
        return 0.0, 1.0, 1.0, 0.0, -bottom, -left
    if rotation == 180:
        return -1.0, 0.0, 0.0, 1.0, right, -bottom
    if rotation == 270:
        return 0.0, -1.0, -1.0, 0.0, top, right
    return 1.0, 0.0, 0.0, -1.0, -left, top


def _font_of(raw: Any, obj: Any, cache: dict[int, Glyphs]) -> Glyphs:
    font = raw.FPDFTextObj_GetFont(obj)
    key = ctypes.addressof(font.contents) if font else 0
    known = cache.get(key)
    if known is not None:
        return known
    name = ""
    weight = 0
    flags = 0
    if font:
        length = raw.FPDFFont_GetBaseFontName(font, None, 0)
        if 0 < length < 1024:
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFFont_GetBaseFontName(font, buffer, length)
            name = buffer.value.decode("utf-8", "replace")
        weight = raw.FPDFFont_GetWeight(font)
        flags = raw.FPDFFont_GetFlags(font)
    short = name.split("+", 1)[-1]
    glyphs = Glyphs(
        name=short,
        bold=bool(_BOLD.search(name)) or weight >= 600 or bool(flags > 0 and flags & (1 << 18)),
        italic=bool(_ITALIC.search(name)) or bool(flags > 0 and flags & (1 << 6)),
        math=bool(_MATH.search(short))
        and not re.search(r"roman|text|stixgeneral-(reg|bol|ita)", short, re.I),
    )
    cache[key] = glyphs
    return glyphs


def _characters(page: Any) -> list[tuple[int, float, float, float, float, Glyphs, int, bool]]:
    """(code, x0, x1, baseline, size, font, quarter turns, space before) for each visible character."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    out: list[tuple[int, float, float, float, float, Glyphs, int, bool]] = []
    try:
        handle = textpage.raw
        count = min(raw.FPDFText_CountChars(handle), MAX_CHARACTERS)
        a, b, c, d, e, f = display_matrix(page)
        box = raw.FS_RECTF()
        matrix = raw.FS_MATRIX()
        x, y = ctypes.c_double(), ctypes.c_double()
        box_ref, matrix_ref, x_ref, y_ref = map(ctypes.byref, (box, matrix, x, y))
        fonts: dict[int, Glyphs] = {}
        last_object = -1
        glyphs = Glyphs("", False, False, False)
        size, turns = 10.0, 0
        space = False
        high_surrogate = 0
        get_code, get_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
        get_origin, get_object = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetTextObject
        for index in range(count):
            code = get_code(handle, index)
            if code in _SPACES:
                space = True
                continue
            if code == 2 or code == 0xAD:
                code = 0x2D  # pdfium writes 2 for a hyphen at the end of a line
            if 0xD800 <= code < 0xDC00:
                high_surrogate = code
                continue
            if 0xDC00 <= code < 0xE000:
                if not high_surrogate:
                    continue
                code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00)
            high_surrogate = 0
            if code < 32 or code in _DROPPED:
                continue
            if not get_box(handle, index, box_ref) or not get_origin(handle, index, x_ref, y_ref):
                continue
            obj = get_object(handle, index)
            address = ctypes.addressof(obj.contents) if obj else 0
            if address != last_object:
                last_object = address
                if obj:
                    glyphs = _font_of(raw, obj, fonts)
                if raw.FPDFText_GetMatrix(handle, index, matrix_ref):
                    own = ctypes.c_float()
                    scale = 1.0
                    if obj and raw.FPDFTextObj_GetFontSize(obj, own):
                        scale = own.value
                    ux, uy = matrix.a * a + matrix.b * c, matrix.a * b + matrix.b * d
                    vx, vy = matrix.c * a + matrix.d * c, matrix.c * b + matrix.d * d
                    size = abs(scale) * math.hypot(vx, vy)
                    turns = round(math.atan2(uy, ux) / (math.pi / 2)) % 4
            px, py = x.value * a + y.value * c + e, x.value * b + y.value * d + f
            bx0, by0 = box.left * a + box.top * c + e, box.left * b + box.top * d + f
            bx1, by1 = box.right * a + box.bottom * c + e, box.right * b + box.bottom * d + f
            if not all(map(math.isfinite, (px, py, bx0, by0, bx1, by1, size))) or not 0.5 < size < 500:
                continue
            if turns == 0:
                low, high, base = min(bx0, bx1), max(bx0, bx1), py
            elif turns == 1:  # reads downwards
                low, high, base = min(by0, by1), max(by0, by1), -px
            elif turns == 3:  # reads upwards
                low, high, base = -max(by0, by1), -min(by0, by1), px
            else:
                low, high, base = -max(bx0, bx1), -min(bx0, bx1), -py
            out.append((code, low, high, base, size, glyphs, turns, space))
            space = False
    finally:
        textpage.close()
    return out


def read_lines(page: Any, number: int) -> tuple[list[Line], list[Line]]:
    """The pieces of lines of a page (upright ones, sideways ones), in the order in which the PDF draws them.

    Sideways pieces have coordinates in their own turned frame; only their text is meant to be used.
    """
    upright: list[Line] = []
    sideways: list[Line] = []
    words: list[Word] = []
    buffer: list[str] = []
    first: tuple[int, float, float, float, float, Glyphs, int, bool] | None = None
    previous: tuple[int, float, float, float, float, Glyphs, int, bool] | None = None
    glued = False

    def end_word() -> None:
        nonlocal first
        if buffer and first is not None and previous is not None:
            font = first[5]
            words.append(
                Word(
                    "".join(buffer), first[1], previous[2], first[3], first[4],
                    font.bold, font.italic, font.math, 0, glued,
                )
            )  # fmt: skip
        buffer.clear()
        first = None

    def end_line() -> None:
        nonlocal words
        end_word()
        if words:
            (sideways if turned else upright).append(Line(number, words, turns=turned).settle())
        words = []

    turned = 0
    for character in _characters(page):
        code, x0, x1, base, size, font, turns, space = character
        if previous is not None:
            gap = x0 - previous[2]
            small, big = sorted((size, previous[4]))
            drop = abs(base - previous[3])
            broken = (
                turns != turned
                or drop > (0.62 * big if small < 0.88 * big else 0.35 * big)
                or gap > 1.0 * big
                # The letters of a ligature share one box, so x0 stands still: that is no jump back.
                or (gap < -0.9 * big - 0.5 and x0 < previous[1] - 0.3)
            )
            if broken:
                end_line()
                glued = False
            elif space or gap > 0.24 * big:
                end_word()
                glued = False
            elif first is not None and (
                (font is not first[5]
                and (font.bold, font.italic, font.math) != (first[5].bold, first[5].italic, first[5].math))
                or abs(size - first[4]) > 0.12 * size
                or abs(base - first[3]) > 0.1 * size
            ):
                end_word()
                glued = True
        turned = turns
        if first is None:
            first = character
        buffer.append(chr(code))
        previous = character
    end_line()
    return upright, sideways
