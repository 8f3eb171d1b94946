"""What hosts teach: how they said what the paper says, how they begin a segment, and which passages they choose."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from copy import deepcopy
from itertools import groupby, pairwise
from typing import Any

import dspy
import numpy as np

from podcast_dspy.analysis.grounding import Support, ground
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.phrases import identities
from podcast_dspy.analysis.segmentation import stretches_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Feature, Opener
from podcast_dspy.generation.features import centred, features
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.units import SECTION_KINDS, SectionKind, paper_units, section_kinds
from podcast_dspy.lms.asking import neutral
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.profile import explainer_of
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.entities import rare_words, supported_number
from podcast_dspy.text.numbers import numbers
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


_NOT_SHOWN = frozenset({SegmentType.TRANSITION, SegmentType.TANGENT})
_BANK = 480
"""Demonstrations of all pairs: each rollout copies and searches them, and the profile carries them."""
_SEGMENT_WORDS = 25
"""Shorter segments are connectives."""
_PASSAGES = 4
_KEPT = 0.75
"""Share of a segment that has to stay: with more than one sentence in four gone it loses its thread."""
_EXCHANGE = 160
"""Words from which an exchange of a dialogue is long enough to show how its hosts talk."""


def segment_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """The hosts' segments with the passages behind them, for LMs that write scripts.

    An example carries `pair_id`, so that a rollout on a training pair never sees that pair's own words.

    A demonstration is a model answer, so only what is right may stand in it: what a host says of the show and
    of people is left out, as is every sentence with a number that its passages lack or a name that its paper
    lacks, against which the paper speaks, or with a word that neither the paper nor the language knows, which
    is how recognition errors look. What is left between two such sentences stays, the longest stretch of it, and the
    paper has to carry more than half of the claims. Dialogues are shown as such (`dialogue_demonstrations`).
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        graph = pair.document_graph
        names = identities(pair.transcription.transcript_text)
        for segment in pair.aligned_segments or ():
            if segment.segment_type in _NOT_SHOWN or pair.format == "dialogue":
                continue
            spoken = [(True, sentence) for sentence in split_sentences(segment.transcript_segment.text)]
            passages, runs = _unbroken(spoken, segment.primary_atoms, graph, names)
            run = max(runs, key=_words_of, default=[])
            length = _words_of(run)
            if length < max(_SEGMENT_WORDS, _KEPT * sum(len(one.split()) for _, one in spoken)):
                continue
            text = " ".join(support.sentence for _, support in run)
            pictures = [support.sentence for _, support in run if support.kind == "neutral"]
            bank.append(
                dspy.Example(
                    **_asked(segment.segment_type, graph, passages, length),
                    paragraphs=[{"segment": 1, "text": text, "illustrations": pictures}],
                    pair_id=pair.pair_id,
                )
            )
    return _taken_in_turn(bank)


