"""Parts of the trust benchmark about judging: orders to the judge, an LM judge's order, and scoring twice."""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trust_corruptions import last_removed
from trust_edits import stitched
from trust_gate import independent, produced
from trust_injections import INJECTIONS, plain_words

from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import calculate_coverage_loss, calculate_quality_loss, smallest_gain
from podcast_dspy.metrics.judged_coverage import comprehension

if TYPE_CHECKING:
    from trust import Bench

__all__ = ["injections", "judged_order", "scored_twice"]


def _with_tail(script: Script, tail: str) -> Script:
    last = script.segments[-1]
    longer = last.model_copy(update={"text": f"{last.text} {tail}"})
    return script.model_copy(update={"segments": (*script.segments[:-1], longer)})


_TURNS = 4


def injections(bench: Bench) -> None:
    """Every order to a judge at the end of an honest script, against what as many plain words may do."""
    print(
        "\n## Orders to the judge\n\nChange of the total when the order ends the script (above 0: worse). Noise: the "
        f"largest change that as many plain words make\n({2 * _TURNS} wordings, all scripts).\n\n"
        "| order | mean | best for the order | noise | within |\n|---|---|---|---|---|"
    )
    cases = []
    for case in bench.cases:
        seconds = case.pair.transcription.total_duration
        fair = last_removed(case.script, seconds, 1.0, random.Random(0), case.script)
        cases.append((case, fair, bench.score(case, fair.script, fair.seconds).total_loss))

    def changes(tail: str) -> list[float]:
        return [
            bench.score(case, _with_tail(fair.script, tail), fair.seconds).total_loss - before
            for case, fair, before in cases
        ]

    known: dict[str, float] = {}
    for name, order in INJECTIONS.items():
        tails = [
            plain_words(order, turn, sentence=whole) for turn in range(_TURNS) for whole in (True, False)
        ]
        if tails[0] not in known:
            known[tails[0]] = max(abs(change) for tail in tails for change in changes(tail))
        noise = known[tails[0]]
        told = changes(order)
        word = bench.check(min(told) >= -noise, f"order to the judge ({name}) gains more than plain words")
        print(f"| {name} | {statistics.fmean(told):+.4f} | {min(told):+.4f} | {noise:.4f} | {word} |")


def judged_order(bench: Bench, judge: str, pairs: Sequence[str]) -> None:
    """The gate's scripts by an LM judge, beside the measured one: host, independent, product, stitched."""
    print(
        "\n## The gate's scripts by an LM judge\n\n| pair | script | quality, judged | spread | quality, measured "
        "| questions left open, judged | coverage, measured |\n|---|---|---|---|---|---|---|"
    )
    for case in bench.cases:
        if case.pair.pair_id not in pairs:
            continue
        own = [(str(one.segment_type), one.text) for one in case.script.segments]
        graph, reference = case.pair.document_graph, case.script.text
        rows = {
            "reference": own,
            "independent": independent(case.pair.pair_id),
            "product": produced(case, bench.cases),
            "stitched": stitched(own, graph, random.Random(0)),
        }
        losses = []
        for name, segments in rows.items():
            if segments is None:
                continue
            text = reference if name == "reference" else "\n\n".join(part for _, part in segments)
            loss, details = calculate_quality_loss(
                text,
                reference,
                graph,
                judge=judge,
                similarity=bench.similarity,
                segments=segments,
                reference_segments=own,
            )
            heard = comprehension(text, reference, graph, judge, case.pair.questions)
            measured, _ = calculate_coverage_loss(
                text, graph, reference_transcript=reference, similarity=bench.similarity
            )
            losses.append((name, loss, heard.loss))
            print(
                f"| {case.pair.pair_id} | {name} | {loss:.3f} | {max(details['spread'].values()):.0f} "
                f"| {details['measured']['loss']:.3f} | {heard.loss:.3f} | {measured:.3f} |",
                flush=True,
            )
        for (better, first, asked), (worse, second, left) in itertools.pairwise(losses):
            level = better == "reference" and first == second  # nothing is better than the host
            bench.check(
                level or first < second,
                f"{case.pair.pair_id}: quality of {worse} is not worse than of {better}",
            )
            bench.check(asked <= left, f"{case.pair.pair_id}: {worse} answers more than {better}")


def scored_twice(bench: Bench) -> None:
    """The noise of the measured judge: the same script, scored again from nothing."""
    from podcast_dspy.metrics import (
        content_units,
        delivery,
        following,
        quality,
        rouge,
    )

    largest, gains = 0.0, []
    for case in bench.cases:
        seconds = case.pair.transcription.total_duration
        fair = last_removed(case.script, seconds, 1.0, random.Random(0), case.script)
        first = bench.score(case, fair.script, fair.seconds)
        for memory in (
            content_units._units, content_units._expressed,
            delivery.measure_delivery, quality._faithful, following._measure,
            rouge._scores,
        ):  # fmt: skip
            memory.cache_clear()
        again = bench.score(case, fair.script, fair.seconds)
        largest = max(largest, *(abs(first.losses()[name] - again.losses()[name]) for name in first.losses()))
        gains.append(smallest_gain([first], [again]))
    bench.check(largest == 0, f"scoring twice differs by {largest:.2g}")
    print(
        f"\nScored twice, memories emptied between: the largest difference of any loss is {largest:g}. Smallest gain "
        f"that counts with the measured judge: {max(gains):g}."
    )
