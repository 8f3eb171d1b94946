"""The strategies by name: what the hosts teach, then one of DSPy's optimizers, refinements, or several in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import dspy
from pydantic import ValidationError

from podcast_dspy.errors import BudgetError, ModelError, PodcastError, PrerequisiteError, UnusableAnswerError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger, is_capable, podcast_errors
from podcast_dspy.lms.asking import AnswerAdapter, ask
from podcast_dspy.metrics import LOSSES, best_trial
from podcast_dspy.optimizers.artifacts import Remembered
from podcast_dspy.optimizers.classification import (
    ANALYST,
    UNLABELLED,
    analyst_search,
    better_analyst,
    replaced,
)
from podcast_dspy.optimizers.measuring import Measuring, quietly
from podcast_dspy.optimizers.neighbours import NeighboursStrategy
from podcast_dspy.optimizers.search import Overfitting
from podcast_dspy.optimizers.teleprompters import (
    REFLECTIVE,
    TELEPROMPTERS,
    asked_predictors,
    improve,
)
from podcast_dspy.optimizers.trials import (
    ProfileAdjustment,
    PromptModification,
    Proposal,
    Refinement,
    TrialResult,
    changed_instructions,
    instructions_of,
    set_instructions,
)
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType

_MISSED: Final = 12
"""Concepts that are told, those missed in most pairs first."""
_SUGGESTED: Final = 24
_NUMBERS: Final = ("topic_words", "question_rate", "concept_weight")
"""What steers the passage writer beside the pace; a capable LM plans by itself."""
_TIME: Final = "time_for_"
"""Begins the parameter of a segment type: a factor on its share of the time."""


class RefineTrial(dspy.Signature):  # type: ignore[misc]
    """You improve a program that writes podcast episodes about research papers. It was run on several pairs of a paper
    and a podcast, and each episode was measured against the podcast: `losses` are the means (0 is perfect).

    Find the patterns behind the weakest losses, and change as little as will really mend them. For a predictor that can
    act on one, give its whole new instructions: what is good in the present ones stays, word for word where it can.
    Leave predictors alone that have no part in it. Set a parameter only where a loss asks for it.

    Instructions hold for papers of any subject: nothing of these papers and podcasts may stand in them, no title, name,
    number, term or sentence. What was tried before and did not help is in `tried`; try something else.
    """

    prompts: dict[str, str] = dspy.InputField(desc="present instructions by predictor")
    losses: dict[str, float] = dspy.InputField(
        desc="mean of each loss over the training pairs, and the total"
    )
    missed_concepts: list[str] = dspy.InputField(
        desc="what the episodes leave out most often, and in how many pairs"
    )
    suggestions: dict[str, list[str]] = dspy.InputField(
        desc="feedback of the losses, by the part that can act on it"
    )
    parameters: dict[str, float | None] = dspy.InputField(desc="present values; null where nothing is set")
    tried: list[str] = dspy.InputField(
        desc="what earlier refinements changed, and what became of the total loss"
    )
    corrections: str = dspy.InputField(desc="what was wrong with your last answer; empty for the first")
    prompt_modifications: list[PromptModification] = dspy.OutputField()
    profile_adjustments: list[ProfileAdjustment] = dspy.OutputField()
    priority_focus: str = dspy.OutputField(desc="the loss to lower first")


def refined(
    measuring: Measuring,
    trials: Sequence[TrialResult],
    best: TrialResult,
    program: PodcastProgram,
    asked: Sequence[str],
    overfitting: Overfitting,
    labelled: Sequence[str] = (),
) -> tuple[PodcastProgram, Refinement]:
    """A program with what the analysis of the best trial asks for, and the analysis.

    `labelled` is what people's labels say of the analyst. What names an unknown predictor or parameter, breaks off, or
    speaks of the training pairs is turned down, the rest is done. Raises ModelError, PrerequisiteError, BudgetError.
    """
    parameters = _parameters(measuring, program.adjustments)
    known = {name: text for name, text in instructions_of(program).items() if name in asked}
    with dspy.context(lm=measuring.reflection(), adapter=AnswerAdapter()), podcast_errors(measuring.reflects):
        answer = ask(
            dspy.Predict(RefineTrial),
            "refinement",
            lambda found: _faults(found, known, overfitting),
            prompts=known,
            losses={name: round(loss, 4) for name, loss in best.losses().items()},
            missed_concepts=_missed(best),
            suggestions=_suggestions(best) | ({"analyst": list(labelled)} if labelled else {}),
            parameters=parameters,
            tried=_tried(trials),
        )
    new = program.deepcopy()
    prompts = [one for one in answer.prompt_modifications if not _fault(one, known, overfitting)]
    set_instructions(new, {one.predictor: one.instructions for one in prompts})
    numbers, refused = (
        [],
        [
            f"{one.predictor}: {fault}"
            for one in answer.prompt_modifications
            if (fault := _fault(one, known, overfitting))
        ],
    )
    for one in answer.profile_adjustments:
        try:
            new.adjustments = _adjusted(new.adjustments, one, parameters)
            numbers.append(one)
        except UnusableAnswerError as error:
            refused.append(f"{one.parameter}: {error}")
    return new, Refinement(
        prompt_modifications=tuple(prompts),
        profile_adjustments=tuple(numbers),
        priority_focus=answer.priority_focus,
        turned_down=tuple(refused),
    )


def _faults(found: Any, known: Mapping[str, str], overfitting: Overfitting) -> list[str]:
    """What keeps an answer from being used at all: nothing of it can be done, or its focus is no loss."""
    faults = [fault for one in found.prompt_modifications if (fault := _fault(one, known, overfitting))]
    if not faults and found.priority_focus not in LOSSES:
        return [f"priority_focus is none of {', '.join(LOSSES)}"]
    done = len(found.prompt_modifications) - len(faults) + len(found.profile_adjustments)
    return [] if done else faults


def _fault(one: PromptModification, known: Mapping[str, str], overfitting: Overfitting) -> str:
    if one.predictor not in known:
        return f"there is no predictor {one.predictor}; known are {', '.join(known)}"
    fault = overfitting.fault(one.instructions)
    return f"the instructions of {one.predictor} {fault}" if fault else ""


def _parameters(measuring: Measuring, adjustments: Adjustments) -> dict[str, float | None]:
    """What may be set, with its present value: what this writer, and the voice it is spoken by, are steered by."""
    names = () if isinstance(measuring.hand, EpisodeWriter) else _NUMBERS
    found = {name: getattr(adjustments, name) for name in names}
    if adjustments.voice_model is None:
        found["words_per_minute"] = adjustments.words_per_minute
    kinds = dict.fromkeys(measuring.profile.canonical_segment_sequence)
    return found | {f"{_TIME}{kind}": adjustments.type_scale.get(kind, 1.0) for kind in kinds}


def _adjusted(
    adjustments: Adjustments, one: ProfileAdjustment, parameters: Mapping[str, float | None]
) -> Adjustments:
    if one.parameter not in parameters:
        raise UnusableAnswerError(f"no such parameter; known are {', '.join(parameters)}")
    if one.parameter.startswith(_TIME):
        kind = SegmentType(one.parameter.removeprefix(_TIME))
        update: dict[str, Any] = {
            "type_scale": {**adjustments.type_scale, kind: min(3.0, max(0.33, one.value))}
        }
    else:
        integral = Adjustments.model_fields[one.parameter].annotation is int
        update = {one.parameter: round(one.value) if integral else one.value}
    try:
        return Adjustments.model_validate({**dict(adjustments), **update})
    except ValidationError as error:
        raise UnusableAnswerError(error.errors(include_url=False)[0]["msg"]) from error


def _missed(trial: TrialResult) -> list[str]:
    counts = Counter(name for metrics in trial.pair_results.values() for name in metrics.concepts_missed)
    return [f"{name} ({count} of {len(trial.pair_results)})" for name, count in counts.most_common(_MISSED)]


def _suggestions(trial: TrialResult) -> dict[str, list[str]]:
    """Feedback by the part that can act on it, from each pair in turn."""
    found: dict[str, list[str]] = {}
    rows = [metrics.feedback for metrics in trial.pair_results.values()]
    for place in range(max(map(len, rows), default=0)):
        for row in rows:
            if place < len(row):
                lines = found.setdefault(row[place].predictor, [])
                if len(lines) < _SUGGESTED:
                    lines.append(row[place].text)
    return found


def _tried(trials: Sequence[TrialResult]) -> list[str]:
    """Each refinement with the total loss that it led to."""
    lines = []
    for trial in trials:
        if (made := trial.refinement) is not None:
            changes = [
                *(one.predictor for one in made.prompt_modifications),
                *(f"{one.parameter}={one.value:g}" for one in made.profile_adjustments),
            ]
            reasons = "; ".join(one.reasoning for one in made.prompt_modifications if one.reasoning)
            kept = "kept" if trial.improved else "not kept"
            lines.append(f"{', '.join(changes)} ({reasons}): total {trial.avg_total_loss:.4f}, {kept}")
    return lines


_IN_VAIN: Final = 2
"""Refinements in a row that do not help, after which no further one is made."""


def stages_of(config: TrainingConfig) -> tuple[str, ...]:
    """The searches of a run, in their order: for `auto` the cheap one first, and those that reflect where one can."""
    if config.optimizer != "auto":
        return (config.optimizer,) if config.optimizer in (*TELEPROMPTERS, "refine") else ()
    capable = is_capable(config.roles.reflection_lm or config.roles.lm)
    return ("bootstrap", "refine", "gepa") if capable else ("bootstrap",)


def check_reflection(config: TrainingConfig) -> None:
    """Raise PrerequisiteError for a strategy that has to write instructions without an LM that can."""
    if REFLECTIVE & set(stages_of(config)) and not is_capable(config.roles.reflection_lm or config.roles.lm):
        raise PrerequisiteError(
            f"{config.optimizer} needs a capable LM to write instructions; name one with --reflection-lm, "
            "or use --optimizer neighbours, knn, bootstrap or auto, which do without"
        )


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


class StagedStrategy(NeighboursStrategy):
    """Trial 1 brings what the hosts taught; then each stage searches once, on from the best trial so far.

    What a stage finds is only a proposal: the trial that follows confirms it on whole episodes. `refine` goes on for as
    long as it helps.
    """

    def __init__(self, config: TrainingConfig) -> None:
        """A strategy for one run."""
        super().__init__(config)
        self.stages = stages_of(config)

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """As the neighbours. Raises PrerequisiteError without an LM that can reflect, where one is needed."""
        if measuring.reflects:
            check_reflection(measuring.config)
        super().prepare(measuring, pairs, records)

    def propose(
        self, trials: Sequence[TrialResult], programs: Sequence[PodcastProgram], allowance: Budget | None
    ) -> Proposal | None:
        """The next program; None once nothing new follows from the best trial."""
        best = best_trial(trials)
        notes: list[str] = []
        if len(trials) > 1 and best is not None:
            program = self.begun(programs, best)
            for stage in self.left(trials):
                if allowance is None:
                    notes.append(f"{stage}: the budget leaves nothing beside the trial that would confirm it")
                    break
                found = self._searched_by(stage, trials, best, program, allowance)
                if found.program is not program:
                    return Proposal(found.program, (*notes, *found.changes), found.refinement)
                notes += found.changes
        proposal = super().propose(trials, programs, allowance)
        if proposal is None:
            return None
        return Proposal(proposal.program, (*notes, *proposal.changes))

    def settled(self, trials: Sequence[TrialResult]) -> bool:
        """Whether every stage had its turn."""
        return len(trials) > 1 and not self.left(trials)

    def left(self, trials: Sequence[TrialResult]) -> list[str]:
        """Stages that no trial tells of; `refine` is one again until it fails twice in a row."""
        made = [trial for trial in trials if trial.refinement is not None]
        in_vain = made[-_IN_VAIN:]
        more = self.name == "refine" and not (
            len(in_vain) == _IN_VAIN and not any(t.improved for t in in_vain)
        )
        lines = [line for trial in trials for line in trial.changes]
        done = {stage for stage in self.stages if any(line.startswith(f"{stage}:") for line in lines)}
        return [stage for stage in self.stages if stage not in done or (stage == "refine" and made and more)]

    def _searched_by(
        self,
        stage: str,
        trials: Sequence[TrialResult],
        best: TrialResult,
        program: PodcastProgram,
        allowance: Budget,
    ) -> Proposal:
        """What a stage makes of a program: the very same where it found nothing better. Raises PodcastError."""
        if stage != "refine":
            found = improve(
                stage, program, self.measuring, self.pairs, allowance=allowance, records=self.records
            )
            return Proposal(found.program, found.notes)
        try:
            with CostLedger(allowance), quietly():
                with self.measuring.writing():
                    asked = asked_predictors(self.measuring, program, self.pairs)
                search = analyst_search(program, self.measuring, self.pairs, self.records) if asked else None
                with self.measuring.writing("analyst"):
                    labelled = search.told() if search else []
                overfitting = Overfitting(self.pairs, instructions_of(program).values())
                asked += [ANALYST] if search else []
                new, refinement = refined(self.measuring, trials, best, program, asked, overfitting, labelled)
                notes = (UNLABELLED,) if asked and not search else ()
                if search and replaced(new, program.analyst.read) is not new:
                    better, note = better_analyst(search, new.analyst.read)
                    new, notes = replaced(new, better.analyst.read), (note,)
        except BudgetError as error:
            return Proposal(program, (f"refine: {error.spent}",))
        except PodcastError as error:
            kind = type(error) if isinstance(error, ModelError) else PrerequisiteError
            raise kind(f"refine: {error}") from error
        same = new.adjustments == program.adjustments and changed_instructions(new) == changed_instructions(
            program
        )
        summary = f"refine: {refinement.priority_focus} first" if not same else "refine: nothing to change"
        return Proposal(program if same else new, (summary, *notes), refinement)


STRATEGIES: dict[str, Callable[[TrainingConfig], Strategy]] = {
    **dict.fromkeys(("neighbours", "knn"), NeighboursStrategy),
    **dict.fromkeys((*TELEPROMPTERS, "refine", "auto"), StagedStrategy),
}
"""Strategies by name, each made from the configuration."""
