"""Transcribe with whisper.cpp (pywhispercpp) and a ggml model on this machine, in a process of its own.

A damaged model ends the process that loads it: `python -m podcast_dspy.audio.whispercpp MODEL SAMPLES RESULT.json
THREADS [LANGUAGE]` prints the seconds that were transcribed so far, a line each, and the words go to RESULT.json.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from podcast_dspy import models
from podcast_dspy.audio.decoding import SPEECH_RATE, AudioInfo, Sound, blocks, decode_recording
from podcast_dspy.audio.forced_alignment import overlapping_pieces, rejoin
from podcast_dspy.audio.transcript import Progress, RecognisedWord, Recognition
from podcast_dspy.errors import ModelError, PrerequisiteError

_MAGIC = b"lmgg"
_WORKER = (sys.executable, "-m", "podcast_dspy.audio.whispercpp")
_BLOCK = 1 << 20  # samples
_LONGEST = 600.0
"""Seconds of sound that whisper.cpp is given at once; it makes copies of all that it gets."""
_PATIENCE = (600.0, 20.0)
"""Seconds that a transcription may take: some, and so many for each second of sound."""


class WhisperCppTranscriber:
    """Transcribes with the ggml Whisper model in the file `model`, in a process of its own: a bad model ends it."""

    def __init__(self, model: Path) -> None:
        try:
            with model.open("rb") as file:
                magic = file.read(len(_MAGIC))
        except OSError as error:
            raise PrerequisiteError(
                f"There is no whisper.cpp model at {model} ({error.strerror}); give the ggml file, such as "
                "ggml-base.en.bin."
            ) from error
        if magic != _MAGIC:
            raise PrerequisiteError(
                f"{model} is no ggml Whisper model; give a file made for whisper.cpp, such as ggml-base.en.bin."
            )
        if find_spec("pywhispercpp") is None:
            raise PrerequisiteError(
                "whisper.cpp models need pywhispercpp: pip install 'podcast-dspy[whispercpp]'."
            )
        self._model = model
        self._label = f"whispercpp:{model.stem}"

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Recognise the words of `path`.

        Raises:
            AudioError: the recording cannot be decoded or is silent.
            ModelError: the model is damaged, failed on this recording, or took too long.
        """
        recording = decode_recording(path, SPEECH_RATE)
        return self.recognise_samples(recording, language=language, progress=progress)

    def recognise_samples(self, samples: Sound, *, language: str | None, progress: Progress) -> Recognition:
        """Recognise mono float32 `samples` at 16 kHz."""
        seconds = max(1e-9, len(samples) / SPEECH_RATE)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with (folder / "samples").open("wb") as file:
                for _, block in blocks(samples, _BLOCK):
                    file.write(block.astype("<f4", copy=False).tobytes())
            files = (str(folder / "samples"), str(folder / "result.json"))
            rest = [language.split("-")[0].lower()] if language else []
            command = [*_WORKER, str(self._model), *files, str(models.cpu_threads()), *rest]
            self._run(command, folder / "log", seconds, progress)
            return replace(self._result(folder / "result.json"), samples=samples)

    def _run(self, command: list[str], log: Path, seconds: float, progress: Progress) -> None:
        limit = _PATIENCE[0] + _PATIENCE[1] * seconds
        with (
            log.open("wb") as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        ):
            watch = threading.Timer(limit, process.kill)
            watch.start()
            try:
                for line in process.stdout or ():
                    progress(min(1.0, float(line) / seconds))
                code = process.wait()
            except ValueError:
                code = -1  # no number: not our worker's line
            finally:
                in_time = watch.is_alive()
                watch.cancel()
                process.kill()
        if not in_time:
            raise ModelError(f"{self._label} did not finish in {limit:.0f} s; choose a smaller model.")
        if code:
            said = log.read_text("utf-8", "replace").strip().splitlines()
            reason = f": {said[-1][:160]}" if said else ""
            raise ModelError(
                f"{self._label} failed (exit code {code}{reason}); its file may be cut off or of another version, so "
                "download it again."
            )

    def _result(self, path: Path) -> Recognition:
        try:
            data: Any = json.loads(path.read_text("utf-8"))
            words = tuple(RecognisedWord(*word) for word in data["words"])
            return Recognition(words, str(data["language"]), self._label)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{self._label} left no result; try another transcriber with --stt.") from error


def whispercpp_of(file: str, _: str | None) -> WhisperCppTranscriber:
    """The transcriber for a ggml model's file."""
    return WhisperCppTranscriber(Path(file).expanduser())


_TICK = 0.01
"""whisper.cpp counts in hundredths of a second."""


def words_of(segments: Iterable[Any]) -> list[tuple[str, float, float, float]]:
    """(word, start, end, probability) of segments of one word each; a lone mark belongs to the word before it."""
    words: list[tuple[str, float, float, float]] = []
    for segment in segments:
        text = str(segment.text).strip()
        if not text or (text[0] in "[(" and text[-1] in "])"):  # "[BLANK_AUDIO]", "(music)" are not said
            continue
        start, end, sure = segment.t0 * _TICK, segment.t1 * _TICK, float(segment.probability)
        if words and not any(character.isalnum() for character in text):
            last = words.pop()
            words.append((last[0] + text, *last[1:]))
        else:
            words.append(
                (text, start, max(start, end), 0.0 if math.isnan(sure) else min(1.0, max(0.0, sure)))
            )
    return words


def main(arguments: Sequence[str]) -> int:
    """Load the model, transcribe, write the result; the exit code."""
    import _pywhispercpp as native
    from pywhispercpp.model import Model

    model_path, samples_path, result_path, threads, *rest = arguments
    samples: Any = np.memmap(samples_path, "<f4", "r")
    model: Any = Model(
        model_path,
        context_params={"use_gpu": False},
        n_threads=int(threads),
        print_progress=False,
        print_timestamps=False,
    )
    language = rest[0] if rest else "en"
    if not rest and native.whisper_is_multilingual(model._ctx):
        (language, _), _ = model.auto_detect_language(np.array(samples[: round(_LONGEST * SPEECH_RATE)]))
    parts = []
    for piece in overlapping_pieces(samples, SPEECH_RATE, _LONGEST):

        def report(segment: Any, before: float = piece.start / SPEECH_RATE) -> None:
            sys.stdout.write(f"{before + segment.t1 * _TICK:.2f}\n")
            sys.stdout.flush()

        # one word a segment: whisper.cpp then gives each its own times and probability
        segments = model.transcribe(
            np.array(samples[piece.start : piece.end]),
            new_segment_callback=report,
            extract_probability=True,
            language=language,
            token_timestamps=True,
            max_len=1,
            split_on_word=True,
        )
        parts.append((piece, [RecognisedWord(*word) for word in words_of(segments)]))
    words = [(word.word, word.start, word.end, word.confidence) for word in rejoin(parts, SPEECH_RATE)]
    result = {"language": str(language), "words": words}
    Path(result_path).write_text(json.dumps(result), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
