"""Pairs for the trust benchmark: the example corpus, and pairs and scripts from elsewhere under a data folder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from human_episodes import HumanEpisode

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "pairs"

_HEADINGS = (
    ("intro", "introduction"),
    ("background", "background"),
    ("key_finding", "finding|result"),
    ("methodology", "method|approach"),
    ("implication", "discussion|implication|application"),
    ("conclusion", "conclusion|closing"),
)
_LAYOUT = (
    ("intro", 0.1),
    ("background", 0.2),
    ("methodology", 0.3),
    ("key_finding", 0.25),
    ("conclusion", 0.15),
)
_WORDS_PER_SECOND = 2.6


@dataclass(frozen=True)
class Case:
    """A pair, and a script that is its reference word for word."""

    pair: TrainingPair
    script: Script
    alternative: Script | None = None
    """An honest script about the same paper by somebody else."""


def _case(
    name: str,
    paper: Path,
    blocks: list[tuple[str, str, float, float]],
    total: float,
    graph: DocumentGraph | None = None,
) -> Case:
    graph = graph or read_document(paper)
    spoken = tuple(
        TranscriptSegment(
            segment_id=f"s{place}", text=text, start_time=start, end_time=end, duration=end - start
        )
        for place, (_, text, start, end) in enumerate(blocks)
    )
    aligned = tuple(
        AlignedSegment(segment_id=one.segment_id, transcript_segment=one, segment_type=SegmentType(kind))
        for (kind, *_), one in zip(blocks, spoken, strict=True)
    )
    pair = TrainingPair(
        pair_id=name,
        pdf_path=str(paper),
        audio_path="",
        document_graph=graph,
        transcription=TranscriptionResult(
            source_path="",
            transcript_text=" ".join(text for _, text, _, _ in blocks),
            segments=spoken,
            total_duration=total,
            confidence=1.0,
        ),
        aligned_segments=aligned,
        duration_minutes=total / 60,
    )
    return Case(pair, as_script(pair))


def as_script(pair: TrainingPair) -> Script:
    """The host's episode as if it were a generated one."""
    return Script(
        title=pair.document_graph.title,
        paper_title=pair.document_graph.title,
        document_id=pair.document_graph.document_id,
        segments=tuple(
            ScriptSegment(
                segment_id=one.segment_id,
                segment_type=one.segment_type,
                text=one.transcript_segment.text,
                start_time=one.transcript_segment.start_time,
                end_time=one.transcript_segment.end_time,
            )
            for one in pair.aligned_segments or ()
        ),
        predicted_seconds=pair.transcription.total_duration,
    )


def example_cases(folder: Path = EXAMPLES) -> list[Case]:
    """The example pairs that are complete, with their hand-made segments."""
    cases = []
    for place in sorted(folder.glob("*/gold.json")):
        gold = json.loads(place.read_text("utf-8"))
        blocks = [
            (one["segment_type"], one["text"], one["start_time"], one["end_time"]) for one in gold["segments"]
        ]
        cases.append(_case(gold["pair_id"], place.parent / "paper.pdf", blocks, gold["duration"]))
    return cases


def human_case(episode: HumanEpisode) -> Case:
    """A labelled episode of a human host, its segments as people labelled them."""
    labelled = episode.labelled
    total = episode.transcription.total_duration
    return _case(labelled.episode_id, episode.paper, episode.blocks(), total, labelled.graph)


def _plain(text: str) -> str:
    quoted = re.findall(r'\("Speaker \d",\s*"(.*)"\)', text)
    text = "\n".join(quoted) or text
    text = re.sub(
        r"^\s*(?:\d+\.\s*)?(?:\[[^\]]*\]|\*{0,2}Speaker \d\*{0,2}|</?Person\d>)\s*:?", " ", text, flags=re.M
    )
    text = re.sub(r"</?Person\d>|\*+|^-{3,}$", " ", text, flags=re.M)
    return re.sub(r"[ \t]+", " ", text).strip()


def _headed(text: str) -> list[tuple[str, str]]:
    """Blocks under short heading lines that name a part of an episode."""
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        heading = line.strip("#* -\t:")
        kind = next((kind for kind, words in _HEADINGS if re.search(words, heading, re.I)), None)
        if kind and 0 < len(heading.split()) <= 6 and not line.rstrip().endswith((".", "?", "!")):
            blocks.append((kind, []))
        elif blocks and line.strip():
            blocks[-1][1].append(line)
    return [(kind, _plain("\n".join(lines))) for kind, lines in blocks if lines]


def _laid_out(text: str) -> list[tuple[str, str]]:
    """A text without headings, cut by the usual shares of an episode."""
    sentences = re.split(r"(?<=[.!?])\s+", _plain(text))
    blocks = []
    start = 0.0
    for kind, share in _LAYOUT:
        end = start + share
        part = sentences[round(start * len(sentences)) : round(end * len(sentences))]
        blocks.append((kind, " ".join(part)))
        start = end
    return [(kind, text) for kind, text in blocks if text]


def _timed(blocks: list[tuple[str, str]]) -> tuple[list[tuple[str, str, float, float]], float]:
    timed = []
    clock = 0.0
    for kind, text in blocks:
        end = clock + len(text.split()) / _WORDS_PER_SECOND
        timed.append((kind, text, clock, end))
        clock = end
    return timed, clock


def data_cases(data: Path) -> list[Case]:
    """Scripts of podcasts from elsewhere beside their papers; segments follow the headings, or the usual shares."""
    cases = []
    for paper, script in (
        ("pairs/ring-attention/paper.pdf", "pairs/ring-attention/script.en.other-run.txt"),
        ("pairs/knowledge-distillation/paper.pdf", "pairs/knowledge-distillation/script.other-run.txt"),
        ("pairs/podcastfy-weak/paper.pdf", "pairs/podcastfy-weak/readme-b.script.txt"),
    ):
        if (data / paper).exists() and (data / script).exists():
            text = (data / script).read_text("utf-8")
            blocks, total = _timed(_headed(text) or _laid_out(text))
            cases.append(_case(Path(paper).parent.name, data / paper, blocks, total))
    return cases
