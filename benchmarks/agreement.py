"""How well the measured judge agrees with people, beside plain baselines.

Experts' judgements (`--data DIR`, `trust/longsciverify-*.json`): is this sentence carried by the paper? Balanced
accuracy as decided (one weight was fitted on the arXiv half, none on the PubMed half), and at the best threshold of
the other papers (each paper left out in turn), and Pearson's correlation with the share of experts who call it
faithful; with 95% intervals of a bootstrap over papers. Their ranks of coherence and fluency within a paper. And
claims about papers: how many true ones are kept, how many false ones are stopped. Tables in Markdown.

    python benchmarks/agreement.py --data DIR
    python benchmarks/agreement.py --data DIR --similarity lexical     # no embedding model
    python benchmarks/agreement.py --data DIR --claims bidaf --verbose # some claims, and why
    python benchmarks/agreement.py --data DIR --judge-lm LM            # an LM judge on a summary of each paper
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from agreement_corpus import JUDGED, ROOT, UNREAD, Claims, Summary, claims, halves, summaries
from numpy.typing import NDArray
from scipy.stats import rankdata

from podcast_dspy.analysis.grounding import ground, ground_text
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.metrics.delivery import measure_delivery
from podcast_dspy.metrics.following import measure_following
from podcast_dspy.metrics.judge import judge_quality
from podcast_dspy.metrics.rouge import rouge_tokens
from podcast_dspy.text.words import split_sentences, words

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
RESAMPLES = 2000
Row = tuple[str, float, dict[str, float], dict[str, bool]]
"""(paper, share of the experts who say faithful, measures, what measures decide)."""


@dataclass(frozen=True)
class Judged:
    """Judged sentences (or summaries) side by side."""

    papers: NDArray[np.str_]
    share: Floats
    """Share of the judgements that say faithful."""
    measures: dict[str, Floats]
    decided: dict[str, Flags]
    """What a measure itself decides, where it does."""

    @property
    def true(self) -> Flags:
        """Whether most say faithful."""
        return self.share > 0.5


def balanced(true: Flags, said: Flags) -> float:
    """Balanced accuracy: the mean of both kinds' shares that are told right."""
    return float((np.mean(said[true]) + np.mean(~said[~true])) / 2)


