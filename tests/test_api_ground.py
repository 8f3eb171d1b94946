"""ground: each sentence of a text with the passages behind it and a verdict."""

from __future__ import annotations

import pytest

import podcast_dspy
from podcast_dspy.errors import UsageError
from podcast_dspy.testing import sample_paper, sample_script

TEXT = (
    "You spread salt on the road, and where do you think it goes? "
    "Brine treatment reduced the chloride concentration by forty-one percent. "
    "Picture a crowd in a doorway. "
    "You see, brine treatment increased the chloride concentration by forty-one percent. "
    "Cities with trams reported that mayflies and crayfish both vanished from the sediment."
)


def test_each_sentence_has_a_verdict_and_its_passages() -> None:
    paper = sample_paper()
    lines = podcast_dspy.ground(TEXT, paper, similarity="lexical")
    verdicts = [line.verdict for line in lines]
    assert verdicts == ["illustration", "supported", "illustration", "contradicted", "no source"]
    assert lines[1].passages[0].content.startswith("Brine treatment reduced")
    assert [bool(line.reasons) for line in lines] == [False, False, False, True, True]
    assert all(line.passages[0] in paper.atoms for line in lines if line.passages)


def test_a_script_is_a_text() -> None:
    script = sample_script()
    paper = sample_paper()
    assert podcast_dspy.ground(script, paper, similarity="lexical") == podcast_dspy.ground(
        script.text, paper, similarity="lexical"
    )


def test_a_paper_without_text_grounds_nothing() -> None:
    with pytest.raises(UsageError):
        podcast_dspy.ground(TEXT, sample_paper().model_copy(update={"atoms": ()}), similarity="lexical")
