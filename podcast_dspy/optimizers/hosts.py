"""What hosts teach: how they begin a segment of each type, and which passages they choose."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from podcast_dspy.generation.adjustments import Feature, Opener
from podcast_dspy.generation.features import centred, features
from podcast_dspy.generation.units import SECTION_KINDS, SectionKind, paper_units, section_kinds
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import COMMON, content_stems, frequency, split_sentences

_PRIOR_PASSAGES = 6.0
"""Weight of the built-in source table, in passages, against what the hosts of the training pairs really used."""

_LEAST, _MOST = 2, 7
"""Words. Seven at most: a longer run copied from another show would be its text, not its manner."""
_CONTENT = 1
"""Words with a content of their own; with more the sentence is about something."""
_SKIPPED = frozenset({SegmentType.INTRO, SegmentType.FIGURE_DISCUSSION, SegmentType.TRANSITION})
"""Introductions name the show; figures and transitions name what comes, which needs a slot and not a sentence."""
_UNFIT = re.compile(
    r"\d|\?|\b(?:I'm|I am|my|me|figure|table|show|episode|podcast|welcome|hello|hi|thanks?|itself|trick|story"
    r"|it|its|it's|this|that|that's|these|those|they|them|their|one|such)\b",
    re.IGNORECASE,
)
_CONNECTS = re.compile(
    r"^(?:so|now|ok(?:ay)?|all right|right|well|here(?:'s| is| are| comes)|let'?s|time|first|next|finally"
    r"|before|what|why|how|imagine|picture|think|remember|a word|one more|there(?:'s| is))\b",
    re.IGNORECASE,
)


def openers(pairs: Sequence[TrainingPair]) -> dict[SegmentType, tuple[Opener, ...]]:
    """What hosts say first in a segment, by type: common words only, nothing of the paper, nothing of the show.

    Nothing that points back and no question either: who takes the line over says something else behind it.
    """
    found: dict[SegmentType, dict[str, Opener]] = {}
    for pair in pairs:
        own = frozenset(
            stem
            for concept in pair.document_graph.key_concepts
            for form in (concept.name, *concept.aliases)
            for stem in content_stems(form)
        )
        counts = Counter(content_stems(pair.transcription.transcript_text))
        own |= {stem for stem, count in counts.items() if count > 1}
        for segment in pair.aligned_segments or ():
            if segment.segment_type in _SKIPPED:
                continue
            for sentence in split_sentences(segment.transcript_segment.text)[:2]:
                if _generic(sentence, own):
                    known = found.setdefault(segment.segment_type, {})
                    known.setdefault(sentence.lower(), Opener(text=sentence, pair_id=pair.pair_id))
    return {kind: tuple(known.values()) for kind, known in sorted(found.items())}


def _generic(sentence: str, own: frozenset[str]) -> bool:
    words = re.findall(r"[A-Za-z']+", sentence)
    return (
        _LEAST <= len(words) <= _MOST
        and sentence[-1] in ".?!"
        and bool(_CONNECTS.search(sentence))
        and not _UNFIT.search(sentence)
        and not any(word[0].isupper() and word not in {"I", "OK"} for word in words[1:])
        and len(content_stems(sentence)) <= _CONTENT
        and not own & set(content_stems(sentence))
        and all(frequency(word.lower()) >= COMMON for word in words)
    )


_SHORT = 5
"""Words up to which a sentence says nothing of the paper."""
_RIDGE = 10.0
"""Penalty on the weights of standardised features: some 400 passages of a few papers say little about a dozen."""
_SPREAD = 0.5
"""Standard deviation of the learned preference over the passages, in units of the planner's score."""


def learn_selection(pairs: Sequence[TrainingPair]) -> dict[Feature, float]:
    """Weights of the features of passages, from what the hosts of the training pairs said and left out.

    The target of a passage is the highest centred cosine (e5) to any sentence of its pair's podcast or two neighbouring
    ones, standardised within the pair. The weights are scaled so that the preference has a standard deviation of
    0.5. Empty without any passage.
    """
    rows: list[list[float]] = []
    targets: list[float] = []
    names: list[Feature] = []
    for pair in pairs:
        units = paper_units(pair.document_graph)
        said = [
            sentence
            for sentence in split_sentences(pair.transcription.transcript_text)
            if len(sentence.split()) > _SHORT
        ]
        if len(units) < 2 or len(said) < 2:
            continue
        passages = centred([unit.text for unit in units])
        spoken = centred([*said, *(f"{one} {two}" for one, two in pairwise(said))])
        similarity = (passages @ spoken.T).max(axis=1)
        spread = float(similarity.std())
        if spread == 0.0:
            continue
        targets.extend(((similarity - similarity.mean()) / spread).tolist())
        for values in features(units):
            names = list(values)
            rows.append(list(values.values()))
    if not rows:
        return {}
    x = np.asarray(rows)
    scales = np.where(x.std(axis=0) > 0.0, x.std(axis=0), 1.0)
    standard = (x - x.mean(axis=0)) / scales
    weights = np.linalg.solve(
        standard.T @ standard + _RIDGE * np.eye(x.shape[1]), standard.T @ np.asarray(targets)
    )
    scale = float((standard @ weights).std())
    if scale == 0.0:
        return {}
    return {
        name: round(float(weight * _SPREAD / scale), 4)
        for name, weight in zip(names, weights / scales, strict=True)
    }


def learn_sources(pairs: Sequence[TrainingPair]) -> dict[SegmentType, dict[SectionKind, float]]:
    """Where hosts find what they say: for each type, section kinds by how often its segments talk about them (0-1).

    Counts the primary atoms of the aligned segments, smoothed with the built-in table.
    """
    counts: dict[SegmentType, Counter[SectionKind]] = defaultdict(Counter)
    for pair in pairs:
        graph = pair.document_graph
        kinds = section_kinds(graph)
        for segment in pair.aligned_segments or ():
            for atom_id in segment.primary_atoms[:2]:
                atom = graph.get_atom(atom_id)
                kind = (
                    "abstract" if atom.atom_type == "abstract" else kinds.get(atom.section_id or "", "other")
                )
                counts[segment.segment_type][kind] += 1
    learned: dict[SegmentType, dict[SectionKind, float]] = {}
    for segment_type, found in counts.items():
        prior = segment_type.row.sources
        if not prior:
            continue
        scale = _PRIOR_PASSAGES / sum(prior.values())
        raw = {kind: found.get(kind, 0) + scale * prior.get(kind, 0.0) for kind in SECTION_KINDS}
        top = max(raw.values())
        learned[segment_type] = {kind: round(value / top, 4) for kind, value in raw.items() if value > 0}
    return learned
