"""The audio benchmark of lengths on scripts by others: none of their sentences is in any fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from audio_common import say, table
from audio_kokoro import KokoroLengths
from fit_durations import samples

from podcast_dspy.audio import get_voice, predict_seconds, speak
from podcast_dspy.models import cache_dir
from podcast_dspy.text.normalisation import speakable

_WORDS = 70  # of a segment, at least


def lengths_part(speech: Path, voices: list[str]) -> None:
    """Predicted against real lengths of whole scripts written by others."""
    say(
        "Error of the predicted length of whole scripts, cut into segments of whole turns; the real one by Kokoro's own"
    )
    say("predictor of durations (see audio_kokoro.py), without pauses between segments.\n")
    found = scripts(speech)
    rows: list[tuple[Any, ...]] = []
    for voice in voices:
        if not voice.startswith("kokoro:"):
            continue
        speaker, folder = get_voice(voice), cache_dir() / "speech"
        ends = [(text, speak([text], speaker, cache_dir=folder).duration) for text in samples()]
        model = KokoroLengths(voice, ends)
        errors = []
        for name, texts in found.items():
            real = sum(model.seconds(text) for text in texts)
            predicted = predict_seconds(texts, voice, pause=0.0)
            if predicted is None:
                break
            errors.append(predicted / real - 1)
            rows.append((voice, name, len(texts), round(real), f"{errors[-1]:+.1%}"))
        if errors:
            sizes = np.abs(errors)
            rows.append((voice, f"all: mean {sizes.mean():.1%}, worst {sizes.max():.1%}", "", "", ""))
    table(("voice", "script", "segments", "seconds", "error"), rows)


def scripts(speech: Path) -> dict[str, list[str]]:
    """Scripts by name, each as segments."""
    found = {}
    for path in sorted((speech.parent / "transcripts" / "strollcast").glob("*.script.md")):
        lines = path.read_text("utf-8").splitlines()
        said = [re.sub(r"^\*\*\w+:\*\*\s*", "", line) for line in lines if line.startswith("**")]
        found[path.name.removesuffix(".script.md")] = list(segments(said))
    for path in sorted((speech / "tts-podcasts").glob("*.script.txt")):
        said = re.sub(r"</?[^>]*>", "\n", path.read_text("utf-8")).splitlines()
        found[path.name.removesuffix(".script.txt")] = list(
            segments(line.strip() for line in said if line.strip())
        )
    return found


def segments(turns: Iterable[str]) -> Iterator[str]:
    """Turns joined to segments of 70 words or more."""
    held: list[str] = []
    for turn in turns:
        held.append(turn)
        if len(" ".join(held).split()) >= _WORDS:
            yield " ".join(held)
            held = []
    if speakable(" ".join(held)):
        yield " ".join(held)
