"""pdfium in a process of its own, so that a PDF which stalls, crashes or wants too much memory is one DocumentError.

The process draws all pages without being asked, unless it shall only render, one after the other, and then renders
what it is asked for until its input ends. It answers in lines of JSON: what comes from a hostile file is data and
nothing else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from podcast_dspy.documents.pdf.characters import DrawnWord, WordStyle, read_pieces
from podcast_dspy.documents.pdf.graphics import Graphic, read_graphics
from podcast_dspy.errors import DocumentError

if TYPE_CHECKING:
    from podcast_dspy.documents.graph import BBox
    from podcast_dspy.documents.material import Material

MAX_PAGES = 600
"""A longer file is a book or an attack, not a paper."""

MEMORY = 2**30
"""Bytes of address space of the process, where the platform can limit it; papers take a tenth."""

SECONDS = 60.0
"""For opening, for one page and for what is rendered of one. The densest pages of papers take two, and the machine may
be busy with other things."""

CPU_SECONDS = 900
"""Of the process in all, for when nobody is left to end it."""

MOST_BOOKMARKS = 5000
REFRESH = 64
"""Pages after which a document is opened anew, since pdfium keeps what it has once read of it."""

_HOME = str(Path(__file__).parents[3])
_ADVICE = "print it to a new PDF at a lower resolution, or give the paper as published"
_PASSWORD_NEEDED = (4, 5)
"""pdfium's codes of errors for a password and for security that it does not know."""


@dataclass(frozen=True)
class Drawn:
    """What a page draws: its size in points, the pieces of its lines with their quarter turns, and its graphics."""

    width: float
    height: float
    pieces: Sequence[tuple[int, Sequence[DrawnWord]]]
    graphics: list[Graphic]
    pictured: bool
    """Whether there is any picture, those that fill the page included."""


@dataclass(frozen=True)
class Picture:
    """A part of a page, all of it without a box (points, origin top left), to be written as a PNG."""

    path: Path
    box: BBox | None = None
    dpi: int | None = None
    """None for a resolution in which a part of a page fills a screen of 1920 x 1080 pixels, and some more."""
    most_pixels: int = 6_000_000
    """It is rendered smaller rather than larger than this, so that memory does not depend on the page."""
    grey: bool = False


_LINE = 40.0
"""Points of height below which a picture is one of a line or two."""
_REACH = 8.0
"""Points by which a box grows on each side as long as its edge cuts through something that is drawn."""


