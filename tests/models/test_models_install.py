"""Installing models through a registry client that is replaced by a small program, with its faults."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy import models
from podcast_dspy.errors import DiskFullError, ModelError, PrerequisiteError, UnknownNameError
from podcast_dspy.models import ModelEntry, packages

POPEN = subprocess.Popen
ONE = b"first part, " * 1000
TWO = b"second part."
CLIENT = """
import os, pathlib, shutil, sys, time
mode, store = os.environ["FAKE_MODE"], pathlib.Path(os.environ["FAKE_STORE"])
requirement = sys.argv[-1]
with (store / "calls").open("a") as log:
    log.write(requirement + "\\n")
if mode == "hang":
    time.sleep(60)
if mode != "ok" and (store / "only").read_text() in requirement:
    print((store / mode).read_text(), file=sys.stderr)
    sys.exit(1)
name = requirement.replace("@", "==").partition("==")[0]
for archive in store.glob(name + ".*"):
    shutil.copy(archive, pathlib.Path.cwd() / archive.name)
"""
MESSAGES = {
    "offline": "WARNING: Retrying after connection broken by NewConnectionError: Temporary failure in name "
    "resolution\nERROR: Could not find a version that satisfies the requirement\n"
    "ERROR: No matching distribution found",
    "absent": "ERROR: Could not find a version that satisfies the requirement\n"
    "ERROR: No matching distribution found",
    "full": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "nopip": "/usr/bin/python3: No module named pip",
    "strange": "ERROR: the moon is in the wrong house",
}


def _model(name: str, *, kind: str = "pip", content: bytes = ONE + TWO) -> ModelEntry:
    sources = [{"kind": kind, "package": f"{name}-{part}", "version": "1.0"} for part in ("a", "b")]
    parts = [{"package": f"{name}-{part}", "member": f"data/{part}.bin"} for part in ("a", "b")]
    digest = hashlib.sha256(content).hexdigest()
    files = [{"target": "joined.bin", "sha256": digest, "size": len(content), "parts": parts}]
    return ModelEntry.model_validate(
        {"name": name, "what": "a model", "role": "test", "licence": "MIT", "runs_on": "nothing"}
        | {"default": True, "main": "joined.bin", "sources": sources, "files": files}
    )


def _wheel(store: Path, package: str, member: str, content: bytes) -> None:
    with zipfile.ZipFile(store / f"{package}.whl", "w") as archive:
        archive.writestr(member, content)
        archive.writestr("setup.py", "raise SystemExit('code of a package was run')")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of two models, x and y, each joined from two packages; `FAKE_MODE` makes it fail."""
    place = tmp_path / "store"
    place.mkdir()
    (place / "client.py").write_text(CLIENT)
    (place / "only").write_text("-")
    for name, text in MESSAGES.items():
        (place / name).write_text(text)
    for name in ("x", "y"):
        _wheel(place, f"{name}-a", "data/a.bin", ONE)
        _wheel(place, f"{name}-b", "data/b.bin", TWO)
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FAKE_STORE", str(place))
    monkeypatch.setenv("FAKE_MODE", "ok")
    monkeypatch.setattr(models, "catalogue", lambda: (_model("x"), _model("y")))

    def popen(command: list[str], **options: Any) -> Any:
        if "npm" not in command[0]:
            assert "--no-deps" in command
            assert command[command.index("--only-binary") + 1] == ":all:"
        return POPEN([sys.executable, str(place / "client.py"), command[-1]], **options)

    monkeypatch.setattr(packages.subprocess, "Popen", popen)
    return place


def _left(tmp_path: Path) -> list[str]:
    cache = tmp_path / "cache"
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.name != "install.lock")


def _calls(store: Path) -> list[str]:
    return (store / "calls").read_text().splitlines() if (store / "calls").exists() else []


def test_parts_are_joined_and_nothing_else_is_left(store: Path, tmp_path: Path) -> None:
    events: list[models.InstallEvent] = []
    places = models.install(progress=events.append)
    assert places == {name: models.models_dir() / name for name in ("x", "y")}
    assert models.model_path("x").read_bytes() == ONE + TWO
    assert _left(tmp_path) == ["models", "models/x", "models/x/joined.bin", "models/y", "models/y/joined.bin"]
    assert [event.model for event in events if event.stage == "installed"] == ["x", "y"]
    assert all(0 <= event.done <= event.total for event in events)


def test_what_is_there_is_checked_and_not_downloaded_again(store: Path) -> None:
    models.install(["x"])
    before = models.model_path("x").stat().st_mtime_ns
    events: list[models.InstallEvent] = []
    models.install(["x"], events.append)
    assert _calls(store) == ["x-a==1.0", "x-b==1.0"]
    assert events[-1].stage == "present"
    assert models.model_path("x").stat().st_mtime_ns == before


