"""Hyphens, ligatures, marks, headings' numbers, names and terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.concepts import (
    Sources,
    fold_term,
    rank_concepts,
    singular,
    strip_citations,
    term_pattern,
)
from podcast_dspy.documents.pdf.layout import reading_order
from podcast_dspy.documents.pdf.lines import Line, Word, line_text
from podcast_dspy.documents.pdf.pages import without_line_numbers
from podcast_dspy.documents.vocabulary import (
    BACK_MATTER,
    LABEL,
    Vocabulary,
    acronyms,
    clean,
    dehyphenate,
    expand_species,
    is_name,
    split_number,
    tidy_heading,
)

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9)


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ("a remark-", "able result", "a remarkable result"),
        ("the self-", "attention layer", "the self-attention layer"),
        ("a state-of-the-", "art method", "a state-of-the-art method"),
        ("we com-", "pute it", "we compute it"),
        ("the I-", "R injury", "the I-R injury"),
        ("50-", "year", "50-year"),
        ("no hyphen", "here", "no hyphen here"),
        ("https://a/", "b", "https://a/b"),
        ("", "start", "start"),
    ],
)
def test_hyphens(left: str, right: str, whole: str) -> None:
    assert dehyphenate(left, right, Vocabulary(["the self-attention of it"])) == whole


def test_the_papers_own_words_decide() -> None:
    assert (
        dehyphenate("the tri-", "zoned field", Vocabulary(["a trizoned thing here"])) == "the trizoned field"
    )
    assert (
        dehyphenate("the tri-", "zoned field", Vocabulary(["a tri-zoned thing here"]))
        == "the tri-zoned field"
    )


@given(LETTERS, LETTERS)
def test_a_seen_word_is_always_restored(first: str, second: str) -> None:
    vocabulary = Vocabulary([f"x {first}{second} y"])
    assert dehyphenate(f"a {first}-", f"{second} b", vocabulary) == f"a {first}{second} b"


@given(st.text(max_size=40), st.text(max_size=40))
def test_joining_loses_no_letter(left: str, right: str) -> None:
    joined = dehyphenate(left, right, Vocabulary())

    def letters(text: str) -> str:
        return "".join(ch for ch in text if ch.isalnum())

    assert letters(joined) == letters(left + right)


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_ligatures_and_accents() -> None:
    assert clean("e\ufb03cient \ufb01lter") == "efficient filter"
    assert clean("kept at 4◦ C or 39.2 ˚F") == "kept at 4°C or 39.2°F"
    assert clean("f ◦ g") == "f ◦ g"
    assert clean("K¨ahler and Poincar´e dual") == "Kähler and Poincaré dual"


def word(text: str, x: float, size: float = 10.0, baseline: float = 100.0, glued: bool = False) -> Word:
    return Word(text, x, x + 5 * len(text), baseline, size, False, False, False, 0, glued)


def numbers(first: int, count: int, x: float = 20.0, step: int = 1) -> list[Line]:
    return [
        Line(1, [word(str(first + step * at), x, baseline=100.0 + 12 * at)]).settle() for at in range(count)
    ]


def test_line_numbers_are_dropped_and_other_columns_of_numbers_are_not() -> None:
    text = Line(1, [word("pipeline", 60)]).settle()
    assert without_line_numbers([*numbers(10, 9), text]) == [text]
    assert without_line_numbers([*numbers(5, 9, step=5), text]) == [text]
    for found in (numbers(20, 3), numbers(10, 9, step=2)):
        assert without_line_numbers([*found, text]) == [*found, text]


def test_raised_marks_are_dropped_and_exponents_kept() -> None:
    line = Line(
        1,
        [
            word("treatment", 0),
            word("12", 45, 6, 96, True),
            word("of", 60),
            word("10", 75),
            word("5", 85, 6, 96, True),
            word("cells", 95),
        ],
    ).settle()
    assert line_text(line) == "treatment of 10^5 cells"


@pytest.mark.parametrize(
    ("text", "number", "title"),
    [
        ("2.1 The reply detector", "2.1", "The reply detector"),
        ("3. Results", "3", "Results"),
        ("IV. Discussion", "IV", "Discussion"),
        ("2 | MATERIALS", "2", "MATERIALS"),
        ("A.1 Proofs", "A.1", "Proofs"),
        ("Appendix B. Data", "B", "Data"),
        ("Discussion", None, "Discussion"),
    ],
)
def test_heading_numbers(text: str, number: str | None, title: str) -> None:
    assert split_number(text) == (number, title)


def test_letterspaced_heading() -> None:
    assert tidy_heading("A B S T R A C T") == "ABSTRACT"
    assert BACK_MATTER.match("Author contributions")
    assert not BACK_MATTER.match("Methods")


@pytest.mark.parametrize(
    "text", ["Ada Quillfeather", "J. van der Meer", "Jean-Luc O’Neill", "Watcharaporn Devakul Na Ayutthaya"]
)
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text", ["University of Oslo", "Research Article", "Ada", "hello there", "Open Access", "Room 12 B"]
)
def test_no_names(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("Figure 3: Speed", "Figure", "3"),
        ("Fig. S2. Map", "Fig.", "S2"),
        ("Figure-4: Activity", "Figure", "4"),
        ("TABLE IV RESULTS", "TABLE", "IV"),
        ("T A B L E 1 Sites", "T A B L E", "1"),
    ],
)
def test_caption_labels(text: str, kind: str, number: str) -> None:
    match = LABEL.match(text)
    assert match is not None
    assert (match["kind"], match["number"]) == (kind, number)


def test_acronyms_and_long_forms() -> None:
    found = acronyms(
        ["We use a recurrent neural network (RNN) and LSTM (long short-term memory). The sun (SUN1) rose."]
    )
    assert found == {"RNN": "recurrent neural network", "LSTM": "long short-term memory"}


def test_terms() -> None:
    assert [singular(w) for w in ("studies", "boxes", "analysis", "networks", "LLMs")] == [
        "study",
        "box",
        "analysis",
        "network",
        "LLM",
    ]
    assert fold_term("Key-Value Blocks") == "key value block"
    assert "Smith" not in strip_citations("as shown by Smith et al. (2019) and [3, 4]")
    assert expand_species(["Fusarium graminearum grows. F. graminearum and E. coli"]) == [
        "Fusarium graminearum grows. Fusarium graminearum and E. coli"
    ]
    assert term_pattern("reply detector").search("Two Reply-detectors were used")
    assert not term_pattern("MIC").search("the mic")


def test_concepts_join_acronym_and_long_form() -> None:
    text = "A recurrent neural network (RNN) reads words. The RNN keeps a hidden state. An RNN is trained on sequences."
    concepts = rank_concepts(
        Sources("On hidden states", "An RNN keeps a hidden state.", [], [], [("p1", text), ("p2", text)])
    )
    best = next(c for c in concepts if "RNN" in (c.name, *c.aliases))
    assert best.name == "recurrent neural network"
    assert set(best.atom_ids) == {"p1", "p2"}
    assert concepts[0].importance == 1.0


@given(st.integers(8, 30), st.integers(8, 30))
def test_two_columns_are_read_one_after_the_other(left: int, right: int) -> None:
    def column(x: float, count: int, name: str) -> list[Line]:
        return [
            Line(
                1,
                [
                    word(f"{name}{k}", x, 10, 100 + 12 * k),
                    Word("x" * 30, x + 25, x + 230, 100 + 12 * k, 10, False, False, False),
                ],
            ).settle()
            for k in range(count)
        ]

    flows = reading_order([*column(60, left, "l"), *column(310, right, "r")])
    order = [line.words[0].text for flow in flows for line in flow.lines]
    assert order == [f"l{k}" for k in range(left)] + [f"r{k}" for k in range(right)]
