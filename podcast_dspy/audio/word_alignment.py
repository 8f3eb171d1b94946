"""When each word of a known text is said: found in the sound, taken over from recognised words, or estimated."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from math import gcd
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.decoding import SPEECH_RATE, Sound
from podcast_dspy.audio.durations import pauses_after, syllables
from podcast_dspy.audio.forced_alignment import PAUSE, Span, can_find, find_words, silences
from podcast_dspy.audio.transcript import RecognisedWord, WordTimestamp
from podcast_dspy.memo import Memo
from podcast_dspy.models import cache_dir
from podcast_dspy.text.normalisation import speakable

_MISPLACED = 0.5
"""Seconds by which a recogniser may misplace the word before or after a pause."""


def snap_to_pauses(
    words: Sequence[RecognisedWord], pauses: Sequence[tuple[float, float]], *, late: float = 0.0
) -> list[RecognisedWord]:
    """`words` in order, `late` seconds earlier, those beside one of `pauses` (s) ending and beginning where it does.

    A recogniser knows roughly where a pause is, but the word after it may begin anywhere in the pause, and elsewhere
    when recognition starts at another second. Each silence goes to the two words whose boundary is nearest.
    """
    starts = [max(0.0, word.start - late) for word in words]
    ends = [max(0.0, word.end - late) for word in words]
    fits = []
    for number, (quiet, loud) in enumerate(pauses):
        first = max(0, bisect_left(starts, quiet - _MISPLACED) - 1)
        last = bisect_left(starts, loud + _MISPLACED)
        for left in range(first, min(last, len(words) - 1)):
            edges = (ends[left], starts[left + 1])
            if quiet - _MISPLACED <= min(edges) and max(edges) <= loud + _MISPLACED:
                distance = abs(sum(edges) - quiet - loud) / 2
                fits.append((distance, number, left))
    settled: set[int] = set()
    taken: set[int] = set()
    for _, number, left in sorted(fits):
        quiet, loud = pauses[number]
        room = quiet - starts[left] >= _SHORTEST and ends[left + 1] - loud >= _SHORTEST
        if room and number not in taken and left not in settled:
            taken.add(number)
            settled.add(left)
            ends[left], starts[left + 1] = quiet, loud
    return [
        replace(word, start=start, end=max(start, end))
        for word, start, end in zip(words, starts, ends, strict=True)
    ]


_BREATH = 0.3
"""Seconds of silence at which what is searched at once may end."""
_LEAST = 4.0
"""Seconds of sound searched at once: its own mean normalises it, so a word alone would not do."""
_MOST = 60.0
"""The same at most: music under the words leaves no pauses, and memory grows with what is searched."""
_AHEAD = 2.0
"""Seconds beyond a pause that must be recognised before it is known between which words it lies."""
_EDGE = 0.2  # seconds of the pauses around
_SHORTEST = 0.04  # seconds of a word
_REACH = 1.0
"""Seconds; a word found farther from where it was recognised is another one, or the text is not what was said."""


def align_to_sound(
    words: Sequence[RecognisedWord],
    samples: Sound,
    language: str,
    *,
    late: float = 0.0,
) -> list[RecognisedWord]:
    """`words`, recognised in mono `samples` at 16 kHz, when they are spoken; `late` as for `WordAligner`."""
    with WordAligner(samples, late=late) as aligner:
        return aligner.finish(words, language)


class WordAligner:
    """Aligns words in a thread of its own while the recogniser goes on, which leaves it waiting in between.

    Words are settled at the pauses of the recording; from pause to pause each is then looked for in the sound, in
    English. What is not found near the place where it was recognised stays there. `late` is by how many seconds the
    recogniser places its words too late.
    """

    def __init__(self, samples: Sound, *, late: float = 0.0) -> None:
        self._samples = samples
        self._late = late
        self._pauses = silences(samples, SPEECH_RATE)
        self._first = 0
        self._from = 0.0
        self._aligned: list[Future[list[RecognisedWord]]] = []
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="align words")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown(cancel_futures=True)

    def add(self, words: Sequence[RecognisedWord], language: str) -> None:
        """Take all words recognised so far; those before a pause well behind begin to be aligned."""
        if words:
            self._take(words, language, words[-1].start - _AHEAD)

    def finish(self, words: Sequence[RecognisedWord], language: str) -> list[RecognisedWord]:
        """All words, aligned."""
        rest = self._take(words, language, float("inf"))
        self._submit(rest, language, len(self._samples) / SPEECH_RATE)
        placed: list[RecognisedWord] = []
        for word in reversed([word for utterance in self._aligned for word in utterance.result()]):
            # A dash between words has no sound: it may have been found behind the word that follows it.
            start = min(word.start, placed[-1].start) if placed else word.start
            placed.append(replace(word, start=start, end=max(word.end, start)))
        return placed[::-1]

    def _take(self, words: Sequence[RecognisedWord], language: str, until: float) -> list[RecognisedWord]:
        """Submit what ends with a pause before `until` (s), or is long enough; returns the settled rest."""
        pauses = [pause for pause in self._pauses if pause[1] > self._from]
        settled = snap_to_pauses(words[self._first :], pauses, late=self._late)
        breaths = {pause for pause in pauses if pause[1] - pause[0] >= _BREATH and pause[1] < until}
        begin = 0
        for end in range(1, len(settled)):
            quiet, loud = settled[end - 1].end, settled[end].start
            breathes = (quiet, loud) in breaths and quiet - self._from >= _LEAST
            if breathes or _MOST <= loud - self._from < until - self._from:
                self._submit(settled[begin:end], language, min(loud, quiet + _EDGE))
                self._from = max(quiet, loud - _EDGE)
                begin = end
        self._first += begin
        return settled[begin:]

    def _submit(self, words: list[RecognisedWord], language: str, until: float) -> None:
        sound = self._samples[round(self._from * SPEECH_RATE) : round(until * SPEECH_RATE)]
        self._aligned.append(self._worker.submit(_aligned, words, sound, self._from, language))


def _aligned(
    words: list[RecognisedWord], sound: NDArray[np.float32], offset: float, language: str
) -> list[RecognisedWord]:
    """`words` where they are found in `sound`, which begins at `offset` seconds.

    What cannot be found, or only too far away, is halved at its longest pause: one word that was misheard must not
    cost its neighbours their place.
    """
    if not words or not can_find(language):
        return words
    found = find_words([word.word for word in words], sound)
    if found is not None:
        aligned = _moved(words, found, offset)
        if _believable(words, aligned):
            return aligned
    gap, cut = max(((b.start - a.end, at) for at, (a, b) in enumerate(pairwise(words), 1)), default=(0.0, 0))
    if gap < PAUSE:
        return words
    middle = (words[cut - 1].end + words[cut].start) / 2
    at = max(0, round((middle - offset) * SPEECH_RATE))
    left = _aligned(words[:cut], sound[:at], offset, language)
    return left + _aligned(words[cut:], sound[at:], offset + at / SPEECH_RATE, language)


def _believable(recognised: Sequence[RecognisedWord], aligned: Sequence[RecognisedWord]) -> bool:
    return all(abs(new.start - old.start) <= _REACH for old, new in zip(recognised, aligned, strict=True))


def _moved(
    words: Sequence[RecognisedWord], found: Sequence[Span | None], offset: float
) -> list[RecognisedWord]:
    aligned: list[RecognisedWord] = []
    for word, span in zip(words, found, strict=True):
        if span is None:  # a dash takes no time
            at = aligned[-1].end if aligned else word.start
            aligned.append(replace(word, start=at, end=at))
        else:
            aligned.append(replace(word, start=span[0] + offset, end=span[1] + offset))
    return aligned


_KEPT = 100_000_000
"""Bytes of word times that are kept, some thousand hours."""

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
    time. What was found is kept by words and sound: of an edited episode only what changed is looked for again.
    """
    estimated = word_times_for(text, span)
    start, end = (round(edge * rate) for edge in span)
    if not estimated or end <= start or not can_find(language):
        return estimated
    found = _kept_spans([word.word for word in estimated], samples[start:end], rate)
    if found is None:
        return estimated
    times, at = [], span[0]
    for word, part in zip(estimated, found, strict=True):
        begin, at = (at, at) if part is None else (span[0] + part[0], min(span[1], span[0] + part[1]))
        times.append(word.model_copy(update={"start_time": min(begin, at), "end_time": at}))
    return times


_CODE_VERSION = 1
"""Part of every key of what is kept: raised when a change here moves words."""


def _kept_spans(words: Sequence[str], samples: NDArray[np.float32], rate: int) -> list[Span | None] | None:
    """`find_words` in sound of any rate, from disk where the same was looked for before."""
    from scipy.signal import resample_poly

    about = hashlib.sha256(json.dumps((_CODE_VERSION, rate, *words)).encode())
    about.update(np.ascontiguousarray(samples).tobytes())
    key = about.hexdigest()
    memo = Memo(cache_dir() / "word-times", size_limit=_KEPT)
    try:
        if known := memo.get_many([key]):
            stored = json.loads(known[key])
            return (
                None if stored is None else [None if span is None else (span[0], span[1]) for span in stored]
            )
        common = gcd(SPEECH_RATE, rate)
        found = find_words(
            words, resample_poly(samples, SPEECH_RATE // common, rate // common).astype(np.float32)
        )
        memo.put_many({key: json.dumps(found).encode()})
        return None if found is None else list(found)
    finally:
        memo.close()
