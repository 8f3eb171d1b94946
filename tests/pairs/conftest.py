"""The sample pair in short: two segments, one of them labelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from podcast_dspy.pairs import LabelledSpan, TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.testing import sample_pair

MakePair = Callable[..., TrainingPair]

SPOKEN = (
    (SegmentType.INTRO, "Welcome to the show."),
    (SegmentType.KEY_FINDING, "We found that the ring is fast."),
)


@pytest.fixture
def make_pair() -> MakePair:
    def make(
        pair_id: str = "ring", *, paper: str = "a" * 64, audio: str = "b" * 64, analysed: bool = True
    ) -> TrainingPair:
        pair = sample_pair(pair_id, SPOKEN, pace=0.5, paper=paper, recording=audio, analysed=analysed)
        graph = pair.document_graph.model_copy(update={"title": "Ring | Attention"})
        return pair.model_copy(
            update={
                "pdf_path": f"/papers/{pair_id}.pdf",
                "audio_path": f"/podcasts/{pair_id}.mp3",
                "document_graph": graph,
                "labels": (LabelledSpan(segment_type="background", start_time=0.0, end_time=2.0),),
                "source": "test",
            }
        )

    return make
