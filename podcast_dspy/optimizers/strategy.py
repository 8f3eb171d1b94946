"""Strategy: what an optimizer proposes next, how a trial's program is rebuilt, and in what two programs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget
from podcast_dspy.optimizers.learnings import Remembered
from podcast_dspy.optimizers.trials import Refinement, TrialResult
from podcast_dspy.pairs.pair import TrainingPair

if TYPE_CHECKING:
    from podcast_dspy.optimizers.measuring import Measuring


@dataclass(frozen=True)
class Proposal:
    """A program to try, and why."""

    program: PodcastProgram
    changes: tuple[str, ...]
    refinement: Refinement | None = None


class Strategy(Protocol):
    """Proposes programs, from the training pairs and the trials alone, so that a run can be resumed."""

    name: str

    def remember(self, remembered: Remembered | None) -> None:
        """Take what earlier runs learned, or nothing; before the first proposal."""

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """Look at the training pairs once, before the first proposal.

        In the folder `records` it may keep what it asked, so as to ask nothing twice when the run is resumed.
        Raises PrerequisiteError when it cannot work.
        """

    def propose(
        self, trials: Sequence[TrialResult], programs: Sequence[PodcastProgram], allowance: Budget | None
    ) -> Proposal | None:
        """The program of the next trial, or None when nothing is left to try.

        `trials` starts with the baseline, `programs` are theirs. What is asked to find it must stay within `allowance`,
        which leaves what the trial takes; with None nothing may be asked.
        """

    def settled(self, trials: Sequence[TrialResult]) -> bool:
        """Whether only small steps are left, so that convergence may end the run."""


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


_SHOWN = 60
"""Characters of rewritten instructions that are quoted."""


def differences(before: PodcastProgram, after: PodcastProgram) -> tuple[str, ...]:
    """A line for each predictor whose instructions or demonstrations differ, and one for each adjustment.

    Empty when both programs do the same, whatever was done to get from one to the other.
    """
    lines: list[str] = []
    old = dict(before.named_predictors())
    for name, predictor in after.named_predictors():
        instructions = predictor.signature.instructions
        if instructions != old[name].signature.instructions:
            begins = " ".join(instructions.split())
            cut = begins if len(begins) <= _SHOWN else f"{begins[:_SHOWN].rsplit(' ', 1)[0]} ..."
            lines.append(f'instructions of {name}, now "{cut}"')
        had, has = _plain(old[name].demos), _plain(predictor.demos)
        if had != has:
            fresh = sum(demo not in had for demo in has)
            lines.append(f"demonstrations of {name}, {len(had)} to {len(has)}, {fresh} of them new")
    for field in Adjustments.model_fields:
        was, now = getattr(before.adjustments, field), getattr(after.adjustments, field)
        if was != now:
            lines.append(f"{field}{_values(was, now)}")
    return tuple(lines)


def _plain(demos: Any) -> list[dict[str, Any]]:
    return [dict(demo) for demo in demos]


def _values(was: Any, now: Any) -> str:
    """Both values where they are numbers; how many entries differ where they are tables."""
    if isinstance(was, dict) and isinstance(now, dict):
        moved = sum(was.get(key) != now.get(key) for key in {*was, *now})
        return f", {moved} {'entry' if moved == 1 else 'entries'}"
    if isinstance(now, int | float):
        return f", {'not set' if was is None else f'{was:g}'} to {now:g}"
    return ""
