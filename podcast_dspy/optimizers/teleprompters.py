"""DSPy's optimizers on one predictor at a time: which of them, how large, and what became of its candidates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dspy
from dspy.utils.callback import BaseCallback

from podcast_dspy.errors import BudgetError, ModelError, PodcastError, UnusableAnswerError
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger, as_podcast_error, exhausted, podcast_errors
from podcast_dspy.lms.asking import AnswerAdapter
from podcast_dspy.optimizers.classification import ANALYST, UNLABELLED, AnalystSearch, labelled_windows
from podcast_dspy.optimizers.measuring import Measuring, quietly, segment_pairs
from podcast_dspy.optimizers.search import OnePredictor, Overfitting, Records, Search, Units, split, whole
from podcast_dspy.optimizers.trials import instructions_of
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import EpisodeFormat

_DEMONSTRATIONS: Final = 3
_CANDIDATES: Final = 4
"""Candidates that are drawn for a predictor."""
_MINIBATCH: Final = 2
_ROUNDS: Final = 4
"""Reflections of GEPA on a predictor, at most."""
_STEPS: Final = 2
"""Minibatches of SIMBA."""
_ADVICE: Final = (
    "Write for papers and episodes of any subject: no title, name, number, term or sentence of the examples. Keep what "
    "the instructions already get right, and keep them in plain English. End with a full stop."
)

Compile = Callable[[Search, dspy.LM | None, int], OnePredictor]
"""(search, the LM that reflects, seed) -> the optimizer's own choice."""


def _bootstrap(search: Search, reflection: dspy.LM | None, seed: int) -> Any:
    """Demonstrations of the program's own: rollouts that scored above the mean, in sets drawn at random."""
    return dspy.BootstrapFewShotWithRandomSearch(
        metric=search.metric,
        metric_threshold=search.usual(),
        max_bootstrapped_demos=_DEMONSTRATIONS,
        max_labeled_demos=0,
        num_candidate_programs=_CANDIDATES,
        num_threads=1,
        max_errors=len(search.train) + len(search.val),
    ).compile(search.student, trainset=search.train, valset=search.val, restrict={-1, *range(_CANDIDATES)})


def _mipro(search: Search, reflection: dspy.LM | None, seed: int) -> Any:
    """Instructions that an LM proposes, with demonstrations for single segments, chosen by Bayesian optimization."""
    demonstrations = 0 if search.kind == "episodes" else _DEMONSTRATIONS
    return dspy.MIPROv2(
        metric=search.metric,
        metric_threshold=search.usual(),
        prompt_model=reflection,
        task_model=dspy.settings.lm,
        auto=None,
        num_candidates=_CANDIDATES - 1,
        max_bootstrapped_demos=demonstrations,
        max_labeled_demos=0,
        num_threads=1,
        max_errors=len(search.train) + len(search.val),
        seed=seed or 9,  # 0 would be taken for none
    ).compile(
        search.student,
        trainset=search.train,
        valset=search.val,
        num_trials=_CANDIDATES,
        minibatch=False,
        # What there is to summarise are whole papers and podcasts.
        data_aware_proposer=False,
        program_aware_proposer=False,
    )


def _simba(search: Search, reflection: dspy.LM | None, seed: int) -> Any:
    """Rules that an LM draws from a good and a bad rollout of one example, and demonstrations."""
    return dspy.SIMBA(
        metric=search.metric,
        bsize=min(_MINIBATCH, len(search.train)),
        num_candidates=_CANDIDATES - 1,
        max_steps=_STEPS,
        max_demos=0 if search.kind == "episodes" else _DEMONSTRATIONS,
        prompt_model=reflection,
        num_threads=1,
    ).compile(search.student, trainset=search.train, seed=seed)


