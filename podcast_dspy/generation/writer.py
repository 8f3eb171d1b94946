"""What the writers of passages have in common: what they are given, what they give back, and the prompts to compile.

A writer puts the passages of a draft into words, by a small language model or by none. A capable one writes episodes of
its own (`episode_writer`); which it is is decided once, where the model is known (`program.writer_for`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Protocol

import dspy
import numpy as np

from podcast_dspy.audio.utterances import SEGMENT_PAUSE
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft
from podcast_dspy.lms import embed
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.writing import SayPassage, WriteDialogue, WriteScript
from podcast_dspy.text.spoken import speakable

__all__ = ["Said", "Task", "Writer", "WriterPrompts", "Written", "nearest_demonstrations", "spoken_words"]


@dataclass(frozen=True)
class Said:
    """One unit as it will be spoken."""

    text: str
    grounded: bool
    """True for the model's own wording that passed the check, False for the source passage itself."""
    rejected: tuple[str, ...] = ()
    """Why each candidate was turned down."""


class WriterPrompts(dspy.Module):  # type: ignore[misc]
    """The predictors of the writers: `say` for one passage, `script` for an episode, `dialogue` for one by two hosts.

    Their demos are the banks of demonstrations from human hosts, empty before compilation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.say = dspy.Predict(SayPassage)
        self.script = dspy.Predict(WriteScript)
        self.dialogue = dspy.Predict(WriteDialogue)


@dataclass(frozen=True)
class Task:
    """What a writer is given: a draft with its paper, and what was learned about saying it."""

    draft: Draft
    graph: DocumentGraph
    profile: AggregatedProfile
    adjustments: Adjustments
    prompts: WriterPrompts

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
    said: list[Said] = field(default_factory=list)
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
