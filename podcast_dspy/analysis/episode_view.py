"""What the classifier sees of an episode, as arrays with one row a sentence, and the regression fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from podcast_dspy.analysis.paper_index import PART_NAMES, part_of_passages
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.text.words import phrase_patterns

Array = NDArray[np.float64]
if TYPE_CHECKING:
    Numbers = Array
else:
    Numbers = Annotated[
        np.ndarray,
        BeforeValidator(lambda rows: np.asarray(rows, float)),
        PlainSerializer(lambda rows: rows.tolist()),
    ]
"""An array that is stored as JSON."""


def unit_rows(rows: Array) -> Array:
    """Rows (n×m) scaled to length 1; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Array = rows / np.where(norms > 0, norms, 1.0)
    return result


def centred_rows(rows: Array, centre: Array | None = None) -> Array:
    """Unit rows after a centre (their own mean by default) is taken off: what tells them apart."""
    return unit_rows(rows - (rows.mean(axis=0) if centre is None else centre))


_AXES = 64
"""Main directions that inputs of many dimensions are turned to; more are slower and tell no more at the size of these
data sets."""


def _main_axes(inputs: Array) -> Array:
    """Orthonormal columns spanning the main directions of centred inputs (n×d); all d where there are few."""
    dim = inputs.shape[1]
    if dim <= _AXES:
        return np.eye(dim)
    values, vectors = np.linalg.eigh(inputs.T @ inputs)
    axes: Array = vectors[:, values > 1e-9 * values[-1]][:, -_AXES:]
    return axes


def log_softmax(scores: Array) -> Array:
    """Row-wise log of the softmax of `scores` (n×k)."""
    from scipy import special

    result: Array = special.log_softmax(scores, axis=1)
    return result


class Fitted(BaseModel):
    """Fitted numbers, which are stored as JSON."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    def dump(self) -> dict[str, Any]:
        """The numbers as JSON."""
        return self.model_dump(mode="json")

    @classmethod
    def load(cls, state: dict[str, Any]) -> Self:
        """What `dump` wrote. Raises ValueError when it is something else."""
        return cls.model_validate(state)


class SoftmaxRegression(Fitted):
    """p(class | x) = softmax(W x + b) with an L2 penalty; deterministic, no randomness anywhere.

    Classes count with the square root of their frequency: rare types are neither ignored nor blown up.
    """

    weights: Numbers
    """d×k."""
    bias: Numbers
    mean: Numbers
    """Subtracted from every input; e5 vectors share a large common part."""

    @classmethod
    def fit(
        cls,
        inputs: Array,
        targets: Array,
        *,
        penalty: float,
        sample_weights: Array | None = None,
        axes: Array | None = None,
        steps: int = 300,
    ) -> SoftmaxRegression:
        """Fit to `inputs` (n×d) and `targets` (n×k, rows summing to 1) by Nesterov's method.

        The step is 1/L with the bound L = ½·λmax(XᵀX/n) + penalty on the Hessian's largest eigenvalue
        (Böhning 1992). Inputs of many dimensions are first turned to `axes` (d×r), by default their 64 principal
        axes. The numbers are rounded to 6 places, as they are stored.
        """
        known = ~np.isnan(inputs)
        mean: Array = np.where(known, inputs, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        x = np.nan_to_num(inputs - mean)
        counts = targets.sum(axis=0)
        rarity = 1.0 / np.sqrt(np.maximum(counts, 1.0))
        mass = targets @ rarity
        if sample_weights is not None:
            mass = mass * sample_weights
        mass = mass / mass.sum()
        if axes is None:
            axes = _main_axes(x)
        x = x @ axes
        scaled = x * np.sqrt(mass)[:, None]
        top = float(np.linalg.eigvalsh(scaled.T @ scaled)[-1])
        # The bias is a feature of its own with value 1, hence the added 0.5.
        lipschitz = 0.5 * top + 0.5 + penalty
        weights = np.zeros((x.shape[1], targets.shape[1]))
        bias = np.zeros(targets.shape[1])
        ahead_w, ahead_b = weights, bias
        momentum = 1.0
        for _ in range(steps):
            error = (np.exp(log_softmax(x @ ahead_w + ahead_b)) - targets) * mass[:, None]
            new_w = ahead_w - (x.T @ error + penalty * ahead_w) / lipschitz
            new_b = ahead_b - error.sum(axis=0) / lipschitz
            following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
            pull = (momentum - 1.0) / following
            ahead_w, ahead_b = new_w + pull * (new_w - weights), new_b + pull * (new_b - bias)
            weights, bias, momentum = new_w, new_b, following
        return cls(weights=np.round(axes @ weights, 6), bias=np.round(bias, 6), mean=np.round(mean, 6))

    def log_probabilities(self, inputs: Array) -> Array:
        """log p(class | x) for each row, n×k; what is not known (NaN) counts as the average of the fit."""
        return log_softmax(np.nan_to_num(inputs - self.mean) @ self.weights + self.bias)


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
_SPAN: Final = 20.0
"""Seconds to each side that say what a sentence belongs to; hosts keep to one thing for about 40."""
_LEAST: Final = 0.3
"""Seconds that a sentence counts at least: an "Okay" has hardly any length."""


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
    """n×8: similarity to the closest passage of each of the paper's parts; zeros without a paper."""
    parts_around: Array
    """n×8: the same of the talk around each sentence: what one sentence leaves open, its neighbours tell."""

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
    durations = np.array([sentence.duration for sentence in sentences])
    passages = _passages(graph)
    return EpisodeView(
        texts=texts,
        vectors=vectors,
        positions=np.clip(middles / end, 0.0, 1.0),
        middles=middles,
        durations=durations,
        begins=np.array([sentence.start_time for sentence in sentences]),
        ends=np.array([sentence.end_time for sentence in sentences]),
        turns=_turns(sentences),
        cues=surface_matrix(texts),
        parts=_parts(vectors, passages),
        parts_around=_parts(nearness(middles, durations) @ vectors, passages),
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


def nearness(middles: Array, durations: Array) -> Array:
    """How much each sentence counts for each other one, n×n: near ones more, long ones more; rows sum to 1."""
    distance = (middles[:, None] - middles[None, :]) / _SPAN
    weights = np.exp(-0.5 * distance**2) * np.maximum(durations, _LEAST)[None, :]
    near: Array = weights / weights.sum(axis=1, keepdims=True)
    return near


def _passages(graph: DocumentGraph | None) -> tuple[Array, NDArray[np.int64]] | None:
    """Vectors (m×384) and parts (m) of a paper's passages; None without any."""
    passages = graph.passages() if graph is not None else []
    if graph is None or not passages:
        return None
    from podcast_dspy import lms

    texts = [passage_text(atom.content) for atom in passages]
    vectors = np.asarray(lms.embed(texts, kind="passage"), dtype=float)
    return vectors, np.array(part_of_passages(graph, passages))


def _parts(vectors: Array, passages: tuple[Array, NDArray[np.int64]] | None) -> Array:
    if passages is None or len(vectors) == 0:
        return np.zeros((len(vectors), len(PART_NAMES)))
    matrix, parts = passages
    similarity = centred_rows(vectors) @ centred_rows(matrix).T
    best = np.full((len(vectors), len(PART_NAMES)), -0.3)
    for part in np.unique(parts):
        best[:, part] = similarity[:, parts == part].max(axis=1)
    return best