def _gepa(search: Search, reflection: dspy.LM | None, seed: int) -> Any:
    """Instructions rewritten from the losses' feedback; parents are chosen from the Pareto front of the losses."""
    proposer = _Proposer(search)
    rollouts = len(search.val) + _ROUNDS * (2 * _MINIBATCH + len(search.val))
    return dspy.GEPA(
        metric=search.metric,
        max_metric_calls=rollouts,
        reflection_minibatch_size=min(_MINIBATCH, len(search.train)),
        reflection_lm=reflection,
        instruction_proposer=proposer,
        use_merge=False,
        num_threads=1,
        seed=seed,
        gepa_kwargs={
            "frontier_type": "hybrid",
            "stop_callbacks": [proposer.done],
        },
    ).compile(search.student, trainset=search.train, valset=search.val)


TELEPROMPTERS: Final[dict[str, Compile]] = {
    "bootstrap": _bootstrap,
    "mipro": _mipro,
    "simba": _simba,
    "gepa": _gepa,
}
REFLECTIVE: Final = frozenset({"mipro", "simba", "gepa", "refine"})
"""Strategies that ask a second LM for instructions."""


_WRITES: Final[dict[str, EpisodeFormat]] = {"writer.script": "explainer", "writer.dialogue": "dialogue"}
"""The format of the episodes whose segments a writer's predictor is compiled on."""
_EXAMPLES: Final[dict[str, tuple[type[Search], Units, str]]] = {
    **{name: (Search, segment_pairs, f"no segment rests on the paper, so {name} stays") for name in _WRITES},
    ANALYST: (AnalystSearch, labelled_windows, UNLABELLED),
}
"""On what predictors are compiled that are not on whole episodes, and what is said where there is none of it."""


@dataclass(frozen=True)
class Extent:
    """What a search takes for one predictor, beside what the program that it begins with does."""

    rollouts: Callable[[int, int], int]
    """Of other candidates at most, by the number of examples to learn from and to validate on."""
    least: Callable[[int, int], int]
    """The same where each is given up as early as may be."""
    reflections: int = 0


def _sets(train: int) -> int:
    """Different demonstrations that can be drawn, in their order, from the half of the examples that score well."""
    good = (train + 1) // 2
    return sum(math.perm(good, size) for size in range(1, min(_DEMONSTRATIONS, good) + 1))


EXTENTS: Final = {
    "bootstrap": Extent(lambda train, val: val * min(1 + _CANDIDATES, _sets(train)), lambda train, val: 0),
    # Without demonstrations its candidates are what is proposed beside the instructions that there are.
    "mipro": Extent(lambda train, val: val * (_CANDIDATES - 2), lambda train, val: 0, _CANDIDATES - 1),
    "simba": Extent(
        # Samples and candidates on a minibatch, the best of each step on all, and its choice where that validates.
        lambda train, val: (
            2 * _STEPS * min(_MINIBATCH, train) * (_CANDIDATES - 1)
            + (_STEPS + 1) * max(0, train - _MINIBATCH)
            + val
        ),
        lambda train, val: _STEPS * min(_MINIBATCH, train),
        _STEPS * _MINIBATCH,
    ),
    "gepa": Extent(
        # On each example once: as the new one of its minibatch, and as the parent of a later one's.
        lambda train, val: _ROUNDS * (min(train, 2 * _MINIBATCH) + val),
        lambda train, val: 0,
        _ROUNDS,
    ),
}


