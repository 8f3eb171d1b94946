"""Ways to damage a PDF, from a seed: bytes, objects, tables, sizes, nesting, and streams that unpack to gigabytes."""

from __future__ import annotations

import base64
import random
import re
import zlib
from collections.abc import Callable
from functools import cache

from fuzz_bytes import cut, flipped

__all__ = ["KINDS", "built", "contents", "draw_first", "mutated", "stream", "taken_apart"]

Objects = dict[int, bytes]

_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\b(.*?)\bendobj", re.S)
_STREAM = re.compile(rb"(?P<head>.*?)stream\r?\n(?P<body>.*?)\r?\n?endstream\s*$", re.S)
_SIZES = re.compile(
    rb"/(?:Length|Width|Height|Count|Size|BitsPerComponent|FirstChar|LastChar|Predictor|Colors|Columns|Rotate|Prev|First|N)"
    rb"\s+(-?\d+)|/(?:MediaBox|CropBox|BBox|Matrix|FontBBox|W)\s*\[\s*(-?[\d.]+)"
)
_HUGE = (
    b"2147483647",
    b"4294967296",
    b"-1",
    b"0",
    b"-2147483648",
    b"99999999999999999999",
    b"1e308",
    b"1000000000",
)


def taken_apart(data: bytes) -> tuple[Objects, bytes]:
    """Objects by number, and the reference to the root."""
    objects = {int(match[1]): match[2] for match in _OBJECT.finditer(data)}
    root = re.search(rb"/Root\s+(\d+) 0 R", data)
    return objects, root[1] if root else b"1"


