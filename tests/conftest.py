"""Shared fixtures: no test reaches the network, and none touches the user's own directories."""

from __future__ import annotations

import os

# Before NumPy is imported: two workers whose matrices want both cores each wait for each other, ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from podcast_dspy.memo import Memo

# Machines are shared and noisy: no deadline; and the same examples every time, so that a red run can be repeated.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# Each of some hundred processes would compile the package anew, and each worker the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_ROOM = 4 * 1024**3
"""Bytes that must be free in memory for the tests' files to be kept there."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' files in memory where there is room, and do not wait for disks: no test loses its power."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    os.fsync = lambda descriptor: None


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine, and hide real provider keys."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in _LOOPBACK:
            raise RuntimeError(f"a test tried to reach {address!r}; tests run offline")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ASSEMBLYAI_API_KEY", "ELEVENLABS_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODCAST_DSPY_WORKSPACE", str(tmp_path / "workspace"))


@pytest.fixture(autouse=True)
def _own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each test's answers apart: loopback ports come again, and their answers are kept by address."""
    from podcast_dspy.lms import cache, roles

    for module in (cache, roles):
        monkeypatch.setattr(module, "answers_at", lambda: tmp_path.with_name(f"{tmp_path.name}-answers"))


@pytest.fixture(scope="session")
def vectors() -> Memo:
    """Vectors that the embedded model has given before: a text always has the same, in whichever run of the tests."""
    return Memo(EXAMPLES.parent / "build" / "tests" / "embeddings")


@pytest.fixture(autouse=True)
def _kept_vectors(vectors: Memo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embed no text twice, though tests have caches of their own."""
    monkeypatch.setattr("podcast_dspy.lms.embeddings._memo", lambda configured: vectors)


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path, Path], None]:
    """`spoken("mp3", folder, cache)`: the episode about the sample paper, and the cache of its sound; or "wav".

    It is made once; tests change copies of it.
    """
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.generation.program import PodcastProgram
    from podcast_dspy.lms import cache, roles
    from podcast_dspy.testing import FakeVoice, sample_pair, sample_profile

    root = tmp_path_factory.mktemp("spoken")
    with pytest.MonkeyPatch.context() as patch, FakeVoice(0.3, sample_rate=8000).installed():
        for module in (cache, roles):
            patch.setattr(module, "answers_at", lambda: root / "answers")
        patch.setattr("podcast_dspy.generation.voicing.cache_dir", lambda: root / "cache")
        episode = Podcaster(PodcastProgram(), sample_profile())(
            sample_pair().document_graph, minutes=1, voice="fake:tone", on_doubt=lambda doubt: None
        )
        for audio_format in ("mp3", "wav"):
            episode.save(root / audio_format, audio_format=audio_format)

    def copied(audio_format: str, folder: Path, kept: Path) -> None:
        shutil.copytree(root / audio_format, folder)
        shutil.copytree(root / "cache", kept)

    return copied


@pytest.fixture(scope="session")
def examples() -> Path:
    """The committed example corpus."""
    return EXAMPLES


@pytest.fixture
def serve() -> Iterator[Callable[[Mapping[Any, Any]], Any]]:
    """`serve({signature or output field: answers})`: for the rest of the test, every role is this `FakeLM`."""
    from podcast_dspy.testing import FakeLM

    with ExitStack() as stack:
        yield lambda script: stack.enter_context(FakeLM(script).serving())
