"""The concept extractor's prompt: what does a stretch of speech explain, and how?"""

from __future__ import annotations

import dspy

__all__ = ["ExtractConcepts"]


class ExtractConcepts(dspy.Signature):  # type: ignore[misc]
    """List what this part of a podcast explains. Copy words exactly as they stand in the text; invent nothing."""

    segment: str = dspy.InputField(desc="what the host says")
    known_concepts: list[str] = dspy.InputField(desc="key concepts of the paper")
    key_concepts: list[str] = dspy.OutputField(desc="those of the known concepts that it explains or uses")
    technical_terms: list[str] = dspy.OutputField(desc="jargon, word for word")
    analogies: list[str] = dspy.OutputField(desc="comparisons and metaphors, word for word")
    questions: list[str] = dspy.OutputField(desc="questions asked, word for word")
