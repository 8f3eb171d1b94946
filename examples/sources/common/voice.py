"""Speak text with Kokoro-82M through kokoro-onnx.

A models folder given by hand holds `kokoro.onnx` and `voices/NAME.bin` (float32, 510 x 1 x 256 each); without one
the models that `podcast-dspy models install` fetched are used.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
THREADS = 2

Audio = NDArray[np.float32]


class Voice:
    """One loaded voice."""

    def __init__(self, models: Path | None, name: str, language: str, speed: float) -> None:
        import onnxruntime
        from kokoro_onnx import Kokoro

        model, styles = files(models)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.style = np.fromfile(styles / f"{name}.bin", dtype="<f4").reshape(510, 1, 256)
        # The library insists on a voices archive; the style is handed to it with each text instead.
        with tempfile.TemporaryDirectory() as folder:
            empty = Path(folder) / "voices.npy"
            np.save(empty, np.zeros(0, np.float32))
            self.engine: Any = Kokoro.from_session(session, str(empty))
        self.language, self.speed = language, speed

    def say(self, text: str) -> Audio:
        """Mono audio of `text` at 24 kHz without silence at its ends."""
        audio, rate = self.engine.create(text, voice=self.style, speed=self.speed, lang=self.language)
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


def files(models: Path | None) -> tuple[Path, Path]:
    """The model file and the folder of voice styles: in `models`, else where the package installed them."""
    if models is not None:
        return models / "kokoro.onnx", models / "voices"
    from podcast_dspy.models import model_path

    return Path(model_path("kokoro")), Path(model_path("kokoro-voices"))
