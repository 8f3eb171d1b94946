"""The audio benchmarks that listen to recordings: words, and work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from audio_common import plain, say, table
from rapidfuzz.distance import Levenshtein

from podcast_dspy.audio import decode, transcribe
from podcast_dspy.models import model_path, slot_threads

RECORDINGS = {
    "tts-podcasts/assistants.mp3": "tts-podcasts/assistants.script.txt",
    "tts-podcasts/podcast-history.mp3": "tts-podcasts/podcast-history.script.txt",
    "tts-podcasts/podcast-how.mp3": "tts-podcasts/podcast-how.script.txt",
    "tts-podcasts/ukiyo-e.mp3": "tts-podcasts/ukiyo-e.script.txt",
    "sonnets/p001.mp3": "sonnets/p001.txt",
    "sonnets/p002.mp3": "sonnets/p002.txt",
    "sonnets/p003.mp3": "sonnets/p003.txt",
    "words/cold_corpus.wav": "words/cold_corpus.txt",
}
LONG = "tts-podcasts/podcast-how.mp3"


def wer_part(speech: Path, _: list[str]) -> None:
    """Word error rate of the embedded transcriber."""
    say(
        "WER = word edits / words of the script (numbers as words, no case, no punctuation). Real time = work"
    )
    say(f"a second of sound, {slot_threads()} thread(s), loading the model included.\n")
    transcribe(speech / "words/cold_corpus.wav")
    rows: list[tuple[Any, ...]] = []
    edits = total = 0
    for sound, text in RECORDINGS.items():
        started = time.perf_counter()
        result = transcribe(speech / sound)
        spent = time.perf_counter() - started
        gold, heard = plain((speech / text).read_text("utf-8")), plain(result.transcript_text)
        wrong = Levenshtein.distance(gold, heard)
        edits, total = edits + wrong, total + len(gold)
        rows.append((sound, len(gold), wrong / len(gold), spent / result.total_duration, result.confidence))
    rows.append(("all", total, edits / total, "", ""))
    table(("recording", "words", "WER", "real time", "confidence"), rows)


def overhead_part(speech: Path, _: list[str]) -> None:
    """What probe, decode, word times, sentences and speakers add to the recogniser itself."""
    import ctranslate2
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    say(
        "The same model, options, threads and seed called directly, and through `transcribe` (length and hash measured,"
        " damage checked, words placed, sentences, speakers), and again without placing words. Seconds as they pass,"
        " and of the processor over all threads; best of 9 each, in turns. All hear the same samples, as one bit less"
        " is another beam search: direct decodes with its own decoder, then hears ours, and its model is loaded once.\n"
    )
    path = speech / LONG
    samples = decode(path)
    model = WhisperModel(
        str(model_path("whisper-tiny.en")), device="cpu", compute_type="int8", cpu_threads=slot_threads()
    )

    def direct() -> None:
        ctranslate2.set_random_seed(0)
        decode_audio(str(path))
        list(model.transcribe(samples, language="en", word_timestamps=True, beam_size=5)[0])

    def unplaced() -> None:
        with mock.patch("podcast_dspy.audio.word_alignment.can_find", return_value=False):
            transcribe(path, language="en")

    ways = {
        "direct": direct,
        "transcribe": lambda: transcribe(path, language="en"),
        "without placing": unplaced,
    }
    transcribe(speech / "words/cold_corpus.wav")
    turns = [[_seconds(action) for action in ways.values()] for _ in range(9)]
    best = np.min(np.array(turns), axis=0)
    rows = [
        (name, passed, f"{passed / best[0][0] - 1:+.1%}", worked, f"{worked / best[0][1] - 1:+.1%}")
        for name, (passed, worked) in zip(ways, best, strict=True)
    ]
    table(("way", "seconds", "overhead", "processor seconds", "overhead"), rows)


def _seconds(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds that pass during `action`, and those that the processor works."""
    started, worked = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - started, time.process_time() - worked
