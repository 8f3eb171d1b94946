"""A training pair made by code, for the profile tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair

_EPISODES = Path(__file__).parent.parent / "analysis" / "episodes.py"


def _episodes() -> ModuleType:
    """The small paper and episode of the analysis tests."""
    if "episodes" not in sys.modules:
        spec = importlib.util.spec_from_file_location("episodes", _EPISODES)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["episodes"] = module
        spec.loader.exec_module(module)
    return sys.modules["episodes"]


@pytest.fixture
def make_pair(monkeypatch: pytest.MonkeyPatch) -> Callable[..., TrainingPair]:
    """Build an analysed pair; `drop` leaves out a segment type. Embeddings are hashed words."""
    from podcast_dspy import lms
    from podcast_dspy.analysis import analyze_episode

    episodes = _episodes()
    monkeypatch.setattr(lms, "embed", episodes.fake_embed)

    def make(pair_id: str, *, drop: str | None = None, analysed: bool = True) -> TrainingPair:
        script = tuple((kind, text) for kind, text in episodes.SCRIPT if kind != drop)
        recording = episodes.transcription(script)
        labels = tuple(
            LabelledSpan(segment_type=kind, start_time=sentence.start_time, end_time=sentence.end_time)
            for (kind, _), sentence in zip(script, recording.segments, strict=True)
        )
        pair = TrainingPair(
            pair_id=pair_id,
            pdf_path="paper.pdf",
            audio_path="episode.mp3",
            document_graph=episodes.paper(),
            transcription=recording,
            labels=labels,
            speaker_gender="female",
            duration_minutes=recording.total_duration / 60.0,
        )
        if not analysed:
            return pair
        found = analyze_episode(recording, pair.document_graph, labels=labels, speaker_gender="female")
        return pair.model_copy(
            update={
                "aligned_segments": found.segments,
                "structure_profile": found.structure,
                "style_profile": found.style,
            }
        )

    return make
