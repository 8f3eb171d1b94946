"""Numbered versions with a `current` pointer: aggregated profiles and prompt sets."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.store import jsonfiles
from podcast_dspy.store.files import atomic_write, replace_symlink, workspace_errors
from podcast_dspy.store.names import check_id
from podcast_dspy.store.tree import Tree

__all__ = ["ProfileVersions", "PromptVersions"]

M = TypeVar("M", bound=BaseModel)


class _Versions:
    """Versions `v1`, `v2`, ... of something; a version once written never changes."""

    def __init__(self, tree: Tree, folder: str, prefix: str, suffix: str) -> None:
        self._tree, self._folder = tree, folder
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

    def set_current(self, version: str) -> None:
        """Make a version the active one (roll back, or forward). Raises UnknownNameError."""
        replace_symlink(self._pointer(), self._place(self._known(version)).name)

    def _pointer(self) -> Path:
        return self._tree.path(self._folder) / f"current{self._suffix}"

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


class ProfileVersions(_Versions):
    """`profiles/aggregated_v1.json`, ... and the symbolic link `profiles/current.json`."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "profiles", "aggregated_", ".json")

    def save(self, profile: BaseModel, *, activate: bool = True) -> str:
        """Write the next version, make it the current one, and return its name. Raises WorkspaceError.

        Two writers never get the same number. A profile that has a `version` carries the one that it is stored as.
        """
        number = self._next()
        while True:
            named = {"version": f"v{number}"} if "version" in type(profile).model_fields else {}
            data = jsonfiles.encode(profile.model_copy(update=named))
            try:
                atomic_write(self._place(f"v{number}"), data, exclusive=True)
            except FileExistsError:
                number += 1
                continue
            break
        if activate:
            self.set_current(f"v{number}")
        return f"v{number}"

    def load(self, cls: type[M], version: str | None = None) -> M:
        """A version, by default the current one. Raises UnknownNameError, WorkspaceError."""
        return self._tree.read_model(self._place(self._known(version)), cls)


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
