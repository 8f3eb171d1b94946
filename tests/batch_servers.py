"""Providers with batches on this machine, beside their direct calls: `lm_servers` with the references' batch rules.

`looks` are faults of the next looks at a batch, `fate` is how batches end, `bad` are places of requests that fail.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from lm_servers import _FAULTS, Chat, Messages, Provider, Refusal, Responses, only

Item = tuple[str, str, dict[str, Any]]
"""Key, path and body of one request."""


class _Batches(Provider):
    """What both providers' batches share: jobs that are a third further on at each look."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.jobs: dict[str, list[Item]] = {}
        self.looked: dict[str, int] = {}
        self.looks: list[str] = []
        self.fate = "completed"
        self.bad: set[int] = set()
        self.thirds = 3

    def begin(self, items: list[Item]) -> str:
        keys = [key for key, _, _ in items]
        if len(set(keys)) < len(keys) or not keys:
            raise Refusal("custom_id must be unique")
        job = f"batch_{len(self.jobs)}"
        self.jobs[job] = items
        self.looked[job] = 0
        return job

    def step(self, job: str) -> tuple[int, bool]:
        """How many requests are done at this look, and whether the job is over."""
        if job not in self.jobs:
            raise KeyError(job)
        self.looked[job] += 1
        over = self.looked[job] >= self.thirds
        return len(self.jobs[job]) * min(self.looked[job], self.thirds) // self.thirds, over

    def outcomes(self, job: str) -> list[tuple[str, dict[str, Any] | None, str]]:
        """Key, reply and error of each request; the last half of one that does not end well was never tried."""
        found: list[tuple[str, dict[str, Any] | None, str]] = []
        items = self.jobs[job]
        for place, (key, path, body) in enumerate(items):
            if self.fate != "completed" and place >= len(items) // 2:
                found.append((key, None, self.fate))
            elif place in self.bad:
                found.append((key, None, "The server had an error."))
            else:
                found.append(self._tried(key, path, body))
        # No order is promised.
        return found[::-1]

    def _tried(self, key: str, path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None, str]:
        headers = {"authorization": "Bearer k", "x-api-key": "k", "anthropic-version": "2023-06-01"}
        try:
            self.check(path, headers, body)
        except Refusal as refusal:
            return key, None, str(refusal)
        text = self.answer(body)
        # Their replies look at what was asked last, to tell one API from another.
        self.seen.append(body)
        reply = self.reply(text, "whole")
        self.seen.pop()
        return key, reply, ""

    def get(self, to: BaseHTTPRequestHandler) -> None:
        self.headers.append({name.lower(): value for name, value in to.headers.items()})
        fault = self.looks.pop(0) if self.looks else ""
        if fault:
            status, kind, message = _FAULTS[fault]
            self.send(to, status, self.error(kind, message), {"Retry-After": "0"} if status == 429 else {})
            return
        try:
            self.found(to, to.path.partition("?")[0])
        except KeyError:
            super().get(to)

    def found(self, to: BaseHTTPRequestHandler, path: str) -> None:
        raise NotImplementedError

    def guarded(self, to: BaseHTTPRequestHandler, make: Callable[[], dict[str, Any]]) -> None:
        try:
            self.send(to, 200, make())
        except Refusal as refusal:
            self.send(to, 400, self.error("invalid_request_error", str(refusal)))


