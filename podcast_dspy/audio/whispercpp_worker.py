"""Run whisper.cpp on samples in a process of its own: it ends the process on a damaged model.

python -m podcast_dspy.audio.whispercpp_worker MODEL SAMPLES.npy RESULT.json THREADS [LANGUAGE]

Prints the seconds that were heard so far, a line each; the words go to RESULT.json.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["main", "words_of"]

_TICK = 0.01
"""whisper.cpp counts in hundredths of a second."""


def words_of(segments: Iterable[Any]) -> list[tuple[str, float, float, float]]:
    """(word, start, end, probability) of segments of one word each; a lone mark belongs to the word before it."""
    words: list[tuple[str, float, float, float]] = []
    for segment in segments:
        text = str(segment.text).strip()
        if not text or (text[0] in "[(" and text[-1] in "])"):  # "[BLANK_AUDIO]", "(music)" are not said
            continue
        start, end, sure = segment.t0 * _TICK, segment.t1 * _TICK, float(segment.probability)
        if words and not any(character.isalnum() for character in text):
            last = words.pop()
            words.append((last[0] + text, *last[1:]))
        else:
            words.append(
                (text, start, max(start, end), 0.0 if math.isnan(sure) else min(1.0, max(0.0, sure)))
            )
    return words


def main(arguments: Sequence[str]) -> int:
    """Load the model, hear, write the result; the exit code."""
    import _pywhispercpp as native
    import numpy as np
    from pywhispercpp.model import Model

    model_path, samples_path, result_path, threads, *rest = arguments
    samples = np.load(samples_path)
    model: Any = Model(
        model_path,
        context_params={"use_gpu": False},
        n_threads=int(threads),
        print_progress=False,
        print_timestamps=False,
    )
    language = rest[0] if rest else "en"
    if not rest and native.whisper_is_multilingual(model._ctx):
        (language, _), _ = model.auto_detect_language(samples)

    def heard(segment: Any) -> None:
        sys.stdout.write(f"{segment.t1 * _TICK:.2f}\n")
        sys.stdout.flush()

    # one word a segment: whisper.cpp then gives each its own times and probability
    segments = model.transcribe(
        samples,
        new_segment_callback=heard,
        extract_probability=True,
        language=language,
        token_timestamps=True,
        max_len=1,
        split_on_word=True,
    )
    result = {"language": str(language), "words": words_of(segments)}
    Path(result_path).write_text(json.dumps(result), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
