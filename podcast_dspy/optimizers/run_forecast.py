"""What a training run will take at most, before it begins and while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Final

from podcast_dspy.errors import WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.expected import calls_by_predictor
from podcast_dspy.lms import CostLedger, Spent, is_capable, resolve
from podcast_dspy.lms.forecast import Asked, Forecast, ForecastLine, duration
from podcast_dspy.metrics.judge import expected_judging
from podcast_dspy.models import model_slots
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.optimizers.rollout import ClassifierTraining
from podcast_dspy.optimizers.search import split
from podcast_dspy.optimizers.stages import stages_of
from podcast_dspy.optimizers.teleprompters import EXTENTS
from podcast_dspy.pairs.pair import TrainingPair, divide
from podcast_dspy.profiles import synthesize
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree

if TYPE_CHECKING:
    from podcast_dspy.lms.metered import MeteredLM


_VOICED: Final = 0.3
"""Seconds that two cores take to voice and measure a second of sound: an assumption, until a trial was timed."""
_READ: Final = Asked(calls=1, prompt_tokens=5500, completion_tokens=1200)
"""A window of a transcript with the outline of its paper, as five labelled episodes took."""
_REFLECTION: Final = Asked(calls=1, prompt_tokens=4000, completion_tokens=1000)
_SEGMENT: Final = Asked(calls=1, prompt_tokens=4000, completion_tokens=250)
"""A segment written on its own, with the passages around it."""
_SEARCHES_FROM: Final = 2
"""Trials before the first search: the baseline, and what the hosts taught."""


def forecast_run(
    tree: Tree, pairs: Sequence[TrainingPair], config: TrainingConfig, *, resume: bool, batch: bool
) -> Forecast:
    """What `run_training_loop` will take if it makes every trial that it may. No model is asked, nothing is written.

    Raises SettingsError, DocumentError, and PrerequisiteError for a model that is not ready.
    """
    training, held_out, _ = divide(pairs, config.holdout)
    both = [*training, *held_out]
    past = _Past(tree, needed=resume)
    done = len(past.trials) if resume else 0
    trials = max(0, config.max_trials - done)
    roles, profile = config.roles, synthesize(training)
    by_predictor = [
        calls_by_predictor(
            pair.document_graph,
            profile,
            Adjustments(),
            seconds=pair.transcription.total_duration,
            role=roles.lm,
        )
        for pair in both
    ]
    # What stands before a predictor is asked as before, and answered by what is kept.
    parts = {name: _mean([one[name] for one in by_predictor]) for name in by_predictor[0]}
    search = _searched(config, training, parts) if done <= _SEARCHES_FROM < config.max_trials else _Searched()
    rollouts = config.repeats * trials * len(both) + search.episodes
    lines, basis = [], [_extent(config.repeats * trials, len(both), search)]
    if past.unreadable:
        basis.append(f"no earlier trial: {past.unreadable}")

    writer = resolve(roles.lm, purpose="writer")
    seen = past.a_rollout(writer)
    if seen is None:
        one = _sum(parts.values())
        basis.append(f"writer: the lengths of the papers and podcasts, and what it takes: {_way(roles.lm)}")
        lines.append(ForecastLine.of(writer, one.times(rollouts)))
    else:
        basis.append(f"writer: the mean of {past.told} in this workspace")
        lines.append(
            ForecastLine.of(writer, seen[0].times(rollouts), cost=_times(seen[1], rollouts), measured=True)
        )

    if roles.judge_lm != "measured":
        judge = resolve(roles.judge_lm, purpose="judge")
        seen = past.a_rollout(judge)
        if seen is None:
            judged = [expected_judging(pair, roles.judge_lm) for pair in both]
            asked = _sum(once for once, _ in judged) + _mean([each for _, each in judged]).times(rollouts)
            basis.append(
                "judge: its windows and samples on the pairs' own podcasts, without answers that are kept"
            )
            lines.append(ForecastLine.of(judge, asked, batch=batch))
        else:
            basis.append(f"judge: the mean of {past.told} in this workspace")
            lines.append(
                ForecastLine.of(judge, seen[0].times(rollouts), cost=_times(seen[1], rollouts), measured=True)
            )

    if trials and not done and is_capable(roles.lm):
        analyst = resolve(roles.lm, purpose="analyst")
        calls = ClassifierTraining(tree, training, held_out, roles.lm, dataset_fingerprint(pairs)).calls
        lines.append(ForecastLine.of(analyst, _READ.times(calls)))
    if search.segments:
        lines.append(ForecastLine.of(writer, _SEGMENT.times(search.segments)))
    if search.reflections:
        reflection = resolve(config.roles.reflection_lm or config.roles.lm, purpose="reflection")
        lines.append(ForecastLine.of(reflection, _REFLECTION.times(search.reflections)))
        basis.append(f"reflection: at most {search.reflections} proposals")

    if (timed := past.seconds_a_rollout(config)) is not None:
        clock = timed * rollouts
        basis.append(f"minutes: the mean of {past.told} in this workspace")
    else:
        voiced = _VOICED * trials * sum(pair.transcription.total_duration for pair in both)
        clock = voiced + sum(line.seconds for line in lines) / min(len(both), model_slots())
        basis.append("minutes: assumed rates of writing and voicing; a finished trial is timed")
    return Forecast.of(lines, clock, basis)


class _Past:
    """What the finished trials of a workspace took."""

    def __init__(self, tree: Tree, *, needed: bool) -> None:
        """Raises WorkspaceError for records that cannot be read, where the run goes on from them."""
        record = RunRecord(tree)
        self.unreadable = ""
        try:
            self.trials, self._config, self._spent = record.trials(), record.config(), record.spent()
        except WorkspaceError as error:
            if needed:
                raise
            # A run that begins anew replaces them.
            self.unreadable = str(error)
            self.trials, self._config, self._spent = [], None, Spent()
        ids = [trial.trial_id for trial in self.trials]
        # The first trial also has the podcasts themselves judged.
        self._counted = {trial: len(t.rollouts) for trial, t in zip(ids, self.trials, strict=True)}
        if len(self._counted) > 1:
            self._counted.pop("trial_000", None)

    @property
    def told(self) -> str:
        """Which trials count."""
        count = len(self._counted)
        return f"{count} finished {'trial' if count == 1 else 'trials'}"

    def a_rollout(self, lm: MeteredLM) -> tuple[Asked, float | None] | None:
        """Calls and dollars of a model in a rollout; None where no trial has asked it."""
        entries = [
            entry
            for entry in self._spent.entries
            if (entry.purpose, entry.model) == (lm.purpose, lm.model)
            and entry.part in self._counted
            and entry.calls > entry.cached
        ]
        rollouts = sum(self._counted[entry.part] for entry in entries)
        if not rollouts:
            return None
        costs = [entry.cost for entry in entries]
        asked = Asked(
            calls=sum(entry.calls - entry.cached for entry in entries),
            prompt_tokens=sum(entry.prompt_tokens for entry in entries),
            completion_tokens=sum(entry.completion_tokens for entry in entries),
        )
        known = [cost for cost in costs if cost is not None]
        cost = sum(known) / rollouts if len(known) == len(costs) else None
        return asked.times(1 / rollouts), cost

    def seconds_a_rollout(self, config: TrainingConfig) -> float | None:
        """By the clock, for the same models; None where no trial was timed."""
        if self._config is None or self._config.roles != config.roles:
            return None
        timed = {part: took for part, took in self._spent.seconds.items() if self._counted.get(part)}
        rollouts = sum(self._counted[part] for part in timed)
        return sum(timed.values()) / rollouts if rollouts else None


@dataclass(frozen=True)
class _Searched:
    """Rollouts and reflections of all searches of a run, at most."""

    episodes: float = 0.0
    """Whole ones that ask as much: of a candidate for the editor, only the editing is asked anew."""
    segments: int = 0
    reflections: int = 0


def _searched(
    config: TrainingConfig, training: Sequence[TrainingPair], parts: Mapping[str, Asked]
) -> _Searched:
    capable = is_capable(config.roles.lm)
    segments = [len(one) for one in split(training, segmental=True, seed=config.seed)]
    pairs = [len(one) for one in split(training, segmental=False, seed=config.seed)]
    calls = [asked.calls for asked in parts.values()]
    anew = sum(
        sum(calls[place:]) / sum(calls) for place, name in enumerate(parts) if not name.startswith("writer.")
    )
    found = _Searched()
    for stage in stages_of(config):
        if stage == "refine":
            made = config.max_trials - _SEARCHES_FROM if config.optimizer == "refine" else 1
            found = replace(found, reflections=found.reflections + made)
            continue
        extent = EXTENTS[stage]
        found = _Searched(
            episodes=found.episodes + anew * extent.rollouts(*pairs),
            # Unlike its episodes, the segments of what there is were never written alone.
            segments=found.segments + (sum(segments) + extent.rollouts(*segments) if capable else 0),
            reflections=found.reflections + len(parts) * extent.reflections,
        )
    return found


def _extent(trials: int, pairs: int, search: _Searched) -> str:
    extent = f"at most {trials} {'trial' if trials == 1 else 'trials'} of {pairs} {'pair' if pairs == 1 else 'pairs'}"
    if not (search.episodes or search.segments):
        return extent
    return f"{extent}, and for the search {search.episodes:.0f} episodes and {search.segments} segments"


def _way(role: str) -> str:
    return "planning, writing, checking and editing" if is_capable(role) else "extracts, which ask no LM"


def _sum(asked: Iterable[Asked]) -> Asked:
    return reduce(Asked.__add__, asked, Asked())


def _mean(asked: Sequence[Asked]) -> Asked:
    return _sum(asked).times(1 / len(asked))


def _times(cost: float | None, count: float) -> float | None:
    return None if cost is None else cost * count


class Live:
    """Progress with the dollars spent and the time left at the pace of this start."""

    def __init__(
        self, progress: Callable[[str, float, float], None], ledger: CostLedger, rollouts: int
    ) -> None:
        """`rollouts` are those of all trials that the run may have."""
        self._progress, self._ledger, self._rollouts = progress, ledger, rollouts
        self._begun = time.monotonic()
        self._first: int | None = None
        self._done = 0

    def finished(self, rollouts: int) -> None:
        """So many rollouts of the whole run are finished."""
        self._first = rollouts - 1 if self._first is None else self._first
        self._done = rollouts

    def tell(self, stage: str, done: float, total: float) -> None:
        """Report a stage."""
        cost = self._ledger.cost
        known = [f"${cost:.2f} so far"] if cost else []
        if self._first is not None:
            pace = (time.monotonic() - self._begun) / (self._done - self._first)
            if (left := pace * (self._rollouts - self._done)) >= 1.0:
                known.append(f"at most {duration(left)} left")
        self._progress(f"{stage} ({', '.join(known)})" if known else stage, done, total)
