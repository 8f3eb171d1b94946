"""Every way a word may be written has an entry of the dictionary to look for in the sound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pocketsphinx import Decoder, get_model_path

from podcast_dspy.audio.forced_alignment import Pronunciations, arpabet


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        lm=None,
        loglevel="FATAL",
    )


@pytest.mark.parametrize(
    ("sounds", "phones"),
    [
        ("pɑːdkæst", "P AA D K AE S T"),
        ("tʃɜːɹoʊz", "CH ER OW Z"),
        ("nuːjɛn", "N UW Y EH N"),
        ("faɪɚ", "F AY ER"),
        ("", ""),
    ],
)
def test_sounds_become_phones(sounds: str, phones: str) -> None:
    assert arpabet(sounds) == phones


@pytest.mark.parametrize(
    ("word", "entries"),
    [
        ("The", ("the",)),
        ("“don’t”,", ("don't",)),
        ("20&30", ("#20&30",)),
        ("cache-line", ("cache", "line")),
        ("—", ()),
        ("[12]", ()),
    ],
)
def test_written_words_are_spoken_words(decoder: Decoder, word: str, entries: tuple[str, ...]) -> None:
    assert Pronunciations(decoder).entries(word) == entries


def test_a_word_of_capitals_is_not_the_word_of_small_letters(decoder: Decoder) -> None:
    said = Pronunciations(decoder)
    assert said.entries("US") != said.entries("us")


def test_a_number_may_be_read_in_several_ways(decoder: Decoder) -> None:
    (entry,) = Pronunciations(decoder).entries("1970.")
    ways = [decoder.lookup_word(way) for way in (entry, f"{entry}(2)", f"{entry}(3)")]
    assert [way.split()[:3] for way in ways] == [
        ["W", "AH", "N"],  # one thousand ...
        ["N", "AY", "N"],  # nineteen ...
        ["W", "AH", "N"],  # one nine ...
    ]
    assert ways[0] != ways[2]


def test_what_the_dictionary_lacks_is_added_once(decoder: Decoder) -> None:
    assert decoder.lookup_word("hyperloglog") is None
    assert Pronunciations(decoder).entries("HyperLogLog") == ("hyperloglog",)
    assert decoder.lookup_word("hyperloglog").split()[0] == "HH"
    assert Pronunciations(decoder).entries("hyperloglog") == ("hyperloglog",)


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_has_entries_that_the_dictionary_holds(decoder: Decoder, word: str) -> None:
    for entry in Pronunciations(decoder).entries(word):
        assert decoder.lookup_word(entry)
