"""One episode as the evaluation page shows it: structure, coverage, the evidence of the measures, sources, audio."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import ValidationError

from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import LossMetrics
from podcast_dspy.metrics.loss import measures
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.reports.formatting import clock, number
from podcast_dspy.reports.summaries import TERMS, term_loss
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import Tree

if TYPE_CHECKING:
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import Rollout, TrialResult


_MOST_QUOTES = 3
_MOST_UNSAID = 4
_GROUPS = ("engagement", "clarity", "accuracy")
View = dict[str, Any]
"""What the template shows, by the names that it has there."""


def episode_view(
    trial: TrialResult,
    pair_id: str,
    metrics: LossMetrics,
    pair: TrainingPair | None,
    *,
    base: Path,
    page: Path,
) -> View:
    """What the page shows of one pair's episode in a trial; what is missing has a sentence in `gaps`.

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
    quality, coverage = metrics.details.get("quality") or {}, metrics.details.get("coverage") or {}
    known = [concept.name for concept in pair.document_graph.key_concepts] if pair is not None else []
    shown = {block["segment_type"] for bar in bars for block in bar["blocks"]}
    return {
        "pair_id": pair_id,
        "title": pair.document_graph.title if pair is not None else pair_id,
        "held_out": pair_id in trial.held_out,
        "losses": [(t, number(term_loss(metrics, t)), metrics.unscored.get(t, "")) for t in TERMS],
        "duration": f"{clock(metrics.duration_generated)} against {clock(metrics.duration_reference)}",
        "bars": bars,
        "kinds": [kind.value for kind in SEGMENT_TYPES if kind.value in shown],
        "covered": [name for name in known if name not in metrics.concepts_missed],
        "missed": metrics.concepts_missed,
        "coverage": f"{metrics.concepts_mentioned} of {metrics.concepts_total} key concepts covered",
        "unsaid": _unsaid(coverage, metrics.coverage_loss),
        "claims": _claims(quality),
        "unsupported": quality.get("evidence", {}).get("grounding", ()),
        "grounding": _grounding([rollout for rollout in trial.rollouts if rollout.pair_id == pair_id]),
        "scores": _scores(metrics, quality),
        "concepts": [
            {"name": one["concept"], "depth": one["depth"].replace("_", " "), "sentence": one["evidence"]}
            for one in coverage.get("concepts", ())
            if one.get("evidence") and one["concept"] not in metrics.concepts_missed
        ],
        "open_questions": [
            (one["question"], one["answer"]) for one in coverage.get("questions_unanswered", ())
        ],
        "spoken": [
            _spoken(one.segment_type.value, one.start_time, one.text, one.source_atoms, pair)
            for one in (script.segments if script is not None else ())
        ],
        "reference": [
            _spoken(one.segment_type.value, said.start_time, said.text, one.primary_atoms, pair)
            for one in reference or ()
            for said in (one.transcript_segment,)
        ],
        "audio": _audio(trial, pair_id, base, page, gaps),
        "reference_audio": _reference_audio(pair, page, gaps),
        "gaps": gaps,
    }


def _scores(metrics: LossMetrics, quality: Mapping[str, Any]) -> list[View]:
    """Engagement, clarity and accuracy (0-100) with their measures: name, score, sentences that show it."""
    if "quality" in metrics.unscored:
        return []
    subs: Mapping[str, float] = quality.get("sub_scores") or {}
    quotes: Mapping[str, Any] = quality.get("evidence") or {}
    return [
        {
            "name": name,
            "value": f"{getattr(metrics, f'{name}_score'):.0f}",
            "parts": [
                (part.replace("_", " "), f"{subs[part]:.0f}", quotes.get(part, ())[:_MOST_QUOTES])
                for part in measures(name)
                if part in subs
            ],
        }
        for name in _GROUPS
    ]


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


def _generated_bar(script: Script, seconds: float) -> View:
    timed = [(s, s.start_time, s.end_time) for s in script.segments]
    spans = [(s.segment_type.value, b - a) for s, a, b in timed if a is not None and b is not None]
    if len(spans) == len(timed):
        return _bar("generated", spans, clock(seconds))
    by_words = [(s.segment_type.value, float(s.words)) for s in script.segments]
    return _bar("generated (widths by words)", by_words, clock(seconds))


def _bar(name: str, spans: Sequence[tuple[str, float]], length: str) -> View:
    """A structure as a row of blocks, one a run of a segment type, each with its share of the whole (0-1)."""
    total = sum(max(0.0, size) for _, size in spans) or 1.0
    blocks = []
    for kind, run in groupby(spans, key=lambda span: span[0]):
        share = sum(max(0.0, size) for _, size in run) / total
        label = f"{kind.replace('_', ' ')} {share:.0%}"
        blocks.append({"segment_type": kind, "share": share, "label": label})
    return {"name": name, "blocks": blocks, "length": length}


def _spoken(
    kind: str, start: float | None, text: str, atom_ids: Sequence[str], pair: TrainingPair | None
) -> View:
    """What is said in a segment, beside the passages that it was written from or linked to."""
    known = {atom.atom_id: atom for atom in pair.document_graph.atoms} if pair is not None else {}
    passages = [
        {"where": f"page {known[name].page}, {name}", "text": known[name].content}
        if name in known
        else {"where": name, "text": "This passage is not in the stored document."}
        for name in atom_ids
    ]
    return {"segment_type": kind, "time": clock(start), "text": text, "passages": passages}


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
    if not own:
        return f"An extract: {source} statements, all in the paper's own words."
    return f"{own} statements in the model's words are carried by the paper."
