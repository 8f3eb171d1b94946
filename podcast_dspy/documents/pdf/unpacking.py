"""Bombs."""

from __future__ import annotations

import mmap
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DocumentError

__all__ = ["check_unpacking"]

MAX_DRAWING = 24 * 2**20
"""Bytes of drawing in one stream, unpacked; the densest scatter plots of papers have some 10 MB."""


MAX_PICTURE = 320 * 2**20


MAX_PIXELS = 200_000_000


MAX_TOTAL = 1024 * 2**20


_NO_DRAWING = re.compile(
    rb"/Length[13]\b|/Alternate\b|/CMapName\b|/Subtype\s*/(?:Type1C|CIDFontType0C|OpenType|XML)\b|/Type\s*/(?:ObjStm|XRef|Metadata|EmbeddedFile)\b|/FunctionType\b"
)


_LONGEST_HEAD = 6000


_FILTER = re.compile(rb"(Fl(?:ateDecode)?|LZW(?:Decode)?|RunLengthDecode|RL)\b")


_PACKERS = (b"Fl", b"LZW", b"R")


_MOST = 1032
"""Bytes that one byte of a Flate stream can stand for (1,280 for LZW, 64 for run lengths)."""


_PIECE = 256 * 1024


def check_unpacking(material: Material) -> None:
    """Raise DocumentError if a stream of the PDF unpacks to more than a paper can hold."""
    with material.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        total = 0
        drawings = Drawings()
        for number, head, start, end in _streams(data):
            picture = re.search(rb"/Subtype\s*/Image\b", head) is not None
            limit = MAX_PICTURE if picture else MAX_DRAWING
            if picture and _number(head, rb"Width") * _number(head, rb"Height") > MAX_PIXELS:
                raise _refusal(material, f"a picture of more than {MAX_PIXELS // 10**6} million pixels")
            place = head.find(b"/Filter")
            filters = _FILTER.findall(head[place : place + 200]) if place >= 0 else []
            encoded = b"85" in head[place : place + 200] if place >= 0 else False
            if (end - start) * _MOST ** len(filters) <= limit:
                if not picture and len(filters) < 2 and not _NO_DRAWING.search(head):
                    drawings.add(number, head, _short(data[start:end], bool(filters), encoded))
                continue
            if any(name.startswith(b"LZW") for name in filters):
                size = 16 * (end - start)  # more than LZW makes of any real drawing
            else:
                size = 0
                drawn = bytearray()
                for piece in _unpacked(data, start, end, len(filters), encoded):
                    size += len(piece)
                    if size > limit:
                        break
                    drawn += piece if not picture and not _NO_DRAWING.search(head) else b""
                drawings.add(number, head, bytes(drawn))
            total += size
            if size > limit or total > MAX_TOTAL:
                raise _refusal(material, "a part that unpacks to more than a paper can hold")
        if drawings.most(data) > MAX_DRAWS:
            raise _refusal(material, "a page that draws its parts millions of times over")


def _streams(data: mmap.mmap) -> Iterator[tuple[int, bytes, int, int]]:
    """(object number, dictionary, start, end) of each stream."""
    at = 0
    while (at := data.find(b"stream", at)) >= 0:
        start = at + 6
        if data[at - 3 : at] != b"end":
            head = data[max(0, at - _LONGEST_HEAD) : at]
            start += data[start : start + 2] == b"\r\n" or data[start : start + 1] in (b"\r", b"\n")
            end = data.find(b"endstream", start)
            end = len(data) if end < 0 else end
            place = head.rfind(b"obj")
            named = re.search(rb"(\d{1,9})\s+\d+\s*$", head[max(0, place - 30) : max(0, place)])
            yield (
                int(named[1]) if named else -at,
                head[place + 3 :],
                start + (data[start - 1 : start + 1] == b"\r\n"),
                end,
            )
            start = end
        at = start


def _short(data: bytes, packed: bool, encoded: bool) -> bytes:
    """What a short stream unpacks to, as far as it is whole; nothing if it is packed in another way."""
    import base64

    try:
        data = base64.a85decode(data.strip().split(b"~>")[0]) if encoded else data
        return zlib.decompressobj().decompress(data, MAX_DRAWING) if packed else data
    except (ValueError, zlib.error):
        return b""


def _refusal(material: Material, what: str) -> DocumentError:
    return DocumentError(
        f"{material.shown} holds {what}; print it to a new PDF at a lower resolution, or give the paper as published."
    )


def _number(head: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb"\s+(\d{1,12})", head)
    return int(found[1]) if found else 0


def _unpacked(data: mmap.mmap, start: int, end: int, layers: int, encoded: bool) -> Iterator[bytes]:
    """What the Flate layers make of the bytes, piece by piece; ends where they are damaged."""
    if encoded:
        import base64

        text = bytes(data[start:end]).split(b"~>")[0]
        try:
            source: bytes | mmap.mmap = base64.a85decode(text)
        except ValueError:
            return
        start, end = 0, len(source)
    else:
        source = data
    unpackers = [zlib.decompressobj() for _ in range(min(layers, 4))]
    try:
        for at in range(start, end, _PIECE):
            yield from _through(source[at : min(end, at + _PIECE)], unpackers)
    except zlib.error:
        return  # pdfium stops there as well


