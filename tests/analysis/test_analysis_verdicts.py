"""Verdicts: one word a sentence, its passages, and a reason."""

from __future__ import annotations

from podcast_dspy.analysis.verdicts import judge_sentences
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph

_PAPER = """The warm cache answers 80% of all requests, while the cold cache answers only 35% of them.

The cold cache needs 12 seconds to start. The warm cache does not lose entries during a restart."""

_GRAPH = DocumentGraph(
    document_id="0" * 12,
    source_path="caches.pdf",
    sha256="0" * 64,
    page_count=1,
    title="Warm and cold caches",
    authors=(),
    atoms=tuple(
        DocumentAtom(atom_id=f"a{place}", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
        for place, text in enumerate(_PAPER.split("\n\n"))
    ),
)


def test_each_sentence_gets_a_verdict_its_passages_and_a_reason() -> None:
    said = (
        "Think of a kitchen where the spices stand beside the stove. The warm cache answers 80% of all requests. "
        "The cold cache needs 19 seconds to start. Isn't that neat?"
    )
    found = judge_sentences(said, _GRAPH, similarity="lexical")
    assert [one.verdict for one in found] == ["illustration", "supported", "unsupported", "illustration"]
    assert "80%" in found[1].passages[0].text
    assert "19" in found[2].reason
