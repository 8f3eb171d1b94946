"""Tasks side by side: one progress, nobody waits for what failed, and the same inputs are worked on once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from podcast_dspy import tasks
from podcast_dspy.cluster import carry_out
from podcast_dspy.errors import AudioError, WorkspaceError
from podcast_dspy.lms import calling
from podcast_dspy.store import Tree
from podcast_dspy.tasks import Task, Tell, outcomes, run


class Word(BaseModel):
    text: str


def spelled(tree: Tree, *, text: str) -> Word:
    return Word(text=text)


def three(root: Path, work: Callable[[str, Tell], Word], count: int = 3) -> list[Task[Word]]:
    return [
        Task(spelled, root, {"text": name}, Word, here=lambda tell, name=name: work(name, tell))  # type: ignore[misc]
        for name in "abc"[:count]
    ]


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "model_slots", lambda: 2)


def test_two_are_at_work_at_once_and_come_back_in_order(tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=10.0)

    def work(name: str, tell: Tell) -> Word:
        if name != "c":
            together.wait()
        return Word(text=name)

    assert [one.text for one in run(three(tmp_path, work))] == ["a", "b", "c"]


def test_one_that_fails_stands_as_its_error_or_ends_the_run(tmp_path: Path) -> None:
    def work(name: str, tell: Tell) -> Word:
        if name == "b":
            raise AudioError("b.mp3 is silent")
        return Word(text=name)

    found = list(outcomes(three(tmp_path, work)))
    assert [str(getattr(one, "text", one)) for one in found] == ["a", "b.mp3 is silent", "c"]
    with pytest.raises(AudioError):
        list(run(three(tmp_path, work)))


def test_progress_is_that_of_all_and_never_falls(tmp_path: Path) -> None:
    told: list[float] = []

    def work(name: str, tell: Tell) -> Word:
        for done in (0.0, 0.5, 1.0):
            tell(done)
        return Word(text=name)

    list(run(three(tmp_path, work), told.append))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 3.0)


def test_after_an_interrupt_nobody_goes_on(tmp_path: Path) -> None:
    hearing, stopped = threading.Event(), threading.Event()

    def work(name: str, tell: Tell) -> Word:
        if name == "a":
            assert hearing.wait(10.0)
            raise KeyboardInterrupt
        hearing.set()
        try:
            while True:  # hears one sentence after the other
                tell(0.1)
        finally:
            stopped.set()

    with pytest.raises(KeyboardInterrupt):
        list(run(three(tmp_path, work, 2)))
    assert stopped.wait(10.0)


def test_what_an_interrupted_run_made_serves_the_next_which_leaves_nothing(tmp_path: Path) -> None:
    made: list[str] = []

    def work(name: str, tell: Tell) -> Word:
        made.append(name)
        return Word(text=name)

    (first, *_) = three(tmp_path, work)
    first.carried_out()  # and nobody takes it
    assert [one.text for one in run(three(tmp_path, work))] == ["a", "b", "c"]
    assert sorted(made) == ["a", "b", "c"]
    assert not (tmp_path / "tasks").exists()
    first.carried_out()
    with calling(fresh=True):
        list(run(three(tmp_path, work, 1)))
    assert made[3:] == ["a", "a"], "what is asked anew is made anew"
    (task,) = three(tmp_path, work, 1)
    unkept = Task(spelled, tmp_path, {"text": "d"}, Word, keep=lambda word: False, here=task.here)
    assert [one.text for one in run([unkept, unkept])] == ["a", "a"]
    assert made[5:] == ["a", "a"]


def test_another_version_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(spelled, tmp_path, {"text": "a"}, Word)
    key = task.key
    assert carry_out(task, key, None, 0.0)[0] == Word(text="a")
    monkeypatch.setattr(tasks, "code_version", lambda name: "other")
    with pytest.raises(WorkspaceError, match="of another version"):
        carry_out(task, key, None, 0.0)
