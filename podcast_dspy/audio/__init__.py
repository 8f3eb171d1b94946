"""Podcast audio and words: recordings in, episodes out.

Recordings: `decoding`.
Words: `transcription` chooses among `whisper`, `whispercpp`, `hosted_transcribers` and `importing` (`caption_reader`);
`word_alignment` and `forced_alignment` time what they hand back; the result is a `transcript`.
Speech: `durations` says how long reading a text out takes; `voices` chooses among `local_voices` and those of
`providers`; `speaking` speaks an episode, `audio_writer` writes it.
Publishing: `metadata`, `feed`.

Everything is imported on first use, so that importing the package costs nothing. No module is named like a function:
importing a submodule binds its name here and would hide the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.audio.audio_writer import write_audio
    from podcast_dspy.audio.decoding import AudioInfo, decode, probe
    from podcast_dspy.audio.durations import DurationModel, duration_model, predict_seconds
    from podcast_dspy.audio.metadata import (
        AudioTags,
        Chapter,
        to_chapters_json,
        to_srt,
        to_transcript_json,
        to_vtt,
    )
    from podcast_dspy.audio.speaking import Narration, speak
    from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
    from podcast_dspy.audio.transcription import get_transcriber, read_transcript, transcribe, transcriber_key
    from podcast_dspy.audio.voices import Voice, VoiceInfo, get_voice, list_voices
    from podcast_dspy.audio.word_alignment import narrated_words, word_times_for


__all__ = [
    "AudioInfo",
    "AudioTags",
    "Chapter",
    "DurationModel",
    "Narration",
    "TranscriptSegment",
    "TranscriptionResult",
    "Voice",
    "VoiceInfo",
    "WordTimestamp",
    "decode",
    "duration_model",
    "get_transcriber",
    "get_voice",
    "list_voices",
    "narrated_words",
    "predict_seconds",
    "probe",
    "read_transcript",
    "speak",
    "to_chapters_json",
    "to_srt",
    "to_transcript_json",
    "to_vtt",
    "transcribe",
    "transcriber_key",
    "word_times_for",
    "write_audio",
]


__getattr__ = lazily(__name__)
