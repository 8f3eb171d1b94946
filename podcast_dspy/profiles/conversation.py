"""Conversation: how the hosts of a dialogue share it: who asks, who explains, how long each speaks, how turns begin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from statistics import fmean, median
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.text.words import frequency, words

_BEGINS: Final = 2
"""Words by which a turn is known to begin like another."""
_EVERYDAY: Final = 5.0
"""Zipf frequency from which a word is no name of a host or a thing."""
_SHOWN: Final = 6
_REPEATED: Final = 2

Turn = tuple[bool, str]
"""Whether the explainer speaks, and what is said."""


class Conversation(BaseModel):
    """The explainer is who says most; whoever else speaks is the asker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explainer_share: float = Field(ge=0.0, le=1.0)
    """Share of the words, the mean of the episodes."""
    explainer_turn_words: float = Field(ge=0.0)
    """Words of a turn, the median over all episodes."""
    asker_turn_words: float = Field(ge=0.0)
    asking_turns: float = Field(ge=0.0, le=1.0)
    """Share of the asker's turns that hold a question."""
    explainer_questions: float = Field(ge=0.0, le=1.0)
    """Share of all questions that the explainer asks."""
    asker_begins: tuple[str, ...] = ()
    """Everyday words with which several turns begin, the commonest first."""
    explainer_begins: tuple[str, ...] = ()


def conversation_of(episodes: Iterable[Sequence[TranscriptSegment]]) -> Conversation | None:
    """How the speakers of some episodes share them; None where nobody takes turns."""
    conversations = [turns for turns in map(_turns, episodes) if len({explains for explains, _ in turns}) > 1]
    if not conversations:
        return None
    said = {
        role: [text for role_of, text in chain.from_iterable(conversations) if role_of is role]
        for role in (True, False)
    }
    asked = {role: sum(text.count("?") for text in texts) for role, texts in said.items()}
    return Conversation(
        explainer_share=fmean(map(_share, conversations)),
        explainer_turn_words=median(len(text.split()) for text in said[True]),
        asker_turn_words=median(len(text.split()) for text in said[False]),
        asking_turns=fmean("?" in text for text in said[False]),
        explainer_questions=asked[True] / max(1, sum(asked.values())),
        asker_begins=_beginnings(said[False]),
        explainer_begins=_beginnings(said[True]),
    )


def explainer_of(segments: Iterable[TranscriptSegment]) -> str:
    """Who says most of an episode; empty where nobody is told apart."""
    lengths: Counter[str] = Counter()
    for one in segments:
        lengths[one.speaker or ""] += len(one.text.split())
    return max(lengths, key=lambda speaker: lengths[speaker], default="")


def _turns(segments: Sequence[TranscriptSegment]) -> list[Turn]:
    """What is said until somebody else speaks, in order."""
    rows = [
        (speaker, " ".join(one.text for one in run))
        for speaker, run in groupby(segments, lambda one: one.speaker or "")
    ]
    explainer = explainer_of(segments)
    return [(speaker == explainer, text) for speaker, text in rows]


def _share(turns: Sequence[Turn]) -> float:
    own = sum(len(text.split()) for explains, text in turns if explains)
    return own / max(1, sum(len(text.split()) for _, text in turns))


def _beginnings(texts: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(
        " ".join(first)
        for text in texts
        if len(first := words(text.lower())[:_BEGINS]) == _BEGINS
        and all(frequency(word) >= _EVERYDAY for word in first)
    )
    shared = (phrase for phrase, count in counts.most_common(_SHOWN) if count >= _REPEATED)
    return tuple(re.sub(r"\bi\b", "I", phrase[:1].upper() + phrase[1:]) for phrase in shared)
