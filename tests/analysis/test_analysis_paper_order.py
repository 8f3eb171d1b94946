"""What is read of a paper stands in one order, whatever Python's hashes are: sums follow it to the last digit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.subjects import subjects_of
from podcast_dspy.documents import read_document

graph = read_document(sys.argv[1])
index = paper_index(graph)
print(list(index.rows), list(index.weights.items()), subjects_of(graph).names)
print(index.overlap(tuple(set("cache drift count policy object popularity request evict".split()))).tolist())
"""


def test_a_paper_is_read_the_same_way_in_every_process(examples: Path) -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", CODE, str(examples / "unseen" / "cache-eviction" / "paper.pdf")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(told) == 1
    assert len(told.pop()) > 10_000
