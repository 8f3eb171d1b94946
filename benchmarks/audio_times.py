"""The audio benchmarks about when words are spoken: recognised, narrated, and in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from audio_common import losses, matched, plain, say, spread, table

from podcast_dspy.audio import decode, narrated_words, word_times_for
from podcast_dspy.audio.forced_alignment import OVERLAP, overlapping_pieces, rejoin, silences
from podcast_dspy.audio.transcript import RecognisedWord
from podcast_dspy.audio.whisper import WhisperTranscriber, embedded_whisper
from podcast_dspy.audio.word_alignment import align_to_sound, snap_to_pauses

SHOWS = ("podcast-how", "assistants", "podcast-history", "ukiyo-e")
CUTS = 20
EXAMPLES = Path(__file__).parent.parent / "examples" / "pairs"
_RATE = 16_000
_Timed = Sequence[tuple[str, float, float]]


def words_part(speech: Path, _: list[str]) -> None:
    """Error of word times against hand-checked ones."""
    say("Time of each correctly heard word against the gold (forced alignment, checked by hand): seconds.\n")
    gold = json.loads((speech / "words/cold_corpus.words.json").read_text("utf-8"))
    known = [(word["word"], word["start"], word["end"]) for word in gold]
    rows = []
    for name, heard in _stages(decode(speech / "words/cold_corpus.wav")).items():
        error = _errors(known, heard)
        for edge, off in zip(("start", "end"), error.T, strict=True):
            rows.append((name, edge, len(off), *spread(off), float(np.median(off))))
    table(("times", "edge", "words", "median error", "90th percentile", "bias (+ late)"), rows)


def voices_part(_: Path | None, __: list[str]) -> None:
    """Error of word times on four synthetic voices, whose own model says how long each sound lasts."""
    try:
        from audio_kokoro import spoken_words
    except ImportError:
        say("skipped: it needs `pip install onnx`")
        return
    say(
        "Passages of the example corpus by four Kokoro voices; gold: the durations that the voice's own model gave"
        " its phonemes, 25 ms each. The model counts a constant more than is heard, so the median error of each"
        " voice is taken off; what is left is the spread. Recognised: by the embedded Whisper. Narrated: of a text"
        " that is known, as for captions.\n"
    )
    errors: dict[str, list[np.ndarray]] = {}
    for folder in sorted(EXAMPLES.iterdir()):
        gold = json.loads((folder / "gold.json").read_text("utf-8"))
        passages = spoken_words(f"kokoro:{gold['voice']}", [part["text"] for part in gold["segments"][2:9]])
        samples = np.concatenate([passage.samples for passage in passages])
        known, texts, at = [], [], 0.0
        for passage in passages:
            known += [(word, at + start, at + end) for word, start, end in passage.words]
            texts.append((" ".join(word for word, _, _ in passage.words), at, at + passage.seconds))
            at += passage.seconds
        stages = {f"recognised, {name}": timed for name, timed in _stages(samples).items()}
        estimated = [word for text, *span in texts for word in word_times_for(text, (span[0], span[1]))]
        found = [
            word for text, *span in texts for word in narrated_words(text, (span[0], span[1]), samples, _RATE)
        ]
        stages |= {
            name: [(word.word, word.start_time, word.end_time) for word in words]
            for name, words in (("narrated, by syllables", estimated), ("narrated, placed", found))
        }
        for name, timed in stages.items():
            error = _errors(known, timed)
            errors.setdefault(name, []).append(error - np.median(error, axis=0))
    rows = []
    for name, parts in errors.items():
        start, end = np.concatenate(parts).T
        over = f"{np.mean(np.abs(start) > 0.0505):.0%}"
        rows.append((name, len(start), *spread(start), over, *spread(end)))
    head = (
        "times",
        "words",
        "start, median",
        "90th percentile",
        "over 0.05",
        "end, median",
        "90th percentile",
    )
    table(head, rows)


def _stages(samples: Any) -> dict[str, _Timed]:
    """The words of a recording at the recogniser's times, settled at the pauses, and placed."""
    listener = embedded_whisper("", "en")
    heard = _hear(listener, samples)
    settled = snap_to_pauses(heard, silences(samples, _RATE), late=listener.late)
    placed = align_to_sound(heard, samples, "en", late=listener.late)
    return {
        name: [(word.word, word.start, word.end) for word in words]
        for name, words in (("as heard", heard), ("settled", settled), ("placed", placed))
    }