class _Proposer:
    """GEPA's proposer, which turns down what speaks of the training pairs, and remembers what it proposed."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._propose = dspy.teleprompt.gepa.InstructionProposer(
            additional_instructions=_ADVICE, adapter=AnswerAdapter()
        )
        self.calls = 0
        self._best, self._found_at = -math.inf, 0

    def done(self, state: Any) -> bool:
        """Whether GEPA, in this state, is to end: after its rounds, or one in vain behind one that helped."""
        best = max(state.program_full_scores_val_set)
        if best > self._best:
            self._best, self._found_at = best, self.calls
        return self._search.fatal is not None or self.calls >= _ROUNDS or 0 < self._found_at < self.calls

    def __call__(
        self, candidate: dict[str, str], reflective_dataset: Any, components_to_update: list[str]
    ) -> dict[str, str]:
        """New instructions, as GEPA asks for them; the current model is the one that reflects. Raises PodcastError."""
        self.calls += 1
        search = self._search
        reflects = str(getattr(dspy.settings.lm, "model", ""))
        asked = ("reflection", reflects, candidate, reflective_dataset, self.calls)
        proposed: dict[str, str] | None = search.records.get(*asked)
        if proposed is None:
            try:
                # To the same examples another answer is wanted, not the one that is kept of the first time.
                again = dspy.settings.lm.copy(rollout_id=self.calls)
                with podcast_errors(search.role), dspy.context(lm=again):
                    proposed = self._propose(candidate, reflective_dataset, components_to_update)
            except PodcastError as error:
                search.refused = error
                if spent := exhausted():
                    search.fatal = BudgetError(spent)
                raise search.fatal or error from error
            search.records.put(proposed, *asked)
        search.proposed += 1
        for text in proposed.values():
            if fault := search.overfitting.fault(text):
                raise UnusableAnswerError(f"the proposed instructions {fault}")
        return proposed


class _Watch(BaseCallback):  # type: ignore[misc]
    """Counts how the calls of the LM that reflects end: DSPy's optimizers pass over those that fail."""

    def __init__(self, lm: dspy.LM | None) -> None:
        self._lm, self._asked = lm, set[str]()
        self.answered = 0
        self.failure: Exception | None = None

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Note a call of that LM, or of a copy of it."""
        lm = self._lm
        same = ("model", "purpose")
        if lm is not None and all(getattr(instance, one, "") == getattr(lm, one, "") for one in same):
            self._asked.add(call_id)

    def on_lm_end(self, call_id: str, outputs: Any, exception: Exception | None = None) -> None:
        """Note how it ended."""
        if call_id in self._asked:
            self.answered += exception is None
            self.failure = exception or self.failure


@dataclass(frozen=True)
class Improvement:
    """What became of a search over all predictors."""

    program: PodcastProgram
    notes: tuple[str, ...]
    improved: bool
    """Whether any predictor changed."""


def asked_predictors(
    measuring: Measuring, program: PodcastProgram, pairs: Sequence[TrainingPair]
) -> list[str]:
    """The predictors that an LM is asked by in this configuration, as the program names them.

    Of an episode writer those that an episode of the first pair of each format asks. Raises PodcastError.
    """
    if not isinstance(measuring.hand, EpisodeWriter):
        return []
    trace: list[Any] = []
    with dspy.context(trace=trace):
        for pair in {pair.format: pair for pair in reversed(pairs)}.values():
            measuring.episode(program, pair)
    shapes = {tuple(one.signature.fields) for one, _, _ in trace}
    editor = [name for name, _ in program.named_predictors() if name.startswith("editor.")]
    return [
        name
        for name, predictor in program.named_predictors()
        # A draft without a fault is not revised, but the next one may be.
        if tuple(predictor.signature.fields) in shapes or name in editor
    ]


def improve(
    strategy: str,
    program: PodcastProgram,
    measuring: Measuring,
    pairs: Sequence[TrainingPair],
    *,
    allowance: Budget,
    records: Path | None,
) -> Improvement:
    """Compile each predictor in turn with one of DSPy's optimizers; each begins with what the ones before found.

    Segment writers are compiled on single segments, the others on episodes, on some pairs and validated on others. A
    candidate is taken only when its gain on these exceeds chance. A spent allowance ends it with what was found.
    Raises ModelError under the strategy's name when every rollout or every reflection failed, PrerequisiteError.
    """
    config = measuring.config
    reflection = measuring.reflection() if strategy in REFLECTIVE else None
    notes: list[str] = []
    improved = False
    folder = None if records is None else records / strategy
    ledger = CostLedger(allowance)
    try:
        with ledger, measuring.writing(), quietly():
            names = asked_predictors(measuring, program, pairs)
            if not names:
                notes.append(f"{strategy}: an extract asks no LM, so there is no prompt to compile")
            else:
                names.append(ANALYST)
            for place, name in enumerate(names):
                kind, units, missing = _EXAMPLES.get(name, (Search, whole, ""))
                suited = [
                    pair for pair in pairs if _WRITES.get(name, pair.format) == pair.format and units(pair)
                ]
                train, val = split(suited, units, config.seed)
                seen = {one.pair.pair_id for one in (*train, *val)}
                if not suited:
                    notes.append(f"{strategy}: {missing}")
                    continue
                search = kind(
                    name=name,
                    program=program,
                    measuring=measuring,
                    train=train,
                    val=val,
                    records=Records(None if folder is None else folder / f"{name}.jsonl"),
                    overfitting=Overfitting(
                        [pair for pair in suited if pair.pair_id in seen], instructions_of(program).values()
                    ),
                    role=config.roles.lm,
                )
                purpose = "analyst" if name == ANALYST else "writer"
                with measuring.writing(purpose), CostLedger(_part(ledger, len(names) - place)):
                    program, note, better = _searched(strategy, search, reflection, config.seed)
                notes.append(note)
                improved |= better
    except PodcastError as error:
        # An LM that is not allowed to be asked raises what DSPy may have made an error of its own.
        spent = error.spent if isinstance(error, BudgetError) else ledger.reached(1)
        if not spent:
            raise
        notes.append(f"{strategy}: {spent}")
    return Improvement(program, tuple(notes), improved)


def _part(ledger: CostLedger, parts: int) -> Budget:
    """An equal part of what is left, so that every predictor has its turn. Raises BudgetError for nothing."""
    budget, spent = ledger.budget, ledger.spent
    used = {"cost": spent.cost or 0.0, "calls": spent.calls, "seconds": sum(spent.seconds.values())}
    left = {name: limit - used[name] for name in used if (limit := getattr(budget, name)) is not None}
    if reached := ledger.reached(1):
        raise BudgetError(reached)
    shares = {
        name: max(1, int(rest / parts)) if name == "calls" else rest / parts for name, rest in left.items()
    }
    return Budget(**shares)


def _searched(
    strategy: str, search: Search, reflection: dspy.LM | None, seed: int
) -> tuple[PodcastProgram, str, bool]:
    """The program with the best candidate of one predictor, what to say of it, and whether it is another."""
    watch = _Watch(reflection)
    try:
        search.measure(search.student, search.val)
        with dspy.context(callbacks=[*(dspy.settings.callbacks or ()), watch]):
            chosen = TELEPROMPTERS[strategy](search, reflection, seed)
            search.measure(chosen, search.val)  # not every optimizer validates
    except Exception as error:
        # DSPy wraps errors of what it calls, and gives up after some: what stopped the search tells more.
        if spent := exhausted():
            search.fatal = BudgetError(spent)
        if search.fatal is None and not isinstance(error, PodcastError) and search.failure is None:
            raise
        if search.fatal is None and not search.scores:
            raise _under(strategy, search.failure or error, search.role) from error
    if search.fatal is not None and not isinstance(search.fatal, BudgetError):
        raise _under(strategy, search.fatal, search.role) from search.fatal
    # What was proposed may be from the records of a search that was killed.
    unanswered = None if search.proposed else watch.failure if not watch.answered else search.refused
    if search.fatal is None and unanswered is not None:
        asked = search.role if reflection is None else str(reflection.model)
        raise _under(f"{strategy}, reflection (--reflection-lm)", unanswered, asked) from unanswered
    best, gain = search.best()
    extent = f"{search.tried} candidates, {search.rollouts} rollouts"
    if best is None or gain is None:
        return (
            search.program,
            f"{strategy}: no candidate for {search.name} was measured whole ({extent})",
            False,
        )
    pairs = len({example.pair.pair_id for example in search.val})
    summary = f"validation loss {gain} over {gain.units} {search.kind} of {pairs} pairs"
    if not gain.promising:  # the trial that follows, on whole episodes, confirms it or not
        return search.program, f"{strategy}: {search.name} stays: best candidate, {summary} ({extent})", False
    program = search.program.deepcopy()
    place = dict(program.named_predictors())[search.name]
    place.signature, place.demos = best.signature, list(best.demos)
    return program, f"{strategy}: {search.name}, {summary} ({extent})", True


def _under(strategy: str, error: Exception, role: str) -> PodcastError:
    known = error if isinstance(error, PodcastError) else as_podcast_error(error, role)
    kind = type(known) if not isinstance(known, BudgetError) else ModelError
    return kind(f"{strategy}: {known}")
