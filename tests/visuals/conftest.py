"""Papers and recordings built by code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType


@dataclass(frozen=True)
class Talk:
    """A recording of two words a second, and its aligned segments."""

    segments: tuple[AlignedSegment, ...]
    transcription: TranscriptionResult

    def time_of(self, word: str, occurrence: int = 0) -> float:
        times = [spoken.start_time for spoken in self.transcription.word_timestamps if spoken.word == word]
        return times[occurrence]


MakeTalk = Callable[..., Talk]


@pytest.fixture
def make_talk() -> MakeTalk:
    def make(
        *parts: tuple[SegmentType, str],
        figures: dict[int, Sequence[str]] | None = None,
        atoms: dict[int, Sequence[str]] | None = None,
        concepts: dict[int, Sequence[str]] | None = None,
        pause: float = 0.0,
        language: str = "en",
    ) -> Talk:
        words: list[WordTimestamp] = []
        segments: list[AlignedSegment] = []
        clock = pause
        for number, (kind, text) in enumerate(parts):
            start = clock
            for word in text.split():
                words.append(WordTimestamp(word=word, start_time=clock, end_time=clock + 0.4, confidence=1.0))
                clock += 0.5
            spoken = TranscriptSegment(
                segment_id=f"seg_{number}",
                text=text,
                start_time=start,
                end_time=clock,
                duration=clock - start,
            )
            segments.append(
                AlignedSegment(
                    segment_id=f"seg_{number}",
                    transcript_segment=spoken,
                    segment_type=kind,
                    referenced_figures=tuple((figures or {}).get(number, ())),
                    primary_atoms=tuple((atoms or {}).get(number, ())),
                    key_concepts=tuple((concepts or {}).get(number, ())),
                )
            )
            clock += pause
        transcription = TranscriptionResult(
            source_path="podcast.mp3",
            transcript_text=" ".join(text for _, text in parts),
            word_timestamps=tuple(words),
            segments=tuple(segment.transcript_segment for segment in segments),
            total_duration=clock,
            confidence=1.0,
            language=language,
        )
        return Talk(tuple(segments), transcription)

    return make


@pytest.fixture
def graph(tmp_path: Path) -> DocumentGraph:
    picture = tmp_path / "fig.png"
    Image.new("RGB", (400, 300), (200, 30, 30)).save(picture)

    def atom(name: str, kind: str, number: str | None, caption: str) -> DocumentAtom:
        return DocumentAtom(
            atom_id=name,
            atom_type=kind,  # type: ignore[arg-type]
            content="",
            page=1,
            bbox=(0, 0, 1, 1),
            caption=caption,
            figure_number=number,
            file_path=str(picture),
        )

    return DocumentGraph(
        document_id="0" * 12,
        source_path="paper.pdf",
        sha256="0" * 64,
        page_count=1,
        title="Rings that never wait",
        atoms=(
            DocumentAtom(
                atom_id="text_1",
                atom_type="paragraph",
                content="Throughput grows.",
                page=1,
                bbox=(0, 0, 1, 1),
                mentions=("fig_2",),
            ),
            atom("fig_1", "figure", "1", "Architecture of the ring with blockwise attention."),
            atom("fig_2", "figure", "2", "Throughput of training against the number of devices."),
            atom("tab_1", "table", "1", "Memory of each method."),
            atom("fig_3", "figure", "3", "Needle retrieval accuracy."),
            atom("fig_s1", "figure", "S1", "Ablation."),
        ),
    )
