"""Repairs words: ligatures, accents beside their letters, hyphens at line ends.

Whether a hyphen at a line end belongs to the word is decided by the paper's own vocabulary first, then by how common
the word is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from podcast_dspy.text.words import frequency

_LIGATURES = {
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "ĳ": "ij",
}  # fmt: skip
_ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a",
    "˝": "\u030b", "˘": "\u0306", "¸": "\u0327", "˙": "\u0307", "¯": "\u0304", "˛": "\u0328",
}  # fmt: skip
_REPAIRS = str.maketrans({**_LIGATURES, "\u2010": "-", "\u2011": "-", "\u00ad": "-", "\u00a0": " ", "−": "-"})
_DEGREES = re.compile(r"(?<=\d) ?[◦º˚∘°] ?(?=[CF]\b)")
"""TeX sets a degree as a raised circle, some fonts as a ring or an ordinal mark."""

_LONE_ACCENT = re.compile(rf"([^\W\d_])?([{''.join(_ACCENTS)}])( ?)([^\W\d_])?")
"""An accent that is drawn beside its letter: TeX draws most before it, the cedilla after it."""

_CONTRACTED = re.compile(r"(?:s|t|d|m|re|ll|ve)\b")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TAIL = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_HEAD = re.compile(r"([^\W\d_]+)")


class Vocabulary:
    """Words of the paper that were seen whole inside a line."""

    def __init__(self, texts: Iterable[str] = (), language: str = "en") -> None:
        self.language = language
        self.counts: Counter[str] = Counter()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Count the words of one line; its first and last word may be halves and are left out."""
        words = [word.lower() for word in _LETTERS.findall(text)]
        self.counts.update(words[1:-1] if len(words) > 2 else [])

    def keeps_hyphen(self, left: str, right: str) -> bool:
        """Whether `left-` at a line end, followed by `right`, is a compound rather than one broken word."""
        first, second = left.lower(), right.lower()
        joined, compound = first + second, f"{first}-{second}"
        seen_joined, seen_compound = self.counts[joined], self.counts[compound]
        if seen_joined != seen_compound:
            return seen_compound > seen_joined
        shouted = left.isupper() and right.isupper() and len(left + right) > 6
        if right[:1].isupper() and not shouted:
            return True
        if "-" in first:
            return frequency(first.rsplit("-", 1)[1] + second, self.language) < 2.4
        if frequency(joined, self.language) > 1.0:
            return False
        # An unknown joined form made of two common words is a compound (`well-known`), else a rare word.
        return (
            min(frequency(first.rsplit("-", 1)[-1], self.language), frequency(second, self.language)) >= 3.3
            and len(second) > 2
            and len(first) > 1
        )


def _composed(match: re.Match[str]) -> str:
    """An accent put on the letter after it, or on the one before, whichever can have it."""
    before, accent, gap, after = (part or "" for part in match.groups())
    if accent in "´`" and before and _CONTRACTED.match(match.string, match.end(2)):
        return match.group()  # it stands for an apostrophe
    put = [
        unicodedata.normalize("NFC", letter.replace("ı", "i") + _ACCENTS[accent]) if letter else ""
        for letter in (before, after)
    ]
    if len(put[1]) == 1 and (before or not (gap or accent == "`")):
        return before + put[1]
    return put[0] + gap + after if len(put[0]) == 1 else match.group()


def clean(text: str) -> str:
    """Ligatures as letters, odd spaces and hyphens as plain ones, separate accents put on their letters."""

    text = text.translate(_REPAIRS)
    if not text.isascii():
        text = _LONE_ACCENT.sub(_composed, text)
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    text = _DEGREES.sub("°", text)
    return re.sub(r" (?=[.,;:!?](?:\s|$))", "", text)


def dehyphenate(left: str, right: str, vocabulary: Vocabulary) -> str:
    """`left` and the line after it as one text, the hyphen at the end of `left` repaired."""
    if not left:
        return right
    if not right:
        return left
    head = _HEAD.match(right)
    tail = _TAIL.search(left[-60:]) if left.endswith("-") else None
    if tail and head:
        if vocabulary.keeps_hyphen(tail.group(1), head.group(1)):
            return left + right
        return left[:-1] + right
    if left.endswith("-") and len(left) > 1 and left[-2].isalnum():
        return left + right
    if left.endswith(("/", "–")) and not left.endswith((" /", " –")):
        return left + right
    return f"{left} {right}"
