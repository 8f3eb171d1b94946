"""Measure how long the local voices take and write podcast_dspy/audio/durations.json.

    python benchmarks/fit_durations.py [--voice piper:joe --voice kokoro:af_heart ...]

Each voice speaks the sentences below alone, in pairs and in paragraphs, and seven passages of the example corpus; with
what the corpus has in that voice, the lengths are fitted by `DurationModel.fit`.
Voices that are not named keep their entry. About 6 minutes of speech a voice, kept in the speech cache.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from podcast_dspy.audio import DurationModel, get_voice, speak
from podcast_dspy.models import cache_dir

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "pairs"
_TRIMMED = 0.05  # seconds of silence at both ends that the corpus cuts off
TARGET = Path(__file__).resolve().parent.parent / "podcast_dspy" / "audio" / "durations.json"
VOICES = ("piper:joe", "kokoro:af_heart", "kokoro:am_michael", "kokoro:bf_emma", "kokoro:bm_george")

SENTENCES = (
    "Welcome back to the show.",
    "Today we are looking at a paper that asks a simple question: how much memory does a long document really need?",
    "Short answer, far less than you would think.",
    "The authors train two networks side by side, one that reads and one that writes.",
    "Reading is cheap; writing, as it turns out, is where the time goes.",
    "So why does that matter?",
    "Because every extra token costs money, energy and patience, and most of us run out of the last one first.",
    "Imagine a librarian who never puts a book back on the shelf.",
    "After an hour the desk is full, after a day the room is full, and after a week nobody can find the door.",
    "That is, more or less, what happens inside the cache of a language model.",
    "The trick is to forget, but to forget the right things.",
    "In figure three they compare four ways of forgetting on the same eleven benchmarks.",
    "The baseline keeps everything and reaches eighty-one point four percent.",
    "Dropping tokens at random costs nine points, which is no surprise.",
    "What did surprise me is the green curve: it drops half of the tokens and loses almost nothing.",
    "Hold on, half of them?",
    "Half of them, on every dataset except the one about contracts.",
    "Legal language, apparently, means what it says.",
    "Let us walk through the method step by step.",
    "First, each layer scores its own keys by how often later queries look at them.",
    "Second, the scores are smoothed over thirty-two positions, so that a single spike cannot save a useless word.",
    "Third, whatever falls below the threshold is merged with its nearest neighbor instead of being thrown away.",
    "Merging matters, because an average still carries a trace of both.",
    "Statistically speaking, the estimator is biased, yet its variance shrinks considerably.",
    "Reproducibility deserves a word: the code, the checkpoints and the evaluation logs are public.",
    "There are limitations.",
    "All experiments use one architecture, the languages are mostly European, and nobody tried it on speech.",
    "The measurements were taken on a single graphics card at a temperature of sixty degrees.",
    "If you work in a hospital, or a bank, or anywhere that keeps records, this could be on your desk next year.",
    "I would love to see the same idea applied to video.",
    "One more thing before we go.",
    "Remember the three numbers: fifty percent fewer tokens, one percent less accuracy, twice the speed.",
    "Thanks for listening, and see you next time!",
)


def samples() -> list[str]:
    """Sentences alone, pairs, and paragraphs of five and nine."""
    alone = list(SENTENCES[::2])
    pairs = [" ".join(SENTENCES[at : at + 2]) for at in range(1, len(SENTENCES) - 1, 5)]
    paragraphs = [" ".join(SENTENCES[at : at + 5]) for at in range(0, len(SENTENCES) - 4, 6)]
    long = [" ".join(SENTENCES[at : at + 9]) for at in (3, 15, 24)]
    return alone + pairs + paragraphs + long


def passages() -> list[str]:
    """Seven passages of a podcast of the example corpus: technical speech as it is written for an episode."""
    gold = json.loads((EXAMPLES / "label-noise" / "gold.json").read_text("utf-8"))
    return [segment["text"] for segment in gold["segments"][2:9]]


def recorded(voice: str) -> list[tuple[str, float]]:
    """The segments of the corpus's podcast in that voice, and how long they take."""
    for path in sorted(EXAMPLES.glob("*/gold.json")):
        gold = json.loads(path.read_text("utf-8"))
        if f"kokoro:{gold['voice']}" == voice:
            return [(s["text"], s["end_time"] - s["start_time"] + _TRIMMED) for s in gold["segments"]]
    return []


def main() -> int:
    """Measure, fit, write; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", action="append", help="measure only these voices")
    arguments = parser.parse_args()
    known = json.loads(TARGET.read_text("utf-8"))["models"] if TARGET.exists() else {}
    for name in arguments.voice or VOICES:
        voice = get_voice(name)
        measured = [
            (text, speak([text], voice, cache_dir=cache_dir() / "speech").duration)
            for text in samples() + passages()
        ]
        model = DurationModel.fit(measured + recorded(name), voice=name)
        known[name] = json.loads(model.model_dump_json())
        sys.stdout.write(f"{name}: {model.samples} texts, {model.error:.1%} error with each left out\n")
        TARGET.write_text(json.dumps({"models": dict(sorted(known.items()))}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
