"""Knowledge bases: papers kept in the workspace, outlined and searched."""

from __future__ import annotations

from podcast_dspy.kb.base import KnowledgeBase, knowledge_bases
from podcast_dspy.kb.outline import (
    BM25,
    OutlineFigure,
    OutlineSection,
    PaperEntry,
    PaperOutline,
    SearchHit,
    reciprocal_rank_fusion,
)

__all__ = [
    "BM25",
    "KnowledgeBase",
    "OutlineFigure",
    "OutlineSection",
    "PaperEntry",
    "PaperOutline",
    "SearchHit",
    "knowledge_bases",
    "reciprocal_rank_fusion",
]
