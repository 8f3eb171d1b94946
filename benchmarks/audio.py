"""How well the audio package hears, times, predicts and writes.

    python benchmarks/audio.py [--data DIR] [--part wer --part words ...] [--voice piper:joe ...]

Parts: wer, words, overhead, rejoin, speakers, topics, lengths (recordings and scripts, from --data or
$PODCAST_DSPY_DATA), voices, durations, loudness, chapters, languages (nothing but the voices). Speakers, topics and
languages need the model whisper-base, languages kokoro-es-fr-it too, lengths and voices `pip install onnx`. Prints
Markdown tables; each says what its figures mean.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from audio_common import say, table
from audio_heard import overhead_part, wer_part
from audio_languages import languages_part
from audio_lengths import lengths_part
from audio_shows import speakers_part, topics_part
from audio_times import rejoin_part, voices_part, words_part

from podcast_dspy.audio import (
    AudioTags,
    Chapter,
    Narration,
    decode,
    get_voice,
    predict_seconds,
    probe,
    speak,
    write_audio,
)
from podcast_dspy.audio.audio_writer import measure_loudness, true_peak
from podcast_dspy.models import cache_dir
from podcast_dspy.text.normalisation import speakable

VOICES = ["piper:joe", "kokoro:af_heart", "kokoro:am_michael", "kokoro:bf_emma", "kokoro:bm_george"]

SCRIPT = (
    "Hello, and welcome. If you have ever waited for a search engine to read a whole book before "
    "answering one question, this episode is for you. We are talking about a paper on sparse retrieval, "
    "and it is stranger than it sounds.",
    "Here is the problem. A retriever compares your question with every passage it knows. Ten thousand "
    "passages, fine. Ten million, and the bill becomes embarrassing. Worse, most of those comparisons are"
    " wasted: more than 99% of the passages have nothing to do with what you asked.",
    "So what do the authors do? They borrow an idea from libraries. Before anyone asks anything, each "
    "passage is summarized in 32 numbers, and the numbers are sorted into drawers. A question opens three"
    " drawers, never more. Inside a drawer the comparison is exact, outside it simply does not happen.",
    "You might object that a passage could sit in the wrong drawer. True, and they measured it. On six "
    "benchmarks the right passage was in one of the three drawers 97.4% of the time. For the remaining "
    "cases there is a slow path, which runs in the background and corrects the answer a second later.",
    "Table 2 has my favorite result. With the same hardware, the new index answers 41 times as many "
    "questions per second as the baseline. Accuracy drops by 0.6 points, which is about the difference "
    "between two random seeds.",
    "There are limits, of course. The drawers are built once, so a library that changes every hour has to"
    " be sorted every hour. And nobody has tried this on languages other than English and German.",
    "What should you remember? Sort first, compare later, and keep a slow path for the unlucky ones. "
    "Thank you for listening. Until next time!",
)


def main() -> int:
    """Run the chosen parts; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only these parts")
    parser.add_argument(
        "--voice", action="append", help="voices of the durations part (default: all measured)"
    )
    arguments = parser.parse_args()
    speech = Path(arguments.data) / "speech" if arguments.data else None
    for name in arguments.part or PARTS:
        needs_data, run = PARTS[name]
        started = time.monotonic()
        if needs_data and (speech is None or not speech.is_dir()):
            say(f"\n## {name}\n\nskipped: it needs --data DIR or $PODCAST_DSPY_DATA with a speech/ directory")
            continue
        say(f"\n## {name}\n")
        run(speech, arguments.voice or VOICES)
        say(f"\n({time.monotonic() - started:.0f} s)")
    return 0


