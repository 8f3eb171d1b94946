"""Ways to damage a recording, from a seed: bytes, headers, sizes, frames, tags, and an hour packed into kilobytes."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import av
import numpy as np
from fuzz_bytes import cut, flipped
from scipy.signal import resample_poly

from podcast_dspy.audio import get_voice

__all__ = ["FORMATS", "KINDS", "mutated", "recording"]

FORMATS = {
    "mp3": ("mp3", "libmp3lame"), "wav": ("wav", "pcm_s16le"), "flac": ("flac", "flac"),
    "ogg": ("ogg", "libopus"), "m4a": ("mp4", "aac"),
}  # fmt: skip
"""Container and codec by ending."""

RATE = 48_000
SAID = "A filter never forgets a key that was inserted. But sometimes it imagines one, and that costs memory in 1970."


@cache
def speech() -> np.ndarray:
    """A few sentences by an embedded voice, 16 bit."""
    voice = get_voice("piper:joe")
    sound = voice.synthesize(SAID)
    return (30_000 * resample_poly(sound, RATE, voice.sample_rate).clip(-1, 1)).astype(np.int16)


@cache
def recording(ending: str, seconds: int = 8, *, silent: bool = False) -> bytes:
    """Speech as a file of that format; `silent` packs `seconds` of near silence into little."""
    container, codec = FORMATS[ending]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        done = 0
        while done < seconds * RATE:
            count = min(RATE, seconds * RATE - done)
            if silent:
                data = np.zeros(count, np.int16)
                data[::RATE] = 3000
            else:
                data = speech()[done : done + count]
                data = np.pad(data, (0, count - len(data)))
            frame = av.AudioFrame.from_ndarray(data.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, done, Fraction(1, RATE)
            output.mux(stream.encode(frame))
            done += count
        output.mux(stream.encode(None))
    return buffer.getvalue()


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def sprayed(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((100, 1000, len(out) // 20))):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def broken_header(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 4, 30))):
        out[rng.randrange(min(200, len(out)))] = rng.randrange(256)
    return bytes(out)


def stuffed(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.choice((1, 300, 20_000))) + data[start:]


def huge_sizes(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 4, 20))):
        place = rng.randrange(min(4096, len(out) - 8))
        number = rng.choice(
            (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xff" * 8)
        )
        out[place : place + len(number)] = number
    return bytes(out)


def doubled_headers(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.choice((4, 44, 200, 4096))] * rng.choice((1, 3, 200)) + data


def blanked(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    length = rng.choice((100, 5000, len(data)))
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def joined(data: bytes, rng: random.Random) -> bytes:
    others = [recording(ending) for ending in FORMATS]
    parts = [data, *rng.sample(others, rng.choice((1, 3)))]
    rng.shuffle(parts)
    return b"".join(part[rng.choice((0, 0, 300)) :] for part in parts)


def swollen_tags(data: bytes, rng: random.Random) -> bytes:
    size = rng.choice((10, 100_000, 2**28 - 1))
    sync = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    frames = b"".join(
        name
        + rng.choice((b"\xff\xff\xff\xff", b"\0\0\1\0", b"\0\x0f\xff\xff"))
        + b"\0\0\3"
        + b"x" * rng.choice((1, 900))
        for name in rng.choices(
            (b"TIT2", b"CHAP", b"APIC", b"CTOC", b"SYLT", b"PRIV"), k=rng.choice((1, 30, 2000))
        )
    )
    nested = b"".join((8 * (400 - k)).to_bytes(4, "big") + b"moov" for k in range(400))
    return rng.choice((b"ID3" + rng.choice((b"\3", b"\4", b"\2")) + b"\0\0" + sync + frames, nested)) + data


def long_silence(data: bytes, rng: random.Random) -> bytes:
    whole = recording("flac", rng.choice((900, 3600)), silent=True)
    return whole if rng.random() < 0.5 else flipped(whole, rng)


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "truncated": truncated,
    "bits flipped": flipped,
    "bytes sprayed": sprayed,
    "header broken": broken_header,
    "span cut out": cut,
    "noise put in": stuffed,
    "sizes huge": huge_sizes,
    "headers doubled": doubled_headers,
    "span blanked": blanked,
    "formats joined": joined,
    "tags swollen": swollen_tags,
    "an hour of silence": long_silence,
}


def mutated(data: bytes, kind: str, seed: int) -> bytes:
    """`data` damaged in one way; the same seed gives the same bytes."""
    return KINDS[kind](data, random.Random(f"{kind}-{seed}"))
