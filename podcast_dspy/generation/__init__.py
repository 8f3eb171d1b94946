"""Generation: from a paper and a compiled program to a script, and from a script to a finished episode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.generation.adjustments import Adjustments
    from podcast_dspy.generation.episode import Episode, EpisodeFiles
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.generation.program import PodcastProgram
    from podcast_dspy.generation.script import (
        EpisodePlan,
        PlannedSegment,
        Script,
        ScriptSegment,
        WrittenEpisode,
    )


__all__ = [
    "Adjustments",
    "Episode",
    "EpisodeFiles",
    "EpisodePlan",
    "PlannedSegment",
    "PodcastProgram",
    "Podcaster",
    "Script",
    "ScriptSegment",
    "WrittenEpisode",
]


__getattr__ = lazily(__name__)
