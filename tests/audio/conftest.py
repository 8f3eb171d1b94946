"""Small sounds made by code, and the places where models may be missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_dspy.audio.audio_writer import encode

RATE = 16_000


@pytest.fixture(scope="session")
def babble() -> Callable[..., NDArray[np.float32]]:
    """Speech-like noise: bursts of harmonics with pauses; `babble(seconds, rate=, seed=)`."""

    def make(seconds: float, rate: int = RATE, seed: int = 0) -> NDArray[np.float32]:
        random = np.random.default_rng(seed)
        time = np.arange(round(seconds * rate)) / rate
        pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * time)
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        sound = sum(np.sin(k * phase) / k for k in range(1, 12))
        bursts = (np.sin(2 * np.pi * 2.3 * time + random.uniform(0, 6)) > -0.3).astype(float)
        pauses = (np.sin(2 * np.pi * time / 4.0) > -0.9).astype(float)
        noisy = sound * bursts * pauses + 0.002 * random.standard_normal(len(time))
        return (0.3 * noisy / np.max(np.abs(noisy))).astype(np.float32)

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write(name, samples, rate=16000)` encodes a file by its suffix and returns its path."""

    def make(name: str, samples: NDArray[np.float32], rate: int = RATE) -> Path:
        path = tmp_path / name
        encode(path, samples, rate, path.suffix)
        return path

    return make
