"""A tiny paper and podcast, built by code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.pairs import LabelledSpan, TrainingPair
from podcast_dspy.signatures.types import SegmentType

MakePair = Callable[..., TrainingPair]


@pytest.fixture
def make_pair() -> MakePair:
    def make(
        pair_id: str = "ring", *, paper: str = "a" * 64, audio: str = "b" * 64, analysed: bool = True
    ) -> TrainingPair:
        text = "Welcome to the show. We found that the ring is fast."
        words = tuple(
            WordTimestamp(word=word, start_time=number * 0.5, end_time=number * 0.5 + 0.4, confidence=0.9)
            for number, word in enumerate(text.split())
        )
        spoken = (
            TranscriptSegment(
                segment_id="seg_0", text="Welcome to the show.", start_time=0.0, end_time=2.0, duration=2.0
            ),
            TranscriptSegment(
                segment_id="seg_1",
                text="We found that the ring is fast.",
                start_time=2.0,
                end_time=5.5,
                duration=3.5,
            ),
        )
        atom = DocumentAtom(
            atom_id="p001_text_01", atom_type="paragraph", content="é", page=1, bbox=(0, 0, 1, 1)
        )
        document = DocumentGraph(
            document_id=paper[:12],
            source_path=f"/papers/{pair_id}.pdf",
            sha256=paper,
            page_count=1,
            title="Ring | Attention",
            abstract="A ring.",
            atoms=(atom,),
            key_concepts=(KeyConcept(name="ring", importance=1.0),),
        )
        types = (SegmentType.INTRO, SegmentType.KEY_FINDING)
        segments = tuple(
            AlignedSegment(
                segment_id=segment.segment_id,
                transcript_segment=segment,
                segment_type=kind,
                type_confidence=0.7,
                primary_atoms=("p001_text_01",),
                words_per_minute=120.0,
            )
            for segment, kind in zip(spoken, types, strict=True)
        )
        structure = StructureProfile(
            segment_sequence=types,
            segment_counts={SegmentType.INTRO: 1, SegmentType.KEY_FINDING: 1},
            total_duration=5.5,
            segment_durations={SegmentType.INTRO: (2.0,), SegmentType.KEY_FINDING: (3.5,)},
            avg_segment_duration=2.75,
            words_per_minute=120.0,
            concepts_per_minute=10.0,
            figures_discussed=0,
            figure_discussion_duration=0.0,
            intro_percentage=36.4,
            methodology_percentage=0.0,
            findings_percentage=63.6,
            conclusion_percentage=0.0,
        )
        style = StyleProfile(
            speaker_id="a",
            speaker_gender="female",
            avg_sentence_length=5.5,
            vocabulary_complexity=0.2,
            jargon_density=0.1,
            questions_per_minute=0.0,
            analogies_per_segment=0.0,
        )
        return TrainingPair(
            pair_id=pair_id,
            pdf_path=f"/papers/{pair_id}.pdf",
            audio_path=f"/podcasts/{pair_id}.mp3",
            document_graph=document,
            transcription=TranscriptionResult(
                source_path=f"/podcasts/{pair_id}.mp3",
                sha256=audio,
                transcript_text=text,
                word_timestamps=words,
                segments=spoken,
                total_duration=5.5,
                confidence=0.9,
                model="test",
            ),
            labels=(LabelledSpan(segment_type="background", start_time=0.0, end_time=2.0),),
            aligned_segments=segments if analysed else None,
            structure_profile=structure if analysed else None,
            style_profile=style if analysed else None,
            speaker_gender="female",
            source="test",
            duration_minutes=5.5 / 60,
        )

    return make
