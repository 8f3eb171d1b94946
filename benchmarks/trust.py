"""Can the loss be believed? Spoils scripts on purpose and checks that the right term and the total notice.

Every corruption is applied with growing doses and several seeds to scripts whose quality is known (the human
episodes themselves); the loss that has to notice was named beforehand (`trust_corruptions.CORRUPTIONS`). Then come
attempts to win without a good script, orders to the judge, and edits that change nothing. Prints tables in Markdown;
exit code 1 when a corruption is noticed in under 95% of the cases, when the loss does not grow with the dose (Spearman
under 0.9), or when an attempt to cheat pays.

    python benchmarks/trust.py                            # the example corpus
    python benchmarks/trust.py --data DIR --seeds 8       # and podcasts from elsewhere (DIR or $PODCAST_DSPY_DATA)
    python benchmarks/trust.py --similarity lexical       # words only, no embedding model
    python benchmarks/trust.py --gate                     # scripts in the order of people, and ten edits
    python benchmarks/trust.py --judge-lm LM              # that order by an LM judge, beside the measured one
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from num2words import num2words
from trust_corpus import Case, data_cases, example_cases
from trust_corruptions import CORRUPTIONS, INJECTION, honest, last_removed, stuffed, stuffed_singly
from trust_gate import gate
from trust_judged import injections, judged_order, scored_twice

from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import LossMetrics, score_script
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import split_sentences

DOSES = (0.2, 0.4, 0.6, 0.8, 1.0)
NOTICED = 0.95
MONOTONE = 0.9


class Bench:
    """The cases, and how they are scored."""

    def __init__(self, cases: Sequence[Case], similarity: str, seeds: int) -> None:
        self.cases = cases
        self.similarity = similarity
        self.seeds = seeds
        self.failures: list[str] = []

    def score(self, case: Case, script: Script, seconds: float) -> LossMetrics:
        """Losses of a script, the next case's podcast being another training podcast."""
        others = [self.other(case).pair.transcription.transcript_text]
        return score_script(
            script, case.pair, duration=seconds, other_references=others, similarity=self.similarity
        )

    def other(self, case: Case) -> Case:
        """The next case."""
        return self.cases[(self.cases.index(case) + 1) % len(self.cases)]

    def check(self, passed: bool, what: str) -> str:
        """`yes` or `NO`, remembering what failed."""
        if not passed:
            self.failures.append(what)
        return "yes" if passed else "NO"


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 0, ties sharing their mean."""
    order = sorted(values)
    return [order.index(value) + (order.count(value) - 1) / 2 for value in values]


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation."""
    return statistics.correlation(ranks(first), ranks(second))


def self_reference(bench: Bench) -> None:
    """The human episode against itself."""
    print("## The reference against itself\n\n| pair | largest loss | total |\n|---|---|---|")
    for case in bench.cases:
        metrics = bench.score(case, case.script, case.pair.transcription.total_duration)
        worst = max(metrics.losses().values())
        bench.check(metrics.complete and worst < 1e-9, f"{case.pair.pair_id}: not 0 against itself")
        print(f"| {case.pair.pair_id} | {worst:.2g} | {metrics.total_loss:.2g} |")


