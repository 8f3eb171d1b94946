"""What is found by name: makers of this and of installed packages (entry points), and names that are imported lazily.

A maker has a form that tells how it is named, such as `whisper:DIRECTORY`: capitals stand for what the user writes. The
entry point `acme` has the form `acme:NAME`. Names of this package stay its own.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from podcast_dspy.errors import PrerequisiteError, UnknownNameError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


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


T = TypeVar("T")


class Registry(Generic[T]):
    """Makers of one `kind` of thing ("voice"), by form. What makes one is imported when it is asked for.

    `group` names the entry points of installed packages, each of which stands for the `form` of its name;
    `built_in` has "module:name" of this package's own makers.
    """

    def __init__(self, kind: str, group: str, built_in: Mapping[str, str], form: str = "{}:NAME") -> None:
        self._kind = kind
        self._form = form
        self._group = group
        self._built_in = dict(built_in)
        self._added: dict[str, T] = {}

    def find(self, name: str) -> tuple[T, str]:
        """The maker for `name`, and the part of `name` that is for it to understand: "joe" of "piper:joe".

        Raises:
            UnknownNameError: no form fits.
            PrerequisiteError: the maker is another package's and cannot be loaded.
        """
        points = self._points()
        for form in points:
            prefix, *rest = re.split(r"(?<=[:/])", form, maxsplit=1)
            is_open = bool(rest) and rest[0][0].isupper()
            if name == form or (is_open and name.startswith(prefix) and name != prefix):
                return self._made(form, points), name.removeprefix(prefix)
        *first, last = points
        raise UnknownNameError(
            f"There is no {self._kind} {name!r}; choose one of {', '.join(first)} or {last}."
        )

    @contextmanager
    def adding(self, form: str, maker: T) -> Iterator[None]:
        """Within the block there is another maker, or another one of a form that there is."""
        self._added[form] = maker
        try:
            yield
        finally:
            del self._added[form]

    def __iter__(self) -> Iterator[T]:
        """All makers, this package's first. Raises PrerequisiteError."""
        points = self._points()
        return (self._made(form, points) for form in points)

    def installed(self) -> Iterator[T]:
        """The makers of other packages. Raises PrerequisiteError."""
        points = self._points()
        return (self._made(form, points) for form in points if form not in self._built_in)

    def forms(self) -> list[str]:
        """How all makers are named, this package's first."""
        return list(self._points())

    def _points(self) -> dict[str, EntryPoint | None]:
        """Where each form comes from; None for one that was added."""
        from importlib.metadata import EntryPoint, entry_points  # slow, and seldom needed

        points: dict[str, EntryPoint | None] = {
            form: EntryPoint(form, value, self._group) for form, value in self._built_in.items()
        }
        points |= dict.fromkeys(self._added)
        for point in entry_points(group=self._group):
            points.setdefault(self._form.format(point.name), point)
        return points

    def _made(self, form: str, points: Mapping[str, EntryPoint | None]) -> T:
        point = points[form]
        if point is None:
            return self._added[form]
        try:
            maker: T = point.load()
        except Exception as error:  # another package's code: whatever it raises, the user needs its name
            if form in self._built_in:
                raise
            raise PrerequisiteError(
                f"The {self._kind} {point.name!r} of {point.value} cannot be loaded ({error}); mend or uninstall its "
                "package."
            ) from error
        return maker
