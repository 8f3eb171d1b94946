"""The embedded strategy: what the hosts teach, what a trial's losses ask for, and a search on predicted lengths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import variance
from typing import Any, Final

from podcast_dspy.errors import BudgetError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import NO_SOURCES
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.voicing import for_voice
from podcast_dspy.lms import Budget, CostLedger
from podcast_dspy.metrics import best_trial, score_script
from podcast_dspy.optimizers.artifacts import Remembered
from podcast_dspy.optimizers.classification import (
    ANALYST,
    LABELLED,
    UNLABELLED,
    analyst_search,
    better_analyst,
    label_demonstrations,
    replaced,
)
from podcast_dspy.optimizers.hosts import (
    dialogue_demonstrations,
    learn_selection,
    learn_sources,
    openers,
    segment_demonstrations,
    without_pair,
)
from podcast_dspy.optimizers.measuring import Measuring, predicted_length
from podcast_dspy.optimizers.trials import Proposal, Rollout, TrialResult, mean, set_instructions
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType

LEVERS: Final = ("pace", "shares")
"""What a trial's own measurements change; the other knobs are searched."""

_SHARE_STEP = 0.35
"""Exponent on the measured ratio of shares. What three hosts agree on is partly chance, and a full correction costs a
fourth host's structure more than it gains; later trials go on where it still pays."""


def measured_pace(rollouts: Sequence[Rollout]) -> float:
    """Spoken words a minute that the voice really reached, pauses included: all words over all minutes."""
    return (
        60.0
        * sum(rollout.spoken_words for rollout in rollouts)
        / sum(rollout.seconds for rollout in rollouts)
    )


def _training(trial: TrialResult) -> list[Rollout]:
    return [rollout for rollout in trial.rollouts if rollout.pair_id in trial.pair_results]


def refine(
    trial: TrialResult, adjustments: Adjustments, levers: Sequence[str] = LEVERS
) -> tuple[Adjustments, tuple[str, ...]]:
    """The adjustments that this trial's losses ask for, and a sentence for each change. Training pairs only."""
    rollouts = _training(trial)
    update: dict[str, object] = {}
    notes: list[str] = []
    if "pace" in levers:
        update["words_per_minute"] = round(measured_pace(rollouts), 2)
        update["voice_model"] = trial.voice_model
        fitted = (
            f", its seconds follow from the text to {trial.voice_model.error:.1%}"
            if trial.voice_model is not None
            else ""
        )
        notes.append(
            f"pace: the voice spoke {update['words_per_minute']:.0f} words a minute{fitted}"
            f" (duration loss {trial.avg_duration_loss:.3f})"
        )
    if "shares" in levers:
        scale = _share_scale(rollouts, adjustments)
        update["type_scale"] = scale
        moved = sorted(scale, key=lambda kind: -abs(scale[kind] - adjustments.type_scale.get(kind, 1.0)))[:2]
        changes = ", ".join(f"{kind} x{scale[kind]:.2f}" for kind in moved)
        notes.append(f"shares: word budgets follow the hosts' time by type ({changes})")
    return adjustments.model_copy(update=update), tuple(notes)


def _share_scale(rollouts: Sequence[Rollout], adjustments: Adjustments) -> dict[SegmentType, float]:
    # A transition is as long as its sentence: more time for it would only be taken from the others.
    kinds = {kind for rollout in rollouts for kind in rollout.generated_shares} - NO_SOURCES
    scale = dict(adjustments.type_scale)
    for kind in sorted(kinds):
        ratios = [
            math.log(rollout.reference_shares[kind] / made)
            for rollout in rollouts
            if (made := rollout.generated_shares.get(kind, 0.0)) > 0.0
            and rollout.reference_shares.get(kind, 0.0) > 0.0
        ]
        if ratios:
            step = math.exp(_SHARE_STEP * _shrunk(ratios))
            scale[kind] = round(min(3.0, max(0.33, scale.get(kind, 1.0) * step)), 3)
    return scale


def _shrunk(values: Sequence[float]) -> float:
    """The mean, drawn towards 0 by how far the values are from agreeing: m * m^2 / (m^2 + s^2 / n).

    One value alone has nothing to agree with, and is halved.
    """
    centre = mean(values)
    if centre == 0.0:
        return 0.0
    error = variance(values) / len(values) if len(values) > 1 else centre**2
    return centre**3 / (centre**2 + error)


_GAIN = 0.001
"""Smallest gain of the mean total loss that moves a knob; below it lies the noise of exchanged passages."""
_SURE = 0.005
"""Smallest gain on the pairs left out that is no chance: as much as one passage more or less moves a pair's total.
Searches that gained 0.002 to 0.003 there made a fourth pair worse by 0.02."""
_SWEEPS = 2
_SEARCHED = 8
"""Pairs that it is made on, the first ones: each costs a hundred scripts, and more of them change little."""
_TO_CHECK = 2
"""Pairs from which one can be left out."""
_LENGTHS = (0.93, 1.0, 1.07)
"""Of the pair's own length: what each candidate is scored at."""


