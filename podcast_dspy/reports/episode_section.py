"""One episode as the evaluation page shows it: structure, coverage, the evidence of the measures, sources, audio."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import ValidationError

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import LossMetrics
from podcast_dspy.metrics.loss import measures
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.reports.summaries import TERMS, clock, number, term_loss
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import Tree

if TYPE_CHECKING:
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import Rollout, TrialResult


_MOST_QUOTES = 3
_GROUPS = ("engagement", "clarity", "accuracy")


@dataclass(frozen=True)
class Concept:
    """A key concept, how deeply the episode treats it, and the sentence that shows it."""

    name: str
    depth: str
    sentence: str


@dataclass(frozen=True)
class Score:
    """One of the three scores of quality (0-100), and its measures: name, score, sentences that show it."""

    name: str
    value: str
    parts: tuple[tuple[str, str, tuple[str, ...]], ...]


def concepts_shown(metrics: LossMetrics) -> tuple[Concept, ...]:
    """The concepts that the episode treats, as coverage found them; none in records of earlier versions."""
    found = _details(metrics, "coverage").get("concepts", ())
    return tuple(
        Concept(str(one["concept"]), str(one["depth"]).replace("_", " "), str(one.get("evidence") or ""))
        for one in found
        if one.get("evidence") and one["concept"] not in metrics.concepts_missed
    )


def questions_open(metrics: LossMetrics) -> tuple[tuple[str, str], ...]:
    """Questions about the paper that the episode leaves open, each with the paper's answer."""
    unanswered = _details(metrics, "coverage").get("questions_unanswered", ())
    return tuple((str(one["question"]), str(one["answer"])) for one in unanswered)


def quality_scores(metrics: LossMetrics) -> tuple[Score, ...]:
    """Engagement, clarity and accuracy with what they are made of; none where quality is unscored."""
    if "quality" in metrics.unscored:
        return ()
    quality = _details(metrics, "quality")
    subs: Mapping[str, float] = quality.get("sub_scores") or {}
    quotes: Mapping[str, Any] = quality.get("evidence") or {}
    return tuple(
        Score(
            name,
            f"{getattr(metrics, f'{name}_score'):.0f}",
            tuple(
                (
                    part.replace("_", " "),
                    f"{subs[part]:.0f}",
                    tuple(str(quote) for quote in quotes.get(part, ())[:_MOST_QUOTES]),
                )
                for part in measures(name)
                if part in subs
            ),
        )
        for name in _GROUPS
    )


def _details(metrics: LossMetrics, loss: str) -> Mapping[str, Any]:
    return metrics.details.get(loss) or {}


_MOST_UNSAID = 4


@dataclass(frozen=True)
class Block:
    """A run of one segment type; `share` is its part of the whole (0-1)."""

    segment_type: str
    share: float
    label: str


@dataclass(frozen=True)
class Bar:
    """One structure as a row of blocks."""

    name: str
    blocks: tuple[Block, ...]
    length: str


@dataclass(frozen=True)
class Passage:
    """A source passage that a segment was written from."""

    where: str
    text: str


@dataclass(frozen=True)
class Spoken:
    """A segment of the script beside its sources."""

    segment_type: str
    time: str
    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Episode:
    """Everything the page says about one episode; empty fields come with a sentence in `gaps`."""

    pair_id: str
    title: str
    held_out: bool
    losses: tuple[tuple[str, str, str], ...]
    """(loss, value or `unscored`, reason)."""
    duration: str
    bars: tuple[Bar, ...]
    kinds: tuple[str, ...]
    """Segment types that the bars show, in the order of SEGMENT_TYPES."""
    covered: tuple[str, ...]
    missed: tuple[str, ...]
    coverage: str
    unsaid: tuple[tuple[str, str], ...]
    """(share of the coverage loss, passage of the paper) of what the host says and the episode does not, most first."""
    grounding: str
    claims: tuple[tuple[str, str, str], ...]
    """(part of the episode, share of its claims that the paper supports, the same of the reference)."""
    unsupported: tuple[str, ...]
    """Sentences that the paper does not support, as the metrics quote them."""
    scores: tuple[Score, ...]
    concepts: tuple[Concept, ...]
    open_questions: tuple[tuple[str, str], ...]
    """(question about the paper, its answer) of what the episode leaves open."""
    spoken: tuple[Spoken, ...]
    reference: tuple[Spoken, ...]
    """What the host says, with the passages that it was linked to."""
    audio: str
    reference_audio: str
    gaps: tuple[str, ...]


