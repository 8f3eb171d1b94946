"""Episodes: chapters without gaps, the length loop, and the script seen as a transcription."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.audio import Narration
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation import voicing
from podcast_dspy.generation.chapters import chapters_of
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.generation.voiced_script import script_alignment, script_transcription
from podcast_dspy.generation.voicing import voice_to_length
from podcast_dspy.generation.written import WrittenEpisode
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

GRAPH = DocumentGraph(
    source_path="p.md", sha256="0" * 64, document_id="d", title="Rain: a study", page_count=1
)


def script(spans: list[tuple[SegmentType, float]]) -> Script:
    segments, at = [], 0.0
    for index, (kind, seconds) in enumerate(spans):
        segments.append(
            ScriptSegment(
                segment_id=f"seg_{index:03d}", segment_type=kind, text="Some words are said here.", start_time=at,
                end_time=at + seconds,
            )
        )  # fmt: skip
        at += seconds + 0.45
    return Script(title="t", paper_title="t", document_id="d", segments=tuple(segments))


@given(st.lists(st.tuples(st.sampled_from(SEGMENT_TYPES), st.floats(0.5, 60)), min_size=1, max_size=20))
def test_chapters_follow_each_other_without_gaps(spans: list[tuple[SegmentType, float]]) -> None:
    chapters = chapters_of(script(spans), GRAPH)
    assert all(one.end == two.start for one, two in itertools.pairwise(chapters))
    assert all(one.start < one.end for one in chapters)
    spoken = [kind for kind, _ in spans if kind is not SegmentType.TRANSITION]
    assert bool(chapters) == bool(spoken)


def test_a_voiced_script_is_a_transcription_with_word_times_inside_its_segments() -> None:
    voiced = script([(SegmentType.INTRO, 5.0), (SegmentType.METHODOLOGY, 7.0)])
    silence = Narration(np.zeros(round(12.45 * 16_000), np.float32), 16_000, [])
    heard = script_transcription(voiced, silence)
    assert [segment.segment_type for segment in heard.segments] == ["intro", "methodology"]
    assert all(0.0 <= word.start_time <= word.end_time <= 12.45 for word in heard.word_timestamps)
    aligned = script_alignment(voiced)
    assert [segment.segment_type for segment in aligned] == [SegmentType.INTRO, SegmentType.METHODOLOGY]


class Scribe(PodcastProgram):
    """Writes exactly the seconds it is asked for, in words of half a second, for a voice that is 20% slower."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def deepcopy(self) -> Any:
        return self

    def write(self, graph: Any, profile: Any, *, seconds: float, writer: Any = None, plan: Any = None) -> Any:
        self.asked.append(seconds)
        text = " ".join(["word"] * round(2 * seconds))
        segment = ScriptSegment(segment_id="seg_000", segment_type=SegmentType.INTRO, text=text)
        plan = EpisodePlan.model_construct(
            title="t", target_seconds=seconds, words_per_minute=120.0, segments=()
        )
        written = Script(title="t", paper_title="t", document_id="d", segments=(segment,))
        return WrittenEpisode(
            script=written, plan=plan, model_units=0, source_units=1, expected_seconds=seconds
        )


def test_the_audio_decides_whether_the_length_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_voice(script: Script, voice: str, **_: Any) -> tuple[Script, Narration]:
        seconds = 1.2 * script.words / 2
        samples = np.zeros(round(seconds * 100), np.float32)
        return script, Narration(samples=samples, sample_rate=100, spans=[(0.0, seconds)], voice=voice)

    monkeypatch.setattr(voicing, "voice_script", slow_voice)
    scribe = Scribe()
    none: Any = None
    voiced = voice_to_length(
        scribe,
        none,
        none,
        seconds=100.0,
        voice="unknown:voice",
        writer=ExtractWriter(),
        progress=lambda *_: None,
    )
    assert voiced.seconds == pytest.approx(100.0, rel=0.03)
    assert voiced.rounds == 2
    assert scribe.asked == pytest.approx([100.0, 100.0 / 1.2])
