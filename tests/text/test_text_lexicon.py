"""A project's pronunciations: read, refused with a reason, spoken, and part of what a spoken segment is kept under."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.audio import speak
from podcast_dspy.errors import InputError
from podcast_dspy.testing import FakeVoice
from podcast_dspy.text.normalisation import LEXICON, project_lexicon, read_lexicon, speakable


def test_toml(tmp_path: Path) -> None:
    (tmp_path / "lexicon.toml").write_text(
        '# names\nLaTeX = "lay-tech"\n"Ng et al." = "ing and colleagues"\nepfl = "E P F L"\n'
    )
    entries = project_lexicon(tmp_path / LEXICON)
    assert entries == {"LaTeX": "lay-tech", "Ng et al.": "ing and colleagues", "epfl": "E P F L"}
    assert speakable("Ng et al. wrote it in LaTeX at EPFL.", entries).startswith(
        "ing and colleagues wrote it in lay-tech at"
    )
    assert speakable("latex gloves", entries) == "latex gloves"
    assert project_lexicon(tmp_path / "elsewhere" / LEXICON) == {}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [("l.toml", "LaTeX = lay-tech", "TOML"), ("l.toml", 'a.b = "x"', "quote"), ("l.toml", "x = 3", "not a text"),
     ("l.toml", '"--" = "dash"', "letter"), ("l.toml", 'x = ""', "nothing"), ("l.toml", 'x = "..."', "nothing"),
     ("l.toml", 'x = """a\nb"""', "one line"), ("l.toml", f'x = "{"a" * 300}"', "longer")],
)  # fmt: skip
def test_what_cannot_be_used_is_named(name: str, text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        read_lexicon(path)
    assert str(path) in str(caught.value)


def test_only_segments_that_sound_different_are_spoken_again(tmp_path: Path) -> None:
    voice = FakeVoice()
    segments = ["It is written in LaTeX.", "Nothing else is said."]
    speak(segments, voice, cache_dir=tmp_path)
    speak(segments, voice, cache_dir=tmp_path, lexicon={"LaTeX": "lay-tech"})
    assert sorted(voice.said) == sorted([*segments, "It is written in lay-tech."])
    speak(segments, voice, cache_dir=tmp_path, lexicon={"LaTeX": "lay-tech"})
    assert len(voice.said) == 3


@given(
    st.dictionaries(st.text("abcAB -'", min_size=1), st.sampled_from(["one", "two words"]), max_size=5),
    st.text(),
)
def test_any_lexicon_leaves_something_speakable(entries: dict[str, str], text: str) -> None:
    said = speakable(text, entries)
    assert "\n" not in said
    assert not any(character.isdigit() for character in said)
