"""Versions: profiles, prompt sets and compiled profiles, each with a current one, and named data with its history."""

from __future__ import annotations

import builtins
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.store import jsonfiles
from podcast_dspy.store.files import atomic_write, check_id, replace_symlink, workspace_errors
from podcast_dspy.store.jsonfiles import MADE_FROM, content_hash, redact_data
from podcast_dspy.store.tree import Tree

M = TypeVar("M", bound=BaseModel)


class _Versions:
    """Versions `v1`, `v2`, ... of something; a version once written never changes."""

    def __init__(self, tree: Tree, folder: str, prefix: str, suffix: str, pointer: str = "current") -> None:
        self._tree, self._folder, self._link = tree, folder, f"{pointer}{suffix}"
        self._prefix, self._suffix = prefix, suffix
        self._pattern = re.compile(re.escape(prefix) + r"v([1-9][0-9]*)" + re.escape(suffix))

    def versions(self) -> list[str]:
        """All versions, oldest first."""
        names = [*self._tree.files(self._folder), *self._tree.folders(self._folder)]
        found = [int(match[1]) for name in names if (match := self._pattern.fullmatch(name))]
        return [f"v{number}" for number in sorted(found)]

    def current(self) -> str | None:
        """The active version; None before the first one."""
        pointer = self._pointer()
        with workspace_errors(pointer):
            if not pointer.is_symlink():
                return None
            match = self._pattern.fullmatch(pointer.readlink().name)
        version = f"v{match[1]}" if match else None
        return version if version in self.versions() else None

    def holding(self, same: Callable[[str], bool]) -> str | None:
        """The latest version of which `same` holds."""
        return next(filter(same, reversed(self.versions())), None)

    def set_current(self, version: str) -> None:
        """Make a version the active one (roll back, or forward). Raises UnknownNameError."""
        replace_symlink(self._pointer(), self._place(self._known(version)).name)

    def _pointer(self) -> Path:
        return self._tree.path(self._folder) / self._link

    def _place(self, version: str) -> Path:
        return self._tree.path(self._folder, f"{self._prefix}{version}{self._suffix}")

    def _known(self, version: str | None) -> str:
        chosen = version or self.current()
        versions = self.versions()
        if chosen is not None and chosen in versions:
            return chosen
        what = f"version {version}" if version else "current version"
        known = ", ".join(versions) or "none yet"
        raise UnknownNameError(f"no {what} in {self._tree.path(self._folder)}; there are: {known}")

    def _next(self) -> int:
        return int((self.versions() or ["v0"])[-1][1:]) + 1

    def _write(self, data: Callable[[str], bytes]) -> str:
        """Write the file of the next version and give its name; two writers never get the same number."""
        number = self._next()
        while True:
            try:
                atomic_write(self._place(f"v{number}"), data(f"v{number}"), exclusive=True)
            except FileExistsError:
                number += 1
                continue
            return f"v{number}"


class ProfileVersions(_Versions):
    """`profiles/aggregated_v1.json`, ... and the symbolic link `profiles/current.json`."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "profiles", "aggregated_", ".json")

    def save(self, profile: BaseModel, *, activate: bool = True) -> str:
        """Write the next version, make it the current one, and return its name. Raises WorkspaceError.

        Two writers never get the same number. A profile that has a `version` carries the one that it is stored as.
        """
        numbered = "version" in type(profile).model_fields
        version = self._write(
            lambda name: jsonfiles.encode(profile.model_copy(update={"version": name} if numbered else {}))
        )
        if activate:
            self.set_current(version)
        return version

    def load(self, cls: type[M], version: str | None = None) -> M:
        """A version, by default the current one. Raises UnknownNameError, WorkspaceError."""
        return self._tree.read_model(self._place(self._known(version)), cls)


class CompiledVersions(_Versions):
    """`profiles/compiled_v1.json`, ... and the link `profiles/podcast_profile_v1.json`, which `generate` reads."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "profiles", "compiled_", ".json", pointer="podcast_profile_v1")

    def save(self, data: bytes) -> str:
        """Write the next version, make it the current one, and return its name. Raises WorkspaceError."""
        version = self._write(lambda name: data)
        self.set_current(version)
        return version

    def file(self, version: str) -> Path:
        """Where a version lies. Raises UnknownNameError."""
        return self._place(self._known(version))


class PromptVersions(_Versions):
    """`prompts/v1/*.txt`, ... and the symbolic link `prompts/current`."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "prompts", "", "")

    def save(self, prompts: Mapping[str, str], *, activate: bool = True) -> str:
        """Write a set of prompts (name -> text) as the next version and return its name.

        The folder appears whole or not at all. Raises UsageError for an empty set or an unsafe name,
        WorkspaceError.
        """
        if not prompts:
            raise UsageError("there are no prompts to save; give at least one")
        folder = self._tree.path("prompts", f".new.{secrets.token_hex(4)}")
        try:
            for name, text in prompts.items():
                self._tree.write_text(folder / f"{check_id(name, 'a prompt name')}.txt", text)
            version = self._publish(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if activate:
            self.set_current(version)
        return version

    def load(self, version: str | None = None) -> dict[str, str]:
        """Prompts of a version (default: the current one), by name. Raises UnknownNameError."""
        folder = self._place(self._known(version))
        names = [name for name in self._tree.files(folder) if name.endswith(".txt")]
        return {name.removesuffix(".txt"): self._tree.read_text(folder / name) for name in names}

    def _publish(self, folder: Path) -> str:
        number = self._next()
        while True:
            place = self._place(f"v{number}")
            with workspace_errors(place):
                if not place.exists():
                    try:
                        folder.rename(place)
                    except OSError:
                        if not place.exists():
                            raise
                    else:
                        return f"v{number}"
            number += 1


TRAINING = "/org/default/learnings/podcast_training"
"""Namespace of the workspace tree itself: `TRAINING + "/convergence"` is the folder `convergence/`."""
PROFILES = "/org/default/learnings/podcast_profiles"
"""Namespace of the synthesised profiles, with `/structure` and `/style` below it."""

_NAMESPACE = re.compile(r"(/[a-z0-9][a-z0-9._-]{0,63})+")
_WAIT = 10.0


class MemoryEntry(BaseModel):
    """One version of one key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    namespace: str
    key: str
    version: int = Field(ge=1)
    created_at: datetime
    metadata: dict[str, Any] = {}
    data: dict[str, Any]


