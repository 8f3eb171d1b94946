"""A workspace with the sample pair, stored as ingest does."""

from __future__ import annotations

from pathlib import Path

from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.testing import sample_pair
from podcast_dspy.workspace import Workspace

__all__ = ["store_pair"]


def store_pair(
    workspace: Path, folder: Path, pair_id: str = "bloom", *, analyzed: bool = True
) -> TrainingPair:
    """Store the sample pair, whose files lie in `folder` as stand-ins."""
    pair = sample_pair(pair_id, analysed=analyzed, folder=folder)
    PairStore(Workspace(workspace).tree).add(pair)
    return pair
