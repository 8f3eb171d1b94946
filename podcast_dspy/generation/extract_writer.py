"""The extract writer: an episode in the paper's own sentences, as long as was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from podcast_dspy.generation.acronyms import introduce, spelled_out
from podcast_dspy.generation.drafts import Draft, Passage
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.openers import EXTRACT_NOTICE, Phrases, opener_of
from podcast_dspy.generation.units import Unit
from podcast_dspy.generation.writer import Task, Written

_ROUNDS = 6
"""How often the length is fitted: one passage more or less moves it by a sentence."""


@dataclass(frozen=True)
class ExtractWriter:
    """Speaks the passages of the plan themselves, and says so; needs no language model."""

    fills_length: ClassVar[bool] = False

    def write(self, task: Task) -> Written:
        """Write every stretch; passages get longer and shorter until the whole is as long as planned."""
        draft = task.draft
        target = draft.plan.target_seconds / 60.0 * draft.plan.words_per_minute
        nearest, best, kept = math.inf, [""], _state(draft)
        for _ in range(_ROUNDS):
            texts = _compose(task)
            lengths = [task.length(text) for text in texts]
            if abs(sum(lengths) - target) < nearest:
                nearest, best, kept = abs(sum(lengths) - target), texts, _state(draft)
            if not fit_length(draft, lengths, target, task.length):
                break
        for segment, passages in zip(draft.segments, kept, strict=True):
            segment.passages = [Passage(said) for said in passages]
        return Written(best, extract=True)


def _state(draft: Draft) -> list[list[list[Unit]]]:
    """What each stretch says now."""
    return [[list(passage.said) for passage in segment.passages] for segment in draft.segments]


def _compose(task: Task) -> list[str]:
    """The text of each stretch: its opener, then its sentences."""
    phrases = Phrases(task.profile, task.adjustments, task.graph.document_id)
    texts = []
    last = len(task.draft.segments) - 1
    for index, segment in enumerate(task.draft.segments):
        said = [unit.text for unit in segment.units]
        # The end of an episode has a line of its own.
        opener = opener_of(phrases, task.draft, index, task.graph) if index < last or not index else ""
        texts.append(" ".join(part for part in (opener, EXTRACT_NOTICE if not index else "", *said) if part))
    texts[-1] = f"{texts[-1]} {phrases.closing()}"
    return introduce(texts, spelled_out(task.graph), task.graph.title.rstrip("."))
