"""Labelled episodes of human hosts: a folder a pair with transcript.json, a paper and segments.json; no audio."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from podcast_dspy.analysis import LabelledEpisode, labelled_episode
from podcast_dspy.analysis.episode_view import EpisodeView, look_at
from podcast_dspy.audio.importing import parse_json
from podcast_dspy.audio.transcript import TranscriptionResult, sentence_segments
from podcast_dspy.documents import read_document
from podcast_dspy.pairs.pair import LabelledSpan

__all__ = ["HumanEpisode", "human_episodes", "machine_labelled", "spans_of"]

LABELS = Path(__file__).resolve().parent / "labels"


@dataclass(frozen=True)
class HumanEpisode:
    """One episode with its labels, if any; `second` is another reading by the same annotator, where there is one."""

    paper: Path
    labelled: LabelledEpisode
    transcription: TranscriptionResult
    gold: list[dict[str, Any]]
    second: list[dict[str, Any]] | None

    @cached_property
    def view(self) -> EpisodeView:
        return look_at(self.labelled.sentences, self.labelled.graph)

    def blocks(self) -> list[tuple[str, str, float, float]]:
        """(type, text, start, end) of what people labelled, neighbours of one type joined."""
        found: list[tuple[str, str, float, float]] = []
        for line in self.transcription.segments:
            middle = (line.start_time + line.end_time) / 2
            spans = (
                one["segment_type"] for one in self.gold if one["start_time"] <= middle < one["end_time"]
            )
            kind = next(spans, None)
            if kind is not None and found and found[-1][0] == kind:
                found[-1] = (kind, f"{found[-1][1]} {line.text}", found[-1][2], line.end_time)
            elif kind is not None:
                found.append((kind, line.text, line.start_time, line.end_time))
        return found


def human_episodes(folder: Path) -> list[HumanEpisode]:
    """All episodes of a folder that a person labelled, in the order of their names."""
    return [read(path.parent) for path in sorted(folder.glob("*/segments.json"))]


def machine_labelled(folder: Path) -> list[HumanEpisode]:
    """The episodes of a folder that a capable LM labelled by the same definitions (`labels/`), blind to any model."""
    return [
        read(folder / labels.stem, labels)
        for labels in sorted(LABELS.glob("*.json"))
        if (folder / labels.stem).is_dir()
    ]


def read(folder: Path, labels: Path | None = None) -> HumanEpisode:
    words, language = parse_json((folder / "transcript.json").read_text(encoding="utf-8"), folder.name)
    sentences = sentence_segments(words)
    paper = next(path for kind in ("pdf", "md", "html") if (path := folder / f"paper.{kind}").exists())
    labels = labels or folder / "segments.json"
    gold = json.loads(labels.read_text(encoding="utf-8")) if labels.exists() else []
    again = folder / "segments_pass2.json"
    heard = TranscriptionResult(
        source_path=str(folder / "transcript.json"),
        transcript_text=" ".join(sentence.text for sentence in sentences),
        segments=sentences,
        total_duration=max(sentence.end_time for sentence in sentences),
        confidence=1.0,
        language=language or "en",
    )
    return HumanEpisode(
        paper,
        labelled_episode(folder.name, sentences, read_document(paper), spans_of(gold)),
        heard,
        gold,
        json.loads(again.read_text(encoding="utf-8")) if again.exists() else None,
    )


def spans_of(gold: list[dict[str, Any]]) -> list[LabelledSpan]:
    return [
        LabelledSpan(
            segment_type=segment["segment_type"],
            start_time=segment["start_time"],
            end_time=segment["end_time"],
        )
        for segment in gold
    ]
