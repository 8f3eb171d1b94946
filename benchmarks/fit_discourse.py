"""Fit what talk does with its paper on other people's labels and write podcast_dspy/analysis/discourse.json.

    python benchmarks/fit_discourse.py --data DIR [--types-only]

Zones are fitted on CSAbstruct (sentences of abstracts labelled by people; labels/train.jsonl), types on episodes of
human hosts, five labelled by a person (human/*/segments.json), six by a capable LM (benchmarks/labels: times and types
alone). Only coefficients are written: no text, no labels. The example pairs
play no part, so that what is measured on them stays unseen; `analysis_human.py` fits again without the episode that it
measures. `--types-only` keeps the zones as they are in the file, which spares embedding the abstracts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from human_episodes import HumanEpisode, human_episodes, machine_labelled

from podcast_dspy.analysis.classifier import ZONES, Discourse, discourse_marks, shipped_discourse
from podcast_dspy.analysis.episode_view import SoftmaxRegression, embed
from podcast_dspy.signatures.types import SEGMENT_TYPES

__all__ = ["fit_types", "fit_zones"]

TARGET = Path(__file__).resolve().parent.parent / "podcast_dspy" / "analysis" / "discourse.json"
ABSTRACTS = 600
"""Abstracts of CSAbstruct that are read: about 4,200 sentences, three minutes of embedding."""
ZONES_PENALTY = 1e-4
TYPES_PENALTY = 0.025
"""Strong: a handful of episodes, all but two of one show. An episode left out is typed right as often as with half of
it, more often than with a quarter or twice as much (`analysis_nested.py`)."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--types-only", action="store_true")
    options = parser.parse_args()
    zones = (
        shipped_discourse().zones
        if options.types_only
        else fit_zones(options.data / "labels" / "train.jsonl")
    )
    if not options.types_only:
        right = zones_right(zones, options.data / "labels" / "dev.jsonl")
        print(f"zones: {right:.3f} of the dev sentences right")
    human = options.data / "human"
    discourse = fit_types([*human_episodes(human), *machine_labelled(human)], zones)
    TARGET.write_text(json.dumps(discourse.dump(), separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET}: {', '.join(discourse.trained_on)}")
    return 0


def fit_zones(path: Path) -> SoftmaxRegression:
    """Zones by sentence vectors; a sentence counts as much as its annotators agree on it."""
    texts, zones, sure = abstracts(path)
    return SoftmaxRegression.fit(
        embed(texts), np.eye(len(ZONES))[zones], penalty=ZONES_PENALTY, sample_weights=np.array(sure)
    )


def zones_right(zones: SoftmaxRegression, path: Path) -> float:
    texts, labels, _ = abstracts(path)
    return float((zones.log_probabilities(embed(texts)).argmax(axis=1) == np.array(labels)).mean())


def abstracts(path: Path) -> tuple[list[str], list[int], list[float]]:
    """Sentences, zones and agreement (0-1) of the first abstracts of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()[:ABSTRACTS]
    rows = [
        row
        for record in map(json.loads, lines)
        for row in zip(record["sentences"], record["labels"], record["confs"], strict=True)
    ]
    return [r[0] for r in rows], [ZONES.index(r[1]) for r in rows], [float(r[2]) for r in rows]


def fit_types(
    episodes: Sequence[HumanEpisode],
    zones: SoftmaxRegression,
    *,
    penalty: float = TYPES_PENALTY,
    unknown: Sequence[int] = (),
) -> Discourse:
    """Types by marks; every second of labelled talk counts the same. `unknown` marks (columns) are left out."""
    labels = [kind for e in episodes for kind in e.labelled.labels if kind is not None]
    kinds = tuple(kind for kind in SEGMENT_TYPES if kind in labels)
    known = [[kind is not None for kind in e.labelled.labels] for e in episodes]
    marks = [
        discourse_marks(episode.view, zones)[rows] for episode, rows in zip(episodes, known, strict=True)
    ]
    seconds = [episode.view.durations[rows] for episode, rows in zip(episodes, known, strict=True)]
    inputs = np.concatenate(marks)
    inputs[:, list(unknown)] = np.nan
    types = SoftmaxRegression.fit(
        inputs,
        np.eye(len(kinds))[[kinds.index(label) for label in labels]],
        penalty=penalty,
        sample_weights=np.concatenate(seconds),
    )
    names = [episode.labelled.episode_id for episode in episodes]
    return Discourse(zones=zones, types=types, kinds=kinds, trained_on=("CSAbstruct", *names))


if __name__ == "__main__":
    raise SystemExit(main())
