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

__all__ = ["KokoroSpeaker", "batches", "pause_after"]

_STYLE = (510, 1, 256)  # one style row per number of phonemes
_BATCH = 350
"""Phonemes said in one go. The model takes 510, but hurries the more the fuller it is, by up to 10%."""
_SENTENCE_PAUSE, _CLAUSE_PAUSE = 0.25, 0.1  # seconds
_LOCK = threading.Lock()  # espeak-ng is global to the process


class KokoroSpeaker:
    """The Kokoro voice `voice`, such as `af_heart`: first letter accent (a American, b British), second gender."""

    sample_rate = 24_000

    def __init__(self, voice: str) -> None:
        self.name = f"kokoro:{voice}"
        self._style_file = models.model_path("kokoro-voices") / f"{voice}.bin"
        self._model = models.model_path("kokoro")
        self._language = "en-gb" if voice.startswith("b") else "en-us"
        self.fingerprint = f"kokoro:{model_hash(self._model)}:{model_hash(self._style_file)}:{_BATCH}"

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
            samples = self._spoken(model, phonemes, style)
        except (RuntimeError, ValueError) as error:
            raise SynthesisError(
                f"The voice {self.name} failed ({error}); reword the text or choose another voice."
            ) from error
        return checked_speech(samples, self.sample_rate, text, self.name)

    def _spoken(self, model: Any, phonemes: str, style: NDArray[np.float32]) -> NDArray[np.float32]:
        import numpy as np

        parts = []
        for batch in batches(phonemes):
            sound, _ = model.create(batch, style, lang=self._language, is_phonemes=True)
            parts += [sound, np.zeros(round(pause_after(batch) * self.sample_rate), np.float32)]
        return np.concatenate(parts[:-1] or [np.zeros(0, np.float32)])


def batches(phonemes: str) -> list[str]:
    """`phonemes` in pieces of much the same length, cut between sentences where that can be, for one even pace."""
    from kokoro_onnx.chunker import split_phonemes

    return split_phonemes(" ".join(phonemes.split()), _BATCH)


def pause_after(batch: str) -> float:
    """Seconds of silence behind a batch, by the mark it ends with: the model's own is cut off."""
    if batch[-1:] in ".?!…":
        return _SENTENCE_PAUSE
    return _CLAUSE_PAUSE if batch[-1:] in ",;:" else 0.0


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
