"""Universal patterns: phrases that several hosts use, whatever the paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz

__all__ = ["common_phrases"]

_ALIKE: Final = 75.0
"""rapidfuzz token-sort ratio (0-100) from which two phrases say the same."""
_OPENING: Final = 4
"""Two phrases also match when they begin with these many words in common."""
_PLAIN: Final = re.compile(r"[^a-z' ]+")


def _plain(phrase: str) -> str:
    """Lower-case words only; slots are left out."""
    return " ".join(_PLAIN.sub(" ", re.sub(r"\{\w+\}", " ", phrase.lower())).split())


def _alike(first: str, second: str) -> bool:
    a, b = _plain(first), _plain(second)
    if not a or not b:
        return False
    if a.split()[:_OPENING] == b.split()[:_OPENING] and len(a.split()) >= _OPENING:
        return True
    return float(fuzz.token_sort_ratio(a, b)) >= _ALIKE


def common_phrases(phrase_lists: Sequence[Sequence[str]], *, at_least: int = 2) -> tuple[str, ...]:
    """Phrases that occur, in much the same words, in the lists of at least `at_least` podcasts.

    Each group of alike phrases is represented by its most general member (the one with a slot, else the shortest);
    groups that more podcasts share come first.
    """
    groups: list[list[tuple[int, str]]] = []
    for index, phrases in enumerate(phrase_lists):
        for phrase in phrases:
            home = next((group for group in groups if any(_alike(phrase, other) for _, other in group)), None)
            if home is None:
                groups.append([(index, phrase)])
            else:
                home.append((index, phrase))
    shared = [group for group in groups if len({index for index, _ in group}) >= at_least]
    shared.sort(key=lambda group: -len({index for index, _ in group}))
    return tuple(
        min((phrase for _, phrase in group), key=lambda p: ("{" not in p, len(p), p)) for group in shared
    )
