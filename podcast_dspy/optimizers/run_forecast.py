"""What a training run will take, in any case and at most, and about how much where there was one like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from podcast_dspy.errors import WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.episode_writer import calls_by_predictor
from podcast_dspy.lms import Spent, is_capable, resolve
from podcast_dspy.lms.forecast import Asked, Forecast, ForecastLine
from podcast_dspy.metrics.judge import expected_judging
from podcast_dspy.models import model_slots
from podcast_dspy.optimizers.classification import ClassifierTraining, labelled_windows
from podcast_dspy.optimizers.earlier_runs import SEARCHES_FROM, as_before
from podcast_dspy.optimizers.measuring import segment_pairs
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.optimizers.search import examples, split, whole
from podcast_dspy.optimizers.stage_tasks import PARTS
from podcast_dspy.optimizers.stages import StagedStrategy, stages_of
from podcast_dspy.optimizers.teleprompters import EXTENTS
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair, divide
from podcast_dspy.profiles import synthesize
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import Tree

_VOICED: Final = 0.3
"""Seconds that two cores take to voice and measure a second of sound: an assumption, until a trial was timed."""
_READ: Final = Asked(calls=1, prompt_tokens=5500, completion_tokens=1200)
"""A window of a transcript with the outline of its paper, as five labelled episodes took."""
_REFLECTION: Final = Asked(calls=1, prompt_tokens=4000, completion_tokens=1000)
_SEGMENT: Final = Asked(calls=1, prompt_tokens=4000, completion_tokens=250)
"""A segment written on its own, with the passages around it."""

_NOTHING: Final = Asked()


@dataclass(frozen=True)
class _Range:
    """What is asked in any case, and at most."""

    least: Asked = _NOTHING
    most: Asked = _NOTHING

    def __add__(self, other: _Range) -> _Range:
        return _Range(self.least + other.least, self.most + other.most)

    def times(self, least: float, most: float) -> _Range:
        """So often at least, and so often at most."""
        return _Range(self.least.times(least), self.most.times(most))


def forecast_run(
    tree: Tree, pairs: Sequence[TrainingPair], config: TrainingConfig, *, resume: bool, batch: bool
) -> Forecast:
    """What `run_training_loop` will take. No model is asked, nothing is written.

    What one part of the program is asked follows from the parts before it: a trial that changes the writer asks nothing
    of the planner, whose answers are kept. Which trials are made, and what they change, depends on what is found; so
    before a search there is a range, which each finished trial narrows.
    Raises SettingsError, DocumentError, and PrerequisiteError for a model that is not ready.
    """
    training, held_out, _ = divide(pairs, config.holdout)
    both, roles = [*training, *held_out], config.roles
    past = _Past(tree, roles, needed=resume)
    done = len(past.trials) if resume else 0
    basis = [f"no earlier trial: {past.unreadable}"] if past.unreadable else []
    parts = past.parts()
    if parts:
        basis.append("writer: what its parts were asked in the latest trial")
    else:
        parts = _expected(both, training, roles)
        basis.append(f"writer: the lengths of the papers and podcasts, and what it takes: {_way(roles.lm)}")

    each, lines = config.repeats * len(both), []
    rollouts = _Range()
    writing, episodes, certain = _Range(), 0, 0
    for number in range(done, config.max_trials):
        sure = number < SEARCHES_FROM
        asked = _anew(parts, PARTS[0])
        if number == 1:  # whoever answers a changed prompt as before changes nothing behind it
            asked = _Range(parts["writer"].least, _anew(parts, "writer").most) if parts else asked
        elif not sure and not stages_of(config):
            asked = past.later() or _anew(parts, "writer")
        writing += asked.times(each if sure else 0, each)
        episodes, certain = episodes + each, certain + (each if sure else 0)
    search = _Searched()
    if max(done, SEARCHES_FROM) < config.max_trials:
        left = StagedStrategy(config).left(past.trials) if done else stages_of(config)
        search = _searched(left, config, done, training, parts)
    writing += search.writing
    rollouts = _Range(Asked(calls=certain), Asked(calls=episodes + search.episodes))
    basis.append(_extent(episodes, len(both) * config.repeats, search))
    writer = resolve(roles.lm, purpose="writer")
    lines.append(ForecastLine.of(writer, writing.most, writing.least, measured=past.measured))

    if roles.judge_lm != "measured":
        judge = resolve(roles.judge_lm, purpose="judge")
        seen = past.judged()
        judged = [] if seen else [expected_judging(pair, roles.judge_lm) for pair in both]
        once = _sum(first for first, _ in judged)
        one = seen or _mean([further for _, further in judged])
        basis.append(
            f"judge: what it was asked in {past.told}"
            if seen
            else "judge: its windows and samples on the pairs' own podcasts, without answers that are kept"
        )
        most, least = (once + one.times(count.calls) for count in (rollouts.most, rollouts.least))
        lines.append(ForecastLine.of(judge, most, least, batch=batch, measured=bool(seen)))
    if is_capable(roles.lm):
        analyst = resolve(roles.lm, purpose="analyst")
        windows = ClassifierTraining(tree, training, held_out, roles.lm, dataset_fingerprint(pairs)).calls
        few, many, proposals = _read(training, config, windows, done, search.stages)
        search = replace(search, reflections=search.reflections + proposals)
        lines.append(ForecastLine.of(analyst, _READ.times(many), _READ.times(few)))
    if search.reflections:
        reflection = resolve(roles.reflection_lm or roles.lm, purpose="reflection")
        most = _REFLECTION.times(search.reflections)
        lines.append(ForecastLine.of(reflection, most, _REFLECTION))
        basis.append(f"reflection: at most {search.reflections} proposals")

    if (timed := past.seconds_a_rollout()) is not None:
        clock = timed * (rollouts.most.calls + search.segments / max(1, len(training)))
        basis.append(f"minutes: the pace of {past.told}")
    else:
        voiced = _VOICED * sum(pair.transcription.total_duration for pair in both) * episodes / len(both)
        clock = voiced + sum(line.seconds for line in lines) / min(len(both), model_slots())
        basis.append("minutes: assumed rates of writing and voicing; a finished trial is timed")
    expected = as_before(tree, training, config, each, resume=resume)
    if expected[0] is not None:
        basis.append("about: what the last finished run of this strategy and these models took, part by part")
    return Forecast.of(lines, clock, basis, expected)


class _Past:
    """What the finished trials of a workspace took."""

    def __init__(self, tree: Tree, roles: ModelRoles, *, needed: bool) -> None:
        """Raises WorkspaceError for records that cannot be read, where the run goes on from them."""
        record = RunRecord(tree)
        self.unreadable, self._roles = "", roles
        try:
            self.trials, config, self._spent = record.trials(), record.config(), record.spent()
        except WorkspaceError as error:
            if needed:
                raise
            # A run that begins anew replaces them.
            self.unreadable = str(error)
            self.trials, config, self._spent = [], None, Spent()
        self._same = config is not None and config.roles == roles

    @property
    def told(self) -> str:
        """Which trials count."""
        count = len(self.trials)
        return f"{count} finished {'trial' if count == 1 else 'trials'}"

    @property
    def measured(self) -> bool:
        """Whether a trial tells what the writer is asked."""
        return bool(self.parts())

    def parts(self) -> dict[str, _Range]:
        """What each part was asked for an episode of the latest trial; nothing where it was another model."""
        rollouts = (
            [one for one in self.trials[-1].rollouts if one.asked] if self.trials and self._same else []
        )
        if not rollouts:
            return {}
        means = {
            part: _sum(one.asked.get(part, Asked()) for one in rollouts).times(1 / len(rollouts))
            for part in PARTS
        }
        scale = self._scale()
        return {part: _Range(scale(one), scale(one)) for part, one in means.items()}

    def _scale(self) -> Callable[[Asked], Asked]:
        """From the characters of the first trial to the tokens that its ledger counted."""
        counted = [
            entry
            for entry in self._spent.entries
            if (entry.part, entry.purpose) == ("trial_000", "writer")
            and not entry.cached
            and not entry.failed
        ]
        said = _sum(one for rollout in self.trials[0].rollouts for one in rollout.asked.values())
        calls = sum(entry.calls for entry in counted)
        if not calls or round(said.calls) != calls or not said.prompt_tokens or not said.completion_tokens:
            return lambda one: one
        read = sum(entry.prompt_tokens for entry in counted) / said.prompt_tokens
        written = sum(entry.completion_tokens for entry in counted) / said.completion_tokens
        return lambda one: Asked(
            calls=one.calls,
            prompt_tokens=read * one.prompt_tokens,
            completion_tokens=written * one.completion_tokens,
        )

    def later(self) -> _Range | None:
        """What the writer was asked anew for an episode in the trials after the first; None without any."""
        found = self._mean_of("writer", self.trials[1:])
        return None if found is None else _Range(found, found)

    def judged(self) -> Asked | None:
        """What the judge was asked for an episode; the first trial also has the podcasts themselves judged."""
        return self._mean_of("judge", self.trials[1:] or self.trials)

    def _mean_of(self, purpose: str, trials: Sequence[TrialResult]) -> Asked | None:
        ids = {trial.trial_id for trial in trials}
        entries = [one for one in self._spent.entries if one.purpose == purpose and one.part in ids]
        if not entries or not self._same:
            return None
        asked = Asked(
            calls=sum(entry.calls - entry.cached for entry in entries),
            prompt_tokens=sum(entry.prompt_tokens for entry in entries),
            completion_tokens=sum(entry.completion_tokens for entry in entries),
        )
        return asked.times(1 / sum(len(trial.rollouts) for trial in trials))

    def seconds_a_rollout(self) -> float | None:
        """By the clock, for the same models; None where no trial was timed."""
        counted = {trial.trial_id: len(trial.rollouts) for trial in self.trials}
        timed = {part: took for part, took in self._spent.seconds.items() if counted.get(part)}
        rollouts = sum(counted[part] for part in timed)
        return sum(timed.values()) / rollouts if rollouts and self._same else None


def _expected(
    both: Sequence[TrainingPair], training: Sequence[TrainingPair], roles: ModelRoles
) -> dict[str, _Range]:
    """What each part will be asked for an episode: without a round of editing, and with as many as there may be."""
    profile = synthesize(training)
    sides = []
    for options in ({"rounds": 0}, {}):
        asked = [
            calls_by_predictor(
                pair.document_graph,
                profile,
                Adjustments(),
                seconds=pair.transcription.total_duration,
                role=roles.lm,
                **options,
            )
            for pair in both
        ]
        sides.append([_mean([one[name] for one in asked]) for name in asked[0]])
    return {part: _Range(*found) for part, *found in zip(PARTS, *sides, strict=False)}


def _anew(parts: Mapping[str, _Range], first: str) -> _Range:
    """What an episode asks from one of its parts on."""
    names = [part for part in PARTS if part in parts]
    return reduce(
        _Range.__add__, (parts[name] for name in names if PARTS.index(name) >= PARTS.index(first)), _Range()
    )


def _read(
    training: Sequence[TrainingPair], config: TrainingConfig, windows: int, done: int, stages: Sequence[str]
) -> tuple[int, int, int]:
    """Windows that the analyst reads at least and at most, and reflections on it: `windows` for what types the episodes
    of a trial, the labelled ones for what labels teach, and those of the searches."""
    taught = len(examples(training, labelled_windows)) if done < SEARCHES_FROM < config.max_trials + 1 else 0
    sides = [len(one) for one in split(training, labelled_windows, config.seed)]
    extents = [EXTENTS[stage] for stage in stages if stage in EXTENTS and all(sides)]
    searched = sum(sum(sides) + extent.rollouts(*sides) for extent in extents)
    first = 0 if done else windows
    again = windows * (bool(taught) + len(stages))  # a trial with another analyst
    return first + taught, first + 2 * taught + again + searched, sum(one.reflections for one in extents)


@dataclass(frozen=True)
class _Searched:
    """What all searches of a run take."""

    writing: _Range = field(default_factory=_Range)
    episodes: int = 0
    """At most, whole ones or their editing alone."""
    segments: int = 0
    reflections: int = 0
    stages: tuple[str, ...] = ()


def _searched(
    stages: Sequence[str],
    config: TrainingConfig,
    done: int,
    training: Sequence[TrainingPair],
    parts: Mapping[str, _Range],
) -> _Searched:
    segments = [len(one) for one in split(training, segment_pairs, config.seed)]
    pairs = [len(one) for one in split(training, whole, config.seed)]
    writing, episodes, written, reflections = _Range(), 0, 0, 0
    segment = _Range(_SEGMENT, _SEGMENT)
    for stage in stages:
        if stage == "refine":
            reflections += config.max_trials - max(done, SEARCHES_FROM) if config.optimizer == "refine" else 1
            continue
        extent = EXTENTS[stage]
        for part in (name for name in PARTS if name in parts):
            reflections += extent.reflections
            if part == "writer":
                # Unlike the episodes of what there is, its segments were never written alone.
                more = 2 if stage == "mipro" else 1  # with demonstrations it has more to choose from
                most = sum(segments) + more * extent.rollouts(*segments)
                writing += segment.times(sum(segments) + extent.least(*segments), most)
                written += most
            else:
                most = extent.rollouts(*pairs)
                # An answer that is as before changes nothing behind it.
                one = _Range(parts[part].least, _anew(parts, part).most)
                writing += one.times(extent.least(*pairs), most)
                if part != PARTS[0]:  # where one before it was improved, what there is is another program
                    writing += _anew(parts, PARTS[0]).times(0, sum(pairs))
                    most += sum(pairs)
                episodes += most
    return _Searched(writing, episodes, written, reflections, tuple(stages))


def _extent(episodes: int, each: int, search: _Searched) -> str:
    trials = episodes // each
    of = f"{each} {'episode' if each == 1 else 'episodes'}"
    extent = f"at most {trials} {'trial' if trials == 1 else 'trials'} of {of}"
    if not (search.episodes or search.segments):
        return extent
    return f"{extent}, and for the search {search.episodes} episodes and {search.segments} segments"


def _way(role: str) -> str:
    return "planning, writing, checking and editing" if is_capable(role) else "extracts, which ask no LM"


def _sum(asked: Iterable[Asked]) -> Asked:
    return reduce(Asked.__add__, asked, Asked())


def _mean(asked: Sequence[Asked]) -> Asked:
    return _sum(asked).times(1 / len(asked))