def built(objects: Objects, root: bytes) -> bytes:
    """A file with these objects and a table that is right."""
    out = bytearray(b"%PDF-1.5\n")
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj%sendobj\n" % (number, body)
    at, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    return bytes(out + b"trailer\n<</Root %s 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (root, size, at))


def _streams(objects: Objects) -> list[int]:
    return [number for number, body in objects.items() if _STREAM.match(body)]


def contents(objects: Objects) -> list[int]:
    """Objects that hold the drawing of pages."""
    found = [int(m[1]) for body in objects.values() for m in re.finditer(rb"/Contents\s+(\d+) 0 R", body)]
    return [number for number in found if number in objects]


def _unpacked(body: bytes) -> bytes:
    match = _STREAM.match(body)
    data = match["body"] if match else b""
    try:
        if match and b"ASCII85" in match["head"]:
            data = base64.a85decode(data.strip().removesuffix(b"~>"))
        return zlib.decompress(data)
    except (ValueError, zlib.error):
        return data


def stream(data: bytes, more: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    return b"\n<</Filter %s/Length %d%s>>\nstream\n%s\nendstream\n" % (filters, len(data), more, data)


@cache
def _bomb(unit: bytes, megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    block = unit * (2**20 // len(unit))
    return b"".join([*(packer.compress(block) for _ in range(megabytes)), packer.flush()])


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def sprayed(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((200, 1000, 5000))):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def stuffed(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.choice((1, 300, 5000))) + data[start:]


def swapped_objects(data: bytes, rng: random.Random) -> bytes:
    objects, root = taken_apart(data)
    for _ in range(rng.choice((1, 2, 6))):
        a, b = rng.sample(sorted(objects), 2)
        objects[a], objects[b] = objects[b], objects[a]
    return built(objects, root)


def swapped_streams(data: bytes, rng: random.Random) -> bytes:
    objects, root = taken_apart(data)
    for _ in range(rng.choice((1, 3))):
        a, b = rng.choice(_streams(objects)), rng.choice(_streams(objects))
        one, two = _STREAM.match(objects[a]), _STREAM.match(objects[b])
        if one and two:
            objects[a] = one["head"] + b"stream\n" + two["body"] + b"\nendstream\n"
            objects[b] = two["head"] + b"stream\n" + one["body"] + b"\nendstream\n"
    return built(objects, root)


def doubled_table(data: bytes, rng: random.Random) -> bytes:
    at = data.rfind(b"xref\n0")
    table = bytearray(data[at:])
    for _ in range(rng.choice((0, 3, 40))):
        table[rng.randrange(len(table))] = rng.choice(b"0123456789 nf\n")
    prior = b"/Prev %d " % (rng.choice((at, len(data), 0, 2**31 - 1)))
    return data + bytes(table).replace(b"trailer\n<<", b"trailer\n<<" + prior) * rng.choice((1, 3))


def huge_sizes(data: bytes, rng: random.Random) -> bytes:
    share = rng.choice((0.02, 0.2, 1.0))

    def swell(match: re.Match[bytes]) -> bytes:
        number = match[1] or match[2]
        return match[0].replace(number, rng.choice(_HUGE)) if rng.random() < share else match[0]

    objects, root = taken_apart(data)
    result = built({number: _SIZES.sub(swell, body) for number, body in objects.items()}, root)
    return _SIZES.sub(swell, result) if rng.random() < 0.3 else result


def draw_first(objects: Objects, content: int, form: int) -> None:
    """Let the page of a content stream draw a form before all else."""
    objects[content] = stream(zlib.compress(b"/Deep Do " + _unpacked(objects[content])))
    page = next(n for n, body in objects.items() if b"/Contents %d 0 R" % content in body)
    place, told = (
        (rb"/XObject\s*<<", b"/XObject <<") if b"/XObject" in objects[page] else (rb"/Resources\s*<<", b"")
    )
    told = told or b"/Resources <</XObject <<"
    closing = b" " if b"/XObject" in objects[page] else b">>"
    objects[page] = re.sub(place, told + b"/Deep %d 0 R" % form + closing, objects[page], count=1)


def deep_nesting(data: bytes, rng: random.Random) -> bytes:
    objects, root = taken_apart(data)
    depth = rng.choice((40, 500, 20_000))
    free = max(objects) + 1
    content = rng.choice(contents(objects))
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"
    way = rng.randrange(6)
    if way == 0:
        opener, closer = rng.choice(((b"[", b"]"), (b"<</A ", b">>")))
        number = rng.choice(sorted(objects))
        objects[number] = objects[number].replace(b"<<", b"<</Deep " + opener * depth + closer * depth, 1)
    elif way == 1:
        objects[content] = stream(
            zlib.compress(rng.choice((b"q ", b"BT ", b"[", b"<<", b"/A BMC ")) * depth * 20)
        )
    elif way == 2:  # a chain of page trees, closed to a ring or not
        pages = next(n for n, body in objects.items() if re.search(rb"/Type\s*/Pages\b", body))
        for k in range(depth):
            below = pages if k + 1 == depth and rng.random() < 0.5 else free + k + 1
            objects[free + k] = b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % below
        objects[pages] = objects[pages].replace(b"/Kids [", b"/Kids [ %d 0 R " % free, 1)
    else:  # forms that draw forms, each twice, or themselves
        depth = min(depth, 400)
        for k in range(depth):
            names = [free + k] if way == 3 else [min(free + k + 1, free + depth - 1)] * (1 + (way == 4))
            uses = b"".join(b"/F%d %d 0 R" % (i, name) for i, name in enumerate(names))
            draws = b"".join(b" /F%d Do" % i for i in range(len(names)))
            objects[free + k] = stream(zlib.compress(draws), form + b"/Resources<</XObject<<%s>>>>" % uses)
        draw_first(objects, content, free)
    return built(objects, root)


def bombs(data: bytes, rng: random.Random) -> bytes:
    objects, root = taken_apart(data)
    content = rng.choice(contents(objects))
    unit = rng.choice((b" ", b"q Q ", b"0 0 m ", b"BT (abcdefg) Tj ET ", b"/F1 9 Tf ", b"0 0 9 9 re f "))
    megabytes = rng.choice((8, 24, 300, 1500))
    way = rng.randrange(5)
    if way == 0:
        objects[content] = stream(_bomb(unit, megabytes))
    elif way == 1:
        objects[content] = stream(zlib.compress(_bomb(b" ", 1500)), filters=b"[/FlateDecode /FlateDecode]")
    elif way == 2:  # a picture of gigapixels, drawn
        pictures = [
            n for n, body in objects.items() if b"/Subtype /Image" in body or b"/Subtype/Image" in body
        ]
        number = rng.choice(pictures or _streams(objects))
        size = (
            b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray"
        )
        objects[number] = stream(_bomb(b"\0", 1500), size)
    elif way == 3:  # whatever stream it is: a font, a table, a picture
        number = rng.choice(_streams(objects))
        match = _STREAM.match(objects[number])
        head = (
            re.sub(rb"/Filter\s*(?:\[[^\]]*\]|/\w+)|/Length\s+\d+", b"", match["head"]) if match else b"<<>>"
        )
        body = _bomb(unit, megabytes)
        objects[number] = head.rstrip()[:-2] + b"/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\n" % (
            len(body),
            body,
        )
    else:
        run = b"\x81\x20" * rng.choice((10_000, 400_000))  # RunLength: 128 spaces each
        objects[content] = stream(run, filters=b"/RunLengthDecode")
    return built(objects, root)


def scrambled_drawing(data: bytes, rng: random.Random) -> bytes:
    objects, root = taken_apart(data)
    for content in contents(objects):
        drawing = bytearray(_unpacked(objects[content]))
        for _ in range(rng.choice((5, 100, 2000))):
            place = rng.randrange(max(1, len(drawing)))
            way = rng.randrange(3)
            if way == 0 and drawing:
                drawing[place] = rng.randrange(256)
            elif way == 1:
                drawing[place:place] = rng.choice(
                    (b" 1e9 ", b" -99999 ", b" Tm ", b" Do ", b"(", b"]", b" cm ", b" 0 Tf ")
                )
            else:
                del drawing[place : place + rng.randrange(20)]
        objects[content] = stream(zlib.compress(bytes(drawing), 1))
    return built(objects, root)


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "truncated": truncated,
    "bits flipped": flipped,
    "bytes sprayed": sprayed,
    "span cut out": cut,
    "noise put in": stuffed,
    "objects swapped": swapped_objects,
    "streams swapped": swapped_streams,
    "table doubled": doubled_table,
    "sizes huge": huge_sizes,
    "nesting deep": deep_nesting,
    "bombs": bombs,
    "drawing scrambled": scrambled_drawing,
}


def mutated(data: bytes, kind: str, seed: int) -> bytes:
    """`data` damaged in one way; the same seed gives the same bytes."""
    return KINDS[kind](data, random.Random(f"{kind}-{seed}"))
