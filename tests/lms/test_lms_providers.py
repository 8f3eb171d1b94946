"""Each role asks each provider for what its model takes, and gets whole answers or one sentence of explanation."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lm_servers import Chat, Messages, Ollama, Picky, Plain, Provider, Responses

from podcast_dspy import lms
from podcast_dspy.errors import (
    ContextOverflowError,
    CutAnswerError,
    ModelError,
    PodcastError,
    PrerequisiteError,
    SettingsError,
    UnusableAnswerError,
)
from podcast_dspy.lms.calls import NEEDS

Case = tuple[Provider, str, dict[str, Any]]
"""A server, the role that reaches it, and how."""

_KINDS = {
    "chat": (Chat, "openai/gpt-4.1-mini"),
    "chat reasoning": (Chat, "openai/gpt-5-mini"),
    "chat o3": (Chat, "openai/o3"),
    "responses": (Responses, "openai/responses/gpt-4.1-mini"),
    "responses reasoning": (Responses, "openai/responses/gpt-5"),
    "responses only": (Responses, "openai/o3-pro"),
    "anthropic": (Messages, "anthropic/claude-sonnet-5-5"),
    "anthropic fixed": (Messages, "anthropic/claude-opus-4-7"),
    "ollama": (Ollama, "ollama_chat/llama3"),
    "plain": (Plain, "mine@{url}"),
    "plain with a known name": (Plain, "gpt-4.1-mini@{url}"),
    "gateway": (Chat, "gpt-5-mini@{url}"),
    "one temperature": (Picky, "mystery@{url}"),
}


def case(kind: str, engine: str) -> Case:
    make, role = _KINDS[kind]
    server = make()
    url = getattr(server, "url", server.root)
    if "@" in role:
        return server, role.format(url=url), {"engine": engine}
    # LiteLLM writes the version into Anthropic's address itself, DSPy's own client does not.
    base = f"{url}/v1" if make is Messages and engine == "auto" else url
    return server, role, {"api_base": base, **({} if make is Ollama else {"engine": engine})}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")


@pytest.fixture(params=list(_KINDS))
def native(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each model, through DSPy's own client of the provider's wire."""
    found = case(request.param, "auto")
    yield found
    found[0].close()


@pytest.fixture
def chat() -> Iterator[Chat]:
    server = Chat()
    yield server
    server.close()


def ask(role: str, **options: Any) -> str:
    import dspy

    with lms.use(role, **{"num_retries": 0, **options}):
        return str(dspy.Predict("sentence -> kind")(sentence="Welcome.").kind)


def test_every_role_asks_for_what_the_model_takes(native: Case) -> None:
    server, role, reach = native
    for purpose, need in NEEDS.items():
        assert ask(role, purpose=purpose, cache=False, **reach) == "intro", purpose
        limit = server.limit(server.seen[-1])
        assert limit is not None
        assert limit >= need.tokens, purpose
    # What a server refuses by its name is sent to it once.
    assert len(server.seen) <= 2 * len(NEEDS)


@pytest.mark.parametrize("kind", ["chat reasoning", "responses reasoning", "anthropic", "plain", "gateway"])
def test_the_same_through_litellm_and_the_providers_own_clients(kind: str) -> None:
    server, role, reach = case(kind, "litellm")
    assert ask(role, **reach) == "intro"
    assert server.limit(server.seen[-1]) >= NEEDS["writer"].tokens  # type: ignore[operator]
    server.faults = ["cut"] * 3
    with pytest.raises(CutAnswerError, match="did not finish"):
        ask(role, **reach, purpose="judge")
    server.close()


def test_a_judge_s_samples_keep_their_number_where_there_is_no_temperature(chat: Chat) -> None:
    import dspy

    with lms.use("openai/gpt-5-mini", api_base=chat.url, purpose="judge"):
        predict = dspy.Predict("sentence -> kind")
        for sample in (1, 2, 1):
            predict(sentence="Welcome.", config={"temperature": 0.7, "rollout_id": sample})
    assert len(chat.seen) == 2, "two samples, and the first again from the cache"
    assert "temperature" not in chat.seen[0]