def test_a_damaged_file_is_replaced(store: Path) -> None:
    models.install(["x"])
    path = models.model_path("x")
    path.write_bytes(b"#" * path.stat().st_size)
    models.install(["x"])
    assert path.read_bytes() == ONE + TWO


def test_a_wrong_checksum_is_refused(store: Path, tmp_path: Path) -> None:
    _wheel(store, "x-b", "data/b.bin", b"second port.")
    with pytest.raises(
        ModelError, match=r"joined\.bin from x-a has the checksum .* not installed; run it again"
    ):
        models.install(["x"])
    assert not models.installed("x")
    assert _left(tmp_path) == ["models", "models/x"]


def test_a_missing_member_and_a_broken_archive_are_refused(store: Path) -> None:
    _wheel(store, "x-b", "data/other.bin", TWO)
    with pytest.raises(ModelError, match=r"x-b\.whl has no data/b\.bin"):
        models.install(["x"])
    (store / "x-b.whl").write_bytes(b"not a zip")
    with pytest.raises(ModelError, match=r"x-b\.whl arrived broken"):
        models.install(["x"])


@pytest.mark.parametrize(
    ("mode", "error", "says"),
    [
        ("offline", PrerequisiteError, "registry does not answer; check the network"),
        ("absent", PrerequisiteError, "registry has no x-a==1.0"),
        ("full", DiskFullError, "disk filled up while downloading x-a==1.0; free some space"),
        ("nopip", PrerequisiteError, "-m ensurepip"),
        ("strange", ModelError, "the moon is in the wrong house"),
    ],
)
def test_a_client_that_fails_says_what_to_do(
    store: Path, monkeypatch: pytest.MonkeyPatch, mode: str, error: type[Exception], says: str
) -> None:
    monkeypatch.setenv("FAKE_MODE", mode)
    with pytest.raises(error) as caught:
        models.install(["x"])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_failure_does_not_stop_the_others(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MODE", "offline")
    (store / "only").write_text("x-a")
    events: list[models.InstallEvent] = []
    with pytest.raises(PrerequisiteError, match="x-a"):
        models.install(progress=events.append)
    assert not models.installed("x")
    assert models.installed("y")
    assert [event.model for event in events if event.stage == "failed"] == ["x"]


def test_space_is_checked_before_anything_is_downloaded(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(store)
    monkeypatch.setattr(models.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(DiskFullError, match=r"needs 67 MB in .* and 0 MB are free; free some space"):
        models.install(["x"])
    assert _calls(store) == []


def test_an_unknown_name_stops_before_anything_is_done(store: Path) -> None:
    with pytest.raises(UnknownNameError):
        models.install(["x", "nothing"])
    assert _calls(store) == []


def test_without_npm_only_that_model_fails(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "catalogue", lambda: (_model("x", kind="npm"), _model("y")))
    monkeypatch.setattr(packages, "npm", lambda: None)
    monkeypatch.setattr(models, "npm", lambda: None)
    monkeypatch.setenv("FAKE_MODE", "offline")
    (store / "only").write_text(packages.NODE_PACKAGE.package)
    with pytest.raises(PrerequisiteError, match=r"npm is not installed.*install Node\.js, then run"):
        models.install()
    assert models.installed("y")


def test_a_model_of_the_npm_registry_is_packed(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "catalogue", lambda: (_model("x", kind="npm"),))
    monkeypatch.setattr(packages, "npm", lambda: "npm")
    for package, content in (("a", ONE), ("b", TWO)):
        (store / f"x-{package}.whl").unlink()
        with tarfile.open(store / f"x-{package}.tgz", "w:gz") as archive:
            member = tarfile.TarInfo(f"data/{package}.bin")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    models.install(["x"])
    assert models.model_path("x").read_bytes() == ONE + TWO
    assert _calls(store) == ["x-a@1.0", "x-b@1.0"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_half_way_it_starts_cleanly_again(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "killed.py"
    program.write_text(
        "import sys, importlib; sys.path.insert(0, sys.argv[1])\n"
        "import test_models_install as t, subprocess\n"
        "from podcast_dspy import models\n"
        "from podcast_dspy.models import packages\n"
        "t.models.catalogue = lambda: (t._model('x'),)\n"
        "real = subprocess.Popen\n"
        "packages.subprocess.Popen = lambda c, **o: real([sys.executable, sys.argv[2], c[-1]], **o)\n"
        "models.install()\n"
    )
    command = [sys.executable, str(program), str(Path(__file__).parent), str(store / "client.py")]
    environment = {**os.environ, "FAKE_MODE": "hang"}
    with POPEN(command, env=environment, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not _calls(store) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    cache = tmp_path / "cache"
    assert list(cache.glob("download-*"))
    (models.models_dir() / "x").mkdir(parents=True)
    (models.models_dir() / "x" / "joined.bin.part").write_bytes(ONE)
    monkeypatch.setenv("FAKE_MODE", "ok")
    models.install(["x"])
    assert _left(tmp_path) == ["models", "models/x", "models/x/joined.bin"]
