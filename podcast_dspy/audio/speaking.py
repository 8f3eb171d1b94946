"""Speaks an episode utterance by utterance, from disk what was spoken before; drafts the lexicon of its hard words."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.durations import SEGMENT_PAUSE, trimmed, utterances
from podcast_dspy.audio.forced_alignment import arpabet, phones
from podcast_dspy.audio.local_voices import ipa
from podcast_dspy.audio.transcript import Progress
from podcast_dspy.audio.voices import Voice, by_sentence, checked_speech, fingerprint
from podcast_dspy.errors import PodcastError, SynthesisError, UsageError
from podcast_dspy.memo import Memo
from podcast_dspy.models import model_slots
from podcast_dspy.settings import EnvironmentSettings
from podcast_dspy.text.normalisation import Lexicon, read_lexicon, speakable
from podcast_dspy.text.words import RARE, frequency

_ACRONYM: Final = re.compile(r"(?<![\w-])([A-Z]{2,6})s?(?![\w-])")
_MIXED: Final = re.compile(r"(?<![\w-])((?=\w*[a-z])[A-Z]\w*[A-Z]\w*)(?![\w-])")
"""LaTeX, SciBERT, GenBank."""
_SPECIES: Final = re.compile(r"\b([A-Z])([a-z]{3,}) ([a-z]{3,}(?:us|um|is|ae|ii|a|ens|i))\b")
_NAME: Final = re.compile(r"(?<=[a-z,;)] )([A-Z][^\W\d_A-Z]{3,})(?![\w-])")
"""Capitalised inside a sentence."""
_MOST: Final = 40
_OFTEN: Final = 2
"""Times from which a name is asked about; authors always are."""


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """A word of a paper, as it will be said and as it may be meant."""

    written: str
    kind: Literal["acronym", "species", "name"]
    count: int
    heard: str
    """How it is said without an entry: what the voice is given, or how espeak-ng says that, in syllables."""
    guess: str
    """Another way to say it, where there is one, else a respelling of how it is said, to be edited."""


def pronunciations(
    text: str, *, authors: Collection[str] = (), known: Collection[str] = ()
) -> list[Pronunciation]:
    """What a paper has for the lexicon, most frequent first, at most forty; `known` is in the lexicon already.

    Raises PrerequisiteError without espeak-ng (the extra `local`).
    """
    there = {word.lower() for word in known}
    names = [part for author in authors for part in author.split() if len(part) > 3 and part[-1] != "."]
    found = [*_acronyms(text), *_species(text), *_names(text, names)]
    new = {one.written: one for one in reversed(found) if one.written.lower() not in there}
    return sorted(new.values(), key=lambda one: (-one.count, one.written))[:_MOST]


def _acronyms(text: str) -> Iterator[Pronunciation]:
    counts = Counter(match[1] for pattern in (_ACRONYM, _MIXED) for match in pattern.finditer(text))
    for written, count in counts.items():
        heard = speakable(written)
        letters = "-".join(written)
        if not written.isupper():
            yield Pronunciation(written, "acronym", count, heard, _syllables(heard))
        elif set(written) & set("AEIOUY") and not set(written) <= set("IVX"):
            # What is said as a word may be meant as letters, and the other way round.
            yield Pronunciation(
                written, "acronym", count, heard, written.lower() if heard == letters else letters
            )


def _species(text: str) -> Iterator[Pronunciation]:
    counts = Counter(
        match.groups()
        for match in _SPECIES.finditer(text)
        if max(frequency((match[1] + match[2]).lower()), frequency(match[3])) < RARE
    )
    for (initial, rest, epithet), count in counts.items():
        full_name = f"{initial}{rest} {epithet}"
        yield Pronunciation(full_name, "species", count, _syllables(full_name), _syllables(full_name))
        short = f"{initial}. {epithet}"
        if times := text.count(short):
            yield Pronunciation(short, "species", times, speakable(short), full_name)


def _names(text: str, authors: Collection[str]) -> Iterator[Pronunciation]:
    counts = Counter(match[1] for match in _NAME.finditer(text))
    species = {word for match in _SPECIES.finditer(text) for word in match[0].split()}
    for written in dict.fromkeys([*authors, *counts]):
        often = counts[written] >= _OFTEN or written in authors
        if often and written not in species and frequency(written.lower()) < RARE:
            heard = _syllables(written)
            yield Pronunciation(written, "name", max(1, counts[written]), heard, heard)


def _syllables(word: str) -> str:
    """How espeak-ng says a word, in letters, a hyphen between syllables: "oh-si-muhm"."""
    said, letters, vowels = [], phones("letters"), phones("vowels")["words"].split()
    for part in re.split(r"[\s-]+", word):
        heard = arpabet(ipa(part)).split()
        syllables: list[str] = [""]
        for place, phone in enumerate(heard):
            ahead = next((one in vowels for one in heard[place + 1 : place + 2]), False)
            full = any(one in vowels for one in heard[:place])
            if full and ((phone in vowels and heard[place - 1] in vowels) or (phone not in vowels and ahead)):
                syllables.append("")
            syllables[-1] += letters[phone]
        said.append("-".join(syllables))
    return " ".join(said)


def draft_lexicon(found: Collection[Pronunciation]) -> str:
    """A lexicon (TOML) to be edited: each line a comment, so that nothing is respelled before somebody said so."""
    head = (
        "# Words of the paper that a voice may get wrong. Take the # off the lines that are to count, correct what\n"
        "# is to be said, and put them into lexicon.toml of the workspace, or give this file with --lexicon.\n"
    )
    lines = [
        f"# {json.dumps(one.written, ensure_ascii=False)} = {json.dumps(one.guess, ensure_ascii=False)}"
        f"  # {one.kind}, {one.count} times; is said: {one.heard}"
        for one in found
    ]
    return "\n".join([head, *lines, ""])


_LOG = logging.getLogger(__name__)


def quantised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`samples` at 16 bits, as the cache keeps them: spoken anew or read back, they are the same."""
    return (np.round(np.clip(samples, -1.0, 1.0) * 32767.0) / 32767.0).astype(np.float32)


