"""What a paper has for the lexicon is offered as a draft in which nothing counts yet."""

from __future__ import annotations

import tomllib

import pytest

from podcast_dspy.audio.speaking import draft_lexicon, pronunciations

TEXT = (
    "The leaves of Ocimum sanctum were dried by Somlak and others. We compared SIEVE with CAD and SPSS. SIEVE won. "
    "Later O. sanctum was dried again, as Thorsell and later Thorsell wrote in LaTeX on GPU nodes of Type II."
)


@pytest.mark.models
def test_acronyms_species_and_names_with_how_they_are_said() -> None:
    found = {one.written: one for one in pronunciations(TEXT, authors=["Ann B. Suwannaphum"])}
    assert (found["SIEVE"].count, found["SIEVE"].heard, found["SIEVE"].guess) == (2, "SIEVE", "S-I-E-V-E")
    assert found["CAD"].guess == "cad"
    assert found["O. sanctum"].guess == "Ocimum sanctum"
    assert found["Ocimum sanctum"].kind == "species"
    assert "muhm" in found["Ocimum sanctum"].heard
    assert {"Thorsell", "Suwannaphum", "LaTeX"} <= set(found)
    # Once only, unpronounceable as words, or numerals: nothing to ask.
    assert not {"Somlak", "SPSS", "II", "Type", "The"} & set(found)
    assert next(iter(found)) == "SIEVE"
    assert "SIEVE" not in {one.written for one in pronunciations(TEXT, known=["sieve"])}


@pytest.mark.models
def test_a_draft_respells_nothing_until_a_line_is_taken_up() -> None:
    draft = draft_lexicon(pronunciations(TEXT))
    assert tomllib.loads(draft) == {}
    taken = "\n".join(line.removeprefix("# ") for line in draft.splitlines() if " times; " in line)
    assert tomllib.loads(taken)["SIEVE"] == "S-I-E-V-E"
    assert pronunciations("") == []
