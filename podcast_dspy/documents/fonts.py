"""Knows the fonts of a page: which are bold, italic or for mathematics, from their names, weights and flags."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Glyphs", "font_of"]

_BOLD = re.compile(r"bold|black|heavy|semibold|demi|medi(?!um)|cmbx|[-,.]b(?:$|[^a-z])|\.b\+|ptmb|sfbx", re.I)
_ITALIC = re.compile(
    r"ital|obli|cmti|cmsl|[-,.]i(?:$|[^a-z])|slanted|\.i\+|\.bi\+|ptmri|ptmbi|medi?ita", re.I
)
_MATH = re.compile(
    r"cmsy|cmmi|cmex|msbm|msam|math|symbol|mtsy|mtmi|stix|eufm|rsfs|mtpro|txsy|txmi|wasy", re.I
)


@dataclass(slots=True)
class Glyphs:
    """Font of a run of characters."""

    name: str
    bold: bool
    italic: bool
    math: bool


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
    )
    cache[key] = glyphs
    return glyphs
