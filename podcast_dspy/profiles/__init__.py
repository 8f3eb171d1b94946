"""What several podcasts have in common, and the file that carries what was learned."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from podcast_dspy.profiles.profile import AggregatedProfile, DepthTarget

if TYPE_CHECKING:
    from podcast_dspy.profiles.envelope import CompiledProfile, library_versions
    from podcast_dspy.profiles.synthesis import canonical_support, synthesize

__all__ = [
    "AggregatedProfile",
    "CompiledProfile",
    "DepthTarget",
    "canonical_support",
    "library_versions",
    "synthesize",
]

_HOMES = {
    "CompiledProfile": "envelope",
    "canonical_support": "synthesis",
    "library_versions": "envelope",
    "synthesize": "synthesis",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
