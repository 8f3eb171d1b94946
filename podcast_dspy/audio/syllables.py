"""Count syllables and pauses of English text, lightly: enough to tell how long speech takes."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["pauses_after", "syllables"]

_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœ]+")
# vowels next to each other that belong to two syllables: "neo-", "actual", "doing", "trying", "radio", "Maria"
_HIATUS = re.compile(
    r"eo(?!u)|ua(?!r|$|y)|(?:[^aeioqg]u|[oy])ing|io(?!n|us)|(?<![tsc])ia(?!ge|n$|l)|ae?ism|iou(?=r)|iet|ius|eum"
)
# silent before an ending: "safely", "movement", "useless"
_SILENT_INSIDE = re.compile(r"(?<=[aeiouy][^aeiouyl])e(?=ly$|ment|ful|less|where|thing)")
_LETTER_NAMES = {"w": 3}
_CLOSING = "\"')]”’"


@lru_cache(maxsize=65_536)
def syllables(word: str) -> int:
    """Syllables of one word as it is spoken; 0 for a token without letters.

    Vowel groups, less silent endings, plus hiatus ("i-o", "u-al"); a lone letter counts as its name.
    """
    word = "".join(character for character in word.lower() if character.isalpha())
    if not word:
        return 0
    if len(word) == 1:
        return _LETTER_NAMES.get(word, 1)
    groups = len(_VOWELS.findall(word))
    if not groups:
        return len(word) if len(word) <= 4 else 1  # "gpt" is spelled
    if (
        re.search(r"[^aeiouyl]e$", word)
        or re.search(r"[aeiouy]le$|[aeiouy]re$", word)
        or (re.search(r"(?:[^aeioudty]ed|[aeiouy]ed)$", word) and not word.endswith(("ied", "eed")))
        or (re.search(r"[^aeiousxzc]es$", word) and not re.search(r"(?:sh|ch|[^aeiou]l|[gsczx])es$", word))
    ):
        groups -= 1
    groups -= len(_SILENT_INSIDE.findall(word))
    groups += len(_HIATUS.findall(word))
    if re.search(r"(?:[^aeiou]|^)sm$|thm$", word):
        groups += 1  # "rhythm", "-ism"
    return max(1, groups)


def pauses_after(word: str) -> tuple[int, int]:
    """(clause pauses, sentence pauses) that a token's punctuation calls for: (1, 0) at a comma, (0, 1) at a stop."""
    tail = word.rstrip(_CLOSING)[-1:]
    if tail and tail in ".!?…":
        return 0, 1
    if (tail and tail in ",;:—–") or word.endswith(")") or word.startswith("("):
        return 1, 0
    return 0, 0
