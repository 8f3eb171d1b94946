"""Trial summaries and comparisons."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_fakes import shifted

from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.reports import clock, compare, number, table, trial_summary
from podcast_dspy.reports.differences import differences, value_diff
from podcast_dspy.reports.summaries import mean_loss
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree
from podcast_dspy.testing import sample_profile


def test_summary_has_every_pair_the_mean_and_the_held_out_pair(make_run: Any) -> None:
    text = trial_summary(make_run().best)
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    assert "0.360" in lines["bloom"]
    assert "0.380" in lines["cache"]
    assert "0.370" in lines["mean"]
    assert "0.400" in lines["graph (held out)"]
    assert "changed: speech rate follows the measured 152 words per minute" in text
    assert "unscored" not in text


def test_summary_gives_the_reason_of_an_unscored_term(make_run: Any) -> None:
    text = trial_summary(make_run(gap="quality").best)
    assert "unscored in bloom: quality (no judge model was given)" in text
    assert "nan" not in text.lower()


def test_compare_gives_the_change_of_every_loss_on_both_sides(make_run: Any) -> None:
    first, second, _ = make_run().trials
    result = compare(first, second)
    terms = ["duration", "coverage", "structure", "quality", "rouge", "total"]
    for deltas in (result.deltas, result.held_out):
        assert [delta.term for delta in deltas] == terms
        assert all(delta.change == pytest.approx(-0.07) for delta in deltas)
    assert set(result.pair_deltas) == {"bloom", "cache"}
    assert set(result.held_out_pairs) == {"graph"}


def test_a_training_gain_never_stands_without_the_held_out_one(make_run: Any) -> None:
    first, _, third = make_run().trials
    worse = third.model_copy(update={"held_out": {"graph": shifted(first.held_out["graph"], 0.01)}})
    result = compare(first, worse)
    assert result.note == (
        "trial_002 raises the total loss on the held-out pair from 0.520 to 0.530 (+2%, one pair). "
        "trial_002 lowers the total loss on the training pairs from 0.490 to 0.370 (-24%), "
        "95% interval -0.120 to -0.120 over 2 pairs."
    )
    (total,) = [line for line in str(result).splitlines() if line.startswith("total")]
    assert total.split()[1:] == "0.490 0.370 -0.120 [-0.120, -0.120] 0.520 0.530 +0.010".split()
    assert "95% of paired bootstraps over the pairs" in str(result)
    assert "graph (held out)" in str(result)


def test_without_a_held_out_pair_compare_says_that_nothing_was_measured(make_run: Any) -> None:
    first, second, _ = make_run(held_out=False).trials
    result = compare(first, second)
    assert result.note.endswith("Nothing was held out, so how well it generalises was not measured.")
    assert result.held_out == ()


def test_compare_refuses_totals_of_different_pairs(make_run: Any) -> None:
    first, second, _ = make_run().trials
    fewer = second.model_copy(update={"pair_results": {"bloom": second.pair_results["bloom"]}})
    result = compare(first, fewer)
    assert "of different pairs (bloom, cache; bloom)" in result.note
    assert set(result.pair_deltas) == {"bloom"}


def test_compare_refuses_other_measures(make_run: Any) -> None:
    first, second, _ = make_run().trials
    older = {
        pair: found.model_copy(update={"metrics_version": 1}) for pair, found in second.pair_results.items()
    }
    with pytest.raises(SettingsError, match="different versions of the measures"):
        compare(first, second.model_copy(update={"pair_results": older}))


def test_compare_does_not_compare_unscored_totals(make_run: Any) -> None:
    complete, incomplete = make_run().trials[0], make_run(gap="quality").trials[1]
    result = compare(complete, incomplete)
    assert result.note.startswith(
        "The total loss on the held-out pair is unscored: quality: no judge model was given. "
    )
    assert "unscored: total (trial_001: quality: no judge model was given)" in str(result)
    assert math.isnan(result.deltas[-1].change)
    assert "nan" not in str(result).lower()


def test_compare_of_a_trial_with_itself_says_so(make_run: Any) -> None:
    trial = make_run().best
    assert compare(trial, trial).note.count("unchanged") == 2


def test_typing_says_what_typed(make_run: Any) -> None:
    baseline, _, best = make_run().trials
    assert "0.710, by the LM without an example" in trial_summary(baseline)
    assert "0.710, by a classifier that never saw their pair" in trial_summary(best)


def test_mean_of_nothing_and_of_a_gap_is_unscored(make_run: Any) -> None:
    assert math.isnan(mean_loss([], "total"))
    assert math.isnan(mean_loss(make_run(gap="rouge").best.pair_results.values(), "rouge"))
    assert not math.isnan(mean_loss(make_run(gap="rouge").best.pair_results.values(), "duration"))


@given(st.floats(min_value=0, max_value=1e6))
def test_clock_is_within_half_a_second(seconds: float) -> None:
    parts = [int(part) for part in clock(seconds).split(":")]
    whole = sum(part * 60**power for power, part in enumerate(reversed(parts)))
    assert abs(whole - seconds) <= 0.5
    assert all(0 <= part < 60 for part in parts[1:])


def test_numbers_that_are_missing_are_unscored() -> None:
    assert number(None) == number(math.nan) == "unscored"
    assert clock(None) == clock(math.nan) == "-"


@given(st.lists(st.tuples(st.text("ab ", max_size=8), st.text("01.", max_size=8)), max_size=5))
def test_table_columns_start_at_the_same_place(rows: list[tuple[str, str]]) -> None:
    lines = table(["name", "value"], rows).split("\n")
    assert len(lines) == len(rows) + 2
    width = len(lines[1])
    assert all(len(line) <= width for line in lines)
    assert all(
        line.endswith(value.rstrip()) for line, (_, value) in zip(lines[2:], rows, strict=True) if value
    )


def test_what_differs_is_told_prompt_by_prompt_and_value_by_value(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    prompts, profiles = PromptVersions(tree), ProfileVersions(tree)
    for text in ("Write it.\nBe brief.\nStop.", "Write it.\nBe vivid.\nStop."):
        prompts.save({"script_writer": text, "quality_judge": "Judge."})
    for coverage in (0.3, 0.4):
        profiles.save(sample_profile(min_coverage=coverage))
    told = differences(
        tree,
        ("v1", "v2"),
        ("v1", "v2"),
        (Adjustments(), Adjustments(words_per_minute=160.0)),
    )
    assert told.prompts == (
        "--- v1/script_writer\n+++ v2/script_writer\n@@ -1,3 +1,3 @@\n Write it.\n-Be brief.\n+Be vivid.\n Stop."
    )
    assert told.profile == ("min_coverage: 0.3 -> 0.4",)
    assert told.adjustments == ("words_per_minute: not set -> 160",)
    assert "prompts:\n--- v1/script_writer" in str(told)
    same = differences(tree, ("v1", "v1"), ("v1", "v1"))
    assert str(same) == "profile: the same\nadjustments: the same\nprompts: the same"


def test_values_are_found_however_deep_and_named_by_their_way() -> None:
    before = {"a": {"b": [1, 2], "c": 1.5}, "gone": "x" * 200}
    after = {"a": {"b": [1, 3], "c": 1.5}, "new": None, "list": [1]}
    assert list(value_diff(before, after)) == [
        "a.b[1]: 2 -> 3",
        f"gone: {'x' * 100} ... -> not set",
        "list: not set -> [1]",
    ]
