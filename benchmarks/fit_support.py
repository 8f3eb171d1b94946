"""Fit how near to its source a written sentence has to be, on experts' judgements: podcast_dspy/analysis/support.json.

    python benchmarks/fit_support.py --data DIR

Logistic regression, both classes weighing the same, on the share of a sentence's pairs of neighbouring words that one
passage holds (`fragments`). Printed is what it reaches on papers that were left out of the fit, one after the other,
alone and with the rescaled cosine of the nearest passage, which adds nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from agreement import balanced
from agreement_corpus import JUDGED, ROOT, summaries
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import fragments_of
from podcast_dspy.analysis.grounding import rescaled
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.lms import embed

TARGET = ROOT / "podcast_dspy" / "analysis" / "support.json"
_RIDGE = 1.0
_STEPS = 30

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def judged(data: Path) -> tuple[NDArray[np.str_], Floats, Flags]:
    """Paper, (pairs, meaning) and whether most experts say faithful, of every judged sentence."""
    papers, measures, true = [], [], []
    for one in summaries(data):
        sentences = one.sentences[:JUDGED]
        chunks = [text for _, text in paper_index(one.graph).chunks]
        cosines = (embed(sentences) @ embed(chunks).T).max(axis=1)
        for sentence, cosine, votes in zip(sentences, cosines, one.faithful, strict=False):
            if votes:
                papers.append(one.paper)
                measures.append((fragments_of(one.graph).share(sentence), rescaled(float(cosine))))
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
    papers, measures, true = judged(parser.parse_args().data)
    for name, columns in (("pairs", [0]), ("pairs and meaning", [0, 1])):
        values = measures[:, columns]
        said = np.zeros(len(true), dtype=bool)
        for paper in np.unique(papers):
            here = papers == paper
            weights = logistic(values[~here], true[~here])
            said[here] = weights[0] + values[here] @ weights[1:] >= 0
        print(f"{name}: balanced accuracy {balanced(true, said):.3f} on papers left out in turn")
    intercept, pairs = (round(float(one), 3) for one in logistic(measures[:, [0]], true))
    TARGET.write_text(json.dumps({"intercept": intercept, "pairs": pairs}) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
