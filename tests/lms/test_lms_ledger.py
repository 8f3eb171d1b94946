"""The ledger's sums."""

from __future__ import annotations

import contextlib
import json
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.errors import BudgetError
from podcast_dspy.lms import Budget, CostLedger, Spent, allow, exhausted
from podcast_dspy.lms.ledger import CallRecord, record, usage_tokens

calls = st.builds(
    CallRecord,
    purpose=st.sampled_from(["writer", "judge"]),
    model=st.sampled_from(["a/b", "c/d"]),
    seconds=st.floats(0, 100),
    prompt_tokens=st.integers(0, 10_000),
    completion_tokens=st.integers(0, 10_000),
    cost=st.none() | st.floats(0, 5),
    cached=st.booleans(),
    failed=st.booleans(),
)


@given(st.lists(calls, max_size=30))
def test_sums_are_those_of_the_calls(made: list[CallRecord]) -> None:
    with CostLedger() as ledger:
        for call in made:
            record(call)
    record(CallRecord("late", "a/b", 1.0))
    entries = ledger.entries
    assert sum(entry.calls for entry in entries) == len(made)
    assert sum(entry.prompt_tokens for entry in entries) == sum(call.prompt_tokens for call in made)
    assert math.isclose(sum(e.seconds for e in entries), sum(c.seconds for c in made), abs_tol=1e-6)
    paid = [call.cost for call in made if not call.cached and not call.failed]
    if None in paid:
        assert ledger.cost is None
    else:
        assert ledger.cost == pytest.approx(sum(cost for cost in paid if cost is not None))
    assert json.loads(json.dumps(ledger.as_dict()))["cost"] == ledger.cost


def test_open_ledgers_all_count_and_closed_ones_do_not() -> None:
    with CostLedger() as outer:
        with CostLedger() as inner:
            record(CallRecord("writer", "a/b", 1.0, cost=1.0))
        record(CallRecord("writer", "a/b", 1.0, cost=2.0))
    assert inner.cost == 1.0
    assert outer.cost == 3.0


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (None, (0, 0)),
        ({}, (0, 0)),
        ({"prompt_tokens": 3, "completion_tokens": 4}, (3, 4)),
        ({"input_tokens": 5, "output_tokens": None}, (5, 0)),
    ],
)
def test_usage_reports_of_either_dialect(usage: dict[str, int] | None, tokens: tuple[int, int]) -> None:
    assert usage_tokens(usage) == tokens


@given(st.integers(1, 12), st.integers(0, 20), st.integers(1, 8))
def test_no_more_calls_are_allowed_than_the_budget_holds(limit: int, asked: int, threads: int) -> None:
    allowed: list[int] = []

    def ask() -> None:
        for _ in range(asked):
            with contextlib.suppress(BudgetError):
                allow()
                allowed.append(1)

    with CostLedger(Budget(calls=limit)) as ledger:
        workers = [threading.Thread(target=ask) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(allowed) == min(limit, asked * threads)
        assert bool(exhausted()) == (len(allowed) == limit)
        allow(0)  # what asks nobody goes on
    assert ledger.spent.calls == 0, "a call counts as spent when it was made"


def test_what_was_spent_before_counts() -> None:
    kept: list[Spent] = []
    with CostLedger(Budget(cost=1.0), keep=kept.append) as first:
        first.begin("trial_000")
        record(CallRecord("judge", "a/b", 1.0, cost=0.4))
        assert kept[-1].cost == 0.4, "money is written down at once"
        record(CallRecord("judge", "a/b", 1.0, cached=True))
        allow()
    with CostLedger(Budget(cost=1.0), before=kept[-1], keep=kept.append) as second:
        second.begin("trial_001")
        allow()
        record(CallRecord("judge", "a/b", 1.0, cost=0.6))
        with pytest.raises(BudgetError, match=r"the budget of \$1 is spent; what was finished is kept"):
            allow()
        with pytest.raises(BudgetError):
            allow(0)
    spent = kept[-1]
    assert (spent.calls, spent.cost, spent.tokens) == (2, 1.0, 0)
    assert [(one.part, one.calls, one.cached) for one in spent.entries] == [
        ("trial_000", 2, 1),
        ("trial_001", 1, 0),
    ]
    assert set(spent.seconds) >= {"trial_000", "trial_001"}
    assert Spent.model_validate_json(spent.model_dump_json()) == spent
    with CostLedger(Budget(cost=1.01), before=spent):
        allow()


def test_time_is_a_budget_too() -> None:
    before = Spent(seconds={"trial_000": 60.0})
    with (
        CostLedger(Budget(seconds=60.0), before=before),
        pytest.raises(BudgetError, match="the budget of 1 minute is spent"),
    ):
        allow(0)


def test_a_price_that_is_not_known_ends_a_budget_in_dollars() -> None:
    with CostLedger(Budget(cost=5.0)):
        record(CallRecord("writer", "mine/model", 1.0))
        with pytest.raises(BudgetError, match="the price of mine/model is not known"):
            allow()
