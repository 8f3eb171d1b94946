"""Atomic writes: killed, failing and competing writers never leave half a file."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.errors import DiskFullError, InputError, WorkspaceError
from podcast_dspy.store import Tree, atomic_write, file_sha256
from podcast_dspy.store.files import sweep

KILLED_WRITER = """
import os, sys
from pathlib import Path
from podcast_dspy.store import atomic_write
write = os.write
def half(descriptor, data):
    if len(data) < 1000:
        return write(descriptor, data)
    written = write(descriptor, data[: len(data) // 2])
    print("half", flush=True)
    sys.stdin.read()
    return written
os.write = half
atomic_write(Path(sys.argv[1]), b"new " * 100_000)
"""


@given(st.binary(max_size=3000), st.binary(max_size=3000))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_last_write_wins_whole(tmp_path: Path, first: bytes, second: bytes) -> None:
    file = tmp_path / "deep" / "file.bin"
    atomic_write(file, first)
    atomic_write(file, second)
    assert file.read_bytes() == second
    assert [entry.name for entry in file.parent.iterdir()] == ["file.bin"]


def test_a_writer_killed_half_way_leaves_the_old_content(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    atomic_write(file, b"old")
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"half\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert file.read_bytes() == b"old"
    leftovers = [entry for entry in tmp_path.iterdir() if entry.name != "results.json"]
    assert len(leftovers) == 1
    assert Tree(tmp_path).files(".") == ["results.json"]
    assert sweep(tmp_path) == 0  # a writer could still be at it
    hours_ago = time.time() - 7200
    os.utime(leftovers[0], (hours_ago, hours_ago))
    assert sweep(tmp_path) == 1


def test_readers_never_see_a_mixture(tmp_path: Path) -> None:
    file = tmp_path / "value"
    contents = [bytes([letter]) * 60_000 for letter in b"ab"]
    atomic_write(file, contents[0])

    def write(content: bytes) -> None:
        for _ in range(25):
            atomic_write(file, content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert file.read_bytes() in contents
    for writer in writers:
        writer.join()
    assert file.read_bytes() in contents


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    file = tmp_path / "loss_history.json"
    atomic_write(file, b"old")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(DiskFullError, match=r"no space left to write .*loss_history\.json; free some"):
        atomic_write(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["loss_history.json"]


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_read_only_workspace_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    real = os.open

    def refuse(path: object, flags: int, *rest: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(code, os.strerror(code), str(path))
        return real(path, flags, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(WorkspaceError, match="read-only or belongs to someone else; allow writing"):
        Tree(tmp_path).write_json("a.json", {})


def test_only_one_exclusive_writer_wins(tmp_path: Path) -> None:
    file = tmp_path / "v1.json"
    outcomes: list[bool] = []

    def write(number: int) -> None:
        try:
            atomic_write(file, str(number).encode(), exclusive=True)
        except FileExistsError:
            outcomes.append(False)
        else:
            outcomes.append(True)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_in_the_place_of_a_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "trials").write_text("")
    with pytest.raises(WorkspaceError, match="a file stands where the folder"):
        atomic_write(tmp_path / "trials" / "trial_001" / "config.json", b"{}")


def test_the_hash_of_a_missing_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.pdf cannot be read"):
        file_sha256(tmp_path / "missing.pdf")
