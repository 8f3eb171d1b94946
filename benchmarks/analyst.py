"""Segment types as a capable LM reads them: share of the labelled time right on episodes of human hosts.

    python benchmarks/analyst.py --lm ROLE --data DIR [EPISODE ...]

DIR/human holds the episodes, labelled and without audio. Prints a row an episode, beside the commonest type of the
other episodes and the annotator read twice, where there is a second reading; with the calls and tokens.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from analysis_human import commonest, right, without
from analysis_tables import distance, table
from human_episodes import human_episodes, spans_of

from podcast_dspy.analysis.analyst import Analyst, EpisodeReading
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
    episodes = human_episodes(Path(options.data) / "human")
    rows = []
    for episode in episodes:
        if options.episodes and episode.labelled.episode_id not in options.episodes:
            continue
        with use(options.lm, purpose="analyst"), CostLedger() as ledger:
            reading: EpisodeReading = Analyst()(episode.labelled.sentences, episode.labelled.graph)
        twice = float("nan")
        if episode.second is not None:
            twice = right(episode, label_sentences(episode.labelled.sentences, spans_of(episode.second)))
        begun = [episode.labelled.sentences[one.first - 1].start_time for one in reading.segments[1:]]
        rows.append(
            (
                episode.labelled.episode_id,
                episode.transcription.total_duration / 60.0,
                sum(entry.calls for entry in ledger.entries),
                sum(entry.prompt_tokens + entry.completion_tokens for entry in ledger.entries),
                right(episode, reading.types),
                right(episode, commonest(without(episodes, episode), episode)),
                twice,
                distance([segment["start_time"] for segment in episode.gold[1:]], begun),
            )
        )
    head = ("episode", "minutes", "calls", "tokens", "right", "commonest type", "annotator twice")
    table((*head, "labelled boundary to the nearest found, s"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
