"""Segment types and figures on episodes of human hosts, whose labels the classifier has not seen.

The coefficients that come with the package have seen these labels; here they are fitted again without the episode that
is measured, or without its whole show. Talks are the only other show: few as they are, the figures are rough. Episodes
that a capable LM labelled are always among those that are fitted on, and are measured in a table of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from analysis_tables import distance, mean, table
from fit_discourse import fit_types
from human_episodes import HumanEpisode, human_episodes, machine_labelled, spans_of

from podcast_dspy.analysis import SegmentClassifier, align, compile_classifier
from podcast_dspy.analysis.classifier import WEIGHTS, shipped_discourse
from podcast_dspy.analysis.episode_view import SoftmaxRegression, unit_rows
from podcast_dspy.analysis.segmentation import TYPE_INDEX, label_sentences
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["human_part"]

Types = Sequence[SegmentType | None]
Rule = Callable[[Sequence[HumanEpisode], HumanEpisode], Types]

PLAIN_PENALTY = 0.001


def human_part(data: Path) -> None:
    episodes = human_episodes(data / "human")
    if len(episodes) < 2:
        return
    print("\n## Human hosts: segment types\n")
    print(
        "Corpus: labelled episodes of human hosts, transcripts without audio. Share of the labelled time typed right;"
    )
    print("leave one episode out, and leave the episode's whole show out.")
    more = machine_labelled(data / "human")
    found = types_part(episodes, more)
    print("\nThe same on episodes that a capable LM labelled, most of them interviews:")
    types_part(more, episodes)
    print("\nBy type, in seconds over all episodes, one left out each:")
    scores_part(episodes, found)
    figures_part(episodes, more)
    agreement_part(episodes)


def types_part(episodes: Sequence[HumanEpisode], more: Sequence[HumanEpisode]) -> list[Types]:
    """A row an episode; gives the types by the package's classifier, fitted on `more` and all but the episode."""
    known = [*episodes, *more]
    rules: dict[str, Rule] = {
        "commonest type": commonest,
        "nearest centroid": centroid,
        "plain regression": plain,
        **{f"without {expert}": without_expert(expert) for expert in WEIGHTS},
        "classifier": classifier,
    }
    found = {name: [rule(without(known, e), e) for e in episodes] for name, rule in rules.items()}
    other_show = [classifier(others, e) if (others := outside_show(known, e)) else None for e in episodes]
    rows: list[list[Any]] = []
    for i, episode in enumerate(episodes):
        unseen = other_show[i]
        row = [right(episode, types[i]) for types in found.values()]
        rows.append([episode.labelled.episode_id, *row, right(episode, unseen) if unseen else float("nan")])
    table(
        ("episode", *rules, "classifier, show left out"),
        [*rows, ["mean", *(mean([row[k] for row in rows]) for k in range(1, len(rows[0])))]],
    )
    scores = np.array([row[-2] for row in rows])
    draws = scores[np.random.default_rng(0).integers(0, len(scores), (10_000, len(scores)))].mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    print(f"\nClassifier, mean: {scores.mean():.3f} [{low:.3f}, {high:.3f}] (95%, bootstrap over episodes).")
    return found["classifier"]


def without(episodes: Sequence[HumanEpisode], one: HumanEpisode) -> list[HumanEpisode]:
    return [episode for episode in episodes if episode is not one]


def outside_show(episodes: Sequence[HumanEpisode], one: HumanEpisode) -> list[HumanEpisode]:
    return [episode for episode in episodes if show(episode) != show(one)]


def show(episode: HumanEpisode) -> str:
    return episode.labelled.episode_id.split("-")[0]


def classifier(others: Sequence[HumanEpisode], episode: HumanEpisode) -> Types:
    """The package's default, its discourse fitted on the others."""
    compiled = without_labels(others)
    return [kind for kind, _ in compiled.classify(episode.labelled.sentences, episode.labelled.graph)]


def without_expert(expert: str) -> Rule:
    """The same without one of its experts."""

    def rule(others: Sequence[HumanEpisode], episode: HumanEpisode) -> Types:
        compiled = without_labels(others)
        compiled.statistics.weights[expert] = 0.0
        return [kind for kind, _ in compiled.classify(episode.labelled.sentences, episode.labelled.graph)]

    return rule


def without_labels(others: Sequence[HumanEpisode]) -> SegmentClassifier:
    return compile_classifier([], discourse=fit_types(others, shipped_discourse().zones))


