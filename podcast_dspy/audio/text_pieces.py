"""Texts longer than a provider of speech takes: asked for in pieces, whose sound is joined."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["in_pieces", "text_pieces"]


def in_pieces(text: str, longest: int, ask: Callable[[str], bytes]) -> NDArray[np.float32]:
    """Samples (-1..1) of `text`; `ask` gives 16-bit little-endian mono sound of at most `longest` characters."""
    import numpy as np

    answers = [ask(piece) for piece in text_pieces(text, longest)]
    # An answer that was cut off within a sample loses that sample.
    sounds = [np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2") for sound in answers]
    return np.concatenate(sounds).astype(np.float32) / 32768.0


def text_pieces(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` characters, cut between sentences, else between words."""
    pieces: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for part in _broken(sentence, longest):
            if pieces and len(pieces[-1]) + 1 + len(part) <= longest:
                pieces[-1] += " " + part
            else:
                pieces.append(part)
    return pieces


def _broken(sentence: str, longest: int) -> list[str]:
    parts = [""]
    for word in sentence.split():
        while len(word) > longest:
            parts += [word[:longest], ""]
            word = word[longest:]
        if len(parts[-1]) + 1 + len(word) > longest:
            parts.append(word)
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return [part for part in parts if part]
