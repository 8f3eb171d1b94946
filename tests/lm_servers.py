"""Providers of language models on this machine: each refuses what the real one refuses, and fails on demand.

What they refuse is taken from the providers' API references; `test_lms_clients.py` holds them against the official
clients.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answerer = Callable[[dict[str, Any]], str]

_FAULTS: dict[str, tuple[int, str, str]] = {
    "key": (401, "authentication_error", "Incorrect API key provided."),
    "credit": (429, "insufficient_quota", "You exceeded your current quota."),
    "busy": (429, "rate_limit_error", "Rate limit reached."),
    "broken": (500, "api_error", "The server had an error."),
    "long": (400, "context_length_exceeded", "This model's maximum context length is 8 tokens."),
}


class Refusal(Exception):  # noqa: N818 - what the real server says
    """A request that the real server answers with status 400."""


class Provider:
    """A server; `faults` are used up one a request, `seen` are the bodies it was sent."""

    def __init__(self, answer: Answerer | str = '{"kind": "intro"}') -> None:
        self.answer: Answerer = answer if callable(answer) else lambda body: answer
        self.faults: list[str] = []
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                provider.post(self, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                provider.get(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def post(self, to: BaseHTTPRequestHandler, raw: bytes) -> None:
        self.serve(to, json.loads(raw))

    def get(self, to: BaseHTTPRequestHandler) -> None:
        self.send(to, 404, self.error("not_found_error", f"Not found: {to.path}"))

    def serve(self, to: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.seen.append(body)
        self.headers.append({name.lower(): value for name, value in to.headers.items()})
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "stall":
            time.sleep(1.5)
        if fault == "drop":
            to.close_connection = True
            to.connection.close()
            return
        if fault in _FAULTS:
            status, kind, message = _FAULTS[fault]
            self.send(to, status, self.error(kind, message), {"Retry-After": "0"} if status == 429 else {})
            return
        try:
            self.check(to.path, self.headers[-1], body)
        except Refusal as refusal:
            self.send(to, 400, self.error("invalid_request_error", str(refusal)))
            return
        if fault == "html":
            self.send(to, 200, b"<html>please log in</html>")
            return
        text = {"empty": "", "malformed": 'Sure! {"kin', "wrong": '{"other": 1}'}.get(fault) or (
            "" if fault == "empty" else self.answer(body)
        )
        limit = self.limit(body)
        cut = fault == "cut" or (limit is not None and len(text) > 4 * limit)
        if cut:
            text = text[: 4 * limit if limit is not None and fault != "cut" else len(text) // 2]
        self.send(to, 200, self.reply(text, "cut" if cut else "refused" if fault == "refused" else "whole"))

    def send(
        self,
        to: BaseHTTPRequestHandler,
        status: int,
        data: dict[str, Any] | bytes,
        headers: dict[str, str] | None = None,
    ) -> None:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        to.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(raw)),
            **(headers or {}),
        }.items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(raw)

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "code": kind, "param": None}}

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        raise NotImplementedError

    def limit(self, body: dict[str, Any]) -> int | None:
        raise NotImplementedError

    def reply(self, text: str, ended: str) -> dict[str, Any]:
        raise NotImplementedError


def only(body: dict[str, Any], known: set[str]) -> None:
    for name in body:
        if name not in known:
            raise Refusal(f"Unknown parameter: '{name}'.")


def reasons(model: str) -> bool:
    return model.startswith(("gpt-5", "o1", "o3", "o4")) and "chat" not in model


class Chat(Provider):
    """OpenAI, `/v1/chat/completions`."""

    known = frozenset(
        "model messages max_tokens max_completion_tokens temperature top_p n stop seed response_format stream "
        "reasoning_effort user tools tool_choice presence_penalty frequency_penalty logit_bias logprobs store".split()
    )

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        if path != "/v1/chat/completions":
            raise Refusal(f"Unknown request URL: POST {path}.")
        if not headers.get("authorization", "").startswith("Bearer "):
            raise Refusal("You didn't provide an API key.")
        only(body, set(self.known))
        if reasons(body["model"]):
            if "max_tokens" in body:
                raise Refusal(
                    "Unsupported parameter: 'max_tokens' is not supported with this model. "
                    "Use 'max_completion_tokens' instead."
                )
            for name, default in {"temperature": 1, "top_p": 1}.items():
                if body.get(name, default) != default:
                    raise Refusal(
                        f"Unsupported value: '{name}' does not support {body[name]} with this model. "
                        f"Only the default ({default}) value is supported."
                    )
        elif "reasoning_effort" in body:
            raise Refusal("Unrecognized request argument supplied: reasoning_effort")
        if not 0 <= body.get("temperature", 1) <= 2:
            raise Refusal("Invalid 'temperature'.")

    def limit(self, body: dict[str, Any]) -> int | None:
        limit: int | None = body.get("max_completion_tokens") or body.get("max_tokens")
        return limit

    def reply(self, text: str, ended: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if ended == "refused":
            message |= {"content": None, "refusal": "I can't help with that."}
        finish = "length" if ended == "cut" else "stop"
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
        }


class Plain(Chat):
    """A server of one's own that knows little more than messages: strict about every other field."""

    known = frozenset("model messages max_tokens temperature top_p stop stream n".split())

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        if path != "/v1/chat/completions":
            raise Refusal(f"no such path: {path}")
        only(body, set(self.known))


