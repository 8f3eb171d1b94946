"""Transcribe with a Whisper model on this machine (faster-whisper, CTranslate2, int8)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from podcast_dspy import models
from podcast_dspy.audio.decoding import decode
from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.placement import Placer
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.audio.timbre import timbre
from podcast_dspy.audio.voice_activity import spoken_seconds
from podcast_dspy.errors import AudioError, ModelError, PrerequisiteError

__all__ = ["WhisperTranscriber", "embedded_whisper"]

_RATE = 16_000  # what Whisper hears
_LEAST_SURE = 0.5
"""Mean confidence of an English model: 0.2 to 0.4 on German, French and Italian shows, 0.9 on noisy English ones."""
_LATE = {"whisper-tiny.en": 0.06, "whisper-base": -0.07}
"""Seconds by which a model says that words begin later than they do: it lies in how its attention was trained. Measured
on four synthetic voices (tiny.en) and one (base), and found again on a human one."""
_MISSED = 2.0
"""Seconds of speech without words that are heard again; less is an interjection, and heard alone mostly wrong."""
_HUGGING_FACE = re.compile(r"[\w.-]+/[\w.-]+")
_LARGE = 500_000_000
"""Bytes of weights from which a recording gets all threads, and others wait. Tiny and base gain nothing by a second."""
_ONE = threading.Lock()
_SEVERAL = threading.BoundedSemaphore(models.model_lanes())


class WhisperTranscriber:
    """Hears with the CTranslate2 Whisper model at `model` (a directory, or `hf:` and a Hugging Face name).

    `late` is by how many seconds the model places words too late, where that was measured.
    """

    def __init__(self, model: str, label: str, *, late: float = 0.0) -> None:
        self._model = model
        self._label = label
        self.late = late

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
        """Recognise the words of `path`.

        Raises:
            AudioError: the recording cannot be decoded, is silent, or is in a language that the model does not know.
            PrerequisiteError: faster-whisper or the model is not installed.
            ModelError: the model failed on this recording.
        """
        with ThreadPoolExecutor(1) as beside:
            decoded = beside.submit(decode, path, _RATE)
            with _loaded(self._model) as model:
                samples = decoded.result()
                sound = beside.submit(timbre, samples, _RATE)
                with Placer(samples, late=self.late) as placer:
                    heard = self._recognised(model, samples, language, progress, placer)
                multilingual = model.model.is_multilingual
        sure = sum(word.confidence for word in heard.words) / max(1, len(heard.words))
        if heard.words and sure < _LEAST_SURE and not multilingual:
            raise AudioError(
                f"{path} does not sound like English: {self._label} is only {sure:.0%} sure of its words; for another "
                "language use --stt embedded:multilingual, or give a transcript with --stt import:FILE."
            )
        return replace(heard, timbre=sound.result())

    def hear_samples(self, samples: Any, *, language: str | None, progress: Progress) -> Heard:
        """Recognise mono float32 `samples` at 16 kHz; words are where the model heard them. Raises as `hear`."""
        with _loaded(self._model) as model:
            return self._recognised(model, samples, language, progress, None)

    def _recognised(
        self, model: Any, samples: Any, language: str | None, progress: Progress, placer: Placer | None
    ) -> Heard:
        words: list[HeardWord] = []
        try:
            segments, seen = model.transcribe(samples, language=language, word_timestamps=True, beam_size=5)
            for segment in segments:
                for word in segment.words or ():
                    words += _missed(model, samples, words, float(word.start), seen.language)
                    _add(words, word)
                if placer is not None:
                    placer.hear(words, str(seen.language))
                progress(min(1.0, float(segment.end) / max(seen.duration, 1e-9)))
            words += _missed(model, samples, words, len(samples) / _RATE, seen.language)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"The transcriber {self._label} failed ({error}); try another with --stt."
            ) from error
        if placer is not None:
            words = placer.finish(words, str(seen.language))
        return Heard(tuple(words), str(seen.language), self._label, samples, placed=placer is not None)


def _missed(model: Any, samples: Any, words: list[HeardWord], until: float, language: str) -> list[HeardWord]:
    """Words between the last of `words` and `until` (s) that the model passed over, though somebody speaks.

    Whisper hears windows of 30 s, and now and then ends one early: all that is left of the window is lost. Heard once
    more from where it stopped, it goes on. Half-heard words are not believed.
    """
    found: list[HeardWord] = []
    since = words[-1].end if words else 0.0
    while until - since >= _MISSED:
        rest = samples[round(since * _RATE) : round(until * _RATE)]
        if spoken_seconds(rest) < _MISSED:
            break
        more: list[HeardWord] = []
        segments, _ = model.transcribe(rest, language=language, word_timestamps=True, beam_size=5)
        for segment in segments:
            for word in segment.words or ():
                _add(more, word)
        if not more or sum(word.confidence for word in more) < _LEAST_SURE * len(more):
            break
        found += [replace(word, start=word.start + since, end=word.end + since) for word in more]
        since = max(since + _MISSED, found[-1].end)
    return found


def _add(words: list[HeardWord], token: Any) -> None:
    text = str(token.word)
    if not text.strip():
        return
    start, end, sure = float(token.start), float(token.end), float(token.probability)
    if words and not text[0].isspace():
        # " full", "-blown": no space before it, so it belongs to the word before.
        last = words.pop()
        words.append(
            HeardWord(last.word + text.strip(), last.start, max(last.end, end), min(last.confidence, sure))
        )
    else:
        words.append(HeardWord(text.strip(), start, end, sure))


def embedded_whisper(variant: str, language: str | None) -> WhisperTranscriber:
    """The embedded transcriber: tiny.en for English, base for `multilingual` or another language."""
    english = variant != "multilingual" and (language is None or language.split("-")[0].lower() == "en")
    name = "whisper-tiny.en" if english else "whisper-base"
    return WhisperTranscriber(str(models.model_path(name)), f"embedded:{name}", late=_LATE[name])


@contextmanager
def _loaded(model: str) -> Iterator[Any]:
    """A model for one recording; waits while as many recordings are heard as the processor has room for.

    Where the model is unsure of a window it draws at random, from a generator that is seeded when a model first
    draws: with a model that has heard something before, a recording would be heard now this way, now that.
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
        yield _load(place, models.cpu_threads() if large else models.lane_threads())


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
