"""Where words and pauses lie in a recording: forced alignment (PocketSphinx), silence, cutting of long ones there."""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.decoding import SPEECH_RATE, Sound, blocks
from podcast_dspy.audio.local_voices import ipa
from podcast_dspy.audio.transcript import RecognisedWord
from podcast_dspy.text.normalisation import speakable

_BLOCK = 240 * SPEECH_RATE
_GAP = 0.2  # seconds of silence that part two spans
_SURE = 0.5
"""Probability of speech; Silero's own default."""


def spoken_seconds(sound: Sound) -> float:
    """Seconds of speech, of any language, in mono `sound` at 16 kHz; music and noise do not count."""
    return sum(end - start for start, end in speech_spans(sound))


def speech_spans(sound: Sound, *, sure: float = _SURE) -> list[tuple[float, float]]:
    """Start and end (s) of each stretch of speech in mono `sound` at 16 kHz, in order.

    `sure` is the probability from which it counts as speech.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold=sure, min_silence_duration_ms=round(1000 * _GAP), speech_pad_ms=0)
    spans: list[tuple[float, float]] = []
    for first, block in blocks(sound, _BLOCK):
        for found in get_speech_timestamps(block, options):
            start, end = (first + found["start"]) / SPEECH_RATE, (first + found["end"]) / SPEECH_RATE
            if spans and start - spans[-1][1] < _GAP:  # cut by the block
                start = spans.pop()[0]
            spans.append((start, end))
    return spans


_SHORT_FRAME = 0.01  # seconds
PAUSE = 0.15
"""Seconds; what is quiet for less may be the closure of a consonant inside a word."""


def silences(samples: Sound, rate: int) -> list[tuple[float, float]]:
    """Start and end in seconds of each silence of at least 0.15 s.

    Silence is what lies below 30% of the way, in decibels, from the quiet parts (5th percentile of 10 ms frames) to the
    loud ones (90th percentile), or 35 dB under the loud ones if that is more.
    """
    frame = max(1, round(_SHORT_FRAME * rate))
    count = len(samples) // frame
    if count < 3:
        return []
    level = _levels(samples, frame)
    loudness = 10 * np.log10(np.convolve(level, np.ones(3) / 3, "same") + 1e-12)
    quiet, loud = np.percentile(loudness, [5, 90])
    still = np.concatenate(([False], loudness < max(quiet + 0.3 * (loud - quiet), loud - 35.0), [False]))
    edges = np.flatnonzero(still[1:] != still[:-1]).reshape(-1, 2) * (frame / rate)
    return [(float(start), float(end)) for start, end in edges if end - start >= PAUSE - 1e-9]


OVERLAP = 5.0
"""Seconds that neighbouring pieces share: 1.5 and 3 s place 10% of the words over 70 ms away, 5 s over 50 ms."""
_SAME_WORD = 1.0  # seconds between the two times of one word

_FRAME = 0.02  # seconds
_QUIET = 0.24  # seconds; a silence shorter than this may lie inside a word


def cut_points(samples: Sound, rate: int, longest: float, *, window: float = 0.3) -> list[int]:
    """Sample indices at which to cut so that no piece is longer than `longest` seconds; [] if none is needed.

    Each cut lies amid the quietest 0.24 s of the last `window` (share) of the piece, at a multiple of 20 ms.
    """
    frame = max(1, round(_FRAME * rate))
    level = _levels(samples, frame)
    width = max(1, round(_QUIET / _FRAME))
    loudness = np.convolve(level, np.ones(width) / width, mode="same")
    cuts: list[int] = []
    start, most = 0, round(longest * rate)
    while len(samples) - start > most:
        first = (start + round(most * (1 - window))) // frame
        last = max(first + 1, (start + most) // frame)
        # of equally quiet places the latest: fewer pieces
        place = last - 1 - int(np.argmin(loudness[first:last][::-1]))
        # on the grid of frames, which is Whisper's: a piece that began beside it would shift all its words
        cut = max(start + frame, place * frame)
        cuts.append(cut)
        start = cut
    return cuts


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording to be transcribed on its own, and the part of it whose words count; in samples."""

    start: int
    end: int
    first: int
    """Words from here on count; before lies what only gives the recogniser its context."""
    last: int


