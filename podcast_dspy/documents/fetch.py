"""Fetches documents and their pictures: from the web within limits of size and time, from beside the file, from inside.

What is private in an address (a user's name, a password, the query with its tokens) never gets into a message.
"""

from __future__ import annotations

import base64
import binascii
import errno
import io
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DiskFullError, DocumentError, WorkspaceError

MAX_BYTES = 128 * 1024 * 1024
SECONDS = 120.0
"""For one document, redirects and all; a server may be silent for `SILENCE` of them at most."""

SILENCE = 20.0
MAX_REDIRECTS = 8
_LOGGERS = ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.connection", "httpcore.proxy")
_BY_HAND = "open it in a browser, save the document there, and give that file"
_STATUS = {
    401: f"asks for a log-in; {_BY_HAND}",
    402: f"asks for a payment; {_BY_HAND}",
    403: f"refuses programs or asks for a log-in; {_BY_HAND}",
    404: "does not exist; check the address",
    410: "is no longer there; check the address",
    429: "is asked too often; wait some minutes and try again",
}
MAX_PICTURE = 16 * 1024 * 1024
MAX_PIXELS = 40_000_000
"""A larger picture is not unpacked."""

KEPT_PIXELS = 6_000_000
MOST = 60
"""Pictures taken from the web for one document, in `SECONDS` together."""

PICTURE_SECONDS = 60.0


@dataclass(frozen=True)
class Reply:
    """Where a document came from in the end (with its private parts), and what the server says it is."""

    address: str
    media_type: str


def without_secrets(address: str) -> str:
    """An address as it may be shown: scheme, host and path, without user, password, query and fragment."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        place = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the address"
    return urlunsplit((parts.scheme, place + port, parts.path, "", ""))


def same_site(one: str, two: str) -> bool:
    """Whether two addresses have one host, or hosts under one domain (their last two labels agree)."""
    a, b = (urlsplit(address).hostname or "" for address in (one, two))
    names = not any(host.replace(".", "").isdigit() or ":" in host for host in (a, b))
    return a == b or (names and a.count(".") > 0 and a.split(".")[-2:] == b.split(".")[-2:])


def _checked(address: str) -> str:
    """The address if it can be asked for. Raises DocumentError."""
    import httpx

    try:
        parts = urlsplit(address)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok, parts = False, urlsplit("")
    if parts.scheme.lower() not in ("http", "https"):
        raise DocumentError(
            f"{without_secrets(address)} cannot be fetched: only http and https addresses can; download the "
            "document and give its file."
        )
    if not port_ok or not parts.hostname:
        raise DocumentError(f"{without_secrets(address)} is no complete address; give https://host/path.")
    try:
        httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        raise DocumentError(
            f"{without_secrets(address)} is no valid address; give https://host/path."
        ) from None
    return address


def fetch(address: str, target: IO[bytes], *, limit: int = MAX_BYTES, seconds: float = SECONDS) -> Reply:
    """Write what `address` gives to `target`, following redirects.

    Raises DocumentError, without the private parts of the address, when it is not http or https, redirects to
    something else, cannot be reached, answers with an error, or gives more than `limit` bytes or needs more than
    `seconds`.
    """
    import httpx

    from podcast_dspy import __version__

    deadline = time.monotonic() + seconds
    headers = {
        "User-Agent": f"podcast-dspy/{__version__}",
        "Accept": "text/html, application/pdf, text/markdown, text/plain, */*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    shown = without_secrets(address)
    try:
        with (
            _unlogged(),
            httpx.Client(
                headers=headers,
                timeout=min(SILENCE, seconds),
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
            ) as client,
            client.stream("GET", _checked(address)) as reply,
        ):
            current = str(reply.url)
            _check_status(reply.status_code, without_secrets(current))
            _receive(reply, target, limit, deadline, without_secrets(current))
            return Reply(current, reply.headers.get("content-type", "").lower())
    except httpx.TooManyRedirects:
        raise DocumentError(f"{shown} redirects without end; {_BY_HAND}.") from None
    except httpx.TimeoutException:
        # The chain of httpx's own errors is cut: they may repeat the address with its secrets.
        raise DocumentError(
            f"{shown} does not answer in time; check your connection, or try again later."
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):  # of a redirect
        raise DocumentError(
            f"{shown} redirects to something that is neither http nor https, which is refused; {_BY_HAND}."
        ) from None
    except (httpx.HTTPError, ssl.SSLError, UnicodeError) as error:
        raise DocumentError(
            f"{shown} cannot be fetched ({_reason(error)}); check the address and your connection."
        ) from None


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep this thread's requests out of the log, where httpx writes whole addresses with their secrets."""
    here = threading.get_ident()

    def other(record: logging.LogRecord) -> bool:
        return record.thread != here

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(other)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(other)


def _check_status(status: int, shown: str) -> None:
    if 200 <= status < 300:
        return
    said = _STATUS.get(status, f"answers with the error {status}; try again later, or {_BY_HAND}")
    raise DocumentError(f"{shown} {said}.")


def _receive(reply: Any, target: IO[bytes], limit: int, deadline: float, shown: str) -> None:
    too_large = DocumentError(
        f"{shown} is larger than {limit // 2**20} MB; download it, and give the part that you need as a file."
    )
    declared = reply.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    received = 0
    for chunk in reply.iter_bytes(64 * 1024):
        received += len(chunk)
        if received > limit:
            raise too_large
        if time.monotonic() > deadline:
            raise DocumentError(f"{shown} comes too slowly; download it, and give the file.")
        target.write(chunk)


def _reason(error: Exception) -> str:
    import httpx

    text = str(error).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        return "its certificate is not valid"
    if isinstance(error, httpx.ConnectError):
        unknown = any(word in text for word in ("name or service", "resolution", "nodename", "getaddrinfo"))
        return "there is no such host" if unknown else "the connection is refused"
    return "the connection broke off"


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
        self._deadline = time.monotonic() + PICTURE_SECONDS

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
            if not file.is_relative_to(folder) or not file.is_file() or file.stat().st_size > MAX_PICTURE:
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
            reply = fetch(address, buffer, limit=MAX_PICTURE, seconds=left)
        except DocumentError:
            return None  # a page may name pictures that are gone; its text is still worth reading
        return buffer.getvalue() if same_site(origin, reply.address) else None


def _inline(place: str) -> bytes | None:
    head, _, body = place.partition(",")
    if len(body) > 2 * MAX_PICTURE:
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
