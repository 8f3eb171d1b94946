"""Register: whether a text is told to a listener or reported in writing, which decides how near to its source it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from podcast_dspy.text.words import plain_text

__all__ = ["is_told", "told"]

_SPOKEN = re.compile(
    r"\b(?:you|your|yours|yourself|i|i'[dm]|let's|imagine|picture (?:a|an|the|this|yourself|somebody|someone))\b"
    r"|\b\w+n't\b|\b(?:it|that|there|here|what|who|they|we|you|i|he|she|let)'(?:s|re|ve|ll|d|m)\b"
    r"|\bthink of (?:a|an|it|this|that|them|somebody|someone|the)\b"
    r"|\b(?:is|are|was|it's|that's|a bit|just|much|rather) like (?:a|an|the|\w+ing)\b"
    r"|\?[\"'”’)]*$|^(?:and|but|so|well|now|okay|ok|yes|no|oh),? ",
    re.I,
)
_SHARE: Final = 0.15
"""Share of sentences with a mark of speech from which the whole is speech; written abstracts have none."""


@lru_cache(maxsize=20_000)
def is_told(sentence: str) -> bool:
    """Whether a sentence itself speaks: to somebody, with contractions, or as a picture."""
    return bool(_SPOKEN.search(plain_text(sentence)))


def told(sentences: Sequence[str]) -> bool:
    """Whether a text, given as its sentences, is told to somebody rather than reported in writing."""
    return bool(sentences) and sum(map(is_told, sentences)) >= _SHARE * len(sentences)
