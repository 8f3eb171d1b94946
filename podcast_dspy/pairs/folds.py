"""Which pairs are trained on and which are held out, without the same paper or recording on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["Fold", "holdout"]


@dataclass(frozen=True)
class Fold:
    """One split. `left_out` are pairs used on neither side: they share a file with the held-out one."""

    train: tuple[TrainingPair, ...]
    held_out: TrainingPair | None
    left_out: tuple[TrainingPair, ...] = ()


def holdout(pairs: Sequence[TrainingPair], pair_id: str | None) -> Fold:
    """Hold out one pair, or none. Pairs about the same paper, or of the same recording, are not trained on.

    Raises UnknownNameError for an id that is not among the pairs, UsageError when none is left to train on.
    """
    if pair_id is None:
        return Fold(train=tuple(pairs), held_out=None)
    chosen = next((pair for pair in pairs if pair.pair_id == pair_id), None)
    if chosen is None:
        known = ", ".join(pair.pair_id for pair in pairs) or "none"
        raise UnknownNameError(f"no training pair {pair_id!r} to hold out; pairs: {known}")
    others = [pair for pair in pairs if pair.pair_id != pair_id]
    left_out = tuple(pair for pair in others if _overlap(pair, chosen))
    train = tuple(pair for pair in others if not _overlap(pair, chosen))
    if not train:
        raise UsageError(
            f"holding out {pair_id!r} leaves no pair about another paper; `podcast-dspy ingest` adds another"
        )
    return Fold(train=train, held_out=chosen, left_out=left_out)


def _overlap(left: TrainingPair, right: TrainingPair) -> bool:
    same_paper = left.document_graph.sha256 == right.document_graph.sha256
    recording = left.transcription.sha256
    return same_paper or bool(recording and recording == right.transcription.sha256)
