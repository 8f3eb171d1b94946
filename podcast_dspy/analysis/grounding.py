"""Grounding: which passages of the paper carry each sentence of a script, and what no passage carries."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from podcast_dspy.analysis.claims import MIN_SIMILARITY, ClaimCheck, Similarity, check_claim, contradictions
from podcast_dspy.analysis.number_support import supported_number
from podcast_dspy.analysis.numbers import numbers
from podcast_dspy.analysis.passages import PaperIndex, paper_index
from podcast_dspy.analysis.sentences import content_stems, heard, split_sentences
from podcast_dspy.analysis.terms import unknown_entities
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ClaimCheck", "Similarity", "Support", "check_claim", "claim_precision", "ground", "ground_text"]

_CLAIM_STEMS: Final = 3
_CARRIED: Final = 0.45
_NEAR: Final = 0.6
_SOME: Final = 0.2
"""Share of a sentence's stems from which a passage has anything to do with it."""
_EVIDENCE: Final = 6
_FULL_SIMILARITY: Final = 0.94
_PARAPHRASE: Final = 0.87
"""Cosine from which a sentence without shared words still counts as carried."""


@dataclass(frozen=True, slots=True)
class Support:
    """What the paper says to one sentence."""

    sentence: str
    kind: Literal["claim", "neutral"]
    """`neutral`: a greeting, a question or a connective, which claims nothing."""
    atom_ids: tuple[str, ...]
    """Atoms that carry it, best first; empty when none does."""
    score: float
    """0 (nothing like it in the paper) to 1 (all of it stands there); 1 for a neutral sentence."""
    unsupported_numbers: tuple[str, ...] = ()
    """Numbers that stand nowhere in the paper."""
    contradicted_numbers: tuple[str, ...] = ()
    """Numbers that the passages which say the same give differently."""
    unsupported_entities: tuple[str, ...] = ()
    """Names that the paper does not know."""
    contradictions: tuple[str, ...] = ()
    """Turned negations and directions."""

    @property
    def supported(self) -> bool:
        """Neutral, or carried with all its numbers, names, negations and directions."""
        return self.kind == "neutral" or (
            self.score >= _CARRIED
            and not (
                self.unsupported_numbers
                or self.contradicted_numbers
                or self.unsupported_entities
                or self.contradictions
            )
        )