def commonest(others: Sequence[HumanEpisode], episode: HumanEpisode) -> Types:
    seconds = np.zeros(len(SEGMENT_TYPES))
    for other in others:
        for sentence, kind in zip(other.labelled.sentences, other.labelled.labels, strict=True):
            if kind is not None:
                seconds[TYPE_INDEX[kind]] += sentence.duration
    return [SEGMENT_TYPES[int(seconds.argmax())]] * len(episode.labelled.sentences)


def centroid(others: Sequence[HumanEpisode], episode: HumanEpisode) -> Types:
    vectors, labels = known(others, lambda e: e.view.vectors)
    centre = vectors.mean(axis=0)
    kinds = sorted(set(labels))
    means = np.stack([vectors[[label == kind for label in labels]].mean(axis=0) - centre for kind in kinds])
    nearest = (unit_rows(episode.view.vectors - centre) @ unit_rows(means).T).argmax(axis=1)
    return [SEGMENT_TYPES[kinds[i]] for i in nearest]


def plain(others: Sequence[HumanEpisode], episode: HumanEpisode) -> Types:
    """Logistic regression on sentence vectors and the nearest parts of the paper."""
    inputs, labels = known(others, lambda e: np.concatenate([e.view.vectors, e.view.parts], axis=1))
    model = SoftmaxRegression.fit(inputs, np.eye(len(SEGMENT_TYPES))[labels], penalty=PLAIN_PENALTY)
    mine = np.concatenate([episode.view.vectors, episode.view.parts], axis=1)
    return [SEGMENT_TYPES[int(i)] for i in model.log_probabilities(mine).argmax(axis=1)]


def known(episodes: Sequence[HumanEpisode], rows: Callable[[HumanEpisode], Any]) -> tuple[Any, list[int]]:
    labels = [kind for e in episodes for kind in e.labelled.labels]
    inputs = np.concatenate([rows(e) for e in episodes])[[kind is not None for kind in labels]]
    return inputs, [TYPE_INDEX[kind] for kind in labels if kind is not None]


def right(episode: HumanEpisode, types: Types, gold: Types | None = None) -> float:
    """Share of the labelled time with the right type."""
    truth = episode.labelled.labels if gold is None else gold
    seconds = [
        (sentence.duration, kind is label)
        for sentence, kind, label in zip(episode.labelled.sentences, types, truth, strict=True)
        if label is not None
    ]
    return sum(time for time, hit in seconds if hit) / sum(time for time, _ in seconds)


def scores_part(episodes: Sequence[HumanEpisode], found: Sequence[Types]) -> None:
    rows = []
    for kind in SEGMENT_TYPES:
        gold = guess = both = 0.0
        for episode, types in zip(episodes, found, strict=True):
            for sentence, mine, label in zip(
                episode.labelled.sentences, types, episode.labelled.labels, strict=True
            ):
                gold += sentence.duration * (label is kind)
                guess += sentence.duration * (mine is kind)
                both += sentence.duration * (mine is label is kind)
        rows.append(
            (
                kind.value,
                round(gold),
                round(guess),
                2 * both / (gold + guess) if gold + guess else float("nan"),
            )
        )
    table(("type", "labelled, s", "found, s", "F1"), rows)


def figures_part(episodes: Sequence[HumanEpisode], more: Sequence[HumanEpisode]) -> None:
    print("\nBoundaries, as above, and segments that claim a figure or table, one episode left out:")
    rows = []
    for episode in episodes:
        segments = align(
            episode.transcription,
            episode.labelled.graph,
            classifier=without_labels(without([*episodes, *more], episode)),
        )
        gold = [segment["start_time"] for segment in episode.gold[1:]]
        guess = [segment.transcript_segment.start_time for segment in segments[1:]]
        equal = list(np.linspace(0.0, episode.transcription.total_duration, len(gold) + 2)[1:-1])
        rows.append(
            (
                episode.labelled.episode_id,
                len(gold),
                len(guess),
                distance(gold, guess),
                distance(guess, gold),
                distance(gold, equal),
                sum(bool(segment["figures"]) for segment in episode.gold),
                sum(bool(segment.referenced_figures) for segment in segments),
            )
        )
    head = ("episode", "gold", "predicted", "gold to predicted, s", "predicted to gold, s", "baseline, s")
    table((*head, "figures, gold", "figures, claimed"), rows)


def agreement_part(episodes: Sequence[HumanEpisode]) -> None:
    rows = []
    for episode in episodes:
        if episode.second is not None:
            again = label_sentences(episode.labelled.sentences, spans_of(episode.second))
            rows.append((episode.labelled.episode_id, right(episode, again)))
    if rows:
        print("\nThe annotator's second reading against the first: about what can be reached.")
        table(("episode", "share of the time"), rows)
