"""How long an episode is, and how that is known: heard, timed when it was voiced, or predicted for a voice."""

from __future__ import annotations

import math
from dataclasses import dataclass

from podcast_dspy.audio import predict_seconds
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.settings import DEFAULT_VOICE

__all__ = ["Length", "length_of"]


@dataclass(frozen=True)
class Length:
    """Seconds, and where they come from."""

    seconds: float
    source: str

    predicted: bool = False
    """True when nobody has spoken the script."""


def length_of(script: Script | str, *, audio: float | None = None, voice: str = DEFAULT_VOICE) -> Length:
    """The length of a script's episode: of its audio (seconds), else by its own times, else predicted for `voice`.

    Raises UsageError for a voice whose pace was not measured.
    """
    if audio is not None:
        return Length(audio, "measured on the audio")
    if not isinstance(script, str):
        end = script.segments[-1].end_time if script.segments else None
        if end is not None and math.isfinite(end) and end > 0.0:
            return Length(end, "the times in the script")
        if script.predicted_seconds is not None:
            return Length(script.predicted_seconds, "predicted when the script was written", predicted=True)
    texts = script.split("\n\n") if isinstance(script, str) else [one.text for one in script.segments]
    seconds = predict_seconds(texts, voice)
    if seconds is None:
        raise UsageError(
            f"there is no audio, and the pace of the voice {voice} was not measured, so no length can be predicted; "
            f"give --audio, or a voice such as {DEFAULT_VOICE}"
        )
    return Length(seconds, f"predicted for the voice {voice}", predicted=True)
