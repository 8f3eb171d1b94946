"""synthesize: training pairs to one AggregatedProfile, with the sequence of types and the phrases they share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from podcast_dspy.analysis.phrases import phrases_of
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.analysis.segmentation import Stretch, stretches_of
from podcast_dspy.errors import SettingsError
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.profile import AggregatedProfile, EpisodeFigures, conversation_of, depth_targets
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import content_stems


@dataclass(frozen=True)
class CanonicalStretch:
    """One stretch of the canonical sequence; `members[p]` are the indices of the stretches of podcast p that stand for
    it."""

    segment_type: SegmentType
    members: tuple[tuple[int, ...], ...]


def _similarity(a: Sequence[SegmentType], b: Sequence[SegmentType]) -> float:
    return 2.0 * LCSseq.similarity(a, b) / (len(a) + len(b))


def canonical_stretches(
    sequences: Sequence[Sequence[SegmentType]], shares: Sequence[Sequence[float]]
) -> tuple[CanonicalStretch, ...]:
    """The stretches that the podcasts share, in order; as many as a podcast of the set usually has.

    The most central sequence (the medoid by longest common subsequence) is the start; the others are aligned to
    the growing set of columns, nearest first, equal types matching and everything else opening a column. Columns
    are kept by support, then by their share of the time (`shares[p][i]`: stretch i of podcast p, 0-1). Neighbours
    that end up equal are merged.
    """
    kept = [index for index, sequence in enumerate(sequences) if sequence]
    if not kept:
        return ()
    totals = {i: sum(_similarity(sequences[i], sequences[j]) for j in kept if j != i) for i in kept}
    medoid = max(kept, key=lambda i: (totals[i], -i))
    order = sorted(
        kept, key=lambda i: (-_similarity(sequences[i], sequences[medoid]) if i != medoid else -2.0, i)
    )
    columns: list[tuple[SegmentType, dict[int, int]]] = []
    for podcast in order:
        columns = _add(columns, podcast, sequences[podcast])
    wanted = max(1, round(median(len(sequences[i]) for i in kept)))

    def rank(index: int) -> tuple[int, float, int]:
        _, members = columns[index]
        return len(members), sum(shares[p][i] for p, i in members.items()), -index

    best = sorted(sorted(range(len(columns)), key=rank, reverse=True)[:wanted])
    stretches = [
        CanonicalStretch(
            columns[index][0],
            tuple((columns[index][1][p],) if p in columns[index][1] else () for p in range(len(sequences))),
        )
        for index in best
    ]
    return merge_neighbours(stretches)


def _add(
    columns: list[tuple[SegmentType, dict[int, int]]], podcast: int, sequence: Sequence[SegmentType]
) -> list[tuple[SegmentType, dict[int, int]]]:
    """Align a sequence to the columns: the alignment whose matched columns have the most members."""
    rows, width = len(columns), len(sequence)
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if columns[i][0] is sequence[j]:
                best[i][j] = max(best[i][j], len(columns[i][1]) + best[i + 1][j + 1])
    merged: list[tuple[SegmentType, dict[int, int]]] = []
    i = j = 0
    while i < rows or j < width:
        if i < rows and j < width and columns[i][0] is sequence[j]:
            match = len(columns[i][1]) + best[i + 1][j + 1]
            if match >= max(best[i + 1][j], best[i][j + 1]):
                merged.append((columns[i][0], {**columns[i][1], podcast: j}))
                i, j = i + 1, j + 1
                continue
        if i < rows and (j == width or best[i + 1][j] >= best[i][j + 1]):
            merged.append(columns[i])
            i += 1
        else:
            merged.append((sequence[j], {podcast: j}))
            j += 1
    return merged


def merge_neighbours(stretches: Sequence[CanonicalStretch]) -> tuple[CanonicalStretch, ...]:
    """Merge equal neighbours; the merged stretch stands for the stretches of both."""
    merged: list[CanonicalStretch] = []
    for stretch in stretches:
        if merged and merged[-1].segment_type is stretch.segment_type:
            members = tuple((*a, *b) for a, b in zip(merged[-1].members, stretch.members, strict=True))
            merged[-1] = CanonicalStretch(stretch.segment_type, members)
        else:
            merged.append(stretch)
    return tuple(merged)


_ALIKE: Final = 75.0
"""rapidfuzz token-sort ratio (0-100) from which two phrases say the same."""
_PLAIN: Final = re.compile(r"[^a-z' ]+")
_SLOT: Final = re.compile(r"\{\w+\}")


def _plain(phrase: str) -> str:
    """Lower-case words only; slots are left out."""
    return " ".join(_PLAIN.sub(" ", _SLOT.sub(" ", phrase.lower())).split())


def _alike(first: str, second: str) -> bool:
    a, b = _plain(first), _plain(second)
    return bool(a and b) and float(fuzz.token_sort_ratio(a, b)) >= _ALIKE


def _of_no_paper(phrases: Iterable[str], elsewhere: Sequence[str]) -> tuple[str, ...]:
    """The phrases that say nothing of the one paper they were said about: without a word that carries a claim, or said
    `elsewhere`, in episodes about other papers."""
    return tuple(
        phrase
        for phrase in phrases
        if not content_stems(_SLOT.sub(" ", phrase)) or any(_alike(phrase, other) for other in elsewhere)
    )


def common_phrases(phrase_lists: Sequence[Sequence[str]], *, at_least: int = 2) -> tuple[str, ...]:
    """Phrases that occur, in much the same words, in the lists of at least `at_least` podcasts.

    Each group of alike phrases is represented by its most general member (the one with a slot, else the shortest);
    groups that more podcasts share come first.
    """
    groups: list[list[tuple[int, str]]] = []
    for index, phrases in enumerate(phrase_lists):
        for phrase in phrases:
            home = next((group for group in groups if any(_alike(phrase, other) for _, other in group)), None)
            if home is None:
                groups.append([(index, phrase)])
            else:
                home.append((index, phrase))
    shared = [group for group in groups if len({index for index, _ in group}) >= at_least]
    shared.sort(key=lambda group: -len({index for index, _ in group}))
    return tuple(
        min((phrase for _, phrase in group), key=lambda p: ("{" not in p, len(p), p)) for group in shared
    )


@dataclass(frozen=True)
class _Episode:
    pair: TrainingPair
    segments: tuple[AlignedSegment, ...]
    structure: StructureProfile
    style: StyleProfile
    stretches: tuple[Stretch, ...]

    @property
    def shares(self) -> list[float]:
        """Share of each stretch in the time that is spoken, 0-1."""
        total = sum(stretch.duration for stretch in self.stretches)
        return [
            stretch.duration / total if total else 1.0 / len(self.stretches) for stretch in self.stretches
        ]


def synthesize(pairs: Sequence[TrainingPair], *, version: str = "1") -> AggregatedProfile:
    """What the pairs have in common, every number measured on them; explainers and dialogues apart.

    Raises SettingsError when there is no pair, or one that has not been analysed.
    """
    episodes = _analysed(pairs)
    dialogues = [episode for episode in episodes if episode.pair.format == "dialogue"]
    explainers = [episode for episode in episodes if episode.pair.format == "explainer"]
    if not (dialogues and explainers):
        return _common(episodes, version)
    update = {
        "dialogue": _common(dialogues, version),
        "training_pairs_used": tuple(episode.pair.pair_id for episode in episodes),
    }
    return _common(explainers, version).model_copy(update=update)


def _common(episodes: Sequence[_Episode], version: str) -> AggregatedProfile:
    """What episodes of one format have in common; lengths are those of episodes whose times are known, if any are."""
    timed = [episode for episode in episodes if episode.pair.transcription.timed] or episodes
    canonical = _canonical(episodes)
    durations: dict[SegmentType, list[float]] = defaultdict(list)
    for episode in timed:
        for stretch in episode.stretches:
            durations[stretch.segment_type].append(stretch.duration)
    structures = [episode.structure for episode in timed]
    found = [phrases_of(episode.segments, episode.pair.document_graph) for episode in episodes]
    styles = _styles(episodes, [one.figure for one in found])
    return AggregatedProfile(
        canonical_segment_sequence=tuple(stretch.segment_type for stretch in canonical),
        segment_duration_targets={kind: (min(values), max(values)) for kind, values in durations.items()},
        segment_time_shares=_time_shares(canonical, episodes),
        depth_targets=depth_targets([_figures(episode) for episode in timed]),
        style_variants={
            f"{episode.pair.speaker_gender}_{episode.pair.pair_id}": style
            for episode, style in zip(episodes, styles, strict=True)
        },
        universal_intro_patterns=common_phrases([style.intro_phrases for style in styles]),
        universal_transition_patterns=common_phrases([style.transition_phrases for style in styles]),
        universal_figure_patterns=common_phrases([one.figure for one in found]),
        min_coverage=min(_coverage(episode) for episode in episodes),
        target_words_per_minute=_range([structure.words_per_minute for structure in structures]),
        target_concepts_per_minute=_range([structure.concepts_per_minute for structure in structures]),
        version=version,
        training_pairs_used=tuple(episode.pair.pair_id for episode in episodes),
        created_at=datetime.now(UTC),
        conversation=conversation_of(
            episode.pair.transcription.segments for episode in episodes if episode.pair.format == "dialogue"
        ),
    )


def _styles(episodes: Sequence[_Episode], figures: Sequence[Sequence[str]]) -> list[StyleProfile]:
    """How each host speaks, by phrases that would suit an episode about another paper; `figures` present pictures."""
    said = [
        {name: tuple(getattr(one.style, name)) for name in _PHRASES}
        | {_FIGURES: tuple(filter(None, (one.style.figure_intro_pattern, *shown)))}
        for one, shown in zip(episodes, figures, strict=True)
    ]
    papers = [one.pair.document_graph.document_id for one in episodes]
    styles = []
    for episode, paper, own in zip(episodes, papers, said, strict=True):
        kept = {
            name: _of_no_paper(
                phrases,
                [
                    phrase
                    for other, theirs in zip(papers, said, strict=True)
                    if other != paper
                    for phrase in theirs[name]
                ],
            )
            for name, phrases in own.items()
        }
        figure = next(iter(kept.pop(_FIGURES)), "")
        styles.append(episode.style.model_copy(update={**kept, _FIGURES: figure}))
    return styles


_PHRASES: Final = ("intro_phrases", "transition_phrases", "emphasis_phrases", "conclusion_phrases")
_FIGURES: Final = "figure_intro_pattern"


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
                stretches_of(pair.aligned_segments),
            )
        )
    return episodes


def _canonical(episodes: Sequence[_Episode]) -> tuple[CanonicalStretch, ...]:
    return canonical_stretches(
        [[stretch.segment_type for stretch in episode.stretches] for episode in episodes],
        [episode.shares for episode in episodes],
    )


def _time_shares(canonical: Sequence[CanonicalStretch], episodes: Sequence[_Episode]) -> tuple[float, ...]:
    """Share of each canonical stretch, summing to 1.

    A type's stretches together get the mean share of that type over all podcasts, so that stretches which found no
    place in the canonical sequence still count; among the stretches of one type it is split by the mean of what stands
    for them.
    """
    by_type: dict[SegmentType, float] = defaultdict(float)
    for episode in episodes:
        for stretch, share in zip(episode.stretches, episode.shares, strict=True):
            by_type[stretch.segment_type] += share / len(episodes)
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
    total = sum(raw)
    return tuple(share / total for share in raw)


def _figures(episode: _Episode) -> EpisodeFigures:
    graph = episode.pair.document_graph
    pictures = len(graph.get_figures()) + len(graph.get_tables())
    return EpisodeFigures(
        pair_id=episode.pair.pair_id,
        seconds=episode.structure.total_duration,
        stretches=len(episode.stretches),
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
