"""Voices that speak on this machine, Piper and Kokoro, and espeak-ng, which pronounces for them."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_dspy import models
from podcast_dspy.audio.voices import VoiceEngine, VoiceInfo, checked_speech, model_hash, require_text
from podcast_dspy.errors import PrerequisiteError, SynthesisError, UnknownNameError

ESPEAK = threading.Lock()
"""espeak-ng is global to the process; whoever uses it, or Piper, holds this."""


def ipa(word: str) -> str:
    """American pronunciation of `word` in the International Phonetic Alphabet, without stress; "" for none."""
    from piper.phonemize_espeak import EspeakPhonemizer

    with ESPEAK:
        clauses = EspeakPhonemizer().phonemize("en-us", word)
    return "".join(sound for clause in clauses for sound in clause if sound not in "ˈˌ ")


def _session(model: Path, *, threads: int, optimise: bool = True) -> Any:
    """An onnxruntime session on the processor with `threads` threads.

    Idle threads sleep: they would otherwise spin for the next operator and take the cores of whatever runs beside
    them. `optimise` False loads faster and computes the graph as it stands.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])


PIPER_PAUSE = 0.2
"""Seconds added between sentences; Piper itself leaves some 0.17 s, too little for a listener to follow."""

_SEED = 1


class PiperSpeaker:
    """The Piper voice in `model` (an .onnx file with its .onnx.json beside it)."""

    by_sentence = True

    def __init__(self, model: Path, name: str) -> None:
        if not model.is_file() or not model.with_name(model.name + ".json").is_file():
            raise PrerequisiteError(
                f"The voice {name} needs {model} and {model.name}.json beside it; download both files of the voice."
            )
        self.name = name
        self.fingerprint = f"piper:{model_hash(model)}:{PIPER_PAUSE}"
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

    @property
    def languages(self) -> tuple[str, ...]:
        """The one that the voice's own configuration names (`de_DE`, or espeak's `de`), English where it names none."""
        named = self._config.get("language", {}).get("code") or self._config.get("espeak", {}).get("voice")
        return (str(named or "en").replace("_", "-").partition("-")[0].lower(),)

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`; the same text gives the same samples.

        Raises:
            SynthesisError: nothing, silence or far too little came out.
            PrerequisiteError: piper-tts is not installed.
        """
        text = require_text(text, self.name)
        pause = np.zeros(round(PIPER_PAUSE * self.sample_rate), np.float32)
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
            session = _session(self._model, threads=models.slot_threads(), optimise=False)
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


_KOKORO = (
    "af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky am_adam am_echo "
    "am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa bf_alice bf_emma bf_isabella bf_lily bm_daniel "
    "bm_fable bm_george bm_lewis"
).split()
_KOKORO_ABROAD = "ef_dora em_alex em_santa ff_siwis if_sara im_nicola".split()
_ESPEAK_NAMES = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "i": "it"}
"""What espeak-ng calls the language of a Kokoro voice, by the first letter of its name."""
_STYLE = (510, 1, 256)  # one style row per number of phonemes
_BATCH = 350
"""Phonemes said in one go. The model takes 510, but hurries the more the fuller it is, by up to 10%."""
_SENTENCE_PAUSE, _CLAUSE_PAUSE = 0.25, 0.1  # seconds
_KOKORO_LOCK = threading.Lock()  # espeak-ng is global to the process


class KokoroSpeaker:
    """The Kokoro voice `voice`, such as `af_heart`: first letter language (`_ESPEAK_NAMES`), second gender."""

    sample_rate = 24_000
    by_sentence = True

    def __init__(self, voice: str) -> None:
        self.name = f"kokoro:{voice}"
        styles = "kokoro-es-fr-it" if voice in _KOKORO_ABROAD else "kokoro-voices"
        self._style_file = models.model_path(styles) / f"{voice}.bin"
        self._model = models.model_path("kokoro")
        self._language = _ESPEAK_NAMES[voice[0]]
        self.languages = (self._language[:2],)
        self._styles = styles
        self.fingerprint = f"kokoro:{model_hash(self._model)}:{model_hash(self._style_file)}:{_BATCH}"

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`; the same text gives the same samples.

        Raises:
            SynthesisError: nothing, silence or far too little came out.
            PrerequisiteError: kokoro-onnx is not installed.
        """
        text = require_text(text, self.name)
        try:
            style = np.fromfile(self._style_file, dtype="<f4").reshape(_STYLE)
        except ValueError as error:
            raise PrerequisiteError(
                f"The style file of {self.name} is damaged; run `podcast-dspy models install {self._styles}`."
            ) from error
        try:
            with _KOKORO_LOCK:
                model = _kokoro(self._model)
                phonemes = model.tokenizer.phonemize(text, self._language)
            samples = self._spoken(model, phonemes, style)
        except (RuntimeError, ValueError) as error:
            raise SynthesisError(
                f"The voice {self.name} failed ({error}); reword the text or choose another voice."
            ) from error
        return checked_speech(samples, self.sample_rate, text, self.name)

    def _spoken(self, model: Any, phonemes: str, style: NDArray[np.float32]) -> NDArray[np.float32]:
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
def _kokoro(model: Path) -> Any:
    try:
        from kokoro_onnx import Kokoro
    except ImportError as error:
        raise PrerequisiteError(
            "Kokoro voices need kokoro-onnx: pip install 'podcast-dspy[local]'."
        ) from error
    # Segments are spoken side by side, one a core (`speaking`); more threads in each would only fight.
    session = _session(model, threads=1)
    # The library insists on a voices archive; styles are handed to it one by one, so an empty one will do.
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "voices.npy"
        np.save(empty, np.zeros(0, np.float32))
        return Kokoro.from_session(session, str(empty))


def _piper_voice(name: str) -> PiperSpeaker:
    return embedded_piper() if name == "joe" else PiperSpeaker(Path(name), f"piper:{name}")


def _kokoro_voice(name: str) -> KokoroSpeaker:
    if name not in (*_KOKORO, *_KOKORO_ABROAD):
        known = ", ".join((*_KOKORO, *_KOKORO_ABROAD))
        raise UnknownNameError(f"There is no Kokoro voice {name!r}; choose one of {known}.")
    return KokoroSpeaker(name)


EMBEDDED = VoiceEngine(lambda _: embedded_piper())
PIPER = VoiceEngine(
    _piper_voice,
    (VoiceInfo(name="piper:joe", engine="piper", gender="male", accent="American", network=False),),
)
KOKORO = VoiceEngine(
    _kokoro_voice,
    tuple(
        VoiceInfo(
            name=f"kokoro:{voice}",
            engine="kokoro",
            gender="female" if voice[1] == "f" else "male",
            accent="American" if voice[0] == "a" else "British" if voice[0] == "b" else "neutral",
            network=False,
            languages=(_ESPEAK_NAMES[voice[0]][:2],),
        )
        for voice in (*_KOKORO, *_KOKORO_ABROAD)
    ),
)