def _through(piece: bytes, unpackers: list[zlib._Decompress]) -> Iterator[bytes]:
    if not unpackers:
        yield piece
        return
    first, rest = unpackers[0], unpackers[1:]
    while piece and not first.eof:
        out = first.decompress(piece, _PIECE)
        piece = first.unconsumed_tail
        yield from _through(out, rest)


MAX_DRAWS = 400_000
"""Forms drawn by one stream, all in all; a scatter plot may draw one for each of its points."""


MAX_MARKS = 5_000
"""Marks open at once; each costs pdfium as much as all that are open."""


_DO = re.compile(rb"\sDo\b")


_OPERAND = re.compile(rb"/([^\s/<>\[\]()]{1,80})\s*$")


_NAMED = re.compile(rb"/([^\s/<>\[\]()]{1,80})\s+(\d{1,9})\s+\d+\s+R")


_NUMBER = re.compile(rb"(\d{1,9})\s+\d+$")


_LONGEST_PLAIN = 20_000


def _plain_objects(data: bytes | mmap.mmap) -> dict[int, bytes]:
    """Objects by number, without what their streams hold."""
    plain: dict[int, bytes] = {}
    at = 0
    while (at := data.find(b" obj", at)) >= 0:
        number = _NUMBER.search(data[max(0, at - 20) : at])
        at += 4
        end = data.find(b"endobj", at, at + _LONGEST_PLAIN)
        if number is not None and end >= 0:
            plain[int(number[1])] = data[at:end].split(b"stream", 1)[0]
    return plain


class Drawings:
    """Streams that draw forms: `add` each of them, then ask for `most`."""

    def __init__(self) -> None:
        self._draws: dict[int, Counter[bytes]] = {}
        self._heads: dict[int, bytes] = {}
        self._nested = False

    def add(self, number: int, head: bytes, drawing: bytes) -> None:
        """A stream with its object number, its dictionary, and what it draws, unpacked."""
        marks = drawing.count(b" BMC") + drawing.count(b" BDC")
        self._nested = self._nested or marks - drawing.count(b"EMC") > MAX_MARKS
        draws: Counter[bytes] = Counter()
        for match in _DO.finditer(
            drawing
        ):  # looking back from the operator is ten times as fast as looking for names
            name = _OPERAND.search(drawing, max(0, match.start() - 82), match.start())
            if name:
                draws[name[1]] += 1
        if draws:
            self._draws[number] = draws
            self._heads[number] = head

    def most(self, data: bytes | mmap.mmap) -> int:
        """The most forms that any one stream of the file `data` draws."""
        if self._nested:
            return MAX_DRAWS + 1
        if not self._draws:
            return 0
        if max(draws.total() for draws in self._draws.values()) > MAX_DRAWS:
            return MAX_DRAWS + 1
        if len(self._draws) == 1:
            return next(iter(self._draws.values())).total()
        plain = _plain_objects(data)
        everywhere: defaultdict[bytes, set[int]] = defaultdict(set)
        for body in plain.values():
            for name, number in _NAMED.findall(body):
                if int(number) in self._draws:
                    everywhere[name].add(int(number))
        targets = {number: self._targets(number, plain, everywhere) for number in self._draws}
        known: dict[int, int] = {}
        # Depth first without recursion; a form that draws itself is skipped there, as pdfium does.
        for root in self._draws:
            stack, above = [root], {root}
            while stack:
                current = stack[-1]
                waiting = [
                    t for ts in targets[current].values() for t in ts if t not in known and t not in above
                ]
                if waiting and len(stack) < 500:
                    stack.append(waiting[0])
                    above.add(waiting[0])
                    continue
                known[current] = sum(
                    count * (1 + max((known.get(t, 0) for t in targets[current].get(name, ())), default=0))
                    for name, count in self._draws[current].items()
                )
                above.discard(stack.pop())
        return max(known.values())

    def _targets(
        self, number: int, plain: Mapping[int, bytes], everywhere: Mapping[bytes, set[int]]
    ) -> dict[bytes, set[int]]:
        """The drawing streams that each name drawn by a stream can stand for: those of its own resources, else any."""
        near = [self._heads[number]]
        for _ in range(2):  # the resources may be an object of their own, and their list of forms another one
            near += [plain[int(n)] for body in near for _, n in _NAMED.findall(body) if int(n) in plain]
        own: defaultdict[bytes, set[int]] = defaultdict(set)
        for name, n in (pair for body in near[:200] for pair in _NAMED.findall(body)):
            if int(n) in self._draws:
                own[name].add(int(n))
        return {name: own.get(name) or everywhere.get(name, set()) for name in self._draws[number]}