class Picky(Plain):
    """A gateway to a model that has one temperature, under a name that does not tell."""

    known = frozenset("model messages max_tokens stream".split())


class Responses(Provider):
    """OpenAI, `/v1/responses`."""

    known = frozenset(
        "model input instructions max_output_tokens temperature top_p text reasoning stream store tools user "
        "include metadata truncation".split()
    )

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        if path != "/v1/responses":
            raise Refusal(f"Unknown request URL: POST {path}.")
        only(body, set(self.known))
        if reasons(body["model"]):
            for name in ("temperature", "top_p"):
                if body.get(name) is not None:
                    raise Refusal(f"Unsupported parameter: '{name}' is not supported with this model.")
        elif "reasoning" in body:
            raise Refusal("Unsupported parameter: 'reasoning.effort' is not supported with this model.")
        if body.get("max_output_tokens", 16) < 16:
            raise Refusal("Invalid 'max_output_tokens': integer below minimum value.")

    def limit(self, body: dict[str, Any]) -> int | None:
        limit: int | None = body.get("max_output_tokens")
        return limit

    def reply(self, text: str, ended: str) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "output_text", "text": text, "annotations": []}]
        if ended == "refused":
            content = [{"type": "refusal", "refusal": "I can't help with that."}]
        message = {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": content,
        }
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": "m",
            "status": "incomplete" if ended == "cut" else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if ended == "cut" else None,
            "error": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "output": [{"type": "reasoning", "id": "rs_1", "summary": []}, message],
            "usage": {
                "input_tokens": 11,
                "output_tokens": 3,
                "total_tokens": 14,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }


class Messages(Provider):
    """Anthropic, `/v1/messages`, with `/v1/messages/count_tokens`."""

    known = frozenset(
        "model messages max_tokens system temperature top_p top_k stop_sequences stream metadata tools tool_choice "
        "thinking output_config output_format".split()
    )
    fixed_sampling = ("claude-opus-4-7", "claude-opus-5")
    tokens = 100

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        if not (headers.get("x-api-key") or headers.get("authorization", "").startswith("Bearer ")):
            raise Refusal("x-api-key header is required")
        if not re.fullmatch(r"20\d\d-\d\d-\d\d", headers.get("anthropic-version", "")):
            raise Refusal("anthropic-version: header is required")
        for message in body["messages"]:
            if message["role"] not in ("user", "assistant"):
                raise Refusal(f'messages: Unexpected role "{message["role"]}".')
        if path.startswith("/v1/messages/count_tokens"):
            only(body, {"model", "messages", "system", "tools", "thinking"})
            return
        if path.partition("?")[0] != "/v1/messages":
            raise Refusal(f"Not found: {path}")
        # The version of the official client of today has no sampling parameters any more.
        sampling = {"temperature", "top_p", "top_k"} if headers["anthropic-version"] > "2026" else set()
        for name in body:
            if name not in self.known - sampling:
                raise Refusal(f"{name}: Extra inputs are not permitted")
        if "max_tokens" not in body:
            raise Refusal("max_tokens: Field required")
        if not 0 <= body.get("temperature", 1) <= 1:
            raise Refusal("temperature: range: 0..1")
        if body["model"].startswith(self.fixed_sampling) and {"temperature", "top_p", "top_k"} & set(body):
            raise Refusal("`temperature` and `top_p` are not supported for this model.")
        if "temperature" in body and "top_p" in body:
            raise Refusal("`temperature` and `top_p` cannot both be specified for this model.")
        if body.get("thinking", {}).get("type") == "enabled" and body.get("temperature", 1) != 1:
            raise Refusal("`temperature` may only be set to 1 when thinking is enabled.")

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}}

    def limit(self, body: dict[str, Any]) -> int | None:
        limit: int | None = body.get("max_tokens")
        return limit

    def reply(self, text: str, ended: str) -> dict[str, Any]:
        if "max_tokens" not in self.seen[-1]:
            return {"input_tokens": self.tokens}
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [] if ended == "refused" else [{"type": "text", "text": text}],
            "stop_reason": {"cut": "max_tokens", "refused": "refusal"}.get(ended, "end_turn"),
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 3},
        }


class Ollama(Provider):
    """Ollama, `/api/chat`: what is longer than `num_ctx` it would read only the end of."""

    known = frozenset("model messages stream format options think keep_alive tools".split())

    def check(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        if path == "/api/show":
            return
        if path != "/api/chat":
            raise Refusal(f"no such path: {path}")
        only(body, set(self.known))
        options = body.get("options", {})
        only(options, {"num_predict", "num_ctx", "temperature", "top_p", "top_k", "seed", "stop"})
        characters = sum(len(message["content"]) for message in body["messages"])
        if characters / 4 > options.get("num_ctx", 4096):
            raise Refusal("the prompt is longer than num_ctx and was cut")

    def limit(self, body: dict[str, Any]) -> int | None:
        limit: int | None = body.get("options", {}).get("num_predict")
        return limit

    def reply(self, text: str, ended: str) -> dict[str, Any]:
        if "messages" not in self.seen[-1]:
            return {"template": "", "capabilities": ["completion"], "model_info": {}}
        return {
            "model": "m",
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "length" if ended == "cut" else "stop",
            "prompt_eval_count": 11,
            "eval_count": 3,
            "total_duration": 1,
        }


def running(provider: Provider) -> Iterator[Any]:
    """A provider for a fixture."""
    yield provider
    provider.close()
