"""Confidence: what doubts leave of it, and that it survives being stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.graph import DocumentGraph

doubts = st.lists(
    st.builds(
        Doubt,
        kind=st.sampled_from(["holes-in-words", "other-language", "mixed-columns"]),
        severity=st.floats(0.01, 1.0),
        message=st.text(min_size=1, max_size=40),
    ),
    max_size=5,
)


@given(doubts)
def test_each_doubt_takes_its_share(found: list[Doubt]) -> None:
    confidence = Confidence.of(found)
    assert 0.0 <= confidence.score <= 1.0 - max((d.severity for d in found), default=0.0) + 1e-4
    assert [d.severity for d in confidence.doubts] == sorted((d.severity for d in found), reverse=True)
    assert Confidence.model_validate_json(confidence.model_dump_json()) == confidence
    assert confidence.model_dump()["level"] == confidence.level


def test_what_is_stored_beside_the_doubts_is_not_believed() -> None:
    loaded = Confidence.model_validate({"level": "high", "score": 1.0, "doubts": [
        {"kind": "holes-in-words", "severity": 0.9, "message": "Holes."}]})  # fmt: skip
    assert (loaded.level, loaded.score) == ("low", 0.1)


def test_graphs_of_before_load() -> None:
    stored = {"document_id": "0", "source_path": "a.pdf", "sha256": "0", "page_count": 1, "title": "A"}
    assert DocumentGraph.model_validate(stored).confidence.level == "high"
