"""How long a Kokoro voice would speak, and when it speaks each word, from its own predictor of durations.

The model first decides how many frames each phoneme lasts, then makes sound of them; only the first part is run for
lengths, 40 times as fast as speaking. It is cut out of the model file with `onnx` (pip install onnx), which nothing
else needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from podcast_dspy.audio import get_voice
from podcast_dspy.audio.durations import utterances
from podcast_dspy.audio.local_voices import KokoroSpeaker, _kokoro, batches, pause_after
from podcast_dspy.models import model_path
from podcast_dspy.text.normalisation import speakable

__all__ = ["KokoroLengths", "Passage", "spoken_words"]

_FRAME = 0.025  # seconds
_DURATIONS = "/encoder/Clip_output_0"
"""The tensor with the frames of each phoneme, one of silence at either end included."""
_SENTENCE_PAUSE = 0.2  # seconds
_SIGNS = frozenset('.,;:!?…"—“”()')


class KokoroLengths:
    """Lengths of texts in one voice.

    The silence at both ends is cut off after speaking, where the sound falls below a level; how much that is, is fitted
    on `spoken`, texts with the seconds that they took.
    """

    def __init__(self, voice: str, spoken: Sequence[tuple[str, float]]) -> None:
        speaker = get_voice(voice)
        assert isinstance(speaker, KokoroSpeaker)
        self._model = _kokoro(speaker._model)
        self._language = speaker._language
        self._style = np.fromfile(speaker._style_file, dtype="<f4").reshape(510, 1, 256)
        self._cut = np.zeros(4)
        single = [(parts[0], seconds) for text, seconds in spoken if len(parts := self._parts(text)) == 1]
        rows = np.array([self._ends(frames) for (_, frames), _ in single])
        cut = np.array([frames.sum() * _FRAME - seconds for (_, frames), seconds in single])
        self._cut = np.linalg.lstsq(rows, cut, rcond=None)[0]
        self.error = float(np.std(cut - rows @ self._cut))
        """Standard deviation of what is cut off, seconds a batch."""

    def seconds(self, text: str) -> float:
        """Seconds of `text`, as one segment."""
        parts = self._parts(text)
        lengths = [frames.sum() * _FRAME - self._ends(frames) @ self._cut for _, frames in parts]
        return float(sum(lengths)) + sum(pause for pause, _ in parts)

    @staticmethod
    def _ends(frames: np.ndarray) -> np.ndarray:
        return np.array([1.0, np.log(len(frames)), frames[0], frames[-3:].sum()])

    def _parts(self, text: str) -> list[tuple[float, np.ndarray]]:
        """What `text` is spoken in: the pause behind each part, and the frames of its phonemes."""
        parts = []
        for said, pause in utterances(text):
            phonemes = self._model.tokenizer.phonemize(" ".join(speakable(said).split()), self._language)
            whole = batches(phonemes)
            for place, batch in enumerate(whole):
                tokens = self._model.tokenizer.tokenize(batch)
                fed = {
                    "tokens": np.array([[0, *tokens, 0]]),
                    "style": self._model._style_for(self._style, len(tokens)).astype(np.float32),
                    "speed": np.ones(1, np.float32),
                }
                last = place == len(whole) - 1
                frames = _predictor().run([_DURATIONS], fed)[0].ravel()
                parts.append((pause if last else pause_after(batch), frames))
        return parts


@dataclass(frozen=True)
class Passage:
    """Sound of some sentences at 16 kHz, and start and end of each word in seconds."""

    samples: np.ndarray
    words: list[tuple[str, float, float]]

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / 16_000


def spoken_words(voice: str, passages: Sequence[str]) -> list[Passage]:
    """`passages` spoken by a Kokoro voice, their words timed by the durations that its model gave the phonemes.

    Sentences whose phonemes do not fall into as many words as the text has are left out.
    """
    from scipy.signal import resample_poly

    speaker = get_voice(voice)
    assert isinstance(speaker, KokoroSpeaker)
    model = _kokoro(speaker._model)
    style = np.fromfile(speaker._style_file, dtype="<f4").reshape(510, 1, 256)
    pause = np.zeros(round(_SENTENCE_PAUSE * speaker.sample_rate), np.float32)
    spoken = []
    for passage in passages:
        parts: list[np.ndarray] = []
        words: list[tuple[str, float, float]] = []
        at = 0.0
        for sentence in re.split(r"(?<=[.?!])\s+", speakable(passage)):
            written = [word for word in sentence.split() if re.search(r"\w", word)]
            phonemes = " ".join(model.tokenizer.phonemize(sentence, speaker._language).split())
            tokens = model.tokenizer.tokenize(phonemes)
            groups = phonemes.split(" ")
            if len(groups) != len(written) or len(tokens) != len(phonemes):
                continue
            fed = {
                "tokens": np.array([[0, *tokens, 0]]),
                "style": model._style_for(style, len(tokens)).astype(np.float32),
                "speed": np.ones(1, np.float32),
            }
            sound, frames = (np.asarray(output).ravel() for output in _speaker().run(None, fed))
            edges = at + np.concatenate([[0], np.cumsum(frames)]) * _FRAME
            first = 1  # after the silence at the beginning
            for word, group in zip(written, groups, strict=True):
                sounds = [place for place, sign in enumerate(group, first) if sign not in _SIGNS]
                words.append((word, float(edges[sounds[0]]), float(edges[sounds[-1] + 1])))
                first += len(group) + 1
            parts += [sound, pause]
            at += (len(sound) + len(pause)) / speaker.sample_rate
        if parts:
            sound = resample_poly(np.concatenate(parts), 2, 3).astype(np.float32)
            spoken.append(Passage(sound, words))
    return spoken


@lru_cache(maxsize=1)
def _speaker() -> Any:
    """A session of the whole model that also gives the durations."""
    import onnx
    import onnxruntime

    model = onnx.load(str(model_path("kokoro")))
    model.graph.output.append(onnx.helper.make_tensor_value_info(_DURATIONS, onnx.TensorProto.FLOAT, None))
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _predictor() -> Any:
    """A session of the part of the model that predicts durations."""
    import onnx
    import onnxruntime

    model = onnx.load(str(model_path("kokoro")))
    makers = {name: node for node in model.graph.node for name in node.output}
    wanted, names, needed = [_DURATIONS], set(), set()
    while wanted:
        name = wanted.pop()
        if name not in names and name in makers:
            needed.add(id(makers[name]))
            wanted += makers[name].input
        names.add(name)
    kept = [node for node in model.graph.node if id(node) in needed]
    weights = [weight for weight in model.graph.initializer if weight.name in names]
    output = onnx.helper.make_tensor_value_info(_DURATIONS, onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph(kept, "durations", list(model.graph.input), [output], weights)
    model.graph.CopyFrom(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
