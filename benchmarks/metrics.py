"""How fast is the loss? All five losses without models, against rouge-score alone, and how the cost grows.

Every timing uses texts that were never scored before, so that no memory of the metrics helps but the words' stems.
Times are processor time of one thread. Prints Markdown; exit code 1 when 7,000 new words against 7,000 new words of
reference take over 100 ms, or rouge-score is not at least 100 times slower than all five losses together.

    python benchmarks/metrics.py
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable

from rouge_score import rouge_scorer
from trust_corpus import Case, example_cases

from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import ScoringOptions, calculate_rouge_loss, losses, score_script
from podcast_dspy.metrics.delivery import measure_delivery
from podcast_dspy.metrics.leakage import leakage
from podcast_dspy.metrics.quality import measure_faithfulness
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.text.words import split_sentences

SIZES = (500, 1000, 2000, 5000, 7000, 10_000, 20_000)
NAMED = 7000


class Text:
    """Episodes of any length, each new: sentences of the examples in a new order, a tenth of the words exchanged."""

    def __init__(self, cases: list[Case]) -> None:
        self._lines = [line for case in cases for line in split_sentences(case.script.text)]
        self._words = sorted({word for line in self._lines for word in line.split()})
        self._rng = random.Random(7)

    def words(self, count: int) -> str:
        """A text of about `count` words."""
        parts: list[str] = []
        held = 0
        while held < count:
            line = [
                self._rng.choice(self._words) if self._rng.random() < 0.1 else word
                for word in self._rng.choice(self._lines).split()
            ]
            parts.append(" ".join(line))
            held += len(line)
        return " ".join(parts)


def script_of(text: str, like: Script) -> Script:
    """The text spread over the segments of a script."""
    lines = split_sentences(text)
    count = len(like.segments)
    bounds = [place * len(lines) // count for place in range(count + 1)]
    segments = tuple(
        ScriptSegment(
            segment_id=f"s{place}",
            segment_type=one.segment_type,
            text=" ".join(lines[bounds[place] : bounds[place + 1]]),
        )
        for place, one in enumerate(like.segments)
    )
    return like.model_copy(update={"segments": segments})


def pair_of(text: str, pair: TrainingPair) -> TrainingPair:
    """The pair with another reference transcript."""
    heard = pair.transcription.model_copy(update={"transcript_text": text})
    return pair.model_copy(update={"transcription": heard})


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def main() -> int:
    """Print the tables; 1 when a bound is broken."""
    cases = example_cases()
    if not cases:
        print("build the examples first")
        return 1
    case, text = cases[0], Text(cases)
    graph = case.pair.document_graph

    def score(count: int, *, fresh_reference: bool = True) -> float:
        reference = text.words(count) if fresh_reference else known
        script = script_of(text.words(count), case.script)
        pair = pair_of(reference, case.pair)
        again.append(lambda: score_script(script, pair, duration=300.0, similarity="lexical"))
        return seconds(again[-1])

    again: list[Callable[[], object]] = []
    cold = score(NAMED)
    known = text.words(NAMED)
    score(NAMED, fresh_reference=False)
    new = [score(NAMED) for _ in range(5)]
    same = [score(NAMED, fresh_reference=False) for _ in range(5)]
    kept = seconds(again[-1])
    first, second = text.words(NAMED), text.words(NAMED)
    slow = seconds(
        lambda: rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(
            second, first
        )
    )
    ours = statistics.median(new)
    trained = statistics.median(same)
    print(f"{NAMED} words of script, {NAMED} of reference, no embeddings, one core:\n")
    print("| what | ms | rouge-score takes |\n|---|---|---|")
    print(
        f"| all five losses, first call of the process (cold) | {1e3 * cold:.0f} | {slow / cold:.0f} times as long |"
    )
    print(
        f"| all five losses, new script and new reference | {1e3 * ours:.0f} | {slow / ours:.0f} times as long |"
    )
    print(
        f"| all five losses, new script, reference seen before | {1e3 * trained:.0f} | {slow / trained:.0f} times |"
    )
    print(f"| all five losses, the same script again | {1e3 * kept:.0f} | {slow / kept:.0f} times |")
    told, lexical = pair_of(known, case.pair), ScoringOptions(similarity="lexical")
    parts: dict[str, Callable[[], object]] = {
        "ROUGE": lambda: calculate_rouge_loss(text.words(NAMED), known),
        "coverage": lambda: losses["coverage"].score(text.words(NAMED), told, lexical),
        "structure": lambda: losses["structure"].score(
            script_of(text.words(NAMED), case.script), told, lexical
        ),
        "engagement and clarity": lambda: measure_delivery(text.words(NAMED)),
        "accuracy": lambda: measure_faithfulness(text.words(NAMED), graph, similarity="lexical"),
        "leakage": lambda: leakage(text.words(NAMED), [known], graph.abstract, own_reference=second),
    }
    making = statistics.median(seconds(lambda: text.words(NAMED)) for _ in range(5))
    for name, work in parts.items():
        taken = statistics.median(seconds(work) for _ in range(3)) - making
        print(f"| {name} alone, new script | {1e3 * taken:.0f} | |")
    print(f"| rouge-score alone | {1e3 * slow:.0f} | |")
    print("\n| words | all five losses, ms | ms per 1,000 words |\n|---|---|---|")
    for count in SIZES:
        taken = statistics.median(score(count) for _ in range(3))
        print(f"| {count} | {1e3 * taken:.1f} | {1e6 * taken / count:.1f} |")
    failed = [
        told
        for told, broken in (
            (f"{NAMED} new words take {1e3 * ours:.0f} ms, over 100 ms", ours > 0.1),
            (f"only {slow / ours:.0f} times as fast as rouge-score", slow / ours < 100),
        )
        if broken
    ]
    print("\n" + ("Both bounds held." if not failed else "Failed: " + "; ".join(failed)))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
