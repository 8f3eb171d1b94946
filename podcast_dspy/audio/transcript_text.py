"""Which words of a written transcript are spoken, and by whom: no headings, labels, time marks or sounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from podcast_dspy.text.spoken.markup_removal import strip_markup

__all__ = ["spoken_only", "spoken_words"]

T = TypeVar("T")

_SOUND: Final = (
    r"music|jingle|laugh|chuckl|giggl|applau|clap|cheer|sigh|cough|sneez|sniff|gasp|groan|breath|throat|whisper|whistl"
    r"|hum(?:s|ming)?\b|sing(?:s|ing)\b|song|noise|sounds?\b|beep|ring(?:s|ing)\b|silence|pause|crosstalk|cross talk"
    r"|overlapping|inaudible|indistinct|unintelligible|unclear|foreign language|bleep|slam|knock|clicking|typing"
)
"""Stems of the sounds that captioning guides tell to write in brackets."""
_NOTE: Final = re.compile(
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
    for found in _NOTE.finditer(line.rstrip()):
        silent[found.start() : found.end()] = b"\1" * (found.end() - found.start())
    said = []
    for word, start in zip(words, starts, strict=True):
        letters = enumerate(text(word), start)
        kept = "".join(letter for place, letter in letters if not silent[place])
        if any(letter.isalnum() for letter in kept) or kept == text(word):
            said.append((word, kept))
    return said


_HEADING: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t].*|(?:[-*_=][ \t]*){3,})$", re.MULTILINE)
"""Headings, and rules between parts."""
_CLOCK: Final = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?"
_TIME: Final = re.compile(rf"[\[(]{_CLOCK}[\])]|^[ \t]*{_CLOCK}(?=[ \t]*$|[ \t]{{2}})", re.MULTILINE)
_HEAD: Final = re.compile(
    rf"^[ \t]*(\S[^\n:.?!]{{0,60}}?)(?:[ \t]{{2,}}|\t|[ \t]+[|·•-][ \t]+){_CLOCK}[ \t]*$"
)
"""A line that names who speaks and when, above what they say."""
_TAGGED: Final = re.compile(r"<(Person ?\d+|Speaker ?\d+)>[ \t]*", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"^[ \t]*(?:\d{1,3}[.)][ \t]*)?[*_]*[\[(]?"
    r"(?P<name>[^\W\d_][\w.'’-]*(?:[ \t][\w.'’-]+){0,3})"
    r"[\])]?[*_]*(?:[ \t]*\([^)\n]{0,30}\))?[*_]*:[*_]*(?=\s|$)"
)


def spoken_words(text: str) -> list[tuple[str, str | None]]:
    """(word, speaker) of everything that `text` says was said; headings, time marks and labels are not.

    A line that begins with "Name:", "**Name:**" or "[Name]:" is a label when the name begins at least two lines, so
    that "Remember: ..." stays what somebody said. Lines without a label go on with the speaker before them.
    """
    text = _TAGGED.sub(r"\n\1: ", _TIME.sub(" ", _HEADING.sub("", text.replace("\r\n", "\n"))))
    lines = text.split("\n")
    labels = [_LABEL.match(line) for line in lines]
    counts = Counter(label["name"].lower() for label in labels if label)
    words: list[tuple[str, str | None]] = []
    speaker: str | None = None
    for line, label in zip(lines, labels, strict=True):
        if head := _HEAD.match(line):
            speaker, line = head[1], ""
        if label and counts[label["name"].lower()] > 1:
            speaker, line = label["name"], line[label.end() :]
        words += [(said, speaker) for _, said in spoken_only(strip_markup(line).split(), str)]
    return words
