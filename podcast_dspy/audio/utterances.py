"""Utterances: what a voice says in one go, and how long it pauses behind it, by what was said and what comes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from podcast_dspy.text.sentences import split_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Boundary = Literal["sentence", "question", "answer", "quotation", "paragraph"]
"""What lies between two utterances: another `question`, the `answer` to one, the beginning or end of a `quotation`."""

PAUSES: Final[dict[Boundary, float]] = {
    "sentence": 0.40,
    "question": 0.30,
    "answer": 0.50,
    "quotation": 0.50,
    "paragraph": 0.65,
}
"""Seconds of silence. Sentences, questions and answers: medians of the shows in `benchmarks/pauses.py`, whose few human
readers pause longer (0.7 s between sentences). No recording there marks quotations, paragraphs and segments: these are
set."""
SEGMENT_PAUSE: Final = 0.9
"""The same between two segments of an episode."""
TURN_PAUSE: Final = 0.40
"""The same where the other speaker of a dialogue goes on; measured there too."""
REPLY_PAUSE: Final = 0.50
"""The same where the other speaker answers a question."""

_PARAGRAPH = re.compile(r"\n\s*\n")
_SHORT: Final = 25
"""Characters; what is shorter is said with what follows: alone, small voices swallow or stretch it."""
_CLOSING: Final = "\"')]”’"
_OPENING: Final = '"“„«'


def asks(text: str) -> bool:
    """Whether a text ends with a question."""
    return text.rstrip(f"{_CLOSING} \n").endswith("?")


def boundary(said: str, following: str) -> Boundary:
    """What lies between two sentences of one paragraph."""
    if asks(said):
        return "question" if asks(following) else "answer"
    return "quotation" if said[-1:] in tuple('"”»') or following[:1] in tuple(_OPENING) else "sentence"


def utterances(text: str) -> list[tuple[str, float]]:
    """What is said in one go, in order, with the seconds of silence behind it (0 behind the last).

    A sentence each, or a very short one with its neighbour; so an edit changes what is said around it and nothing else.
    """
    said: list[tuple[str, float]] = []
    for paragraph in _PARAGRAPH.split(text):
        if said:
            said[-1] = said[-1][0], PAUSES["paragraph"]
        parts: list[str] = []
        for sentence in split_sentences(paragraph):
            if parts and len(parts[-1]) < _SHORT and not asks(parts[-1]):
                parts[-1] = f"{parts[-1]} {sentence}"
            else:
                parts.append(sentence)
        for place, part in enumerate(parts):
            more = place + 1 < len(parts)
            said.append((part, PAUSES[boundary(part, parts[place + 1])] if more else 0.0))
    return said


_FRAME: Final = 0.01  # seconds
_QUIET: Final = 10 ** (-45 / 20)
"""Level under the loudest frame, as an amplitude, that is no speech; fricatives lie some 30 dB under vowels."""
_EDGE: Final = 0.03
"""Seconds kept around what is heard: where sounds begin and fade."""


def trimmed(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Speech without the silence before and behind it, which differs from voice to voice; its ends are faded."""
    import numpy as np

    frame = round(_FRAME * rate)
    count = len(samples) // frame
    if count < 2:
        return samples
    level = np.sqrt(np.mean(np.square(samples[: count * frame].reshape(count, frame)), axis=1))
    heard = np.flatnonzero(level > _QUIET * level.max())
    edge = round(_EDGE * rate)
    start = max(0, int(heard[0]) * frame - edge)
    # What is left over behind the last whole frame belongs to it.
    end = len(samples) if heard[-1] == count - 1 else min(len(samples), (int(heard[-1]) + 1) * frame + edge)
    cut = samples[start:end].copy()
    ramp = np.linspace(0.0, 1.0, min(frame, len(cut)), dtype=np.float32)
    if start:
        cut[: len(ramp)] *= ramp
    if end < len(samples):
        cut[len(cut) - len(ramp) :] *= ramp[::-1]
    return cut
