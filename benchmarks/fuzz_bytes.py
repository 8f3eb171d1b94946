"""Damage that any file can take, whatever its format."""

from __future__ import annotations

import random

__all__ = ["cut", "flipped"]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Some bits turned round."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 3, 20))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(data: bytes, rng: random.Random) -> bytes:
    """A piece taken out."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 40, 2000, 30_000)) :]
