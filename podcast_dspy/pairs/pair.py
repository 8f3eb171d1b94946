"""TrainingPair: one paper and the podcast about it; whether they belong together; and which pairs are held out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.comprehension import Mentions, PaperQuestion
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import SettingsError, UnknownNameError, UsageError
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.text.language import language_name
from podcast_dspy.text.words import frequency, split_sentences, stem, words


class LabelledSpan(BaseModel):
    """A person's label for a stretch of the recording (seconds)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_type: str
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)


_ANALYSED: Final = ("aligned_segments", "structure_profile", "style_profile", "questions")


class TrainingPair(BaseModel):
    """A paper and a podcast about it; the analysis fields are None until `analyze` has run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    pair_id: str
    pdf_path: str
    audio_path: str
    """Empty where there is only a transcript."""
    document_graph: DocumentGraph
    transcription: TranscriptionResult
    labels: tuple[LabelledSpan, ...] = ()
    """Labels a person gave on ingest (`--labels`); empty when there are none."""
    aligned_segments: tuple[AlignedSegment, ...] | None = None
    structure_profile: StructureProfile | None = None
    style_profile: StyleProfile | None = None
    questions: tuple[PaperQuestion, ...] | None = None
    """What a listener should be able to answer, asked once of the paper by a capable LM; None: a judge asks its own."""
    analysed_by: str = ""
    """What the analysis was made by: an LM, or `embedded`."""
    speaker_gender: str = "unknown"
    source: str = ""
    duration_minutes: float = Field(ge=0.0)

    @property
    def format(self) -> EpisodeFormat:
        """Whether people talk with each other, told by how often the word passes from one to another; two who follow
        each other once explain."""
        changes = sum(a.speaker != b.speaker for a, b in pairwise(self.transcription.segments))
        return "dialogue" if changes >= max(_HAND_OVERS, self.duration_minutes) else "explainer"

    @property
    def confidence(self) -> Confidence:
        """How far the pair can be trusted: its paper's reading, and that the podcast is about it."""
        return Confidence.of(
            (*self.document_graph.confidence.doubts, *doubts_about(self.document_graph, self.transcription))
        )

    def bare(self) -> TrainingPair:
        """This pair without an analysis."""
        return self.model_copy(update={**dict.fromkeys(_ANALYSED), "analysed_by": ""})

    def analyzed_as(self, other: TrainingPair) -> TrainingPair:
        """This pair with the analysis of `other`, if that was of the same paper, words and labels; else as it is."""
        measured = ("document_graph", "transcription", "labels", "speaker_gender")
        if any(getattr(self, name) != getattr(other, name) for name in measured):
            return self
        return self.model_copy(update={name: getattr(other, name) for name in (*_ANALYSED, "analysed_by")})


@dataclass(frozen=True)
class Fold:
    """One split. `left_out` are pairs used on neither side: they share a file with the held-out one."""

    train: tuple[TrainingPair, ...]
    held_out: TrainingPair | None
    left_out: tuple[TrainingPair, ...] = ()


def holdout(pairs: Sequence[TrainingPair], pair_id: str | None) -> Fold:
    """Hold out one pair, or none. Pairs about the same paper, or of the same recording, are not trained on.

    Raises UnknownNameError for an id that is not among the pairs, UsageError when none is left to train on.
    """
    if pair_id is None:
        return Fold(train=tuple(pairs), held_out=None)
    chosen = next((pair for pair in pairs if pair.pair_id == pair_id), None)
    if chosen is None:
        known = ", ".join(pair.pair_id for pair in pairs) or "none"
        raise UnknownNameError(f"no training pair {pair_id!r} to hold out; pairs: {known}")
    others = [pair for pair in pairs if pair.pair_id != pair_id]
    left_out = tuple(pair for pair in others if _overlap(pair, chosen))
    train = tuple(pair for pair in others if not _overlap(pair, chosen))
    if not train:
        raise UsageError(
            f"holding out {pair_id!r} leaves no pair about another paper; `podcast-dspy ingest` adds another"
        )
    return Fold(train=train, held_out=chosen, left_out=left_out)


def _overlap(left: TrainingPair, right: TrainingPair) -> bool:
    same_paper = left.document_graph.sha256 == right.document_graph.sha256
    recording = left.transcription.sha256
    return same_paper or bool(recording and recording == right.transcription.sha256)


_HAND_OVERS: Final = 3
"""Fewest changes of speaker of a conversation, of which there also is at least one a minute: nine episodes of two and
three speakers have 1.3 to 2.8 a minute, two speakers of one talk 0.2."""
_DOUBTED: Final = 0.25
_HARDLY: Final = 0.15
"""Scores of 19 papers with the podcasts about them, and of the 342 ways to pair them wrongly, most of one field: under
0.25 are one right pair and 96% of the wrong ones, under 0.15 none and 87% (benchmarks/pairing.py)."""
_LEAST_WORDS: Final = 80
_COMMON: Final = 5.5
"""Zipf frequency of words that any talk has."""
_UNKNOWN: Final = 1.0
"""Zipf frequency taken for words in no list; among them are names, and errors of transcription."""


class Match(BaseModel):
    """How much a podcast has in common with a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float = Field(ge=0.0, le=1.0)
    """Geometric mean of the two below; each alone tells fewer wrong pairs from right ones."""
    concepts: float = Field(ge=0.0, le=1.0)
    """Share of the paper's key concepts that the podcast names, by their importance."""
    words: float = Field(ge=0.0, le=1.0)
    """Cosine of both texts' words, the rare ones weighing most."""
    named: int
    of: int

    @property
    def doubted(self) -> bool:
        """Whether they may not belong together."""
        return self.score < _DOUBTED

    @property
    def unrelated(self) -> bool:
        """Whether the podcast is hardly about the paper."""
        return self.score < _HARDLY