def episode_view(
    trial: TrialResult,
    pair_id: str,
    metrics: LossMetrics,
    pair: TrainingPair | None,
    *,
    base: Path,
    page: Path,
) -> Episode:
    """What the page shows of one pair's episode in a trial.

    Script and audio of the trial are files of the workspace `base`; the audio link is relative to the folder of
    `page`. Raises WorkspaceError for a trial that names another file.
    """
    gaps: list[str] = []
    script = _script(trial, pair_id, base, gaps)
    bars = []
    if script is not None and script.segments:
        bars.append(_generated_bar(script, metrics.duration_generated))
    reference = pair.aligned_segments if pair is not None else None
    if reference:
        spans = [
            (s.segment_type.value, s.transcript_segment.end_time - s.transcript_segment.start_time)
            for s in reference
        ]
        bars.append(_bar("reference", spans, clock(metrics.duration_reference)))
    else:
        gaps.append("The reference structure is missing: the pair is not in this workspace or not analysed.")
    missed = tuple(metrics.concepts_missed)
    quality = metrics.details.get("quality") or {}
    known = [concept.name for concept in pair.document_graph.key_concepts] if pair is not None else []
    return Episode(
        pair_id=pair_id,
        title=pair.document_graph.title if pair is not None else pair_id,
        held_out=pair_id in trial.held_out,
        losses=tuple((t, number(term_loss(metrics, t)), metrics.unscored.get(t, "")) for t in TERMS),
        duration=f"{clock(metrics.duration_generated)} against {clock(metrics.duration_reference)}",
        bars=tuple(bars),
        kinds=tuple(k.value for k in SEGMENT_TYPES if any(k.value in map(_kind, bar.blocks) for bar in bars)),
        covered=tuple(name for name in known if name not in missed),
        missed=missed,
        coverage=f"{metrics.concepts_mentioned} of {metrics.concepts_total} key concepts covered",
        unsaid=_unsaid(metrics.details.get("coverage") or {}, metrics.coverage_loss),
        claims=_claims(quality),
        unsupported=tuple(str(quote) for quote in quality.get("evidence", {}).get("grounding", ())),
        grounding=_grounding([rollout for rollout in trial.rollouts if rollout.pair_id == pair_id]),
        scores=quality_scores(metrics),
        concepts=concepts_shown(metrics),
        open_questions=questions_open(metrics),
        spoken=tuple(_spoken(segment, pair) for segment in script.segments) if script is not None else (),
        reference=tuple(_heard(segment, pair) for segment in reference or ()),
        audio=_audio(trial, pair_id, base, page, gaps),
        reference_audio=_reference_audio(pair, page, gaps),
        gaps=tuple(gaps),
    )


def _unsaid(coverage: Mapping[str, Any], loss: float) -> tuple[tuple[str, str], ...]:
    """What the coverage loss is made of, passage by passage; several of the host's sentences may rest on one."""
    shares: dict[str, float] = {}
    for unit in coverage.get("units_unsaid", ()):
        shares[str(unit["passage"])] = shares.get(str(unit["passage"]), 0.0) + float(unit["share"])
    most = sorted(shares.items(), key=lambda row: -row[1])[:_MOST_UNSAID]
    return tuple((f"{share / loss:.0%}", passage) for passage, share in most if loss > 0)


