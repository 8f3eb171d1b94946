"""Sharing slots among threads: choice, waiting, stalls, closing. No model is loaded."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from podcast_dspy.lms.slots import Generation, Slot, SlotPool, SlotStalledError, SlotTimeoutError


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
    slots = SlotPool(lambda: slot(server), 1)
    with pytest.raises(SlotTimeoutError), slots.slot("p") as held:
        held.run({}, 0.1)
    server.seconds = 0.0
    with slots.slot("p") as again:
        assert again is held
        assert again.run({}, 5.0).text == "a"


def test_a_stalled_lane_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcast_dspy.lms.slots._GRACE", 0.1)
    servers = iter([FakeServer(seconds=2.0, polite=False), FakeServer()])
    slots = SlotPool(lambda: slot(next(servers)), 1)
    with pytest.raises(SlotStalledError), slots.slot("p") as held:
        held.run({}, 0.1)
    with slots.slot("p") as fresh:
        assert fresh is not held
        assert fresh.run({}, 5.0).text == "a"


def test_an_error_of_the_engine_reaches_the_caller() -> None:
    class Refusing:
        def handle_chat_completions(self, body: Any, receive: Any) -> None:
            raise ValueError("no such schema")

    with pytest.raises(ValueError, match="no such schema"):
        slot(Refusing()).run({}, 1.0)  # type: ignore[arg-type]


def test_a_prompt_goes_to_the_lane_that_knows_its_beginning() -> None:
    slots = SlotPool(lambda: slot(FakeServer()), 2)
    with slots.slot("system one. a") as one, slots.slot("system two. a") as two:
        one.run({}, 5.0, prompt="system one. a")
        two.run({}, 5.0, prompt="system two. a")
    with slots.slot("system two. b") as held:
        assert held is two
    with slots.slot("system one. b") as held:
        assert held is one


def test_never_more_lanes_than_the_limit_and_none_held_twice() -> None:
    made: list[Slot] = []
    held: set[int] = set()
    lock = threading.Lock()

    def load() -> Slot:
        made.append(slot(FakeServer()))
        return made[-1]

    slots = SlotPool(load, 3)

    def work(index: int) -> None:
        with slots.slot(str(index)) as mine:
            with lock:
                assert id(mine) not in held
                held.add(id(mine))
            time.sleep(0.002)
            with lock:
                held.remove(id(mine))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(200)))
    assert 1 <= len(made) <= 3


def test_first_come_first_served() -> None:
    slots = SlotPool(lambda: slot(FakeServer()), 1)
    order: list[int] = []

    def work(index: int) -> None:
        time.sleep(0.03 * index)
        with slots.slot(str(index)):
            order.append(index)
            time.sleep(0.2)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert order == list(range(6))


def test_a_lost_lane_passes_its_place_on() -> None:
    slots = SlotPool(lambda: slot(FakeServer()), 1)
    done: list[str] = []

    def hold() -> None:
        with slots.slot("a"):
            time.sleep(0.1)
            raise SlotStalledError

    def stall() -> None:
        with pytest.raises(SlotStalledError):
            hold()

    def wait() -> None:
        time.sleep(0.05)
        with slots.slot("b"):
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

    slots = SlotPool(load, 1)
    with pytest.raises(OSError, match="no memory"), slots.slot("p"):
        raise AssertionError("never held")
    with slots.slot("p") as held:
        assert held.run({}, 5.0).text == "a"


def test_closing_unloads_idle_lanes_now_and_held_ones_when_they_come_back() -> None:
    slots = SlotPool(lambda: slot(FakeServer()), 2)
    with slots.slot("a") as held, slots.slot("b") as idle:
        pass
    with slots.slot("a") as held:
        slots.close()
        assert held._server is not None
        assert idle._server is None or idle is held
    assert held._server is None
    with slots.slot("a") as fresh:
        assert fresh._server is not None
