"""Speak with a Kokoro-82M voice (ONNX) on this machine."""

from __future__ import annotations

import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy import models
from podcast_dspy.audio.onnx_sessions import voice_session
from podcast_dspy.audio.voice import checked_speech, model_hash, require_text
from podcast_dspy.errors import PrerequisiteError, SynthesisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KokoroSpeaker"]

_STYLE = (510, 1, 256)  # one style row per number of phonemes
_LOCK = threading.Lock()  # espeak-ng is global to the process


class KokoroSpeaker:
    """The Kokoro voice `voice`, such as `af_heart`: first letter accent (a American, b British), second gender."""

    sample_rate = 24_000

    def __init__(self, voice: str) -> None:
        self.name = f"kokoro:{voice}"
        self._style_file = models.model_path("kokoro-voices") / f"{voice}.bin"
        self._model = models.model_path("kokoro")
        self._language = "en-gb" if voice.startswith("b") else "en-us"
        self.fingerprint = f"kokoro:{model_hash(self._model)}:{model_hash(self._style_file)}"

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`; the same text gives the same samples.

        Raises:
            SynthesisError: nothing, silence or far too little came out.
            PrerequisiteError: kokoro-onnx is not installed.
        """
        import numpy as np

        text = require_text(text, self.name)
        try:
            style = np.fromfile(self._style_file, dtype="<f4").reshape(_STYLE)
        except ValueError as error:
            raise PrerequisiteError(
                f"The style file of {self.name} is damaged; run `podcast-dspy models install kokoro-voices`."
            ) from error
        try:
            with _LOCK:
                model = _load(self._model)
                phonemes = model.tokenizer.phonemize(text, self._language)
            samples, _ = model.create(phonemes, style, lang=self._language, is_phonemes=True)
        except (RuntimeError, ValueError) as error:
            raise SynthesisError(
                f"The voice {self.name} failed ({error}); reword the text or choose another voice."
            ) from error
        return checked_speech(samples, self.sample_rate, text, self.name)


@lru_cache(maxsize=1)
def _load(model: Path) -> Any:
    try:
        from kokoro_onnx import Kokoro
    except ImportError as error:
        raise PrerequisiteError(
            "Kokoro voices need kokoro-onnx: pip install 'podcast-dspy[local]'."
        ) from error
    import numpy as np

    # Segments are spoken side by side, one a core (`speaking`); more threads in each would only fight.
    session = voice_session(model, threads=1)
    # The library insists on a voices archive; styles are handed to it one by one, so an empty one will do.
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "voices.npy"
        np.save(empty, np.zeros(0, np.float32))
        return Kokoro.from_session(session, str(empty))