def test_effort_is_named_by_role_where_the_model_reasons(chat: Chat) -> None:
    efforts = {}
    for purpose in NEEDS:
        ask("openai/gpt-5", api_base=chat.url, purpose=purpose)
        efforts[purpose] = chat.seen[-1].pop("reasoning_effort")
    assert efforts == {name: need.effort for name, need in NEEDS.items()}


def test_ollama_reads_the_whole_prompt() -> None:
    server, role, reach = case("ollama", "auto")
    import dspy

    with lms.use(role, num_retries=0, **reach):
        dspy.Predict("sentence -> kind")(sentence="word " * 9000)
    assert server.seen[-1]["options"]["num_ctx"] > 9000
    server.close()


@pytest.mark.parametrize("kind", ["chat", "responses reasoning", "anthropic", "ollama", "plain"])
@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("empty", UnusableAnswerError, "not what was asked for"),
        ("malformed", UnusableAnswerError, "not what was asked for"),
        ("wrong", UnusableAnswerError, "not what was asked for"),
        ("refused", UnusableAnswerError, "refused|answered with"),
        ("cut", CutAnswerError, "did not finish its answer"),
        ("key", PrerequisiteError, "refused the key"),
        ("broken", ModelError, "failed on its side"),
        ("drop", ModelError, "cannot be reached|failed on its side"),
        ("html", ModelError, "127.0.0.1|openai|anthropic|ollama"),
    ],
)
def test_each_fault_is_one_sentence_and_nothing_is_kept(
    kind: str, fault: str, error: type[PodcastError], says: str
) -> None:
    server, role, reach = case(kind, "auto")
    if fault == "refused" and kind in ("ollama", "plain"):
        server.close()
        pytest.skip("this API has no refusals")
    server.faults = [fault] * 4
    with pytest.raises(error, match=says) as caught:
        ask(role, **reach)
    assert "\n" not in str(caught.value)
    assert "sk-" not in str(caught.value)
    server.faults = []
    before = len(server.seen)
    assert ask(role, **reach) == "intro"
    assert len(server.seen) == before + 1, "the bad answer must not have been kept"
    assert ask(role, **reach) == "intro"
    assert len(server.seen) == before + 1, "the good one must have been"
    server.close()


def test_a_bad_answer_is_asked_for_once_more(chat: Chat) -> None:
    for fault in ("empty", "malformed", "wrong", "refused"):
        chat.faults = [fault]
        before = len(chat.seen)
        assert ask("openai/gpt-4.1-mini", api_base=chat.url, max_tokens=1000 + before) == "intro"
        assert len(chat.seen) == before + 2


def test_a_cut_answer_gets_more_room_once(chat: Chat) -> None:
    chat.answer = lambda body: json.dumps({"kind": "x" * 4000})
    assert len(ask("openai/gpt-4.1-mini", api_base=chat.url, max_tokens=500)) == 4000
    assert [chat.limit(body) for body in chat.seen] == [500, 2000]
    chat.answer = lambda body: json.dumps({"kind": "x" * 40_000})
    with pytest.raises(CutAnswerError, match=r"openai/gpt-4.1-mini did not finish"):
        ask("openai/gpt-4.1-mini", api_base=chat.url, max_tokens=600)
    assert len(chat.seen) == 4


def test_a_limit_is_never_above_what_the_model_can_answer(chat: Chat) -> None:
    chat.faults = ["cut", "cut"]
    with pytest.raises(CutAnswerError):
        ask("openai/gpt-4o-mini", api_base=chat.url, max_tokens=50_000)
    assert [chat.limit(body) for body in chat.seen] == [16_384], "no second try at the same length"


def test_a_busy_provider_is_asked_again(chat: Chat) -> None:
    chat.faults = ["busy", "broken"]
    assert ask("openai/gpt-5-mini", api_base=chat.url, num_retries=3) == "intro"
    assert len(chat.seen) == 3


