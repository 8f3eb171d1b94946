"""Reads the characters of a page that a reader can see, and groups them into words and pieces of lines.

Coordinates are points on the page as displayed (rotation applied), origin top left.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podcast_dspy.documents.pdf.graphics import FAINT, UNSEEN, Grounds, display_matrix, page_size

if TYPE_CHECKING:
    from podcast_dspy.documents.graph import BBox

_BOLD = re.compile(r"bold|black|heavy|semibold|demi|medi(?!um)|cmbx|[-,.]b(?:$|[^a-z])|\.b\+|ptmb|sfbx", re.I)
_ITALIC = re.compile(
    r"ital|obli|cmti|cmsl|[-,.]i(?:$|[^a-z])|slanted|\.i\+|\.bi\+|ptmri|ptmbi|medi?ita", re.I
)
_MATH = re.compile(
    r"cmsy|cmmi|cmex|msbm|msam|math|symbol|mtsy|mtmi|stix|eufm|rsfs|mtpro|txsy|txmi|wasy", re.I
)
MAX_CHARACTERS = 60_000
"""Characters read per page; a dense page of a journal has 8,000."""

HOLE = 0xF0000
"""Added to the codes of controls and spaces that draw letters: what they stand for is found out later."""

LOWEST = 2.5
"""Points of height from which a space shows something; a blank glyph has hardly any."""

LARGE = 1.6
"""Size of a drop capital in parts of the size of its text; the smallest stand beside two lines."""

_SUPERSCRIPTS = {ord(high): ord(low) for high, low in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
_BETWEEN = frozenset(map(ord, ",;–-"))
_STROKED = 1
_UNINKED = (3, 7)
_CAPITAL = 0.69
"""Height of a capital letter in parts of the size of type."""

_SPACES = frozenset((0x20, 0xA0, 0x09, 0x0A, 0x0D, 0x2002, 0x2003, 0x2009, 0x200A, 0x202F, 0x3000))
_DROPPED = frozenset((0xFEFF, 0x200B, 0x200C, 0x200D, 0xFFFE, 0xFFFF))
WordStyle = tuple[float, float, bool, bool, bool, int, bool, str]
"""The fields of a `Word` but its text and place, in their order."""

DrawnWord = tuple[str, float, float, WordStyle]
"""A word: its text, where it begins and ends, and its style."""


_ORNAMENT = 0x2700 - 0x20
"""From the codes of ITC Zapf Dingbats to those of Unicode, which has the same signs in the same order (its standard,
Dingbats)."""


@dataclass(slots=True)
class Glyphs:
    """Font of a run of characters."""

    name: str
    bold: bool
    italic: bool
    math: bool
    ornaments: bool
    """Its letters are ticks, crosses and the like, by the codes of ITC Zapf Dingbats."""


def font_of(raw: Any, obj: Any, cache: dict[int, Glyphs]) -> Glyphs:
    """The font of a text object; `cache` holds the fonts of the page by their address."""
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
        ornaments="dingbats" in short.lower(),
    )
    cache[key] = glyphs
    return glyphs


@dataclass(slots=True)
class Run:
    """What all characters of one text object share."""

    glyphs: Glyphs
    size: float
    turns: int
    baseline: float
    contrast: float
    hidden: bool
    """Drawn without ink, as the words that a text recogniser lays under a scan."""
    clip: BBox | None
    covers: list[BBox]
    shown: list[bool] = field(default_factory=list)
    """For each of its characters, whether nothing is drawn over it."""

    @property
    def seen(self) -> bool:
        """Whether a reader can make out its characters."""
        return self.contrast >= UNSEEN and 2 * sum(self.shown) >= len(self.shown)


Character = tuple[int, float, float, Run, bool]
"""(code, start, end along the reading direction, run, space before)."""


def _run_of(
    raw: Any,
    handle: Any,
    index: int,
    obj: Any,
    fonts: dict[int, Glyphs],
    display: tuple[float, float, float, float, float, float],
    clips: dict[int, BBox],
    grounds: Grounds,
) -> Run | None:
    a, b, c, d, e, f = display
    matrix, scale = raw.FS_MATRIX(), ctypes.c_float(1.0)
    x, y = ctypes.c_double(), ctypes.c_double()
    if not raw.FPDFText_GetMatrix(handle, index, matrix) or not raw.FPDFText_GetCharOrigin(
        handle, index, x, y
    ):
        return None
    px, py = x.value * a + y.value * c + e, x.value * b + y.value * d + f
    glyphs = Glyphs("", False, False, False, False)
    address, mode, contrast = 0, 0, 255.0
    if obj:
        address = ctypes.addressof(obj.contents)
        glyphs = font_of(raw, obj, fonts)
        raw.FPDFTextObj_GetFontSize(obj, scale)
        mode = raw.FPDFTextObj_GetTextRenderMode(obj)
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if mode != _STROKED and raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha):
            colour = (red.value, green.value, blue.value)
            contrast = grounds.contrast(address, px, py - 1, colour, alpha.value / 255)
        if mode in _UNINKED and not grounds.pictured(px, py - 1):
            contrast = 0.0
    ux, uy = matrix.a * a + matrix.b * c, matrix.a * b + matrix.b * d
    vx, vy = matrix.c * a + matrix.d * c, matrix.c * b + matrix.d * d
    size = abs(scale.value) * math.hypot(vx, vy)
    if not glyphs.name:
        size = _drawn_size(raw, handle, index, size)
    if not (0.5 < size < 500 and abs(px) < 1e5 and abs(py) < 1e5):
        return None
    quarters = math.atan2(uy, ux) / (math.pi / 2)
    if abs(quarters - round(quarters)) > 0.15:
        return None  # slanted text is a watermark or an axis label
    turns = round(quarters) % 4
    # Turned text gets the frame in which it reads from left to right, y growing downwards.
    baseline = (py, -px, -py, px)[turns]
    return Run(
        glyphs, size, turns, baseline, contrast, mode in _UNINKED, clips.get(address), grounds.covers(address)
    )


def _drawn_size(raw: Any, handle: Any, index: int, size: float) -> float:
    """The size of type in a font without name, whose glyphs are drawings (Type 3) and may have any scale.

    pdfium gives such a font the height of its capital A as ascent, of which the size follows.
    """
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    if not raw.FPDFText_GetLooseCharBox(handle, index, box) or not raw.FPDFText_GetCharOrigin(
        handle, index, x, y
    ):
        return size
    ascent = max(abs(box.top - y.value), abs(box.right - x.value) if box.top == box.bottom else 0.0)
    return size if 0.5 * size < ascent < 1.5 * size else ascent / _CAPITAL


def read_characters(page: Any, clips: dict[int, BBox], grounds: Grounds) -> list[Character]:
    """The characters of a page that a reader can see, in drawing order."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    out: list[Character] = []
    try:
        handle = textpage.raw
        count = min(raw.FPDFText_CountChars(handle), MAX_CHARACTERS)
        display = display_matrix(page)
        a, b, c, d, e, f = display
        box = raw.FS_RECTF()
        box_ref = ctypes.byref(box)
        sides = [ctypes.c_double() for _ in range(4)]
        side_refs = [ctypes.byref(side) for side in sides]
        fonts: dict[int, Glyphs] = {}
        last_object = -1
        run: Run | None = None
        space = False
        high_surrogate = 0
        get_code, get_box, get_object, get_sides = (
            raw.FPDFText_GetUnicode,
            raw.FPDFText_GetLooseCharBox,
            raw.FPDFText_GetTextObject,
            raw.FPDFText_GetCharBox,
        )
        address_of = ctypes.addressof
        for index in range(count):
            code = get_code(handle, index)
            if not 0x20 < code < 0xA0:
                # Old TeX fonts have letters at the codes of tabulator and return, others call a ligature a space.
                if code in _SPACES:
                    drawn = get_object(handle, index)
                    if drawn and code >= 0x20:
                        # The glyphs of a font without name (Type 3) have boxes of any kind.
                        drawn = run is not None and run.glyphs.name and get_sides(handle, index, *side_refs)
                        drawn = drawn and sides[3].value - sides[2].value > LOWEST
                    if not drawn:
                        space = True
                        continue
                    code = min(code, 0x20) + HOLE
                if code == 0xAD or (code == 2 and raw.FPDFText_IsHyphen(handle, index) == 1):
                    code = 0x2D  # pdfium writes 2 for a hyphen at the end of a line
                if code >= 0xD800 and code < 0xE000:
                    if code < 0xDC00:
                        high_surrogate = code
                        continue
                    if not high_surrogate:
                        continue
                    code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00)
                if code < 32:
                    code += HOLE
                if code in _DROPPED:
                    continue
            high_surrogate = 0
            obj = get_object(handle, index)
            address = address_of(obj.contents) if obj else 0
            if address != last_object:
                last_object = address
                run = _run_of(raw, handle, index, obj, fonts, display, clips, grounds)
            if run is None or not get_box(handle, index, box_ref):
                continue
            if 0x20 < code < 0x7F and run.glyphs.ornaments:
                code += _ORNAMENT
            left, top, right, bottom = box.left, box.top, box.right, box.bottom
            x0, y0 = left * a + top * c + e, left * b + top * d + f
            x1, y1 = right * a + bottom * c + e, right * b + bottom * d + f
            if not (-1e5 < x0 < 1e5 and -1e5 < x1 < 1e5 and -1e5 < y0 < 1e5 and -1e5 < y1 < 1e5):
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
            if run.covers:
                cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
                run.shown.append(not any(k[0] <= cx <= k[2] and k[1] <= cy <= k[3] for k in run.covers))
            out.append((code, low, high, run, space))
            space = False
    finally:
        textpage.close()
    return _visible(out, 0.003 * max(page_size(page)))


