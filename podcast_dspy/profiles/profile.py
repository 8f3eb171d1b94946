"""AggregatedProfile: what podcasts have in common, the targets for each depth, and how two hosts share an episode."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from statistics import fmean, median, quantiles
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.results import StyleProfile
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.settings import EpisodeFormat, PodcastDepth
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import frequency, words

_BEGINS: Final = 2
"""Words by which a turn is known to begin like another."""
_EVERYDAY: Final = 5.0
"""Zipf frequency from which a word is no name of a host or a thing."""
_SHOWN: Final = 6
_REPEATED: Final = 2

Turn = tuple[bool, str]
"""Whether the explainer speaks, and what is said."""


class Conversation(BaseModel):
    """The explainer is who says most; whoever else speaks is the asker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explainer_share: float = Field(ge=0.0, le=1.0)
    """Share of the words, the mean of the episodes."""
    explainer_turn_words: float = Field(ge=0.0)
    """Words of a turn, the median over all episodes."""
    asker_turn_words: float = Field(ge=0.0)
    asking_turns: float = Field(ge=0.0, le=1.0)
    """Share of the asker's turns that hold a question."""
    explainer_questions: float = Field(ge=0.0, le=1.0)
    """Share of all questions that the explainer asks."""
    asker_begins: tuple[str, ...] = ()
    """Everyday words with which several turns begin, the commonest first."""
    explainer_begins: tuple[str, ...] = ()


def conversation_of(episodes: Iterable[Sequence[TranscriptSegment]]) -> Conversation | None:
    """How the speakers of some episodes share them; None where nobody takes turns."""
    conversations = [turns for turns in map(_turns, episodes) if len({explains for explains, _ in turns}) > 1]
    if not conversations:
        return None
    said = {
        role: [text for role_of, text in chain.from_iterable(conversations) if role_of is role]
        for role in (True, False)
    }
    asked = {role: sum(text.count("?") for text in texts) for role, texts in said.items()}
    return Conversation(
        explainer_share=fmean(map(_share, conversations)),
        explainer_turn_words=median(len(text.split()) for text in said[True]),
        asker_turn_words=median(len(text.split()) for text in said[False]),
        asking_turns=fmean("?" in text for text in said[False]),
        explainer_questions=asked[True] / max(1, sum(asked.values())),
        asker_begins=_beginnings(said[False]),
        explainer_begins=_beginnings(said[True]),
    )


def explainer_of(segments: Iterable[TranscriptSegment]) -> str:
    """Who says most of an episode; empty where nobody is told apart."""
    lengths: Counter[str] = Counter()
    for one in segments:
        lengths[one.speaker or ""] += len(one.text.split())
    return max(lengths, key=lambda speaker: lengths[speaker], default="")


def _turns(segments: Sequence[TranscriptSegment]) -> list[Turn]:
    """What is said until somebody else speaks, in order."""
    rows = [
        (speaker, " ".join(one.text for one in run))
        for speaker, run in groupby(segments, lambda one: one.speaker or "")
    ]
    explainer = explainer_of(segments)
    return [(speaker == explainer, text) for speaker, text in rows]


def _share(turns: Sequence[Turn]) -> float:
    own = sum(len(text.split()) for explains, text in turns if explains)
    return own / max(1, sum(len(text.split()) for _, text in turns))


