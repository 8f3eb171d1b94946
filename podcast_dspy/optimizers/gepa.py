"""The GEPA strategy: a capable reflection LM rewrites the writer's instructions from the losses' own feedback."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import dspy
from dspy.teleprompt.gepa import InstructionProposer

from podcast_dspy.errors import BudgetError, ModelError, PodcastError, PrerequisiteError, UnusableAnswerError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.lms import exhausted, is_capable, podcast_errors, resolve, use
from podcast_dspy.lms.adapters import AnswerAdapter
from podcast_dspy.metrics import best_trial, score_script
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.optimizers.neighbours import NeighboursStrategy
from podcast_dspy.optimizers.strategy import Proposal, changed_instructions, set_instructions
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.optimizers.tuning import predicted_length
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig

__all__ = ["CALLS_PER_PAIR", "EVOLVED_AT", "GepaStrategy", "Reflection"]

CALLS_PER_PAIR = 12
"""Budget of metric calls for each training pair: enough for a few rounds of reflection at this scale."""
EVOLVED_AT = 2
"""Trials before GEPA: the baseline, and what the hosts taught."""


class Reflection:
    """What asks the reflection model for instructions, and remembers how that went.

    GEPA passes over proposals that fail and goes on until its budget is spent; a model that cannot be asked at all
    (no key, no credit, out of reach) ends it here.
    """

    def __init__(self, role: str) -> None:
        """Reflection by the model that `role` names."""
        self._role = role
        self._propose = InstructionProposer(adapter=AnswerAdapter())
        self.succeeded = 0
        self.failure: PodcastError | None = None

    def __call__(
        self, candidate: dict[str, str], reflective_dataset: Any, components_to_update: list[str]
    ) -> dict[str, str]:
        """New instructions by predictor, as GEPA asks for them; the current model is the one that reflects."""
        try:
            with podcast_errors(self._role):
                proposed: dict[str, str] = self._propose(candidate, reflective_dataset, components_to_update)
        except PodcastError as error:
            self.failure = error
            raise
        self.succeeded += 1
        self.failure = None
        return proposed

    def hopeless(self, state: Any = None) -> bool:
        """Whether to stop: the last proposal failed by no fault of the answer."""
        return self.failure is not None and not isinstance(self.failure, UnusableAnswerError)

    def check(self) -> None:
        """Raise what made reflection impossible, or what spoiled every proposal, under this role's name."""
        if self.failure is not None and (self.hopeless() or not self.succeeded):
            raise type(self.failure)(f"reflection (--reflection-lm): {self.failure}") from self.failure


_ACTS_ON: dict[str, tuple[str, ...]] = {
    "planner": ("planner",),
    "writer": ("writer", "style"),
    "editor": ("writer", "duration"),
}
"""Which feedback each part of the program can act on, by the predictor it is for or by its loss."""


def _feedback(lines: Sequence[Feedback], predictor: str | None) -> str:
    """What a predictor can do about the losses; all of it where none of it is its own."""
    wanted = _ACTS_ON.get((predictor or "").partition(".")[0], ())
    own = [line.text for line in lines if line.predictor in wanted or line.loss in wanted]
    return "\n".join(own or [line.text for line in lines])


def _asked_in_turn(
    state: Any, trajectories: Sequence[Any], scores: Sequence[float], place: int, candidate: Mapping[str, str]
) -> list[str]:
    """The predictor to rewrite next, among those that were asked at all: a program is never used whole."""
    asked = {row[0].signature.instructions for data in trajectories for row in data["trace"]}
    names = [name for name, instructions in candidate.items() if instructions in asked] or list(candidate)
    turns = state.named_predictor_id_to_update_next_for_program_candidate
    turns[place] += 1
    return [names[(turns[place] - 1) % len(names)]]


