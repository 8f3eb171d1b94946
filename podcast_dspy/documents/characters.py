"""Reads the characters of a page with their place, size, weight and slant, and groups them into line pieces.

A piece is a run of words that the PDF draws one after the other on one baseline. Coordinates are points on the
page as displayed (rotation applied), origin top left.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.line import Line, Word

__all__ = ["display_matrix", "page_size", "read_lines"]

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


@dataclass(slots=True)
class _Run:
    """What all characters of one text object share."""

    glyphs: Glyphs
    size: float
    turns: int
    baseline: float
    pale: bool
    hidden: bool
    clip: BBox | None


_Character = tuple[int, float, float, _Run, bool]
"""(code, start, end along the reading direction, run, space before)."""


def _run_of(
    raw: Any,
    handle: Any,
    index: int,
    obj: Any,
    fonts: dict[int, Glyphs],
    display: tuple[float, float, float, float, float, float],
    clip: BBox | None,
) -> _Run | None:
    a, b, c, d, e, f = display
    matrix, scale = raw.FS_MATRIX(), ctypes.c_float(1.0)
    x, y = ctypes.c_double(), ctypes.c_double()
    if not raw.FPDFText_GetMatrix(handle, index, matrix) or not raw.FPDFText_GetCharOrigin(
        handle, index, x, y
    ):
        return None
    glyphs = Glyphs("", False, False, False)
    pale = hidden = False
    if obj:
        glyphs = _font_of(raw, obj, fonts)
        raw.FPDFTextObj_GetFontSize(obj, scale)
        hidden = raw.FPDFTextObj_GetTextRenderMode(obj) in (3, 7)
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha):
            pale = min(red.value, green.value, blue.value) > 247 or alpha.value < 6
    ux, uy = matrix.a * a + matrix.b * c, matrix.a * b + matrix.b * d
    vx, vy = matrix.c * a + matrix.d * c, matrix.c * b + matrix.d * d
    size = abs(scale.value) * math.hypot(vx, vy)
    px, py = x.value * a + y.value * c + e, x.value * b + y.value * d + f
    if not (0.5 < size < 500 and abs(px) < 1e5 and abs(py) < 1e5):
        return None
    quarters = math.atan2(uy, ux) / (math.pi / 2)
    if abs(quarters - round(quarters)) > 0.15:
        return None  # slanted text is a watermark or an axis label
    turns = round(quarters) % 4
    # Turned text gets the frame in which it reads from left to right, y growing downwards.
    baseline = (py, -px, -py, px)[turns]
    return _Run(glyphs, size, turns, baseline, pale, hidden, clip)


def _characters(page: Any, clips: dict[int, BBox]) -> list[_Character]:
    """The visible characters of a page in drawing order."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    out: list[_Character] = []
    try:
        handle = textpage.raw
        count = min(raw.FPDFText_CountChars(handle), MAX_CHARACTERS)
        display = display_matrix(page)
        a, b, c, d, e, f = display
        box = raw.FS_RECTF()
        box_ref = ctypes.byref(box)
        fonts: dict[int, Glyphs] = {}
        last_object = -1
        run: _Run | None = None
        space = False
        high_surrogate = 0
        get_code, get_box, get_object = (
            raw.FPDFText_GetUnicode,
            raw.FPDFText_GetLooseCharBox,
            raw.FPDFText_GetTextObject,
        )
        address_of = ctypes.addressof
        for index in range(count):
            code = get_code(handle, index)
            if code in _SPACES:
                space = True
                continue
            if code == 2 or code == 0xAD:
                code = 0x2D  # pdfium writes 2 for a hyphen at the end of a line
            if code >= 0xD800 and code < 0xE000:
                if code < 0xDC00:
                    high_surrogate = code
                    continue
                if not high_surrogate:
                    continue
                code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00)
            high_surrogate = 0
            if code < 32 or code in _DROPPED:
                continue
            obj = get_object(handle, index)
            address = address_of(obj.contents) if obj else 0
            if address != last_object:
                last_object = address
                run = _run_of(raw, handle, index, obj, fonts, display, clips.get(address))
            if run is None or not get_box(handle, index, box_ref):
                continue
            x0, y0, x1, y1 = box.left * a + box.top * c + e, box.left * b + box.top * d + f, 0.0, 0.0
            x1, y1 = box.right * a + box.bottom * c + e, box.right * b + box.bottom * d + f
            if not (abs(x0) < 1e5 and abs(x1) < 1e5 and abs(y0) < 1e5 and abs(y1) < 1e5):
                continue
            if run.clip is not None:
                cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
                if not (
                    run.clip[0] - 1 <= cx <= run.clip[2] + 1 and run.clip[1] - 1 <= cy <= run.clip[3] + 1
                ):
                    continue
            if run.turns == 0:
                low, high = (x0, x1) if x0 <= x1 else (x1, x0)
            elif run.turns == 1:  # reads downwards
                low, high = min(y0, y1), max(y0, y1)
            elif run.turns == 3:  # reads upwards
                low, high = -max(y0, y1), -min(y0, y1)
            else:
                low, high = -max(x0, x1), -min(x0, x1)
            out.append((code, low, high, run, space))
            space = False
    finally:
        textpage.close()
    if sum(not ch[3].hidden for ch in out) > 0.2 * len(out):
        out = [ch for ch in out if not ch[3].hidden]  # else the hidden text is the OCR of a scan
    return out


def read_lines(page: Any, number: int, clips: dict[int, BBox]) -> tuple[list[Line], list[Line]]:
    """The pieces of lines of a page (upright ones, sideways ones), in the order in which the PDF draws them.

    `clips` gives, for the address of a text object, the box outside which its characters cannot be seen. Sideways
    pieces have coordinates in their own turned frame.
    """
    upright: list[Line] = []
    sideways: list[Line] = []
    words: list[Word] = []
    buffer: list[str] = []
    start = 0.0
    first: _Run | None = None
    glued = False

    def end_word(end: float) -> None:
        nonlocal first
        if first is not None:
            font = first.glyphs
            words.append(
                Word(
                    "".join(buffer), start, end, first.baseline, first.size, font.bold, font.italic, font.math,
                    0, glued, font.name, first.pale,
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

    last: _Run | None = None
    last_start = last_end = 0.0
    for code, x0, x1, run, space in _characters(page, clips):
        if last is not None:
            gap = x0 - last_end
            if run is last and not space and -0.9 * run.size < gap <= 0.24 * run.size:
                buffer.append(chr(code))  # the common case
                last_start, last_end = x0, x1
                continue
            big = max(run.size, last.size)
            drop = abs(run.baseline - last.baseline)
            limit = 0.62 * big if min(run.size, last.size) < 0.88 * big else 0.35 * big
            # The letters of a ligature share one box: when x0 stands still, that is no jump back.
            back = gap < -0.9 * big - 0.5 and x0 < last_start - 0.3
            alien = min(run.size, last.size) < 0.7 * big and gap > 0.25 * big and space
            if run.turns != last.turns or drop > limit or gap > 1.0 * big or back or alien:
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
