"""Strategy: what an optimizer proposes next, given the trials so far, and how a trial's program is rebuilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.learnings import Remembered
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile

__all__ = ["Proposal", "Strategy", "changed_instructions", "set_instructions"]


@dataclass(frozen=True)
class Proposal:
    """A program to try, and why."""

    program: PodcastProgram
    changes: tuple[str, ...]


class Strategy(Protocol):
    """Proposes programs, from the training pairs and the trials alone, so that a run can be resumed."""

    name: str

    def remember(self, remembered: Remembered | None) -> None:
        """Take what earlier runs learned, or nothing; before the first proposal."""

    def prepare(self, pairs: Sequence[TrainingPair], profile: AggregatedProfile) -> None:
        """Look at the training pairs once, before the first proposal. Raises PrerequisiteError when it cannot work."""

    def propose(self, trials: Sequence[TrialResult]) -> Proposal | None:
        """The program of the next trial, or None when nothing is left to try. `trials` starts with the baseline."""

    def rebuild(self, trial: TrialResult) -> PodcastProgram:
        """The program that a finished trial tried."""


def changed_instructions(program: PodcastProgram) -> dict[str, str]:
    """Instructions of the program's predictors that an optimizer has rewritten, by predictor name."""
    original = {
        name: predictor.signature.instructions for name, predictor in PodcastProgram().named_predictors()
    }
    return {
        name: predictor.signature.instructions
        for name, predictor in program.named_predictors()
        if predictor.signature.instructions != original[name]
    }


def set_instructions(program: PodcastProgram, instructions: Mapping[str, str]) -> None:
    """Give predictors rewritten instructions."""
    for name, predictor in program.named_predictors():
        if name in instructions:
            predictor.signature = predictor.signature.with_instructions(instructions[name])
