"""How embedded episodes stand beside random sentences, a good script by somebody else, and the human host.

    python benchmarks/episodes.py                                    # the example pairs, each profile without its own
    python benchmarks/episodes.py --data PAPER.pdf PAPER.pdf         # and episodes about papers that have no host
    python benchmarks/episodes.py --profile podcast_profile_v1.json  # with a compiled profile instead
    python benchmarks/episodes.py --scripts DIR                      # and scripts of yours: DIR/PAIR/script.json
    python benchmarks/episodes.py --human DATA/human                 # and papers of human hosts

Nothing is voiced. An example pair's episode has the length of its podcast, any other `--minutes`; the profile is
made of the hand-made segments of the other example pairs. With `--human` come the labelled episodes that have a
script by somebody else (`independent/NAME.md`), then by how much each kind of script is better than the one before
it (quality, with the 95% interval of a bootstrap over papers), and last the rates of all hosts labelled by a
person. Random sentences stand behind the openers of the host, or, where episodes are shorter than the host's, of
that script. Columns: `total` and `quality`, `coverage` and `structure` among its terms (0 is the human episode);
the measures of following, and beside a host those of belief (1 is best); `definitions`, the share of technical
terms that are explained where they first come up; `stock`, the share of sentences without a word of the paper,
which would fit any other. Papers without a host have no losses. `off` is how far the episode's predicted length is
from the length asked for.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from human_episodes import human_episodes, machine_labelled
from trust_corpus import Case, example_cases, human_case
from trust_edits import Segments, stitched
from trust_gate import as_script, independent

import podcast_dspy
from podcast_dspy.analysis.measurement import structure_profile, style_profile
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.audio import duration_model
from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation import Adjustments, PodcastProgram
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.lms import use
from podcast_dspy.metrics import score_script
from podcast_dspy.metrics.delivery import measure_delivery
from podcast_dspy.metrics.following import measure_following
from podcast_dspy.metrics.loss import measures
from podcast_dspy.optimizers.measuring import predicted_length
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.profiles.synthesis import synthesize
from podcast_dspy.text.words import content_stems, split_sentences

VOICE = "kokoro:af_heart"
LOSSES = ("total", "quality", "coverage", "structure")
TEXT = (*measures("following"), *measures("belief"), "definitions", "stock")
Row = dict[str, float]


@dataclass(frozen=True)
class Maker:
    """What writes the embedded episodes: a compiled profile, or the uncompiled program."""

    program: PodcastProgram
    profile: AggregatedProfile

    def write(self, graph: DocumentGraph, seconds: float) -> tuple[Segments, float]:
        """An episode as (type, text), and how far its predicted length is from `seconds`, as a share."""
        made = self.program.write(graph, self.profile, seconds=seconds, writer=ExtractWriter())
        spoken = predicted_length(made.script, self.program.adjustments, self.profile, VOICE)
        return [(str(one.segment_type), one.text) for one in made.script.segments], spoken / seconds - 1.0


def profile_of(cases: Sequence[Case]) -> AggregatedProfile:
    """The profile of some pairs, from their hand-made segments."""
    pairs = []
    for case in cases:
        pair = case.pair
        own = pair.aligned_segments or ()
        pairs.append(
            pair.model_copy(
                update={
                    "structure_profile": structure_profile(own, pair.transcription, pair.document_graph),
                    "style_profile": style_profile(own, pair.transcription, pair.document_graph),
                }
            )
        )
    return synthesize(pairs)


def stock(text: str, graph: DocumentGraph) -> float:
    """Share of the sentences that hold no word of the paper."""
    known = paper_index(graph).weights
    lines = split_sentences(text)
    return sum(not any(one in known for one in content_stems(line)) for line in lines) / max(1, len(lines))


def measured(segments: Segments, graph: DocumentGraph, reference: str = "") -> Row:
    """What can be said of a script without a host."""
    text = "\n\n".join(text for _, text in segments)
    return {
        **measure_following(text, graph, reference).values,
        "definitions": measure_delivery(text).values["definitions"],
        "stock": stock(text, graph),
    }


def losses(case: Case, segments: Segments, others: Sequence[Case]) -> Row:
    """The losses of a script of a pair's paper."""
    script, seconds = as_script(case, segments)
    found = score_script(
        script,
        case.pair,
        duration=seconds,
        other_references=[other.pair.transcription.transcript_text for other in others],
    )
    raw = found.details["quality"]["raw"]["generated"]
    return {name: getattr(found, f"{name}_loss") for name in LOSSES} | {
        name: raw[name] for name in measures("belief")
    }


def random_sentences(segments: Segments, graph: DocumentGraph, seeds: int) -> list[Segments]:
    """Random sentences of the paper behind the openers of a script."""
    return [stitched(segments, graph, random.Random(seed)) for seed in range(seeds)]


def given(name: str, folder: Path | None) -> Segments | None:
    """A script that was written elsewhere, as by `generate --lm ... --script-only`; None where there is none."""
    found = sorted(folder.glob(f"{name}/**/script.json")) if folder else []
    if not found:
        return None
    script = podcast_dspy.read_script(found[0])
    if isinstance(script, str):
        raise SystemExit(f"{found[0]} is no script of segments")
    return [(str(one.segment_type), one.text) for one in script.segments]


