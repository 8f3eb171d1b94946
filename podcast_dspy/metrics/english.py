"""Whether a text is English, which is all that the measures without an LM can read."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from podcast_dspy.errors import UsageError
from podcast_dspy.text.words import FUNCTION_WORDS, frequency, words

_ENOUGH: Final = 20
"""Words from which their shares tell the language."""
_LITTLE_WORDS: Final = 0.2
"""Share of function words: about a half in English talk, a third in an abstract, a twentieth in other languages."""
_KNOWN: Final = 0.7
"""Share of words that English uses at least once in a million: a bare list of English terms has few function words."""
_COMMON: Final = 3.0
_LATIN_ENDS: Final = "\u024f"


@lru_cache(maxsize=512)
def is_english(text: str) -> bool:
    """Whether a text reads as English; texts of under 20 words in Latin letters are given the benefit of the doubt."""
    if not text.isascii():
        letters = [letter for letter in text if letter.isalpha()]
        if sum(letter > _LATIN_ENDS for letter in letters) > len(letters) / 2:
            return False
    said = words(text)
    if len(said) < _ENOUGH or sum(map(FUNCTION_WORDS.__contains__, said)) >= _LITTLE_WORDS * len(said):
        return True
    return sum(frequency(word) >= _COMMON for word in said) >= _KNOWN * len(said)


def require_english(text: str, what: str) -> None:
    """Raise UsageError unless a text is English."""
    if not is_english(text):
        raise UsageError(
            f"{what} is not in English, which is all that the measured judge reads; name an LM with --judge-lm"
        )
