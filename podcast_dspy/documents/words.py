"""Repairs the text of lines: ligatures, hyphens at line ends, raised citation marks, spacing.

Whether a hyphen at a line end belongs to the word is decided by the paper's own vocabulary first, then by how common
the word is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from podcast_dspy.documents.line import Line, PackedWords, Word
from podcast_dspy.documents.marks import is_power
from podcast_dspy.text.words import frequency

__all__ = ["Vocabulary", "clean", "dehyphenate", "join_lines", "line_text"]

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
_MARK = re.compile(r"[\d,;–—\-+*†‡§¶‖#\s\[\]()a-f]{1,24}$")
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


def _raised_text(text: str, before: str, after: str, base: Word | None, reach: int) -> str:
    """What raised words add to the text: nothing for a citation or note mark, `^n` for an exponent."""
    if not _MARK.fullmatch(text):
        return text
    return f"^{text.replace('–', '-')}" if is_power(text, before, after, base, reach) else ""


def line_text(line: Line) -> str:
    """Text of a line without citation marks, repaired."""
    if line.repaired is None:
        text = _line_text(line)
        if not isinstance(line.words, PackedWords):
            return text  # its words may still change
        line.repaired = text
    return line.repaired


def _line_text(line: Line) -> str:
    words = list(line.words)
    parts: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        end = index + 1
        if word.raised == 1 and index > 0:
            while end < len(words) and words[end].raised == 1 and words[end].glued:
                end += 1
            text = clean("".join(w.text for w in words[index:end]))
            after = words[end].text if end < len(words) else ""
            addition = _raised_text(text, "".join(parts[-8:]), after, words[index - 1], line.reach)
            if addition:
                parts.append(addition if addition.startswith("^") or word.glued else " " + addition)
        elif index and not (word.glued and words[index - 1].raised != 1):
            # After a dropped mark the next word starts with a space unless it is punctuation.
            parts.append(word.text if word.glued and not word.text[:1].isalnum() else " " + word.text)
        else:
            parts.append(word.text)
        index = end
    # A mark between two full stops leaves both behind.
    return re.sub(r"(?<!\.)\. ?\.$", ".", clean("".join(parts)))


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


def join_lines(lines: Sequence[Line], vocabulary: Vocabulary) -> str:
    """Lines of one paragraph as one repaired text."""
    text = ""
    for line in lines:
        text = dehyphenate(text, line_text(line), vocabulary)
    return text
