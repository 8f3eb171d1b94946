"""When each word of a narrated text is spoken."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from podcast_dspy.audio.captions import word_times_for
from podcast_dspy.audio.forced_alignment import can_find, find_words
from podcast_dspy.audio.transcript import WordTimestamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["narrated_words"]

_RATE = 16_000


def narrated_words(
    text: str, span: tuple[float, float], samples: NDArray[np.float32], rate: int, language: str = "en"
) -> list[WordTimestamp]:
    """Times of the whitespace-separated words of `text`, spoken from `span[0]` to `span[1]` s of mono `samples`.

    English words are found in the sound. Where the sound cannot be the text, in other languages, and without
    PocketSphinx, they are estimated from syllables (`word_times_for`). What is not spoken, such as "[12]", takes no
    time.
    """
    import numpy as np
    from scipy.signal import resample_poly

    estimated = word_times_for(text, span)
    start, end = (round(edge * rate) for edge in span)
    if not estimated or end <= start or not can_find(language):
        return estimated
    common = gcd(_RATE, rate)
    sound = resample_poly(samples[start:end], _RATE // common, rate // common).astype(np.float32)
    found = find_words([word.word for word in estimated], sound)
    if found is None:
        return estimated
    times, at = [], span[0]
    for word, part in zip(estimated, found, strict=True):
        begin, at = (at, at) if part is None else (span[0] + part[0], min(span[1], span[0] + part[1]))
        times.append(word.model_copy(update={"start_time": min(begin, at), "end_time": at}))
    return times
