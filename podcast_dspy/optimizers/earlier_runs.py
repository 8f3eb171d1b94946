"""What a run takes if it goes as the last finished one of its kind: that one's ledger, at the size of this run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from podcast_dspy.errors import WorkspaceError
from podcast_dspy.lms import Spent
from podcast_dspy.lms.forecast import Asked
from podcast_dspy.lms.ledger import LedgerEntry
from podcast_dspy.optimizers.classification import labelled_windows
from podcast_dspy.optimizers.measuring import segment_pairs
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.search import examples, split, whole
from podcast_dspy.optimizers.stages import StagedStrategy, stages_of
from podcast_dspy.optimizers.teleprompters import EXTENTS
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree

SEARCHES_FROM = 2
"""Trials before the first search: the baseline, and what the hosts taught."""


def as_before(
    tree: Tree, training: Sequence[TrainingPair], config: TrainingConfig, each: int, *, resume: bool
) -> tuple[Asked | None, float | None]:
    """What is left of a run with `each` rollouts a trial, and its dollars; nothing without a finished run like it.

    A trial takes by its rollouts. A search takes by what its optimizer rolls out for sets of this size: whole episodes,
    single segments of them, and windows that people labelled, each kind by itself; how often it reflects does not
    depend on the pairs. What this run's own trials took, where there are some, counts beside the same ones of the
    earlier run. A run that stopped before its limit of trials is expected to do so again.
    """
    archived = [Tree(tree.path("archive", name)) for name in tree.folders("archive")]
    for place in reversed([*archived, *([] if resume else [tree])]):
        record = RunRecord(place)
        try:
            before, trials, spent = record.config(), record.trials(), record.spent()
            finished = record.final() is not None
        except WorkspaceError:  # of another version
            continue
        if (
            finished
            and before is not None
            and (before.optimizer, before.roles) == (config.optimizer, config.roles)
        ):
            own = RunRecord(tree)
            now = (own.trials(), own.spent()) if resume else ([], Spent())
            store = PairStore(tree)
            names = {*trials[0].pair_results} & {*store.list()}
            return _Before(place, before, trials, spent, [store.get(name) for name in sorted(names)]).left(
                training, config, each, *now
            )
    return None, None


class _Before:
    """A finished run."""

    def __init__(
        self,
        tree: Tree,
        config: TrainingConfig,
        trials: Sequence[TrialResult],
        spent: Spent,
        pairs: Sequence[TrainingPair],
    ) -> None:
        """`pairs` are those of its training that are still there."""
        self._tree, self._config, self._trials, self._spent, self._pairs = tree, config, trials, spent, pairs

    def left(
        self,
        training: Sequence[TrainingPair],
        config: TrainingConfig,
        each: int,
        trials: Sequence[TrialResult],
        spent: Spent,
    ) -> tuple[Asked, float | None]:
        """What is left of a run that has made these trials."""
        done, mine = len(trials), len(self._trials)
        made = config.max_trials if mine >= self._config.max_trials else min(mine, config.max_trials)
        rollouts = {trial.trial_id: len(trial.rollouts) for trial in self._trials}
        later = sum(list(rollouts.values())[1:])
        stages = stages_of(config)
        size, count = _sizes(config, training, stages), len(self._trials[0].pair_results)
        if len(self._pairs) == count:
            was = _sizes(self._config, self._pairs, stages)
            grown = {name: size[name] / was[name] if was[name] else 1.0 for name in size}
        else:
            grown = dict.fromkeys(size, len(training) / count)
        todo = 1.0
        if config.optimizer == "refine":
            todo = max(0, made - max(SEARCHES_FROM, done)) / max(1, mine - SEARCHES_FROM)
        elif done > SEARCHES_FROM and stages:
            rest = StagedStrategy(config).left(trials)
            todo = _sizes(config, training, rest)["episodes"] / size["episodes"] if rest else 0.0
        pace = _pace(trials, spent, self._trials, self._spent)
        found, cost = Asked(), 0.0
        for entry in self._spent.entries:
            if entry.part == "trial_000":
                share = each / rollouts[entry.part] if not done else 0.0
            elif entry.part in rollouts:
                share = pace * max(0, made - max(1, done)) * each / later
            elif entry.part == "hosts":
                share = grown["labelled"] if done < SEARCHES_FROM else 0.0
            else:
                share = todo * self._share(entry, grown, pace)
            found += _asked(entry).times(share)
            cost = math.nan if entry.cost is None else cost + share * entry.cost
        return found, None if math.isnan(cost) else cost

    def _share(self, entry: LedgerEntry, grown: Mapping[str, float], pace: float) -> float:
        """How much of what its search took a search takes now."""
        if entry.purpose != "writer":
            return grown["windows"] if entry.purpose == "analyst" else 1.0
        calls = max(1, entry.calls - entry.cached)
        files = self._tree.path("convergence", "searches").glob("*/writer.*.jsonl")
        lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
        alone = min(calls, sum('"made"' in line for line in lines))  # a segment is one call
        return (alone * grown["segments"] + pace * (calls - alone) * grown["episodes"]) / calls


def _sizes(
    config: TrainingConfig, training: Sequence[TrainingPair], stages: Sequence[str]
) -> dict[str, float]:
    """Rollouts of a predictor's searches on each kind of example, what it begins with among them; with no search, the
    examples; and the windows by which labels teach."""
    found: dict[str, float] = {"labelled": len(examples(training, labelled_windows))}
    for name, units in (("episodes", whole), ("segments", segment_pairs), ("windows", labelled_windows)):
        sides = [len(one) for one in split(training, units, config.seed)]
        extents = [EXTENTS[stage] for stage in stages if stage in EXTENTS]
        found[name] = sum(sum(sides) + extent.rollouts(*sides) for extent in extents) if all(sides) else 0
        found[name] = found[name] or sum(sides)
    return found


def _pace(trials: Sequence[TrialResult], spent: Spent, others: Sequence[TrialResult], theirs: Spent) -> float:
    """Tokens of an episode's trials in this run over those in the other, by the trials that both have made."""
    both = min(len(trials), len(others))

    def tokens(made: Sequence[TrialResult], ledger: Spent) -> float:
        rollouts = {trial.trial_id: len(trial.rollouts) for trial in made[:both]}
        return sum(
            (one.prompt_tokens + one.completion_tokens) / rollouts[one.part]
            for one in ledger.entries
            if one.part in rollouts
        )

    mine, other = tokens(trials, spent), tokens(others, theirs)
    return mine / other if mine and other else 1.0


def _asked(entry: LedgerEntry) -> Asked:
    return Asked(
        calls=entry.calls - entry.cached,
        prompt_tokens=entry.prompt_tokens,
        completion_tokens=entry.completion_tokens,
    )
