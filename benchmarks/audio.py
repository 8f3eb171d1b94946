"""How well the audio package hears, times, predicts and writes.

    python benchmarks/audio.py [--data DIR] [--part wer --part words ...] [--voice piper:joe ...]

Parts: wer, words, overhead, rejoin (recordings with gold words, from --data or $PODCAST_DSPY_DATA), durations,
estimate, loudness, chapters (nothing but the embedded voice). Prints Markdown tables; each says what its figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from podcast_dspy.audio import (
    AudioTags,
    Chapter,
    Narration,
    decode,
    get_voice,
    predict_seconds,
    probe,
    read_chapters,
    speak,
    speakable,
    transcribe,
    word_times_for,
    write_audio,
)
from podcast_dspy.audio.cutting import OVERLAP, overlapping_pieces, rejoin
from podcast_dspy.audio.loudness import measure_loudness, true_peak
from podcast_dspy.audio.whisper import embedded_whisper
from podcast_dspy.models import cache_dir, cpu_threads, model_path

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
CUTS = 20

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
    parser.add_argument("--voice", action="append", help="voices of the durations part (default: piper:joe)")
    arguments = parser.parse_args()
    speech = Path(arguments.data) / "speech" if arguments.data else None
    for name in arguments.part or PARTS:
        needs_data, run = PARTS[name]
        started = time.monotonic()
        if needs_data and (speech is None or not speech.is_dir()):
            say(f"\n## {name}\n\nskipped: it needs --data DIR or $PODCAST_DSPY_DATA with a speech/ directory")
            continue
        say(f"\n## {name}\n")
        run(speech, arguments.voice or ["piper:joe"])
        say(f"\n({time.monotonic() - started:.0f} s)")
    return 0


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A Markdown table."""
    say("| " + " | ".join(head) + " |")
    say("|" + "---|" * len(head))
    for row in rows:
        say("| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")


def plain(text: str) -> list[str]:
    """Words for comparison: tags dropped, numbers spoken, lower case, no punctuation."""
    return re.findall(r"[a-z']+", speakable(re.sub(r"<[^>]*>", " ", text)).lower().replace("-", " "))


def wer_part(speech: Path, _: list[str]) -> None:
    """Word error rate of the embedded transcriber."""
    say(
        "WER = word edits / words of the script (numbers as words, no case, no punctuation). Real time = work"
    )
    say(f"a second of sound, {cpu_threads()} thread(s), model loaded.\n")
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


def words_part(speech: Path, _: list[str]) -> None:
    """Error of word times against hand-checked ones."""
    say("Time of each correctly heard word against the gold (forced alignment, checked by hand): seconds.\n")
    gold = json.loads((speech / "words/cold_corpus.words.json").read_text("utf-8"))
    heard = transcribe(speech / "words/cold_corpus.wav").word_timestamps
    pairs = matched([word["word"] for word in gold], [word.word for word in heard])
    starts = np.array([heard[b].start_time - gold[a]["start"] for a, b in pairs])
    ends = np.array([heard[b].end_time - gold[a]["end"] for a, b in pairs])
    rows = [
        (name, len(x), float(np.median(np.abs(x))), float(np.percentile(np.abs(x), 90)), float(np.median(x)))
        for name, x in (("start", starts), ("end", ends))
    ]
    table(("edge", "words", "median error", "90th percentile", "bias (+ late)"), rows)


def overhead_part(speech: Path, _: list[str]) -> None:
    """What probe, decode, sentences and models add to the recogniser itself."""
    from faster_whisper import WhisperModel

    say(
        "The same model, options and threads called directly, and through `transcribe`: seconds, best of 2.\n"
    )
    path = speech / "sonnets/p001.mp3"
    model = WhisperModel(
        str(model_path("whisper-tiny.en")), device="cpu", compute_type="int8", cpu_threads=cpu_threads()
    )

    def direct() -> None:
        list(model.transcribe(str(path), language="en", word_timestamps=True, beam_size=5)[0])

    transcribe(speech / "words/cold_corpus.wav")
    bare = min(timed(direct) for _ in range(2))
    ours = min(timed(lambda: transcribe(path)) for _ in range(2))
    table(("direct", "transcribe", "overhead"), [(bare, ours, f"{ours / bare - 1:+.1%}")])


