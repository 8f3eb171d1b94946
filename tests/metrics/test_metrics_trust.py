"""The loss notices what a listener would: corruptions of the trust benchmark on the small pair."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import LossMetrics, score_script
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

PLACE = Path(__file__).resolve().parents[2] / "benchmarks" / "trust_corruptions.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trust_corruptions", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["trust_corruptions"] = module
    spec.loader.exec_module(module)
    return module


bench = _load()


@pytest.fixture(scope="module")
def other(other_episode: str) -> Script:
    segment = ScriptSegment(segment_id="s0", segment_type=SegmentType.INTRO, text=other_episode)
    return Script(title="Strings", paper_title="Strings", document_id="1" * 12, segments=(segment,))


def score(script: Script, pair: TrainingPair, seconds: float, other: Script) -> LossMetrics:
    return score_script(script, pair, duration=seconds, other_references=[other.text], similarity="lexical")


@pytest.mark.parametrize("name", list(bench.CORRUPTIONS))
def test_the_right_term_and_the_total_get_worse_with_the_dose(
    name: str, script: Script, pair: TrainingPair, other: Script
) -> None:
    spoil, term = bench.CORRUPTIONS[name]
    seconds = pair.transcription.total_duration
    base = bench.honest(script, seconds)
    before = score(base.script, pair, base.seconds, other)
    rises = []
    for dose in (0.5, 1.0):
        found = []
        for seed in range(3):
            bad = spoil(script, seconds, dose, random.Random(seed), other)
            if bad.script.text.split() == base.script.text.split():
                continue
            after = score(bad.script, pair, bad.seconds, other)
            assert after.losses()[term] > before.losses()[term]
            assert after.total_loss > before.total_loss
            found.append(after.total_loss - before.total_loss)
        if found:
            rises.append(sum(found) / len(found))
    assert rises
    assert rises == sorted(rises)


def _flat(script: Script, text: str, seconds: float) -> Script:
    segment = script.segments[0].model_copy(update={"text": text, "start_time": 0.0, "end_time": seconds})
    return script.model_copy(update={"segments": (segment,)})


def test_cheating_never_beats_an_honest_script(script: Script, pair: TrainingPair, other: Script) -> None:
    seconds = pair.transcription.total_duration
    fair = bench.last_removed(script, seconds, 1.0, random.Random(0), other)
    honest = score(fair.script, pair, fair.seconds, other).total_loss
    for text in (
        bench.stuffed(script, pair),
        bench.stuffed_singly(script, pair),
        " ".join([pair.document_graph.abstract] * 4),
        " ".join(bench.INJECTION),
        other.text,
    ):
        assert score(_flat(script, text, seconds), pair, seconds, other).total_loss > honest


def test_one_label_everywhere_does_not_pay(script: Script, pair: TrainingPair, other: Script) -> None:
    seconds = pair.transcription.total_duration
    for kind in SegmentType:
        flat = script.model_copy(
            update={
                "segments": tuple(one.model_copy(update={"segment_type": kind}) for one in script.segments)
            }
        )
        assert score(flat, pair, seconds, other).structure_loss > 0.5
