"""What several podcasts have in common, and the file that carries what was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.profiles.profile import AggregatedProfile, DepthTarget
from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.profiles.envelope import DEFAULT_PROFILE, CompiledProfile, library_versions
    from podcast_dspy.profiles.synthesis import synthesize

__all__ = [
    "DEFAULT_PROFILE",
    "AggregatedProfile",
    "CompiledProfile",
    "DepthTarget",
    "library_versions",
    "synthesize",
]


__getattr__ = lazily(__name__)
