"""Refinement: from the losses of a trial to the adjustments of the next, with the reason for each change."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import variance
from typing import Final

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import NO_SOURCES
from podcast_dspy.generation.material import SECTION_KINDS, SectionKind, section_kinds
from podcast_dspy.generation.sources import DEFAULT_SOURCES
from podcast_dspy.optimizers.trials import Rollout, TrialResult, mean
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

__all__ = ["LEVERS", "learn_sources", "measured_pace", "refine"]

LEVERS: Final = ("pace", "shares")
"""What a trial's own measurements change; the other knobs are searched."""

_SHARE_STEP = 0.35
"""Exponent on the measured ratio of shares. What three hosts agree on is partly chance, and a full correction costs a
fourth host's structure more than it gains; later trials go on where it still pays."""
_PRIOR_PASSAGES = 6.0
"""Weight of the built-in source table, in passages, against what the hosts of the training pairs really used."""


def learn_sources(pairs: Sequence[TrainingPair]) -> dict[SegmentType, dict[SectionKind, float]]:
    """Where hosts find what they say: for each type, section kinds by how often its segments talk about them (0-1).

    Counts the primary atoms of the aligned segments, smoothed with the built-in table.
    """
    counts: dict[SegmentType, Counter[SectionKind]] = defaultdict(Counter)
    for pair in pairs:
        graph = pair.document_graph
        kinds = section_kinds(graph)
        for segment in pair.aligned_segments or ():
            for atom_id in segment.primary_atoms[:2]:
                atom = graph.get_atom(atom_id)
                kind = (
                    "abstract" if atom.atom_type == "abstract" else kinds.get(atom.section_id or "", "other")
                )
                counts[segment.segment_type][kind] += 1
    learned: dict[SegmentType, dict[SectionKind, float]] = {}
    for segment_type, found in counts.items():
        prior = DEFAULT_SOURCES[segment_type]
        if not prior:
            continue
        scale = _PRIOR_PASSAGES / sum(prior.values())
        raw = {kind: found.get(kind, 0) + scale * prior.get(kind, 0.0) for kind in SECTION_KINDS}
        top = max(raw.values())
        learned[segment_type] = {kind: round(value / top, 4) for kind, value in raw.items() if value > 0}
    return learned


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
        told = ", ".join(f"{kind} x{scale[kind]:.2f}" for kind in moved)
        notes.append(f"shares: word budgets follow the hosts' time by type ({told})")
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