def dialogue_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """What the two hosts of dialogues say to each other, turn by turn, with the passages behind it.

    The explainer is who says most of the episode. An exchange ends where something is said that may not stand in a
    demonstration, and is one of the bank if both speak in it. With `pair_id` as above.
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        if pair.format != "dialogue":
            continue
        graph = pair.document_graph
        names = identities(pair.transcription.transcript_text)
        explains = explainer_of(pair.transcription.segments)
        for stretch in stretches_of(pair.aligned_segments or ()):
            if stretch.segment_type in _NOT_SHOWN:
                continue
            spoken = [
                (one.transcript_segment.speaker == explains, sentence)
                for one in stretch.segments
                for sentence in split_sentences(one.transcript_segment.text)
            ]
            atoms = [atom for one in stretch.segments for atom in one.primary_atoms]
            passages, runs = _unbroken(spoken, list(dict.fromkeys(atoms)), graph, names, _EXCHANGE)
            for run in runs:
                turns = [
                    (who, [support for _, support in said])
                    for who, said in groupby(run, key=lambda one: one[0])
                ]
                length = _words_of(run)
                if len(turns) < 2 or length < _SEGMENT_WORDS:
                    continue
                bank.append(
                    dspy.Example(
                        **_asked(stretch.segment_type, graph, passages, length),
                        turns=[
                            {
                                "segment": 1,
                                "text": " ".join(support.sentence for support in said),
                                "illustrations": [one.sentence for one in said if one.kind == "neutral"],
                                "speaker": "explainer" if who else "asker",
                            }
                            for who, said in turns
                        ],
                        pair_id=pair.pair_id,
                    )
                )
    return _taken_in_turn(bank)


Run = list[tuple[bool, Support]]
"""Sentences that follow each other: whether the explainer says it, and what the paper says to it."""


def _words_of(run: Run) -> int:
    return sum(len(support.sentence.split()) for _, support in run)


def _asked(kind: SegmentType, graph: DocumentGraph, passages: Sequence[str], words: int) -> dict[str, Any]:
    """What is asked for in a demonstration of a segment of so many words."""
    paper = "\n".join(f"[p{number}] {passage}" for number, passage in enumerate(passages, 1))
    return {
        "purpose": kind.row.purpose,
        "paper": f"<paper>\n{graph.title}\n\n{paper}\n</paper>",
        "to_write": [{"segment": 1, "words": words}],
    }


def _unbroken(
    spoken: Sequence[tuple[bool, str]],
    atoms: Sequence[str],
    graph: DocumentGraph,
    names: Collection[str],
    longest: float = math.inf,
) -> tuple[list[str], list[Run]]:
    """The passages behind what is said, and what may stand in a demonstration, in runs without a hole: with a sentence
    gone in its midst, what follows points to nothing. A run ends with the turn in which it has `longest` words."""
    fit = [sentence for _, sentence in spoken if not any(name in sentence for name in names)]
    passages, right = _carried(fit, atoms[:_PASSAGES], graph)
    known = {support.sentence: support for support in right}
    runs: list[Run] = [[]]
    for who, sentence in spoken:
        full = runs[-1] and _words_of(runs[-1]) >= longest and runs[-1][-1][0] != who
        if sentence not in known or full:
            runs.append([])
        if sentence in known:
            runs[-1].append((who, known[sentence]))
    return passages, [run for run in runs if run]


def _taken_in_turn(bank: list[dspy.Example]) -> list[dspy.Example]:
    """The bank, or of a large one as many as are carried along, from each pair in turn."""
    if len(bank) <= _BANK:
        return bank
    rows: dict[str, list[dspy.Example]] = {}
    for demo in bank:
        rows.setdefault(demo.pair_id, []).append(demo)
    longest = max(map(len, rows.values()))
    turns = [row[place] for place in range(longest) for row in rows.values() if place < len(row)]
    return turns[:_BANK]


def _carried(
    spoken: Sequence[str], atoms: Sequence[str], graph: DocumentGraph
) -> tuple[list[str], list[Support]]:
    """The passages behind a host's sentences, and those sentences in which nothing is wrong.

    Neither where the paper carries too little of them.
    """
    known = paper_index(graph).vocabulary
    right = [
        support
        for support in ground(spoken, graph)
        if not (
            support.unsupported_numbers
            or support.contradicted_numbers
            or support.unsupported_entities
            or support.contradictions
            or any(
                not known.knows(word) and frequency(word.lower()) == 0.0
                for word in rare_words(support.sentence)
            )
        )
    ]
    claims = [support for support in right if support.kind == "claim"]
    if 2 * sum(support.supported for support in claims) <= len(claims):
        return [], []
    wanted = {*atoms, *(atom for support in claims for atom in support.atom_ids[:1])}
    passages = [
        neutral(f"{atom.caption or ''} {atom.content}").strip()
        for atom in graph.atoms
        if atom.atom_id in wanted
    ]
    held = numbers("\n".join(passages), lenient=True)
    return passages, [
        support
        for support in right
        if all(supported_number(number, held) for number in numbers(support.sentence))
    ]


def without_pair(program: PodcastProgram, pair_id: str) -> PodcastProgram:
    """A copy of a program that holds nothing of one pair's own words: neither demonstrations nor openers."""
    # Demonstrations are never written to, so that both may have the same ones, however many they are; nor are the LMs
    # that an optimizer has set, some of which cannot be copied.
    shared = {
        id(one): one
        for _, predictor in program.named_predictors()
        for one in (*predictor.demos, predictor.lm)
    }
    own = deepcopy(program, shared)
    for _, predictor in own.named_predictors():
        predictor.demos = [demo for demo in predictor.demos if demo.get("pair_id") != pair_id]
    kept = {
        kind: tuple(opener for opener in known if opener.pair_id != pair_id)
        for kind, known in program.adjustments.openers.items()
    }
    own.adjustments = program.adjustments.model_copy(update={"openers": kept})
    return own
