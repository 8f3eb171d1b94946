"""ground: each sentence of a text with the passages behind it and a verdict."""

from __future__ import annotations

import pytest

import podcast_dspy
from podcast_dspy.errors import UsageError
from tests.metrics.conftest import make_graph, make_script

TEXT = (
    "You spread salt on the road, and where do you think it goes? "
    "Brine treatment reduced the chloride concentration by forty-one percent. "
    "Picture a crowd in a doorway. "
    "You see, brine treatment increased the chloride concentration by forty-one percent. "
    "Cities with trams reported that mayflies and crayfish both vanished from the sediment."
)


def test_each_sentence_has_a_verdict_and_its_passages() -> None:
    paper = make_graph()
    lines = podcast_dspy.ground(TEXT, paper, similarity="lexical")
    verdicts = [line.verdict for line in lines]
    assert verdicts == ["illustration", "supported", "illustration", "contradicted", "no source"]
    assert lines[1].passages[0].content.startswith("Brine treatment reduced")
    assert lines[3].reasons
    assert not lines[1].reasons


def test_a_script_is_a_text() -> None:
    script = make_script()
    paper = make_graph()
    assert podcast_dspy.ground(script, paper, similarity="lexical") == podcast_dspy.ground(
        script.text, paper, similarity="lexical"
    )


def test_a_paper_without_text_grounds_nothing() -> None:
    with pytest.raises(UsageError):
        podcast_dspy.ground(TEXT, make_graph().model_copy(update={"atoms": ()}), similarity="lexical")
