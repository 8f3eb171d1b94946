"""The workspace tree on disk: safe paths, atomic documents, one writer at a time, a content-addressed cache."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel

from podcast_dspy.errors import WorkspaceError, WorkspaceLockedError
from podcast_dspy.store import jsonfiles
from podcast_dspy.store.files import atomic_write, check_id, sweep, workspace_errors
from podcast_dspy.store.jsonfiles import fingerprint


class Locks:
    """File locks in one folder. The operating system frees a lock when its process ends, however it ends.

    The same thread may take a lock that it holds already; another thread or process may not.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, FileLock] = {}

    @contextlib.contextmanager
    def hold(self, name: str, *, timeout: float = 0.0) -> Iterator[None]:
        """Hold the lock `name`, waiting at most `timeout` seconds.

        Raises WorkspaceLockedError naming the process that holds it, WorkspaceError, DiskFullError.
        """
        path = self._folder / f"{name}.lock"
        owner = self._folder / f"{name}.owner.json"
        with workspace_errors(path):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = self._locks.setdefault(name, FileLock(path, is_singleton=True))
            try:
                lock.acquire(timeout=timeout, poll_interval=0.02)
            except Timeout:
                raise WorkspaceLockedError(_locked_message(name, owner)) from None
            try:
                owner.write_text(_me(), encoding="utf-8")
            except OSError:
                lock.release()
                raise
        try:
            yield
        finally:
            lock.release()