def test_a_stalled_answer_ends_at_the_timeout(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.faults = ["stall"]
    with (
        lms.calling(timeout=0.3),
        pytest.raises(ModelError, match=r"did not answer in time|cannot be reached"),
    ):
        ask("openai/gpt-5-mini", api_base=chat.url)
    chat.faults = ["stall"]
    monkeypatch.setenv("PODCAST_DSPY_TIMEOUT", "0.3")
    with pytest.raises(ModelError, match=r"did not answer in time|cannot be reached"):
        ask("openai/gpt-5-mini", api_base=chat.url)
    with pytest.raises(SettingsError, match="more than 0"), lms.calling(timeout=0):
        pass


def test_fresh_asks_anew_and_keeps_the_new_answer(chat: Chat) -> None:
    role = "openai/gpt-5-mini"
    assert ask(role, api_base=chat.url) == "intro"
    chat.answer = lambda body: '{"kind": "method"}'
    assert ask(role, api_base=chat.url) == "intro"
    with lms.calling(fresh=True):
        assert ask(role, api_base=chat.url) == "method"
        assert ask(role, api_base=chat.url) == "method"
    assert ask(role, api_base=chat.url) == "method"
    assert len(chat.seen) == 2


def test_two_servers_do_not_share_answers(chat: Chat) -> None:
    other = Plain(answer='{"kind": "method"}')
    assert ask(f"m@{chat.url}") == "intro"
    assert ask(f"m@{other.url}") == "method"
    other.close()


def test_kept_answers_are_json_and_a_foreign_entry_is_asked_for_anew(chat: Chat) -> None:
    from podcast_dspy.lms.cache import _memo, answers_at

    assert ask("openai/gpt-5-mini", api_base=chat.url) == "intro"
    memo = _memo(answers_at())
    (key,) = list(memo._cache)
    kept = json.loads(memo.get_many([key])[key])
    assert "sk-test" not in json.dumps(kept)
    memo.put_many({key: b"not ours"})
    assert ask("openai/gpt-5-mini", api_base=chat.url) == "intro"
    assert len(chat.seen) == 2


def test_an_answer_that_fails_a_later_check_is_forgotten(chat: Chat) -> None:
    import dspy

    with lms.use("openai/gpt-5-mini", api_base=chat.url):
        predict = dspy.Predict("sentence -> kind")
        assert predict(sentence="Welcome.").kind == "intro"

        def refuse() -> None:
            with lms.if_usable():
                predict(sentence="Welcome.")
                raise UnusableAnswerError("that is no kind")

        with pytest.raises(UnusableAnswerError, match="no kind"):
            refuse()
        predict(sentence="Welcome.")
    assert len(chat.seen) == 2


def test_many_threads_share_one_cache(chat: Chat) -> None:
    role, done = f"m@{chat.url}", []
    ask(role)  # imports, once
    threads = [threading.Thread(target=lambda: done.append(ask(role))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert done == ["intro"] * 6
    assert len(chat.seen) == 1


def test_a_prompt_that_cannot_fit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Messages()
    monkeypatch.setenv("ANTHROPIC_API_BASE", server.root)
    lm = lms.resolve("anthropic/claude-haiku-4-5", num_retries=0, engine="auto", api_base=f"{server.root}/v1")
    context = lm.takes.context
    assert context is not None
    with pytest.raises(ContextOverflowError, match="give it a shorter paper"):
        lm("word " * (2 * context))
    assert not server.seen
    server.close()


def test_the_server_of_a_dotenv_file_is_not_read(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / ".env").write_text("OPENAI_API_BASE=http://127.0.0.1:9/v1\n")
    code = (
        "import os; from podcast_dspy import lms; lms.configure_cache(); import litellm; "
        "print(os.environ.get('OPENAI_API_BASE'))"
    )
    # LiteLLM looks for the file above its own folder, where a project's environment mostly lies.
    fake = (
        "import dotenv.main, sys; dotenv.main.find_dotenv = lambda *a, **k: sys.argv[1]\n"
        "import dotenv; dotenv.find_dotenv = dotenv.main.find_dotenv\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", fake + code, str(tmp_path / ".env")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "None"