def match(graph: DocumentGraph, transcription: TranscriptionResult) -> Match | None:
    """How well a podcast and a paper belong together.

    None where that cannot be measured: two languages, too few words, or a paper without key concepts.
    """
    language = graph.language.split("-")[0].lower()
    said = transcription.transcript_text
    if transcription.language.split("-")[0].lower() != language or len(said.split()) < _LEAST_WORDS:
        return None
    concepts = graph.key_concepts
    total = sum(concept.importance for concept in concepts)
    if not total:
        return None
    mentions = Mentions(concepts)
    named = {place for sentence in split_sentences(said) for place in mentions.places(sentence)}
    share = sum(concepts[place].importance for place in named) / total
    paper = " ".join((graph.title, graph.abstract, *(atom.content for atom in graph.passages())))
    cosine = _cosine(_weights(paper, language), _weights(said, language))
    return Match(
        score=min(1.0, math.sqrt(share * cosine)),
        concepts=min(1.0, share),
        words=min(1.0, cosine),
        named=len(named),
        of=len(concepts),
    )


def doubts_about(graph: DocumentGraph, transcription: TranscriptionResult) -> tuple[Doubt, ...]:
    """That nobody knows when things were said, and that a podcast is about another paper, with its measure; of that
    none where it cannot be measured."""
    doubts = []
    if not transcription.timed:
        doubts.append(
            Doubt(
                kind="no-times",
                severity=0.2,
                message=f"The transcript has no times, so the podcast is taken to last "
                f"{transcription.total_duration:.0f} s, as long as its words usually do; give a transcript "
                "with times, or the recording with --audio.",
            )
        )
    found = match(graph, transcription)
    if found is None or not found.doubted:
        return tuple(doubts)
    doubts.append(
        Doubt(
            kind="wrong-pair",
            severity=0.8 if found.unrelated else 0.4,
            message=f"The podcast names {found.named} of the paper's {found.of} key concepts and has few of its words "
            f"(match {found.score:.2f}, and {_DOUBTED:g} or more when they belong together); check that it is about "
            f"“{graph.title}”.",
        )
    )
    return tuple(doubts)


def _weights(text: str, language: str) -> dict[str, float]:
    """Weight of each stem of a text: by how often it comes here, and how seldom it does elsewhere."""
    counts: Counter[str] = Counter()
    rarity: dict[str, float] = {}
    for word in words(text.lower()):
        if word.isalpha() and len(word) > 1:
            form = stem(word)
            counts[form] += 1
            rare = _COMMON - max(_UNKNOWN, frequency(word, language))
            rarity[form] = min(rarity.get(form, rare), rare)
    return {
        form: (1 + math.log(count)) * (rarity[form] + 1.5) ** 2
        for form, count in counts.items()
        if rarity[form] > 0
    }


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    sizes = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return sum(weight * other.get(form, 0.0) for form, weight in one.items()) / sizes if sizes else 0.0


def _unfit(pairs: Sequence[TrainingPair]) -> dict[str, str]:
    """Pairs that nothing can be trained on, with the reason.

    What is trained writes English about English papers, and from a podcast that hardly mentions the paper nothing is
    learned about how papers are told; a person's labels say that it is about it after all.
    """
    unrelated = {
        pair.pair_id: f"its podcast hardly mentions its paper (match {found.score:.2f})"
        for pair in pairs
        if not pair.labels and (found := match(pair.document_graph, pair.transcription)) and found.unrelated
    }
    spoken = {
        pair.pair_id: [
            one.language.partition("-")[0].lower() for one in (pair.transcription, pair.document_graph)
        ]
        for pair in pairs
    }
    return unrelated | {
        name: f"its podcast is in {podcast}, its paper in {paper}"
        if podcast != paper
        else f"it is in {language_name(paper)}, and what is trained writes English"
        for name, (podcast, paper) in spoken.items()
        if not podcast == "en" == paper
    }


def _split(pairs: Sequence[TrainingPair], held_out: str | None, left_out: Mapping[str, str]) -> Fold:
    if held_out is not None and held_out in left_out:
        raise SettingsError(f"{held_out} cannot be held out: {left_out[held_out]}; hold out another pair")
    pairs = [pair for pair in pairs if pair.pair_id not in left_out]
    if left_out and not pairs:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise SettingsError(
            f"no pair to train on ({reasons}); ingest a podcast about its paper, in its language"
        )
    missing = [pair.pair_id for pair in pairs if pair.aligned_segments is None]
    if missing:
        raise SettingsError(f"not analysed yet: {', '.join(missing)}; run `podcast-dspy analyze-all` first")
    if not pairs:
        raise SettingsError("training needs at least one pair; `podcast-dspy ingest` adds pairs")
    return holdout(pairs, held_out)


def divide(
    pairs: Sequence[TrainingPair], held_out: str | None
) -> tuple[list[TrainingPair], list[TrainingPair], dict[str, str]]:
    """The pairs that are trained on, those that are held out, and those that take no part, with the reason.

    Raises SettingsError.
    """
    left_out = _unfit(pairs)
    fold = _split(pairs, held_out, left_out)
    left_out |= {
        pair.pair_id: "its paper or recording is that of the held-out pair" for pair in fold.left_out
    }
    return list(fold.train), [pair for pair in (fold.held_out,) if pair is not None], left_out
