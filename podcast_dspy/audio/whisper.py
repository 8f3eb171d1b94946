"""Transcribe with a Whisper model on this machine (faster-whisper, CTranslate2, int8)."""

from __future__ import annotations

import re
import threading
from bisect import bisect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from podcast_dspy import models
from podcast_dspy.audio.decoding import SPEECH_RATE, AudioInfo, Sound, decode_recording
from podcast_dspy.audio.forced_alignment import cut_points, speech_spans, spoken_seconds
from podcast_dspy.audio.transcript import Progress, RecognisedWord, Recognition
from podcast_dspy.audio.transcription import timbre
from podcast_dspy.audio.word_alignment import WordAligner
from podcast_dspy.errors import AudioError, ModelError, PrerequisiteError

_LEAST_SURE = 0.5
"""Mean confidence of an English model: 0.2 to 0.4 on German, French and Italian shows, 0.9 on noisy English ones."""
_LATE = {"whisper-tiny.en": 0.06, "whisper-base": -0.07}
"""Seconds by which a model says that words begin later than they do: it lies in how its attention was trained. Measured
on four synthetic voices (tiny.en) and one (base), and found again on a human one."""
_MISSED = 2.0
"""Seconds of speech without words that are transcribed again; less is an interjection, and alone mostly misheard."""
_LONGEST = 300.0
"""Seconds transcribed at once; what Whisper makes of a sound beforehand takes 53 MB a minute."""
_QUIET = 5.0
"""Seconds without speech that are left out: in silence, Whisper hears what it has often heard at the ends of films."""
_AROUND = 1.0
"""Seconds around speech that are transcribed with it."""
_PERHAPS = 0.3
"""Probability from which something may be speech, so that it is transcribed."""
_NEAR = 0.5
"""Seconds from speech at which Whisper may place a word that was said."""
_GRID = 0.02  # seconds; a frame of Whisper: a piece that began beside it would shift all its words
_HUGGING_FACE = re.compile(r"[\w.-]+/[\w.-]+")
_LARGE = 500_000_000
"""Bytes of weights from which a recording gets all threads, and others wait. Tiny and base gain nothing by a second."""
_ONE = threading.Lock()
_SEVERAL = threading.BoundedSemaphore(models.model_slots())


class WhisperTranscriber:
    """Transcribes with the CTranslate2 Whisper model at `model` (a directory, or `hf:` and a Hugging Face name).

    `late` is by how many seconds the model places words too late, where that was measured.
    """

    def __init__(self, model: str, label: str, *, late: float = 0.0) -> None:
        self._model = model
        self._label = label
        self.late = late

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Recognise the words of `path`.

        Raises:
            AudioError: the recording cannot be decoded, is silent, or is in a language that the model does not know.
            PrerequisiteError: faster-whisper or the model is not installed.
            ModelError: the model failed on this recording.
        """
        with ThreadPoolExecutor(1) as beside:
            decoded = beside.submit(decode_recording, path, SPEECH_RATE)
            with _loaded(self._model) as model:
                samples = decoded.result()
                sound = beside.submit(timbre, samples, SPEECH_RATE)
                with WordAligner(samples, late=self.late) as aligner:
                    recognition = self._recognised(model, samples, language, progress, aligner)
                multilingual = model.model.is_multilingual
        sure = sum(word.confidence for word in recognition.words) / max(1, len(recognition.words))
        if recognition.words and sure < _LEAST_SURE and not multilingual:
            raise AudioError(
                f"{path} does not sound like English: {self._label} is only {sure:.0%} sure of its words; for another "
                "language use --stt embedded:multilingual, or give a transcript with --stt import:FILE."
            )
        return replace(recognition, timbre=sound.result())

    def recognise_samples(self, samples: Sound, *, language: str | None, progress: Progress) -> Recognition:
        """Recognise mono float32 `samples` at 16 kHz; words are where the model has them. Raises as `recognise`."""
        with _loaded(self._model) as model:
            return self._recognised(model, samples, language, progress, None)

    def _recognised(
        self,
        model: Any,
        samples: Sound,
        language: str | None,
        progress: Progress,
        aligner: WordAligner | None,
    ) -> Recognition:
        words: list[RecognisedWord] = []
        total = len(samples) / SPEECH_RATE
        try:
            speech = speech_spans(samples, sure=_PERHAPS)
            for start, end in _pieces(samples, _stretches(speech, total)):
                part = samples[round(start * SPEECH_RATE) : round(end * SPEECH_RATE)]
                segments, seen = model.transcribe(part, language=language, word_timestamps=True, beam_size=5)
                language = str(seen.language)
                since = start
                for segment in segments:
                    said = [word for word in segment.words or () if str(word.word).strip()]
                    if said and _is_near(said[0].start + start, said[-1].end + start, speech):
                        words += _missed(model, samples, since, start + float(said[0].start), language)
                        for word in said:
                            _add(words, word, start)
                        since = words[-1].end
                        if aligner is not None:
                            aligner.add(words, language)
                    progress(min(1.0, (start + float(segment.end)) / max(total, 1e-9)))
                words += _missed(model, samples, since, end, language)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"The transcriber {self._label} failed ({error}); try another with --stt."
            ) from error
        heard_in = language or "en"
        if aligner is not None:
            words = aligner.finish(words, heard_in)
        return Recognition(tuple(words), heard_in, self._label, samples, aligned=aligner is not None)


def _stretches(speech: list[tuple[float, float]], total: float) -> list[tuple[float, float]]:
    """What is transcribed of a recording of `total` seconds: all but long times without speech."""
    stretches: list[tuple[float, float]] = []
    for start, end in speech:
        begin, stop = max(0.0, start - _AROUND), min(total, end + _AROUND)
        begin = 0.0 if start < _QUIET else begin // _GRID * _GRID
        stop = total if total - end < _QUIET else stop
        if stretches and start - (stretches[-1][1] - _AROUND) < _QUIET:
            begin = stretches.pop()[0]
        stretches.append((begin, stop))
    return stretches


def _pieces(samples: Sound, stretches: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The stretches, cut in pauses so that none is longer than what is transcribed at once."""
    for start, end in stretches:
        while end - start > _LONGEST:
            block = samples[round(start * SPEECH_RATE) : round((start + _LONGEST) * SPEECH_RATE) + 1]
            cut = start + cut_points(block, SPEECH_RATE, _LONGEST)[0] / SPEECH_RATE
            yield start, cut
            start = cut
        yield start, end