class _OpenAI(_Batches):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.files: dict[str, bytes] = {}
        self.endpoints: dict[str, str] = {}

    def post(self, to: BaseHTTPRequestHandler, raw: bytes) -> None:
        if to.path == "/v1/files":
            self.guarded(to, lambda: self._uploaded(to.headers["Content-Type"], raw))
        elif to.path == "/v1/batches":
            if fault := (self.faults.pop(0) if self.faults else ""):
                status, kind, message = _FAULTS[fault]
                self.send(to, status, self.error(kind, message))
                return
            self.guarded(to, lambda: self._begun(json.loads(raw)))
        else:
            super().post(to, raw)

    def _uploaded(self, kind: str, raw: bytes) -> dict[str, Any]:
        parts = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw).get_payload()
        fields: dict[str, bytes] = {}
        assert isinstance(parts, list)
        for part in parts:
            content = part.get_payload(decode=True)
            fields[str(part.get_param("name", header="content-disposition"))] = bytes(content)  # type: ignore[arg-type]
        if fields.get("purpose") != b"batch":
            raise Refusal("Invalid 'purpose'.")
        name = f"file_{len(self.files)}"
        self.files[name] = fields["file"]
        return {
            "id": name,
            "object": "file",
            "bytes": len(fields["file"]),
            "created_at": 1,
            "filename": "requests.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def _begun(self, asked: dict[str, Any]) -> dict[str, Any]:
        only(asked, {"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"})
        if asked["completion_window"] != "24h":
            raise Refusal("Invalid value: 'completion_window'. Supported values are: '24h'.")
        lines = [json.loads(line) for line in self.files[asked["input_file_id"]].splitlines()]
        for line in lines:
            only(line, {"custom_id", "method", "url", "body"})
            if line["method"] != "POST" or line["url"] != asked["endpoint"]:
                raise Refusal("The URL provided for this request does not match the batch endpoint.")
            if line["body"].get("stream") is not None:
                raise Refusal("stream is not supported")
        if len({line["body"]["model"] for line in lines}) > 1:
            raise Refusal("The batch contains more than one model.")
        job = self.begin([(line["custom_id"], line["url"], line["body"]) for line in lines])
        self.endpoints[job] = asked["endpoint"]
        return self._job(job, "validating", 0)

    def _job(self, job: str, status: str, done: int) -> dict[str, Any]:
        failed = status == "failed"
        total = 0 if failed else len(self.jobs[job])
        over = status in ("completed", "expired", "cancelled")
        errors = {
            "object": "list",
            "data": [{"code": "token_limit", "message": "Enqueued token limit reached."}],
        }
        return {
            "id": job,
            "object": "batch",
            "endpoint": self.endpoints[job],
            "errors": errors if failed else None,
            "input_file_id": "file_0",
            "completion_window": "24h",
            "status": status,
            "output_file_id": f"out_{job}" if over else None,
            "error_file_id": f"err_{job}" if over else None,
            "created_at": 1,
            "request_counts": {"total": total, "completed": done, "failed": 0},
        }

    def found(self, to: BaseHTTPRequestHandler, path: str) -> None:
        if place := re.fullmatch(r"/v1/files/(out|err)_(\w+)/content", path):
            kind, job = place.groups()
            lines = []
            for key, reply, fault in self.outcomes(job):
                entry: dict[str, Any] = {"id": "r", "custom_id": key, "error": None, "response": None}
                if reply is not None:
                    entry["response"] = {"status_code": 200, "request_id": "q", "body": reply}
                elif fault == "expired":
                    entry["error"] = {"code": "batch_expired", "message": "It could not be executed in time."}
                else:
                    body = self.error("server_error", fault)
                    entry["response"] = {"status_code": 500, "request_id": "q", "body": body}
                if (reply is not None) == (kind == "out"):
                    lines.append(json.dumps(entry))
            self.send(to, 200, "\n".join(lines).encode())
            return
        job = path.removeprefix("/v1/batches/")
        done, over = self.step(job)
        self.send(to, 200, self._job(job, self.fate if over else "in_progress", done))


class ChatBatches(_OpenAI, Chat):
    """OpenAI, `/v1/chat/completions` and batches of it."""


class ResponsesBatches(_OpenAI, Responses):
    """OpenAI, `/v1/responses` and batches of it."""


class MessagesBatches(_Batches, Messages):
    """Anthropic, `/v1/messages` and `/v1/messages/batches`."""

    def post(self, to: BaseHTTPRequestHandler, raw: bytes) -> None:
        if to.path != "/v1/messages/batches":
            super().post(to, raw)
            return
        if to.headers["anthropic-version"] != "2023-06-01":
            self.send(to, 400, self.error("invalid_request_error", "anthropic-version: not valid"))
            return
        self.guarded(to, lambda: self._begun(json.loads(raw)))

    def _begun(self, asked: dict[str, Any]) -> dict[str, Any]:
        only(asked, {"requests"})
        for item in asked["requests"]:
            only(item, {"custom_id", "params"})
            if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", item["custom_id"]):
                raise Refusal("custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'")
            if "stream" in item["params"]:
                raise Refusal("stream: not supported in a batch")
        return self._job(
            self.begin([(item["custom_id"], "/v1/messages", item["params"]) for item in asked["requests"]]),
            over=False,
        )

    def _job(self, job: str, *, over: bool) -> dict[str, Any]:
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        if not over:
            counts["processing"] = len(self.jobs[job])
        else:
            for _, reply, fault in self.outcomes(job):
                name = {"expired": "expired", "cancelled": "canceled"}.get(fault, "errored")
                counts["succeeded" if reply is not None else name] += 1
        return {
            "id": job,
            "type": "message_batch",
            "processing_status": "ended" if over else "in_progress",
            "request_counts": counts,
            "created_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-02T00:00:00Z",
            "ended_at": "2026-01-01T01:00:00Z" if over else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{self.root}/v1/messages/batches/{job}/results" if over else None,
        }

    def found(self, to: BaseHTTPRequestHandler, path: str) -> None:
        job, _, what = path.removeprefix("/v1/messages/batches/").partition("/")
        if not what:
            _, over = self.step(job)
            self.send(to, 200, self._job(job, over=over))
            return
        lines = []
        for key, reply, fault in self.outcomes(job):
            kind = {"expired": "expired", "cancelled": "canceled"}.get(fault, "errored")
            result: dict[str, Any] = {"type": kind}
            if reply is not None:
                result = {"type": "succeeded", "message": reply}
            elif kind == "errored":
                result["error"] = self.error("api_error", fault) | {"request_id": None}
            lines.append(json.dumps({"custom_id": key, "result": result}))
        self.send(to, 200, "\n".join(lines).encode())
