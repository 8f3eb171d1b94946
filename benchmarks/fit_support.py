"""Fit how near to its source a written sentence has to be, on experts' judgements: podcast_dspy/analysis/support.json.

    python benchmarks/fit_support.py --data DIR

Logistic regression, both classes weighing the same, on the share of a sentence's pairs of neighbouring words that
one passage holds (`closeness`), fitted on the arXiv half of the corpus. Printed is what it reaches there on papers
that were left out of the fit, one after the other, and on the PubMed half, which takes no part in it. Single words
beside the pairs gain 0.013, with a weight below zero; a measure that likes a sentence less for each word it shares is
not worth that.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from agreement import balanced
from agreement_corpus import JUDGED, ROOT, halves, summaries
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import fragments_of

TARGET = ROOT / "podcast_dspy" / "analysis" / "support.json"
_RIDGE = 1.0
_STEPS = 30

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def judged(data: Path, half: str) -> tuple[NDArray[np.str_], Floats, Flags]:
    """Paper, (pairs,) and whether most experts say faithful, of every judged sentence of a half of the corpus."""
    papers, measures, true = [], [], []
    for one in summaries(data, half):
        held = fragments_of(one.graph)
        for sentence, votes in zip(one.sentences[:JUDGED], one.faithful, strict=False):
            if votes:
                papers.append(one.paper)
                measures.append((held.share(sentence),))
                true.append(2 * sum(votes) > len(votes))
    return np.array(papers), np.array(measures), np.array(true)


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
    data = parser.parse_args().data
    papers, measures, true = judged(data, "arxiv")
    said = np.zeros(len(true), dtype=bool)
    for paper in np.unique(papers):
        here = papers == paper
        weights = logistic(measures[~here], true[~here])
        said[here] = weights[0] + measures[here] @ weights[1:] >= 0
    print(f"arXiv, papers left out in turn: balanced accuracy {balanced(true, said):.3f}")
    intercept, pairs = (round(float(one), 3) for one in logistic(measures, true))
    if "pubmed" in halves(data):
        _, others, held = judged(data, "pubmed")
        print(f"PubMed, no part in the fit: {balanced(held, intercept + pairs * others[:, 0] >= 0):.3f}")
    fitted = {"intercept": intercept, "pairs": pairs}
    TARGET.write_text(json.dumps(fitted) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