def best_threshold(true: Flags, values: Floats) -> float:
    """The threshold with the best balanced accuracy; the middle one of those that are within a point of it."""
    cuts = np.unique(values)
    scores = np.array([balanced(true, values >= cut) for cut in cuts])
    good = cuts[scores >= scores.max() - 0.01]
    return float(good[len(good) // 2])


def left_out(judged: Judged, values: Floats) -> Flags:
    """What each paper's sentences are called at the best threshold of the other papers."""
    said = np.zeros(len(values), dtype=bool)
    for paper in np.unique(judged.papers):
        here = judged.papers == paper
        said[here] = values[here] >= best_threshold(judged.true[~here], values[~here])
    return said


def interval(judged: Judged, statistic: Callable[[NDArray[np.int64]], float]) -> tuple[float, float]:
    """95% interval of a statistic of the rows, papers drawn with replacement."""
    rng = np.random.default_rng(0)
    rows = {paper: np.flatnonzero(judged.papers == paper) for paper in np.unique(judged.papers)}
    names = list(rows)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([rows[names[place]] for place in rng.integers(len(names), size=len(names))])
        if 0 < judged.true[drawn].sum() < len(drawn):
            found.append(statistic(drawn))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


class Baselines:
    """ROUGE-1 and ROUGE-2 precision of a sentence: against the whole paper, and its best passage."""

    def __init__(self, one: Summary) -> None:
        passages = [rouge_tokens(passage.text) for passage in paper_index(one.graph).passages]
        self._passages = {size: [_grams(tokens, size) for tokens in passages] for size in (1, 2)}
        self._whole = {size: set().union(*held) for size, held in self._passages.items()}

    def measure(self, sentence: str) -> dict[str, float]:
        """The four precisions."""
        tokens = rouge_tokens(sentence)
        found = {}
        for size in (1, 2):
            said = [tuple(tokens[place : place + size]) for place in range(len(tokens) - size + 1)]
            total = max(1, len(said))
            found[f"ROUGE-{size} precision, whole paper"] = (
                sum(gram in self._whole[size] for gram in said) / total
            )
            found[f"ROUGE-{size} precision, best passage"] = max(
                sum(gram in held for gram in said) / total for held in self._passages[size]
            )
        return found


def _grams(tokens: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(tokens[place : place + size]) for place in range(len(tokens) - size + 1)}


def _nearest(sentences: Sequence[str], one: Summary) -> list[float]:
    from podcast_dspy.lms import embed

    chunks = [text for _, text in paper_index(one.graph).chunks]
    return [float(row.max()) for row in embed(sentences) @ embed(chunks).T]


def by_lm(one: Summary, judge: str) -> tuple[list[bool], float]:
    """An LM judge on a summary, as it judges scripts: which sentences have no fault, and the accuracy (0-1)."""
    text = one.capitalised
    _, details = judge_quality(text, text, one.graph, judge)
    faults = [f" {' '.join(words(fault))} " for fault in details["evidence"]["faults"]]
    lines = [f" {' '.join(words(line))} " for line in one.sentences]
    kept = [not any(fault in line or line in fault for fault in faults) for line in lines]
    return kept, details["ratings"]["generated"]["accuracy"] / 100


def measured(found: Sequence[Summary], similarity: str, judge: str | None = None) -> tuple[Judged, Judged]:
    """All measures of the judged sentences, and of whole summaries (means over their sentences)."""
    rows: list[Row] = []
    wholes: list[Row] = []
    for one in found:
        sentences = one.sentences
        supports = ground(sentences, one.graph, similarity=similarity)  # type: ignore[arg-type]
        baselines = Baselines(one)
        each = [baselines.measure(sentence) for sentence in sentences]
        if similarity == "embedded":
            for held, value in zip(each, _nearest(sentences, one), strict=True):
                held["embedding, nearest passage"] = value
        for held, support in zip(each, supports, strict=True):
            held["measured judge"] = support.score
        carried = {"measured judge": [support.supported for support in supports]}
        accuracy = None
        if judge is not None:
            carried["LM judge"], accuracy = by_lm(one, judge)
            for held, flag in zip(each, carried["LM judge"], strict=True):
                held["LM judge"] = float(flag)
        for place, (votes, held) in enumerate(zip(one.faithful[:JUDGED], each, strict=False)):
            if votes:
                said = {name: flags[place] for name, flags in carried.items()}
                rows.append((one.paper, sum(votes) / len(votes), held, said))
        votes = [vote for part in one.faithful for vote in part]
        means = {name: float(np.mean([held[name] for held in each])) for name in each[0]}
        decided = {name: 2 * sum(flags) > len(flags) for name, flags in carried.items()}
        if accuracy is not None:
            means["LM judge"], decided["LM judge"] = accuracy, accuracy >= 0.5
        wholes.append((one.paper, sum(votes) / len(votes), means, decided))
    return _judged(rows), _judged(wholes)


def _judged(rows: Sequence[Row]) -> Judged:
    return Judged(
        np.array([paper for paper, *_ in rows]),
        np.array([share for _, share, *_ in rows]),
        {name: np.array([held[name] for _, _, held, _ in rows]) for name in rows[0][2]},
        {name: np.array([said[name] for *_, said in rows]) for name in rows[0][3]},
    )


def table(title: str, judged: Judged) -> None:
    """One line a measure."""
    print(f"\n## {title}\n\n{len(judged.share)} judged, {judged.true.mean():.0%} faithful.\n")
    print("| measure | balanced accuracy as decided | at the best threshold of other papers | Pearson |")
    print("|---|---|---|---|")
    for name, values in judged.measures.items():
        said = left_out(judged, values)
        accuracy = balanced(judged.true, said)
        low, high = interval(judged, lambda rows, said=said: balanced(judged.true[rows], said[rows]))  # type: ignore[misc]
        linear = float(np.corrcoef(values, judged.share)[0, 1])
        below, above = interval(
            judged,
            lambda rows, values=values: float(np.corrcoef(values[rows], judged.share[rows])[0, 1]),  # type: ignore[misc]
        )
        own = ""
        if name in judged.decided:
            flags = judged.decided[name]
            first, last = interval(judged, lambda rows, flags=flags: balanced(judged.true[rows], flags[rows]))  # type: ignore[misc]
            own = f"{balanced(judged.true, flags):.2f} ({first:.2f}-{last:.2f})"
        print(
            f"| {name} | {own} | {accuracy:.2f} ({low:.2f}-{high:.2f}) | {linear:.2f} ({below:.2f}-{above:.2f}) |"
        )


def _by_paper(values: Sequence[float], wanted: Sequence[float]) -> float:
    """Spearman's correlation of a paper's few summaries; 0 where one side has no order."""
    first, second = rankdata(values), rankdata(wanted)
    return float(np.corrcoef(first, second)[0, 1]) if np.ptp(first) and np.ptp(second) else 0.0


def rank_means(half: str, found: Sequence[Summary]) -> None:
    """Which end of the ranks is the good one: mean ranks of summaries that break off, loop, or do neither."""
    print(f"\n## {half}: mean ranks\n\n| summaries | number | coherence | fluency |\n|---|---|---|---|")
    broken = [one for one in found if one.text.rstrip()[-1:] not in ".!?"]
    loops = [one for one in found if len(set(one.sentences)) < len(one.sentences)]
    for name, rows in (
        ("that break off", broken),
        ("that say a sentence twice", loops),
        ("that do neither", [one for one in found if one not in broken and one not in loops]),
    ):
        means = [np.mean([np.mean(getattr(one, kind)) for one in rows]) for kind in ("coherence", "fluency")]
        print(f"| {name} | {len(rows)} | {means[0]:.2f} | {means[1]:.2f} |")


def own_measures(one: Summary) -> dict[str, float]:
    """What the measured judge measures of a summary's order and delivery."""
    text = one.capitalised
    delivery, follows = measure_delivery(text).values, measure_following(text, one.graph).values
    return {
        "finished": (delivery["completeness"] + delivery["freshness"]) / 2,
        "completeness": delivery["completeness"],
        "freshness": delivery["freshness"],
        "connection": delivery["connection"],
        "topics": follows["topics"],
        "order": follows["order"],
        "words": float(len(text.split())),
    }


def ranked(
    half: str, found: Sequence[Summary], measures: Callable[[Summary], dict[str, float]] = own_measures
) -> None:
    """How well measures reproduce the experts' ranks within each paper; p by turning papers' signs at random."""
    print(
        f"\n## {half}: ranks within a paper\n\n| measure | coherence: Spearman | p | fluency: Spearman | p |\n"
        "|---|---|---|---|---|"
    )
    rows: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
    for one in found:
        for name, value in measures(one).items():
            ranks = (-float(np.mean(one.coherence)), -float(np.mean(one.fluency)))
            rows.setdefault(name, {}).setdefault(one.paper, []).append((value, *ranks))
    for name, papers in rows.items():
        cells = []
        for column in (1, 2):
            each = np.array(
                [
                    _by_paper([row[0] for row in held], [row[column] for row in held])
                    for held in papers.values()
                ]
            )
            signs = np.random.default_rng(0).choice([-1.0, 1.0], (20_000, len(each)))
            chance = float(np.mean((signs * each).mean(axis=1) >= each.mean() - 1e-12))
            cells += [f"{each.mean():.2f}", f"{chance:.4f}"]
        print(f"| {name} | {' | '.join(cells)} |")


def told_right(folder: Path, data: Path | None, only: str, similarity: str, verbose: bool) -> None:
    """Claims of a folder: kept if true, stopped if false; questions, which claim nothing, are not counted.

    Contradicted are those in which something was found wrong; only these are stopped in a text that is told.
    """
    print("\n| claims | sentences | kept | stopped | of these contradicted |\n|---|---|---|---|---|")
    for text in claims(folder, data):
        if only not in text.name:
            continue
        supports = [
            support
            for support in ground_text(text.text, text.graph, similarity=similarity)  # type: ignore[arg-type]
            if not support.sentence.endswith("?")
        ]
        kept = sum(support.supported for support in supports)
        seen = sum(
            bool(
                one.contradictions
                or one.contradicted_numbers
                or one.unsupported_numbers
                or one.unsupported_entities
            )
            for one in supports
        )
        print(f"| {text.name} | {len(supports)} | {kept} | {len(supports) - kept} | {seen} |")
        if verbose:
            for support in supports:
                if support.supported != text.true:
                    why = (*support.unsupported_numbers, *support.contradicted_numbers)
                    why += (*support.unsupported_entities, *support.contradictions)
                    print(f"    {support.kind} {support.score:.2f} {support.sentence} {list(why) or ''}")


def in_one_text(folder: Path, data: Path | None, similarity: str) -> None:
    """True and false claims about a paper told in turn, as one text to a listener: what is called contradicted.

    A list of falsehoods reads like a report, which is held to the paper's words; in what is told, only what is found
    wrong is stopped.
    """
    print(
        "\n## Told in one text\n\n| paper | true | kept | called contradicted | false | called contradicted |"
        "\n|---|---|---|---|---|---|"
    )
    found: dict[str, dict[bool, Claims]] = {}
    for text in claims(folder, data):
        found.setdefault(text.name.rsplit(".", 2)[0], {})[text.true] = text
    sums = {True: np.zeros(5, int), False: np.zeros(5, int)}
    for paper, both in found.items():
        if len(both) < 2:
            continue
        lines = {right: split_sentences(one.text) for right, one in both.items()}
        mixed = [
            (line, right)
            for pair in itertools.zip_longest(lines[True], lines[False])
            for line, right in zip(pair, (True, False), strict=True)
            if line
        ]
        supports = ground([line for line, _ in mixed], both[True].graph, similarity=similarity)  # type: ignore[arg-type]
        row = np.zeros(5, int)
        for (line, right), one in zip(mixed, supports, strict=True):
            if not line.endswith("?"):
                wrong = bool(one.contradictions or one.contradicted_numbers or one.unsupported_numbers)
                row += (right, right and one.supported, right and wrong, not right, not right and wrong)
        sums[paper in UNREAD] += row
        print(f"| {paper} | {' | '.join(map(str, row))} |")
    for unread, row in sums.items():
        print(
            f"| {'no rule was written on these' if unread else 'the others'} | {' | '.join(map(str, row))} |"
        )


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--similarity", choices=("embedded", "lexical"), default="embedded")
    parser.add_argument("--verbose", action="store_true", help="print the claims that are told wrong")
    parser.add_argument("--claims", metavar="NAME", help="only the claims whose file's name holds this")
    parser.add_argument(
        "--judge-lm",
        metavar="LM",
        help="only a summary of each paper, each of the next system, by this judge too",
    )
    options = parser.parse_args()
    if options.judge_lm:
        for half in halves(options.data):
            found = summaries(options.data, half)
            papers = list(dict.fromkeys(one.paper for one in found))
            each = [[one for one in found if one.paper == paper] for paper in papers]
            few = [held[place % len(held)] for place, held in enumerate(each)]
            sentences, wholes = measured(few, options.similarity, options.judge_lm)
            table(f"{half}: sentences, with an LM judge", sentences)
            table(f"{half}: whole summaries, with an LM judge", wholes)
        return 0
    told_right(
        ROOT / "benchmarks" / "claims",
        options.data,
        options.claims or "",
        options.similarity,
        options.verbose,
    )
    if options.claims:
        return 0
    in_one_text(ROOT / "benchmarks" / "claims", options.data, options.similarity)
    if not options.data:
        print("\n(no --data: experts' judgements left out)")
        return 0
    if (options.data / "trust" / "claims").exists():
        told_right(options.data / "trust" / "claims", None, "", options.similarity, options.verbose)
    for half in halves(options.data):
        found = summaries(options.data, half)
        sentences, wholes = measured(found, options.similarity)
        table(f"{half}: sentences", sentences)
        table(f"{half}: whole summaries", wholes)
        rank_means(half, found)
        ranked(half, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
