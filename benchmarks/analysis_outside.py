"""The analysis on podcasts and abstracts from elsewhere, with the seed bank's classifier alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from analysis_tables import distance, mean, table

from podcast_dspy.analysis import SegmentClassifier, compile_classifier
from podcast_dspy.analysis.episode_view import embed, surface_matrix
from podcast_dspy.analysis.segmentation import TypedSentence, merge_sentences
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["outside_part"]

ABSTRACTS = 40
ABSTRACT_TYPES = {
    "background": SegmentType.BACKGROUND,
    "objective": SegmentType.PROBLEM_STATEMENT,
    "method": SegmentType.METHODOLOGY,
    "result": SegmentType.KEY_FINDING,
}


def outside_part(data: Path) -> None:
    classifier = compile_classifier([])
    rows = [
        row
        for path in sorted((data / "transcripts").glob("*/*.sections.json"))
        if (row := outside(path, classifier))
    ]
    if rows:
        print("\n## Outside podcasts, seed bank only\n")
        print("Boundary error as above: distance from each section boundary of the")
        print("show to the nearest predicted one, beside equal distances (as many as predicted).")
        table(("episode", "sections", "predicted", "error, s", "baseline, s"), rows)
    labels = data / "labels" / "dev.jsonl"
    if labels.exists():
        print("\n## Sentences of abstracts labelled by people, seed bank only\n")
        print("Words and marks of speech, among background, problem")
        print(
            "(objective), methodology (method) and key finding (result); baseline: the most frequent label."
        )
        table(("sentences", "accuracy", "baseline"), [abstracts(labels, classifier)])


def outside(path: Path, classifier: SegmentClassifier) -> tuple[Any, ...] | None:
    subtitles = path.with_name(path.name.replace(".sections.json", ".vtt"))
    if not subtitles.exists():
        return None
    sentences = cues(subtitles.read_text(encoding="utf-8"))
    sections = [section["start"] for section in json.loads(path.read_text(encoding="utf-8"))["sections"]][1:]
    types = classifier.classify(sentences, None)
    typed_sentences = [TypedSentence(s, *judged) for s, judged in zip(sentences, types, strict=True)]
    guess = [group[0].sentence.start_time for group in merge_sentences(typed_sentences)[1:]]
    equal = list(np.linspace(0.0, sentences[-1].end_time, len(guess) + 2)[1:-1])
    return (
        path.name.split(".")[0],
        len(sections),
        len(guess),
        distance(sections, guess),
        distance(sections, equal),
    )


def cues(text: str) -> list[TranscriptSegment]:
    found = re.findall(r"([\d:.]+) --> ([\d:.]+)\n(.*?)(?:\n\n|$)", text, re.DOTALL)
    made = []
    for index, (start, end, words) in enumerate(found):
        begin, finish = (
            sum(float(x) * 60**i for i, x in enumerate(reversed(t.split(":")))) for t in (start, end)
        )
        plain_text = " ".join(re.sub(r"<[^>]*>", "", words).split())
        made.append(
            TranscriptSegment(
                segment_id=f"c{index}",
                text=plain_text,
                start_time=begin,
                end_time=finish,
                duration=finish - begin,
            )
        )
    return made


def abstracts(path: Path, classifier: SegmentClassifier) -> tuple[Any, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()[:ABSTRACTS]
    rows = [
        (sentence, ABSTRACT_TYPES[label])
        for record in map(json.loads, lines)
        for sentence, label in zip(record["sentences"], record["labels"], strict=True)
        if label in ABSTRACT_TYPES
    ]
    experts = classifier.statistics.experts
    if experts is None:
        raise SystemExit("the seed bank classifier is not compiled")
    wanted_types = list(ABSTRACT_TYPES.values())
    columns = [SEGMENT_TYPES.index(kind) for kind in wanted_types]
    texts = [sentence for sentence, _ in rows]
    opinions = experts.words.log_probabilities(embed(texts)) + experts.cues.log_probabilities(
        surface_matrix(texts)
    )
    votes = opinions[:, columns]
    right = [wanted_types[i] is kind for i, (_, kind) in zip(votes.argmax(axis=1), rows, strict=True)]
    most = max(sum(kind is other for _, kind in rows) for other in wanted_types)
    return len(rows), mean([float(hit) for hit in right]), most / len(rows)
