"""Voices and transcribers of installed packages are found by name, beside those of this one and never instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcast_dspy.audio import get_transcriber, get_voice, list_voices, speak, transcribe
from podcast_dspy.errors import PrerequisiteError, UnknownNameError
from podcast_dspy.registry import Registry

PACKAGE = """
import numpy as np
from podcast_dspy.audio.transcript import Recognition, RecognisedWord
from podcast_dspy.audio.voices import VoiceEngine, VoiceInfo


class Hum:
    sample_rate = 8_000

    def __init__(self, name):
        self.name = f"acme:{name}"

    def synthesize(self, text):
        return 0.1 * np.sin(np.arange(4_000 * len(text.split()), dtype=np.float32))


ANNA = VoiceInfo(name="acme:ANNA", engine="acme", gender="female", accent="neutral", network=False)
ENGINE = VoiceEngine(Hum, (ANNA,))


class Always:
    def __init__(self, words, language):
        self.words, self.language = words.split("-"), language or "en"

    def recognise(self, path, info, *, language, progress):
        times = enumerate(self.words)
        words = tuple(RecognisedWord(word, 0.2 * at, 0.2 * at + 0.1, 1.0, "A") for at, word in times)
        return Recognition(words, self.language, "acme", aligned=True)
"""
POINTS = """
[podcast_dspy.voices]
acme = acme_speech:ENGINE
openai = acme_speech:ENGINE
torn = acme_speech:NOTHING

[podcast_dspy.transcribers]
acme = acme_speech:Always
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "acme_speech.py").write_text(PACKAGE)
    info = tmp_path / "acme_speech-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-speech\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    get_voice.cache_clear()
    yield
    get_voice.cache_clear()
    sys.modules.pop("acme_speech", None)


def test_a_voice_of_another_package_speaks() -> None:
    spoken = speak(["one two", "three"], get_voice("acme:ANNA"), pause=0.5)
    assert spoken.voice == "acme:ANNA"
    assert spoken.spans == [(0.0, 1.0), (1.5, 2.0)]


def test_a_transcriber_of_another_package_transcribes(write: Callable, babble: Callable) -> None:
    result = transcribe(write("talk.wav", babble(1.0)), stt="acme:so-it-is", language="de")
    assert (result.transcript_text, result.language, result.model) == ("so it is", "de", "acme")


def test_errors_name_what_is_known_and_what_cannot_be_loaded() -> None:
    with pytest.raises(UnknownNameError, match=r"embedded, piper:PATH\.onnx, kokoro:VOICE, .*acme:NAME"):
        get_voice("nobody:x")
    with pytest.raises(UnknownNameError, match=r"embedded, .*openai/MODEL, .*align:FILE or acme:NAME"):
        get_transcriber("acme")
    with pytest.raises(PrerequisiteError, match="'torn' of acme_speech:NOTHING"):
        get_voice("torn:x")


def test_names_of_this_package_stay_its_own() -> None:
    with pytest.raises(PrerequisiteError, match="OPENAI_API_KEY"):
        get_voice("openai:nova")


def test_voices_of_other_packages_are_listed(tmp_path: Path) -> None:
    points = tmp_path / "acme_speech-1.0.dist-info" / "entry_points.txt"
    points.write_text(POINTS.replace("torn = acme_speech:NOTHING\n", ""))
    names = [voice.name for voice in list_voices()]
    assert "acme:ANNA" in names
    assert names[0] == "piper:joe"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("plain", ("upper", "plain")),
        ("plain:one", ("lower", "one")),
        ("file:a/b:c", ("title", "a/b:c")),
        ("model/a:b", ("strip", "a:b")),
    ],
)
def test_forms(name: str, found: tuple[str, str]) -> None:
    makers: Registry[Callable[[str], str]] = Registry(
        "thing",
        "podcast_dspy.nothing",
        {
            "plain": "builtins:str.upper",
            "plain:one": "builtins:str.lower",
            "file:PATH": "builtins:str.title",
            "model/NAME": "builtins:str.strip",
        },
    )
    maker, own = makers.find(name)
    assert (maker.__name__, own or name) == found
    for other in ("", "plain:", "plain:two", "file:", "file", "FILE:x", "model:x"):
        with pytest.raises(UnknownNameError):
            makers.find(other)
