"""Length: the loop that keeps an episode at the length asked for, first predicted, then confirmed on the audio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from podcast_dspy.audio import Narration, predict_seconds
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram, WrittenEpisode, spoken_words
from podcast_dspy.generation.script import Script
from podcast_dspy.generation.voicing import voice_script
from podcast_dspy.profiles.profile import AggregatedProfile

__all__ = ["LENGTH_TOLERANCE", "Voiced", "voice_to_length"]

LENGTH_TOLERANCE = 0.03
"""Relative distance from the length asked for that is good enough; a listener does not notice 5 s in 3 minutes."""
_PREDICTED_ROUNDS = 3
_VOICED_ROUNDS = 3

Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class Voiced:
    """A written episode with its audio."""

    written: WrittenEpisode
    script: Script
    """With the times of each segment."""
    narration: Narration
    seconds: float
    rounds: int
    """How often it was voiced until the length was right."""


def _pace(script: Script, seconds: float) -> float:
    return 60.0 * sum(spoken_words(segment.text) for segment in script.segments) / seconds


def _repaced(program: PodcastProgram, pace: float) -> PodcastProgram:
    paced: PodcastProgram = program.deepcopy()
    paced.adjustments = Adjustments.model_validate(
        {**program.adjustments.model_dump(), "words_per_minute": pace}
    )
    return paced


def voice_to_length(
    program: PodcastProgram,
    graph: DocumentGraph,
    profile: AggregatedProfile,
    *,
    seconds: float,
    voice: str,
    capable: bool,
    progress: Progress,
) -> Voiced:
    """Write and voice an episode within 3% of `seconds`, or as near as the paper's material allows.

    The pace of the voice is predicted where its duration model is known, so that mostly one synthesis is enough;
    the audio decides. Needs an LM in the DSPy context. Raises SynthesisError, ModelError.
    """
    progress("writing", 0, 1)
    written = program.write(graph, profile, seconds=seconds, capable=capable)
    for _ in range(_PREDICTED_ROUNDS):
        predicted = predict_seconds([segment.text for segment in written.script.segments], voice)
        if predicted is None or abs(predicted - seconds) <= 0.5 * LENGTH_TOLERANCE * seconds:
            break
        program = _repaced(program, _pace(written.script, predicted))
        again = program.write(graph, profile, seconds=seconds, capable=capable)
        if again.script == written.script:
            break
        written = again
    progress("writing", 1, 1)
    best: Voiced | None = None
    for round_number in range(1, _VOICED_ROUNDS + 1):
        script, narration = voice_script(
            written.script, voice, progress=lambda done: progress("voicing", done, 1.0)
        )
        length = narration.duration
        if best is None or abs(length - seconds) < abs(best.seconds - seconds):
            best = Voiced(written, script, narration, length, round_number)
        if abs(length - seconds) <= LENGTH_TOLERANCE * seconds:
            break
        program = _repaced(program, _pace(script, length))
        again = program.write(graph, profile, seconds=seconds, capable=capable)
        if again.script == written.script:
            break
        written = again
    assert best is not None
    return best