class GepaStrategy(NeighboursStrategy):
    """Demonstrations and adjustments first, as without GEPA; then one reflective evolution of the instructions.

    Needs a capable `--reflection-lm`. Scores inside GEPA use the predicted duration; the trial that follows
    measures the audio.
    """

    name = "gepa"

    def __init__(self, config: TrainingConfig) -> None:
        """A strategy for one run. Raises PrerequisiteError without an LM that can reflect."""
        super().__init__(config)
        self._profile: AggregatedProfile | None = None
        self._pairs: list[TrainingPair] = []
        self._adjustments = Adjustments()
        self._memo: dict[tuple[str, str], tuple[float, tuple[Feedback, ...]]] = {}
        reflection = config.roles.reflection_lm
        if reflection is None or not is_capable(reflection):
            raise PrerequisiteError(
                "GEPA rewrites instructions with a capable LM; name one with --reflection-lm, "
                "or use --optimizer neighbours, which needs none"
            )

    def prepare(self, pairs: Sequence[TrainingPair], profile: AggregatedProfile) -> None:
        """Keep the training pairs to score instructions on."""
        super().prepare(pairs, profile)
        self._profile = profile
        self._pairs = list(pairs)

    def propose(self, trials: Sequence[TrialResult]) -> Proposal | None:
        """The neighbours' proposals; the third trial tries GEPA's instructions, which later ones keep if they are best.

        GEPA runs once. Where none of its instructions scored better than those it began with, nothing was rewritten;
        the proposal says so and is the neighbours'.
        """
        best = best_trial(trials)
        if best is None:
            return None
        kept: tuple[str, ...] = ()
        if len(trials) == EVOLVED_AT:
            program = self.rebuild(best)
            evolved = self._evolve(program)
            if changed_instructions(evolved) != changed_instructions(program):
                return Proposal(evolved, ("GEPA: instructions from the losses' feedback",))
            kept = ("GEPA: no instructions scored better than those that were there",)
        proposal = super().propose(trials)
        if proposal is None:
            return None
        set_instructions(proposal.program, best.instructions)
        return Proposal(proposal.program, (*kept, *proposal.changes))

    def _evolve(self, program: PodcastProgram) -> PodcastProgram:
        roles = self._config.roles
        examples = [
            dspy.Example(
                graph=pair.document_graph,
                profile=self._profile,
                seconds=pair.transcription.total_duration,
                writer=writer_for(roles.lm),
                pair=pair,
            ).with_inputs("graph", "profile", "seconds", "writer")
            for pair in self._pairs
        ]
        # Without a validation set GEPA keeps what overfits; with few pairs the last one is it.
        valset = examples[-1:] if len(examples) > 1 else examples
        trainset = examples[:-1] if len(examples) > 1 else examples
        reflection = Reflection(str(roles.reflection_lm))
        compiler = dspy.GEPA(
            metric=self._metric,
            max_metric_calls=CALLS_PER_PAIR * len(examples),
            reflection_lm=resolve(str(roles.reflection_lm), purpose="reflection"),
            instruction_proposer=reflection,
            num_threads=1,
            component_selector=_asked_in_turn,
            seed=self._config.seed,
            gepa_kwargs={"stop_callbacks": [reflection.hopeless, lambda state: bool(exhausted())]},
        )
        self._memo.clear()
        self._adjustments = program.adjustments
        with use(roles.lm, purpose="writer"), contextlib.redirect_stdout(io.StringIO()):
            try:
                evolved: PodcastProgram = compiler.compile(program, trainset=trainset, valset=valset)
            finally:
                # GEPA takes a call that was not allowed for one that failed, and goes on or gives up with an error.
                if spent := exhausted():
                    raise BudgetError(spent)
        reflection.check()
        if all(score == 0.0 for score, _ in self._memo.values()):
            raise ModelError(
                "GEPA: every rollout failed; check --lm with `podcast-dspy generate` on one paper first"
            )
        return evolved

    def _metric(
        self, gold: Any, pred: Any, trace: Any = None, pred_name: str | None = None, pred_trace: Any = None
    ) -> Any:
        """1 minus the total loss, with the feedback that a predictor can act on; memoised, since GEPA asks again."""
        pair: TrainingPair = gold.pair
        script = pred.episode.script
        if self._profile is None:
            raise ModelError("GEPA scores scripts only after the training pairs were prepared")
        key = (pair.pair_id, script.model_dump_json())
        if key not in self._memo:
            metrics = score_script(
                script,
                pair,
                duration=predicted_length(script, self._adjustments, self._profile, self._config.roles.voice),
                weights=self._config.loss_weights,
                judge=self._config.roles.judge_lm,
                trial_id="gepa",
            )
            score = 0.0 if math.isnan(metrics.total_loss) else max(0.0, 1.0 - metrics.total_loss)
            self._memo[key] = (score, tuple(metrics.feedback))
        score, lines = self._memo[key]
        return dspy.Prediction(score=score, feedback=_feedback(lines, pred_name))
