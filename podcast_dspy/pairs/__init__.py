"""Training pairs: their type, their place in the workspace, HuggingFace datasets of them, and folds."""

from __future__ import annotations

from podcast_dspy.pairs.dataset import fingerprint, from_rows, pairs_dataset, segments_dataset
from podcast_dspy.pairs.ingestion import PairFiles, find_pairs
from podcast_dspy.pairs.labels import read_labels
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair, holdout
from podcast_dspy.pairs.pair_store import PairStore, new_pair_id
from podcast_dspy.pairs.parquet import export, import_pairs

__all__ = [
    "LabelledSpan",
    "PairFiles",
    "PairStore",
    "TrainingPair",
    "export",
    "find_pairs",
    "fingerprint",
    "from_rows",
    "holdout",
    "import_pairs",
    "new_pair_id",
    "pairs_dataset",
    "read_labels",
    "segments_dataset",
]
