"""Spoken figure references, quotes, and word times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.visuals import FigureIndex, extract_key_quote, find_mentions
from podcast_dspy.visuals.figure_mentions import Speech, SpokenWord, tokens


def spoken(text: str) -> list[SpokenWord]:
    return [SpokenWord(token, number * 0.5, number * 0.5 + 0.4) for number, token in enumerate(tokens(text))]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("as figure two shows", ["2"]),
        ("Fig. 2 is clear", ["2"]),
        ("Figure 2.", ["2"]),
        ("look at figure number three here", ["3"]),
        ("Figures 2 and 3 agree", ["2", "3"]),
        ("figures 1, 2 and 3", ["1", "2", "3"]),
        ("Figure 2 and 3 people", ["2"]),
        ("Figure 2a", ["2A"]),
        ("supplementary figure one", ["S1"]),
        ("Figure S1", ["S1"]),
        ("figure s 1", ["S1"]),
        ("Table one and figure one", ["1", "1"]),
        ("we figure two of them out", []),
        ("you can figure one out", []),
        ("go figure", []),
        ("to figure out why", []),
        ("the figure due to noise", []),
        ("turning to figure ten now", ["10"]),
        ("a six figure salary", []),
    ],
)
def test_numbers_are_heard(text: str, numbers: list[str]) -> None:
    assert [mention.number for mention in find_mentions(spoken(text))] == numbers


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("in abbildung zwei sehen wir", "de", "fig_2"),
        ("la figure deux montre", "fr", "fig_2"),
        ("la figura due mostra", "it", "fig_2"),
        ("la tabla uno", "es", "tab_1"),
        ("die erste abbildung", "de", "fig_1"),
        ("the second figure", "en", "fig_2"),
        ("the last figure", "en", "fig_s1"),
        ("the first table", "en", "tab_1"),
        ("figure 2b", "en", "fig_2"),
        ("figure s1", "en", "fig_s1"),
        ("figure nine", "en", None),
        ("table three", "en", None),
    ],
)
def test_references_find_their_figure(
    graph: DocumentGraph, text: str, language: str, expected: str | None
) -> None:
    (mention,) = find_mentions(spoken(text), language)
    figure = FigureIndex(graph).resolve(mention)
    assert (figure.atom_id if figure else None) == expected


@given(st.text())
def test_any_words_can_be_searched(text: str) -> None:
    for mention in find_mentions(spoken(text)):
        assert mention.end > mention.start


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        (
            "So what did they find? The ring trains sequences one hundred times longer on the same hardware. "
            "Let's talk about that.",
            "The ring trains sequences one hundred times longer on the same hardware.",
        ),
        ("Welcome to the show, everyone, today we look at a new and better paper.", None),
        ("Wow. Really? Yes.", None),
        ("", None),
    ],
)
def test_quotes_stand_alone(text: str, quote: str | None) -> None:
    assert extract_key_quote(text) == quote


@given(st.lists(st.text(alphabet="abc 12%.,?!", max_size=60), max_size=5))
def test_a_quote_is_always_spoken(sentences: list[str]) -> None:
    text = " ".join(sentences)
    quote = extract_key_quote(text)
    assert quote is None or quote in " ".join(text.split())


def test_words_without_times_are_spread() -> None:
    segment = TranscriptSegment(
        segment_id="a", text="one three", start_time=2.0, end_time=12.0, duration=10.0
    )
    speech = Speech(
        TranscriptionResult(
            source_path="",
            transcript_text="one three",
            segments=(segment,),
            total_duration=12.0,
            confidence=1.0,
        )
    )
    assert [(word.start, word.end) for word in speech.words] == [(2.0, 7.0), (7.0, 12.0)]
    assert speech.find("Three!", 0.0, 12.0) == (7.0, 12.0)
    assert speech.find("four", 0.0, 12.0) is None
    assert speech.find("", 0.0, 12.0) is None
