"""Fit what each measure of following and truth costs: podcast_dspy/metrics/following.json.

    python benchmarks/fit_following.py [--data DIR]

Scripts that people call good are spoiled by the edits of the gate. Wanted are weights, none below zero, with which an
edit costs 0.15 of the quality (stitched random sentences 0.30) in as many cases as possible, while what is harmless
costs as little as possible: the independent script beside the host's and the other way round, and a script without
one sentence in fifty. That is a linear program (hinge losses, a small price on each weight). Fitted are half
of the example papers and evaluated the other half, both ways; with `--data`, also the hosts of DIR/human, which take
no part in any fit. The weights that are written are those of all example papers.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from trust_corpus import EXAMPLES, example_cases
from trust_edits import EDITS, Segments, stitched
from trust_gate import NOTICED, STITCHED, hosts, independent

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.quality import calculate_quality_loss
from podcast_dspy.text.words import split_sentences

TARGET = EXAMPLES.parents[1] / "podcast_dspy" / "metrics" / "following.json"
NAMES = (
    "topics", "order", "referents", "purpose", "own_words", "truth", "answers", "roles",
)  # fmt: skip
_SEEDS = 3
_MARGIN = 2.0
"""Fitted for twice the cost that is asked for: other papers' edits move the measures less."""
_HARMLESS = 0.5
"""How much a harmless difference that costs as much as an edit should counts, beside one edit that is not noticed."""
_PRICE = 0.0005
_MOST = 6.0
"""No measure costs more: one wrong claim in twenty takes a quarter of the quality."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One script beside another: how much lower it lies in each measure, and what that should cost."""

    paper: str
    name: str
    drops: Floats
    wanted: float
    """Logarithm of the share of quality that should be lost; 0 for what is harmless."""


def _measures(segments: Segments, reference: Segments, graph: DocumentGraph) -> tuple[Floats, Floats, float]:
    """The script's measures, the reference's, and the quality without them (0-1)."""
    loss, details = calculate_quality_loss(
        "\n\n".join(text for _, text in segments),
        "\n\n".join(text for _, text in reference),
        graph,
        similarity="lexical",
        segments=segments,
        reference_segments=reference,
    )
    raw = details["raw"]
    ours, theirs = (np.array([raw[side][name] for name in NAMES]) for side in ("generated", "reference"))
    return ours, theirs, (1 - loss) / max(1e-9, details["followed"])


def _rows(paper: str, script: Segments, reference: Segments, graph: DocumentGraph) -> Iterator[Row]:
    before, theirs, quality = _measures(script, reference, graph)
    lost = np.maximum(0, theirs - before)
    for name, edit in {**EDITS, "stitched": stitched}.items():
        wanted = -math.log(max(0.05, 1 - (STITCHED if edit is stitched else NOTICED) / quality))
        for seed in range(_SEEDS):
            edited = edit(script, graph, random.Random(seed))
            if edited != script:
                ours, theirs, _ = _measures(edited, reference, graph)
                yield Row(paper, name, np.maximum(0, theirs - ours) - lost, wanted)
    for seed in range(_SEEDS):
        rng = random.Random(seed)
        shorter = [
            (kind, " ".join(line for line in split_sentences(text) if rng.random() > 0.02))
            for kind, text in script
        ]
        ours, theirs, _ = _measures(shorter, reference, graph)
        yield Row(paper, "harmless", np.maximum(0, theirs - ours) - lost, 0.0)
    # A last stop that is missing is a slip of whoever copied the script.
    kind, text = script[-1]
    slipped = [*script[:-1], (kind, text.rstrip('.!?"”’ '))]
    ours, theirs, _ = _measures(slipped, reference, graph)
    yield Row(paper, "harmless", np.maximum(0, theirs - ours) - lost, 0.0)


def example_rows() -> list[Row]:
    """The example papers: each host's script and each independent one, edited and compared with the other."""
    rows: list[Row] = []
    for case in example_cases():
        paper, graph = case.pair.pair_id, case.pair.document_graph
        host = [(str(one.segment_type), one.text) for one in case.script.segments]
        other = independent(paper)
        rows.extend(_rows(paper, host, host, graph))
        if other is not None:
            rows.extend(_rows(paper, other, host, graph))
            for script, reference in ((other, host), (host, other)):
                ours, theirs, _ = _measures(script, reference, graph)
                rows.append(Row(paper, "harmless", np.maximum(0, theirs - ours), 0.0))
    return rows


def human_rows(folder: Path) -> list[Row]:
    """Whole episodes of hosts, edited and compared with themselves."""
    return [row for name, script, graph in hosts(folder) for row in _rows(name, script, script, graph)]


def fit(rows: Sequence[Row]) -> Floats:
    """Weights by a linear program over (weights, slacks of the edits)."""
    edits = [row for row in rows if row.wanted]
    harmless = [row for row in rows if not row.wanted]
    share = _HARMLESS / max(1, len(harmless))
    costs = share * sum((np.maximum(0, row.drops) for row in harmless), np.zeros(len(NAMES))) + _PRICE
    matrix = np.zeros((len(edits), len(NAMES) + len(edits)))
    for place, row in enumerate(edits):
        matrix[place, : len(NAMES)] = -row.drops / (_MARGIN * row.wanted)
        matrix[place, len(NAMES) + place] = -1.0
    found = linprog(
        np.concatenate([costs, np.full(len(edits), 1.0 / len(edits))]),
        A_ub=matrix,
        b_ub=-np.ones(len(edits)),
        bounds=[(0, _MOST)] * len(NAMES) + [(0, None)] * len(edits),
    )
    weights: Floats = found.x[: len(NAMES)]
    return weights


def noticed(rows: Sequence[Row], weights: Floats) -> dict[str, float]:
    """Share of each edit's cases that cost enough, and the mean share of quality that harmless differences cost."""
    found = {}
    for name in dict.fromkeys(row.name for row in rows):
        here = [row for row in rows if row.name == name]
        if name == "harmless":
            found[name] = float(np.mean([1 - math.exp(-float(row.drops @ weights)) for row in here]))
        else:
            found[name] = float(np.mean([float(row.drops @ weights) >= row.wanted - 1e-9 for row in here]))
    return found


def main() -> int:
    """Fit, print what papers left out show, and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    options = parser.parse_args()
    rows = example_rows()
    papers = sorted({row.paper for row in rows})
    columns: dict[str, dict[str, float]] = {}
    for half in (papers[::2], papers[1::2]):
        weights = fit([row for row in rows if row.paper in half])
        others = [row for row in rows if row.paper not in half]
        columns[f"papers left out of a fit on {', '.join(half)}"] = noticed(others, weights)
    weights = fit(rows)
    columns["all example papers"] = noticed(rows, weights)
    if options.data and (Path(options.data) / "human").exists():
        columns["hosts (no part in the fit)"] = noticed(human_rows(Path(options.data) / "human"), weights)
    print(f"| edit | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name in dict.fromkeys(row.name for row in rows):
        cells = [f"{column[name]:.0%}" if name in column else "" for column in columns.values()]
        print(f"| {name if name != 'harmless' else 'harmless: quality lost'} | {' | '.join(cells)} |")
    written = {name: round(float(weight), 2) for name, weight in zip(NAMES, weights, strict=True)}
    print(f"\n{written}")
    TARGET.write_text(json.dumps(written) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
