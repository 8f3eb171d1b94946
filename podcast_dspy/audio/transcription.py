"""Chooses a transcriber by name, tells two speakers apart by their sound, and makes a TranscriptionResult of both.

An installed package adds transcribers by an entry point, which names a function:

    [project.entry-points."podcast_dspy.transcribers"]
    acme = "acme_speech:transcriber"

`acme:LARGE` then is the `Transcriber` that `transcriber("LARGE", language)` makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.decoding import SPEECH_RATE, Sound, blocks, decode_recording, probe
from podcast_dspy.audio.importing import imported
from podcast_dspy.audio.transcript import (
    Progress,
    Recognition,
    Transcriber,
    TranscriptionResult,
    TranscriptSegment,
    WordTimestamp,
    sentence_segments,
)
from podcast_dspy.audio.word_alignment import align_to_sound
from podcast_dspy.errors import AudioError, InputError
from podcast_dspy.registry import Registry

FRAME = 0.02
"""Seconds from one frame to the next; each sees twice as much."""
_BANDS = 26
_COEFFICIENTS = 13
_HEARD = (100.0, 7_000.0)  # Hz of the mel bands
_PITCH = (70, 380)  # Hz
_VOICED = 0.6  # share of a frame's energy that repeats with its pitch
_BATCH = 4096


@dataclass(frozen=True)
class Timbre:
    """One row a frame."""

    level: NDArray[np.float64]
    """dB."""
    pitch: NDArray[np.float64]
    """Octaves (log2 of Hz); NaN where nothing is voiced."""
    cepstrum: NDArray[np.float64]
    """Mel-frequency cepstral coefficients 1-13 (Davis and Mermelstein, 1980), shape (frames, 13)."""


def timbre(samples: Sound, rate: int) -> Timbre:
    """Analyse mono `samples` at `rate` Hz (at least 14,000).

    Pitch is the highest peak of the autocorrelation, corrected for the window (Boersma, 1993).
    """
    from scipy.fft import dct

    width, hop = round(2 * FRAME * rate), round(FRAME * rate)
    size = 1 << (width - 1).bit_length()
    if len(samples) < width:
        return Timbre(np.zeros(0), np.zeros(0), np.zeros((0, _COEFFICIENTS)))
    window = np.hanning(width).astype(np.float32)
    bands = _mel_bands(size, rate)
    shortest, longest = rate // _PITCH[1], rate // _PITCH[0]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:longest]
    level, pitch, cepstrum = [], [], []
    for _, block in blocks(samples, _BATCH * hop, more=width - hop):
        if len(block) < width:
            break
        windowed = np.lib.stride_tricks.sliding_window_view(block, width)[::hop] * window
        power = np.abs(np.fft.rfft(windowed, size)).astype(np.float32) ** 2
        level.append(10 * np.log10(power.sum(axis=1) + 1e-9))
        bank = np.log(power @ bands.T + 1e-6)
        cepstrum.append(dct(bank, type=2, axis=1, norm="ortho")[:, 1 : _COEFFICIENTS + 1])
        repeats = np.fft.irfft(power, axis=1)[:, :longest]
        repeats = repeats / np.maximum(repeats[:, :1], 1e-9) / (own / own[0])
        within = repeats[:, shortest:]
        lag = within.argmax(axis=1)
        clear = within[np.arange(len(lag)), lag] > _VOICED
        pitch.append(np.where(clear, np.log2(rate / (lag + shortest)), np.nan))
    return Timbre(np.concatenate(level), np.concatenate(pitch), np.concatenate(cepstrum))


def _mel_bands(size: int, rate: int) -> NDArray[np.float32]:
    """Triangles of equal width on the mel scale, shape (bands, size / 2 + 1)."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in _HEARD)
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(size, 1 / rate)
    rows = [
        np.clip(np.minimum((bins - a) / (b - a), (c - bins) / (c - b)), 0, None)
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return np.array(rows, np.float32)


_LEAST_SENTENCES = 12
"""Fewer sentences of a length to go by fall into two groups by chance."""
_LEAST_VOICED = 40
"""Voiced frames (0.8 s) of a sentence that helps to find the two voices; 8 will do to tell which of them it is."""
_LEAST_DISTANCE = 6.0
"""Distance of the two voices in standard deviations: 7.1 to 13 in shows of two hosts, under 5 within one host."""
_CHANCE = 40.0
"""Over the square root of the number of sentences: the distance that rows of pure noise never reached when they were
split like this (12 to 120 sentences, 40 times each; 95% stayed under 32)."""
_LEAST_SHARE = 0.08
_RIDGE = 0.1
_ROUNDS = 40
_QUIET = 30.0  # dB under the loud frames


def label_speakers(sound: Timbre, segments: Sequence[TranscriptSegment]) -> tuple[TranscriptSegment, ...]:
    """`segments` of a recording with speakers "A" (who speaks first) and "B", if it has two clearly different voices.

    Otherwise, for one voice, more than two, or too little speech, they come back as they are. Each sentence becomes the
    means of its cepstral coefficients and the median of its pitch; two Gaussians of one covariance are fitted to the
    sentences by expectation maximisation, and must lie far apart.
    """
    if len(segments) < _LEAST_SENTENCES:
        return tuple(segments)
    loud = sound.level > np.percentile(sound.level, 95) - _QUIET if len(sound.level) else np.zeros(0, bool)
    described = [_described(sound, loud, segment) for segment in segments]
    long = [
        number for number, known in enumerate(described) if known is not None and known[1] >= _LEAST_VOICED
    ]
    if len(long) < _LEAST_SENTENCES:
        return tuple(segments)
    known = [described[number] for number in range(len(segments))]
    rows = np.array([known[number][0] for number in long])  # type: ignore[index]
    weights = np.minimum([float(known[number][1]) for number in long], 300.0)  # type: ignore[index]
    model = two_voices(rows, weights)
    if model is None or any(
        two_voices(rows[part], weights[part]) is not None for part in (model.second, ~model.second)
    ):
        return tuple(segments)
    who = [model.is_second(entry[0]) if entry is not None else None for entry in known]
    first = next(voice for voice in who if voice is not None)
    labelled: list[TranscriptSegment] = []
    last = first
    for segment, voice in zip(segments, who, strict=True):
        last = last if voice is None else voice  # a cough is whoever spoke before
        labelled.append(segment.model_copy(update={"speaker": "A" if last == first else "B"}))
    return tuple(labelled)


def _described(
    sound: Timbre, loud: NDArray[np.bool_], segment: TranscriptSegment
) -> tuple[NDArray[np.float64], int] | None:
    """A sentence as a row of features and its number of voiced frames; None if there are next to none."""
    start = int(segment.start_time / FRAME)
    span = slice(start, max(start + 1, int(segment.end_time / FRAME)))
    voiced = loud[span] & ~np.isnan(sound.pitch[span])
    if voiced.sum() < 8:
        return None
    pitch = np.median(sound.pitch[span][voiced])
    return np.concatenate([[pitch], sound.cepstrum[span][voiced].mean(axis=0)]), int(voiced.sum())


@dataclass(frozen=True)
class _Voices:
    """Two Gaussians of one covariance over standardised rows."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    direction: NDArray[np.float64]
    threshold: float
    second: NDArray[np.bool_]
    """Which of the rows that it was fitted to belong to the second voice."""

    def is_second(self, row: NDArray[np.float64]) -> bool:
        """Which voice said it."""
        return bool((row - self.centre) / self.scale @ self.direction > self.threshold)


def two_voices(rows: NDArray[np.float64], weights: NDArray[np.float64]) -> _Voices | None:
    """The two voices in `rows` (sentences x features), or None if they are not clearly two."""
    if len(rows) < _LEAST_SENTENCES:
        return None
    centre = np.average(rows, axis=0, weights=weights)
    scale = np.sqrt(np.average((rows - centre) ** 2, axis=0, weights=weights)) + 1e-9
    z = (rows - centre) / scale
    main = np.linalg.svd(z * np.sqrt(weights)[:, None], full_matrices=False)[2][0]
    # by pitch, and along what differs most: of the two starts the better end counts
    fits = [_fit(z, weights, start) for start in (z[:, 0], z @ main)]
    likelihood, direction, threshold, distance = max(fits, key=lambda fit: fit[0])
    second = z @ direction > threshold
    share = float(weights[second].sum() / weights.sum())
    least = max(_LEAST_DISTANCE, _CHANCE / len(rows) ** 0.5)
    if not np.isfinite(likelihood) or distance < least or not _LEAST_SHARE <= share <= 1 - _LEAST_SHARE:
        return None
    return _Voices(centre, scale, direction, threshold, second)


def _fit(
    z: NDArray[np.float64], weights: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], float, float]:
    """Log-likelihood, the discriminating direction and its threshold, and the distance of the means."""
    belief = (start > np.average(start, weights=weights)).astype(float)
    total = weights.sum()
    for _ in range(_ROUNDS):
        parts = [weights * (1 - belief) + 1e-9, weights * belief + 1e-9]
        means = [part @ z / part.sum() for part in parts]
        spread = sum(
            (part[:, None] * (z - mean)).T @ (z - mean) for part, mean in zip(parts, means, strict=True)
        )
        inverse = np.linalg.inv(spread / total + _RIDGE * np.eye(z.shape[1]))
        scores = [
            -0.5 * np.einsum("ij,jk,ik->i", z - mean, inverse, z - mean) + np.log(part.sum() / total)
            for part, mean in zip(parts, means, strict=True)
        ]
        change = 1 / (1 + np.exp(np.clip(scores[0] - scores[1], -50, 50)))
        settled = np.abs(change - belief).max() < 1e-4
        belief = change
        if settled:
            break
    direction = inverse @ (means[1] - means[0])
    odds = np.log(parts[0].sum() / parts[1].sum())
    threshold = float(direction @ (means[0] + means[1]) / 2 + odds)
    likelihood = float(weights @ (np.logaddexp(*scores) + 0.5 * np.linalg.slogdet(inverse)[1]) / total)
    return likelihood, direction, threshold, float(np.sqrt((means[1] - means[0]) @ direction))


_TRANSCRIBERS: Registry[Callable[[str, str | None], Transcriber]] = Registry(
    "transcriber",
    "podcast_dspy.transcribers",
    {
        "embedded": "podcast_dspy.audio.whisper:embedded_whisper",
        "embedded:multilingual": "podcast_dspy.audio.whisper:embedded_whisper",
        "whisper:DIRECTORY": "podcast_dspy.audio.whisper:whisper_in",
        "hf:OWNER/NAME": "podcast_dspy.audio.whisper:whisper_of_hugging_face",
        "whispercpp:FILE": "podcast_dspy.audio.whispercpp:whispercpp_of",
        "openai/MODEL": "podcast_dspy.audio.hosted_transcribers:openai_transcriber",
        "assemblyai": "podcast_dspy.audio.hosted_transcribers:assemblyai_transcriber",
        "import:FILE": "podcast_dspy.audio.importing:imported",
        "align:FILE": "podcast_dspy.audio.importing:imported_and_aligned",
    },
)


def get_transcriber(stt: str, language: str | None = None) -> Transcriber:
    """The transcriber that `stt` names.

    `embedded` (English) and `embedded:multilingual` need no network. `whisper:DIRECTORY` runs any CTranslate2 Whisper
    model, `hf:OWNER/NAME` one of Hugging Face, `whispercpp:FILE` a ggml model of whisper.cpp. `openai/MODEL`
    (OPENAI_API_KEY) and `assemblyai` (ASSEMBLYAI_API_KEY) ask a provider. `import:FILE` reads a transcript made
    elsewhere (SRT, VTT, JSON or TSV of Whisper and its kin, Podcasting 2.0 JSON, plain text); `align:FILE` reads one
    and finds its words in the recording, for exact times where the file has none. Installed packages add others.

    Raises:
        UnknownNameError: nothing is known under that name.
        PrerequisiteError: its model, extra or key is missing.
    """
    make, own_name = _TRANSCRIBERS.find(stt)
    return make(own_name, language)


def transcriber_key(stt: str) -> str:
    """What the result of `stt` depends on beside the recording: its name, and what is in a transcript's file.

    Raises:
        InputError: the transcript cannot be read.
    """
    kind, _, rest = stt.partition(":")
    if kind not in ("import", "align"):
        return stt
    try:
        return f"{stt} {hashlib.sha256(Path(rest).expanduser().read_bytes()).hexdigest()}"
    except OSError as error:
        raise InputError(
            f"The transcript {rest} cannot be read ({error.strerror}); check the path."
        ) from error


def transcribe(
    path: str | Path,
    *,
    stt: str = "embedded",
    language: str | None = None,
    progress: Progress | None = None,
    speakers: bool = True,
) -> TranscriptionResult:
    """Transcribe the recording at `path` with word times, sentence segments and confidence.

    Args:
        path: the recording.
        stt: which transcriber (see `get_transcriber`).
        language: ISO 639-1 code, or None to let the model decide.
        progress: called with the fraction done (0-1).
        speakers: tell two hosts apart by their voices ("A" and "B") where the transcriber names no speakers and the
            recording has two clearly different voices; otherwise sentences have no speaker.

    Raises:
        AudioError: the file cannot be read, is silent, or holds no speech.
        PrerequisiteError: a model, extra or key is missing.
        ModelError: the transcriber failed.
    """
    info = probe(path)
    done = 0.0

    def report(fraction: float) -> None:
        nonlocal done
        done = max(done, min(1.0, fraction))
        if progress is not None:
            progress(done)

    transcriber = get_transcriber(stt, language)
    report(0.0)
    recognition = transcriber.recognise(Path(path), info, language=language, progress=report)
    if not recognition.words:
        raise AudioError(f"No speech was recognised in {path}; check the recording and its language.")
    unnamed = speakers and all(word.speaker is None for word in recognition.words)
    samples = recognition.samples
    if samples is None and (unnamed or not recognition.aligned):
        samples = decode_recording(path, SPEECH_RATE)
    if samples is not None and not recognition.aligned:
        words = align_to_sound(recognition.words, samples, recognition.language)
        recognition = replace(recognition, words=tuple(words))
    report(1.0)
    result = _result(recognition, info.path, info.sha256, info.duration)
    if samples is not None and unnamed:
        sound = timbre(samples, SPEECH_RATE) if recognition.timbre is None else recognition.timbre
        result = result.model_copy(update={"segments": label_speakers(sound, result.segments)})
    return result


def read_transcript(file: str | Path, *, language: str | None = None) -> TranscriptionResult:
    """A transcript of a recording that is not there; how long it took is when the last word ends.

    Text without times takes as long as its words usually do, and the result is not `timed`. Raises InputError.
    """
    path = Path(file).expanduser()
    recognition, timed = imported(str(path), language).alone(language)
    seconds = max(word.end for word in recognition.words)
    result = _result(recognition, path, hashlib.sha256(path.read_bytes()).hexdigest(), seconds)
    return result.model_copy(update={"timed": timed})


def _result(recognition: Recognition, path: Path, sha256: str, limit: float) -> TranscriptionResult:
    # Recognisers may run some hundredths past the end of the file, which is at `limit` seconds.
    words = tuple(
        WordTimestamp(
            word=word.word,
            start_time=round(min(max(word.start, 0.0), limit), 3),
            end_time=round(min(max(word.end, word.start, 0.0), limit), 3),
            confidence=min(max(word.confidence, 0.0), 1.0),
        )
        for word in recognition.words
    )
    clipped = [
        replace(old, start=new.start_time, end=new.end_time, confidence=new.confidence)
        for old, new in zip(recognition.words, words, strict=True)
    ]
    segments = sentence_segments(clipped)
    return TranscriptionResult(
        source_path=str(path),
        sha256=sha256,
        transcript_text=" ".join(segment.text for segment in segments),
        word_timestamps=words,
        segments=segments,
        total_duration=limit,
        speaker_id=recognition.words[0].speaker
        if len({word.speaker for word in recognition.words}) == 1
        else None,
        confidence=sum(word.confidence for word in words) / len(words),
        language=recognition.language,
        model=recognition.model,
    )
