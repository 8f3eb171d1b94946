"""refine: a profile with changed targets, as the next version; the profile it came from stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from podcast_dspy.errors import SettingsError
from podcast_dspy.profiles.profile import AggregatedProfile, DepthTarget
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType

__all__ = ["next_version", "refine"]


def next_version(version: str) -> str:
    """The version after: its last number plus one (`"1"` -> `"2"`, `"v1.4"` -> `"v1.5"`); others get `.2`."""
    head = version.rstrip("0123456789")
    digits = version[len(head) :]
    return f"{head}{int(digits) + 1}" if digits else f"{version}.2"


def refine(
    profile: AggregatedProfile,
    *,
    type_scale: Mapping[SegmentType, float] | None = None,
    words_per_minute: tuple[float, float] | None = None,
    concepts_per_minute: tuple[float, float] | None = None,
    depths: Mapping[PodcastDepth, DepthTarget] | None = None,
    min_coverage: float | None = None,
) -> AggregatedProfile:
    """The profile with the given targets replaced and its version counted up by one.

    `type_scale` multiplies the time of each type (shares are normalised again, run lengths follow); the ranges are
    (min, max). Raises SettingsError for factors that are not positive, and for ranges upside down.
    """
    scale = dict(type_scale or {})
    if any(not factor > 0.0 for factor in scale.values()):
        raise SettingsError(
            "factors of segment types must be above 0; leave a type out of the sequence instead"
        )
    for name, pair in (("words", words_per_minute), ("concepts", concepts_per_minute)):
        if pair is not None and not 0.0 <= pair[0] <= pair[1]:
            raise SettingsError(
                f"the range of {name} per minute is {pair}; give (min, max) with 0 <= min <= max"
            )
    if min_coverage is not None and not 0.0 <= min_coverage <= 1.0:
        raise SettingsError(f"min_coverage is {min_coverage:g}; give a share from 0 to 1")
    shares = [
        share * scale.get(kind, 1.0)
        for share, kind in zip(profile.segment_time_shares, profile.canonical_segment_sequence, strict=True)
    ]
    whole = sum(shares) or 1.0
    data = profile.model_dump()
    data.update(
        segment_time_shares=tuple(share / whole for share in shares),
        segment_duration_targets={
            kind: (low * scale.get(kind, 1.0), high * scale.get(kind, 1.0))
            for kind, (low, high) in profile.segment_duration_targets.items()
        },
        depth_targets={**profile.depth_targets, **(depths or {})},
        version=next_version(profile.version),
        created_at=datetime.now(UTC),
    )
    if words_per_minute is not None:
        data["target_words_per_minute"] = words_per_minute
    if concepts_per_minute is not None:
        data["target_concepts_per_minute"] = concepts_per_minute
    if min_coverage is not None:
        data["min_coverage"] = min_coverage
    return AggregatedProfile.model_validate(data)
