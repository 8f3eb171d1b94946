"""Lengths are true, and whatever is not sound is refused with a sentence."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from podcast_dspy.audio import decode, probe
from podcast_dspy.errors import AudioError


@pytest.mark.parametrize("suffix", [".mp3", ".opus", ".wav", ".flac"])
def test_length_and_hash(suffix: str, babble: Callable, write: Callable) -> None:
    path = write("x" + suffix, babble(3.21))
    info = probe(path)
    assert info.duration == pytest.approx(3.21, abs=0.005)
    assert info.channels == 1
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.sample_rate == (48_000 if suffix == ".opus" else 16_000)


def test_decode_keeps_times_and_rate(babble: Callable, write: Callable) -> None:
    samples = np.zeros(3 * 16_000, np.float32)
    samples[16_000:16_400] = 0.8
    for suffix in (".wav", ".flac"):
        decoded = decode(write("x" + suffix, samples), 8_000)
        assert len(decoded) == pytest.approx(24_000, abs=4)
        assert np.flatnonzero(np.abs(decoded) > 0.4)[0] == pytest.approx(8_000, abs=8)
        assert decoded.dtype == np.float32


def test_stereo_is_the_mean_of_its_channels(tmp_path: Path) -> None:
    import wave

    left = (20_000 * np.sin(np.arange(16_000) * 0.1)).astype("<i2")
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.stack([left, left // 2], axis=1).tobytes())
    assert np.allclose(decode(path), 0.75 * left / 32_768, atol=1e-3)


def test_a_header_that_promises_more_is_a_cut_off_file(babble: Callable, write: Callable) -> None:
    for suffix in (".mp3", ".wav"):
        path = write("x" + suffix, babble(6.0))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(AudioError, match="cut off"):
            probe(path)


def test_a_header_that_promises_less_is_overruled(babble: Callable, write: Callable) -> None:
    first, second = write("a.mp3", babble(2.0)), write("b.mp3", babble(5.0, seed=1))
    joined = first.with_name("joined.mp3")
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    assert probe(joined).duration == pytest.approx(7.0, abs=0.3)


def _bad(tmp_path: Path) -> dict[str, Path]:
    cases = {
        "missing": tmp_path / "none.mp3",
        "directory": tmp_path,
        "empty": tmp_path / "empty.mp3",
        "text": tmp_path / "text.mp3",
        "noise": tmp_path / "noise.mp3",
        "playlist": tmp_path / "playlist.mp3",
    }
    cases["empty"].write_bytes(b"")
    cases["text"].write_text("not a podcast " * 500)
    cases["noise"].write_bytes(np.random.default_rng(3).bytes(40_000))
    cases["playlist"].write_text("#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/x.mp3\n")
    return cases


@pytest.mark.parametrize("case", ["missing", "directory", "empty", "text", "noise", "playlist"])
@pytest.mark.parametrize("action", [probe, decode])
def test_what_is_not_audio(case: str, action: Callable, tmp_path: Path) -> None:
    path = _bad(tmp_path)[case]
    with pytest.raises(AudioError) as caught:
        action(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_silence(write: Callable) -> None:
    path = write("silent.wav", np.zeros(32_000, np.float32))
    assert probe(path).duration == pytest.approx(2.0)
    with pytest.raises(AudioError, match="silent"):
        decode(path)


@pytest.mark.parametrize("seed", range(60))
def test_mutated_files_give_a_result_or_an_audio_error(seed: int, babble: Callable, write: Callable) -> None:
    random = np.random.default_rng(seed)
    suffix = (".mp3", ".opus", ".wav", ".flac")[seed % 4]
    path = write("m" + suffix, babble(1.5))
    data = bytearray(path.read_bytes())
    for _ in range(int(random.integers(1, 40))):
        kind, at = random.integers(0, 4), int(random.integers(0, len(data)))
        if seed % 8 < 4:
            at = min(at, int(random.integers(0, 200)))  # headers are where the harm is done
        if kind == 0:
            data[at] = int(random.integers(0, 256))
        elif kind == 1:
            del data[at : at + int(random.integers(1, 64))]
        elif kind == 2:
            data[at:at] = random.bytes(int(random.integers(1, 64)))
        else:
            data[at : at + 4] = b"\xff\xff\xff\xff"
        data = data or bytearray(b"\0")
    path.write_bytes(bytes(data))
    for action in (probe, decode):
        with contextlib.suppress(AudioError):
            assert action(path) is not None
