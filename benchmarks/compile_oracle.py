"""How much the embedded path could gain on a pair at most, if the pair itself were known to the search (an oracle).

    python benchmarks/compile.py oracle --work DIR FOLDERS...

What is searched on the held-out pair itself cannot be learned; it bounds what any learning could gain with these knobs.
*Knobs*: each number of `Adjustments` in turn, and what the pair's own host teaches. *Shape*: the sequence of types and
their shares of the time are those of the pair's own podcast, not of the other publishers'. *The show's shape*,
and *what its hosts teach*, are of the other pairs of the same publisher: what further episodes of the show can teach.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, Final

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.voicing import for_voice
from podcast_dspy.metrics import LOSSES, LossMetrics, paired_gain, score_script
from podcast_dspy.optimizers.hosts import learn_selection, learn_sources, openers, without_pair
from podcast_dspy.optimizers.measuring import predicted_length
from podcast_dspy.optimizers.neighbours import KNOBS
from podcast_dspy.optimizers.rollout import reference_shares
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, synthesize
from podcast_dspy.settings import DEFAULT_VOICE

NAMES: Final = ("total", *LOSSES)
Losses = dict[str, float]


def oracle(pairs: Sequence[TrainingPair], publishers: Mapping[str, str], work: Path) -> None:
    """Mean losses over the pairs, uncompiled and with what only an oracle knows."""
    found: list[dict[str, Losses]] = []
    for pair in pairs:
        file = work / f"oracle-{pair.pair_id}.json"
        if not file.exists():
            others = [one for one in pairs if publishers[one.pair_id] != publishers[pair.pair_id]]
            file.write_text(json.dumps(of_pair(pair, others)))
        rows = json.loads(file.read_text())
        if "the show's shape" not in rows:
            show = [
                one
                for one in pairs
                if publishers[one.pair_id] == publishers[pair.pair_id] and one is not pair
            ]
            rows |= of_show(pair, show)
            file.write_text(json.dumps(rows))
        found.append(rows)
    print(f"| {len(found)} pairs, means | {' | '.join(NAMES)} |")
    print(f"|---|{'---|' * len(NAMES)}")
    for row in found[0]:
        cells = (f"{mean(one[row][name] for one in found):.3f}" for name in NAMES)
        print(f"| {row} | {' | '.join(cells)} |")
    print("\nChange of the total loss against the uncompiled program:")
    before = {pair.pair_id: one["uncompiled"]["total"] for pair, one in zip(pairs, found, strict=True)}
    for row in list(found[0])[1:]:
        after = {pair.pair_id: one[row]["total"] for pair, one in zip(pairs, found, strict=True)}
        print(f"- {row}: {paired_gain(before, after)}")


def of_pair(pair: TrainingPair, others: Sequence[TrainingPair]) -> dict[str, Losses]:
    """Losses of one pair: as an unseen one, and with the best of each kind that is known from itself."""
    usual, own = synthesize(others), synthesize([pair])
    tried: list[Losses] = []

    def losses(adjustments: Adjustments, profile: AggregatedProfile) -> Losses:
        tried.append(measured(pair, adjustments, profile))
        return tried[-1]

    def searched(profile: AggregatedProfile) -> Losses:
        """One sweep over the knobs, each kept where the pair's own total falls."""
        best = Adjustments()
        least = losses(best, profile)
        taught: dict[str, Sequence[Any]] = {
            "source_weights": (learn_sources([pair]),),
            "selection": (learn_selection([pair]),),
            "type_scale": (scaled(pair, profile, 0.5), scaled(pair, profile, 1.0)),
        }
        for name, values in {**taught, **KNOBS}.items():
            for value in values:
                candidate = best.model_copy(update={name: value})
                if (now := losses(candidate, profile))["total"] < least["total"]:
                    best, least = candidate, now
        return least

    rows = {"uncompiled": losses(Adjustments(), usual), "knobs": searched(usual)}
    rows |= {"shape": losses(Adjustments(), own), "knobs and shape": searched(own)}
    rows["each loss by itself"] = {name: min(one[name] for one in tried) for name in NAMES}
    return rows


def of_show(pair: TrainingPair, show: Sequence[TrainingPair]) -> dict[str, Losses]:
    """Losses of one pair with what the other pairs of its publisher have in common, and with what they teach."""
    profile = synthesize(show)
    taught = Adjustments(
        source_weights=learn_sources(show), selection=learn_selection(show), openers=openers(show)
    )
    return {
        "the show's shape": measured(pair, Adjustments(), profile),
        "the show's shape, and what its hosts teach": measured(pair, taught, profile),
    }


def scaled(pair: TrainingPair, profile: AggregatedProfile, strength: float) -> dict[Any, float]:
    """Factors that bring a profile's shares of the time to those of the pair's podcast, or part of the way."""
    wanted, usual = reference_shares(pair), Counter[Any]()
    for kind, share in zip(profile.canonical_segment_sequence, profile.segment_time_shares, strict=True):
        usual[kind] += share  # type: ignore[assignment]
    return {
        kind: min(3.0, max(0.33, (wanted.get(kind, 0.01) / share) ** strength))
        for kind, share in usual.items()
        if share > 0
    }


def measured(pair: TrainingPair, adjustments: Adjustments, profile: AggregatedProfile) -> Losses:
    """The losses of an extract at the pair's own length."""
    program = for_voice(without_pair(PodcastProgram(adjustments), pair.pair_id), DEFAULT_VOICE)
    script = program.write(
        pair.document_graph, profile, seconds=pair.transcription.total_duration, writer=ExtractWriter()
    ).script
    seconds = predicted_length(script, program.adjustments, profile, DEFAULT_VOICE)
    found: LossMetrics = score_script(script, pair, duration=seconds)
    return {name: float(getattr(found, f"{name}_loss")) for name in NAMES}