_CODE_VERSION = 3
"""Part of every cache key: raised when a change here changes the sound."""


@dataclass(frozen=True)
class Narration:
    """A spoken episode."""

    samples: NDArray[np.float32]
    """Mono, -1..1, shape (samples,)."""
    sample_rate: int
    """Hz."""
    spans: list[tuple[float, float]]
    """Start and end of each segment in seconds; the pauses lie between them. An unspoken segment has length 0."""
    voice: str = ""
    anew: int = 0
    """Segments of which something was spoken for it; the others were kept from before."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


def speak(
    segments: Sequence[str],
    voice: Voice | Sequence[Voice],
    *,
    pause: float | Sequence[float] = SEGMENT_PAUSE,
    cache_dir: Path | None = None,
    lexicon: Lexicon | str | Path | None = None,
    language: str = "en",
    progress: Progress | None = None,
) -> Narration:
    """Speak `segments` in order, with `pause` seconds between, or behind each its own.

    A voice that speaks `by_sentence` is given utterances, with pauses between them by what is said (`utterances`);
    others get whole segments. With a voice for each segment, all speak as loud as the first, and at its rate.
    Each is made speakable first, as its `language` is spoken. With `cache_dir`, utterances are kept by what their sound
    depends on (voice, model, words), so that editing one speaks one; no more is kept than
    `PODCAST_DSPY_SPEECH_CACHE_GB` says. A segment with nothing to say (a citation alone) takes no time.

    Raises:
        SynthesisError: an utterance came out empty, silent or far too short, or there is nothing to say at all.
        UsageError: a pause is negative.
    """
    voices = [voice] * len(segments) if not isinstance(voice, Sequence) else list(voice)
    pauses = [pause] * len(segments) if isinstance(pause, int | float) else list(pause)
    if odd := [one for one in pauses if not 0.0 <= one < 60.0]:
        raise UsageError(f"The pause between segments is 0 to 60 seconds, not {odd[0]:g}.")
    entries = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
    texts = [_said(segment, one, entries, language) for segment, one in zip(segments, voices, strict=True)]
    if not any(texts):
        raise SynthesisError("There is nothing to say in this script; write its segments first.")
    cache = _opened(cache_dir)
    rate = voices[0].sample_rate
    total = sum(len(text) for parts in texts for text, _ in parts)
    pieces: list[NDArray[np.float32]] = []
    spans: list[tuple[float, float]] = []
    position = done = anew = 0
    # Voices lock what they cannot share; the rest of their work runs side by side, in order of the segments.
    pool = ThreadPoolExecutor(model_slots())
    try:
        speaking = [
            [pool.submit(_utterance, text, one, cache) for text, _ in parts]
            for parts, one in zip(texts, voices, strict=True)
        ]
        silence = 0
        levels = _Levels(rate)
        for parts, one, futures, after in zip(texts, voices, speaking, pauses, strict=True):
            sounds, fresh = [], False
            for (text, _), future in zip(parts, futures, strict=True):
                sound, new = future.result()
                sounds.append(sound)
                fresh = fresh or new
                done += len(text)
                if progress is not None:
                    progress(done / total)
            if sounds:
                spoken = levels.like_the_first(sounds, one)
                anew += fresh
                between = [np.zeros(round(wait * rate), np.float32) for _, wait in parts[:-1]]
                if pieces:
                    pieces.append(np.zeros(silence, np.float32))
                    position += silence
                silence = round(after * rate)
                begin = position
                for place, sound in enumerate(spoken):
                    pieces += [sound, *between[place : place + 1]]
                    position += sum(map(len, (sound, *between[place : place + 1])))
                spans.append((begin / rate, position / rate))
            else:
                spans.append((position / rate, position / rate))
    finally:
        # After a failure or Ctrl-C the utterances that have not begun are dropped.
        pool.shutdown(wait=True, cancel_futures=True)
        if cache is not None:
            cache.close()
    names = " and ".join(dict.fromkeys(one.name for one in voices))
    return Narration(np.concatenate(pieces), rate, spans, names, anew)


def _said(segment: str, voice: Voice, lexicon: Lexicon | None, language: str) -> list[tuple[str, float]]:
    """What a voice is given of a segment, speakable, each with the pause behind it."""
    # Where sentences end is known of English: "z. B." and "3. Mai" end none.
    parts = utterances(segment) if by_sentence(voice) and language == "en" else [(segment, 0.0)]
    spoken = [(speakable(text, lexicon, language), wait) for text, wait in parts]
    return [(text, wait) for text, wait in spoken if any(map(str.isalnum, text))]


class _Levels:
    """Brings several voices to the rate and the loudness of the first that speaks."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._loud: dict[str, float] = {}

    def like_the_first(
        self, sounds: Sequence[NDArray[np.float32]], voice: Voice
    ) -> list[NDArray[np.float32]]:
        """What a voice says; the first that it says tells how loud it is (root mean square)."""
        loud = self._loud.setdefault(voice.name, float(np.sqrt(np.mean(np.square(np.concatenate(sounds))))))
        return [self._like_the_first(sound, voice, loud) for sound in sounds]

    def _like_the_first(self, samples: NDArray[np.float32], voice: Voice, loud: float) -> NDArray[np.float32]:
        first = next(iter(self._loud.values()))
        if loud != first:
            samples = np.clip(samples * (first / loud), -1.0, 1.0).astype(np.float32)
        if voice.sample_rate == self._rate:
            return samples
        from scipy.signal import resample_poly

        common = math.gcd(voice.sample_rate, self._rate)
        changed = resample_poly(samples, self._rate // common, voice.sample_rate // common)
        return np.asarray(np.clip(changed, -1.0, 1.0), dtype=np.float32)


def _opened(folder: Path | None) -> Memo | None:
    """The cache in a folder. An episode does not fail because there is none: that is logged."""
    limit = int(EnvironmentSettings().speech_cache_gb * 1e9)
    if folder is None or not limit:
        return None
    try:
        return Memo(folder, size_limit=limit, eviction="least-recently-used")
    except PodcastError as error:
        _LOG.warning("what is spoken is not kept (%s)", error)
        return None


def _utterance(text: str, voice: Voice, cache: Memo | None) -> tuple[NDArray[np.float32], bool]:
    """An utterance's sound, and whether it was spoken for this."""
    rate, key = voice.sample_rate, _key(text, voice)
    known = cache.get_many([key]) if cache is not None else {}
    if key in known:
        samples = (np.frombuffer(known[key], dtype="<i2") / 32767.0).astype(np.float32)
        return checked_speech(samples, rate, text, voice.name), False
    spoken = _spoken(text, voice)
    if cache is not None:
        try:
            cache.put_many({key: _at_16_bits(spoken)})
        except PodcastError as error:
            _LOG.warning("what was spoken is not kept (%s)", error)
    return spoken, True


def _key(text: str, voice: Voice) -> str:
    about = json.dumps((_CODE_VERSION, voice.name, fingerprint(voice), voice.sample_rate, text))
    return hashlib.sha256(about.encode()).hexdigest()


def _spoken(text: str, voice: Voice) -> NDArray[np.float32]:
    sound = checked_speech(voice.synthesize(text), voice.sample_rate, text, voice.name)
    return quantised(trimmed(sound, voice.sample_rate) if by_sentence(voice) else sound)


def _at_16_bits(sound: NDArray[np.float32]) -> bytes:
    return np.round(sound * 32767.0).astype("<i2").tobytes()


def sounds_of(segment: str, voice: Voice, lexicon: Lexicon | None, language: str) -> dict[str, bytes]:
    """What `speak` keeps of a segment: its utterances (16 bits) by their keys. Raises SynthesisError."""
    said = [text for text, _ in _said(segment, voice, lexicon, language)]
    return {_key(text, voice): _at_16_bits(_spoken(text, voice)) for text in said}


def has_sounds(folder: Path, segment: str, voice: Voice, lexicon: Lexicon | None, language: str) -> bool:
    """Whether a cache of `speak` holds all of a segment."""
    keys = [_key(text, voice) for text, _ in _said(segment, voice, lexicon, language)]
    cache = _opened(folder)
    if cache is None:
        return False
    known = cache.get_many(keys)
    cache.close()
    return all(key in known for key in keys)


def keep_sounds(folder: Path, sounds: dict[str, bytes]) -> None:
    """Put utterances into a cache of `speak`. Raises WorkspaceError, DiskFullError."""
    cache = _opened(folder)
    if cache is not None:
        cache.put_many(sounds)
        cache.close()
