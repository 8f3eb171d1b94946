"""Names of a package that are imported when they are first asked for, so that importing the package stays cheap."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["lazily"]


def lazily(package: str) -> Callable[[str], Any]:
    """The `__getattr__` of a package: its names are those that its source imports `if TYPE_CHECKING:`.

    So each name stands in one place, where type checkers read it too.
    """
    homes: dict[str, str] = {}

    def get(name: str) -> Any:
        if not homes:
            homes.update(_deferred(Path(str(sys.modules[package].__file__))))
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return get


def _deferred(file: Path) -> dict[str, str]:
    """Module of each name that a file imports for type checkers alone."""
    return {
        alias.name: str(node.module)
        for block in ast.parse(file.read_bytes()).body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
