"""Role strings, and remote models through a server on this machine that misbehaves on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy import lms
from podcast_dspy.errors import (
    ContextOverflowError,
    ModelError,
    PodcastError,
    PrerequisiteError,
    UsageError,
)


class FakeProvider:
    """An OpenAI-compatible server; `mode` says how it behaves, `seen` what it was asked."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.seen: list[dict[str, Any]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                asked = json.loads(self.rfile.read(length))
                provider.seen.append({**asked, "authorization": self.headers.get("Authorization")})
                provider.answer(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        if self.mode == "drop":
            to.close_connection = True
            to.connection.close()
            return
        if self.mode == "slow":
            time.sleep(1.5)
        errors = {
            "key": (401, "invalid_api_key", "Incorrect API key provided."),
            "absent": (404, "model_not_found", "The model does not exist."),
            "credit": (429, "insufficient_quota", "You exceeded your current quota."),
            "busy": (429, "rate_limit_exceeded", "Rate limit reached."),
            "long": (400, "context_length_exceeded", "This model's maximum context length is 8 tokens."),
            "broken": (500, "server_error", "The server had an error."),
        }
        text = {"prose": "I would rather not.", "empty": ""}.get(self.mode, '{"kind": "intro"}')
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
        body: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        body |= {"choices": [choice], "usage": usage}
        status = 200
        if self.mode in errors:
            status, code, message = errors[self.mode]
            body = {"error": {"message": message, "type": code, "code": code}}
        raw = b"<html>" if self.mode == "html" else json.dumps(body).encode()
        to.send_response(status)
        to.send_header("Content-Type", "application/json")
        to.send_header("Content-Length", str(len(raw)))
        to.end_headers()
        to.wfile.write(raw)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def ask(role: str, **options: Any) -> str:
    import dspy

    options = {"cache": False, "num_retries": 0, **options}
    with lms.use(role, **options):
        return str(dspy.Predict("sentence -> kind")(sentence="Welcome.").kind)


def test_an_openai_compatible_server(provider: FakeProvider) -> None:
    with lms.CostLedger() as ledger:
        assert ask(f"my-model@{provider.url}", purpose="judge", temperature=0.3) == "intro"
    (asked,) = provider.seen
    assert asked["model"] == "my-model"
    assert asked["temperature"] == 0.3
    assert "Welcome." in json.dumps(asked["messages"])
    (entry,) = ledger.entries
    assert (entry.purpose, entry.calls, entry.prompt_tokens, entry.completion_tokens) == ("judge", 1, 11, 3)
    assert ledger.cost is None, "nobody knows the price of a server of one's own"


def test_answers_are_kept_and_cost_nothing_the_second_time(provider: FakeProvider) -> None:
    role = f"kept@{provider.url}"
    with lms.CostLedger() as ledger:
        assert [ask(role, cache=True) for _ in range(2)] == ["intro", "intro"]
    assert len(provider.seen) == 1
    assert [(entry.calls, entry.cached) for entry in ledger.entries] == [(2, 1)]


def test_a_key_is_sent_to_a_server_that_wants_one(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCAST_DSPY_SERVER_KEY", "sesame")
    ask(f"m@{provider.url}")
    assert provider.seen[0]["authorization"] == "Bearer sesame"


@pytest.mark.parametrize(
    ("mode", "error", "says"),
    [
        ("key", PrerequisiteError, "refused the key"),
        ("absent", PrerequisiteError, "does not exist"),
        ("credit", ModelError, "credit"),
        ("busy", ModelError, "too many requests"),
        ("long", ContextOverflowError, "does not fit into the context"),
        ("broken", ModelError, "failed on its side"),
        ("drop", ModelError, "cannot be reached"),
        ("html", ModelError, ""),
        ("prose", ModelError, "not what was asked for"),
        ("empty", ModelError, "not what was asked for"),
    ],
)
def test_each_fault_becomes_one_sentence(
    provider: FakeProvider, mode: str, error: type[PodcastError], says: str
) -> None:
    provider.mode = mode
    with lms.CostLedger() as ledger, pytest.raises(error) as caught:
        ask(f"m@{provider.url}")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(("m@http", "the prompt"))
    assert ledger.entries[0].calls >= 1


def test_a_server_that_is_slow_or_absent(provider: FakeProvider) -> None:
    provider.mode = "slow"
    with pytest.raises(ModelError, match=r"did not answer in time|cannot be reached"):
        ask(f"m@{provider.url}", timeout=0.3)
    with pytest.raises(ModelError, match="cannot be reached"):
        ask("m@http://127.0.0.1:9/v1")


def test_a_passing_fault_is_tried_again(provider: FakeProvider) -> None:
    provider.mode = "broken"
    threading.Timer(0.3, lambda: setattr(provider, "mode", "ok")).start()
    assert ask(f"m@{provider.url}", num_retries=2) == "intro"


@pytest.mark.parametrize(
    ("role", "variable"),
    [("openai/gpt-4.1-mini", "OPENAI_API_KEY"), ("anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_named(role: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PrerequisiteError, match=f"set the environment variable {variable}"):
        lms.resolve(role)
    monkeypatch.setenv(variable, "k")
    assert lms.resolve(role).model == role


@pytest.mark.parametrize("role", ["", "gpt-4", "openai/", "embedded2", "@http://x/v1"])
def test_what_names_no_model(role: str) -> None:
    with pytest.raises(UsageError, match="names no language model; use embedded"):
        lms.resolve(role)


def test_a_gguf_file_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="there is no file"):
        lms.resolve(f"gguf:{tmp_path / 'absent.gguf'}")


def test_who_is_capable(tmp_path: Path) -> None:
    small = tmp_path / "small.gguf"
    small.write_bytes(b"GGUF")
    assert not lms.is_capable("embedded")
    assert not lms.is_capable(f"gguf:{small}")
    assert lms.is_capable("openai/gpt-4.1-mini")
    assert lms.is_capable("m@http://localhost:8000/v1")


def test_importing_the_package_is_cheap() -> None:
    import subprocess
    import sys

    check = "import sys, podcast_dspy.lms, podcast_dspy.models; print('dspy' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
