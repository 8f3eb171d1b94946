"""What a podcast does with its paper: types, alignment, structure, style.

Importing this package is cheap; DSPy and numpy are imported when the first name that needs them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.lazy import lazily

if TYPE_CHECKING:
    from podcast_dspy.analysis.alignment import align
    from podcast_dspy.analysis.classifier import SegmentClassifier
    from podcast_dspy.analysis.compiling import compile_classifier
    from podcast_dspy.analysis.episode import EpisodeAnalysis, analyze_episode
    from podcast_dspy.analysis.labelled import LabelledEpisode, labelled_episode
    from podcast_dspy.analysis.runs import Run, runs_of
    from podcast_dspy.analysis.segments import AlignedSegment
    from podcast_dspy.analysis.structure import StructureProfile
    from podcast_dspy.analysis.structure_measure import structure_profile
    from podcast_dspy.analysis.style import StyleProfile
    from podcast_dspy.analysis.style_measure import style_profile

__all__ = [
    "AlignedSegment",
    "EpisodeAnalysis",
    "LabelledEpisode",
    "Run",
    "SegmentClassifier",
    "StructureProfile",
    "StyleProfile",
    "align",
    "analyze_episode",
    "compile_classifier",
    "labelled_episode",
    "runs_of",
    "structure_profile",
    "style_profile",
]


__getattr__ = lazily(__name__)
