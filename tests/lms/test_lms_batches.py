"""Batches of both providers, through their official clients: answers, faults, interruption and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from batch_servers import ChatBatches, MessagesBatches, ResponsesBatches

from podcast_dspy import lms
from podcast_dspy.errors import ModelError, PrerequisiteError
from podcast_dspy.lms import batches

Server = ChatBatches | ResponsesBatches | MessagesBatches
Case = tuple[Server, str]

_KINDS: dict[str, tuple[type[Server], str]] = {
    "chat": (ChatBatches, "openai/gpt-4.1-mini"),
    "reasoning": (ChatBatches, "openai/gpt-5-mini"),
    "responses": (ResponsesBatches, "openai/responses/gpt-5"),
    "anthropic": (MessagesBatches, "anthropic/claude-sonnet-5-5"),
    "anthropic fixed": (MessagesBatches, "anthropic/claude-opus-4-7"),
}
_WORDS = tuple(f"word {place}" for place in range(6))


def says(body: dict[str, Any]) -> str:
    """An answer that tells which sentence was asked about."""
    word = next(word for word in _WORDS if word in str(body))
    return f'{{"kind": "{word}"}}'


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_PAUSES", [0.001, 0.002])
    for client in ("openai", "anthropic"):
        wait = f"{client}._base_client.BaseClient._calculate_retry_timeout"
        monkeypatch.setattr(wait, lambda *given, **options: 0.001)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")


def serve(kind: str, monkeypatch: pytest.MonkeyPatch) -> Case:
    make, role = _KINDS[kind]
    server = make(says)
    if isinstance(server, MessagesBatches):
        monkeypatch.setenv("ANTHROPIC_API_BASE", server.root)
    else:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
    return server, role


@pytest.fixture(params=list(_KINDS))
def each(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    found = serve(request.param, monkeypatch)
    yield found
    found[0].close()


@pytest.fixture(params=["reasoning", "anthropic"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """One model of each provider."""
    found = serve(request.param, monkeypatch)
    yield found
    found[0].close()


def calls(words: tuple[str, ...] = _WORDS) -> list[Callable[[], str]]:
    import dspy

    predict = dspy.Predict("sentence -> kind")
    return [lambda word=word: str(predict(sentence=word).kind) for word in words]  # type: ignore[misc]


def ahead(role: str, **options: Any) -> int:
    options.setdefault("progress", lambda stage, done, total: None)
    return batches.answer_ahead(role, calls(), purpose="judge", num_retries=0, **options)


def direct(role: str, words: tuple[str, ...] = _WORDS) -> tuple[str, ...]:
    with lms.use(role, purpose="judge", num_retries=0):
        return tuple(call() for call in calls(words))


def test_calls_find_the_answers_of_the_batch(each: Case) -> None:
    server, role = each
    told: list[tuple[str, float, float]] = []
    with lms.CostLedger() as ledger:
        assert ahead(role, progress=lambda *now: told.append(now)) == 0
        assert direct(role) == _WORDS
    assert len(server.seen) == 1, "only the first was asked directly"
    assert [len(items) for items in server.jobs.values()] == [5]
    assert (told[-1][1], told[-1][2]) == (5, 5)
    assert role in told[-1][0]
    (entry,) = ledger.entries
    assert (entry.calls - entry.cached, entry.prompt_tokens, entry.completion_tokens) == (6, 66, 18)


def test_a_batch_costs_half_of_direct_calls(both: Case) -> None:
    _, role = both
    with lms.CostLedger() as batch:
        ahead(role)
    with lms.CostLedger() as one_by_one, lms.calling(fresh=True):
        direct(role)
    assert batch.cost
    assert one_by_one.cost
    # One of the six was asked directly.
    assert batch.cost == pytest.approx(one_by_one.cost * (1 + 5 / 2) / 6)


def test_what_is_known_is_not_asked_again(both: Case) -> None:
    server, role = both
    direct(role, _WORDS[:4])
    ahead(role)
    assert [len(items) for items in server.jobs.values()] == [1]
    assert ahead(role) == 0
    assert len(server.jobs) == 1
    with lms.calling(fresh=True):
        ahead(role)
    assert [len(items) for items in server.jobs.values()] == [1, 5]


def test_a_failed_item_is_asked_directly(each: Case) -> None:
    server, role = each
    server.bad = {1, 4}
    assert ahead(role) == 2
    assert direct(role) == _WORDS
    assert len(server.seen) == 1 + 2


def test_a_busy_look_is_taken_again(both: Case) -> None:
    server, role = both
    server.looks = ["busy"] * 7 + ["broken"]
    assert ahead(role) == 0
    assert direct(role) == _WORDS
    assert len(server.seen) == 1


def test_a_provider_out_of_reach_is_told_and_the_batch_goes_on(
    both: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, role = both
    monkeypatch.setattr(batches, "_DEAF", 2)
    server.looks = ["busy"] * 6
    with pytest.raises(ModelError, match="a batch that was begun goes on"):
        ahead(role)
    assert ahead(role) == 0
    assert len(server.jobs) == 1


@pytest.mark.parametrize(("fate", "says"), [("expired", "expired"), ("cancelled", "was cancelled")])
def test_half_a_batch_is_kept(fate: str, says: str, both: Case) -> None:
    server, role = both
    server.fate = fate
    with pytest.raises(ModelError, match=f"{says}, with 2 of 5 requests answered") as caught:
        ahead(role)
    assert "\n" not in str(caught.value)
    server.fate = "completed"
    assert ahead(role) == 0
    assert [len(items) for items in server.jobs.values()] == [5, 2], "and another first one"
    assert direct(role) == _WORDS
    assert len(server.seen) == 2


def test_a_batch_that_is_not_accepted_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    server, role = serve("chat", monkeypatch)
    server.fate = "failed"
    with pytest.raises(ModelError, match=r"failed \(Enqueued token limit reached\), with 0 of 5"):
        ahead(role)
    server.close()


def test_an_interrupted_batch_is_picked_up(both: Case) -> None:
    server, role = both

    def interrupt(stage: str, done: float, total: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ahead(role, progress=interrupt)
    assert ahead(role) == 0
    assert len(server.jobs) == 1, "it was paid for once"
    assert direct(role) == _WORDS
    assert len(server.seen) == 1


def test_a_batch_that_the_provider_has_forgotten_is_begun_anew(both: Case) -> None:
    server, role = both

    def interrupt(stage: str, done: float, total: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ahead(role, progress=interrupt)
    server.jobs.clear()
    with pytest.raises(ModelError, match="does not know the batch"):
        ahead(role)
    assert ahead(role) == 0
    assert direct(role) == _WORDS


def test_an_answer_that_proves_useless_is_asked_for_directly(both: Case) -> None:
    server, role = both
    good = server.answer
    server.answer = lambda body: '{"other": 1}' if _WORDS[2] in str(body) else good(body)
    assert ahead(role) == 0
    server.answer = good
    assert direct(role) == _WORDS
    assert len(server.seen) == 1 + 1


def test_a_refused_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    server, role = serve("chat", monkeypatch)
    direct(role, _WORDS[:1])
    post = server.post

    def refused(to: Any, raw: bytes) -> None:
        if to.path == "/v1/batches":
            server.faults = ["key"]
        post(to, raw)

    with monkeypatch.context() as patch:
        patch.setattr(server, "post", refused)
        with pytest.raises(PrerequisiteError, match="refused the key for a batch") as caught:
            ahead(role)
    assert "sk-" not in str(caught.value)
    assert ahead(role) == 0
    server.close()


@pytest.mark.parametrize(
    "role", ["ollama_chat/llama3", "m@http://127.0.0.1:9/v1", "gpt-5@http://127.0.0.1:9/v1"]
)
def test_a_provider_without_batches_says_so(role: str) -> None:
    with pytest.raises(PrerequisiteError, match=f"^{role} has no batches, .*leave --batch out"):
        ahead(role)
