"""Give the words of a known text the times of recognised words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.audio.captions import word_times_for
from podcast_dspy.audio.heard import HeardWord

__all__ = ["align_words"]

_JUNK = re.compile(r"[^\w']+")


def align_words(
    words: Sequence[str], heard: Sequence[HeardWord], end: float
) -> tuple[list[HeardWord], float]:
    """`words` with times, and the share of them (0-1) that was heard as written.

    Words that match keep the recognised time, confidence and speaker. The others share, in proportion to their
    syllables, the time of what was heard in their place, or else the gap between their neighbours. `end` is the
    recording's length in seconds. The match is the one of least edits (Levenshtein) between the two word sequences.
    """
    from rapidfuzz.distance import Levenshtein

    if not words:
        return [], 0.0
    written = [_plain(word) for word in words]
    recognised = [_plain(word.word) for word in heard]
    placed: list[HeardWord] = []
    matched = 0
    for block in Levenshtein.opcodes(written, recognised):
        texts = words[block.src_start : block.src_end]
        sources = heard[block.dest_start : block.dest_end]
        if block.tag == "equal":
            matched += sum(bool(_plain(text)) for text in texts)
            placed += [
                HeardWord(text, source.start, source.end, source.confidence, source.speaker)
                for text, source in zip(texts, sources, strict=True)
            ]
        elif texts:
            start = sources[0].start if sources else (placed[-1].end if placed else 0.0)
            following = heard[block.dest_end].start if block.dest_end < len(heard) else end
            stop = sources[-1].end if sources else following
            speaker = sources[0].speaker if sources else (placed[-1].speaker if placed else None)
            sure = sum(source.confidence for source in sources) / len(sources) if sources else 0.0
            placed += [
                HeardWord(time.word, time.start_time, time.end_time, sure, speaker)
                for time in word_times_for(" ".join(texts), (start, max(start, stop)))
            ]
    spoken = sum(bool(text) for text in written)
    return placed, matched / spoken if spoken else 0.0


def _plain(word: str) -> str:
    return _JUNK.sub("", word.casefold().replace("’", "'")).strip("'_")
