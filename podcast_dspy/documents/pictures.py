"""Writes the pictures of a document without pages as PNG files, wherever the document says that they are.

A picture may be part of the document (`data:`), lie beside its file, or, for a page from the web, be on the same
site. Nothing else is looked at: no file elsewhere, and nothing from the web for a local file. A picture that is not
there, or that is no bitmap (SVG, EMF), is left out, and its figure keeps its caption.
"""

from __future__ import annotations

import base64
import binascii
import errno
import io
import time
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from podcast_dspy.documents.fetch import fetch, same_site
from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DiskFullError, DocumentError, WorkspaceError

__all__ = ["Pictures", "images_error"]

MAX_BYTES = 16 * 1024 * 1024
MAX_PIXELS = 40_000_000
"""A larger picture is not unpacked."""

KEPT_PIXELS = 6_000_000
MOST = 60
"""Pictures taken from the web for one document, in `SECONDS` together."""

SECONDS = 60.0


def images_error(folder: Path | None, error: OSError) -> DiskFullError | WorkspaceError:
    """The error to raise when a figure could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"no space left for the figures in {folder}; free some disk space and run the command again"
        )
    return WorkspaceError(
        f"figures cannot be written to {folder} ({(error.strerror or str(error)).lower()}); allow writing there or "
        "choose another place (--workspace, --output)"
    )


class Pictures:
    """The pictures of one document, written to `folder`; without one nothing is read or written."""

    def __init__(self, material: Material, folder: Path | None) -> None:
        self._material, self._folder = material, folder
        self._fetched = 0
        self._deadline = time.monotonic() + SECONDS

    def save(self, place: str | None, name: str) -> str | None:
        """Path of the PNG `name` made from the picture at `place`; None if there is no such bitmap.

        Raises DiskFullError and WorkspaceError.
        """
        if self._folder is None or not place:
            return None
        data = self._bytes(place.strip())
        if not data:
            return None
        target = self._folder / f"{name}.png"
        png = _as_png(data)
        if png is None:
            return None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(png)
        except OSError as error:
            raise images_error(self._folder, error) from error
        return str(target)

    def _bytes(self, place: str) -> bytes | None:
        if place[:5].lower() == "data:":
            return _inline(place)
        if self._material.address is not None:
            return self._from_web(urljoin(self._material.address, place))
        return self._beside(place)

    def _beside(self, place: str) -> bytes | None:
        if urlsplit(place).scheme:
            return None
        folder = self._material.path.absolute().parent.resolve()
        try:
            file = (folder / unquote(place.partition("#")[0].partition("?")[0])).resolve()
            if not file.is_relative_to(folder) or not file.is_file() or file.stat().st_size > MAX_BYTES:
                return None
            return file.read_bytes()
        except (OSError, ValueError):
            return None  # as good as not there

    def _from_web(self, address: str) -> bytes | None:
        origin = self._material.address or ""
        left = self._deadline - time.monotonic()
        if not same_site(origin, address) or self._fetched >= MOST or left <= 0:
            return None
        self._fetched += 1
        buffer = io.BytesIO()
        try:
            reply = fetch(address, buffer, limit=MAX_BYTES, seconds=left)
        except DocumentError:
            return None  # a page may name pictures that are gone; its text is still worth reading
        return buffer.getvalue() if same_site(origin, reply.address) else None


def _inline(place: str) -> bytes | None:
    head, _, body = place.partition(",")
    if len(body) > 2 * MAX_BYTES:
        return None
    if head.lower().endswith(";base64"):
        try:
            return base64.b64decode(unquote(body))
        except (binascii.Error, ValueError):
            return None
    return unquote_to_bytes(body)


def _as_png(data: bytes) -> bytes | None:
    """The picture as PNG of at most `KEPT_PIXELS`; None if it is no bitmap or too small to be a figure."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or min(width, height) < 40:
                return None
            ready = image.convert(
                "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, OverflowError):
        return None  # what Pillow raises for data that is no picture
    if ready.mode == "RGBA":  # black lines on a transparent ground are meant for white paper
        paper = Image.new("RGBA", ready.size, "white")
        paper.alpha_composite(ready)
        ready = paper.convert("RGB")
    if width * height > KEPT_PIXELS:
        factor = (KEPT_PIXELS / (width * height)) ** 0.5
        ready = ready.resize((max(1, int(width * factor)), max(1, int(height * factor))))
    buffer = io.BytesIO()
    ready.save(buffer, format="PNG")
    return buffer.getvalue()
