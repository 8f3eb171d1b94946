"""Two voices are told apart, one or three are not, and everything else of a transcript stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from podcast_dspy.audio import transcribe
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.audio.transcription import FRAME, label_speakers, timbre

RATE = 16_000
LOW = (110.0, (600, 1100, 2500))
HIGH = (215.0, (850, 1500, 3100))
BETWEEN = (155.0, (450, 1900, 2800))


def vowel(seconds: float, pitch: float, formants: Sequence[float], seed: int) -> NDArray[np.float32]:
    """A voice: pulses through resonances that wander as from one word to the next."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    contour = pitch * 2 ** (
        0.12 * np.interp(np.arange(count), np.linspace(0, count, 12), random.standard_normal(12))
    )
    sound = np.diff(np.floor(np.cumsum(contour) / RATE), prepend=0.0)
    parts = []
    for piece in np.array_split(sound + 1e-4 * random.standard_normal(count), 8):
        for formant in formants:
            centre = 2 * np.pi * formant * random.uniform(0.85, 1.15) / RATE
            piece = lfilter([1.0], [1.0, -1.9 * np.cos(centre), 0.9025], piece)
        parts.append(piece)
    whole = np.concatenate(parts)
    return (0.3 * whole / np.abs(whole).max()).astype(np.float32)


def show(
    turns: Sequence[tuple[float, Sequence[float]]],
) -> tuple[NDArray[np.float32], list[TranscriptSegment]]:
    """A recording of 2 s a turn with 0.3 s between, and its sentences."""
    samples, segments, at = [], [], 0.0
    for number, (pitch, formants) in enumerate(turns):
        samples += [vowel(2.0, pitch, formants, number), np.zeros(round(0.3 * RATE), np.float32)]
        segments.append(
            TranscriptSegment(
                segment_id=f"s{number}", text="x", start_time=at, end_time=at + 2.0, duration=2.0
            )
        )
        at += 2.3
    return np.concatenate(samples), segments


def test_pitch_is_measured() -> None:
    sound = timbre(vowel(3.0, *LOW, seed=0), RATE)
    assert len(sound.level) == len(sound.pitch) == len(sound.cepstrum) == pytest.approx(3.0 / FRAME, abs=2)
    assert 2 ** np.nanmedian(sound.pitch) == pytest.approx(110, rel=0.1)
    assert np.isnan(timbre(np.zeros(RATE, np.float32), RATE).pitch).all()
    assert len(timbre(np.zeros(10, np.float32), RATE).level) == 0


def test_two_voices_are_told_apart() -> None:
    pattern = "HLHHLLLHLHLHHLLHLHHLLHLH" * 2
    samples, segments = show([HIGH if who == "H" else LOW for who in pattern])
    labelled = label_speakers(timbre(samples, RATE), segments)
    assert "".join(segment.speaker or "-" for segment in labelled) == pattern.replace("H", "A").replace(
        "L", "B"
    )
    assert [segment.model_copy(update={"speaker": None}) for segment in labelled] == segments


@pytest.mark.parametrize(
    "turns",
    [[LOW] * 40, [HIGH] * 15, [LOW, HIGH, BETWEEN] * 14, [LOW, HIGH] * 3, []],
    ids=["one", "one, short", "three", "too few", "none"],
)  # fmt: skip
def test_otherwise_nothing_is_claimed(turns: list[tuple[float, Sequence[float]]]) -> None:
    samples, segments = show(turns) if turns else (np.zeros(RATE, np.float32), [])
    assert label_speakers(timbre(samples, RATE), segments) == tuple(segments)


def test_silence_and_noise_have_no_speaker() -> None:
    _, segments = show([LOW] * 20)
    for samples in (
        np.zeros(46 * RATE, np.float32),
        np.random.default_rng(0).standard_normal(46 * RATE) * 0.1,
    ):
        assert label_speakers(timbre(samples.astype(np.float32), RATE), segments) == tuple(segments)


def test_named_speakers_stay(tmp_path: Path) -> None:
    from podcast_dspy.audio.audio_writer import encode

    samples, segments = show([LOW, HIGH] * 12)
    path, named, plain = tmp_path / "show.wav", tmp_path / "named.vtt", tmp_path / "plain.vtt"
    encode(path, samples, RATE, ".wav")

    def cue(segment: TranscriptSegment, text: str) -> str:
        start, end = (f"00:{seconds:06.3f}" for seconds in (segment.start_time, segment.end_time))
        return f"{start} --> {end}\n{text}\n"

    named.write_text(
        "WEBVTT\n\n" + "\n".join(cue(segment, "<v Ann>Words are said.") for segment in segments[:20])
    )
    plain.write_text("WEBVTT\n\n" + "\n".join(cue(segment, "Words are said.") for segment in segments))
    assert {segment.speaker for segment in transcribe(path, stt=f"import:{named}").segments} == {"Ann"}
    found = transcribe(path, stt=f"import:{plain}")
    assert [segment.speaker for segment in found.segments] == ["A", "B"] * 12
    bare = transcribe(path, stt=f"import:{plain}", speakers=False)
    assert {segment.speaker for segment in bare.segments} == {None}
