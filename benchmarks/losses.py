"""Which losses prefer what: scripts that people would rank, term by term, on the example pairs, each held out in turn.

The order that is wanted: the host's own script, a good script of somebody else (`independent.md`), the product's (planned
by the shape of the other three pairs, and with --trials compiled on them, in memory and without an LM), then what nobody
would listen to: the host's sentences shuffled over the episode, random sentences of the paper behind the host's
openers, and the host of another paper. Lengths go by the words at the host's pace. Prints Markdown.

    python benchmarks/losses.py
    python benchmarks/losses.py --trials 3      # some minutes a pair
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Iterator
from functools import partial

from trust_corpus import Case, example_cases
from trust_edits import Segments, stitched
from trust_gate import as_script, independent

from podcast_dspy.analysis import structure_profile, style_profile
from podcast_dspy.generation.passage_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import LOSSES, LossMetrics, score_script
from podcast_dspy.optimizers import PodcastOptimizer
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import synthesize
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.text.sentences import split_sentences


def analysed(case: Case) -> TrainingPair:
    """A pair with what is measured of its podcast, from its hand-made segments."""
    pair = case.pair
    segments = pair.aligned_segments or ()
    return pair.model_copy(
        update={
            "structure_profile": structure_profile(segments, pair.transcription, pair.document_graph),
            "style_profile": style_profile(segments, pair.transcription, pair.document_graph),
        }
    )


def product(case: Case, others: list[TrainingPair], trials: int) -> Segments:
    """What the product says of a paper that it did not see, as it learned to from the other pairs."""
    program, profile = PodcastProgram(), synthesize(others)
    if trials:
        optimizer = PodcastOptimizer(
            config=TrainingConfig(max_trials=trials), profile=profile, writer=ExtractWriter()
        )
        program = optimizer.compile(program, trainset=others)
    script = program.write(
        case.pair.document_graph,
        profile,
        seconds=case.pair.transcription.total_duration,
        writer=ExtractWriter(),
    ).script
    return [(str(one.segment_type), one.text) for one in script.segments]


def shuffled(segments: Segments, rng: random.Random) -> Segments:
    """The sentences of an episode in any order, as many in each segment as there were."""
    held = [split_sentences(text) for _, text in segments]
    lines = [line for part in held for line in part]
    rng.shuffle(lines)
    taken = iter(lines)
    return [
        (kind, " ".join(next(taken) for _ in part)) for (kind, _), part in zip(segments, held, strict=True)
    ]


def scripts(case: Case, cases: list[Case], trials: int, seeds: int) -> Iterator[tuple[str, list[Segments]]]:
    """The kinds of script, each with as many scripts as chance made."""
    own = [(str(one.segment_type), one.text) for one in case.script.segments]
    yield "host", [own]
    if (other := independent(case.pair.pair_id)) is not None:
        yield "independent", [other]
    training = [analysed(one) for one in cases if one is not case]
    yield "product", [product(case, training, trials)]
    yield "host shuffled", [shuffled(own, random.Random(seed)) for seed in range(seeds)]
    graph = case.pair.document_graph
    yield "stitched", [stitched(own, graph, random.Random(seed)) for seed in range(seeds)]
    strange = cases[(cases.index(case) + 1) % len(cases)]
    yield "another paper's host", [[(str(one.segment_type), one.text) for one in strange.script.segments]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=0, help="trials of the product's training")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--similarity", choices=("embedded", "lexical"), default="embedded")
    options = parser.parse_args()
    cases = example_cases()
    print(f"| pair | script | total | {' | '.join(LOSSES)} |\n|---|---|---|{'---|' * len(LOSSES)}")
    means: dict[str, list[list[float]]] = {}
    for case in cases:
        score = partial(_score, case, options.similarity)
        for name, made in scripts(case, cases, options.trials, options.seeds):
            rows = [[metrics.total_loss, *metrics.losses().values()] for metrics in map(score, made)]
            row = [statistics.fmean(column) for column in zip(*rows, strict=True)]
            means.setdefault(name, []).append(row)
            _print(case.pair.pair_id, name, row)
    for name, rows in means.items():
        _print("mean", name, [statistics.fmean(column) for column in zip(*rows, strict=True)])


def _score(case: Case, similarity: str, segments: Segments) -> LossMetrics:
    script, seconds = as_script(case, segments)
    return score_script(script, case.pair, duration=seconds, similarity=similarity)  # type: ignore[arg-type]


def _print(pair: str, name: str, row: list[float]) -> None:
    print(f"| {pair} | {name} | {' | '.join(f'{value:.3f}' for value in row)} |", flush=True)


if __name__ == "__main__":
    main()
