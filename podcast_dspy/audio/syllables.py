"""Count syllables and pauses of English text, lightly: enough to tell how long speech takes."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["pauses_after", "spoken_parts", "stressed", "syllables"]

_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœ]+")
# vowels next to each other that belong to two syllables: "neo-", "actual", "doing", "trying", "radio", "Maria"
_HIATUS = re.compile(
    r"eo(?!u)|ua(?!r|$|y)|(?:[^aeioqg]u|[oy])ing|io(?!n|us)|(?<![tsc])ia(?!ge|n$|l)|ae?ism|iou(?=r)|iet|ius|eum"
)
# silent before an ending: "safely", "movement", "useless"
_SILENT_INSIDE = re.compile(r"(?<=[aeiouy][^aeiouyl])e(?=ly$|ment|ful|less|where|thing)")
_LETTER_NAMES = {"w": 3}
_PARTS = re.compile(r"[-/–—]|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_EDGES = re.compile(r"^\W+|\W+$")
# words that carry no stress in running speech, and are said in half the time of others
_UNSTRESSED = frozenset(
    "a an the and or but nor so yet if as of at by for from in into on onto to with than that this these those is are "
    "was were be been am do does did has have had having can could will would shall should may might must i you he she "
    "it we they me him her us them my your his its our their who whom which what there here not no when where while "
    "because then just some any each very too also about over up out it's that's there's you're we're they're he's "
    "she's i'm i've we've you've they've don't doesn't isn't aren't wasn't can't won't let's it'll you'll we'll how "
    "why all both such more most only own same".split()
)
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


def spoken_parts(word: str) -> list[str]:
    """The parts of a token that are said as words: "G-P-U" has three, "NormalFloat" two, "(and" one."""
    parts = (_EDGES.sub("", part) for part in _PARTS.split(word))
    return [part for part in parts if part]


def stressed(word: str) -> bool:
    """Whether one word carries a stress in running speech: all do but articles, pronouns, auxiliaries and the like."""
    return word.lower().replace("’", "'") not in _UNSTRESSED


def pauses_after(word: str) -> tuple[int, int]:
    """(clause pauses, sentence pauses) that a token's punctuation calls for: (1, 0) at a comma, (0, 1) at a stop."""
    tail = word.rstrip(_CLOSING)[-1:]
    if tail and tail in ".!?…":
        return 0, 1
    if (tail and tail in ",;:—–") or word.endswith(")") or word.startswith("("):
        return 1, 0
    return 0, 0
