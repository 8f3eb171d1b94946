"""What a transcript writes that nobody says: sounds in brackets, the captioner's notes, musical signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

__all__ = ["spoken_only"]

T = TypeVar("T")

_SOUND: Final = (
    r"music|jingle|laugh|chuckl|giggl|applau|clap|cheer|sigh|cough|sneez|sniff|gasp|groan|breath|throat|whisper|whistl"
    r"|hum(?:s|ming)?\b|sing(?:s|ing)\b|song|noise|sounds?\b|beep|ring(?:s|ing)\b|silence|pause|crosstalk|cross talk"
    r"|overlapping|inaudible|indistinct|unintelligible|unclear|foreign language|bleep|slam|knock|clicking|typing"
)
"""Stems of the sounds that captioning guides tell to write in brackets."""
_UNSPOKEN: Final = re.compile(
    r"\[[^\[\]]{0,80}\](?!:)"  # square brackets are the captioner's, unless they name who speaks
    rf"|\((?i:(?=[^()]*\b(?:{_SOUND})))[^()]{{1,40}}\)"
    rf"|\*(?i:(?=[^*]*\b(?:{_SOUND})))[^*]{{1,40}}\*"
    r"|^\W*\([^()a-z]*[A-Z]{3}[^()a-z]*\)"  # (SINGING) in front of what is sung
    r"|^\s*\([^()]*\)\s*$"  # a line wholly in brackets; an aside inside a sentence is spoken
    r"|[♪♫♬♩🎵🎶]|(?:^|(?<=\s))#(?=\s|$)"
)


def spoken_only(words: Sequence[T], text: Callable[[T], str]) -> list[tuple[T, str]]:
    """Those of the `words` of a line that are said, each with what is said of its `text`.

    "[Music]", "(audience laughs)", "*sighs*" and "♪" are not.
    """
    line, starts = "", []
    for word in words:
        starts.append(len(line))
        line += text(word) + " "
    silent = bytearray(len(line))
    for found in _UNSPOKEN.finditer(line.rstrip()):
        silent[found.start() : found.end()] = b"\1" * (found.end() - found.start())
    said = []
    for word, start in zip(words, starts, strict=True):
        letters = enumerate(text(word), start)
        kept = "".join(letter for place, letter in letters if not silent[place])
        if any(letter.isalnum() for letter in kept) or kept == text(word):
            said.append((word, kept))
    return said
