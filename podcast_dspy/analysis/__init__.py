"""What a podcast does with its paper: types, alignment, structure, style.

Importing this package is cheap; DSPy and numpy are imported when the first name that needs them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.analysis.alignment import EpisodeAnalysis, align, analyze_episode
    from podcast_dspy.analysis.classifier import SegmentClassifier, compile_classifier
    from podcast_dspy.analysis.measurement import structure_profile, style_profile
    from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
    from podcast_dspy.analysis.segmentation import LabelledEpisode, Stretch, labelled_episode, stretches_of

__all__ = [
    "AlignedSegment",
    "EpisodeAnalysis",
    "LabelledEpisode",
    "SegmentClassifier",
    "Stretch",
    "StructureProfile",
    "StyleProfile",
    "align",
    "analyze_episode",
    "compile_classifier",
    "labelled_episode",
    "stretches_of",
    "structure_profile",
    "style_profile",
]


__getattr__ = lazily(__name__)
