"""Forced alignment: when each word of a known English text is spoken, from the sound itself (PocketSphinx)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.pronunciations import Pronunciations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Span", "can_find", "find_words"]

Span = tuple[float, float]
"""Start and end in seconds."""

_RATE = 16_000  # what the acoustic model hears
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
        if not wanted or len(sound) < _SHORTEST * _RATE:
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
