"""Fit how near to its source a written sentence has to be, on experts' judgements: podcast_dspy/analysis/support.json.

    python benchmarks/fit_support.py --data DIR
    python benchmarks/fit_support.py --data DIR --beside    # what other measures add; writes nothing

Logistic regression, both classes weighing the same, on the share of a sentence's pairs of neighbouring words that
one passage holds (`closeness`), fitted on the arXiv half of the corpus. Printed is what it reaches there on papers
that were left out of the fit, one after the other, and on the PubMed half, which takes no part in it. `--beside` tells
the same of ROUGE-2 precision alone, and of the pairs with one or two other measures beside them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from agreement import Baselines, balanced
from agreement_corpus import JUDGED, ROOT, Summary, halves, summaries
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import fragments_of
from podcast_dspy.analysis.grounding import ground
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.lms import embed
from podcast_dspy.text.words import content_stems, words

TARGET = ROOT / "podcast_dspy" / "analysis" / "support.json"
_RIDGE = 1.0
_STEPS = 30

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def judged(data: Path, half: str, beside: bool = False) -> tuple[NDArray[np.str_], dict[str, Floats], Flags]:
    """Paper, measures by name, and whether most experts say faithful, of every judged sentence of a half."""
    papers, true = [], []
    found: dict[str, list[float]] = {}
    for one in summaries(data, half):
        fragments = fragments_of(one.graph)
        extra = _beside(one) if beside else None
        for sentence, votes in zip(one.sentences[:JUDGED], one.faithful, strict=False):
            if votes:
                papers.append(one.paper)
                true.append(2 * sum(votes) > len(votes))
                for name, value in {
                    "pairs": fragments.share(sentence),
                    **(extra(sentence) if extra else {}),
                }.items():
                    found.setdefault(name, []).append(value)
    return np.array(papers), {name: np.array(values) for name, values in found.items()}, np.array(true)


def _beside(one: Summary) -> Callable[[str], dict[str, float]]:
    """Measures of a sentence beside the share of its pairs."""
    index, fragments, rouge = paper_index(one.graph), fragments_of(one.graph), Baselines(one)
    chunks = embed([text for _, text in index.chunks])

    def measures(sentence: str) -> dict[str, float]:
        support = ground([sentence], one.graph, similarity="lexical")[0]
        precision = rouge.measure(sentence)
        return {
            "ROUGE-2 precision": precision["ROUGE-2 precision, best passage"],
            "ROUGE-2 precision, whole paper": precision["ROUGE-2 precision, whole paper"],
            "words": float(index.overlap(content_stems(sentence)).max()),
            "longest run": fragments.longest(sentence) / max(1, len(words(sentence))),
            "meaning": float((embed([sentence]) @ chunks.T).max()),
            "wrong numbers": float(len(support.unsupported_numbers) + len(support.contradicted_numbers)),
            "contradictions": float(len(support.contradictions)),
        }

    return measures


def left_out(papers: NDArray[np.str_], measures: Floats, true: Flags) -> float:
    """Balanced accuracy on papers that were left out of the fit, one after the other."""
    said = np.zeros(len(true), dtype=bool)
    for paper in np.unique(papers):
        here = papers == paper
        weights = logistic(measures[~here], true[~here])
        said[here] = weights[0] + measures[here] @ weights[1:] >= 0
    return balanced(true, said)


def compare(data: Path) -> None:
    """Print what other measures beside the pairs are worth on papers left out."""
    papers, measures, true = judged(data, "arxiv", beside=True)
    names = [name for name in measures if name != "pairs" and name != "ROUGE-2 precision"]
    sets = [("pairs",), ("ROUGE-2 precision",), *(("pairs", name) for name in names)]
    sets += [("pairs", *both) for both in itertools.combinations(names, 2)]
    print(f"{len(true)} sentences, {len(np.unique(papers))} papers, each left out in turn\n")
    print("| logistic regression on | balanced accuracy |\n|---|---|")
    for chosen in sets:
        reached = left_out(papers, np.column_stack([measures[name] for name in chosen]), true)
        print(f"| {' + '.join(chosen)} | {reached:.3f} |")


def logistic(values: Floats, true: Flags) -> Floats:
    """Intercept and weights, both classes weighing the same, with a ridge on the standardised weights."""
    middle, spread = values.mean(axis=0), values.std(axis=0)
    rows = np.column_stack([np.ones(len(values)), (values - middle) / spread])
    shares = np.where(true, 0.5 / true.mean(), 0.5 / (~true).mean())
    ridge = np.diag([1e-9] + [_RIDGE] * values.shape[1])
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (shares * (likely - true)) + ridge @ weights
        curve = (rows * (shares * likely * (1 - likely))[:, None]).T @ rows + ridge
        weights -= np.linalg.solve(curve, slope)
    plain = weights[1:] / spread
    return np.concatenate([[weights[0] - plain @ middle], plain])


def main() -> int:
    """Fit, write, and print the figures of the papers left out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--beside", action="store_true", help="compare with other measures; write nothing")
    options = parser.parse_args()
    data = options.data
    if options.beside:
        compare(data)
        return 0
    papers, found, true = judged(data, "arxiv")
    measures = found["pairs"][:, None]
    print(f"arXiv, papers left out in turn: balanced accuracy {left_out(papers, measures, true):.3f}")
    intercept, pairs = (round(float(one), 3) for one in logistic(measures, true))
    if "pubmed" in halves(data):
        _, others, held = judged(data, "pubmed")
        print(f"PubMed, no part in the fit: {balanced(held, intercept + pairs * others['pairs'] >= 0):.3f}")
    fitted = {"intercept": intercept, "pairs": pairs}
    TARGET.write_text(json.dumps(fitted) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
