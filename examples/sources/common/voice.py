"""Speak text with Kokoro-82M through kokoro-onnx.

The models folder holds `kokoro.onnx` and `voices/NAME.bin` (float32, 510 x 1 x 256 each).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
THREADS = 2

Audio = NDArray[np.float32]


class Voice:
    """One loaded voice."""

    def __init__(self, models: Path, name: str, language: str, speed: float) -> None:
        import onnxruntime
        from kokoro_onnx import Kokoro

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(models / "kokoro.onnx"), options, providers=["CPUExecutionProvider"]
        )
        bank = models / "voices" / f"{name}.bin"
        # Kokoro loads its voices with numpy, from a path it insists on reading itself.
        archive = models / f"{name}.npz"
        if not archive.is_file():
            np.savez(archive, **{name: np.fromfile(bank, dtype=np.float32).reshape(510, 1, 256)})
        self.engine: Any = Kokoro.from_session(session, str(archive))
        self.name, self.language, self.speed = name, language, speed

    def say(self, text: str) -> Audio:
        """Mono audio of `text` at 24 kHz without silence at its ends."""
        audio, rate = self.engine.create(text, voice=self.name, speed=self.speed, lang=self.language)
        if rate != RATE:
            raise ValueError(f"expected {RATE} Hz, the voice gave {rate}")
        return trim(np.asarray(audio, dtype=np.float32).ravel())


def trim(audio: Audio, floor: float = 0.01, keep: float = 0.04) -> Audio:
    """Cut silence from both ends, leaving `keep` seconds and a short fade."""
    loud = np.flatnonzero(np.abs(audio) > floor * np.abs(audio).max())
    if not len(loud):
        raise ValueError("the voice produced silence")
    margin = int(keep * RATE)
    cut = audio[max(0, loud[0] - margin) : loud[-1] + margin].copy()
    fade = np.linspace(0.0, 1.0, margin // 2, dtype=np.float32)
    cut[: len(fade)] *= fade
    cut[-len(fade) :] *= fade[::-1]
    return cut


def default_models() -> Path | None:
    """The folder of installed models when the package can say, else None."""
    try:
        from podcast_dspy.lms import catalogue
    except ImportError:
        return None
    locate = getattr(catalogue, "models_dir", None)
    return Path(locate()) / "kokoro" if callable(locate) else None