def _visible(characters: list[Character], least: float) -> list[Character]:
    """Characters that can be seen: not tiny, covered or of the colour of their ground, nor the letters of a watermark.

    Letters without ink count only on a page that has hardly any others: there they are the words of a scan.
    """
    runs = {id(ch[3]): ch[3] for ch in characters}
    if any(run.hidden for run in runs.values()):
        inked = [ch for ch in characters if not ch[3].hidden]
        characters = inked if len(inked) > 0.2 * len(characters) else characters
    dropped = {key for key, run in runs.items() if run.size <= least or not run.seen}
    if any(run.contrast <= FAINT for key, run in runs.items() if key not in dropped):
        sizes = sorted(ch[3].size for ch in characters if id(ch[3]) not in dropped)
        large = 1.8 * sizes[len(sizes) // 2]
        dropped |= {key for key, run in runs.items() if run.contrast <= FAINT and run.size >= large}
    return [ch for ch in characters if id(ch[3]) not in dropped] if dropped else characters


def read_pieces(page: Any, clips: dict[int, BBox], grounds: Grounds) -> list[tuple[int, list[DrawnWord]]]:
    """The pieces of lines of a page with their quarter turns, in the order in which the PDF draws them.

    `clips` gives, for the address of a text object, the box outside which its characters cannot be seen. Sideways
    pieces have coordinates in their own turned frame.
    """
    pieces: list[tuple[int, list[DrawnWord]]] = []
    words: list[DrawnWord] = []
    buffer: list[str] = []
    start = 0.0
    first: Run | None = None
    glued = False

    def end_word(end: float) -> None:
        nonlocal first
        if first is not None:
            font = first.glyphs
            style = first.baseline, first.size, font.bold, font.italic, font.math, int(high), glued, font.name
            words.append(("".join(buffer), start, end, style))
        buffer.clear()
        first = None

    def end_line(end: float, turned: int) -> None:
        nonlocal words
        end_word(end)
        if words:
            pieces.append((turned, words))
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
    return pieces
