"""Measure how long speakers pause, by what they said before and say next: the figures of `audio.durations`.

    python benchmarks/pauses.py SPEECH

SPEECH is a folder of recordings, each beside its words: NAME.mp3 with NAME.txt, or with NAME.script.txt whose tags
(`<Person1>`) are turns. Words are looked for in the sound; a pause is what is silent between two of them (`silences`).
People and synthetic hosts are told apart by whether there are tags.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from podcast_dspy.audio import decode, transcribe
from podcast_dspy.audio.durations import boundary
from podcast_dspy.audio.forced_alignment import silences
from podcast_dspy.text.words import split_sentences

RATE = 16_000
SLIP = 0.15
"""Seconds by which a word may be misplaced."""
TURNS = re.compile(r"</?Person\d>")


def pauses(sound: Path, text: Path) -> Iterator[tuple[str, float]]:
    """(What is between two sentences, seconds of silence there) of one recording."""
    turns = [_words(turn) for turn in TURNS.split(text.read_text("utf-8")) if turn.strip()]
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "words.txt"
        plain.write_text("\n\n".join(turns), "utf-8")
        words = transcribe(sound, stt=f"align:{plain}", speakers=False).word_timestamps
    quiet = silences(decode(sound, RATE), RATE)
    # A word that was not found is missing, so the sentences are those of the words that were.
    sentences = split_sentences(" ".join(word.word for word in words))
    seams = {(one.split()[-1], other.split()[0]) for one, other in pairwise(turns)}
    at = 0
    for said, following in pairwise(sentences):
        at += len(said.split())
        start, end = words[at - 1].end_time, words[at].start_time
        between = max((b - a for a, b in quiet if b > start - SLIP and a < end + SLIP), default=0.0)
        turn = (said.split()[-1], following.split()[0]) in seams
        yield ("turn, " if turn else "") + boundary(said, following), between


def _words(text: str) -> str:
    """A text without what is not spoken: a dash on its own would be no word of the recording."""
    return " ".join(word for word in text.split() if any(map(str.isalnum, word)))


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("speech", type=Path, help="folder of recordings with their words")
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for sound in sorted(parser.parse_args().speech.rglob("*.mp3")):
        script = sound.with_suffix(".script.txt")
        who = "synthetic hosts" if script.exists() else "people"
        text = script if script.exists() else sound.with_suffix(".txt")
        for kind, seconds in pauses(sound, text) if text.exists() else ():
            found[who, kind].append(seconds)
    sys.stdout.write("| who | between | n | median s | quartiles |\n|---|---|---|---|---|\n")
    for (who, kind), all_of in sorted(found.items()):
        low, middle, high = np.percentile(all_of, [25, 50, 75])
        sys.stdout.write(f"| {who} | {kind} | {len(all_of)} | {middle:.2f} | {low:.2f} to {high:.2f} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