def rejoin_part(speech: Path, _: list[str]) -> None:
    """Word times of a recording heard in pieces against the same heard whole."""
    say(
        f"{LONG} cut at about {CUTS} silences, heard in pieces that share {OVERLAP:g} s with each neighbour, joined; start"
    )
    say(
        "of each word heard both ways: seconds. Lost: words heard whole that no piece gave, not even in another form;"
    )
    say(
        "doubled: words at a join that both pieces gave; more: what pieces heard and the whole did not. Drift = median"
    )
    say("error of the last third less that of the first, in milliseconds a minute between them.\n")
    samples = decode(speech / LONG)
    seconds = len(samples) / 16_000
    listener = embedded_whisper("", "en")
    whole = listener.hear_samples(samples, language="en", progress=lambda _: None).words
    rows = []
    for overlap in (0.0, OVERLAP):
        longest = seconds / (CUTS - 2) + 2 * overlap
        pieces = overlapping_pieces(samples, 16_000, longest, overlap=overlap)
        heard = [
            (
                piece,
                listener.hear_samples(
                    samples[piece.start : piece.end], language="en", progress=lambda _: None
                ).words,
            )
            for piece in pieces
        ]
        joined = rejoin(heard, 16_000)
        pairs = matched([word.word for word in whole], [word.word for word in joined])
        at = np.array([whole[a].start for a, _ in pairs])
        error = np.array([joined[b].start for _, b in pairs]) - at
        third = at[-1] / 3
        early, late = error[at < third], error[at > 2 * third]
        drift = 60_000 * float(np.median(late) - np.median(early)) / (2 * third)
        lost, more = losses([word.word for word in whole], [word.word for word in joined])
        cuts = [piece.first / 16_000 for piece in pieces[1:]]
        doubled = sum(
            plain(before.word) == plain(after.word) and after.start < before.end
            for before, after in pairwise(joined)
            if any(abs(after.start - cut) < 1.0 for cut in cuts)
        )
        rows.append(
            (
                f"{overlap:g}",
                len(cuts),
                len(pairs),
                lost,
                doubled,
                more,
                *spread(error),
                float(np.median(error)),
                drift,
            )
        )
    table(
        (
            "overlap s",
            "cuts",
            "words",
            "lost",
            "doubled",
            "more",
            "median error",
            "90th percentile",
            "bias",
            "drift ms/min",
        ),
        rows,
    )


def losses(gold: Sequence[str], heard: Sequence[str]) -> tuple[int, int]:
    """Words of `gold` that are missing, and words of `heard` that are additional; replaced words are neither."""
    left, right = ["".join(plain(word)) for word in gold], ["".join(plain(word)) for word in heard]
    lost = more = 0
    for block in Levenshtein.opcodes(left, right):
        written, said = block.src_end - block.src_start, block.dest_end - block.dest_start
        if block.tag != "equal" and "".join(left[block.src_start : block.src_end]) != "".join(
            right[block.dest_start : block.dest_end]
        ):
            lost, more = lost + max(0, written - said), more + max(0, said - written)
    return lost, more


def spread(error: np.ndarray) -> tuple[float, float]:
    """Median and 90th percentile of the sizes of errors."""
    return float(np.median(np.abs(error))), float(np.percentile(np.abs(error), 90))


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


def estimate_part(_: Path | None, __: list[str]) -> None:
    """Estimated word times (no recognition) against recognised ones, on the embedded voice."""
    say(
        "`word_times_for` on each spoken segment against the embedded recogniser: start of each word, seconds.\n"
    )
    narration = spoken("piper:joe")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "e.wav"
        write_audio(path, narration.samples, narration.sample_rate, tags=AudioTags(title="e"))
        heard = transcribe(path).word_timestamps
    estimated = [
        word
        for text, span in zip(SCRIPT, narration.spans, strict=True)
        for word in word_times_for(text, span)
    ]
    pairs = matched([word.word for word in estimated], [word.word for word in heard])
    error = np.array([estimated[a].start_time - heard[b].start_time for a, b in pairs])
    row = (
        len(pairs),
        float(np.median(np.abs(error))),
        float(np.percentile(np.abs(error), 90)),
        float(np.median(error)),
    )
    table(("words", "median error", "90th percentile", "bias"), [row])


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
    """Chapters written, and read back by two libraries."""
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
                    for c in container.chapters()
                ]
            read = [(c.title, c.start) for c in read_chapters(path)]
            rows.append(
                (suffix, *(difference(chapters, found) for found in (read, other)), probe(path).duration)
            )
    table(("format", "mutagen", "FFmpeg", "length s"), rows)


def difference(chapters: Sequence[Chapter], found: Sequence[tuple[str, float]]) -> str:
    """Largest error of a start in milliseconds, or what is missing."""
    if [title for title, _ in found] != [chapter.title for chapter in chapters]:
        return f"{len(found)} of {len(chapters)} titles"
    return f"{1000 * max(abs(c.start - start) for c, (_, start) in zip(chapters, found, strict=True)):.1f}"


def spoken(voice: str) -> Narration:
    """The script, spoken (and kept in the speech cache)."""
    return speak(SCRIPT, get_voice(voice), cache_dir=cache_dir() / "speech")


def matched(gold: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Index pairs of words that are the same in an alignment of least edits."""
    left = ["".join(plain(word)) or "-" for word in gold]
    right = ["".join(plain(word)) or "+" for word in heard]
    return [
        (block.src_start + step, block.dest_start + step)
        for block in Levenshtein.opcodes(left, right)
        if block.tag == "equal"
        for step in range(block.src_end - block.src_start)
    ]


def timed(action: Callable[[], Any]) -> float:
    """Seconds that `action` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


PARTS: dict[str, tuple[bool, Callable[..., None]]] = {
    "wer": (True, wer_part),
    "words": (True, words_part),
    "overhead": (True, overhead_part),
    "rejoin": (True, rejoin_part),
    "durations": (False, durations_part),
    "estimate": (False, estimate_part),
    "loudness": (False, loudness_part),
    "chapters": (False, chapters_part),
}


if __name__ == "__main__":
    raise SystemExit(main())
