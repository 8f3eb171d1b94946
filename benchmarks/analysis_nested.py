"""Choosing marks of discourse and their penalty, measured on episodes that had no part in the choice.

    python benchmarks/analysis_nested.py --data DIR      # ten minutes

For each labelled episode the choice is made by leaving one of the others out at a time (share of the labelled time
typed right, mean over episodes), whoever labelled them; then the coefficients are fitted on all others and the episode
is measured. "Averaged" makes no choice: the mean of the chances by all that could be chosen. With the show left out,
both the choice and the fit know the other show alone: two talks, or nine dialogues. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from analysis_human import outside_show, right, without
from analysis_tables import mean, table
from fit_discourse import fit_types
from human_episodes import HumanEpisode, human_episodes, machine_labelled

from podcast_dspy.analysis.classifier import Experts, shipped_discourse
from podcast_dspy.signatures.types import SEGMENT_TYPES

CUES, CUES_AROUND, PARTS_AROUND = range(31, 55), range(55, 79), range(79, 87)
"""Columns of `discourse_marks` after zones, parts and turns."""
MARKS: dict[str, list[int]] = {
    "zones, parts, turns": [*CUES, *CUES_AROUND, *PARTS_AROUND],
    "and parts around": [*CUES, *CUES_AROUND],
    "and cues": [*CUES_AROUND, *PARTS_AROUND],
    "and cues, around too": [*PARTS_AROUND],
    "all": [],
}
"""Names and the marks that are left out."""
PENALTIES = (0.006, 0.012, 0.025, 0.05)
FAMILY = [(name, penalty) for name in MARKS for penalty in PENALTIES]


@dataclass(frozen=True)
class Nested:
    """What others choose for an episode, and how much of it is right by each member and by their mean."""

    chosen: int
    members: list[float]
    averaged: float


@dataclass
class Family:
    """Chances of an episode's sentences by every member of the family, fitted on other episodes; kept once made."""

    experts: Experts = field(default_factory=Experts.fit)
    fitted: dict[tuple[str, ...], list[Experts]] = field(default_factory=dict)
    scores: dict[tuple[str, ...], list[float]] = field(default_factory=dict)

    def chances(self, known: Sequence[HumanEpisode], episode: HumanEpisode) -> list[Any]:
        key = tuple(one.labelled.episode_id for one in known)
        if key not in self.fitted:
            zones = shipped_discourse().zones
            fits = [fit_types(known, zones, penalty=p, unknown=MARKS[marks]) for marks, p in FAMILY]
            self.fitted[key] = [self.experts.model_copy(update={"discourse": fit}) for fit in fits]
        return [experts.posterior(episode.view) for experts in self.fitted[key]]

    def measured(self, known: Sequence[HumanEpisode], episode: HumanEpisode) -> list[float]:
        key = (episode.labelled.episode_id, *(one.labelled.episode_id for one in known))
        if key not in self.scores:
            self.scores[key] = [typed(episode, one) for one in self.chances(known, episode)]
        return self.scores[key]

    def nested(self, known: Sequence[HumanEpisode], episode: HumanEpisode) -> Nested:
        inner = [self.measured(without(known, one), one) for one in known]
        chances = self.chances(known, episode)
        return Nested(
            chosen=int(np.mean(inner, axis=0).argmax()),
            members=[typed(episode, one) for one in chances],
            averaged=typed(episode, np.mean(chances, axis=0)),
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    human = parser.parse_args().data / "human"
    five, six = human_episodes(human), machine_labelled(human)
    episodes, family = [*five, *six], Family()
    found = [family.nested(without(episodes, one), one) for one in episodes]
    unseen = [family.nested(outside_show(episodes, one), one) for one in episodes]
    parts = {
        "labelled by a person": range(len(five)),
        "by an LM": range(len(five), len(episodes)),
        "all": range(len(episodes)),
    }
    print("## Segment types of human hosts, nested\n")
    head = ("chosen", "averaged", "chosen, show left out", "averaged, show left out")
    rows: list[list[Any]] = [
        [
            episode.labelled.episode_id,
            "{}; {}".format(*FAMILY[one.chosen]),
            *(score for nested in (one, other) for score in (nested.members[nested.chosen], nested.averaged)),
        ]
        for episode, one, other in zip(episodes, found, unseen, strict=True)
    ]
    for name, places in parts.items():
        rows.append([f"mean, {name}", "", *(mean([rows[i][k] for i in places]) for k in range(2, 6))])
    table(("episode", "chosen by the others", *head), rows)
    print("\nEvery member, one episode left out, and the show left out:")
    table(
        ("marks", "penalty", *parts, *(f"{name}, show left out" for name in parts)),
        [
            [
                *member,
                *(
                    mean([one[i].members[k] for i in part])
                    for one in (found, unseen)
                    for part in parts.values()
                ),
            ]
            for k, member in enumerate(FAMILY)
        ],
    )
    return 0


def typed(episode: HumanEpisode, chances: Any) -> float:
    return right(episode, [SEGMENT_TYPES[int(i)] for i in chances.argmax(axis=1)])


if __name__ == "__main__":
    raise SystemExit(main())
