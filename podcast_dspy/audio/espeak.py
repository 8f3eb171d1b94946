"""espeak-ng, as Piper brings it: how a word that no dictionary holds is pronounced."""

from __future__ import annotations

import threading

__all__ = ["ESPEAK", "ipa"]

ESPEAK = threading.Lock()
"""espeak-ng is global to the process; whoever uses it, or Piper, holds this."""


def ipa(word: str) -> str:
    """American pronunciation of `word` in the International Phonetic Alphabet, without stress; "" for none."""
    from piper.phonemize_espeak import EspeakPhonemizer

    with ESPEAK:
        clauses = EspeakPhonemizer().phonemize("en-us", word)
    return "".join(sound for clause in clauses for sound in clause if sound not in "ˈˌ ")
