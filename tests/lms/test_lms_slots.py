"""Sharing slots among threads: choice, waiting, stalls, closing. No model is loaded."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from podcast_dspy.lms.slots import Generation, Slot, SlotHolder, SlotStalledError, SlotTimeoutError


class FakeServer:
    """Answers after `seconds`; `polite` ones notice that they are asked to stop."""

    def __init__(self, seconds: float = 0.0, *, polite: bool = True) -> None:
        self.seconds = seconds
        self.polite = polite

    def handle_chat_completions(self, body: dict[str, Any], receive: Any) -> None:
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            time.sleep(0.01)
            if self.polite and receive({"choices": []}):
                return
        receive({"choices": [{"delta": {"content": "a"}, "finish_reason": None}]})
        receive({"choices": [{"delta": {}, "finish_reason": "length"}]})
        receive({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}})


def slot(server: FakeServer) -> Slot:
    made = Slot.__new__(Slot)
    made._server = server
    made.prompt = ""
    made._length = 0
    made._answered = deque()
    return made


def test_a_stream_becomes_one_generation() -> None:
    assert slot(FakeServer()).run({}, 5.0) == Generation("a", "length", prompt_tokens=7, completion_tokens=1)


def test_a_slow_generation_is_stopped_and_the_lane_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(seconds=30.0)
    slots = SlotHolder(lambda: slot(server))
    with pytest.raises(SlotTimeoutError), slots.slot() as held:
        held.run({}, 0.1)
    server.seconds = 0.0
    with slots.slot() as again:
        assert again is held
        assert again.run({}, 5.0).text == "a"


def test_a_stalled_lane_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcast_dspy.lms.slots._GRACE", 0.1)
    servers = iter([FakeServer(seconds=2.0, polite=False), FakeServer()])
    slots = SlotHolder(lambda: slot(next(servers)))
    with pytest.raises(SlotStalledError), slots.slot() as held:
        held.run({}, 0.1)
    with slots.slot() as fresh:
        assert fresh is not held
        assert fresh.run({}, 5.0).text == "a"


def test_an_error_of_the_engine_reaches_the_caller() -> None:
    class Refusing:
        def handle_chat_completions(self, body: Any, receive: Any) -> None:
            raise ValueError("no such schema")

    with pytest.raises(ValueError, match="no such schema"):
        slot(Refusing()).run({}, 1.0)  # type: ignore[arg-type]


def test_a_lost_lane_passes_its_place_on() -> None:
    slots = SlotHolder(lambda: slot(FakeServer()))
    done: list[str] = []

    def hold() -> None:
        with slots.slot():
            time.sleep(0.1)
            raise SlotStalledError

    def stall() -> None:
        with pytest.raises(SlotStalledError):
            hold()

    def wait() -> None:
        time.sleep(0.05)
        with slots.slot():
            done.append("b")

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(stall), pool.submit(wait), pool.submit(wait)]:
            future.result(timeout=10)
    assert done == ["b", "b"]


def test_a_lane_that_cannot_be_loaded_frees_its_place() -> None:
    attempts = iter([OSError("no memory"), None])

    def load() -> Slot:
        if error := next(attempts):
            raise error
        return slot(FakeServer())

    slots = SlotHolder(load)
    with pytest.raises(OSError, match="no memory"), slots.slot():
        raise AssertionError("never held")
    with slots.slot() as held:
        assert held.run({}, 5.0).text == "a"


def test_closing_unloads_a_slot_that_is_not_at_work() -> None:
    slots = SlotHolder(lambda: slot(FakeServer()))
    with slots.slot() as held:
        slots.close()
        assert held._server is not None
    slots.close()
    assert held._server is None
    with slots.slot() as fresh:
        assert fresh._server is not None
