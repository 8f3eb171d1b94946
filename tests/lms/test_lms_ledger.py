"""The ledger's sums."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.lms import CostLedger
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
