"""Where sentences end: abbreviations, initials, numbers that follow them; and lists that say where they are from."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.text.words import (
    FUNCTION_WORDS,
    HOST_WORDS,
    ends_in_abbreviation,
    split_sentences,
    wordlist,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("See Fig. 3 for the loss. It falls.", 2),
        ("Is that all? No. That is wrong.", 3),
        ("It is no. 4 of the list. We stop.", 2),
        ("Results by Smith et al. A second team agrees.", 1),
        ("Dr. A. Jones wrote it, e.g. in 2019. Others followed.", 2),
        ("The leaves of O. sanctum Linn. were collected. They were dried.", 2),
        ("Read Sec. IV first. Then Eq. (2) is clear.", 2),
        ("He lives in the U.S. Government in Virginia.", 1),
        ("One paragraph.\n\nanother one", 2),
        ("“Really?” She nodded. “Yes.”", 3),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count, split_sentences(text)


def test_a_numbered_thing_needs_its_number() -> None:
    assert ends_in_abbreviation("as in Fig.", "3 shows")
    assert not ends_in_abbreviation("I said no: No.", "That is wrong")
    assert ends_in_abbreviation("Fig.")
    assert not ends_in_abbreviation("the end.", "It")


@given(
    st.lists(st.sampled_from(["We stop. ", "Fig. 2 ", "e.g. ", "No. ", "(a)? ", "word ", "\n"]), max_size=30)
)
def test_no_word_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert " ".join(split_sentences(text)).split() == text.split()


def test_every_list_says_where_it_is_from() -> None:
    tables: dict[str, dict[str, str]] = {}
    for file in ("wordlists.toml", "expressions.toml"):
        text = resources.files("podcast_dspy.text").joinpath(file).read_text(encoding="utf-8")
        tables |= tomllib.loads(text)
    for name, table in tables.items():
        assert table["source"].strip(), name
        if "words" in table:
            assert wordlist(name)
            assert all(word == word.lower() for word in wordlist(name)), name


def test_words_of_hosting_are_no_stop_words_but_may_be_verbs() -> None:
    assert "podcast" in HOST_WORDS
    assert "podcast" not in FUNCTION_WORDS
    assert {"the", "because", "don't"} <= FUNCTION_WORDS
