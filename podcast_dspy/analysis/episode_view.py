"""EpisodeView: what the classifier sees of an episode, as arrays with one row a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.paper_index import PART_NAMES, part_of_passages
from podcast_dspy.analysis.regression import centred_rows
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.text.words import phrase_patterns

Array = NDArray[np.float64]


_SURFACE: Final = phrase_patterns("speech")
SURFACE_WIDTH: Final = len(SEGMENT_TYPES) + len(_SURFACE) + 1


def surface_matrix(texts: Sequence[str]) -> Array:
    """Cues of each type (2 at most), plain marks of speech (numbers, questions, persons, modals) and length; n×24."""
    rows = [
        [
            *(min(2, sum(1 for _ in kind.row.cues.finditer(text))) for kind in SEGMENT_TYPES),
            *(bool(pattern.search(text)) for pattern in _SURFACE),
            min(len(text.split()), 40) / 20.0,
        ]
        for text in texts
    ]
    return np.array(rows, dtype=float).reshape(len(texts), SURFACE_WIDTH)


_PASSAGE_WORDS = 90
"""Words of a passage that are embedded: enough to know what it is about, and twice as fast as all of it."""
_BRIEF = 20.0
"""Seconds up to which a turn that asks does nothing else."""


@dataclass(frozen=True)
class EpisodeView:
    """Arrays of one episode with n sentences."""

    texts: tuple[str, ...]
    vectors: Array
    """n×384 unit rows."""
    positions: Array
    """Middle of each sentence as a share of the episode, 0-1."""
    middles: Array
    """Middle of each sentence in seconds."""
    durations: Array
    """Seconds that each sentence lasts."""
    begins: Array
    """Seconds."""
    ends: Array
    turns: Array
    """n×5: whether it asks, then the length of its turn and who asks whom; NaN where there is one speaker."""
    cues: Array
    """n×24: cues of each type and plain marks of speech."""
    parts: Array
    """n×8: log share of the paper's parts by similarity; zeros without a paper."""

    def __len__(self) -> int:
        return len(self.texts)


def embed(texts: Sequence[str]) -> Array:
    """e5 vectors of texts, n×384 unit rows in float64."""
    from podcast_dspy import lms

    if not texts:
        return np.zeros((0, 384))
    return np.asarray(lms.embed(list(texts), kind="query"), dtype=np.float64)


def passage_text(text: str) -> str:
    """The beginning of a passage, as it is embedded."""
    return " ".join(text.split()[:_PASSAGE_WORDS])


def look_at(sentences: Sequence[TranscriptSegment], graph: DocumentGraph | None) -> EpisodeView:
    """Compute the view; embeddings are memoised by content, so that looking again is cheap."""
    texts = tuple(sentence.text for sentence in sentences)
    vectors = embed(texts)
    end = max((sentence.end_time for sentence in sentences), default=1.0) or 1.0
    middles = np.array([(sentence.start_time + sentence.end_time) / 2.0 for sentence in sentences])
    return EpisodeView(
        texts=texts,
        vectors=vectors,
        positions=np.clip(middles / end, 0.0, 1.0),
        middles=middles,
        durations=np.array([sentence.duration for sentence in sentences]),
        begins=np.array([sentence.start_time for sentence in sentences]),
        ends=np.array([sentence.end_time for sentence in sentences]),
        turns=_turns(sentences),
        cues=surface_matrix(texts),
        parts=_parts(vectors, graph),
    )


def _turns(sentences: Sequence[TranscriptSegment]) -> Array:
    """Whether each sentence asks; its turn's length (log of seconds), whether that asks, asks briefly, is an answer."""
    asks = np.array([sentence.text.rstrip().endswith("?") for sentence in sentences], dtype=float)
    marks = np.full((len(sentences), 5), np.nan)
    marks[:, 0] = asks
    if len({sentence.speaker for sentence in sentences}) < 2:
        return marks
    changes = [float(a.speaker != b.speaker) for a, b in pairwise(sentences)]
    turn = np.cumsum([0.0, *changes]).astype(int)
    lengths = np.bincount(turn, [sentence.duration for sentence in sentences])
    asking = np.bincount(turn, asks) > 0
    brief = asking & (lengths < _BRIEF)
    answers = np.concatenate([[False], asking[:-1]])
    marks[:, 1:] = np.stack([np.log1p(lengths) / 3.0, asking, brief, answers], axis=1)[turn]
    return marks


def _parts(vectors: Array, graph: DocumentGraph | None) -> Array:
    passages = graph.passages() if graph is not None else []
    if graph is None or not passages or len(vectors) == 0:
        return np.zeros((len(vectors), len(PART_NAMES)))
    from podcast_dspy import lms

    matrix = np.asarray(
        lms.embed([passage_text(atom.content) for atom in passages], kind="passage"), dtype=float
    )
    similarity = centred_rows(vectors) @ centred_rows(matrix).T
    parts = np.array(part_of_passages(graph, passages))
    best = np.full((len(vectors), len(PART_NAMES)), -0.3)
    for part in np.unique(parts):
        best[:, part] = similarity[:, parts == part].max(axis=1)
    return best