class Worker:
    """An open PDF, drawn by its process. Made by `open_worker`."""

    def __init__(self, material: Material, *, draw: bool = True) -> None:
        self.shown = material.shown
        """How it is named in messages."""
        self._deadline = float("inf")
        self._timed_out = False
        self._closed = threading.Event()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-S",
                "-c",
                f"from {__name__} import {serve.__name__} as serve; serve({MEMORY}, {REFRESH}, {draw})",
                material.path,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([_HOME, *filter(None, sys.path)])},
        )
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            opened = self._answer("opening it")
            if "code" in opened:
                raise _unopened(material, opened["code"])
        except BaseException:
            self.close()
            raise
        self.page_count: int = opened["pages"]
        self.metadata: dict[str, str] = opened["metadata"]
        self.bookmarks: list[str] = opened["bookmarks"]
        """Titles of the file's outline."""

    def close(self) -> None:
        """End the process."""
        self._closed.set()
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def pages(self) -> Iterator[Drawn]:
        """All pages in order; to be asked for once, and before anything is rendered."""
        for number in range(1, self.page_count + 1):
            page = self._answer(f"page {number}")
            graphics = [Graphic(kind, tuple(box)) for kind, box in page["graphics"]]
            width, height = page["size"]
            styles = page["styles"]  # words that are set alike share one
            pieces = [(turns, [(*word, styles[k]) for *word, k in words]) for turns, words in page["pieces"]]
            yield Drawn(width, height, pieces, graphics, page["pictured"])

    def render(self, number: int, pictures: Sequence[Picture]) -> list[float]:
        """Write pictures of the page of that number; returns how many pixels a point has. Raises OSError as well."""
        asked = [(str(p.path), p.box, p.dpi, p.most_pixels, p.grey) for p in pictures]
        stream: IO[bytes] = self._process.stdin  # type: ignore[assignment]
        with suppress(BrokenPipeError):  # that the process is gone is said below
            stream.write(json.dumps([number, asked]).encode() + b"\n")
            stream.flush()
        answer = self._answer(f"page {number}")
        if "errno" in answer:
            raise OSError(answer["errno"], answer["reason"])
        return list(answer["scales"])

    def _answer(self, what: str) -> dict[str, Any]:
        """The next answer. Raises DocumentError when there is none."""
        self._deadline = time.monotonic() + SECONDS
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        self._deadline = float("inf")
        if self._timed_out:
            raise DocumentError(f"{self.shown} takes longer than {SECONDS:.0f} s for {what}; {_ADVICE}.")
        if not line.endswith(b"\n"):
            raise DocumentError(
                f"{self.shown} takes more than {MEMORY / 2**30:.1g} GB of memory for {what}, or breaks the program "
                f"that draws it ({self._end()}); {_ADVICE}."
            )
        answer: dict[str, Any] = json.loads(line)
        if "damaged" in answer:
            raise DocumentError(
                f"{self.shown} is damaged ({answer['damaged']}); download the paper again, or repair it with "
                "`qpdf in.pdf out.pdf`."
            )
        return answer

    def _end(self) -> str:
        """How the process ended: the last line that it complained with, else its exit code."""
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:200] for line in reversed(said) if line.strip()), f"exit code {code}")

    def _watch(self) -> None:
        """End the process when an answer is overdue."""
        while not self._closed.wait(0.2):
            if time.monotonic() > self._deadline:
                self._timed_out = True
                self._process.kill()
                return


@contextmanager
def open_worker(material: Material, *, draw: bool = True) -> Iterator[Worker]:
    """A PDF, open until the block ends; without `draw` its pages can only be rendered, at once.

    Raises DocumentError when it is encrypted, damaged, without pages, or takes too much time or memory.
    """
    worker = Worker(material, draw=draw)
    try:
        if worker.page_count == 0:
            raise DocumentError(f"{worker.shown} has no pages; export or download the paper again.")
        if worker.page_count > MAX_PAGES:
            raise DocumentError(
                f"{worker.shown} has {worker.page_count} pages, more than the {MAX_PAGES} a paper may have; "
                "extract the chapter you need first."
            )
        yield worker
    finally:
        worker.close()


def _unopened(material: Material, code: int) -> DocumentError:
    """Why pdfium could not open a file, and what to do about it."""
    path, data = material.shown, material.path.read_bytes()
    if code in _PASSWORD_NEEDED and b"/Encrypt" in data:
        return DocumentError(
            f"{path} is encrypted and needs a password; save it without one, "
            "for example with `qpdf --decrypt --password=... in.pdf out.pdf`."
        )
    if b"%%EOF" not in data[-4096:]:
        return DocumentError(f"{path} is truncated (its end is missing); download the paper again.")
    if not re.search(rb"/Type\s*/Page(?!s)|/ObjStm", data):
        return DocumentError(f"{path} has no pages; export or download the paper again.")
    return DocumentError(
        f"{path} is damaged and cannot be opened; download the paper again, or repair it with `qpdf in.pdf out.pdf`."
    )


