"""A transcript in plain text or Markdown: which words are spoken, and by whom."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from podcast_dspy.audio.sounds import spoken_only
from podcast_dspy.audio.spoken.markup import strip_markup

__all__ = ["spoken_words"]

_UNSPOKEN: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t].*|(?:[-*_=][ \t]*){3,})$", re.MULTILINE)
"""Headings and rules."""
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
    text = _TAGGED.sub(r"\n\1: ", _TIME.sub(" ", _UNSPOKEN.sub("", text.replace("\r\n", "\n"))))
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
