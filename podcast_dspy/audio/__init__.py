"""Podcast audio and words: probe, transcribe, voice, time, encode, caption.

Everything is imported on first use, so that importing the package costs nothing. No module is named like a function:
importing a submodule binds its name here and would hide the function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podcast_dspy.audio.decoding import decode
    from podcast_dspy.audio.probing import AudioInfo, probe
    from podcast_dspy.audio.stt import get_transcriber, transcribe
    from podcast_dspy.audio.tags import AudioTags, Chapter, read_chapters
    from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
    from podcast_dspy.audio.voice import Voice, VoiceInfo, get_voice, list_voices
    from podcast_dspy.audio.writing import write_audio

_HOMES = {
    "AudioInfo": "probing",
    "AudioTags": "tags",
    "Chapter": "tags",
    "TranscriptSegment": "transcript",
    "TranscriptionResult": "transcript",
    "Voice": "voice",
    "VoiceInfo": "voice",
    "WordTimestamp": "transcript",
    "decode": "decoding",
    "get_transcriber": "stt",
    "get_voice": "voice",
    "list_voices": "voice",
    "probe": "probing",
    "read_chapters": "tags",
    "transcribe": "stt",
    "write_audio": "writing",
}

__all__ = [
    "AudioInfo",
    "AudioTags",
    "Chapter",
    "TranscriptSegment",
    "TranscriptionResult",
    "Voice",
    "VoiceInfo",
    "WordTimestamp",
    "decode",
    "get_transcriber",
    "get_voice",
    "list_voices",
    "probe",
    "read_chapters",
    "transcribe",
    "write_audio",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
