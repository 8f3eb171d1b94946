"""The test providers held against the official clients: what those send is taken, what they read is well formed."""

from __future__ import annotations

from typing import Any

import anthropic
import openai
import pytest
from lm_servers import Chat, Messages, Responses

MESSAGES: Any = [{"role": "user", "content": "Welcome."}]


def test_openai_chat() -> None:
    server = Chat()
    client = openai.OpenAI(api_key="k", base_url=server.url, max_retries=1, timeout=5.0)
    answer = client.chat.completions.create(model="gpt-5", messages=MESSAGES, max_completion_tokens=20_000)
    assert answer.choices[0].message.content == '{"kind": "intro"}'
    for refused in ({"max_tokens": 400}, {"temperature": 0.0}, {"top_p": 0.5}):
        with pytest.raises(openai.BadRequestError, match=next(iter(refused))):
            client.chat.completions.create(model="o3", messages=MESSAGES, **refused)  # type: ignore[call-overload]
    with pytest.raises(openai.BadRequestError, match="reasoning_effort"):
        client.chat.completions.create(model="gpt-4.1", messages=MESSAGES, reasoning_effort="low")
    server.faults = ["busy", "cut"]
    cut = client.chat.completions.create(model="gpt-4.1", messages=MESSAGES, max_tokens=100, temperature=0.0)
    assert cut.choices[0].finish_reason == "length"
    server.faults = ["refused"]
    assert client.chat.completions.create(model="gpt-4.1", messages=MESSAGES).choices[0].message.refusal
    server.faults = ["key"]
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="gpt-4.1", messages=MESSAGES)
    client.close()
    server.close()


def test_openai_responses() -> None:
    server = Responses()
    client = openai.OpenAI(api_key="k", base_url=server.url, max_retries=0, timeout=5.0)
    asked: dict[str, Any] = {"model": "gpt-5", "input": "Welcome.", "max_output_tokens": 20_000}
    assert client.responses.create(**asked, reasoning={"effort": "low"}).output_text == '{"kind": "intro"}'
    with pytest.raises(openai.BadRequestError, match="temperature"):
        client.responses.create(**asked, temperature=0.0)
    server.faults = ["cut"]
    cut = client.responses.create(**asked)
    assert cut.status == "incomplete"
    assert cut.incomplete_details is not None
    assert cut.incomplete_details.reason == "max_output_tokens"
    client.close()
    server.close()


def test_anthropic_messages_and_counting() -> None:
    server = Messages()
    client = anthropic.Anthropic(api_key="k", base_url=server.root, max_retries=0, timeout=5.0)
    asked: dict[str, Any] = {"model": "claude-sonnet-5-5", "messages": MESSAGES, "max_tokens": 100}
    (part,) = client.messages.create(**asked).content
    assert part.type == "text"
    assert (
        client.messages.count_tokens(model="claude-sonnet-5-5", messages=MESSAGES).input_tokens
        == server.tokens
    )
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs"):
        client.messages.create(**asked, extra_body={"temperature": 0.0})
    before = {"anthropic-version": "2023-06-01"}
    client.messages.create(**asked, extra_body={"temperature": 0.0}, extra_headers=before)
    for body, says in (
        ({"temperature": 1.5}, "range"),
        ({"temperature": 0.0, "top_p": 0.5}, "both"),
        ({"temperature": 0.0, "model": "claude-opus-4-7"}, "not supported"),
    ):
        with pytest.raises(anthropic.BadRequestError, match=says):
            client.messages.create(**asked, extra_body=body, extra_headers=before)
    server.faults = ["cut"]
    assert client.messages.create(**asked).stop_reason == "max_tokens"
    server.faults = ["refused"]
    assert client.messages.create(**asked).stop_reason == "refusal"
    client.close()
    server.close()