class Memory:
    """Key-value memory with the specification's namespaces.

    The current data of a key is the readable file `<namespace folder>/<key>.json`; its versions are under
    `.history/` beside it. Namespaces below `TRAINING` are the folders of the workspace tree, so that
    `get(TRAINING + "/convergence", "loss_history")` reads what training wrote; others lie in `memory/`.
    Keys and secrets of providers are masked before anything is written.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def put(
        self,
        namespace: str,
        key: str,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
    ) -> MemoryEntry:
        """Store `data` as the new current version. Putting what is there already adds no version.

        Raises UsageError for an unsafe namespace or key, WorkspaceError.
        """
        folder, name = self._folder(namespace), check_id(key, "a memory key")
        body, notes = redact_data(dict(data)), redact_data(dict(metadata or {}))
        with self._tree.lock("memory", timeout=_WAIT):
            latest = self._settled(namespace, key)
            if latest and _same(latest.data, body) and _same(latest.metadata, notes):
                return latest
            entry = MemoryEntry(
                namespace=namespace,
                key=name,
                version=latest.version + 1 if latest else 1,
                created_at=datetime.now(UTC),
                metadata=notes,
                data=body,
            )
            self._tree.write_json(folder / f"{name}.json", body)
            self._tree.write_model(_record(folder, entry), entry)
            return self._tree.read_model(_record(folder, entry), MemoryEntry)

    def get(self, namespace: str, key: str) -> MemoryEntry:
        """The current version of a key. Raises UnknownNameError naming the keys that exist."""
        entry = self._current(namespace, key)
        if entry is None:
            known = ", ".join(self.list(namespace)) or "none"
            raise UnknownNameError(f"nothing is stored under {namespace}/{key}; keys there: {known}")
        return entry

    def list(self, namespace: str) -> builtins.list[str]:
        """Keys of a namespace, sorted; sub-namespaces are not included."""
        names = self._tree.files(self._folder(namespace))
        return [name.removesuffix(".json") for name in names if name.endswith(".json")]

    def history(self, namespace: str, key: str) -> builtins.list[MemoryEntry]:
        """All versions of a key, oldest first; empty for a key never stored."""
        entries = self._recorded(namespace, key)
        current = self._current(namespace, key)
        if current and (not entries or current.version > entries[-1].version):
            entries.append(current)
        return entries

    def _folder(self, namespace: str) -> Path:
        if not _NAMESPACE.fullmatch(namespace):
            raise UsageError(f"{namespace!r} is no namespace; write it like {TRAINING}/prompts")
        if namespace == TRAINING or namespace.startswith(TRAINING + "/"):
            return self._tree.path(namespace.removeprefix(TRAINING).lstrip("/"))
        return self._tree.path("memory", namespace.lstrip("/"))

    def _recorded(self, namespace: str, key: str) -> builtins.list[MemoryEntry]:
        folder = self._folder(namespace) / ".history" / check_id(key, "a memory key")
        names = self._tree.files(folder)
        return [self._tree.read_model(folder / name, MemoryEntry) for name in names]

    def _current(self, namespace: str, key: str) -> MemoryEntry | None:
        """The file as it is now: the latest record, or a version above it if it was changed since."""
        file = self._folder(namespace) / f"{check_id(key, 'a memory key')}.json"
        if not file.is_file():
            return None
        data = {
            name: value
            for name, value in self._tree.read_json(file).items()
            if name not in ("schema_version", MADE_FROM)
        }
        recorded = self._recorded(namespace, key)
        if recorded and _same(recorded[-1].data, data):
            return recorded[-1]
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        version = recorded[-1].version + 1 if recorded else 1
        return MemoryEntry(namespace=namespace, key=key, version=version, created_at=changed, data=data)

    def _settled(self, namespace: str, key: str) -> MemoryEntry | None:
        """As `_current`, recorded in the history so that the next version does not overwrite it."""
        entry = self._current(namespace, key)
        if entry is not None:
            record = _record(self._folder(namespace), entry)
            if not record.exists():
                self._tree.write_model(record, entry)
            return entry
        recorded = self._recorded(namespace, key)
        return recorded[-1] if recorded else None


def _record(folder: Path, entry: MemoryEntry) -> Path:
    return folder / ".history" / entry.key / f"v{entry.version:06d}.json"


def _same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return content_hash(_bare(left)) == content_hash(_bare(right))


def _bare(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "schema_version"}
