"""Full disks, read-only workspaces, and outputs that cannot be written."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli_fakes import store_pair
from faults_bench import Bench, changes, check_refusal, snapshot
from faults_files import paper_pdf, profile_data, transcription, wav

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.testing import FakeVoice


def files(bench: Bench, *more: str) -> tuple[str, ...]:
    """An ingest of two good files."""
    pdf, sound = bench.path("blocked.pdf", paper_pdf()), bench.path("talk.wav", wav())
    return ("ingest", "--pdf", str(pdf), "--audio", str(sound), *more)


WRITERS: list[tuple[str, ...]] = [
    ("kb", "create", "shelf"),
    ("ingest",),
    ("ingest", "--id", "second"),
]
"""Commands that write into the workspace without a model."""


def words_of(bench: Bench, words: tuple[str, ...]) -> tuple[str, ...]:
    """The command with its files."""
    return files(bench, *words[1:]) if words[0] == "ingest" else words


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "free some disk space"),
        (errno.EDQUOT, "free some disk space"),
        (errno.EROFS, "read-only"),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else "",
)
def test_every_write_may_fail(
    bench: Bench,
    fake_transcriber: None,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    """The first write of a command fails, then the second, and so on until all succeed."""
    command = words_of(bench, words)
    write, before = os.write, snapshot(bench.workspace)
    for number in range(1, 40):
        left = [number]

        def fails(descriptor: int, data: Any) -> int:
            if os.path.realpath(f"/proc/self/fd/{descriptor}").startswith(str(bench.workspace)):
                left[0] -= 1  # noqa: B023
                if left[0] <= 0:  # noqa: B023
                    raise OSError(code, os.strerror(code))
            return write(descriptor, data)

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fails)
            outcome = bench.run(*command)
        if outcome.code == 0:
            assert number > 1
            return
        check_refusal(outcome, 1, said)
        assert changes(before, snapshot(bench.workspace)) == [], f"write {number} failed"
    pytest.fail("the command never succeeded")


def test_a_truly_full_disk(
    empty: Bench, fake_transcriber: None, mount: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty.workspace.mkdir()
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", empty.workspace)
    store_pair(empty.workspace, empty.folder)

    def long(path: str | Path, **options: Any) -> TranscriptionResult:
        return transcription(Path(path)).model_copy(update={"transcript_text": "bits " * 40_000})

    monkeypatch.setattr("podcast_dspy.audio.transcribe", long, raising=False)
    command = files(empty)
    empty.refuses(command, 1, "no space left", "free some disk space")
    filler = empty.workspace / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(bytes(65536))
    for words in (("kb", "create", "shelf"), ("analyze-all",), ("export", "--output", "workspace/p.json")):
        outcome = empty.run(*words)
        assert outcome.code in (1, 2)
        assert "unexpected" not in outcome.err
    for words in (("status",), ("pairs", "list"), ("pairs", "show", "bloom"), ("profile", "show")):
        assert empty.run(*words).code == 0, "reading needs no space"


def test_a_truly_read_only_workspace(bench: Bench, fake_transcriber: None, mount: Any) -> None:
    commands = [words_of(bench, words) for words in WRITERS]
    assert bench.run("profile", "show").code == 0
    mount("--bind", bench.workspace, bench.workspace)
    mount("-o", "remount,bind,ro", bench.workspace)
    for words in (
        ("status",),
        ("pairs", "list"),
        ("pairs", "show", "bloom"),
        ("profile", "show"),
        ("kb", "list"),
    ):
        outcome = bench.run(*words)
        assert outcome.code == 0, f"{words} only reads: {outcome.err}"
    for words in (commands[0], commands[2], ("compile",)):
        bench.refuses(words, 1, "read-only", "--workspace")
    bench.path("profile.json", json.dumps(profile_data()))
    target = bench.workspace / "episode"
    bench.refuses(
        ("generate", str(bench.folder / "blocked.pdf"), "--profile", "profile.json", "--output", str(target)),
        1,
        "--output",
    )
    bench.refuses(("visuals", "align", "bloom", "--output", str(target)), 1, "read-only")
    bench.refuses(("pairs", "export", str(target)), 1, "read-only")


@pytest.fixture
def trained(bench: Bench) -> Bench:
    """A workspace with a compiled profile and a trial."""
    folder = bench.workspace / "profiles"
    folder.mkdir()
    (folder / "podcast_profile_v1.json").write_text(json.dumps(profile_data()))
    return bench


OUTPUTS: list[tuple[str, ...]] = [
    ("export", "--output"),
    ("pairs", "export", "--no-media"),
    ("visuals", "align", "bloom", "--output"),
]


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
def test_outputs_below_a_file(trained: Bench, words: tuple[str, ...]) -> None:
    trained.path("taken", "mine")
    trained.refuses((*words, str(trained.folder / "taken" / "out")), 1, "taken")
    assert (trained.folder / "taken").read_text() == "mine"


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
def test_outputs_in_a_missing_folder_make_it(trained: Bench, words: tuple[str, ...]) -> None:
    before = snapshot(trained.workspace)
    outcome = trained.run(*words, str(trained.folder / "a" / "b" / "out"))
    assert (outcome.code, outcome.err) == (0, "")
    assert (trained.folder / "a" / "b" / "out").exists()
    assert changes(before, snapshot(trained.workspace)) == []


@pytest.mark.parametrize("words", OUTPUTS[:1], ids=" ".join)
def test_outputs_that_are_a_folder(trained: Bench, words: tuple[str, ...]) -> None:
    (trained.folder / "taken").mkdir()
    trained.refuses((*words, str(trained.folder / "taken")), 1, "taken")


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_outputs_on_a_bad_disk(trained: Bench, mount: Any, words: tuple[str, ...], kind: str) -> None:
    disk = trained.folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=4k" if kind == "full" else "ro", "tmpfs", disk)
    said = "free some disk space" if kind == "full" else "read-only"
    sentence = check_refusal(trained.run(*words, str(disk / "sub" / "out.json")), 1, said)
    assert "choose another folder with --workspace" not in sentence, "it is not about the workspace"


def test_voices_try_and_evaluation_outputs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeVoice().installed() as voice:
        words = ("voices", "try", voice.name, "--output")
        bench.path("taken", "mine")
        bench.refuses((*words, "taken/x.mp3"), 1, "taken")
        bench.refuses((*words, "x.doc"), 2, ".mp3")
        monkeypatch.setattr("podcast_dspy.audio.audio_writer.encode", _full)
        bench.refuses((*words, "x.mp3"), 1, "x.mp3", "free some space")


def _full(*words: Any, **options: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", ["file", "dangling", "loop"])
@pytest.mark.parametrize(
    "words", [("status",), ("kb", "create", "shelf"), ("ingest",), ("compile",)], ids=" ".join
)
def test_workspaces_that_are_none(
    empty: Bench, fake_transcriber: None, words: tuple[str, ...], place: str
) -> None:
    command = words_of(empty, words)
    if place == "file":
        empty.workspace.write_text("mine")
    elif place == "loop":
        empty.workspace.symlink_to(empty.workspace)
    else:
        empty.workspace.symlink_to(empty.folder / "nowhere")
    outcome = empty.run(*command)
    assert "unexpected" not in outcome.err
    if outcome.code:
        check_refusal(outcome, outcome.code, "podcast-dspy ingest" if outcome.code == 2 else "workspace")
    if place == "file":
        assert outcome.code == 1
        assert empty.workspace.read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_an_unwritable_folder(trained: Bench) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; the read-only mounts cover this")
    folder = trained.folder / "closed"
    folder.mkdir(mode=0o500)
    trained.refuses(("export", "--output", str(folder / "p.json")), 1, "closed")


def test_stdout_on_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    import subprocess
    import sys

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "podcast_dspy.cli.main", "--version"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=100, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def drawable(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workspace with three trials to draw and report on."""
    losses = {
        f"{name}_loss": 0.25 for name in ("duration", "coverage", "structure", "quality", "rouge", "total")
    }
    metrics = SimpleNamespace(**losses, unscored={}, details={})
    trials = [
        SimpleNamespace(
            trial_id=f"trial_{number:03d}",
            trial_number=number,
            pair_results={"bloom": metrics},
            held_out={},
            **{f"avg_{name}": value for name, value in losses.items()},
        )
        for number in range(3)
    ]
    monkeypatch.setattr("podcast_dspy.workspace.Workspace.trials", trials)
    return bench


@pytest.mark.parametrize("form", ["png", "svg", "html"])
def test_curves_that_cannot_be_written(drawable: Bench, mount: Any, form: str) -> None:
    drawable.path("taken", "mine")
    words = ("plot-loss", "--output", form, "--file")
    drawable.refuses((*words, str(drawable.folder / "taken" / "curve")), 1, "taken")
    disk = drawable.folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=4k", "tmpfs", disk)
    drawable.refuses((*words, str(disk / "curve")), 1, "free some disk space")
