"""Where a length comes from, and that it is said."""

from __future__ import annotations

import pytest

from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import calculate_total_loss, score_script
from podcast_dspy.metrics.duration import length_of
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

TEXTS = (
    "Salt water boils later than fresh water does.",
    "Nobody measured it before, and that is the problem.",
)


def script(*ends: float | None, predicted: float | None = None) -> Script:
    """A script of two segments that end at these times."""
    return Script(
        title="t",
        paper_title="t",
        document_id="d",
        predicted_seconds=predicted,
        segments=tuple(
            ScriptSegment(segment_id=str(i), segment_type=SegmentType.INTRO, text=text, end_time=end)
            for i, (text, end) in enumerate(zip(TEXTS, ends, strict=True))
        ),
    )


def test_what_was_heard_comes_before_what_is_predicted() -> None:
    voiced = script(4.0, 9.5, predicted=7.0)
    assert length_of(voiced, audio=10.0).seconds == 10.0
    assert length_of(voiced).seconds == 9.5
    assert not length_of(voiced).predicted
    written = script(4.0, None, predicted=7.0)
    assert (length_of(written).seconds, length_of(written).predicted) == (7.0, True)


def test_a_text_lasts_as_long_as_the_same_script() -> None:
    bare = script(None, None)
    assert length_of(bare.text) == length_of(bare)
    assert length_of(bare).predicted
    assert length_of(bare, voice="piper:joe").seconds != length_of(bare).seconds
    assert length_of(f"{bare.text} {bare.text}").seconds > length_of(bare).seconds


def test_a_voice_without_measured_pace_is_refused() -> None:
    with pytest.raises(UsageError, match="pace of the voice openai:nova was not measured"):
        length_of("Some words.", voice="openai:nova")


def test_a_script_without_audio_is_scored_whole(script: Script, pair: TrainingPair) -> None:
    segments = tuple(one.model_copy(update={"start_time": None, "end_time": None}) for one in script.segments)
    silent = script.model_copy(update={"segments": segments, "predicted_seconds": None})
    metrics = score_script(silent, pair, similarity="lexical")
    assert metrics.complete
    assert metrics.total_loss == pytest.approx(calculate_total_loss(metrics))
    assert metrics.details["duration"]["predicted"] is True
    refused = score_script(silent, pair, similarity="lexical", voice="openai:nova")
    assert set(refused.unscored) == {"duration"}


def test_a_length_that_nobody_measured_is_told(script: Script, pair: TrainingPair) -> None:
    told = pair.transcription.model_copy(update={"timed": False})
    for other, timed in ((pair, True), (pair.model_copy(update={"transcription": told}), False)):
        metrics = score_script(script, other, similarity="lexical")
        assert metrics.details["duration"]["reference_timed"] is timed


def test_no_length_is_predicted_for_another_language() -> None:
    german = script(None, None).model_copy(update={"language": "de"})
    with pytest.raises(UsageError, match="predicted for English, not for German; give --audio"):
        length_of(german)
    assert length_of(german, audio=10.0).seconds == 10.0
