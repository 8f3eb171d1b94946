"""The embedded strategy: nearest-neighbour demonstrations from human segments, and adjustments from the losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.demonstrations import demonstrations
from podcast_dspy.optimizers.openers import openers
from podcast_dspy.optimizers.refine import LEVERS, learn_sources, refine
from podcast_dspy.optimizers.selection import learn_selection
from podcast_dspy.optimizers.strategy import Proposal, set_instructions
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["NeighboursStrategy"]


class NeighboursStrategy:
    """Trial 1 compiles everything at once; later trials go on from the best one.

    After an improvement all levers move again; after a set-back they are tried one at a time from the best trial,
    so that one bad lever cannot hide what the others gain.
    """

    name = "neighbours"

    def __init__(self) -> None:
        self.bank: list[Any] = []
        self.learned: dict[str, Any] = {}

    def prepare(self, pairs: Sequence[TrainingPair]) -> None:
        """Match the hosts' sentences with passages, and count where their segments find their material."""
        self.bank = demonstrations(pairs)
        self.learned = {
            "source_weights": learn_sources(pairs),
            "selection": learn_selection(pairs),
            "openers": openers(pairs),
        }

    def propose(self, trials: Sequence[TrialResult]) -> Proposal | None:
        """The next program; None once every lever alone has failed to improve the best trial."""
        best = min((trial for trial in trials if trial.complete), key=_loss, default=None)
        if best is None:
            return None
        if len(trials) == 1:
            adjusted, notes = refine(best, best.adjustments)
            adjusted = adjusted.model_copy(update=self.learned)
            first = (
                f"demonstrations: {len(self.bank)} from the hosts, the nearest {adjusted.demonstrations} a passage",
                "selection: passages that hosts would choose, from where each segment type finds them",
                f"openers: {sum(map(len, self.learned['openers'].values()))} of the hosts' own first sentences",
            )
            return self._proposal(adjusted, (*first, *notes))
        failed = len(trials) - 1 - best.trial_number
        if failed == 0:
            adjusted, notes = refine(best, best.adjustments)
            return self._proposal(adjusted, notes) if notes else None
        tried = {trial.adjustments.model_dump_json() for trial in trials}
        for lever in LEVERS[failed - 1 :] if failed else LEVERS:
            adjusted, notes = refine(best, best.adjustments, (lever,))
            if notes and adjusted.model_dump_json() not in tried:
                return self._proposal(adjusted, (f"back to {best.trial_id}, one lever at a time", *notes))
        return None

    def rebuild(self, trial: TrialResult) -> PodcastProgram:
        """The program of a finished trial: its adjustments, its instructions, and the bank if it had one."""
        program = PodcastProgram(trial.adjustments)
        if trial.demonstrations:
            program.writer.say.demos = list(self.bank)
        set_instructions(program, trial.instructions)
        return program

    def _proposal(self, adjustments: Adjustments, changes: tuple[str, ...]) -> Proposal:
        program = PodcastProgram(adjustments)
        program.writer.say.demos = list(self.bank)
        return Proposal(program, changes)


def _loss(trial: TrialResult) -> float:
    return trial.avg_total_loss