def serve(memory: int, refresh: int, draw: bool) -> None:
    """The process: draw the file that the command line names, then what the lines of the input ask for."""
    with suppress(
        ImportError, ValueError, OSError
    ):  # where the platform has no such limits, time alone is limited
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    import pypdfium2 as pdfium

    path = sys.argv[1]
    try:
        pdf = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        _say(code=getattr(error, "err_code", 0))
        return
    try:
        metadata = {k: str(v).strip() for k, v in pdf.get_metadata_dict(skip_empty=True).items()}
        bookmarks = [mark.get_title() for mark in islice(pdf.get_toc(max_depth=6), MOST_BOOKMARKS)]
        _say(pages=len(pdf), metadata=metadata, bookmarks=bookmarks)
        for index in range(len(pdf) if draw else 0):
            if index % refresh == refresh - 1:
                pdf.close()
                pdf = pdfium.PdfDocument(path)
            page = pdf[index]
            width, height = map(float, page.get_size())
            drawing = read_graphics(page, width, height)
            styles: dict[WordStyle, int] = {}
            pieces = [
                (
                    turns,
                    [(text, x0, x1, styles.setdefault(style, len(styles))) for text, x0, x1, style in words],
                )
                for turns, words in read_pieces(page, drawing.clips, drawing.grounds)
            ]
            graphics = [(graphic.kind, graphic.box) for graphic in drawing.graphics]
            _say(
                size=(width, height),
                styles=list(styles),
                pieces=pieces,
                graphics=graphics,
                pictured=drawing.pictured,
            )
            page.close()
        for line in sys.stdin:
            number, asked = json.loads(line)
            page = pdf[number - 1]
            try:
                _say(scales=[_render(page, *picture) for picture in asked])
            except OSError as error:
                _say(errno=error.errno, reason=error.strerror)
            page.close()
    except pdfium.PdfiumError as error:
        _say(damaged=str(error))


def _say(**answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _screen_dpi(width: float, height: float) -> float:
    if height < _LINE:  # a formula, a row of a table
        return 200.0
    return min(600.0, max(150.0, 72.0 * min(2112.0 / width, 1188.0 / height)))


def _render(page: Any, path: str, box: BBox | None, dpi: int | None, most_pixels: int, grey: bool) -> float:
    width, height = page.get_size()
    x0, y0, x1, y1 = box or (0.0, 0.0, width, height)
    scale: float = (dpi or _screen_dpi(x1 - x0, y1 - y0)) / 72
    room = [min(_REACH, max(0.0, side)) for side in (x0, y0, width - x1, height - y1)] if box else [0.0] * 4
    x0, y0, x1, y1 = x0 - room[0], y0 - room[1], x1 + room[2], y1 + room[3]
    pixels = (x1 - x0) * (y1 - y0) * scale * scale
    if pixels > most_pixels:
        scale *= (most_pixels / pixels) ** 0.5
    # The binding counts the crop from the edges of the page: left, bottom, right, top.
    bitmap = page.render(scale=scale, crop=(x0, height - y1, width - x1, y0), grayscale=grey)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = bitmap.to_pil().convert("L" if grey else "RGB")
    if any(room):
        picture = picture.crop(_uncut(picture, [round(side * scale) for side in room]))
    picture.save(target, format="PNG", compress_level=1 if grey else 6)
    bitmap.close()
    return scale


def _uncut(picture: Any, room: Sequence[int]) -> tuple[int, int, int, int]:
    """The box without its room, each side moved out to the first line of pixels on which nothing is drawn."""
    levels = picture.convert("L")
    right, bottom = picture.width - room[2], picture.height - room[3]
    left, top = room[0], room[1]

    def drawn(x0: int, y0: int, x1: int, y1: int) -> bool:
        darkest, lightest = levels.crop((x0, y0, x1, y1)).getextrema()
        return bool(lightest - darkest > 60)

    while left > 0 and drawn(left, top, left + 1, bottom):
        left -= 1
    while right < picture.width and drawn(right - 1, top, right, bottom):
        right += 1
    while top > 0 and drawn(left, top, right, top + 1):
        top -= 1
    while bottom < picture.height and drawn(left, bottom - 1, right, bottom):
        bottom += 1
    return left, top, right, bottom