def corruptions(bench: Bench, only: Sequence[str] = ()) -> None:
    """Every corruption (or only some) at every dose."""
    print("\n## Corruptions\n")
    print(
        "| corruption | must notice | cases | term worse | total worse | term, full dose | total, full dose |",
        end="",
    )
    print(" Spearman term | Spearman total |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (spoil, term) in CORRUPTIONS.items():
        if only and name not in only:
            continue
        terms: list[bool] = []
        totals: list[bool] = []
        curves: dict[float, list[tuple[str, float, float]]] = {}
        spoiled: set[str] = set()
        for case in bench.cases:
            seconds = case.pair.transcription.total_duration
            base = honest(case.script, seconds)
            before = bench.score(case, base.script, base.seconds)
            for seed in range(bench.seeds):
                for dose in DOSES:
                    bad = spoil(case.script, seconds, dose, random.Random(seed), bench.other(case).script)
                    if bad.script.text.split() == base.script.text.split():
                        # Nothing to spoil, or this dose spared it: no case, but a point of the dose's curve.
                        curves.setdefault(dose, []).append((case.pair.pair_id, 0.0, 0.0))
                        continue
                    spoiled.add(case.pair.pair_id)
                    after = bench.score(case, bad.script, bad.seconds)
                    rise = after.losses()[term] - before.losses()[term]
                    whole = after.total_loss - before.total_loss
                    terms.append(rise > 1e-9)
                    totals.append(whole > 1e-9)
                    curves.setdefault(dose, []).append((case.pair.pair_id, rise, whole))
        doses = sorted(curves)
        means = [
            [
                statistics.fmean(
                    (rise, whole)[side] for name_, rise, whole in curves[dose] if name_ in spoiled
                )
                for dose in doses
            ]
            for side in (0, 1)
        ]
        grown = [spearman(doses, line) if len(set(line)) > 1 else 0.0 for line in means]
        shares = [statistics.fmean(terms), statistics.fmean(totals)]
        bench.check(min(shares) >= NOTICED, f"{name}: noticed in only {min(shares):.0%}")
        bench.check(min(grown) >= MONOTONE, f"{name}: does not grow with the dose ({min(grown):.2f})")
        print(f"| {name} | {term} | {len(terms)} | {shares[0]:.1%} | {shares[1]:.1%} | +{means[0][-1]:.3f} "
              f"| +{means[1][-1]:.3f} | {grown[0]:.2f} | {grown[1]:.2f} |")  # fmt: skip


def _plain(case: Case, text: str, seconds: float, kind: SegmentType = SegmentType.INTRO) -> Script:
    segment = case.script.segments[0].model_copy(
        update={"text": text, "segment_type": kind, "start_time": 0.0, "end_time": seconds}
    )
    return case.script.model_copy(update={"segments": (segment,), "predicted_seconds": seconds})


def attempts(bench: Bench) -> None:
    """Ways to win without a good script; each against an honest but incomplete one (the last third missing)."""
    print(
        "\n## Attempts to cheat\n\n"
        "| attempt | what must not happen | mean before | mean after | held |\n|---|---|---|---|---|"
    )
    rows: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def note(name: str, rule: str, before: float, after: float) -> None:
        rows.setdefault((name, rule), []).append((before, after))

    for case in bench.cases:
        seconds = case.pair.transcription.total_duration
        fair = last_removed(case.script, seconds, 1.0, random.Random(0), case.script)
        plain = bench.score(case, fair.script, fair.seconds)
        empty = "scores below an honest script in total"
        for name, text in (
            ("only keywords, one sentence", stuffed(case.script, case.pair)),
            ("only keywords, a sentence each", stuffed_singly(case.script, case.pair)),
            (
                "abstract, repeated to length",
                _to_length(case.pair.document_graph.abstract, case.script.words),
            ),
            ("other podcast's words", bench.other(case).script.text),
            ("self-praise only", " ".join(INJECTION)),
        ):
            made = bench.score(case, _plain(case, text, seconds), seconds)
            note(name, empty, plain.total_loss, made.total_loss)
            if "keywords" in name:
                note(name, "coverage loss under 0.85", 0.85, made.coverage_loss)
        for name, tail, terms in (
            ("keywords appended", stuffed(case.script, case.pair), ("coverage", "quality")),
            ("self-praise appended", " ".join(INJECTION), ("coverage", "quality")),
        ):
            last = fair.script.segments[-1]
            longer = last.model_copy(update={"text": f"{last.text} {tail}"})
            script = fair.script.model_copy(update={"segments": (*fair.script.segments[:-1], longer)})
            made = bench.score(case, script, fair.seconds)
            for term in terms:
                note(
                    name, f"{term} improves by over 0.005", plain.losses()[term] - 0.005, made.losses()[term]
                )
        shares = case.script.segments
        biggest = max(shares, key=lambda one: (one.end_time or 0) - (one.start_time or 0)).segment_type
        flat = fair.script.model_copy(
            update={
                "segments": tuple(
                    one.model_copy(update={"segment_type": biggest}) for one in fair.script.segments
                )
            }
        )
        made = bench.score(case, flat, fair.seconds)
        note("one type everywhere", "structure improves", plain.structure_loss, made.structure_loss)
    for (name, rule), pairs in rows.items():
        held = all(after > before for before, after in pairs)
        word = bench.check(held, f"{name}: {rule}")
        before, after = (statistics.fmean(pair[side] for pair in pairs) for side in (0, 1))
        print(f"| {name} | {rule} | {before:.3f} | {after:.3f} | {word} |")


def _to_length(text: str, words: int) -> str:
    times = max(1, round(words / max(1, len(text.split()))))
    return " ".join([text] * times)


def noise(bench: Bench) -> None:
    """Edits that change nothing a listener hears, and small real ones."""
    print("\n## Noise\n\n| edit | mean change of the total | largest |\n|---|---|---|")
    edits = {
        "numbers spoken instead of printed": lambda text, rng: re.sub(
            r"(?<![\w.])\d{1,6}(?![\w.,]\d|\w)", lambda found: num2words(int(found.group())), text
        ),
        "segments split in two": None,
        "one sentence in fifty dropped": lambda text, rng: " ".join(
            line for line in split_sentences(text) if rng.random() > 0.02
        ),
        "curly quotes and double spaces": lambda text, rng: text.replace("'", "’").replace(". ", ".  "),
    }
    for name, edit in edits.items():
        changes = []
        for case in bench.cases:
            seconds = case.pair.transcription.total_duration
            before = bench.score(case, case.script, seconds).total_loss
            segments = []
            rng = random.Random(1)
            for one in case.script.segments:
                if edit is not None:
                    segments.append(one.model_copy(update={"text": edit(one.text, rng)}))
                    continue
                lines = split_sentences(one.text)
                cut = len(lines) // 2
                start, end = one.start_time or 0.0, one.end_time or 0.0
                middle = start + (end - start) * cut / max(1, len(lines))
                parts = ((lines[:cut], start, middle), (lines[cut:], middle, end))
                segments += [
                    one.model_copy(update={"text": " ".join(part), "start_time": first, "end_time": last})
                    for part, first, last in parts
                    if part
                ]
            script = case.script.model_copy(update={"segments": tuple(segments)})
            changes.append(abs(bench.score(case, script, seconds).total_loss - before))
        bench.check(max(changes) < 0.05, f"{name}: moves the total by {max(changes):.3f}")
        print(f"| {name} | {statistics.fmean(changes):.4f} | {max(changes):.4f} |")


def main() -> int:
    """Run all parts; 1 when anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--only", help="names of corruptions, separated by commas")
    parser.add_argument("--similarity", choices=("embedded", "lexical"), default="embedded")
    parser.add_argument("--gate", action="store_true", help="only the gate: scripts in order, and ten edits")
    parser.add_argument("--judge-lm", metavar="LM", help="only the gate's scripts, by this judge")
    parser.add_argument(
        "--pairs", nargs="+", default=("bloom-filters", "graph-colouring"), help="with --judge-lm"
    )
    options = parser.parse_args()
    cases = example_cases()
    if options.data:
        cases += data_cases(Path(options.data))
    else:
        print("(no --data: podcasts from elsewhere left out)\n")
    if len(cases) < 2:
        print("at least two pairs are needed; build the examples first")
        return 1
    bench = Bench(cases, options.similarity, options.seeds)
    if options.judge_lm:
        judged_order(bench, options.judge_lm, options.pairs)
    else:
        gate(bench, Path(options.data) if options.data else None)
    if options.gate or options.judge_lm:
        print("\n" + ("All held." if not bench.failures else "Failed:\n- " + "\n- ".join(bench.failures)))
        return int(bool(bench.failures))
    self_reference(bench)
    corruptions(bench, (options.only or "").split(",") if options.only else ())
    attempts(bench)
    injections(bench)
    noise(bench)
    scored_twice(bench)
    print("\n" + ("All held." if not bench.failures else "Failed:\n- " + "\n- ".join(bench.failures)))
    return int(bool(bench.failures))


if __name__ == "__main__":
    sys.exit(main())
