"""Forced alignment: when each word of a known English text is spoken, from the sound itself (PocketSphinx)."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.audio.decoding import SPEECH_RATE
from podcast_dspy.audio.local_voices import ipa
from podcast_dspy.text.normalisation import speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST = 40
"""Letters; what is longer is no word, and takes espeak-ng long."""
_PHONES: Final = {
    # vowels that take in the following r or schwa
    "aɪɚ": "AY ER", "aʊɚ": "AW ER", "aɪə": "AY ER", "ɔːɹ": "AO R", "oːɹ": "AO R", "ɑːɹ": "AA R", "ɛɹ": "EH R",
    "ɪɹ": "IH R", "ʊɹ": "UH R", "ɜːɹ": "ER", "iə": "IY AH", "əl": "AH L", "n̩": "AH N",
    # diphthongs and affricates
    "eɪ": "EY", "aɪ": "AY", "ɔɪ": "OY", "aʊ": "AW", "oʊ": "OW", "əʊ": "OW", "tʃ": "CH", "dʒ": "JH",
    # vowels
    "iː": "IY", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɛ": "EH", "e": "EH", "æ": "AE", "a": "AA", "ɑː": "AA", "ɑ": "AA",
    "ɔː": "AO", "ɔ": "AO", "oː": "AO", "o": "OW", "ʊ": "UH", "uː": "UW", "u": "UW", "ʌ": "AH", "ə": "AH", "ɐ": "AH",
    "ɜː": "ER", "ɜ": "ER", "ɚ": "ER",
    # consonants
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "f": "F", "v": "V", "θ": "TH", "ð": "DH",
    "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH", "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɫ": "L",
    "ɹ": "R", "r": "R", "j": "Y", "w": "W", "ɾ": "T", "ʔ": "T", "x": "K",
}  # fmt: skip
"""IPA as espeak-ng writes American English, and the phones of the CMU dictionary (ARPAbet without stress)."""
_SOUND: Final = re.compile("|".join(sorted(map(re.escape, _PHONES), key=len, reverse=True)))
_LETTERS: Final = re.compile(r"[^a-z']")
_DIGIT: Final = re.compile(r"\d")


def arpabet(sounds: str) -> str:
    """Phones of the CMU dictionary for IPA `sounds`, a space between two; what has no phone is left out."""
    return " ".join(_PHONES[sound] for sound in _SOUND.findall(sounds))


class Pronunciations:
    """Which entries of a PocketSphinx decoder's dictionary a written word is spoken as; missing ones are added."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._known: dict[str, tuple[str, ...]] = {}

    def entries(self, word: str) -> tuple[str, ...]:
        """Entries of the dictionary in the order they are spoken: "cache-line" is two, "—" none.

        A number is one, with all the ways in which it may be read out: 1970 as a year, an amount, or digits.
        """
        if word not in self._known:
            plain = word.strip("\"'().,;:!?…“”‘’").replace("’", "'")
            # "us" is a word and "US" two letters; signs are read out
            simple = plain.replace("'", "").isalpha() and not (plain.isupper() and len(plain) > 1)
            if len(plain) > _LONGEST:
                found: list[str] = []
            elif _DIGIT.search(plain):
                found = [self._number(plain)]
            else:
                found = [self._entry(part) for part in ([plain] if simple else _words(speakable(plain)))]
            self._known[word] = tuple(entry for entry in found if entry)
        return self._known[word]

    def _number(self, plain: str) -> str:
        amount = speakable(plain)
        if not amount:  # "[12]" is not read out
            return ""
        readings = (
            amount,
            speakable(f"in {plain}").removeprefix("in "),
            speakable(_DIGIT.sub(r"\g<0> ", plain)),
        )
        ways = []
        for reading in readings:
            parts = [self._entry(part) for part in _words(reading)]
            phones = " ".join(self._decoder.lookup_word(part) for part in parts if part)
            if phones and phones not in ways:
                ways.append(phones)
        entry = f"#{plain.replace('(', '').replace(')', '')}"
        if ways and self._decoder.lookup_word(entry) is None:
            for place, phones in enumerate(ways, 1):
                self._decoder.add_word(entry if place == 1 else f"{entry}({place})", phones, update=False)
        return entry if ways else ""

    def _entry(self, spoken: str) -> str:
        entry = _LETTERS.sub("", spoken.lower()).strip("'")
        if not entry:
            return ""
        if self._decoder.lookup_word(entry) is None:
            phones = arpabet(ipa(spoken))
            if not phones:
                return ""
            self._decoder.add_word(entry, phones, update=False)
        return entry


def _words(spoken: str) -> list[str]:
    return re.split(r"[\s-]+", spoken)


Span = tuple[float, float]
"""Start and end in seconds."""

_FRAME = 0.01  # seconds
_SHORTEST = 0.05  # seconds; less is no word
_LOCK = threading.Lock()  # a decoder listens to one thing at a time


def can_find(language: str) -> bool:
    """Whether words of `language` (ISO 639-1) can be found: in English, and with PocketSphinx installed."""
    if language.split("-")[0].lower() != "en":
        return False
    try:
        import piper  # noqa: F401
        import pocketsphinx  # noqa: F401
    except ImportError:
        return False
    return True


def find_words(words: Sequence[str], sound: NDArray[np.float32]) -> list[Span | None] | None:
    """When each of `words` is spoken in mono `sound` at 16 kHz, in seconds from its beginning.

    The most likely path of the words' phones through the sound, with silence or noise between any two words (Viterbi).
    A word without a pronunciation ("—") has no span. None if the sound cannot be these words.
    """
    import numpy as np

    with _LOCK:
        decoder, pronunciations = _load()
        entries = [pronunciations.entries(word) for word in words]
        wanted = [entry for word in entries for entry in word]
        if not wanted or len(sound) < _SHORTEST * SPEECH_RATE:
            return None
        # The noise that it takes away it has learned from all it heard before: without a new start, times would change
        # by some hundredths with the order in which recordings are heard.
        decoder.reinit_feat()
        decoder.set_align_text(" ".join(wanted))
        decoder.start_utt()
        # all at once, so that the sound is normalised by its own mean and not by what was heard before
        decoder.process_raw((np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = [
            (part.start_frame * _FRAME, (part.end_frame + 1) * _FRAME)
            for part in decoder.seg() or ()
            if part.word[0] not in "<["
        ]
    if len(found) != len(wanted):
        return None
    spans: list[Span | None] = []
    for word in entries:
        own, found = found[: len(word)], found[len(word) :]
        spans.append((own[0][0], own[-1][1]) if own else None)
    return spans


@lru_cache(maxsize=1)
def _load() -> tuple[Any, Pronunciations]:
    from pocketsphinx import Decoder, get_model_path

    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        lm=None,
        cmn="batch",
        # half the work, the same errors: every second frame is scored, by the two best densities, on fewer paths
        ds=2,
        topn=2,
        beam=1e-40,
        pbeam=1e-40,
        wbeam=1e-30,
        loglevel="FATAL",
    )
    return decoder, Pronunciations(decoder)