def _script(trial: TrialResult, pair_id: str, base: Path, gaps: list[str]) -> Script | None:
    name = trial.generated_scripts.get(pair_id)
    if not name:
        gaps.append("This trial kept no script of this pair.")
        return None
    try:
        return Script.model_validate_json(Path(Tree(base).stored(name)).read_text(encoding="utf-8"))
    except OSError as error:
        gaps.append(f"The script {name} cannot be read: {error.strerror}.")
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError):
        gaps.append(f"The script {name} is not a script of this version.")
    return None


def _audio(trial: TrialResult, pair_id: str, base: Path, page: Path, gaps: list[str]) -> str:
    name = trial.generated_audio.get(pair_id)
    if not name:
        gaps.append("This trial kept no audio of this pair.")
        return ""
    path = Path(Tree(base).stored(name))
    if not path.is_file():
        gaps.append(f"The audio {name} is not there any more.")
        return ""
    return _link(path, page)


def _reference_audio(pair: TrainingPair | None, page: Path, gaps: list[str]) -> str:
    if pair is None:
        return ""  # that the pair is missing is said already
    path = Path(pair.audio_path)
    if not pair.audio_path or not path.is_file():
        gaps.append("The recording of the reference is not where it was.")
        return ""
    return _link(path, page)


def _link(path: Path, page: Path) -> str:
    return quote(Path(os.path.relpath(path.resolve(), page.resolve().parent)).as_posix())


def _generated_bar(script: Script, seconds: float) -> Bar:
    timed = [(s, s.start_time, s.end_time) for s in script.segments]
    spans = [(s.segment_type.value, b - a) for s, a, b in timed if a is not None and b is not None]
    if len(spans) == len(timed):
        return _bar("generated", spans, clock(seconds))
    by_words = [(s.segment_type.value, float(s.words)) for s in script.segments]
    return _bar("generated (widths by words)", by_words, clock(seconds))


def _kind(block: Block) -> str:
    return block.segment_type


def _bar(name: str, spans: Sequence[tuple[str, float]], length: str) -> Bar:
    total = sum(max(0.0, size) for _, size in spans) or 1.0
    blocks = []
    for segment_type, run in groupby(spans, key=lambda span: span[0]):
        share = sum(max(0.0, size) for _, size in run) / total
        blocks.append(Block(segment_type, share, f"{segment_type.replace('_', ' ')} {share:.0%}"))
    return Bar(name, tuple(blocks), length)


def _spoken(segment: ScriptSegment, pair: TrainingPair | None) -> Spoken:
    passages = _passages(segment.source_atoms, pair)
    return Spoken(segment.segment_type.value, clock(segment.start_time), segment.text, passages)


def _heard(segment: AlignedSegment, pair: TrainingPair | None) -> Spoken:
    said = segment.transcript_segment
    passages = _passages(segment.primary_atoms, pair)
    return Spoken(segment.segment_type.value, clock(said.start_time), said.text, passages)


def _passages(atom_ids: Sequence[str], pair: TrainingPair | None) -> tuple[Passage, ...]:
    passages = []
    known = {atom.atom_id: atom for atom in pair.document_graph.atoms} if pair is not None else {}
    for atom_id in atom_ids:
        atom = known.get(atom_id)
        if atom is None:
            passages.append(Passage(atom_id, "This passage is not in the stored document."))
        else:
            passages.append(Passage(f"page {atom.page}, {atom_id}", atom.content))
    return tuple(passages)


def _claims(quality: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    precision = quality.get("claim_precision") or {}
    ours, theirs = precision.get("generated") or {}, precision.get("reference") or {}
    parts = {part: part if part == "overall" else f"{part} third" for part in ours}
    return tuple((name, _share(ours[part]), _share(theirs.get(part))) for part, name in parts.items())


def _share(value: float | None) -> str:
    return "no claims" if value is None else f"{value:.0%}"


def _grounding(rollouts: Sequence[Rollout]) -> str:
    if not rollouts:
        return ""
    own = sum(rollout.model_units for rollout in rollouts)
    source = sum(rollout.source_units for rollout in rollouts)
    return (
        f"{own} of {own + source} statements are in the model's words and passed the grounding check; "
        f"{source} are in the paper's own words because no candidate passed."
    )