def durations_part(_: Path | None, voices: list[str]) -> None:
    """Predicted against spoken length of a script that no model was fitted on."""
    words = sum(len(speakable(text).split()) for text in SCRIPT)
    say(
        f"A script of {words} spoken words in {len(SCRIPT)} segments; seconds, and the error of the prediction.\n"
    )
    rows: list[tuple[Any, ...]] = []
    for name in voices:
        narration = spoken(name)
        predicted = predict_seconds(SCRIPT, name)
        if predicted is None:
            rows.append((name, narration.duration, "not measured", "", ""))
            continue
        singles = [
            abs((predict_seconds([text], name) or 0.0) / (end - start) - 1)
            for text, (start, end) in zip(SCRIPT, narration.spans, strict=True)
        ]
        rows.append(
            (
                name,
                narration.duration,
                predicted,
                f"{predicted / narration.duration - 1:+.1%}",
                f"{np.mean(singles):.1%}",
            )
        )
    table(("voice", "spoken", "predicted", "error", "mean error a segment"), rows)


def loudness_part(_: Path | None, __: list[str]) -> None:
    """Loudness and true peak of written files."""
    say(
        "Integrated loudness (BS.1770, target -16 LUFS) and true peak (ceiling -1 dBTP) as decoded; length against"
    )
    say("the samples, in milliseconds.\n")
    narration = spoken("piper:joe")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("mp3", "opus", "wav"):
            for name, gain in (("as spoken", 1.0), ("30 dB down", 10 ** (-30 / 20))):
                path = Path(folder) / f"e.{suffix}"
                started = time.perf_counter()
                info = write_audio(
                    path, gain * narration.samples, narration.sample_rate, tags=AudioTags(title="e")
                )
                spent = time.perf_counter() - started
                sound = decode(path, info.sample_rate)
                rows.append(
                    (suffix, name, measure_loudness(sound, info.sample_rate), true_peak(sound),
                     1000 * (info.duration - narration.duration), info.bitrate, spent)
                )  # fmt: skip
    table(("format", "input", "LUFS", "dBTP", "length error ms", "bits/s", "seconds to write"), rows)


def chapters_part(_: Path | None, __: list[str]) -> None:
    """Chapters written by mutagen, and read back by FFmpeg."""
    import av

    say("Largest difference between chapter starts and ends as asked for and as read back: milliseconds.\n")
    narration = spoken("piper:joe")
    chapters = [Chapter(title=f"Part {n} – é", start=s, end=e) for n, (s, e) in enumerate(narration.spans)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("mp3", "opus", "wav"):
            path = Path(folder) / f"e.{suffix}"
            write_audio(
                path, narration.samples, narration.sample_rate, tags=AudioTags(title="e"), chapters=chapters
            )
            with av.open(str(path)) as container:
                other = [
                    (str(c["metadata"].get("title", "")), float(c["start"] * (c["time_base"] or 0)))
                    for c in sorted(container.chapters(), key=lambda c: c["start"])
                ]
            rows.append((suffix, difference(chapters, other), probe(path).duration))
    table(("format", "FFmpeg", "length s"), rows)


def difference(chapters: Sequence[Chapter], found: Sequence[tuple[str, float]]) -> str:
    """Largest error of a start in milliseconds, or what is missing."""
    if [title for title, _ in found] != [chapter.title for chapter in chapters]:
        return f"{len(found)} of {len(chapters)} titles"
    return f"{1000 * max(abs(c.start - start) for c, (_, start) in zip(chapters, found, strict=True)):.1f}"


def spoken(voice: str) -> Narration:
    """The script, spoken (and kept in the speech cache)."""
    return speak(SCRIPT, get_voice(voice), cache_dir=cache_dir() / "speech")


PARTS: dict[str, tuple[bool, Callable[..., None]]] = {
    "wer": (True, wer_part),
    "words": (True, words_part),
    "voices": (False, voices_part),
    "overhead": (True, overhead_part),
    "rejoin": (True, rejoin_part),
    "speakers": (True, speakers_part),
    "topics": (True, topics_part),
    "lengths": (True, lengths_part),
    "durations": (False, durations_part),
    "loudness": (False, loudness_part),
    "chapters": (False, chapters_part),
    "languages": (False, languages_part),
}


if __name__ == "__main__":
    raise SystemExit(main())
