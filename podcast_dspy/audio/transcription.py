"""Choose a transcriber by name and turn what it recognises into a TranscriptionResult.

An installed package adds transcribers by an entry point, which names a function:

    [project.entry-points."podcast_dspy.transcribers"]
    acme = "acme_speech:transcriber"

`acme:LARGE` then is the `Transcriber` that `transcriber("LARGE", language)` makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from podcast_dspy.audio.decoding import SPEECH_RATE, decode_recording, probe
from podcast_dspy.audio.importing import imported
from podcast_dspy.audio.speakers import label_speakers, timbre
from podcast_dspy.audio.transcript import (
    Progress,
    Recognition,
    Transcriber,
    TranscriptionResult,
    WordTimestamp,
    sentence_segments,
)
from podcast_dspy.audio.word_alignment import align_to_sound
from podcast_dspy.errors import AudioError, InputError
from podcast_dspy.registry import Registry

_TRANSCRIBERS: Registry[Callable[[str, str | None], Transcriber]] = Registry(
    "transcriber",
    "podcast_dspy.transcribers",
    {
        "embedded": "podcast_dspy.audio.whisper:embedded_whisper",
        "embedded:multilingual": "podcast_dspy.audio.whisper:embedded_whisper",
        "whisper:DIRECTORY": "podcast_dspy.audio.whisper:whisper_in",
        "hf:OWNER/NAME": "podcast_dspy.audio.whisper:whisper_of_hugging_face",
        "whispercpp:FILE": "podcast_dspy.audio.whispercpp:whispercpp_of",
        "openai/MODEL": "podcast_dspy.audio.hosted_transcribers:openai_transcriber",
        "assemblyai": "podcast_dspy.audio.hosted_transcribers:assemblyai_transcriber",
        "import:FILE": "podcast_dspy.audio.importing:imported",
        "align:FILE": "podcast_dspy.audio.importing:imported_and_aligned",
    },
)


def get_transcriber(stt: str, language: str | None = None) -> Transcriber:
    """The transcriber that `stt` names.

    `embedded` (English) and `embedded:multilingual` need no network. `whisper:DIRECTORY` runs any CTranslate2 Whisper
    model, `hf:OWNER/NAME` one of Hugging Face, `whispercpp:FILE` a ggml model of whisper.cpp. `openai/MODEL`
    (OPENAI_API_KEY) and `assemblyai` (ASSEMBLYAI_API_KEY) ask a provider. `import:FILE` reads a transcript made
    elsewhere (SRT, VTT, JSON or TSV of Whisper and its kin, Podcasting 2.0 JSON, plain text); `align:FILE` reads one
    and finds its words in the recording, for exact times where the file has none. Installed packages add others.

    Raises:
        UnknownNameError: nothing is known under that name.
        PrerequisiteError: its model, extra or key is missing.
    """
    make, own_name = _TRANSCRIBERS.find(stt)
    return make(own_name, language)


def transcriber_key(stt: str) -> str:
    """What the result of `stt` depends on beside the recording: its name, and what is in a transcript's file.

    Raises:
        InputError: the transcript cannot be read.
    """
    kind, _, rest = stt.partition(":")
    if kind not in ("import", "align"):
        return stt
    try:
        return f"{stt} {hashlib.sha256(Path(rest).expanduser().read_bytes()).hexdigest()}"
    except OSError as error:
        raise InputError(
            f"The transcript {rest} cannot be read ({error.strerror}); check the path."
        ) from error


def transcribe(
    path: str | Path,
    *,
    stt: str = "embedded",
    language: str | None = None,
    progress: Progress | None = None,
    speakers: bool = True,
) -> TranscriptionResult:
    """Transcribe the recording at `path` with word times, sentence segments and confidence.

    Args:
        path: the recording.
        stt: which transcriber (see `get_transcriber`).
        language: ISO 639-1 code, or None to let the model decide.
        progress: called with the fraction done (0-1).
        speakers: tell two hosts apart by their voices ("A" and "B") where the transcriber names no speakers and the
            recording has two clearly different voices; otherwise sentences have no speaker.

    Raises:
        AudioError: the file cannot be read, is silent, or holds no speech.
        PrerequisiteError: a model, extra or key is missing.
        ModelError: the transcriber failed.
    """
    info = probe(path)
    done = 0.0

    def report(fraction: float) -> None:
        nonlocal done
        done = max(done, min(1.0, fraction))
        if progress is not None:
            progress(done)

    transcriber = get_transcriber(stt, language)
    report(0.0)
    recognition = transcriber.recognise(Path(path), info, language=language, progress=report)
    if not recognition.words:
        raise AudioError(f"No speech was recognised in {path}; check the recording and its language.")
    unnamed = speakers and all(word.speaker is None for word in recognition.words)
    samples = recognition.samples
    if samples is None and (unnamed or not recognition.aligned):
        samples = decode_recording(path, SPEECH_RATE)
    if samples is not None and not recognition.aligned:
        words = align_to_sound(recognition.words, samples, recognition.language)
        recognition = replace(recognition, words=tuple(words))
    report(1.0)
    result = _result(recognition, info.path, info.sha256, info.duration)
    if samples is not None and unnamed:
        sound = timbre(samples, SPEECH_RATE) if recognition.timbre is None else recognition.timbre
        result = result.model_copy(update={"segments": label_speakers(sound, result.segments)})
    return result


def read_transcript(file: str | Path, *, language: str | None = None) -> TranscriptionResult:
    """A transcript of a recording that is not there; how long it took is when the last word ends.

    Text without times takes as long as its words usually do, and the result is not `timed`. Raises InputError.
    """
    path = Path(file).expanduser()
    recognition, timed = imported(str(path), language).alone(language)
    seconds = max(word.end for word in recognition.words)
    result = _result(recognition, path, hashlib.sha256(path.read_bytes()).hexdigest(), seconds)
    return result.model_copy(update={"timed": timed})


def _result(recognition: Recognition, path: Path, sha256: str, limit: float) -> TranscriptionResult:
    # Recognisers may run some hundredths past the end of the file, which is at `limit` seconds.
    words = tuple(
        WordTimestamp(
            word=word.word,
            start_time=round(min(max(word.start, 0.0), limit), 3),
            end_time=round(min(max(word.end, word.start, 0.0), limit), 3),
            confidence=min(max(word.confidence, 0.0), 1.0),
        )
        for word in recognition.words
    )
    clipped = [
        replace(old, start=new.start_time, end=new.end_time, confidence=new.confidence)
        for old, new in zip(recognition.words, words, strict=True)
    ]
    segments = sentence_segments(clipped)
    return TranscriptionResult(
        source_path=str(path),
        sha256=sha256,
        transcript_text=" ".join(segment.text for segment in segments),
        word_timestamps=words,
        segments=segments,
        total_duration=limit,
        speaker_id=recognition.words[0].speaker
        if len({word.speaker for word in recognition.words}) == 1
        else None,
        confidence=sum(word.confidence for word in words) / len(words),
        language=recognition.language,
        model=recognition.model,
    )