def _is_near(start: float, end: float, speech: list[tuple[float, float]]) -> bool:
    """Whether somebody speaks between `start` and `end` (s), or next to it."""
    after = bisect(speech, start - _NEAR, key=itemgetter(1))
    return after < len(speech) and speech[after][0] <= end + _NEAR


def _missed(model: Any, samples: Sound, since: float, until: float, language: str) -> list[RecognisedWord]:
    """Words between `since` and `until` (s) that the model passed over, though somebody speaks.

    Whisper hears windows of 30 s, and now and then ends one early: all that is left of the window is lost. Started once
    more from where it stopped, it goes on. Half-heard words are not believed.
    """
    found: list[RecognisedWord] = []
    while until - since >= _MISSED:
        rest = samples[round(since * SPEECH_RATE) : round(until * SPEECH_RATE)]
        if spoken_seconds(rest) < _MISSED:
            break
        more: list[RecognisedWord] = []
        segments, _ = model.transcribe(rest, language=language, word_timestamps=True, beam_size=5)
        for segment in segments:
            for word in segment.words or ():
                _add(more, word, since)
        if not more or sum(word.confidence for word in more) < _LEAST_SURE * len(more):
            break
        found += more
        since = max(since + _MISSED, found[-1].end)
    return found


def _add(words: list[RecognisedWord], token: Any, offset: float) -> None:
    """Append what the model heard `offset` seconds into the recording."""
    text = str(token.word)
    if not text.strip():
        return
    start, end, sure = float(token.start) + offset, float(token.end) + offset, float(token.probability)
    if words and not text[0].isspace():
        # " full", "-blown": no space before it, so it belongs to the word before.
        last = words.pop()
        words.append(
            RecognisedWord(
                last.word + text.strip(), last.start, max(last.end, end), min(last.confidence, sure)
            )
        )
    else:
        words.append(RecognisedWord(text.strip(), start, end, sure))


def embedded_whisper(variant: str, language: str | None) -> WhisperTranscriber:
    """The embedded transcriber: tiny.en for English, base for `multilingual` or another language."""
    english = variant != "multilingual" and (language is None or language.split("-")[0].lower() == "en")
    name = "whisper-tiny.en" if english else "whisper-base"
    return WhisperTranscriber(str(models.model_path(name)), f"embedded:{name}", late=_LATE[name])


def whisper_in(directory: str, _: str | None) -> WhisperTranscriber:
    """A CTranslate2 Whisper model on this machine."""
    return WhisperTranscriber(directory, f"whisper:{directory}")


def whisper_of_hugging_face(name: str, _: str | None) -> WhisperTranscriber:
    """The CTranslate2 Whisper model that Hugging Face has under `name`."""
    return WhisperTranscriber(f"hf:{name}", f"hf:{name}")


@contextmanager
def _loaded(model: str) -> Iterator[Any]:
    """A model for one recording; waits while as many are transcribed as the processor has room for.

    Where the model is unsure of a window it draws at random, from a generator that is seeded when a model first
    draws: with a model that was used before, a recording would be transcribed now this way, now that.
    """
    try:
        import faster_whisper  # noqa: F401
    except ImportError as error:
        raise PrerequisiteError(
            "Transcribing on this machine needs faster-whisper: pip install 'podcast-dspy[local]'."
        ) from error
    place = _downloaded(model.removeprefix("hf:")) if model.startswith("hf:") else model
    large = sum(file.stat().st_size for file in Path(place).glob("model.bin")) >= _LARGE
    with _ONE if large else _SEVERAL:
        yield _load(place, models.cpu_threads() if large else models.slot_threads())


def _load(place: str, threads: int) -> Any:
    import ctranslate2
    from faster_whisper import WhisperModel

    ctranslate2.set_random_seed(0)
    try:
        return WhisperModel(place, device="cpu", compute_type="int8", cpu_threads=threads)
    except (RuntimeError, ValueError, OSError) as error:
        raise PrerequisiteError(
            f"{place} cannot be loaded as a CTranslate2 Whisper model ({error}); give a converted model's directory "
            "or a Hugging Face name such as hf:Systran/faster-whisper-base."
        ) from error


def _downloaded(name: str) -> str:
    """Directory of the Hugging Face model `name`, fetched unless it is in the cache of Hugging Face already."""
    import httpx
    from faster_whisper.utils import download_model
    from huggingface_hub.errors import HfHubHTTPError

    if not _HUGGING_FACE.fullmatch(name):
        raise PrerequisiteError(
            f"hf:{name} is no model of Hugging Face; write hf:OWNER/NAME, such as hf:Systran/faster-whisper-base."
        )
    try:
        return str(download_model(name))
    # OSError also stands for a name that is not cached while there is no network
    except (OSError, ValueError, RuntimeError, httpx.HTTPError, HfHubHTTPError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:120].rstrip(" .")
        raise PrerequisiteError(
            f"The model hf:{name} could not be fetched ({reason}); check its name and the network, or give the "
            "directory of a model with --stt whisper:DIRECTORY."
        ) from None
