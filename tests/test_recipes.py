"""The recipes of docs/design.md hold: what they say must have an entry for each name has one for each name."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import podcast_dspy
from podcast_dspy.audio import get_voice, list_voices
from podcast_dspy.errors import PrerequisiteError
from podcast_dspy.generation.features import ZONES
from podcast_dspy.generation.sections import SECTION_KINDS
from podcast_dspy.metrics import LOSSES, LossMetrics, losses
from podcast_dspy.optimizers import STRATEGIES, TrialResult
from podcast_dspy.optimizers.stages import Strategy
from podcast_dspy.settings import LossWeights, TrainingConfig
from podcast_dspy.signatures import SegmentType


@pytest.mark.parametrize("kind", SegmentType)
def test_every_segment_type_has_what_it_needs(kind: SegmentType) -> None:
    row = kind.row
    assert row.means
    assert row.purpose
    assert row.chapter or not row.sources, "what tells something of the paper is a chapter"
    assert {*row.sources, *row.speaks_of} <= set(SECTION_KINDS)
    assert all(0 < weight <= 1 for weight in row.sources.values())
    assert all(0 <= share <= 1 for share in row.place)
    if row.zones:
        assert {*row.zones.suiting, *row.zones.foreign} <= set(ZONES)


def test_a_new_segment_type_is_one_row(tmp_path: Path) -> None:
    """The recipe, followed: with a row more there is a type more, for prompts, pages and planners alike."""
    package = tmp_path / "podcast_dspy"
    shutil.copytree(Path(podcast_dspy.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    with (package / "signatures" / "segment_types.toml").open("a", encoding="utf-8") as table:
        table.write(
            """
[history]
name = "HISTORY"
means = "tells how the field began"
purpose = "tell how it all began"
chapter = "How it began"
colours = ["#eeeeee", "#333333"]
place = [0.2, 0.1]
sources = { introduction = 1.0 }
cues = ['\\bin the beginning\\b']
openers = ["How did it begin?"]
"""
        )
    script = """
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType, parse_type
from podcast_dspy.signatures.analysing import ReadTranscript
from podcast_dspy.analysis.episode_view import SURFACE_WIDTH, surface_matrix
from podcast_dspy.analysis.segmentation import Chain
from podcast_dspy.generation.features import source_weight
kind = parse_type("history")
assert kind is SegmentType.HISTORY is SEGMENT_TYPES[-1]
assert "- history: tells how the field began" in ReadTranscript.instructions
assert surface_matrix(["In the beginning."]).shape == (1, SURFACE_WIDTH)
assert Chain.fit().transitions.shape == (12, 12)
print("a type more")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == "a type more", done.stderr


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_its_weight_its_value_and_its_mean(name: str) -> None:
    assert losses[name].name == name
    assert f"{name}_loss" in LossMetrics.model_fields
    assert f"avg_{name}_loss" in TrialResult.model_fields
    assert losses[name].weight == LossWeights().as_dict()[name]


def test_a_sixth_loss_is_one_file(tmp_path: Path) -> None:
    """The recipe of docs/losses.md, followed to the letter, as a package that is installed in `tmp_path`."""
    page = (Path(__file__).parent.parent / "docs" / "losses.md").read_text(encoding="utf-8")
    module = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    table = re.search(r"```toml\n\[project.entry-points.\"(.*?)\"\]\n(.*?)```", page, re.DOTALL)
    assert module is not None
    assert table is not None
    (tmp_path / "brevity.py").write_text(module[1], encoding="utf-8")
    installed = tmp_path / "brevity-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: brevity\nVersion: 1.0\n", "utf-8")
    entries = table[2].replace('"', "")
    (installed / "entry_points.txt").write_text(f"[{table[1]}]\n{entries}", encoding="utf-8")
    code = """
import podcast_dspy
from podcast_dspy.metrics import LossMetrics, score_script
from podcast_dspy.metrics.composite import loss_weights
from podcast_dspy.reports.summaries import TERMS
from podcast_dspy.settings import LossWeights, TrainingConfig
from podcast_dspy.testing import sample_pair, sample_script

pair, script = sample_pair(), sample_script()
assert list(podcast_dspy.losses)[-1] == "brevity" and TERMS[-2:] == ("brevity", "total")
alone = podcast_dspy.losses["brevity"].score(script, pair)
assert alone.unscored is None and 0 < alone.value < 1
assert podcast_dspy.losses["brevity"].score(" ", pair).unscored
assert loss_weights(None) == {**LossWeights().as_dict(), "brevity": 0.0}
weights = LossWeights(brevity=0.1, rouge=0)
metrics = score_script(script, pair, weights=weights, similarity="lexical")
assert metrics.losses()["brevity"] == metrics.brevity_loss == alone.value
assert metrics.details["brevity"]["long"] and any(line.loss == "brevity" for line in metrics.feedback)
plain = score_script(script, pair, similarity="lexical")
assert abs(metrics.total_loss - plain.total_loss - 0.1 * (alone.value - plain.rouge_loss)) < 1e-9
assert LossMetrics.model_validate_json(metrics.model_dump_json()).brevity_loss == alone.value
config = TrainingConfig(loss_weights=weights)
assert TrainingConfig.model_validate_json(config.model_dump_json()).loss_weights == weights
"""
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((root, str(tmp_path)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_optimizer_is_a_strategy(name: str) -> None:
    made = STRATEGIES[name](TrainingConfig(optimizer=name))
    assert made.name == name
    for method, wanted in inspect.getmembers(Strategy, inspect.isfunction):
        if not method.startswith("_"):
            assert (
                list(inspect.signature(getattr(made, method)).parameters)
                == list(inspect.signature(wanted).parameters)[1:]
            )


def test_every_listed_voice_can_be_had_or_says_what_it_lacks() -> None:
    for voice in list_voices():
        try:
            assert get_voice(voice.name).name == voice.name
        except PrerequisiteError:
            assert voice.network or voice.name.startswith("kokoro:")
