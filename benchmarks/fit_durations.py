"""Measure how long the local voices take and write podcast_dspy/audio/durations.json.

    python benchmarks/fit_durations.py [--voice piper:joe --voice kokoro:af_heart ...]

The sentences below alone, in pairs and in paragraphs, the example corpus and audio_texts.py are spoken by Piper; of
Kokoro they are asked of its own predictor of durations, whose silence at the ends is measured on a quarter of the
sentences,
which it speaks (needs `pip install onnx`). `DurationModel.fit` is then fitted on all; each script left out in
turn says how well. Voices that are not named keep their entry. About half a minute of speech a voice, 40 for Piper,
kept in the speech cache.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from audio_texts import TECHNICAL, TURNS

from podcast_dspy.audio import DurationModel, get_voice, speak
from podcast_dspy.models import cache_dir

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "pairs"
TARGET = Path(__file__).resolve().parent.parent / "podcast_dspy" / "audio" / "durations.json"
PENALTY = 1e-4  # little, for many and diverse texts
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


def scripts() -> dict[str, list[str]]:
    """Whole scripts by name, as segments: the corpus, and technical and talkative passages alone and in pairs."""
    found = {
        path.parent.name: [segment["text"] for segment in json.loads(path.read_text("utf-8"))["segments"]]
        for path in sorted(EXAMPLES.glob("*/gold.json"))
    }
    for name, texts in (("technical", TECHNICAL), ("turns", TURNS)):
        found[name] = [*texts, *(" ".join(texts[at : at + 2]) for at in range(0, len(texts), 2))]
    return found


def measured(voice: str) -> dict[str, list[tuple[str, float]]]:
    """Seconds of every text in `voice`: the sentences spoken, scripts spoken (Piper) or from Kokoro's own predictor."""
    folder = cache_dir() / "speech"
    speaker = get_voice(voice)

    def said(text: str) -> float:
        return speak([text], speaker, cache_dir=folder).duration

    seconds = said
    if voice.startswith("kokoro:"):
        from audio_kokoro import KokoroLengths

        seconds = KokoroLengths(voice, [(text, said(text)) for text in SENTENCES[::4]]).seconds
    texts = {"sentences": samples(), **scripts()}
    return {name: [(text, seconds(text)) for text in group] for name, group in texts.items()}


def left_out(groups: dict[str, list[tuple[str, float]]]) -> dict[str, float]:
    """Relative error of each whole script by a model fitted on the others."""
    errors = {}
    for name, group in groups.items():
        rest = [sample for other, texts in groups.items() if other != name for sample in texts]
        model = DurationModel.fit(rest, penalty=PENALTY)
        errors[name] = sum(model.predict(text) for text, _ in group) / sum(length for _, length in group) - 1
    return errors


def main() -> int:
    """Measure, fit, write; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", action="append", help="measure only these voices")
    arguments = parser.parse_args()
    known = json.loads(TARGET.read_text("utf-8"))["models"] if TARGET.exists() else {}
    for name in arguments.voice or VOICES:
        groups = measured(name)
        texts = [sample for group in groups.values() for sample in group]
        model = DurationModel.fit(texts, voice=name, penalty=PENALTY)
        known[name] = json.loads(model.model_dump_json())
        errors = left_out(groups)
        told = ", ".join(f"{script} {error:+.1%}" for script, error in errors.items())
        sys.stdout.write(f"{name}: {model.samples} texts; scripts left out in turn: {told}\n")
        sys.stdout.flush()
        TARGET.write_text(json.dumps({"models": dict(sorted(known.items()))}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
