"""What the writers of passages have in common: what they are given, and what they give back.

They put the passages of a draft into words. A capable LM writes episodes of its own (`episode_writer`); which it is is
decided once, where the model is known (`program.writer_for`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Protocol

import numpy as np

from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft
from podcast_dspy.lms import embed
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.text.normalisation import speakable


@dataclass(frozen=True)
class Task:
    """What a writer is given: a draft with its paper, and what was learned about saying it."""

    draft: Draft
    graph: DocumentGraph
    profile: AggregatedProfile
    adjustments: Adjustments

    def length(self, text: str) -> int:
        """Spoken words of a text; by the voice's own seconds where they are known, at the plan's pace."""
        model = self.adjustments.voice_model
        if model is None or not text:
            return spoken_words(text)
        return round((model.predict(text) + SEGMENT_PAUSE) / 60.0 * self.draft.plan.words_per_minute)


@dataclass(frozen=True)
class Written:
    """The text of each stretch of the draft, and how each unit or segment came about."""

    texts: list[str]
    extract: bool = False
    """The texts are the paper's own sentences."""


class Writer(Protocol):
    """Puts the passages of a draft into words."""

    fills_length: ClassVar[bool]
    """Whether it fills whatever length it is asked for; else the paper's passages decide how near it comes."""

    def write(self, task: Task) -> Written:
        """Write every stretch, and exchange the units of the draft for those that are said. Raises ModelError."""


@lru_cache(maxsize=4096)
def spoken_words(text: str, language: str = "en") -> int:
    """Words as they are spoken: numbers and symbols count as the words they are read as, in English."""
    return len(speakable(text, language=language).split()) if text else 0


def nearest_demonstrations(
    bank: Sequence[Any], known: Sequence[str], asked: Sequence[str], count: int
) -> list[list[Any]]:
    """For each text the `count` members of the bank whose own texts are nearest by meaning."""
    if not bank or count == 0 or not asked:
        return [[] for _ in asked]
    similarity = np.asarray(embed(list(asked)) @ embed(list(known)).T)
    # The nearest stands last, next to the passage it resembles: a small model leans on what it read last.
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return [[bank[index] for index in reversed(row)] for row in order]
