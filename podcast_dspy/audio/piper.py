"""Speak with a Piper voice (VITS, ONNX) on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy import models
from podcast_dspy.audio.espeak import ESPEAK
from podcast_dspy.audio.onnx_sessions import voice_session
from podcast_dspy.audio.voice import checked_speech, model_hash, require_text
from podcast_dspy.errors import PrerequisiteError, SynthesisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SENTENCE_PAUSE", "PiperSpeaker", "embedded_piper"]

SENTENCE_PAUSE = 0.2
"""Seconds added between sentences; Piper itself leaves some 0.17 s, too little for a listener to follow."""

_SEED = 1


class PiperSpeaker:
    """The Piper voice in `model` (an .onnx file with its .onnx.json beside it)."""

    def __init__(self, model: Path, name: str) -> None:
        if not model.is_file() or not model.with_name(model.name + ".json").is_file():
            raise PrerequisiteError(
                f"The voice {name} needs {model} and {model.name}.json beside it; download both files of the voice."
            )
        self.name = name
        self.fingerprint = f"piper:{model_hash(model)}:{SENTENCE_PAUSE}"
        self._model = model

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(
            self._model.with_name(self._model.name + ".json").read_text("utf-8")
        )
        return config

    @property
    def sample_rate(self) -> int:
        """Samples a second, Hz, from the voice's own configuration."""
        return int(self._config["audio"]["sample_rate"])

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`; the same text gives the same samples.

        Raises:
            SynthesisError: nothing, silence or far too little came out.
            PrerequisiteError: piper-tts is not installed.
        """
        import numpy as np

        text = require_text(text, self.name)
        pause = np.zeros(round(SENTENCE_PAUSE * self.sample_rate), np.float32)
        parts: list[NDArray[np.float32]] = []
        try:
            for chunk in self._reading(text):
                parts += [np.asarray(chunk.audio_float_array, np.float32), pause]
        except (RuntimeError, ValueError) as error:
            raise SynthesisError(
                f"The voice {self.name} failed ({error}); reword the text or choose another voice."
            ) from error
        samples = np.concatenate(parts[:-1]) if parts else np.zeros(0, np.float32)
        return checked_speech(samples, self.sample_rate, text, self.name)

    def _reading(self, text: str) -> Iterable[Any]:
        """What Piper makes of `text`, sentence by sentence, in a session whose random numbers start anew.

        VITS draws noise inside the graph and the generator is seeded when a session is made: without a new one, what
        a sentence sounds like would depend on what was said before. Unoptimised it loads in 0.1 s and runs as fast.
        """
        try:
            import onnxruntime
            import piper
            from piper.config import PiperConfig
        except ImportError as error:
            raise PrerequisiteError(
                f"The voice {self.name} needs piper-tts: pip install 'podcast-dspy[local]'."
            ) from error
        with ESPEAK:  # the seed of onnxruntime is as global as espeak is; what follows runs side by side
            onnxruntime.set_seed(_SEED)
            session = voice_session(self._model, threads=models.slot_threads(), optimise=False)
            voice: Any = piper.PiperVoice(session=session, config=PiperConfig.from_dict(self._config))
            sentences = voice.phonemize(text)
        voice.phonemize = lambda _: sentences
        chunks: Iterable[Any] = voice.synthesize(text)
        return chunks


def embedded_piper() -> PiperSpeaker:
    """The embedded voice, `piper:joe`.

    Raises:
        PrerequisiteError: its model is not installed.
    """
    path = models.model_path("piper-joe")
    if path.is_dir():
        path = next(iter(sorted(path.glob("*.onnx"))), path / "en_US-joe-medium.onnx")
    return PiperSpeaker(path, "piper:joe")
