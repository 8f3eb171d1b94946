"""How well recordings are understood: words, boundaries, segment types, links to the paper and its figures.

    python benchmarks/analysis.py [--transcripts DIR] [--data DIR]

Every figure is measured on the example pairs against their gold, leaving one pair out: the classifier that judges an
episode has never seen its labels. The examples are synthetic: one hand wrote their scripts and the seed bank.
`--transcripts` keeps the transcriptions for the next run, `--data` (or $PODCAST_DSPY_DATA) adds human hosts, outside
transcripts and abstracts. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from analysis_human import human_part
from analysis_outside import outside_part
from analysis_tables import distance, mean, table
from rapidfuzz.distance import Levenshtein

from podcast_dspy.analysis import (
    LabelledEpisode,
    SegmentClassifier,
    align,
    compile_classifier,
    labelled_episode,
)
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio import transcribe
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.text.normalisation import speakable

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "pairs"


@dataclass
class Pair:
    """An example pair with its gold, as it was heard and read."""

    name: str
    gold: dict[str, Any]
    heard: TranscriptionResult
    graph: DocumentGraph

    @property
    def spans(self) -> list[LabelledSpan]:
        return [
            LabelledSpan(
                segment_type=segment["segment_type"],
                start_time=segment["start_time"],
                end_time=segment["end_time"],
            )
            for segment in self.gold["segments"]
        ]

    @property
    def episode(self) -> LabelledEpisode:
        return labelled_episode(self.name, self.heard.segments, self.graph, self.spans)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--transcripts", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    options = parser.parse_args()
    pairs = [load(path, options.transcripts) for path in sorted(EXAMPLES.glob("*/gold.json"))]
    if len(pairs) < 2:
        print("note: fewer than two example pairs with gold; nothing to leave out", file=sys.stderr)
        return 1
    words_part(pairs)
    compiled = [compiled_without(pairs, pair) for pair in pairs]
    types_part(pairs, compiled)
    segments = [
        align(pair.heard, pair.graph, classifier=classifier)
        for pair, classifier in zip(pairs, compiled, strict=True)
    ]
    boundaries_part(pairs, segments)
    links_part(pairs, segments)
    if options.data is None or not Path(options.data).is_dir():
        print("\nOutside transcripts skipped: give --data DIR or $PODCAST_DSPY_DATA.")
    else:
        human_part(Path(options.data))
        outside_part(Path(options.data))
    return 0


def load(path: Path, transcripts: Path | None) -> Pair:
    """Read the paper and transcribe the podcast, or take the transcription kept by an earlier run."""
    gold = json.loads(path.read_text(encoding="utf-8"))
    kept = transcripts / f"{gold['pair_id']}.json" if transcripts else None
    if kept is not None and kept.exists():
        heard = TranscriptionResult.model_validate_json(kept.read_text(encoding="utf-8"))
    else:
        heard = transcribe(path.with_name("podcast.mp3"))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(heard.model_dump_json(), encoding="utf-8")
    return Pair(gold["pair_id"], gold, heard, read_document(path.with_name("paper.pdf")))


def compiled_without(pairs: Sequence[Pair], left_out: Pair) -> SegmentClassifier:
    return compile_classifier([pair.episode for pair in pairs if pair is not left_out])


def words_part(pairs: Sequence[Pair]) -> None:
    print("## Words, synthetic example pairs\n")
    print("WER: edits (insert, drop, replace) between heard and spoken words over spoken words;")
    print("lower case, no punctuation, numbers spelled out.")
    rows = []
    for pair in pairs:
        spoken, heard = plain(pair.gold["transcript"]), plain(pair.heard.transcript_text)
        rows.append((pair.name, len(spoken), Levenshtein.distance(spoken, heard) / len(spoken)))
    table(("pair", "words", "WER"), [*rows, ("mean", "", mean([row[2] for row in rows]))])


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", speakable(text).lower().replace("-", " "))


def types_part(pairs: Sequence[Pair], compiled: Sequence[SegmentClassifier]) -> None:
    print("\n## Segment types, synthetic example pairs, one left out\n")
    print(
        "By sentence, against the label of the gold segment covering most of it. Accuracy: share of sentences, or of"
    )
    print("their time, with the right type; macro-F1: mean F1 over the types of the gold.")
    print("Seed bank: compiled on no labels at all; alone: without discourse too.")
    alone = compile_classifier([])
    alone.statistics.weights["discourse"] = 0.0
    rules = {
        "compiled": compiled,
        "seed bank": [compile_classifier([])] * len(pairs),
        "seed bank alone": [alone] * len(pairs),
    }
    rows: list[tuple[Any, ...]] = []
    for name, classifiers in rules.items():
        scores = [typed(pair, classifier) for pair, classifier in zip(pairs, classifiers, strict=True)]
        rows.extend((name, pair.name, *score) for pair, score in zip(pairs, scores, strict=True))
        rows.append((f"**{name}**", "mean", *(mean([score[i] for score in scores]) for i in range(4))))
    table(("classifier", "pair", "accuracy", "accuracy by time", "macro-F1", "seconds"), rows)


def typed(pair: Pair, classifier: SegmentClassifier) -> tuple[float, float, float, float]:
    start = time.perf_counter()
    found = [kind for kind, _ in classifier.classify(pair.heard.segments, pair.graph)]
    seconds = time.perf_counter() - start
    labels = pair.episode.labels
    known = [i for i, label in enumerate(labels) if label is not None]
    right = np.array([found[i] is labels[i] for i in known], dtype=float)
    lengths = np.array([pair.heard.segments[i].duration for i in known])
    scores = []
    for kind in SEGMENT_TYPES:
        gold, guess = {i for i in known if labels[i] is kind}, {i for i in known if found[i] is kind}
        if gold:
            scores.append(2.0 * len(gold & guess) / (len(gold) + len(guess)))
    return float(right.mean()), float(right @ lengths / lengths.sum()), mean(scores), seconds


def boundaries_part(pairs: Sequence[Pair], segments: Sequence[Sequence[AlignedSegment]]) -> None:
    print("\n## Segment boundaries, synthetic example pairs\n")
    print("Error: mean distance in seconds from each gold boundary to the nearest predicted one,")
    print(
        "and back (from each predicted to the nearest gold), so that many boundaries do not help. Baseline: as many"
    )
    print("boundaries as the gold has, at equal distances.")
    rows = []
    for pair, found in zip(pairs, segments, strict=True):
        gold = [segment["start_time"] for segment in pair.gold["segments"][1:]]
        guess = [segment.transcript_segment.start_time for segment in found[1:]]
        equal = list(np.linspace(0.0, pair.heard.total_duration, len(gold) + 2)[1:-1])
        rows.append(
            (
                pair.name,
                len(gold),
                len(guess),
                distance(gold, guess),
                distance(guess, gold),
                distance(gold, equal),
            )
        )
    head = ("pair", "gold", "predicted", "gold to predicted, s", "predicted to gold, s", "baseline, s")
    table(head, [*rows, ("mean", "", "", *(mean([row[i] for row in rows]) for i in (3, 4, 5)))])


def links_part(pairs: Sequence[Pair], segments: Sequence[Sequence[AlignedSegment]]) -> None:
    print("\n## Links to the paper, synthetic example pairs\n")
    print("Micro-F1 over gold segments. Sections: those of the gold against those of the linked")
    print(
        "passages (exact number). Figures: numbers of the gold's figures and tables against the linked pictures. Gold"
    )
    print(
        "segmentation: types and times given; predicted: the links of the predicted segment that covers most of the"
    )
    print("gold one. Baseline: the section at the same share of the paper; the pictures one after another.")
    rows = []
    plainly = SegmentClassifier()
    for pair, found in zip(pairs, segments, strict=True):
        given = align(pair.heard, pair.graph, classifier=plainly, labels=pair.spans)
        row: list[Any] = [pair.name]
        for kind in ("sections", "pictures"):
            gold = [wanted(segment, kind) for segment in pair.gold["segments"]]
            row.append(f1(gold, [linked(pair, covering(given, s), kind) for s in pair.gold["segments"]]))
            row.append(f1(gold, [linked(pair, covering(found, s), kind) for s in pair.gold["segments"]]))
            row.append(f1(gold, naive(pair, kind)))
        rows.append(row)
    head = ["pair"]
    for kind in ("sections", "figures"):
        head += [f"{kind}, gold segments", f"{kind}, predicted", f"{kind}, baseline"]
    table(head, [*rows, ["mean", *(mean([row[i] for row in rows]) for i in range(1, 7))]])


def wanted(segment: dict[str, Any], kind: str) -> set[str]:
    if kind == "sections":
        return set(segment["sections"])
    return {f"figure {n}" for n in segment["figures"]} | {f"table {n}" for n in segment.get("tables", ())}


def covering(segments: Sequence[AlignedSegment], gold: dict[str, Any]) -> AlignedSegment:
    def overlap(segment: AlignedSegment) -> float:
        spoken = segment.transcript_segment
        return min(spoken.end_time, gold["end_time"]) - max(spoken.start_time, gold["start_time"])

    return max(segments, key=overlap)


def linked(pair: Pair, segment: AlignedSegment, kind: str) -> set[str]:
    if kind == "sections":
        homes = (pair.graph.get_atom(atom).section_id for atom in segment.primary_atoms)
        return {pair.graph.get_section(home).number or "" for home in homes if home} - {""}
    atoms = (pair.graph.get_atom(atom) for atom in segment.referenced_figures)
    return {f"{atom.atom_type} {atom.figure_number}" for atom in atoms}


def naive(pair: Pair, kind: str) -> list[set[str]]:
    gold = pair.gold["segments"]
    if kind == "sections":
        numbers = [section.number for section in pair.graph.sections if section.number]
        total = pair.heard.total_duration
        return [
            {numbers[min(len(numbers) - 1, int(len(numbers) * s["start_time"] / total))]}
            if numbers
            else set()
            for s in gold
        ]
    pictures = iter([f"figure {atom.figure_number}" for atom in pair.graph.get_figures()])
    return [{next(pictures, "")} if s["segment_type"] == "figure" else set() for s in gold]


def f1(gold: Sequence[set[str]], found: Sequence[set[str]]) -> float:
    hits = sum(len(a & b) for a, b in zip(gold, found, strict=True))
    total = sum(map(len, gold)) + sum(map(len, found))
    return 2.0 * hits / total if total else float("nan")


if __name__ == "__main__":
    raise SystemExit(main())
