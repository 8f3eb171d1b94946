"""The audio benchmarks that listen to recordings: words, their times, work, pieces."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from audio_common import losses, matched, plain, say, spread, table, timed
from rapidfuzz.distance import Levenshtein

from podcast_dspy.audio import decode, transcribe
from podcast_dspy.audio.cutting import OVERLAP, overlapping_pieces, rejoin
from podcast_dspy.audio.whisper import embedded_whisper
from podcast_dspy.models import cpu_threads, model_path

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
    """What probe, decode, sentences, speakers and models add to the recogniser itself."""
    import ctranslate2
    from faster_whisper import WhisperModel

    say(
        "The same model, options, threads and seed called directly, and through `transcribe` (length and hash measured,"
    )
    say(
        "damage checked, sentences, speakers): processor seconds over all threads, best of 3 each, in turns.\n"
    )
    path = speech / LONG
    model = WhisperModel(
        str(model_path("whisper-tiny.en")), device="cpu", compute_type="int8", cpu_threads=cpu_threads()
    )

    def direct() -> None:
        ctranslate2.set_random_seed(0)
        list(model.transcribe(str(path), language="en", word_timestamps=True, beam_size=5)[0])

    transcribe(speech / "words/cold_corpus.wav")
    turns = [(timed(direct), timed(lambda: transcribe(path, language="en"))) for _ in range(3)]
    bare, ours = (min(column) for column in zip(*turns, strict=True))
    table(("direct", "transcribe", "overhead"), [(bare, ours, f"{ours / bare - 1:+.1%}")])


def rejoin_part(speech: Path, _: list[str]) -> None:
    """Word times of a recording heard in pieces against the same heard whole."""
    say(
        f"{LONG} cut at about {CUTS} silences, heard in pieces that share some seconds with each neighbour, joined;"
    )
    say(
        "start of each word heard both ways: seconds, and how many are over 0.05 off. Lost: words heard whole that no"
    )
    say(
        "piece gave in any form; doubled: words at a join that both pieces gave; more: what pieces heard and the whole"
    )
    say(
        "did not. Drift: median error of the last third less that of the first, in ms a minute between them.\n"
    )
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
                float(np.abs(error).max()),
                int((np.abs(error) > 0.0505).sum()),
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
            "worst",
            "over 0.05",
            "bias",
            "drift ms/min",
        ),
        rows,
    )
