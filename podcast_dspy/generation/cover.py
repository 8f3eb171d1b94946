"""A cover for an episode that was given none: its title, the show's name, and the paper's main figure."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

__all__ = ["draw_cover"]

_SIDE = 1400
"""Pixels, the least that directories take."""
_EDGE = 110
_INK, _PAPER, _ACCENT, _MUTED = (20, 29, 43), (248, 246, 241), (201, 84, 46), (154, 163, 178)


def draw_cover(title: str, show: str, figure: Path | None) -> bytes:
    """A square PNG; the same input gives the same bytes. A figure that cannot be read is left out."""
    from PIL import Image, ImageDraw, UnidentifiedImageError

    image = Image.new("RGB", (_SIDE, _SIDE), _INK)
    draw = ImageDraw.Draw(image)
    room = _SIDE - 2 * _EDGE
    top = _SIDE - _EDGE - 40
    if figure is not None:
        try:
            with Image.open(figure) as opened:
                picture = opened.convert("RGB")
        except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
            figure = None
        else:
            scale = min((_SIDE - 120) / picture.width, 560 / picture.height)
            box = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
            draw.rectangle((0, 0, _SIDE, 680), fill=(255, 255, 255))
            resized = picture.resize(box, Image.Resampling.LANCZOS)
            image.paste(resized, ((_SIDE - box[0]) // 2, (680 - box[1]) // 2))
    first = 760 if figure is not None else 300
    for size in range(120, 47, -6):
        font = _font("DejaVuSans-Bold.ttf", size)
        lines = _wrapped(draw, title, font, room)
        if first + len(lines) * size * 1.3 < top - 60:
            break
    draw.rectangle((_EDGE, first, _EDGE + 130, first + 12), fill=_ACCENT)
    for number, line in enumerate(lines):
        y = first + 50 + number * size * 1.3
        if y + size < top - 20:
            draw.text((_EDGE, y), line, font=font, fill=_PAPER)
    draw.text(
        (_EDGE, top),
        _wrapped(draw, show, _font("DejaVuSans.ttf", 44), room)[0],
        font=_font("DejaVuSans.ttf", 44),
        fill=_MUTED,
    )
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    # DejaVu comes with matplotlib, which is always installed.
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return ImageFont.truetype(folder / "mpl-data" / "fonts" / "ttf" / name, size)


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that fit the width; a word that does not is cut."""
    lines: list[str] = []
    for word in text[:400].split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= width:
            lines[-1] = longer
            continue
        while len(word) > 1 and draw.textlength(word, font=font) > width:
            word = word[:-1]
        lines.append(word)
    return lines or [""]