def _hear(listener: WhisperTranscriber, samples: Any) -> Sequence[RecognisedWord]:
    return listener.recognise_samples(samples, language="en", progress=lambda _: None).words


def _errors(gold: _Timed, timed: _Timed) -> np.ndarray:
    """Start and end of each word found in both, less the gold's: shape (words, 2), seconds."""
    pairs = matched([word for word, *_ in gold], [word for word, *_ in timed])
    return np.array([(timed[b][1] - gold[a][1], timed[b][2] - gold[a][2]) for a, b in pairs])


def rejoin_part(speech: Path, _: list[str]) -> None:
    """Word times of recordings heard in pieces against the same heard whole."""
    say(
        f"Recordings of two hosts, each cut at about {CUTS} silences, heard in pieces that share some seconds with each"
        " neighbour, joined; start of each word heard both ways: seconds, how many are over 0.05 off, and how many of"
        " those between words that were also heard both ways (the others stand beside one that was misheard). Lost:"
        " words heard whole that no piece gave in any form; doubled: words at a join that both pieces gave; more: what"
        " pieces heard and the whole did not. Drift: median error of the last third less that of the first, in ms a"
        " minute between them.\n"
    )
    rows = [row for show in SHOWS for row in _rejoined(speech / "tts-podcasts" / f"{show}.mp3")]
    head = (
        "recording", "overlap s", "times", "cuts", "words", "lost", "doubled", "more", "median error",
        "90th percentile", "worst", "over 0.05", "same words around", "bias", "drift ms/min",
    )  # fmt: skip
    table(head, rows)


def _rejoined(recording: Path) -> Iterator[list[Any]]:
    samples = decode(recording)
    seconds = len(samples) / _RATE
    listener = embedded_whisper("", "en")
    raw = _hear(listener, samples)
    for overlap in (0.0, OVERLAP):
        longest = seconds / (CUTS - 2) + 2 * overlap
        pieces = overlapping_pieces(samples, _RATE, longest, overlap=overlap)
        heard = [(piece, _hear(listener, samples[piece.start : piece.end])) for piece in pieces]
        cuts = [piece.first / _RATE for piece in pieces[1:]]
        joined = rejoin(heard, _RATE)
        placed = [align_to_sound(words, samples, "en", late=listener.late) for words in (raw, joined)]
        for name, one, two in (("as heard", raw, joined), ("placed", *placed)):
            yield [recording.stem, f"{overlap:g}", name, len(cuts), *_compared(one, two, cuts)]


def _compared(
    whole: Sequence[RecognisedWord], joined: Sequence[RecognisedWord], cuts: Sequence[float]
) -> list[Any]:
    pairs = matched([word.word for word in whole], [word.word for word in joined])
    at = np.array([whole[a].start for a, _ in pairs])
    error = np.array([joined[b].start for _, b in pairs]) - at
    third = at[-1] / 3
    early, late = error[at < third], error[at > 2 * third]
    drift = 60_000 * float(np.median(late) - np.median(early)) / (2 * third)
    lost, more = losses([word.word for word in whole], [word.word for word in joined])
    doubled = sum(
        plain(before.word) == plain(after.word) and after.start < before.end
        for before, after in pairwise(joined)
        if any(abs(after.start - cut) < 1.0 for cut in cuts)
    )
    over = int((np.abs(error) > 0.0505).sum())
    known = set(pairs)
    alone = sum(
        abs(off) > 0.0505 and {(a - 1, b - 1), (a + 1, b + 1)} <= known
        for (a, b), off in zip(pairs, error, strict=True)
    )
    worst, bias = float(np.abs(error).max()), float(np.median(error))
    return [len(pairs), lost, doubled, more, *spread(error), worst, over, alone, bias, drift]
