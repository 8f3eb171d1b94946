"""Ingest and evaluate refuse papers, recordings and labels that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults_bench import Bench, changes, check_refusal, snapshot
from faults_files import encrypted_pdf, paper_pdf, scanned_pdf, transcription, wav

from podcast_dspy.audio import transcript
from podcast_dspy.errors import AudioError

Data = Callable[[Path], bytes | None]

PAPERS: dict[str, tuple[Data, str]] = {
    "missing": (lambda folder: None, "does not exist"),
    "empty": (lambda folder: b"", "is empty"),
    "encrypted": (lambda folder: encrypted_pdf(), "password"),
    "truncated": (lambda folder: paper_pdf()[:600], "truncated"),
    "web-page": (lambda folder: b"<html>please log in</html>", "not a PDF"),
    "picture": (scanned_pdf, "tesseract"),
}
SOUNDS: dict[str, tuple[Data, str]] = {
    "missing": (lambda folder: None, "no audio file"),
    "empty": (lambda folder: b"", "is empty"),
    "truncated": (lambda folder: wav(20.0)[:40_000], "cut off"),
    "text": (lambda folder: b"this is no recording\n" * 50, "audio"),
    "silent": (lambda folder: wav(loudness=0.0), "silent"),
}


def _file(bench: Bench, name: str, data: Data) -> str:
    content = data(bench.folder)
    if content is not None:
        bench.path(name, content)
    return str(bench.folder / name)


@pytest.mark.parametrize("kind", PAPERS)
@pytest.mark.parametrize("place", ["empty", "bench"])
def test_ingest_refuses_papers(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, place: str, kind: str
) -> None:
    bench: Bench = request.getfixturevalue(place)
    monkeypatch.setenv("PATH", "")  # no OCR program
    data, said = PAPERS[kind]
    pdf = _file(bench, "bad.pdf", data)
    sound = str(bench.path("talk.wav", wav()))
    bench.refuses(("ingest", "--pdf", pdf, "--audio", sound), 1, "bad.pdf", said)


@pytest.mark.parametrize("kind", PAPERS)
def test_kb_add_refuses_papers(bench: Bench, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("PATH", "")
    assert bench.run("kb", "create", "shelf").code == 0
    data, said = PAPERS[kind]
    pdf = _file(bench, "bad.pdf", data)
    bench.refuses(("kb", "add", "shelf", "--paper", pdf), 1, "bad.pdf", said)


@pytest.mark.parametrize("kind", SOUNDS)
@pytest.mark.parametrize("place", ["empty", "bench"])
def test_ingest_refuses_recordings(request: pytest.FixtureRequest, place: str, kind: str) -> None:
    bench: Bench = request.getfixturevalue(place)
    data, said = SOUNDS[kind]
    sound = _file(bench, "bad.wav", data)
    pdf = str(bench.path("blocked.pdf", paper_pdf()))
    bench.refuses(("ingest", "--pdf", pdf, "--audio", sound), 1, "bad.wav", said)


@pytest.mark.parametrize("kind", SOUNDS)
def test_evaluate_refuses_recordings(bench: Bench, kind: str) -> None:
    data, said = SOUNDS[kind]
    sound = _file(bench, "bad.wav", data)
    script = str(bench.path("draft.txt", "Welcome to the show. Bloom filters are small."))
    bench.refuses(("evaluate", script, "--pair", "bloom", "--audio", sound), 1, "bad.wav", said)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("gone.txt", None, "gone.txt"),
        ("noise.txt", b"\xff\xfe\x00\x80" * 9, "noise.txt"),
        ("no.json", b"{", "no script"),
        ("other.json", b'{"title": 3}', "no script"),
        ("folder", None, "folder"),
    ],
)
def test_evaluate_refuses_scripts(bench: Bench, name: str, data: bytes | None, said: str) -> None:
    if data is not None:
        bench.path(name, data)
    elif name == "folder":
        (bench.folder / name).mkdir()
    bench.refuses(("evaluate", str(bench.folder / name), "--pair", "bloom"), 1, said)


LABELS = {
    "unknown type": ("0,5,overture\n", 2, "overture"),
    "negative": ("-4,5,intro\n", 2, "-4"),
    "not a number": ("0,nan,intro\n", 2, "nan"),
    "backwards": ("9,5,intro\n", 2, "ends at 5"),
    "overlapping": ("0,9,intro\n5,12,problem\n", 2, "follow each other"),
    "two cells": ("0,5\n", 2, "line 1"),
    "no rows": ("start,end,type\n", 2, "no segment"),
    "empty": ("", 2, "no segment"),
    "binary": (b"\xff\xfe\x00\xd8" * 20, 1, "UTF-8"),
    "half JSON": ('{"segments": [', 2, "JSON"),
    "other JSON": ('{"labels": []}', 2, "segments"),
    "fields missing": ('{"segments": [{"start_time": 1}]}', 2, "missing"),
    "a list of numbers": ("[1, 2]", 2, "missing"),
    "null times": (
        '{"segments": [{"start_time": null, "end_time": 2, "segment_type": "intro"}]}',
        2,
        "no times",
    ),
    "a nul byte": ("0,5,in\x00tro\n", 2, "labels.csv"),
    "deep": ("[" * 100_000, 2, "labels.csv"),
    "a huge cell": ("0," + "9" * 200_000 + ",intro\n", 2, "labels.csv"),
}


@pytest.mark.parametrize("kind", LABELS)
def test_ingest_refuses_labels(empty: Bench, fake_transcriber: None, kind: str) -> None:
    data, code, said = LABELS[kind]
    labels = str(empty.path("labels.csv", data))
    pdf, sound = str(empty.path("blocked.pdf", paper_pdf())), str(empty.path("talk.wav", wav()))
    sentence = empty.refuses(("ingest", "--pdf", pdf, "--audio", sound, "--labels", labels), code, said)
    assert len(sentence) < 600


def test_ingest_refuses_missing_labels(empty: Bench) -> None:
    pdf, sound = str(empty.path("blocked.pdf", paper_pdf())), str(empty.path("talk.wav", wav()))
    empty.refuses(("ingest", "--pdf", pdf, "--audio", sound, "--labels", "gone.csv"), 1, "gone.csv")


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [("--stt", "nobody", 2), ("--id", "../x", 2), ("--id", "Ümlaut", 2), ("--speaker-gender", "robot", 2)],
)
def test_ingest_refuses_names(empty: Bench, option: str, value: str, code: int) -> None:
    pdf, sound = str(empty.path("blocked.pdf", paper_pdf())), str(empty.path("talk.wav", wav()))
    empty.refuses(("ingest", "--pdf", pdf, "--audio", sound, option, value), code, value)


def test_a_taken_id_is_not_overwritten(bench: Bench, fake_transcriber: None) -> None:
    pdf, sound = str(bench.path("blocked.pdf", paper_pdf())), str(bench.path("talk.wav", wav()))
    bench.refuses(("ingest", "--pdf", pdf, "--audio", sound, "--id", "bloom"), 2, "bloom", "another id")


def test_a_failed_second_ingest_leaves_the_first(
    empty: Bench, fake_transcriber: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf, sound = str(empty.path("blocked.pdf", paper_pdf())), str(empty.path("talk.wav", wav()))
    words = ("ingest", "--pdf", pdf, "--audio", sound, "--id", "blocked")
    assert empty.run(*words).code == 0
    before = snapshot(empty.workspace)

    def broken(*given: Any, **options: Any) -> transcript.TranscriptionResult:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("podcast_dspy.audio.transcribe", broken, raising=False)
    assert empty.run(*words, "--stt", "openai/whisper-1").code == 1
    assert changes(before, snapshot(empty.workspace)) == []
    other = str(empty.path("other.wav", wav(3.0)))
    assert empty.run("ingest", "--pdf", pdf, "--audio", other).code == 1
    assert changes(before, snapshot(empty.workspace)) == [], "a bug leaves no half pair behind either"


def _shelf(bench: Bench) -> Path:
    """Two pairs, the second with a silent recording."""
    for name, sound in (("good", wav()), ("mute", wav(loudness=0.0))):
        (bench.folder / "shelf" / name).mkdir(parents=True)
        bench.path(f"shelf/{name}/paper.pdf", paper_pdf())
        bench.path(f"shelf/{name}/podcast.wav", sound)
    return bench.folder / "shelf"


def test_ingest_all_adds_what_can_be_used_and_names_the_rest(
    empty: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podcast_dspy.audio.transcribe", _only_sound, raising=False)
    outcome = empty.run("ingest-all", str(_shelf(empty)), "--json")
    assert outcome.code == 1
    assert [pair["pair_id"] for pair in json.loads(outcome.out)["pairs"]] == ["good"]
    assert "silent" in json.loads(outcome.out)["failed"]["mute"]
    assert outcome.err.startswith("Error: 1 of 2 pairs not added: mute: ")
    assert [folder.name for folder in (empty.workspace / "training_pairs").iterdir()] == ["good"]


def test_ingest_all_twice_changes_nothing(empty: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcast_dspy.audio.transcribe", _only_sound, raising=False)
    shelf = _shelf(empty)
    (shelf / "mute" / "podcast.wav").write_bytes(wav(3.0))
    assert empty.run("ingest-all", str(shelf)).code == 0
    before = snapshot(empty.workspace)
    monkeypatch.setattr("podcast_dspy.audio.transcribe", None, raising=False)
    assert empty.run("ingest-all", str(shelf)).code == 0
    assert changes(before, snapshot(empty.workspace)) == []


@pytest.mark.parametrize("name", ["gone", "talk.wav", "nothing"])
def test_ingest_all_refuses_folders(empty: Bench, name: str) -> None:
    empty.path("talk.wav", wav())
    (empty.folder / "nothing").mkdir()
    empty.refuses(("ingest-all", str(empty.folder / name)), 1, name)


def _only_sound(path: Path, **options: Any) -> transcript.TranscriptionResult:
    """Hears the same in everything but silence."""
    if not any(path.read_bytes()[44:]):
        raise AudioError(f"{path} is silent; record it again.")
    return transcription(path)


def test_sentences_keep_to_one_line(empty: Bench) -> None:
    name = "line\nbreak.pdf"
    check_refusal(empty.run("ingest", "--pdf", name, "--audio", "no.mp3"), 1, "break.pdf")


def test_papers_of_other_kinds_are_ingested(empty: Bench, fake_transcriber: None) -> None:
    prose = "Bloom filters answer membership queries in a few bits for each key. " * 4
    paper = str(empty.path("bloom.md", f"# Blocked Bloom Filters\n\n## Method\n\n{prose}\n"))
    sound = str(empty.path("talk.wav", wav()))
    assert empty.run("ingest", "--pdf", paper, "--audio", sound).code == 0


def test_addresses_are_refused_without_their_secrets(empty: Bench) -> None:
    address = "https://ada:s3cr3t@example.org/paper.html?token=s3cr3t"
    sentence = empty.refuses(("ingest", "--pdf", address, "--audio", "talk.wav"), 1, "download the paper")
    assert "s3cr3t" not in sentence
