"""Memory: named data under slash-separated namespaces, every version kept, on top of the workspace tree."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.store.fingerprints import content_hash
from podcast_dspy.store.jsonfiles import MADE_FROM
from podcast_dspy.store.names import check_id
from podcast_dspy.store.redaction import redact_data
from podcast_dspy.store.tree import Tree

__all__ = ["PROFILES", "TRAINING", "Memory", "MemoryEntry"]

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