def ground(
    sentences: Sequence[str], graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> list[Support]:
    """Hold every sentence against the whole paper.

    The score is the larger of the rarity-weighted share of the sentence's stems that one passage (or two
    neighbouring ones) holds, and the rescaled cosine to the nearest chunk (`embedded`). `allowed` names may be used
    without standing in the paper (the show's own name). About 0.1 ms a sentence beyond the embedding. Raises
    PrerequisiteError when the embedding model is missing, UsageError when the paper holds no text.
    """
    index = paper_index(graph)
    if not index.passages:
        raise UsageError(f"{graph.title!r} holds no text to ground a script in; read the paper again")
    near = _nearest(sentences, index) if similarity == "embedded" else [()] * len(sentences)
    shared = _sharing(index.overlaps([content_stems(sentence) for sentence in sentences]))
    return [
        _support(sentence, index, shares, cosines, allowed)
        for sentence, shares, cosines in zip(sentences, shared, near, strict=True)
    ]


def ground_text(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> list[Support]:
    """`ground` for a whole text."""
    return ground(split_sentences(text), graph, similarity=similarity, allowed=allowed)


def _sharing(overlaps: NDArray[np.float64]) -> list[list[tuple[int, float]]]:
    """For every sentence the (place, share) of the passages that hold most of it, best first; at most six."""
    import numpy as np

    rows, places = (overlaps > _SOME).nonzero()
    shares = overlaps[rows, places]
    order = np.lexsort((-shares, rows))  # stable: of equal shares the earlier passage first
    found = list(zip(places[order].tolist(), shares[order].tolist(), strict=True))
    ends = np.searchsorted(rows, np.arange(len(overlaps) + 1)).tolist()
    return [found[start : min(end, start + _EVIDENCE)] for start, end in itertools.pairwise(ends)]


def _nearest(sentences: Sequence[str], index: PaperIndex) -> list[tuple[tuple[str, float], ...]]:
    """For every sentence the (atom id, cosine) of its three nearest chunks."""
    import numpy as np

    from podcast_dspy.lms import embed

    if not sentences or not index.chunks:
        return [()] * len(sentences)
    cosines = embed([heard(sentence) for sentence in sentences]) @ embed([text for _, text in index.chunks]).T
    best = np.argsort(-cosines, axis=1)[:, :3]
    return [
        tuple((index.chunks[int(place)][0], float(cosines[row, int(place)])) for place in places)
        for row, places in enumerate(best)
    ]


def _is_claim(sentence: str, stems: tuple[str, ...]) -> bool:
    if sentence.rstrip("\"'”’)").endswith("?") or _is_list(sentence):
        return False
    return len(set(stems)) >= _CLAIM_STEMS or bool(stems and numbers(sentence))


def _is_list(sentence: str) -> bool:
    """A bare list of terms: six or more short items, and hardly a word beside them. It claims nothing."""
    if sentence.count(",") < 4:
        return False
    lengths = [len(part.split()) for part in re.split(r",|\band\b", sentence) if part.strip()]
    short = [length for length in lengths if length <= 4]
    return len(short) >= 6 and sum(short) >= 0.7 * sum(lengths)


def _support(
    sentence: str,
    index: PaperIndex,
    shares: list[tuple[int, float]],
    near: tuple[tuple[str, float], ...],
    allowed: str,
) -> Support:
    stems = content_stems(sentence)
    if not _is_claim(sentence, stems):
        return Support(sentence, "neutral", (), 1.0)
    lexical = _with_neighbours(stems, *shares[0], index) if shares else 0.0
    cosine = max((value for _, value in near), default=0.0)
    meaning = min(1.0, max(0.0, (cosine - MIN_SIMILARITY) / (_FULL_SIMILARITY - MIN_SIMILARITY)))
    if cosine >= _PARAPHRASE:
        meaning = max(meaning, _CARRIED)
    score = max(lexical, meaning)
    ranked = [index.passages[place].atom_id for place, _ in shares]
    ranked += [atom_id for atom_id, value in near if value >= MIN_SIMILARITY]
    atoms = tuple(dict.fromkeys(ranked))
    said = numbers(sentence)
    # Numbers are compared with the passages that say the same, not with those that share a word or two.
    nowhere = tuple(number.surface for number in said if not supported_number(number, index.near(number)))
    elsewhere: tuple[str, ...] = ()
    if len(nowhere) < len(said) and lexical >= _CARRIED:
        best = shares[0][1]
        saying = {index.passages[place].atom_id for place, share in shares if share >= 0.5 * best}
        saying.update(atom_id for atom_id, value in near if value >= _PARAPHRASE)
        pool = [number for atom_id in saying for number in index.atom_numbers.get(atom_id, ())]
        elsewhere = tuple(
            number.surface
            for number in said
            if number.surface not in nowhere and not supported_number(number, pool)
        )
    names = tuple(name for name in unknown_entities(sentence, index.vocabulary) if name not in allowed)
    turned: tuple[str, ...] = ()
    if lexical >= _NEAR:
        turned = contradictions(sentence, " ".join(index.passages[place].text for place, _ in shares[:3]))
    return Support(sentence, "claim", atoms[:_EVIDENCE], score, nowhere, elsewhere, names, turned)


def _with_neighbours(stems: tuple[str, ...], place: int, alone: float, index: PaperIndex) -> float:
    """Share of the stems that the best passage holds together with the better of its neighbours."""
    wanted = set(stems)
    # fsum: a set's order differs from process to process, and rounding with it.
    total = math.fsum(index.weights.get(stem, 6.0) for stem in wanted)
    best = alone
    here = wanted & index.passages[place].stems
    for other in (place - 1, place + 1):
        if 0 <= other < len(index.passages):
            held = here | (wanted & index.passages[other].stems)
            best = max(best, math.fsum(index.weights[stem] for stem in held) / max(total, 1e-9))
    return min(1.0, best)


def claim_precision(supports: Sequence[Support]) -> dict[str, float]:
    """Share of claims that are carried: `overall` and in the `first`, `middle` and `last` third of the sentences.

    NaN where there is no claim to judge.
    """
    third = max(1, -(-len(supports) // 3))
    spans = {
        "overall": supports,
        "first": supports[:third],
        "middle": supports[third : 2 * third],
        "last": supports[2 * third :],
    }
    return {name: _precision(span) for name, span in spans.items()}


def _precision(span: Sequence[Support]) -> float:
    claims = [support for support in span if support.kind == "claim"]
    return sum(support.supported for support in claims) / len(claims) if claims else float("nan")
