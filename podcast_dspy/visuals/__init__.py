"""What to show while a podcast plays: visuals aligned to the speech, their quality, and their files."""

from __future__ import annotations

from podcast_dspy.visuals.figure_mentions import FigureIndex, Mention, find_mentions
from podcast_dspy.visuals.figure_talk import extract_key_quote
from podcast_dspy.visuals.placing import align_visuals_to_transcript
from podcast_dspy.visuals.qa import DesyncPoint, TimelineSyncQA, VisualAssetAlignment, qa_timeline_sync
from podcast_dspy.visuals.timeline import save_timeline

__all__ = [
    "DesyncPoint",
    "FigureIndex",
    "Mention",
    "TimelineSyncQA",
    "VisualAssetAlignment",
    "align_visuals_to_transcript",
    "extract_key_quote",
    "find_mentions",
    "qa_timeline_sync",
    "save_timeline",
]