def _beginnings(texts: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(
        " ".join(first)
        for text in texts
        if len(first := words(text.lower())[:_BEGINS]) == _BEGINS
        and all(frequency(word) >= _EVERYDAY for word in first)
    )
    shared = (phrase for phrase, count in counts.most_common(_SHOWN) if count >= _REPEATED)
    return tuple(re.sub(r"\bi\b", "I", phrase[:1].upper() + phrase[1:]) for phrase in shared)


class DepthTarget(BaseModel):
    """Targets of one depth level; durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: PodcastDepth
    duration_range: tuple[float, float]
    segment_count_range: tuple[int, int]
    concepts_per_segment: tuple[int, int]
    figure_coverage: float = Field(ge=0.0, le=1.0)
    """Share of the paper's figures to discuss."""
    example_pair_ids: tuple[str, ...] = ()


class AggregatedProfile(BaseModel):
    """The combined template of all training pairs; of those where one host explains, where there are such."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    canonical_segment_sequence: tuple[SegmentType, ...]
    """Stretches of one type, in the order that the training podcasts share."""
    segment_duration_targets: dict[SegmentType, tuple[float, float]]
    """(min, max) seconds of one stretch of that type."""
    segment_time_shares: tuple[float, ...] = ()
    """For each stretch of the canonical sequence its share of the total duration, summing to 1."""
    depth_targets: dict[PodcastDepth, DepthTarget]
    style_variants: dict[str, StyleProfile]
    """Keyed `{speaker_gender}_{pair_id}`."""
    universal_intro_patterns: tuple[str, ...] = ()
    universal_transition_patterns: tuple[str, ...] = ()
    universal_figure_patterns: tuple[str, ...] = ()
    min_coverage: float = Field(ge=0.0, le=1.0)
    target_words_per_minute: tuple[float, float]
    target_concepts_per_minute: tuple[float, float]
    version: str
    training_pairs_used: tuple[str, ...]
    created_at: datetime
    conversation: Conversation | None = None
    """How the hosts share an episode; None where one alone explains."""
    dialogue: AggregatedProfile | None = None
    """That of the dialogues, where the rest is of explainers."""

    def of_format(self, episode_format: EpisodeFormat) -> AggregatedProfile:
        """What was learned from episodes of a format, else from the others."""
        return self.dialogue if episode_format == "dialogue" and self.dialogue else self


DEPTH_RANGES: Final[dict[PodcastDepth, tuple[float, float]]] = {
    PodcastDepth.OVERVIEW: (180.0, 300.0),
    PodcastDepth.STANDARD: (600.0, 900.0),
    PodcastDepth.DEEP_DIVE: (1200.0, 1800.0),
    PodcastDepth.COMPREHENSIVE: (2700.0, 3600.0),
}
"""Seconds of each depth (specification 3.1); the open end of the last is taken as one hour."""

_TOLERANCE: Final = 0.1
"""A podcast matches a depth up to this far (relatively) outside its range."""
_SPREAD: Final = 0.1
"""Half width of a measured range that rests on a single length."""


@dataclass(frozen=True)
class EpisodeFigures:
    """What one training podcast says about depth."""

    pair_id: str
    seconds: float
    stretches: int
    concepts: tuple[int, ...]
    """Key concepts of each segment."""
    figure_coverage: float
    """Share of the paper's figures and tables that it discusses, 0-1."""


def depth_of(seconds: float) -> PodcastDepth | None:
    """The depth whose range holds this length (with 10% tolerance), None between the ranges."""
    for depth, (low, high) in DEPTH_RANGES.items():
        top = math.inf if depth is PodcastDepth.COMPREHENSIVE else high * (1.0 + _TOLERANCE)
        if low * (1.0 - _TOLERANCE) <= seconds <= top:
            return depth
    return None


def nearest_depth(seconds: float) -> PodcastDepth:
    """The depth whose range is nearest to a length, by the ratio of lengths; the shorter of two that are as near."""

    def away(depth: PodcastDepth) -> float:
        low, high = DEPTH_RANGES[depth]
        top = math.inf if depth is PodcastDepth.COMPREHENSIVE else high
        return max(low / seconds, seconds / top, 1.0)

    return min(DEPTH_RANGES, key=away)


def depth_targets(episodes: Sequence[EpisodeFigures]) -> dict[PodcastDepth, DepthTarget]:
    """A target for each of the four depths.

    A depth with matching podcasts takes their own figures and cites them. The others scale the figures of the whole
    set by the square root of the ratio of lengths: longer episodes have more stretches, and longer ones.
    """
    usual = math.exp(sum(math.log(episode.seconds) for episode in episodes) / len(episodes))
    targets: dict[PodcastDepth, DepthTarget] = {}
    for depth, (low, high) in DEPTH_RANGES.items():
        matching = [episode for episode in episodes if depth_of(episode.seconds) is depth]
        factor = 1.0 if matching else math.sqrt((low + high) / 2.0 / usual)
        source = matching or list(episodes)
        stretches = [episode.stretches * factor for episode in source]
        few, many = _quartiles([count for episode in source for count in episode.concepts])
        coverage = sum(episode.figure_coverage for episode in source) / len(source)
        targets[depth] = DepthTarget(
            depth=depth,
            duration_range=_range([episode.seconds for episode in matching], low, high),
            segment_count_range=(max(1, math.floor(min(stretches))), max(1, math.ceil(max(stretches)))),
            concepts_per_segment=(math.floor(few), math.ceil(many)),
            figure_coverage=min(1.0, coverage * factor),
            example_pair_ids=tuple(episode.pair_id for episode in matching),
        )
    return targets


def _range(lengths: Sequence[float], low: float, high: float) -> tuple[float, float]:
    """Range of the measured lengths, kept inside the depth's own; that itself where nothing was measured."""
    if not lengths:
        return low, high
    middle = sum(lengths) / len(lengths)
    shortest = max(low, min(min(lengths), middle * (1.0 - _SPREAD)))
    longest = min(high, max(max(lengths), middle * (1.0 + _SPREAD)))
    return (
        (min(shortest, longest), max(shortest, longest))
        if longest >= low and shortest <= high
        else (low, high)
    )


def _quartiles(values: Sequence[int]) -> tuple[float, float]:
    """First and third quartile, by linear interpolation; zeros for no values."""
    if len(values) < 2:
        return (float(values[0]),) * 2 if values else (0.0, 0.0)
    first, _, third = quantiles(values, method="inclusive")
    return first, third
