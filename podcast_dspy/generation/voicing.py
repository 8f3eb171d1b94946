"""Voicing: a script spoken segment by segment, and the times that this gives each segment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from podcast_dspy.audio import Narration, get_voice, speak
from podcast_dspy.audio.spoken import Lexicon
from podcast_dspy.generation.script import Script
from podcast_dspy.models import cache_dir

__all__ = ["voice_script"]


def voice_script(
    script: Script,
    voice: str,
    *,
    speech_cache: Path | None = None,
    lexicon: Lexicon | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Script, Narration]:
    """Speak a script; returns it with start and end times filled, and the narration.

    `lexicon` respells words that the voice gets wrong. A segment that was spoken before with the same voice and
    respellings is read from the cache. Raises SynthesisError, InputError.
    """
    narration = speak(
        [segment.text for segment in script.segments],
        get_voice(voice),
        cache_dir=speech_cache or cache_dir() / "speech",
        lexicon=lexicon,
        progress=progress,
    )
    timed = tuple(
        segment.model_copy(update={"start_time": start, "end_time": end})
        for segment, (start, end) in zip(script.segments, narration.spans, strict=True)
    )
    return script.model_copy(update={"segments": timed}), narration