def overlapping_pieces(samples: Sound, rate: int, longest: float, *, overlap: float = OVERLAP) -> list[Piece]:
    """Pieces of at most `longest` seconds, cut in silences, each with `overlap` seconds of its neighbours.

    A recogniser places words badly at the ends of what it is given: the first one begins where the piece does.
    """
    edges = [0, *cut_points(samples, rate, max(longest - 2 * overlap, longest / 3)), len(samples)]
    margin = round(min(overlap, longest / 3) * rate)
    return [
        Piece(max(0, first - margin), min(len(samples), last + margin), first, last)
        for first, last in pairwise(edges)
    ]


def rejoin(pieces: Sequence[tuple[Piece, Sequence[RecognisedWord]]], rate: int) -> list[RecognisedWord]:
    """Words of all pieces on one time line; those of a piece count from its own start.

    A piece starts where its first sample lay, never where the last word of the piece before ended: that would drift.
    Two pieces are joined at the word nearest to the cut that both hold, so that none is lost or said twice; where they
    share none, at the cut.
    """
    joined: list[RecognisedWord] = []
    for piece, words in pieces:
        offset, cut = piece.start / rate, piece.first / rate
        moved = [replace(word, start=word.start + offset, end=word.end + offset) for word in words]
        if piece.start == piece.first:  # nothing was transcribed twice
            joined += moved
            continue
        before, after = _join(joined, moved, cut, offset)
        joined = joined[:before] + moved[after:]
    return joined


def _join(
    left: list[RecognisedWord], right: list[RecognisedWord], cut: float, earliest: float
) -> tuple[int, int]:
    """How many words of `left` to keep, and from which word of `right` to go on."""
    from rapidfuzz.distance import Levenshtein

    middles = [(word.start + word.end) / 2 for word in left]
    shared = next((index for index, middle in enumerate(middles) if middle >= earliest), len(left))
    texts = [[_plain(word.word) for word in words] for words in (left[shared:], right)]
    both = [
        (shared + block.src_start + step, block.dest_start + step)
        for block in Levenshtein.opcodes(*texts)
        if block.tag == "equal"
        for step in range(block.src_end - block.src_start)
    ]
    near = [(at, to) for at, to in both if abs(left[at].start - right[to].start) <= _SAME_WORD]
    if near:
        at, to = min(near, key=lambda pair: abs(middles[pair[0]] - cut))
        # the word itself from the piece in whose middle it lies
        return (at + 1, to + 1) if middles[at] < cut else (at, to)
    return (
        sum(middle < cut for middle in middles),
        next((index for index, word in enumerate(right) if (word.start + word.end) / 2 >= cut), len(right)),
    )


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _levels(samples: Sound, frame: int) -> NDArray[np.float64]:
    """Mean energy of each frame of `frame` samples; of a recording no more than a stretch is in memory."""
    rows = (
        block[: len(block) // frame * frame].reshape(-1, frame) for _, block in blocks(samples, 4096 * frame)
    )
    energies = [np.einsum("ij,ij->i", row, row, dtype=np.float64) / frame for row in rows]
    return np.concatenate(energies) if energies else np.zeros(0)


def speech_span(samples: NDArray[np.float32], rate: int) -> tuple[float, float]:
    """Start and end of the sound in `samples` (seconds): outside, everything is 30 dB under the loudest 20 ms."""
    frame = max(1, round(_FRAME * rate))
    if len(samples) < frame:
        return 0.0, len(samples) / rate
    level = _levels(samples, frame)
    loud = np.flatnonzero(level > level.max() * 1e-3)
    if not len(loud):
        return 0.0, len(samples) / rate
    return float(loud[0] * frame / rate), float((loud[-1] + 1) * frame / rate)


_LONGEST = 40
"""Letters; what is longer is no word, and takes espeak-ng long."""


@cache
def phones(table: str) -> dict[str, str]:
    """A table of phones.toml by what is on its left."""
    found = tomllib.loads(resources.files("podcast_dspy.audio").joinpath("phones.toml").read_text("utf-8"))
    return {key: value for key, value in found[table].items() if key != "source"}


@cache
def _sounds() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, phones("ipa")), key=len, reverse=True)))


_LETTERS: Final = re.compile(r"[^a-z']")
_DIGIT: Final = re.compile(r"\d")


def arpabet(sounds: str) -> str:
    """Phones of the CMU dictionary for IPA `sounds`, a space between two; what has no phone is left out."""
    return " ".join(phones("ipa")[sound] for sound in _sounds().findall(sounds))


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

_SPHINX_FRAME = 0.01  # seconds
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
            (part.start_frame * _SPHINX_FRAME, (part.end_frame + 1) * _SPHINX_FRAME)
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
