"""Two small papers, set by code, and embeddings that need no model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_dspy.kb import KnowledgeBase
from podcast_dspy.store import Tree

SENTENCES = {
    "Rings of Machines": [
        (
            "1 Introduction",
            "Blocks of keys travel around a ring of machines while every machine computes attention. ",
        ),
        (
            "2 Results",
            "Communication overlaps with computation, so that no machine ever has to wait for another. ",
        ),
    ],
    "Wheat in Warm Years": [
        (
            "1 Introduction",
            "Wheat reaches maturity two weeks earlier in warm years and escapes the summer drought. ",
        ),
        (
            "2 Results",
            "Heat stress during grain filling lowers the yield in the southern regions of the country. ",
        ),
    ],
}


@pytest.fixture
def make_paper(tmp_path: Path) -> Callable[[str], Path]:
    def make(title: str) -> Path:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.styles import getSampleStyleSheet
        from reportlab.platypus import Paragraph, SimpleDocTemplate

        styles = getSampleStyleSheet()
        flow = [Paragraph(title, styles["Title"])]
        for heading, sentence in SENTENCES[title]:
            flow += [Paragraph(heading, styles["Heading1"]), Paragraph(sentence * 4, styles["BodyText"])]
        file = tmp_path / f"{title.replace(' ', '_')}.pdf"
        SimpleDocTemplate(str(file), pagesize=A4, title=title, invariant=1).build(flow)
        return file

    return make


def _bag_of_words(texts: Sequence[str], *, kind: str = "passage") -> NDArray[np.float32]:
    rows = np.full((len(texts), 64), 1e-3, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[hashlib.sha256(word[:5].encode()).digest()[0] % 64] += 1.0
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    monkeypatch.setattr("podcast_dspy.lms.embed", _bag_of_words)
    return KnowledgeBase(Tree(tmp_path / "work"), "papers").create()