def _me() -> str:
    return json.dumps(
        {
            "schema_version": 1,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": Path(sys.argv[0]).name if sys.argv else "",
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


def _locked_message(name: str, owner: Path) -> str:
    try:
        record = json.loads(owner.read_text(encoding="utf-8"))
        pid, command, since = record["pid"], record["command"] or "a program", record["since"]
        place = "" if record["host"] == socket.gethostname() else f" on {record['host']}"
    except (OSError, ValueError, KeyError, TypeError):  # its owner is just writing it
        return f"{name} is being written by another process; wait until it has finished"
    if pid == os.getpid() and not place:
        return f"{name} is being written by another thread of process {pid}; wait until it has finished"
    return (
        f"{name} is being written by process {pid}{place} ({command}, since {since}); wait until it has "
        f"finished, or stop it with: kill {pid}"
    )


M = TypeVar("M", bound=BaseModel)


class Tree:
    """A workspace folder:

        training_pairs/<id>/      metadata, document, transcription, aligned_segments, profiles
        profiles/                 aggregated_v1.json ..., current.json -> the active one
        prompts/                  v1/*.txt ..., current -> the active one
        trials/trial_001/         config, results, scripts, audio
        convergence/              loss_history, best_trial, final_report
        tasks/<name>/             outputs of tasks until their run is over, by the hash of their inputs
        kb/<name>/                knowledge bases

    Every path given to a method may be absolute or relative to `root`, and must lie inside it once
    symbolic links are followed. Nothing is created before the first write.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).expanduser().absolute()
        if self.root.exists() and not self.root.is_dir():
            raise WorkspaceError(f"{self.root} is a file; choose a folder with --workspace")
        self._locks = Locks(self.root / ".locks")

    # Paths

    def path(self, path: Path | str, *more: str) -> Path:
        """The absolute path of a place in the tree. Raises WorkspaceError if it would lie outside."""
        place = self.root.joinpath(path, *more)
        if not self._holds(place):
            raise WorkspaceError(
                f"{place} leads outside the workspace {self.root}; remove the symbolic link or the .. in it"
            )
        return place

    def stored(self, path: str) -> str:
        """The absolute path of a file that a document of the tree names.

        Whoever made the workspace wrote it, so it is a file of this workspace or nothing: raises WorkspaceError for an
        address, and for a place that lies outside once symbolic links are followed.
        """
        place = self.root / path
        if "://" in path or not self._holds(place):
            raise WorkspaceError(
                f"a document of the workspace {self.root} names {path!r}, which does not lie in it and is not opened; "
                "copy the file into the workspace, or make the document again"
            )
        return str(place)

    def relative(self, path: str) -> str:
        """A file of the tree as a document names it, so that the workspace can be moved. Raises as `stored` does."""
        return str(Path(self.stored(path)).resolve().relative_to(self.root.resolve()))

    def _holds(self, place: Path) -> bool:
        with workspace_errors(place):
            try:
                return place.resolve().is_relative_to(self.root.resolve())
            except (RuntimeError, ValueError) as error:  # a loop of links; a null byte
                raise WorkspaceError(f"{place!r} is no usable path ({error}); give another name") from error

    def pair(self, pair_id: str) -> Path:
        """Folder of a training pair. Raises UsageError for an unsafe id."""
        return self.path("training_pairs", check_id(pair_id, "a pair id"))

    def trial(self, trial: int | str) -> Path:
        """Folder of a trial, by number (from 1) or id (`trial_001`). Raises UsageError for an unsafe id."""
        name = f"trial_{trial:03d}" if isinstance(trial, int) else check_id(trial, "a trial id")
        return self.path("trials", name)

    def kb(self, name: str) -> Path:
        """Folder of a knowledge base. Raises UsageError for an unsafe name."""
        return self.path("kb", check_id(name, "a knowledge base name"))

    def convergence(self, name: str) -> Path:
        """File of the convergence folder: `loss_history`, `best_trial`, `final_report`."""
        return self.path("convergence", check_id(name, "a file name") + ".json")

    def folders(self, path: Path | str) -> list[str]:
        """Names of the folders in a folder, sorted; hidden ones left out, none if it does not exist."""
        return [entry.name for entry in self._entries(path) if entry.is_dir() and not entry.is_symlink()]

    def files(self, path: Path | str) -> list[str]:
        """Names of the files in a folder, sorted; hidden ones left out, none if it does not exist."""
        return [entry.name for entry in self._entries(path) if entry.is_file() and not entry.is_symlink()]

    def drop_unfinished(self, path: Path | str) -> None:
        """Remove what writers that were killed left in a folder and below it: files under hidden names.

        Nobody may be writing there. Raises WorkspaceError.
        """
        folder = self.path(path)
        with workspace_errors(folder):
            for left in folder.rglob(".*"):
                if left.is_file() and not left.is_symlink():
                    left.unlink()

    def _entries(self, path: Path | str) -> list[Path]:
        folder = self.path(path)
        with workspace_errors(folder):
            if not folder.is_dir():
                return []
            return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))

    # Documents

    def write_json(self, path: Path | str, data: Mapping[str, Any]) -> Path:
        """Write a JSON object; `schema_version` is put first. NaN becomes `"NaN"`. Raises WorkspaceError."""
        return self._write(path, jsonfiles.encode(data))

    def read_json(self, path: Path | str) -> dict[str, Any]:
        """Read a JSON object. Raises WorkspaceError naming the file when it is missing or damaged."""
        place = self.path(path)
        return jsonfiles.decode(self.read_bytes(place), place)

    def write_model(self, path: Path | str, model: BaseModel) -> Path:
        """Write a pydantic model as JSON. Raises WorkspaceError."""
        return self._write(path, jsonfiles.encode(model))

    def read_model(self, path: Path | str, cls: type[M], **named: str) -> M:
        """Read a pydantic model. Raises WorkspaceError: missing, damaged, of another version.

        `named` are ids that it must have, since it lies in the folder of that name.
        """
        model = jsonfiles.model_from(self.read_json(path), cls, self.path(path))
        for field, name in named.items():
            if getattr(model, field) != name:
                raise WorkspaceError(
                    f"{self.path(path)} says that its {field} is {getattr(model, field)!r}; give its folder that name"
                )
        return model

    def write_models(self, path: Path | str, models: Iterable[BaseModel]) -> Path:
        """Write several models as the `items` of one JSON document. Raises WorkspaceError."""
        return self._write(path, jsonfiles.encode({"items": _dumped(models)}))

    def read_models(self, path: Path | str, cls: type[M]) -> tuple[M, ...]:
        """Read what `write_models` wrote. Raises WorkspaceError as `read_model` does."""
        return jsonfiles.models_from(self.read_json(path), cls, self.path(path))

    def write_text(self, path: Path | str, text: str) -> Path:
        """Write UTF-8 text. Raises WorkspaceError."""
        return self._write(path, text.encode("utf-8", "replace"))

    def read_text(self, path: Path | str) -> str:
        """Read UTF-8 text. Raises WorkspaceError when it is missing or no text."""
        try:
            return self.read_bytes(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise WorkspaceError(f"{self.path(path)} is no UTF-8 text; restore it from a copy") from error

    def write_bytes(self, path: Path | str, data: bytes) -> Path:
        """Write a file of any kind. Raises WorkspaceError."""
        return self._write(path, data)

    def read_bytes(self, path: Path | str) -> bytes:
        """Read a file of any kind. Raises WorkspaceError."""
        place = self.path(path)
        with workspace_errors(place):
            return place.read_bytes()

    def _write(self, path: Path | str, data: bytes) -> Path:
        place = self.path(path)
        atomic_write(place, data)
        return place

    def remove(self, path: Path | str) -> None:
        """Delete a file or a whole folder; nothing happens if it does not exist. Raises WorkspaceError."""
        place = self.path(path)
        if place == self.root:
            raise WorkspaceError(f"the workspace {self.root} itself is not removed; delete it by hand")
        with workspace_errors(place):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    # Locks and stages

    def lock(self, name: str, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        """Context manager: be the only writer of `name` (`trial_003`, `pairs`). Same thread may nest it.

        Raises WorkspaceLockedError, naming the process that holds it, after `timeout` seconds.
        """
        check_id(name, "a lock name")
        for file in (f"{name}.lock", f"{name}.owner.json"):
            self.path(".locks", file)
        return self._locks.hold(name, timeout=timeout)

    def sweep(self) -> int:
        """Delete temporary files older than an hour that killed processes left; how many there were."""
        with workspace_errors(self.root):
            return sweep(self.root) if self.root.is_dir() else 0

    def stage(
        self,
        key_inputs: Mapping[str, Any],
        compute: Callable[[], M],
        model_cls: type[M],
        path: Path | str,
        *,
        code: Sequence[str] = (),
        keep: Callable[[M], bool] = lambda model: True,
    ) -> M:
        """The stored result at `path` if it was made from the same inputs and code, else `compute()`, stored.

        `key_inputs` names everything that the result depends on: hashes of files, models, settings. `code`
        names packages (`podcast_dspy.documents`) whose source counts too. What it was made from stands in
        the document's `made_from`. What `keep` says no to is not stored. Raises WorkspaceError when the
        stored document is damaged.
        """
        found = self.known(key_inputs, model_cls, path, code=code)
        if found is not None:
            return found
        model = compute()
        if keep(model):
            body = model.model_dump(mode="json", round_trip=True)
            made_from = fingerprint(key_inputs, code).as_dict()
            self.write_json(path, {**body, jsonfiles.MADE_FROM: made_from})
        return model

    def known(
        self, key_inputs: Mapping[str, Any], model_cls: type[M], path: Path | str, *, code: Sequence[str] = ()
    ) -> M | None:
        """What `stage` stored at `path` of the same inputs and code; None for nothing. Raises WorkspaceError."""
        if not self.path(path).exists():
            return None
        document = self.read_json(path)
        made_from = document.get(jsonfiles.MADE_FROM)
        same = isinstance(made_from, dict) and made_from.get("hash") == fingerprint(key_inputs, code).hash
        return jsonfiles.model_from(document, model_cls, self.path(path)) if same else None


def _dumped(models: Iterable[BaseModel]) -> list[dict[str, Any]]:
    return [model.model_dump(mode="json", round_trip=True) for model in models]
