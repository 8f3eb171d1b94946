"""Models of the user's own: whisper.cpp files and names of Hugging Face."""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from podcast_dspy.audio import get_transcriber, transcribe, whispercpp
from podcast_dspy.audio.whispercpp import words_of
from podcast_dspy.errors import ModelError, PrerequisiteError, UnknownNameError


@pytest.fixture
def ggml(tmp_path: Path) -> Path:
    """A file that starts as the ggml model tiny.en does, and then holds nothing."""
    path = tmp_path / "ggml-tiny.en.bin"
    path.write_bytes(struct.pack("<12i", 0x67676D6C, 51864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1))
    return path


@pytest.fixture
def recording(babble: Callable, write: Callable) -> Path:
    return write("talk.wav", babble(3.0))


def test_words_of_whisper_cpp() -> None:
    segments = [
        SimpleNamespace(text=text, t0=start, t1=end, probability=sure)
        for text, start, end, sure in [
            ("Hello", 10, 50, 0.9), ("[BLANK_AUDIO]", 50, 60, 0.2), ("world", 60, 100, 0.7), (".", 100, 101, 0.9),
            ("Yes!", 200, 260, float("nan")), ("", 260, 260, 0.5),
        ]
    ]  # fmt: skip
    assert words_of(segments) == [
        ("Hello", 0.1, 0.5, 0.9), ("world.", 0.6, 1.0, 0.7), ("Yes!", 2.0, 2.6, 0.0),
    ]  # fmt: skip


def _as_worker(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let a Python program take the place of the process that runs whisper.cpp."""
    pytest.importorskip("pywhispercpp")
    monkeypatch.setattr(
        whispercpp, "_WORKER", (sys.executable, "-c", "import sys; a = sys.argv[1:]\n" + code)
    )


def test_what_the_process_says(ggml: Path, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = '{"language": "en", "words": [["Hello", 0.1, 0.5, 0.9], ["world.", 0.6, 1.0, 0.7]]}'
    _as_worker(monkeypatch, f"assert a[4:] == ['en']; print(1.5); open(a[2], 'w').write({result!r})")
    seen: list[float] = []
    heard = transcribe(recording, stt=f"whispercpp:{ggml}", language="en", progress=seen.append)
    assert [word.word for word in heard.word_timestamps] == ["Hello", "world."]
    assert heard.model == "whispercpp:ggml-tiny.en"
    assert seen == sorted(seen)
    assert seen[1] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("code", "message"),
    [("sys.stderr.write('out of\\nmemory'); sys.exit(3)", "exit code 3: memory"), ("print('x')", "failed"),
     ("import os; os.abort()", "exit code -6"), ("pass", "no result"), ("open(a[2], 'w').write('{')", "no result"),
     ("import time; time.sleep(60)", "did not finish")],
)  # fmt: skip
def test_a_process_that_fails(
    code: str, message: str, ggml: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as_worker(monkeypatch, code)
    if "sleep" in code:
        monkeypatch.setattr(whispercpp, "_PATIENCE", (0.3, 0.0))
    with pytest.raises(ModelError, match=message):
        transcribe(recording, stt=f"whispercpp:{ggml}", language="en")


def test_files_that_are_no_model(ggml: Path, recording: Path, tmp_path: Path) -> None:
    pytest.importorskip("pywhispercpp")
    with pytest.raises(PrerequisiteError, match="There is no"):
        get_transcriber(f"whispercpp:{tmp_path / 'nowhere.bin'}")
    with pytest.raises(PrerequisiteError, match="There is no"):
        get_transcriber(f"whispercpp:{tmp_path}")
    with pytest.raises(PrerequisiteError, match="no ggml"):
        get_transcriber(f"whispercpp:{recording}")
    with pytest.raises(ModelError, match="download it again"):
        transcribe(recording, stt=f"whispercpp:{ggml}", language="en")


def test_without_pywhispercpp(ggml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whispercpp, "find_spec", lambda _: None)
    with pytest.raises(PrerequisiteError, match=r"podcast-dspy\[whispercpp\]"):
        get_transcriber(f"whispercpp:{ggml}")


@pytest.mark.parametrize("name", ["hf:nobody/there-is-no-such-model", "hf:../../etc", "hf:base"])
def test_hugging_face_names_that_cannot_be_fetched(name: str, recording: Path) -> None:
    pytest.importorskip("faster_whisper")
    with pytest.raises(PrerequisiteError) as caught:
        transcribe(recording, stt=name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["hf:", "whispercpp:", "align:", "import:"])
def test_names_without_what_they_name(name: str) -> None:
    with pytest.raises(UnknownNameError):
        get_transcriber(name)


def test_a_long_recording_is_given_in_pieces(
    tmp_path: Path, babble: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    class Model:
        _ctx = None

        def __init__(self, *arguments: object, **options: object) -> None:
            pass

        def transcribe(self, samples: np.ndarray, new_segment_callback: Callable, **options: object) -> list:
            lengths.append(len(samples))
            # one word a second, named by where its loudest sample lies in the recording
            alike = np.flatnonzero(sound == samples[0])
            place = next(start for start in alike if np.array_equal(sound[start:][:99], samples[:99]))
            first = math.ceil(place / 16_000)
            words = [
                SimpleNamespace(text=f"w{second}", t0=at, t1=at + 40, probability=1.0)
                for second in range(first, (place + len(samples)) // 16_000)
                for at in [round(100 * (second - place / 16_000))]
            ]
            for word in words:
                new_segment_callback(word)
            return words

    sound = babble(40.0)
    (tmp_path / "samples").write_bytes(sound.astype("<f4").tobytes())
    monkeypatch.setitem(sys.modules, "_pywhispercpp", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "pywhispercpp", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "pywhispercpp.model", SimpleNamespace(Model=Model))
    monkeypatch.setattr(whispercpp, "_LONGEST", 15.0)
    result = tmp_path / "result.json"
    assert whispercpp.main(["model", str(tmp_path / "samples"), str(result), "1", "en"]) == 0
    words = json.loads(result.read_text())["words"]
    assert [word[0] for word in words] == [f"w{second}" for second in range(40)]
    assert all(word[1] == pytest.approx(second, abs=0.02) for second, word in enumerate(words))
    assert max(lengths) <= 15 * 16_000
