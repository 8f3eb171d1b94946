"""Times of the words of a known text: estimated, taken over from recognised words, or found in the sound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING

from podcast_dspy.audio.decoding import SPEECH_RATE
from podcast_dspy.audio.durations import pauses_after, syllables
from podcast_dspy.audio.forced_alignment import can_find, find_words
from podcast_dspy.audio.recognition import RecognisedWord
from podcast_dspy.audio.transcript import WordTimestamp
from podcast_dspy.text.spoken import speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["align_words", "estimated_words", "narrated_words", "word_times_for"]

_CLAUSE_SYLLABLES = 1.2  # a comma lasts about as long as this many syllables
_SENTENCE_SYLLABLES = 2.4


def word_times_for(text: str, span: tuple[float, float]) -> list[WordTimestamp]:
    """Estimated times of the whitespace-separated words of `text`, spoken from `span[0]` to `span[1]` seconds.

    Each word takes time in proportion to its spoken syllables ("2017" has three); commas and stops leave gaps. Words
    that are not spoken, such as "[12]", take none.
    """
    words = text.split()
    start, end = span
    units: list[tuple[float, float]] = []
    for word in words:
        spoken = _spoken_syllables(word)
        clauses, sentences = pauses_after(word) if spoken else (0, 0)
        units.append((float(spoken), _CLAUSE_SYLLABLES * clauses + _SENTENCE_SYLLABLES * sentences))
    if units:
        units[-1] = (units[-1][0], 0.0)  # the span ends with the last word, not with a pause
    total = sum(length + gap for length, gap in units)
    per_unit = (end - start) / total if total else 0.0
    position, times = start, []
    for word, (length, gap) in zip(words, units, strict=True):
        stop = min(end, position + length * per_unit)
        times.append(WordTimestamp(word=word, start_time=min(position, stop), end_time=stop, confidence=1.0))
        position = stop + gap * per_unit
    return times


def estimated_words(
    text: str, span: tuple[float, float], confidence: float = 1.0, speaker: str | None = None
) -> list[RecognisedWord]:
    """The words of `text` at the times of `word_times_for`; of a span that ends before it begins, at its beginning."""
    times = word_times_for(text, (span[0], max(span)))
    return [RecognisedWord(time.word, time.start_time, time.end_time, confidence, speaker) for time in times]


def _spoken_syllables(word: str) -> int:
    plain = word.strip("\"'()[].,;:!?…“”‘’")
    if not (plain.isalpha() and not (plain.isupper() and len(plain) > 1)):
        return sum(syllables(part) for said in speakable(word).split() for part in said.split("-"))
    return syllables(plain)


_JUNK = re.compile(r"[^\w']+")


def align_words(
    words: Sequence[str], recognised: Sequence[RecognisedWord], end: float
) -> tuple[list[RecognisedWord], float]:
    """`words` with times, and the share of them (0-1) that was recognised as written.

    Words that match keep the recognised time, confidence and speaker. The others share, in proportion to their
    syllables, the time of what was recognised in their place, or else the gap between their neighbours. `end` is the
    recording's length in seconds. The match is the one of least edits (Levenshtein) between the two word sequences.
    """
    from rapidfuzz.distance import Levenshtein

    if not words:
        return [], 0.0
    written = [_plain(word) for word in words]
    known = [_plain(word.word) for word in recognised]
    timed: list[RecognisedWord] = []
    matched = 0
    for block in Levenshtein.opcodes(written, known):
        texts = words[block.src_start : block.src_end]
        sources = recognised[block.dest_start : block.dest_end]
        if block.tag == "equal":
            matched += sum(bool(_plain(text)) for text in texts)
            timed += [
                RecognisedWord(text, source.start, source.end, source.confidence, source.speaker)
                for text, source in zip(texts, sources, strict=True)
            ]
        elif texts:
            start = sources[0].start if sources else (timed[-1].end if timed else 0.0)
            following = recognised[block.dest_end].start if block.dest_end < len(recognised) else end
            stop = sources[-1].end if sources else following
            speaker = sources[0].speaker if sources else (timed[-1].speaker if timed else None)
            sure = sum(source.confidence for source in sources) / len(sources) if sources else 0.0
            timed += estimated_words(" ".join(texts), (start, stop), sure, speaker)
    spoken = sum(bool(text) for text in written)
    return timed, matched / spoken if spoken else 0.0


def _plain(word: str) -> str:
    return _JUNK.sub("", word.casefold().replace("’", "'")).strip("'_")


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
    common = gcd(SPEECH_RATE, rate)
    sound = resample_poly(samples[start:end], SPEECH_RATE // common, rate // common).astype(np.float32)
    found = find_words([word.word for word in estimated], sound)
    if found is None:
        return estimated
    times, at = [], span[0]
    for word, part in zip(estimated, found, strict=True):
        begin, at = (at, at) if part is None else (span[0] + part[0], min(span[1], span[0] + part[1]))
        times.append(word.model_copy(update={"start_time": min(begin, at), "end_time": at}))
    return times
