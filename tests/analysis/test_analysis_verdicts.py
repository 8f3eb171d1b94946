"""Verdicts: one word a sentence, its passages, and a reason."""

from __future__ import annotations

from episodes import paper_of

from podcast_dspy.analysis.grounding import judge_sentences

_PAPER = """The warm cache answers 80% of all requests, while the cold cache answers only 35% of them.

The cold cache needs 12 seconds to start. The warm cache does not lose entries during a restart."""

_GRAPH = paper_of("Warm and cold caches", _PAPER.split("\n\n"))


def test_each_sentence_gets_a_verdict_its_passages_and_a_reason() -> None:
    said = (
        "Think of a kitchen where the spices stand beside the stove. The warm cache answers 80% of all requests. "
        "The cold cache needs 19 seconds to start. Isn't that neat?"
    )
    found = judge_sentences(said, _GRAPH, similarity="lexical")
    assert [one.verdict for one in found] == ["illustration", "supported", "contradicted", "illustration"]
    assert "80%" in found[1].passages[0].text
    assert "12" in found[2].reason
