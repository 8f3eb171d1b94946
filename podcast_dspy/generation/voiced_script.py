"""A voiced script in the form of a podcast that was heard: a transcript with times, and aligned segments."""

from __future__ import annotations

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio import Narration, narrated_words
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.generation.script import Script, ScriptSegment, Turn
from podcast_dspy.text.language import translation


def script_transcription(script: Script, narration: Narration) -> TranscriptionResult:
    """A voiced script as a transcription, with the times at which its words are spoken."""
    segments: list[TranscriptSegment] = []
    words: list[WordTimestamp] = []
    language = script.language
    for segment in script.segments:
        for said in segment.turns or [segment]:
            spoken_words = _transcribed(segment, said, language)
            segments.append(spoken_words)
            span = spoken_words.start_time, spoken_words.end_time
            words.extend(narrated_words(said.text, span, narration.samples, narration.sample_rate, language))
    return TranscriptionResult(
        source_path="episode.mp3",
        transcript_text=script.text,
        word_timestamps=tuple(words),
        segments=tuple(segments),
        total_duration=narration.duration,
        confidence=1.0,
        model="script",
        language=language,
    )


def _transcribed(segment: ScriptSegment, said: ScriptSegment | Turn, language: str) -> TranscriptSegment:
    """A segment, or a turn of it, as a transcript has it."""
    start, end = said.start_time or 0.0, said.end_time or 0.0
    return TranscriptSegment(
        segment_id=segment.segment_id
        if isinstance(said, ScriptSegment)
        else f"{segment.segment_id}_{segment.turns.index(said)}",
        text=said.text,
        start_time=start,
        end_time=end,
        duration=end - start,
        segment_type=segment.segment_type.value,
        linked_atoms=segment.source_atoms,
        speaker=getattr(translation(language), said.speaker) if isinstance(said, Turn) else None,
    )


def script_alignment(script: Script) -> tuple[AlignedSegment, ...]:
    """A voiced script as aligned segments, so that what works on human podcasts works on generated ones."""
    aligned = []
    for segment in script.segments:
        spoken = _transcribed(segment, segment, script.language)
        aligned.append(
            AlignedSegment(
                segment_id=segment.segment_id,
                transcript_segment=spoken,
                primary_atoms=segment.source_atoms,
                referenced_figures=segment.figure_ids,
                segment_type=segment.segment_type,
                words_per_minute=60.0 * segment.words / spoken.duration if spoken.duration > 0 else 0.0,
            )
        )
    return tuple(aligned)
