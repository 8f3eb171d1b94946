"""Parts of the trust benchmark about judging: orders to the judge, questions answered, and scoring twice."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

from trust_corruptions import last_removed
from trust_injections import INJECTIONS, plain_words

from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import smallest_gain
from podcast_dspy.metrics.concept_coverage import answered, questions_of

if TYPE_CHECKING:
    from trust import Bench

__all__ = ["injections", "questions", "scored_twice"]


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


def questions(bench: Bench) -> None:
    """How many of a paper's questions its own podcast answers, and the podcasts about other papers."""
    print(
        "\n## Questions\n\nCloze questions made from each paper, answered by its own podcast and by all the others.\n\n"
        "| paper | questions | own podcast answers | best of the others | mean of the others | apart |\n"
        "|---|---|---|---|---|---|"
    )
    for case in bench.cases:
        graph, reference = case.pair.document_graph, case.script.text
        asked = questions_of(graph)
        own, *others = (
            sum(answered(text, graph, asked, similarity=bench.similarity, register=reference))
            for text in (reference, *(one.script.text for one in bench.cases if one is not case))
        )
        if own:
            word = bench.check(own > max(others), f"{case.pair.pair_id}: another podcast answers as much")
        else:
            word = "the podcast answers none"
        mean = statistics.fmean(others)
        print(f"| {case.pair.pair_id} | {len(asked)} | {own} | {max(others)} | {mean:.2f} | {word} |")


def scored_twice(bench: Bench) -> None:
    """The noise of the measured judge: the same script, scored again from nothing."""
    from podcast_dspy.metrics import (
        concept_coverage,
        content_units,
        delivery,
        expression,
        faithfulness,
        following,
        rouge,
    )

    largest, gains = 0.0, []
    for case in bench.cases:
        seconds = case.pair.transcription.total_duration
        fair = last_removed(case.script, seconds, 1.0, random.Random(0), case.script)
        first = bench.score(case, fair.script, fair.seconds)
        for memory in (
            expression.expression, concept_coverage._coverage, concept_coverage._answered, content_units._units,
            content_units._expressed, delivery.measure_delivery, faithfulness._measure, following._measure,
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
