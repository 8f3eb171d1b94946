"""What no script can go below on these pairs: how far the hosts are apart, and what the paper's own words can reach."""

from __future__ import annotations

import itertools
import statistics

from trust_corpus import as_script

from podcast_dspy.generation.units import paper_units
from podcast_dspy.metrics.rouge import calculate_rouge_loss
from podcast_dspy.metrics.structure import calculate_structure_loss
from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["bounds"]


def bounds(pairs: list[TrainingPair]) -> str:
    """Structure and ROUGE loss of each host against each other host, and the ROUGE loss of the best quotations.

    The quotations are chosen greedily, passage by passage, with the host's transcript in hand, up to its length: what a
    script in the paper's words could reach if it knew the answer.
    """
    structure, rouge = [], []
    for one, other in itertools.permutations(pairs, 2):
        structure.append(calculate_structure_loss(as_script(one).segments, other.aligned_segments or ())[0])
        rouge.append(calculate_rouge_loss(_words(one), _words(other))[0])
    quoted = [_quotations(pair) for pair in pairs]
    return "\n".join(
        (
            f"Structure loss of the hosts' own timelines against each other: {_range(structure)}.",
            f"ROUGE loss of the hosts' own words against each other: {_range(rouge)}.",
            f"ROUGE loss of passages of the paper chosen with the transcript in hand: {_range(quoted)},"
            f" mean {statistics.mean(quoted):.3f}.",
        )
    )


def _words(pair: TrainingPair) -> str:
    return pair.transcription.transcript_text


def _quotations(pair: TrainingPair) -> float:
    reference = _words(pair)
    room = len(reference.split())
    left = [unit.text for unit in paper_units(pair.document_graph)]
    text, loss = "", 1.0
    while left and len(text.split()) < room:
        loss, best = min(
            (calculate_rouge_loss(f"{text} {unit}", reference)[0], place) for place, unit in enumerate(left)
        )
        text = f"{text} {left.pop(best)}"
    return loss


def _range(losses: list[float]) -> str:
    return f"{min(losses):.3f} to {max(losses):.3f}, median {statistics.median(losses):.3f}"
