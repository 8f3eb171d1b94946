"""synthesize: training pairs to one AggregatedProfile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from podcast_dspy.analysis.phrases import phrases_of
from podcast_dspy.analysis.runs import Run, runs_of
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.structure import StructureProfile
from podcast_dspy.analysis.style import StyleProfile
from podcast_dspy.errors import SettingsError
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.canonical import CanonicalRun, canonical_runs
from podcast_dspy.profiles.depths import EpisodeFigures, depth_targets
from podcast_dspy.profiles.patterns import common_phrases
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType

__all__ = ["canonical_support", "synthesize"]


@dataclass(frozen=True)
class _Episode:
    pair: TrainingPair
    segments: tuple[AlignedSegment, ...]
    structure: StructureProfile
    style: StyleProfile
    runs: tuple[Run, ...]

    @property
    def shares(self) -> list[float]:
        """Share of each run in the time that is spoken, 0-1."""
        total = sum(run.duration for run in self.runs)
        return [run.duration / total if total else 1.0 / len(self.runs) for run in self.runs]


def synthesize(pairs: Sequence[TrainingPair], *, version: str = "1") -> AggregatedProfile:
    """What the pairs have in common, every number measured on them.

    Raises SettingsError when there is no pair, or one that has not been analysed.
    """
    episodes = _analysed(pairs)
    canonical = _canonical(episodes)
    durations: dict[SegmentType, list[float]] = defaultdict(list)
    for episode in episodes:
        for run in episode.runs:
            durations[run.segment_type].append(run.duration)
    structures = [episode.structure for episode in episodes]
    phrases = [phrases_of(episode.segments, episode.pair.document_graph) for episode in episodes]
    return AggregatedProfile(
        canonical_segment_sequence=tuple(run.segment_type for run in canonical),
        segment_duration_targets={kind: (min(values), max(values)) for kind, values in durations.items()},
        segment_time_shares=_time_shares(canonical, episodes),
        depth_targets=depth_targets([_figures(episode) for episode in episodes]),
        style_variants={
            f"{episode.pair.speaker_gender}_{episode.pair.pair_id}": episode.style for episode in episodes
        },
        universal_intro_patterns=common_phrases([episode.style.intro_phrases for episode in episodes]),
        universal_transition_patterns=common_phrases(
            [episode.style.transition_phrases for episode in episodes]
        ),
        universal_figure_patterns=common_phrases([found.figure for found in phrases]),
        min_coverage=min(_coverage(episode) for episode in episodes),
        target_words_per_minute=_range([structure.words_per_minute for structure in structures]),
        target_concepts_per_minute=_range([structure.concepts_per_minute for structure in structures]),
        version=version,
        training_pairs_used=tuple(episode.pair.pair_id for episode in episodes),
        created_at=datetime.now(UTC),
    )


def canonical_support(pairs: Sequence[TrainingPair]) -> tuple[tuple[SegmentType, float], ...]:
    """Each run of the canonical sequence with the share of the pairs (0-1) that have it."""
    return tuple((run.segment_type, run.support) for run in _canonical(_analysed(pairs)))


def _analysed(pairs: Sequence[TrainingPair]) -> list[_Episode]:
    if not pairs:
        raise SettingsError("a profile needs at least one training pair; add one with `podcast-dspy ingest`")
    episodes: list[_Episode] = []
    for pair in pairs:
        if not pair.aligned_segments or pair.structure_profile is None or pair.style_profile is None:
            raise SettingsError(
                f"pair {pair.pair_id!r} is not analysed yet; run `podcast-dspy analyze {pair.pair_id}`"
            )
        episodes.append(
            _Episode(
                pair,
                pair.aligned_segments,
                pair.structure_profile,
                pair.style_profile,
                runs_of(pair.aligned_segments),
            )
        )
    return episodes


def _canonical(episodes: Sequence[_Episode]) -> tuple[CanonicalRun, ...]:
    return canonical_runs(
        [[run.segment_type for run in episode.runs] for episode in episodes],
        [episode.shares for episode in episodes],
    )


def _time_shares(canonical: Sequence[CanonicalRun], episodes: Sequence[_Episode]) -> tuple[float, ...]:
    """Share of each canonical run, summing to 1.

    A type's runs together get the mean share of that type over all podcasts, so that runs which found no place in
    the canonical sequence still count; among the runs of one type it is split by the mean of what stands for them.
    """
    by_type: dict[SegmentType, float] = defaultdict(float)
    for episode in episodes:
        for run, share in zip(episode.runs, episode.shares, strict=True):
            by_type[run.segment_type] += share / len(episodes)
    own: list[float] = []
    for column in canonical:
        present = [
            sum(episode.shares[i] for i in members)
            for episode, members in zip(episodes, column.members, strict=True)
            if members
        ]
        own.append(max(sum(present) / len(present), 1e-6))
    totals: dict[SegmentType, float] = defaultdict(float)
    for column, share in zip(canonical, own, strict=True):
        totals[column.segment_type] += share
    raw = [
        max(by_type[column.segment_type], 1e-6) * share / totals[column.segment_type]
        for column, share in zip(canonical, own, strict=True)
    ]
    whole = sum(raw)
    return tuple(share / whole for share in raw)


def _figures(episode: _Episode) -> EpisodeFigures:
    graph = episode.pair.document_graph
    pictures = len(graph.get_figures()) + len(graph.get_tables())
    return EpisodeFigures(
        pair_id=episode.pair.pair_id,
        seconds=episode.structure.total_duration,
        runs=len(episode.runs),
        concepts=tuple(len(segment.key_concepts) for segment in episode.segments),
        figure_coverage=min(1.0, episode.structure.figures_discussed / pictures) if pictures else 0.0,
    )


def _coverage(episode: _Episode) -> float:
    """Share of the paper's key concepts that the podcast names, weighted by importance; 0-1."""
    concepts = episode.pair.document_graph.key_concepts
    named = {name for segment in episode.segments for name in segment.key_concepts}
    total = sum(concept.importance for concept in concepts)
    if total <= 0.0:
        return 0.0
    return min(1.0, sum(concept.importance for concept in concepts if concept.name in named) / total)


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)
