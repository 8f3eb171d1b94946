"""Limits and forecasts of `compile` and `generate`, with a provider on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lm_parts import Host
from lm_servers import Chat
from test_cli_models import GEPA, MODEL, answer, profile, reflecting, server, workspace

from podcast_dspy.cli.shared import Limits
from podcast_dspy.errors import SettingsError
from podcast_dspy.optimizers import RunRecord
from podcast_dspy.workspace import Workspace

__all__ = ["profile", "server", "workspace"]

pytestmark = pytest.mark.usefixtures("humming")
# The pace of a voice that was not measured is learned from the first trial, so that the second asks anew.
COMPILE = (
    *("compile", "--lm", MODEL, "--judge-lm", MODEL),
    *("--voice", "elevenlabs:unmeasured", "--convergence-threshold", "0"),
)


def files(workspace: Workspace) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in workspace.path.rglob("*") if path.is_file()}


def varying() -> Callable[[dict[str, Any]], str]:
    """Answers of which no two scripts are the same."""
    count = 0

    def reply(body: dict[str, Any]) -> str:
        nonlocal count
        text = answer(body)
        if Host.part(str(body["messages"][-1]["content"])) != "paragraphs":
            return text
        count += 1
        script = json.loads(text)
        script["paragraphs"][-1]["text"] += " Long jobs delay the short jobs behind them." * count
        return json.dumps(script)

    return reply


def test_a_dry_run_asks_nobody_and_writes_nothing(cli: Any, server: Chat, workspace: Workspace) -> None:
    before = files(workspace)
    result = cli(*COMPILE, "--max-trials", "4", "--dry-run")
    assert result.code == 0, result.err
    assert "at most 4 trials of 1 episode\n" in result.out
    told = cli(*COMPILE, "--max-trials", "4", "--dry-run", "--json").data["forecast"]
    assert {line["purpose"] for line in told["lines"]} == {"writer", "judge"}
    assert told["calls"] == sum(line["calls"] for line in told["lines"])
    assert told["cost"] == pytest.approx(sum(line["cost"] for line in told["lines"]))
    assert told["cost"] > 0.0
    assert told["seconds"] > 0.0
    more = cli(*COMPILE, "--max-trials", "8", "--dry-run", "--json").data["forecast"]
    assert told["calls"] < more["calls"] < 2 * told["calls"], "the podcast itself is judged once"
    assert (
        cli(*COMPILE, "--max-trials", "4", "--batch", "--dry-run", "--json").data["forecast"]["cost"]
        < told["cost"]
    )
    assert not server.seen
    assert files(workspace) == before


def test_the_judges_calls_are_foreseen_and_dollars_counted_over_all_starts(
    cli: Any, server: Chat, workspace: Workspace
) -> None:
    words = (*COMPILE, "--max-trials", "1")
    told = cli(*words, "--dry-run", "--json").data["forecast"]
    done = cli(*words, "--json")
    assert done.code == 0, done.err
    assert re.search(r"forecast: \d+ to \d+ calls, at most [\d,]+ tokens, \$", done.err)
    spent = {one["purpose"]: one["calls"] - one["cached"] for one in done.data["ledger"]["entries"]}
    foreseen = {line["purpose"]: line["calls"] for line in told["lines"]}
    assert foreseen["judge"] == spent["judge"]
    assert spent["writer"] <= foreseen["writer"]
    assert done.data["forecast"]["calls"] == told["calls"]
    assert len(server.seen) == done.data["ledger"]["calls"] == sum(spent.values())
    first = done.data["ledger"]["cost"]
    assert first > 0.0
    stopped = cli(*COMPILE, "--max-trials", "3", "--resume", "--max-cost", f"{first:.9f}", "--json")
    assert stopped.code == 0, stopped.err
    assert stopped.data["reason"].startswith("the budget of $")
    assert stopped.data["ledger"]["cost"] <= 1.05 * first
    text = cli(*COMPILE, "--max-trials", "3", "--resume", "--max-cost", f"{first:.9f}")
    assert "spent: " in text.out


def test_finished_trials_tell_what_further_ones_take(cli: Any, server: Chat, workspace: Workspace) -> None:
    server.answer = varying()
    done = cli(*COMPILE, "--max-trials", "2", "--json")
    per_trial = {one["purpose"]: one for one in done.data["ledger"]["entries"] if one["part"] == "trial_001"}
    told = cli(*COMPILE, "--resume", "--max-trials", "5", "--dry-run", "--json").data["forecast"]
    assert "writer: what its parts were asked in the latest trial" in told["basis"]
    for line in told["lines"]:
        one = per_trial[line["purpose"]]
        assert line["calls"] == 3 * (one["calls"] - one["cached"])
        assert line["cost"] == pytest.approx(3 * one["cost"], rel=0.2), line["purpose"]


def test_a_spent_budget_keeps_the_best_trial_and_a_higher_one_goes_on(
    cli: Any, server: Chat, workspace: Workspace
) -> None:
    server.answer = varying()
    stopped = cli(*COMPILE, "--max-trials", "1", "--max-calls", "5", "--json")
    assert stopped.code == 1
    assert "the budget of 5 calls is spent; what was finished is kept" in stopped.err
    assert len(server.seen) == RunRecord(workspace.tree).spent().calls == 5
    assert not workspace.trials
    whole = cli(*COMPILE, "--max-trials", "1", "--resume", "--json").data["ledger"]["calls"]
    assert whole == len(server.seen), "answers that were kept are not asked for again"
    limit = whole + 2
    result = cli(*COMPILE, "--max-trials", "2", "--max-calls", str(limit), "--resume", "--json")
    assert result.code == 0, result.err
    assert (result.data["reason"], result.data["converged"]) == (
        f"the budget of {limit} calls is spent",
        False,
    )
    assert (result.data["best"], len(result.data["trials"])) == ("trial_000", 1)
    assert result.data["ledger"]["calls"] == limit == len(server.seen), "not one call more"
    assert workspace.tree.path("profiles/podcast_profile_v1.json").exists()
    assert [one.trial_id for one in workspace.trials] == ["trial_000"]
    further = cli(*COMPILE, "--max-trials", "2", "--resume", "--json")
    assert further.code == 0, further.err
    assert len(further.data["trials"]) == 2
    assert further.data["ledger"]["calls"] == len(server.seen)
    assert {one["part"] for one in further.data["ledger"]["entries"]} == {"trial_000", "trial_001"}


def test_gepa_asks_nothing_that_the_trial_after_it_needs(
    cli: Any, server: Chat, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = reflecting
    two = cli(*(word if word != "3" else "2" for word in GEPA), "--json")
    assert two.code == 0, two.err
    limit = two.data["ledger"]["calls"] + 3
    result = cli(*GEPA, "--resume", "--max-calls", str(limit), "--json")
    assert result.code == 0, result.err
    changes = result.data["trials"][2]["changes"]
    assert changes[0] == "gepa: the budget leaves nothing beside the trial that would confirm it"
    assert result.data["ledger"]["calls"] == len(server.seen) <= limit


def test_an_unknown_price_is_told_before_anything_is_asked(
    cli: Any, server: Chat, workspace: Workspace
) -> None:
    result = cli("compile", "--lm", f"mine@{server.url}", "--max-cost", "1")
    assert result.code == 2
    assert "the price of mine@" in result.err
    assert "use --max-calls or --max-time" in result.err
    assert not server.seen


def test_generate_within_limits(cli: Any, server: Chat, profile: Path, tmp_path: Path) -> None:
    words = (
        "generate",
        "queues.md",
        "--profile",
        str(profile),
        "--minutes",
        "1",
        "--lm",
        MODEL,
        "--output",
        "out",
    )
    told = cli(*words, "--dry-run", "--json")
    assert told.code == 0, told.err
    (line,) = told.data["forecast"]["lines"]
    assert (line["purpose"], line["model"]) == ("writer", MODEL)
    assert not server.seen
    assert not Path("out").exists()
    stopped = cli(*words, "--audio-format", "wav", "--max-calls", "2")
    assert stopped.code == 1
    assert "the budget of 2 calls is spent" in stopped.err
    assert (len(server.seen), Path("out").exists()) == (2, False)
    result = cli(*words, "--audio-format", "wav", "--max-calls", "40", "--json")
    assert result.code == 0, result.err
    assert result.data["ledger"]["calls"] == len(server.seen) - 2


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("90s", 90), ("20", 1200), ("2h", 7200), ("1h30m", 5400), ("0.5m", 30), ("1H 30M", None)],
)
def test_times(time: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(SettingsError, match="is no time"):
            Limits(max_time=time).budget()
    else:
        assert Limits(max_time=time).budget().seconds == seconds


@pytest.mark.parametrize(
    "make",
    [
        lambda: Limits(max_cost=0.0).budget(),
        lambda: Limits(max_calls=-1).budget(),
        lambda: Limits(max_time="0s").budget(),
    ],
)
def test_a_limit_leaves_something(make: Callable[[], Any]) -> None:
    with pytest.raises(SettingsError, match="more than 0"):
        make()
