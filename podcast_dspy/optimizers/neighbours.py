"""The embedded strategy: demonstrations from human segments, what their hosts choose, and a search over the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.demonstrations import dialogue_demonstrations, segment_demonstrations
from podcast_dspy.optimizers.hosts import learn_selection, learn_sources, openers
from podcast_dspy.optimizers.learnings import Remembered
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.optimizers.strategy import Proposal, set_instructions
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.optimizers.tuning import AdjustmentSearch, refine
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig

KNOBS: Final[Mapping[str, Sequence[Any]]] = {
    "concept_weight": (1.0, 2.0, 4.0),
    "selection_weight": (0.5, 2.0),
    "topic_words": (50, 90),
    "question_rate": (0.0, 0.75, 1.5),
}
"""What the search may set, besides what the hosts taught."""


class NeighboursStrategy:
    """Trial 1 brings the demonstrations, the measured pace, and what a search on predicted lengths finds.

    Later trials go on from the best one with its fresh measurements. After a set-back the measured changes are tried
    one at a time, so that a bad one cannot hide what the other gains.
    """

    name = "neighbours"

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self.segments: list[Any] = []
        self.exchanges: list[Any] = []
        self.learned: dict[str, Any] = {}
        self._search: AdjustmentSearch | None = None
        self._remembered: Remembered | None = None

    def remember(self, remembered: Remembered | None) -> None:
        """Begin with what an earlier run learned from other pairs, where it holds for these too."""
        self._remembered = remembered

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """Match the hosts' sentences with passages, and learn how they begin, choose, and find their material."""
        self.measuring, self.pairs, self.records = measuring, list(pairs), records
        # A capable LM chooses and leads over by itself: what steers the choice of passages steers nothing there, and
        # an extract has no use for demonstrations.
        capable = isinstance(measuring.hand, EpisodeWriter)
        self.segments = segment_demonstrations(pairs) if capable else []
        self.exchanges = dialogue_demonstrations(pairs) if capable else []
        if not capable:
            self.learned = {
                "source_weights": learn_sources(pairs),
                "selection": learn_selection(pairs),
                "openers": openers(pairs),
            }
            self._search = AdjustmentSearch(pairs, measuring.profile, self._config)

    def propose(
        self, trials: Sequence[TrialResult], programs: Sequence[PodcastProgram], allowance: Budget | None
    ) -> Proposal | None:
        """The next program; None once nothing new follows from the best trial."""
        best = best_trial(trials)
        if best is None:
            return None
        tried = {trial.adjustments.model_dump_json() for trial in trials}
        failed = len(trials) - 1 - best.trial_number
        for levers in (
            (("pace", "shares"), ("pace",), ("shares",))
            if failed or len(trials) == 1
            else (("pace", "shares"),)
        ):
            # What the hosts taught is where the search begins; it has to be sure to leave it.
            start = best.adjustments.model_copy(update=self.learned if best.trial_number == 0 else {})
            adjusted, notes = refine(best, start, levers)
            adjusted, recalled = self._recalled(adjusted) if best.trial_number == 0 else (adjusted, ())
            adjusted, found = self._searched(adjusted)
            if adjusted.model_dump_json() not in tried:
                back = (f"back to {best.trial_id}: {' and '.join(levers)} only",) if failed else ()
                shown = len(self.segments) + len(self.exchanges)
                first = (f"demonstrations: {shown} from the hosts",) if len(trials) == 1 and shown else ()
                program = programs[best.trial_number].deepcopy()
                program.adjustments = adjusted
                if best.trial_number == 0:
                    writer = program.writer
                    writer.script.demos, writer.dialogue.demos = list(self.segments), list(self.exchanges)
                if len(trials) == 1 and self._remembered is not None:
                    set_instructions(program, self._remembered.instructions)
                return Proposal(program, (*back, *first, *notes, *recalled, *found))
        return None

    def settled(self, trials: Sequence[TrialResult]) -> bool:
        """Always: each proposal goes a step on from the one before."""
        return True

    def _searched(self, adjustments: Adjustments) -> tuple[Adjustments, tuple[str, ...]]:
        if self._search is None or not self.learned:
            return adjustments, ()
        taught = {name: (value, type(value)()) for name, value in self.learned.items() if name not in KNOBS}
        return self._search.improve(adjustments, {**KNOBS, **taught})

    def _recalled(self, adjustments: Adjustments) -> tuple[Adjustments, tuple[str, ...]]:
        """The knobs of an earlier run, if the training pairs of this one are predicted to gain by them."""
        if self._search is None or self._remembered is None:
            return adjustments, ()
        candidate = adjustments.model_copy(update=self._remembered.knobs(KNOBS))
        before, after = self._search.loss(adjustments), self._search.loss(candidate)
        used = "" if after < before else " are not used"
        text = f"knobs of {self._remembered.trial} of an earlier run{used}: predicted loss {before:.4f} to {after:.4f}"
        return (candidate if after < before else adjustments), (text,)
