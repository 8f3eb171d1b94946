"""Voice activity: where in a sound somebody is speaking (Silero VAD, which faster-whisper brings along)."""

from __future__ import annotations

from podcast_dspy.audio.recording import Sound, blocks

__all__ = ["speech_spans", "spoken_seconds"]

_RATE = 16_000  # what the model hears
_BLOCK = 240 * _RATE
_GAP = 0.2  # seconds of silence that part two spans
_SURE = 0.5
"""Probability of speech; Silero's own default."""


def spoken_seconds(sound: Sound) -> float:
    """Seconds of speech, of any language, in mono `sound` at 16 kHz; music and noise do not count."""
    return sum(end - start for start, end in speech_spans(sound))


def speech_spans(sound: Sound, *, sure: float = _SURE) -> list[tuple[float, float]]:
    """Start and end (s) of each stretch of speech in mono `sound` at 16 kHz, in order.

    `sure` is the probability from which it counts as speech.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold=sure, min_silence_duration_ms=round(1000 * _GAP), speech_pad_ms=0)
    spans: list[tuple[float, float]] = []
    for first, block in blocks(sound, _BLOCK):
        for found in get_speech_timestamps(block, options):
            start, end = (first + found["start"]) / _RATE, (first + found["end"]) / _RATE
            if spans and start - spans[-1][1] < _GAP:  # cut by the block
                start = spans.pop()[0]
            spans.append((start, end))
    return spans
