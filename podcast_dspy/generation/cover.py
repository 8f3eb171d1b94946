"""A cover for an episode that was given none: its title, the show's name, and the paper's main figure."""

from __future__ import annotations

import io
from pathlib import Path

from podcast_dspy.visuals.lettering import fitted, one_line, write

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
    size, lines = fitted(title, "bold", sizes=(120, 48), width=room, height=top - 110 - first)
    draw.rectangle((_EDGE, first, _EDGE + 130, first + 12), fill=_ACCENT)
    write(draw, lines, "bold", size, (_EDGE, first + 50), _PAPER)
    write(draw, [one_line(show, "plain", 44, room)], "plain", 44, (_EDGE, top), _MUTED)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
