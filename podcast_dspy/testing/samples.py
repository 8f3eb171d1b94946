"""A small paper of our own making, the podcast about it, and its losses and a profile, as training would have them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import LOSSES, LossMetrics, calculate_total_loss
from podcast_dspy.metrics.composite import METRICS_VERSION
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.optimizers.trials import Rollout, TrialResult
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile
from podcast_dspy.profiles.profile import DepthTarget
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import file_sha256

_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_SECTIONS = ("Introduction", "Methods", "Results", "Results", "Limitations", "Conclusion")
_SALT = tomllib.loads(resources.files("podcast_dspy.testing").joinpath("wet_salt.toml").read_text("utf-8"))
PASSAGES: tuple[str, ...] = tuple(_SALT["passages"])
EPISODE = tuple((SegmentType(one["type"]), str(one["text"])) for one in _SALT["episode"])


def sample_paper(passages: Sequence[str] = PASSAGES, *, sha256: str = "0" * 64) -> DocumentGraph:
    """The paper as `read_document` gives it: a paragraph for each passage, in sections, with key concepts."""
    names = [_SECTIONS[min(place, len(_SECTIONS) - 1)] for place in range(len(passages))]
    atoms = tuple(
        DocumentAtom(
            atom_id=f"p001_text_{place:02d}",
            atom_type="paragraph",
            content=text,
            page=1,
            bbox=(0, 0, 1, 1),
            section_id=name.lower(),
            importance_score=0.5,
        )
        for place, (text, name) in enumerate(zip(passages, names, strict=True), 1)
    )
    sections = tuple(
        Section(
            section_id=name.lower(),
            title=name,
            level=1,
            page=1,
            atom_ids=tuple(atom.atom_id for atom in atoms if atom.section_id == name.lower()),
        )
        for name in dict.fromkeys(names)
    )
    concepts = (
        ("brine treatment", 1.0, (), (1, 3)),
        ("chloride concentration", 0.9, (), (2, 3)),
        ("road salt", 0.7, ("salt",), (1,)),
        ("friction coefficient", 0.5, (), (3,)),
        ("groundwater", 0.3, (), (5,)),
    )
    return DocumentGraph(
        document_id=sha256[:12],
        source_path="salt.pdf",
        sha256=sha256,
        page_count=1,
        title="Wet Salt: Brine Treatment and the Chloride Concentration of Streams",
        authors=("Petronella Vaara",),
        abstract=passages[0],
        sections=sections,
        atoms=atoms,
        key_concepts=tuple(
            KeyConcept(
                name=name,
                importance=importance,
                aliases=aliases,
                atom_ids=tuple(f"p001_text_{place:02d}" for place in places),
            )
            for name, importance, aliases, places in concepts
        ),
    )


def sample_script(blocks: Sequence[tuple[SegmentType, str]] = EPISODE, *, pace: float = 0.4) -> Script:
    """The podcast's words as a timed script; `pace` is seconds a word."""
    segments: list[ScriptSegment] = []
    clock = 0.0
    for place, (kind, text) in enumerate(blocks):
        start, clock = clock, clock + len(text.split()) * pace
        segments.append(
            ScriptSegment(
                segment_id=f"seg_{place:03d}",
                segment_type=kind,
                text=text,
                start_time=start,
                end_time=clock,
            )
        )
    return Script(
        title="Wet Salt",
        paper_title="Wet Salt",
        document_id="0" * 12,
        segments=tuple(segments),
        predicted_seconds=clock,
    )


def sample_pair(
    pair_id: str = "wet-salt",
    blocks: Sequence[tuple[SegmentType, str]] = EPISODE,
    *,
    pace: float = 0.4,
    paper: str = "0" * 64,
    recording: str | None = None,
    analysed: bool = True,
    labelled: bool = False,
    folder: Path | None = None,
) -> TrainingPair:
    """The paper and its podcast as a training pair; `pace` is seconds a word, `paper` and `recording` are the
    sha256 of its files.

    With a `folder` its files are there, as stand-ins that nothing can read.
    """
    script = sample_script(blocks, pace=pace)
    place = folder or Path()
    pdf, audio = place / "salt.pdf", place / "salt.mp3"
    if folder is not None:
        pdf.write_bytes(b"%PDF-1.7 stand-in")
        audio.write_bytes(b"ID3 stand-in")
    spoken = tuple(
        TranscriptSegment(
            segment_id=one.segment_id,
            text=one.text,
            start_time=one.start_time or 0.0,
            end_time=one.end_time or 0.0,
            duration=(one.end_time or 0.0) - (one.start_time or 0.0),
        )
        for one in script.segments
    )
    total = script.predicted_seconds or 0.0
    graph = sample_paper(sha256=paper)
    kinds = tuple(kind for kind, _ in blocks)
    pair = TrainingPair(
        pair_id=pair_id,
        pdf_path=str(pdf),
        audio_path=str(audio),
        document_graph=graph.model_copy(update={"source_path": str(pdf)}),
        transcription=TranscriptionResult(
            source_path=str(audio),
            sha256=recording or (file_sha256(audio) if folder is not None else "1" * 64),
            transcript_text=" ".join(one.text for one in script.segments),
            segments=spoken,
            total_duration=total,
            confidence=1.0,
        ),
        labels=tuple(
            LabelledSpan(segment_type=kind, start_time=one.start_time, end_time=one.end_time)
            for kind, one in zip(kinds, spoken, strict=True)
            if labelled
        ),
        speaker_gender="female",
        duration_minutes=total / 60,
    )
    if not analysed:
        return pair
    lengths: dict[SegmentType, tuple[float, ...]] = {}
    for kind, one in zip(kinds, spoken, strict=True):
        lengths[kind] = (*lengths.get(kind, ()), one.duration)
    share = {kind: 100 * sum(seconds) / total for kind, seconds in lengths.items()}
    return pair.model_copy(
        update={
            "aligned_segments": tuple(
                AlignedSegment(segment_id=one.segment_id, transcript_segment=one, segment_type=kind)
                for one, kind in zip(spoken, kinds, strict=True)
            ),
            "structure_profile": StructureProfile(
                segment_sequence=kinds,
                segment_counts={kind: len(seconds) for kind, seconds in lengths.items()},
                total_duration=total,
                segment_durations=lengths,
                avg_segment_duration=total / len(spoken),
                words_per_minute=150.0,
                concepts_per_minute=1.0,
                figures_discussed=0,
                figure_discussion_duration=sum(lengths.get(SegmentType.FIGURE_DISCUSSION, ())),
                intro_percentage=share.get(SegmentType.INTRO, 0.0),
                methodology_percentage=share.get(SegmentType.METHODOLOGY, 0.0),
                findings_percentage=share.get(SegmentType.KEY_FINDING, 0.0),
                conclusion_percentage=share.get(SegmentType.CONCLUSION, 0.0),
            ),
            "style_profile": StyleProfile(
                speaker_id="host",
                speaker_gender="female",
                avg_sentence_length=12.0,
                vocabulary_complexity=0.3,
                jargon_density=0.1,
                questions_per_minute=1.0,
                analogies_per_segment=0.2,
            ),
        }
    )


