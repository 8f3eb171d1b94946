"""A written episode is as loud as asked for, tagged, repeatable, and whole or absent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from PIL import Image

from podcast_dspy.audio import AudioTags, Chapter, decode, write_audio
from podcast_dspy.audio.audio_writer import _limited, _peaks, measure_loudness, normalise, true_peak
from podcast_dspy.errors import InputError, SynthesisError, UsageError, WorkspaceError

TAGS = AudioTags(title="Wörter & Dinge", artist="A. Host", album="Show", year="2024", comment="About a paper")
CHAPTERS = [Chapter(title="Intro é", start=0.0, end=2.0), Chapter(title="Main", start=2.0, end=7.5)]


@pytest.mark.parametrize("suffix", ["mp3", "opus", "wav"])
def test_loudness_peak_length_and_chapters(suffix: str, babble: Callable, tmp_path: Path) -> None:
    samples = 0.1 * babble(8.0, rate=22_050)
    samples[30_000:30_020] = 0.9  # a click that has to be limited
    path = tmp_path / "new" / f"e.{suffix}"
    info = write_audio(path, samples, 22_050, tags=TAGS, chapters=CHAPTERS, transcript="Hello.\nAll.")
    assert info.path == path
    assert info.duration == pytest.approx(8.0, abs=0.03)
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    decoded = decode(path, info.sample_rate)
    assert measure_loudness(decoded, info.sample_rate) == pytest.approx(-16.0, abs=0.5)
    assert true_peak(decoded) <= -0.95
    with av.open(str(path)) as file:
        read = [(one["metadata"]["title"], float(one["start"] * one["time_base"])) for one in file.chapters()]
    assert sorted(read) == [("Intro é", 0.0), ("Main", 2.0)]


def test_tags(babble: Callable, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    Image.new("RGB", (20, 20), "navy").save(cover)
    mp3, opus = tmp_path / "e.mp3", tmp_path / "e.opus"
    for path in (mp3, opus):
        write_audio(
            path, babble(1.0), 16_000, tags=TAGS, chapters=CHAPTERS[:0], transcript="Said.", cover=cover
        )
    tags = MP3(mp3).tags
    assert str(tags["TIT2"]) == "Wörter & Dinge"
    assert tags.getall("USLT")[0].text == "Said."
    assert tags.getall("APIC")[0].data == cover.read_bytes()
    assert not tags.getall("CHAP")
    comments = OggOpus(opus)
    assert comments["title"] == ["Wörter & Dinge"]
    assert comments["lyrics"] == ["Said."]
    assert len(comments["metadata_block_picture"]) == 1


def test_ids_and_table_of_contents(babble: Callable, tmp_path: Path) -> None:
    path = tmp_path / "e.mp3"
    write_audio(path, babble(8.0), 16_000, tags=TAGS, chapters=CHAPTERS)
    tags = MP3(path).tags
    contents = tags.getall("CTOC")[0]
    assert contents.child_element_ids == ["chp0", "chp1"]
    assert {frame.element_id for frame in tags.getall("CHAP")} == {"chp0", "chp1"}


@pytest.mark.parametrize("suffix", ["mp3", "opus", "wav"])
def test_the_same_input_gives_the_same_bytes(suffix: str, babble: Callable, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        write_audio(path, babble(2.0), 24_000, tags=TAGS, chapters=[], transcript="x")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_cannot_be_written_leaves_nothing(
    babble: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = babble(2.0)
    path = tmp_path / "out" / "e.mp3"
    empty, broken = np.zeros(0, np.float32), np.full(16_000, np.nan, np.float32)
    text = tmp_path / "cover.txt"
    text.write_text("no picture")
    cases: list[tuple[type[Exception], dict]] = [
        (SynthesisError, {"samples": empty}),
        (SynthesisError, {"samples": broken}),
        (SynthesisError, {"samples": np.zeros(16_000, np.float32)}),
        (UsageError, {"path": path.with_suffix(".xyz")}),
        (UsageError, {"chapters": [Chapter(title="late", start=1.0, end=9.0)]}),
        (
            UsageError,
            {"chapters": [Chapter(title="a", start=0, end=1.5), Chapter(title="b", start=1.0, end=2.0)]},
        ),
        (InputError, {"cover": text}),
        (InputError, {"cover": tmp_path / "none.png"}),
    ]
    for error, change in cases:
        arguments = {"path": path, "samples": good, **change}
        with pytest.raises(error) as caught:
            write_audio(arguments.pop("path"), arguments.pop("samples"), 16_000, tags=TAGS, **arguments)
        assert "\n" not in str(caught.value)
        assert not path.parent.exists() or not list(path.parent.iterdir())
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError):
        write_audio(tmp_path / "file" / "e.mp3", good, 16_000, tags=TAGS)


def test_an_older_file_survives_a_failure(
    babble: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e.mp3"
    write_audio(path, babble(1.0), 16_000, tags=TAGS)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("podcast_dspy.audio.audio_writer.write_tags", fail)
    with pytest.raises(WorkspaceError, match="full"):
        write_audio(path, babble(2.0), 16_000, tags=TAGS)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["e.mp3"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(-12.0, -0.5), st.floats(0.05, 4.0))
def test_the_limiter_keeps_under_its_ceiling(seed: int, ceiling: float, level: float) -> None:
    random = np.random.default_rng(seed)
    samples = (level * random.standard_normal(8_000) * (random.random(8_000) > 0.7)).astype(np.float32)
    limited = _limited(samples, _peaks(samples), 16_000, 1.0, ceiling)
    assert true_peak(limited) <= ceiling + 0.3  # between samples a moving gain may lift a peak a little
    assert np.all(np.abs(limited) <= np.abs(samples) + 1e-6)


def test_true_peak_sees_between_samples() -> None:
    # a sine at a quarter of the rate, sampled 45 degrees off its crests, hides 3 dB from its samples
    tone = np.sin(2 * np.pi * 0.25 * np.arange(4_000) + np.pi / 4).astype(np.float32)
    assert float(np.max(np.abs(tone))) == pytest.approx(0.7071, abs=1e-3)
    assert true_peak(tone[100:-100]) == pytest.approx(0.0, abs=0.4)


@pytest.mark.parametrize("target", [-23.0, -16.0, -14.0])
@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_normalise(target: float, rate: int, babble: Callable) -> None:
    result = normalise(0.05 * babble(4.0, rate=rate), rate, loudness=target)
    assert measure_loudness(result, rate) == pytest.approx(target, abs=0.1)
    assert true_peak(result) <= -0.9


def test_loudness_of_a_reference_tone() -> None:
    # BS.1770: a 997 Hz sine at full scale in one channel measures -3.01 LKFS
    tone = np.sin(2 * np.pi * 997 * np.arange(48_000 * 3) / 48_000).astype(np.float32)
    assert measure_loudness(tone, 48_000) == pytest.approx(-3.01, abs=0.1)
    assert measure_loudness(tone[:1_000], 48_000) == pytest.approx(-3.01, abs=0.5)
    assert measure_loudness(np.zeros(48_000, np.float32), 48_000) == float("-inf")


@pytest.mark.parametrize("suffix", ["mp3", "opus", "wav"])
def test_stereo_is_as_loud_as_mono_and_each_speaks_from_a_side(
    suffix: str, babble: Callable, tmp_path: Path
) -> None:
    path = tmp_path / f"two.{suffix}"
    write_audio(path, babble(6.0, rate=24_000), 24_000, tags=TAGS, places=[(0.0, -0.5), (3.0, 0.5)])
    with av.open(str(path)) as file:
        assert file.streams.audio[0].layout.nb_channels == 2
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        pieces = [one.to_ndarray() for frame in file.decode(audio=0) for one in resampler.resample(frame)]
    left, right = np.concatenate(pieces, axis=1)
    loudness = pyloudnorm.Meter(48_000).integrated_loudness(np.stack([left, right], axis=1).astype(float))
    assert loudness == pytest.approx(-16.0, abs=0.5)
    early, late = slice(0, 120_000), slice(168_000, 264_000)
    assert np.mean(left[early] ** 2) > 2 * np.mean(right[early] ** 2)
    assert np.mean(right[late] ** 2) > 2 * np.mean(left[late] ** 2)
