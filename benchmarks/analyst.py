"""Episodes as a capable LM reads them: types by the labelled time, boundaries, and links to the paper.

    python benchmarks/analyst.py --lm ROLE --data DIR [EPISODE ...]

DIR/human holds the episodes of human hosts, labelled and without audio; EPISODE may also name an example pair, whose
hosts point at figures and whose transcript is a machine's. The embedded classifier and the commonest type have seen the
other human episodes; the embedded links are those of the package as it comes. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from analysis import EXAMPLES, covering, f1, load, wanted
from analysis_human import classifier, commonest, right, scores_part, without
from analysis_tables import distance, mean, table
from human_episodes import HumanEpisode, human_episodes, spans_of

from podcast_dspy.analysis import align, compile_classifier
from podcast_dspy.analysis.analyst import Analyst, EpisodeReading
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.analysis.segmentation import label_sentences
from podcast_dspy.lms import CostLedger, use


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lm", required=True)
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"), required=False)
    parser.add_argument("episodes", nargs="*", metavar="EPISODE")
    options = parser.parse_args()
    if options.data is None:
        print("note: give --data DIR or $PODCAST_DSPY_DATA", file=sys.stderr)
        return 1
    human = human_episodes(Path(options.data) / "human")
    episodes = [one for one in human if not options.episodes or one.labelled.episode_id in options.episodes]
    episodes += [example(name) for name in options.episodes if (EXAMPLES / name).is_dir()]
    types, links, found = [], [], []
    for episode in episodes:
        with use(options.lm, purpose="analyst"), CostLedger() as ledger:
            reading: EpisodeReading = Analyst()(episode.labelled.sentences, episode.labelled.graph)
        found.append(reading.types)
        types.append(
            (
                episode.labelled.episode_id,
                episode.transcription.total_duration / 60.0,
                sum(entry.calls for entry in ledger.entries),
                sum(entry.prompt_tokens + entry.completion_tokens for entry in ledger.entries),
                right(episode, reading.types),
                *(right(episode, rule(without(human, episode), episode)) for rule in (classifier, commonest)),
                twice(episode),
            )
        )
        links.append(linked(episode, reading))
    print("Share of the labelled time typed right.")
    head = ("episode", "minutes", "calls", "tokens", "right", "embedded", "commonest type", "annotator twice")
    table(head, [*types, ("mean", *("",) * 3, *(mean([row[k] for row in types]) for k in (4, 5, 6)), "")])
    print("\nBy type, in seconds over these episodes:")
    scores_part(episodes, found)
    print(
        "\nBoundaries: mean distance to the nearest, and to as many at equal distances. Sections, of the first"
    )
    print(
        "level: micro-F1 over the gold's segments, each against what the found segment that covers most of it is"
    )
    print(
        "linked to. Figures and tables: how many segments speak of one by the gold, how many are said to, micro-F1."
    )
    head = ("episode", "boundaries, gold", "found", "gold to found, s", "found to gold, s", "baseline, s")
    head = (*head, "sections", "sections, embedded", "figures, gold", "claimed", "F1", "claimed, embedded")
    table(head, links)
    return 0


def example(name: str) -> HumanEpisode:
    """An example pair in the shape of the human episodes."""
    pair = load(EXAMPLES / name / "gold.json", None)
    return HumanEpisode(pair.episode, pair.heard, pair.gold["segments"], None)


def twice(episode: HumanEpisode) -> float:
    """How far the annotator's second reading agrees with the first."""
    if episode.second is None:
        return float("nan")
    return right(episode, label_sentences(episode.labelled.sentences, spans_of(episode.second)))


def linked(episode: HumanEpisode, reading: EpisodeReading) -> tuple[Any, ...]:
    graph, gold = episode.labelled.graph, episode.gold
    unlabelled = compile_classifier([])
    read = align(episode.transcription, graph, classifier=unlabelled, reading=reading)
    plain = align(episode.transcription, graph, classifier=unlabelled)
    due = [segment["start_time"] for segment in gold[1:]]
    begun = [one.transcript_segment.start_time for one in read[1:]]
    equal = list(np.linspace(0.0, episode.transcription.total_duration, len(due) + 2)[1:-1])
    pointed = [wanted(segment, "pictures") for segment in gold]
    claimed = [pictures(episode, covering(read, segment)) for segment in gold]
    return (
        episode.labelled.episode_id,
        len(due),
        len(begun),
        distance(due, begun),
        distance(begun, due),
        distance(due, equal),
        *(sections(episode, segments) for segments in (read, plain)),
        sum(map(bool, pointed)),
        sum(bool(one.referenced_figures) for one in read),
        f1(pointed, claimed),
        sum(bool(one.referenced_figures) for one in plain),
    )


def sections(episode: HumanEpisode, segments: Sequence[AlignedSegment]) -> float:
    """Titles or numbers of the gold against the sections of the passages that segments are linked to, each as the
    section of the first level that holds it: some people name the chapter, some its part."""
    graph = episode.labelled.graph
    top, home = min((one.level for one in graph.sections), default=1), {}
    for place, one in enumerate(graph.sections):
        above = next((other for other in graph.sections[place::-1] if other.level == top), one)
        home[one.section_id] = above.section_id
    known = {
        name: home[one.section_id] for one in graph.sections[::-1] for name in (one.title, one.number) if name
    }
    due = [{known.get(name, name) for name in segment["sections"]} for segment in episode.gold]
    found = []
    for segment in episode.gold:
        atoms = [graph.get_atom(atom) for atom in covering(segments, segment).primary_atoms]
        found.append({home.get(atom.section_id or "", "abstract") for atom in atoms})
    return f1(due, found)


def pictures(episode: HumanEpisode, segment: AlignedSegment) -> set[str]:
    atoms = (episode.labelled.graph.get_atom(atom) for atom in segment.referenced_figures)
    return {f"{atom.atom_type} {atom.figure_number}" for atom in atoms}


if __name__ == "__main__":
    sys.exit(main())