def sample_profile(**changes: Any) -> AggregatedProfile:
    """A profile of short episodes, for every depth; `changes` are fields of it."""
    shares = {
        SegmentType.INTRO: 0.1,
        SegmentType.PROBLEM_STATEMENT: 0.2,
        SegmentType.METHODOLOGY: 0.3,
        SegmentType.KEY_FINDING: 0.3,
        SegmentType.CONCLUSION: 0.1,
    }
    profile = AggregatedProfile(
        canonical_segment_sequence=tuple(shares),
        segment_duration_targets=dict.fromkeys(shares, (20.0, 60.0)),
        segment_time_shares=tuple(shares.values()),
        depth_targets={
            depth: DepthTarget(
                depth=depth,
                duration_range=(60.0, 240.0),
                segment_count_range=(3, 6),
                concepts_per_segment=(1, 3),
                figure_coverage=0.5,
            )
            for depth in PodcastDepth
        },
        style_variants={},
        min_coverage=0.3,
        target_words_per_minute=(140.0, 160.0),
        target_concepts_per_minute=(1.0, 2.0),
        version="v1",
        training_pairs_used=("wet-salt",),
        created_at=_THEN,
    )
    return AggregatedProfile.model_validate({**profile.model_dump(), **changes})


def sample_metrics(pair_id: str = "wet-salt", **fields: Any) -> LossMetrics:
    """The losses of an episode, all measured; `fields` are fields of it. The total is theirs unless it is given."""
    loss = {name: float(fields.get(f"{name}_loss", 0.4)) for name in LOSSES}
    metrics = LossMetrics.model_validate(
        {
            **{f"{name}_loss": value for name, value in loss.items()},
            "duration_generated": 240.0,
            "duration_reference": 200.0,
            "concepts_mentioned": 3,
            "concepts_total": 5,
            "concepts_missed": ("friction coefficient", "groundwater"),
            "segment_type_accuracy": 0.5,
            "sequence_similarity": 0.6,
            **dict.fromkeys(
                ("engagement_score", "clarity_score", "accuracy_score"), 100 - 100 * loss["quality"]
            ),
            **dict.fromkeys(("rouge_1", "rouge_2", "rouge_l"), 1 - loss["rouge"]),
            "total_loss": math.nan,
            "trial_id": "trial_000",
            "pair_id": pair_id,
            "generated_at": _THEN,
            "metrics_version": METRICS_VERSION,
            **fields,
        }
    )
    if "total_loss" in fields:
        return metrics
    return metrics.model_copy(update={"total_loss": calculate_total_loss(metrics)})


def sample_trial(
    number: int = 0,
    training: Sequence[LossMetrics] = (),
    held_out: Sequence[LossMetrics] = (),
    *,
    best: TrialResult | None = None,
    **fields: Any,
) -> TrialResult:
    """A finished trial of these losses; `best` is the one to beat, and `fields` are fields of it."""
    trial_id = f"trial_{number:03d}"

    def rollout(metrics: LossMetrics) -> Rollout:
        place = f"trials/{trial_id}/{metrics.pair_id}"
        return Rollout(
            pair_id=metrics.pair_id,
            metrics=metrics.model_copy(update={"trial_id": trial_id}),
            spoken_words=600,
            seconds=metrics.duration_generated,
            generated_shares={SegmentType.INTRO: 0.5, SegmentType.METHODOLOGY: 0.5},
            reference_shares={SegmentType.INTRO: 0.25, SegmentType.METHODOLOGY: 0.75},
            model_units=3,
            source_units=4,
            script_path=f"{place}_script.json",
            audio_path=f"{place}_audio.mp3",
        )

    return TrialResult.collect(
        number=number,
        training=[rollout(one) for one in training or (sample_metrics(),)],
        held_out=[rollout(one) for one in held_out],
        adjustments=Adjustments(),
        demonstrations=0,
        instructions={},
        prompt_version="v1",
        profile_version="v1",
        classifier_accuracy=0.5,
        changes=(),
        best=best,
        now=lambda: _THEN,
    ).model_copy(update=fields)


def sample_compiled_profile() -> CompiledProfile:
    """That profile with programs that learned nothing, as `compile` writes it; `save` makes the file."""
    return CompiledProfile.of(
        CompiledPrograms(),
        sample_profile(),
        roles={"lm": "embedded"},
    )
