"""Pairs of a paper and a transcript, without a recording: kept, told apart by format, and honest about their times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from podcast_dspy.audio import read_transcript
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs import TrainingPair, find_pairs
from podcast_dspy.workspace import Workspace

PAPER = (
    "# Wet salt\n\n## Introduction\n\n" + "Salt takes water from the air, and the air gives it gladly. " * 12
)
TALK = (
    ("Ann", "Why does salt get wet?"),
    ("Bo", "It takes water from the air, all of the time."),
    ("Ann", "Even at night?"),
    ("Bo", "Even then."),
)


def turns(*said: tuple[str, str], seconds: float = 5.0) -> str:
    return json.dumps(
        [
            {"speaker": who, "start": place * seconds, "end": (place + 1) * seconds, "text": text}
            for place, (who, text) in enumerate(said)
        ]
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "paper.md").write_text(PAPER)
    return Workspace(tmp_path / "ws")


def ingest(workspace: Workspace, folder: Path, name: str, text: str) -> TrainingPair:
    (folder / name).write_text(text)
    return workspace.ingest(folder / "paper.md", stt=f"import:{folder / name}", pair_id=Path(name).stem)


def test_a_transcript_alone_makes_a_pair_that_says_so(workspace: Workspace, tmp_path: Path) -> None:
    ingest(workspace, tmp_path, "talk.json", turns(*TALK))
    pair = workspace.pair("talk")
    assert pair.audio_path == ""
    assert pair.duration_minutes == pytest.approx(20.0 / 60.0)
    assert [one.speaker for one in pair.transcription.segments] == ["Ann", "Bo", "Ann", "Bo"]
    assert pair.format == "dialogue"
    again = workspace.ingest(tmp_path / "paper.md", stt=f"import:{tmp_path / 'talk.json'}")
    assert again.pair_id == "talk"


def test_who_speaks_once_after_the_other_explains(workspace: Workspace, tmp_path: Path) -> None:
    assert ingest(workspace, tmp_path, "two.json", turns(*TALK[:2])).format == "explainer"
    few = turns(*TALK, seconds=120.0)
    assert ingest(workspace, tmp_path, "slow.json", few).format == "explainer"


def test_text_without_times_is_as_long_as_its_words(workspace: Workspace, tmp_path: Path) -> None:
    said = "\n".join(f"{who}: {text}" for who, text in TALK * 5)
    pair = ingest(workspace, tmp_path, "plain.txt", said)
    words = len(pair.transcription.transcript_text.split())
    assert pair.transcription.total_duration == pytest.approx(words * 0.4, abs=0.01)
    assert not pair.transcription.timed
    assert any(doubt.kind == "no-times" for doubt in pair.confidence.doubts)
    assert pair.format == "dialogue"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (turns(*TALK, seconds=0.01), "cannot be right"),
        (turns(*TALK, seconds=1e9), "cannot be right"),
        ('{"segments": [{"words": [{"word": "Salt", "start": NaN, "end": 2}]}]}', "no numbers"),
        ("[]", "no words"),
        ("{", "JSON"),
    ],
)
def test_what_is_no_transcript_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError, match=said):
        read_transcript(tmp_path / "bad.json")


def test_hours_of_a_time_code_are_taken_off(tmp_path: Path) -> None:
    (tmp_path / "late.srt").write_text("1\n10:00:00,000 --> 10:00:04,000\nSalt takes water from the air.\n")
    assert read_transcript(tmp_path / "late.srt").total_duration == pytest.approx(4.0)


def test_a_pair_needs_one_or_the_other(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--transcript"):
        workspace.ingest(tmp_path / "paper.md")


def test_a_folder_may_hold_transcripts(tmp_path: Path) -> None:
    for name in ("a/paper.pdf", "a/transcript.json", "b/paper.pdf", "b/transcript.json", "b/show.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    first, second = find_pairs(tmp_path)
    assert (first.recording.name, first.transcribed) == ("transcript.json", True)
    assert (second.recording.name, second.transcribed) == ("show.mp3", False)
