"""Duration loss: how far an episode is from the length asked for, and how its length is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from podcast_dspy.audio import predict_seconds
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics.loss import Feedback, MeasuredLoss, ScoringOptions, clock
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import DEFAULT_VOICE, LossWeights
from podcast_dspy.text.language import language_name

_TOLERANCE = 0.03
"""Relative difference that no listener notices: no feedback below it."""


def calculate_duration_loss(
    generated_duration: float, reference_duration: float
) -> tuple[float, dict[str, Any]]:
    """|generated - reference| / reference, both in seconds (spec 4.2).

    0 for the same length; above 1 for more than twice the length (the total counts it as 1). Details:
    `generated_seconds`, `reference_seconds`, `diff_seconds`, `diff_percentage`, `feedback`. Raises UsageError when a
    duration is not finite, the generated one negative, or the reference not positive.
    """
    if not math.isfinite(reference_duration) or reference_duration <= 0:
        raise UsageError(
            f"the reference lasts {reference_duration:g} s, so no length can be compared with it; "
            "ingest its audio again"
        )
    if not math.isfinite(generated_duration) or generated_duration < 0:
        raise UsageError(
            f"a generated duration of {generated_duration:g} s is no length; measure the episode's audio file"
        )
    difference = abs(generated_duration - reference_duration)
    loss = difference / reference_duration
    return loss, {
        "generated_seconds": generated_duration,
        "reference_seconds": reference_duration,
        "diff_seconds": difference,
        "diff_percentage": loss * 100,
        "feedback": _feedback(generated_duration, reference_duration, loss),
    }


def _feedback(generated: float, reference: float, loss: float) -> tuple[Feedback, ...]:
    if loss <= _TOLERANCE:
        return ()
    longer = generated > reference
    text = (
        f"the episode lasts {clock(generated)}, {loss:.0%} {'over' if longer else 'under'} the {clock(reference)} "
        f"asked for: {'cut' if longer else 'add'} about {abs(generated - reference):.0f} s"
    )
    return (Feedback(predictor="planner", loss="duration", text=text),)


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
        if script.language != "en":
            raise UsageError(
                f"there is no audio, and lengths are predicted for English, not for {language_name(script.language)}; "
                "give --audio"
            )
    texts = script.split("\n\n") if isinstance(script, str) else [one.text for one in script.segments]
    seconds = predict_seconds(texts, voice)
    if seconds is None:
        raise UsageError(
            f"there is no audio, and the pace of the voice {voice} was not measured, so no length can be predicted; "
            f"give --audio, or a voice such as {DEFAULT_VOICE}"
        )
    return Length(seconds, f"predicted for the voice {voice}", predicted=True)


def _measure(
    script: Script | str, pair: TrainingPair, options: ScoringOptions
) -> tuple[float, dict[str, Any]]:
    known = length_of(script, audio=options.duration, voice=options.voice)
    loss, found = calculate_duration_loss(known.seconds, pair.transcription.total_duration)
    timed = pair.transcription.timed
    return loss, {**found, "source": known.source, "predicted": known.predicted, "reference_timed": timed}


LOSS = MeasuredLoss("duration", LossWeights().duration, _measure)
