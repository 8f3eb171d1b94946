"""Training pairs: their type, their place in the workspace, HuggingFace datasets of them, and folds."""

from __future__ import annotations

from podcast_dspy.pairs.dataset import fingerprint, from_rows, pairs_dataset, segments_dataset
from podcast_dspy.pairs.ingestion import Ingested, PairFiles, find_pairs
from podcast_dspy.pairs.labels import read_labels, segment_type
from podcast_dspy.pairs.pair import Fold, LabelledSpan, TrainingPair, holdout
from podcast_dspy.pairs.pair_store import PairMetadata, PairStore, new_pair_id
from podcast_dspy.pairs.parquet import export, import_pairs

__all__ = [
    "Fold",
    "Ingested",
    "LabelledSpan",
    "PairFiles",
    "PairMetadata",
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
    "segment_type",
    "segments_dataset",
]
