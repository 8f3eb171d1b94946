"""Cover pictures as podcast directories take them: square, large enough, in the colours of a screen."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from podcast_dspy.audio.tags import read_picture
from podcast_dspy.errors import InputError

__all__ = ["read_cover"]

_SIDES: Final = (1400, 3000)
"""Pixels, by the rules of Apple Podcasts, which Spotify shares."""


def read_cover(path: Path) -> tuple[str, bytes]:
    """MIME type and bytes of a cover.

    Raises:
        InputError: it is no PNG or JPEG, damaged, not square, too small or too large, transparent, or not RGB.
    """
    from PIL import Image

    kind, data = read_picture(path)
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        mode = picture.mode
        opaque = picture.convert("RGBA").getchannel("A").histogram()[255]
    low, high = _SIDES
    size = f"The cover {path} is {width} x {height} pixels"
    if width != height:
        raise InputError(
            f"{size}, and a cover is square; crop it to {low} x {low} up to {high} x {high} pixels."
        )
    if not low <= width <= high:
        raise InputError(f"{size}, and directories take {low} x {low} up to {high} x {high}; scale it.")
    if mode not in ("RGB", "RGBA", "P"):
        raise InputError(f"The cover {path} has {mode} colours, and directories take RGB; convert it.")
    if opaque < width * height:
        raise InputError(
            f"The cover {path} is transparent in places, which directories do not take; fill it."
        )
    return kind, data
