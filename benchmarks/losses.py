"""Which losses prefer what: scripts that people would rank, term by term, on the example pairs, each held out in turn.

The order that is wanted: the host's own script, a good script of somebody else (`independent.md`), the product's
(planned by the shape of the other three pairs, and with --trials compiled on them, in memory and without an LM), then
what nobody would listen to: the host's sentences shuffled over the episode, random sentences of the paper behind the
host's openers, and the host of another paper. Lengths go by the words at the host's pace. Prints Markdown.

    python benchmarks/losses.py
    python benchmarks/losses.py --trials 3              # some minutes a pair
    python benchmarks/losses.py --coverage --data DIR   # coverage beside plain recall; labelled human hosts, too

`--coverage` holds the coverage loss against what a plain ROUGE recall of the host's words says of the same scripts:
which is the better one, and how a script falls off as the host's sentences are taken out.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from human_episodes import HumanEpisode, human_episodes
from trust_corpus import Case, example_cases
from trust_edits import Segments, stitched
from trust_gate import as_script, independent

from podcast_dspy.analysis import structure_profile, style_profile
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import LOSSES, LossMetrics, calculate_coverage_loss, score_script
from podcast_dspy.metrics.rouge import coded, rouge_tokens, runs, shared
from podcast_dspy.optimizers import PodcastOptimizer
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import synthesize
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.text.words import split_sentences

Measure = Callable[[str, str, DocumentGraph], float]
"""(script, the host's text, paper) -> a loss."""


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


KEPT = (0.25, 0.5, 0.75)


def recall(size: int) -> Measure:
    """1 - ROUGE recall of the host's words, stemmed, over whole texts."""

    def loss(text: str, host: str, graph: DocumentGraph) -> float:
        said, wanted = (runs(coded(rouge_tokens(text), rouge_tokens(host)), size)[side] for side in (0, 1))
        return 1 - shared(said, wanted) / max(1, len(wanted))

    return loss


def coverage(similarity: str) -> Measure:
    """The coverage loss."""

    def loss(text: str, host: str, graph: DocumentGraph) -> float:
        return calculate_coverage_loss(text, graph, reference_transcript=host, similarity=similarity)[0]  # type: ignore[arg-type]

    return loss


def hosts(data: Path | None) -> Iterator[tuple[DocumentGraph, Segments, str | None]]:
    """Papers with their host's segments, and what somebody else says of them where there is such a script."""
    for case in example_cases():
        other = independent(case.pair.pair_id)
        own = [(str(one.segment_type), one.text) for one in case.script.segments]
        yield case.pair.document_graph, own, "\n\n".join(text for _, text in other) if other else None
    for one in human_episodes(data / "human") if data else ():
        yield (
            one.labelled.graph,
            [(span["segment_type"], text) for span, text in zip(one.gold, _texts(one), strict=True)],
            None,
        )


def _texts(one: HumanEpisode) -> list[str]:
    """What is said in each labelled segment."""
    return [
        " ".join(
            line.text
            for line in one.transcription.segments
            if span["start_time"] <= (line.start_time + line.end_time) / 2 < span["end_time"]
        )
        for span in one.gold
    ]


def coverage_table(data: Path | None, seeds: int, similarity: str) -> None:
    """Coverage and plain recall side by side."""
    measures = {
        "coverage loss": coverage(similarity),
        "ROUGE-1 recall": recall(1),
        "ROUGE-2 recall": recall(2),
    }
    held = list(hosts(data))
    print(
        f"{len(held)} papers with a host, {sum(other is not None for *_, other in held)} with a second script; "
        "losses are means (1 - recall for ROUGE)\n"
    )
    heads = [f"{share:.0%} of the sentences" for share in KEPT]
    print(
        "| measure | host shuffled | independent | stitched | independent before stitched | "
        f"{' | '.join(heads)} | another paper's host |\n|{'---|' * (6 + len(KEPT))}"
    )
    for name, measure in measures.items():
        cells: dict[str, list[float]] = {}
        for place, (graph, own, other) in enumerate(held):
            text = _joined(own)
            lines = split_sentences(text)
            loss = partial(_mean_loss, measure, text, graph)
            spoiled = loss([_joined(stitched(own, graph, random.Random(seed))) for seed in range(seeds)])
            parts = [
                loss([_part(lines, share, random.Random(seed)) for seed in range(seeds)]) for share in KEPT
            ]
            strange = held[(place + 1) % len(held)][1]
            row = {
                "shuffled": loss([_joined(shuffled(own, random.Random(0)))]),
                "stitched": spoiled,
                **{f"part {share}": part for share, part in zip(KEPT, parts, strict=True)},
                "strange": loss([_joined(strange)]),
            }
            if other is not None:
                row["independent"] = loss([other])
                row["before"] = float(row["independent"] < spoiled)
            for column, value in row.items():
                cells.setdefault(column, []).append(value)
        shown = [
            "shuffled",
            "independent",
            "stitched",
            "before",
            *(f"part {k}" for k in KEPT),
            "strange",
        ]
        print(
            f"| {name} | "
            + " | ".join(
                f"{sum(cells[column]):.0f} of {len(cells[column])}"
                if column == "before"
                else f"{statistics.fmean(cells[column]):.3f}"
                for column in shown
            )
            + " |",
            flush=True,
        )


def _joined(segments: Segments) -> str:
    return "\n\n".join(text for _, text in segments)


def _part(lines: list[str], share: float, rng: random.Random) -> str:
    """A share of the sentences, in order."""
    kept = sorted(rng.sample(range(len(lines)), max(1, round(share * len(lines)))))
    return " ".join(lines[place] for place in kept)


def _mean_loss(measure: Measure, host: str, graph: DocumentGraph, texts: list[str]) -> float:
    return statistics.fmean(measure(text, host, graph) for text in texts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=0, help="trials of the product's training")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--similarity", choices=("embedded", "lexical"), default="embedded")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    options = parser.parse_args()
    if options.coverage:
        coverage_table(options.data, options.seeds, options.similarity)
        return
    cases = example_cases()
    print(
        f"| pair | script | total | {' | '.join(LOSSES)} | host's order |\n"
        f"|---|---|---|{'---|' * (len(LOSSES) + 1)}"
    )
    means: dict[str, list[list[float]]] = {}
    for case in cases:
        score = partial(_score, case, options.similarity)
        for name, made in scripts(case, cases, options.trials, options.seeds):
            rows = [
                [
                    metrics.total_loss,
                    *metrics.losses().values(),
                    metrics.details["structure"]["content_order"],
                ]
                for metrics in map(score, made)
            ]
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
