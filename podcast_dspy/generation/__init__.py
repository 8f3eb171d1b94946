"""Generation: from a paper and a compiled program to a script, and from a script to a finished episode."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podcast_dspy.generation.adjustments import Adjustments
    from podcast_dspy.generation.episode import Episode, EpisodeFiles
    from podcast_dspy.generation.podcaster import Podcaster
    from podcast_dspy.generation.program import PodcastProgram, WrittenEpisode
    from podcast_dspy.generation.script import EpisodePlan, PlannedSegment, Script, ScriptSegment

_HOMES = {
    "Adjustments": "adjustments",
    "Episode": "episode",
    "EpisodeFiles": "episode",
    "EpisodePlan": "script",
    "PlannedSegment": "script",
    "PodcastProgram": "program",
    "Podcaster": "podcaster",
    "Script": "script",
    "ScriptSegment": "script",
    "WrittenEpisode": "program",
}

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


def __getattr__(name: str) -> Any:
    # DSPy takes most of a second to import; reading a script must not pay for it.
    if name in _HOMES:
        return getattr(import_module(f"podcast_dspy.generation.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'podcast_dspy.generation' has no attribute {name!r}")
