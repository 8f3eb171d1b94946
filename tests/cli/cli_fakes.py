"""A workspace made by code: one pair with an analysed podcast."""

from __future__ import annotations

from pathlib import Path

from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.workspace import Workspace

__all__ = ["make_pair", "store_pair"]

_SPOKEN = (
    (SegmentType.INTRO, "Welcome to the show, today we talk about Bloom filters."),
    (SegmentType.METHODOLOGY, "They hash every key into a few bits of one array."),
    (SegmentType.CONCLUSION, "And that is all for today."),
)


def make_pair(folder: Path, pair_id: str = "bloom", *, analyzed: bool = True) -> TrainingPair:
    """A pair whose files exist (as stand-ins) in `folder`."""
    pdf, audio = folder / "paper.pdf", folder / "podcast.mp3"
    pdf.write_bytes(b"%PDF-1.7 stand-in")
    audio.write_bytes(b"ID3 stand-in")
    spoken = tuple(
        TranscriptSegment(
            segment_id=f"s{index}",
            text=text,
            start_time=index * 20.0,
            end_time=index * 20.0 + 20.0,
            duration=20.0,
        )
        for index, (_, text) in enumerate(_SPOKEN)
    )
    graph = DocumentGraph(
        document_id="0123456789ab",
        source_path=str(pdf),
        sha256="0" * 64,
        page_count=2,
        title="Counting With Bloom Filters \x1b[31m",
        atoms=(
            DocumentAtom(
                atom_id="p001_text_01", atom_type="paragraph", content="Bits.", page=1, bbox=(0, 0, 10, 10)
            ),
        ),
        key_concepts=(KeyConcept(name="Bloom filter", importance=1.0),),
    )
    pair = TrainingPair(
        pair_id=pair_id,
        pdf_path=str(pdf),
        audio_path=str(audio),
        document_graph=graph,
        transcription=TranscriptionResult(
            source_path=str(audio),
            transcript_text=" ".join(text for _, text in _SPOKEN),
            segments=spoken,
            total_duration=60.0,
            confidence=0.9,
        ),
        duration_minutes=1.0,
    )
    if not analyzed:
        return pair
    kinds = tuple(kind for kind, _ in _SPOKEN)
    return pair.model_copy(
        update={
            "aligned_segments": tuple(
                AlignedSegment(segment_id=one.segment_id, transcript_segment=one, segment_type=kind)
                for one, kind in zip(spoken, kinds, strict=True)
            ),
            "structure_profile": StructureProfile(
                segment_sequence=kinds,
                segment_counts=dict.fromkeys(kinds, 1),
                total_duration=60.0,
                segment_durations=dict.fromkeys(kinds, (20.0,)),
                avg_segment_duration=20.0,
                words_per_minute=150.0,
                concepts_per_minute=1.0,
                figures_discussed=0,
                figure_discussion_duration=0.0,
                intro_percentage=33.3,
                methodology_percentage=33.3,
                findings_percentage=0.0,
                conclusion_percentage=33.4,
            ),
            "style_profile": StyleProfile(
                speaker_id="host",
                speaker_gender="unknown",
                avg_sentence_length=9.0,
                vocabulary_complexity=0.3,
                jargon_density=0.1,
                questions_per_minute=0.0,
                analogies_per_segment=0.0,
            ),
        }
    )


def store_pair(
    workspace: Path, folder: Path, pair_id: str = "bloom", *, analyzed: bool = True
) -> TrainingPair:
    """Store a pair in a workspace as ingest does."""
    from podcast_dspy.pairs.pair_store import PairStore

    pair = make_pair(folder, pair_id, analyzed=analyzed)
    PairStore(Workspace(workspace).tree).add(pair)
    return pair
