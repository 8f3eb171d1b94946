"""Knowledge bases: papers kept in the workspace, outlined and searched."""

from __future__ import annotations

from podcast_dspy.kb.base import KnowledgeBase, knowledge_bases
from podcast_dspy.kb.outline import OutlineFigure, OutlineSection, PaperEntry, PaperOutline, SearchHit
from podcast_dspy.kb.ranking import BM25, reciprocal_rank_fusion

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