def rows_of_pair(
    case: Case,
    others: Sequence[Case],
    maker: Maker,
    seeds: int,
    capable: Segments | None,
    seconds: float | None = None,
) -> dict[str, Row]:
    """All scripts about a pair's paper, in the order in which people would rank them, the worst first.

    They last as long as the host's, or `seconds`.
    """
    pair: TrainingPair = case.pair
    human = [(str(one.segment_type), one.text) for one in case.script.segments]
    made, off = maker.write(pair.document_graph, seconds or pair.transcription.total_duration)
    other = independent(pair.pair_id)
    model = other if seconds and other else human
    scripts = {"stitched": random_sentences(model, pair.document_graph, seeds), "embedded": [made]}
    if other is not None:
        scripts["independent"] = [other]
    if capable is not None:
        scripts["capable"] = [capable]
    scripts["human"] = [human]
    rows = {}
    for name, several in scripts.items():
        each = [
            losses(case, one, others) | measured(one, pair.document_graph, pair.transcription.transcript_text)
            for one in several
        ]
        rows[name] = {key: fmean(row[key] for row in each) for key in each[0]}
    rows["embedded"]["off"] = off
    return rows


def rows_of_paper(
    graph: DocumentGraph, maker: Maker, minutes: float, seeds: int, capable: Segments | None
) -> dict[str, Row]:
    """The scripts about a paper that has no host."""
    made, off = maker.write(graph, 60.0 * minutes)
    each = [measured(one, graph) for one in random_sentences(made, graph, seeds)]
    return {
        "stitched": {key: fmean(row[key] for row in each) for key in each[0]},
        "embedded": measured(made, graph) | {"off": off},
        **({"capable": measured(capable, graph)} if capable else {}),
    }


def means(found: Mapping[str, Sequence[Row]]) -> dict[str, Row]:
    """The mean row of each kind of script."""
    return {
        script: {key: fmean(row[key] for row in rows) for key in rows[0]} for script, rows in found.items()
    }


def show_human(options: argparse.Namespace, examples: Sequence[Case], maker: Maker) -> None:
    """The rows of the human hosts' papers that have an independent script, and the rates of all these hosts."""
    found: dict[str, list[Row]] = {}
    hosts = []
    by_people = human_episodes(options.human)
    for episode in (*by_people, *machine_labelled(options.human)):
        case = human_case(episode)
        name, graph, text = (
            case.pair.pair_id,
            case.pair.document_graph,
            case.pair.transcription.transcript_text,
        )
        if episode in by_people:
            hosts.append(measured([(kind, line) for kind, line, _, _ in episode.blocks()], graph, text))
        if independent(name) is None:
            continue
        capable = given(name, options.scripts)
        rows = rows_of_pair(case, examples, maker, options.seeds, capable, 60.0 * options.minutes)
        show(name, rows)
        for script, row in rows.items():
            found.setdefault(script, []).append(row)
    show("mean of these", means(found))
    show("all hosts", means({f"mean of {len(hosts)}": hosts}))
    sys.stdout.write("\n| quality, outside | papers | difference | 95% interval |\n|---|---|---|---|\n")
    for worse, better in pairwise(found):
        sys.stdout.write(f"| {worse} - {better} | {difference(found[worse], found[better])} |\n")


def difference(worse: Sequence[Row], better: Sequence[Row]) -> str:
    """How many papers two kinds of script share, and by how much the first loses more quality than the second."""
    away = np.array([one["quality"] - other["quality"] for one, other in zip(worse, better, strict=True)])
    draws = np.random.default_rng(0).choice(away, (10_000, len(away))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{len(away)} | {away.mean():+.3f} | {low:+.3f} to {high:+.3f}"


def show(name: str, rows: dict[str, Row]) -> None:
    """Print the rows of a paper."""
    for script, row in rows.items():
        cells = (f"{row[key]:.3f}" if key in row else "-" for key in (*LOSSES, *TEXT, "off"))
        sys.stdout.write(f"| {name} | {script} | {' | '.join(cells)} |\n")


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="papers that have no host")
    parser.add_argument(
        "--human", type=Path, help="folder of human hosts' labelled episodes, with their papers"
    )
    parser.add_argument("--profile", type=Path, help="a compiled profile; else the program is not compiled")
    parser.add_argument("--scripts", type=Path, help="scripts by a capable LM: DIR/NAME/script.json, as rows")
    parser.add_argument(
        "--minutes", type=float, default=4.0, help="length of episodes about --data and --human"
    )
    parser.add_argument("--seeds", type=int, default=3, help="random scripts a paper")
    options = parser.parse_args()
    cases = example_cases()
    compiled = podcast_dspy.load(options.profile) if options.profile else None

    def maker(known: Sequence[Case]) -> Maker:
        if compiled is not None:
            return Maker(compiled.program, compiled.profile)
        # As the product does for whichever voice speaks: budgets are kept in its own seconds.
        adjustments = Adjustments(voice_model=duration_model(VOICE))
        return Maker(PodcastProgram(adjustments), profile_of(known))

    sys.stdout.write(f"| paper | script | {' | '.join((*LOSSES, *TEXT, 'off'))} |\n")
    sys.stdout.write(f"|---|---|{'---|' * (len(LOSSES) + len(TEXT) + 1)}\n")
    found: dict[str, list[Row]] = {}
    with use("embedded"):
        for case in cases:
            others = [one for one in cases if one is not case]
            capable = given(case.pair.pair_id, options.scripts)
            rows = rows_of_pair(case, others, maker(others), options.seeds, capable)
            show(case.pair.pair_id, rows)
            for script, row in rows.items():
                found.setdefault(script, []).append(row)
        show("mean of the pairs", means(found))
        if options.human:
            show_human(options, cases, maker(cases))
        for paper in options.data:
            capable = given(paper.stem, options.scripts)
            graph = read_document(paper)
            show(paper.stem, rows_of_paper(graph, maker(cases), options.minutes, options.seeds, capable))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