class AdjustmentSearch:
    """Coordinate descent over the knobs of `Adjustments` on the training pairs.

    A candidate is scored like a trial, with the measured judge, except that passages are spoken in the paper's words
    and the length is predicted. Scores are kept, so that trying a candidate again costs nothing. The pair that is
    scored never lends its own openers.
    """

    def __init__(
        self, pairs: Sequence[TrainingPair], profile: AggregatedProfile, config: TrainingConfig
    ) -> None:
        self._pairs = list(pairs)[:_SEARCHED]
        self._profile = profile
        self._config = config
        self._scores: dict[tuple[str, int], tuple[float, ...]] = {}

    def score(self, adjustments: Adjustments, place: int) -> tuple[float, ...]:
        """Total losses of the training pair at `place`, one a length; infinite where one cannot be scored."""
        key = (adjustments.model_dump_json(), place)
        if key not in self._scores:
            self._scores[key] = self._one(adjustments, self._pairs[place])
        return self._scores[key]

    def loss(self, adjustments: Adjustments, places: Sequence[int] | None = None) -> float:
        """Mean total loss on the training pairs, or on those at `places`."""
        chosen = range(len(self._pairs)) if places is None else places
        return mean(value for place in chosen for value in self.score(adjustments, place))

    def improve(
        self, start: Adjustments, knobs: Mapping[str, Sequence[Any]]
    ) -> tuple[Adjustments, tuple[str, ...]]:
        """The best adjustments found from `start`, and a sentence for each knob that moved.

        With a handful of pairs a search finds what suits just these. So it is made as often again with each pair left
        out; unless what is found then clearly helps the pairs left out, in the mean, nothing moves. A single pair
        leaves nothing to check with.
        """
        places = range(len(self._pairs))
        best, moved = self._descend(start, knobs, places)
        if not moved or len(places) < _TO_CHECK:
            return best, moved
        gains = []
        for left_out in places:
            found, _ = self._descend(start, knobs, [place for place in places if place != left_out])
            gains.append(mean(self.score(start, left_out)) - mean(self.score(found, left_out)))
        if not mean(gains) > _SURE:
            return start, (
                f"knobs stay: a search without a pair changes its predicted loss by {-mean(gains):+.4f}",
            )
        return best, (*moved, f"a search without a pair changes its predicted loss by {-mean(gains):+.4f}")

    def _descend(
        self, start: Adjustments, knobs: Mapping[str, Sequence[Any]], places: Sequence[int]
    ) -> tuple[Adjustments, tuple[str, ...]]:
        """Coordinate descent on some of the pairs."""

        best, least = start, self.loss(start, places)
        moved: dict[str, str] = {}
        for _ in range(_SWEEPS):
            before = least
            for name, values in knobs.items():
                for value in values:
                    candidate = best.model_copy(update={name: value})
                    found = self.loss(candidate, places)
                    if least - found > _GAIN:
                        moved[name] = f"{name}: {_told(value)} (predicted loss {least:.4f} to {found:.4f})"
                        best, least = candidate, found
            if before - least < _GAIN:
                break
        return best, tuple(moved.values())

    def _one(self, adjustments: Adjustments, pair: TrainingPair) -> tuple[float, ...]:
        """Total losses at several lengths around the pair's own.

        A passage more or less moves a loss more than most knobs do; several scripts show the knob and not the passage.
        """
        program = for_voice(without_pair(PodcastProgram(adjustments), pair.pair_id), self._config.roles.voice)
        wanted = pair.transcription.total_duration
        losses = []
        for factor in _LENGTHS:
            script = program.write(
                pair.document_graph, self._profile, seconds=factor * wanted, writer=ExtractWriter()
            ).script
            seconds = predicted_length(script, adjustments, self._profile, self._config.roles.voice)
            total = score_script(
                script,
                pair,
                duration=seconds / factor,
                weights=self._config.loss_weights,
                trial_id="search",
                other_references=[
                    other.transcription.transcript_text for other in self._pairs if other is not pair
                ],
            ).total_loss
            losses.append(math.inf if math.isnan(total) else total)
        return tuple(losses)


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "as learned from the hosts" if value else "as built in"
    return str(value)


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
        self.capable = False
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
        self.capable = isinstance(measuring.hand, EpisodeWriter)
        self.segments = segment_demonstrations(pairs) if self.capable else []
        self.exchanges = dialogue_demonstrations(pairs) if self.capable else []
        if not self.capable:
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
                program = self.begun(programs, best).deepcopy()
                program.adjustments = adjusted
                if best.trial_number == 0:
                    writer = program.writer
                    writer.script.demos, writer.dialogue.demos = list(self.segments), list(self.exchanges)
                analyst: tuple[str, ...] = ()
                if len(trials) == 1:
                    program, analyst = self._taught(program, allowance)
                return Proposal(program, (*back, *first, *notes, *recalled, *found, *analyst))
        return None

    def begun(self, programs: Sequence[PodcastProgram], best: TrialResult) -> PodcastProgram:
        """The program to go on from: that of the best trial, with the analyst of the last."""
        return replaced(programs[best.trial_number], programs[-1].analyst.read)

    def _taught(
        self, program: PodcastProgram, allowance: Budget | None
    ) -> tuple[PodcastProgram, tuple[str, ...]]:
        """A program with the instructions of an earlier run, and an analyst taught by labels where that is better."""
        known = {} if self._remembered is None else dict(self._remembered.instructions)
        before = known.pop(ANALYST, program.analyst.read.signature.instructions)
        set_instructions(program, known)
        if not self.capable:
            return program, ()
        search = analyst_search(program, self.measuring, self.pairs, self.records)
        if search is None:
            return program, (UNLABELLED,)
        candidate = program.analyst.read.deepcopy()
        candidate.signature = candidate.signature.with_instructions(before)
        candidate.demos = label_demonstrations(self.pairs)[:LABELLED]
        try:
            if allowance is None:
                raise BudgetError("the budget leaves nothing to measure another one by")
            with CostLedger(allowance):
                program, note = better_analyst(search, candidate)
        except BudgetError as error:
            note = f"{ANALYST} stays: {error.spent}"
        return program, (note,)

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
