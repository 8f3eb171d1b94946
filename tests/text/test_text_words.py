"""Words, sentences and number tokens: the quick readings say what the plain ones do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import podcast_dspy.text.words
from podcast_dspy.text.entities import entities
from podcast_dspy.text.numbers import Tokens
from podcast_dspy.text.words import WordTable, content_stems, split_sentences, stem, stems, words

CUT = ["It's ", "e.g. ", "Dr. ", "Fig. ", "don’t ", "Why? ", "“Yes.” ", "ΣΑΣ", "No", "one ", "x"]
COUNTED = ["GPT-4 ", "1,200 ", "5k ", "3/4 "]
MARKS = [". ", " ", "\n", "\n \n", "\t", "…", "!", '"', "_", "é"]
PIECES = st.sampled_from([*CUT, *COUNTED, *MARKS])
TEXTS = st.lists(PIECES, max_size=40).map("".join)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@given(TEXTS)
def test_a_sentence_is_its_own_only_sentence(text: str) -> None:
    for sentence in split_sentences(text):
        assert split_sentences(sentence) == [sentence]


@given(TEXTS.map(lambda text: text * 60))
def test_a_long_text_has_the_words_of_its_sentences(text: str) -> None:
    assert words(text) == tuple(WORD.findall(text.replace("’", "'").lower()))


@given(TEXTS)
def test_ascii_is_read_as_any_other_text(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert (*words(plain), "é") == words(f"{plain} é")
    if not plain.rstrip().endswith((".", "?", "!")):
        assert entities(plain) == entities(f"{plain} é")


@given(TEXTS)
def test_tokens_know_where_they_stand(text: str) -> None:
    tokens = Tokens(text)
    spans = [tokens.span(place) for place in range(len(tokens.texts))]
    assert [text[start:end] for start, end in spans] == tokens.texts
    assert "".join(tokens.texts) == "".join(text.split())


def test_stems_of_many_words_are_those_of_each() -> None:
    said = "it's the learning of labels' noise 42".split()
    assert list(stems(said)) == [stem(word) for word in said]
    assert content_stems("The labels are learned, 42 times.") == ("label", "learn")


def test_a_word_table_asks_once_and_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podcast_dspy.text.words, "_MOST", 3)
    asked: list[str] = []

    @WordTable
    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    assert list(length.all("an is an two is".split())) == [2, 2, 2, 3, 2]
    assert asked == ["an", "is", "two"]
    assert length["four"] == 4
    assert len(length) == 1
