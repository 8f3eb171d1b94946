"""Sets of words have another order in every process: neither the reading of a paper nor a loss may go by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from podcast_dspy.testing import sample_pair, sample_script

CODE = """
import pathlib, sys
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.subjects import subjects_of
from podcast_dspy.documents import read_document
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import score_script
from podcast_dspy.pairs.pair import TrainingPair

graph = read_document(sys.argv[1])
index = paper_index(graph)
print(list(index.rows), list(index.weights.items()), subjects_of(graph).names)
print(index.overlap(tuple(set("cache drift count policy object popularity request evict".split()))).tolist())
place = pathlib.Path(sys.argv[2])
script = Script.model_validate_json((place / "script.json").read_text("utf-8"))
pair = TrainingPair.model_validate_json((place / "pair.json").read_text("utf-8"))
for said in (script, " ".join(script.text.split()[::-1]) + ". " + script.text[40:]):
    metrics = score_script(said, pair, duration=100.0, similarity="lexical")
    print(metrics.model_dump_json(exclude={"generated_at"}))
"""


def test_every_process_reads_and_scores_the_same(examples: Path, tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(sample_script().model_dump_json(), "utf-8")
    (tmp_path / "pair.json").write_text(sample_pair().model_dump_json(), "utf-8")
    paper = examples / "unseen" / "cache-eviction" / "paper.pdf"
    told = {
        subprocess.run(
            [sys.executable, "-c", CODE, str(paper), str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(told) == 1
    assert len(told.pop()) > 10_000
