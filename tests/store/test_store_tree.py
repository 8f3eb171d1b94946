"""The tree: documents, safe paths, locks and trials."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UsageError, WorkspaceError, WorkspaceLockedError
from podcast_dspy.store import Tree


class Loss(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: float
    parts: dict[str, float] = {}
    names: tuple[str, ...] = ()


class Second(BaseModel):
    schema_version: Literal[2] = 2
    value: int = Field(ge=0)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "work")


@given(
    st.builds(
        Loss,
        value=st.floats(allow_nan=False),
        parts=st.dictionaries(st.text(), st.floats(allow_nan=False), max_size=4),
        names=st.lists(st.text(), max_size=4).map(tuple),
    )
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_models_come_back_equal(tree: Tree, loss: Loss) -> None:
    tree.write_model("loss.json", loss)
    assert tree.read_model("loss.json", Loss) == loss
    tree.write_models("losses.json", [loss, loss])
    assert tree.read_models("losses.json", Loss) == (loss, loss)


def test_unscored_numbers_survive_as_valid_json(tree: Tree) -> None:
    file = tree.write_model("loss.json", Loss(value=math.nan, parts={"a": math.inf, "b": -math.inf}))
    data = json.loads(file.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert next(iter(data)) == "schema_version"
    assert data["value"] == "NaN"
    loss = tree.read_model("loss.json", Loss)
    assert math.isnan(loss.value)
    assert loss.parts == {"a": math.inf, "b": -math.inf}


def test_lone_surrogates_of_a_pdf_do_not_stop_a_write(tree: Tree) -> None:
    tree.write_json("a.json", {"text": "bad \ud800 glyph"})
    assert tree.read_json("a.json")["text"] == "bad ? glyph"


def test_damage_and_versions_are_named(tree: Tree) -> None:
    file = tree.write_model("x.json", Second(value=3))
    assert json.loads(file.read_text()) == {"schema_version": 2, "value": 3}
    file.write_text('{"schema_version": 2, "val')
    with pytest.raises(WorkspaceError, match=r"x\.json is damaged .*run its command again"):
        tree.read_model("x.json", Second)
    file.write_text('{"schema_version": 3, "value": 1}')
    with pytest.raises(WorkspaceError, match="schema version 3 where 2 is read; upgrade podcast-dspy"):
        tree.read_model("x.json", Second)
    file.write_text('{"schema_version": 1, "value": 1}')
    with pytest.raises(WorkspaceError, match="schema version 1 where 2 is read; delete it"):
        tree.read_model("x.json", Second)
    file.write_text('{"schema_version": 2, "value": -1}')
    with pytest.raises(WorkspaceError, match="no valid Second \\(value: "):
        tree.read_model("x.json", Second)
    file.write_text("[1]")
    with pytest.raises(WorkspaceError, match="no JSON object"):
        tree.read_json("x.json")
    with pytest.raises(WorkspaceError, match=r"missing\.json is missing"):
        tree.read_json("missing.json")


def test_what_killed_writers_left_is_dropped_and_nothing_else(tree: Tree) -> None:
    tree.write_text("trials/trial_000/script.json", "{}")
    left = tree.path("trials/trial_000/.script.json.1.tmp")
    left.write_text("{")
    tree.write_text("other/.hidden", "kept")
    tree.drop_unfinished("trials")
    assert not left.exists()
    assert tree.files("trials/trial_000") == ["script.json"]
    assert tree.path("other/.hidden").exists()
    tree.drop_unfinished("nothing-here")


def test_nothing_leaves_the_tree(tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.json").write_text("{}")
    tree.write_text("a.txt", "x")
    (tree.root / "link").symlink_to(outside)
    (tree.root / "loop").symlink_to(tree.root / "loop")
    for path in ("../outside/secret.json", "link/secret.json", str(outside / "secret.json"), "link"):
        with pytest.raises(WorkspaceError, match="leads outside the workspace"):
            tree.read_json(path)
        with pytest.raises(WorkspaceError, match="leads outside the workspace"):
            tree.remove(path)
    with pytest.raises(WorkspaceError):
        tree.write_text("loop/x", "y")
    with pytest.raises(WorkspaceError, match="no usable path"):
        tree.read_text("a\0b")
    for place in (tree.pair, tree.trial, tree.kb, tree.convergence):
        with pytest.raises(UsageError):
            place("../outside")
    assert (outside / "secret.json").exists()
    with pytest.raises(WorkspaceError, match="itself is not removed"):
        tree.remove(".")


def test_a_tree_may_itself_be_reached_through_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "alias").symlink_to(real)
    Tree(tmp_path / "alias").write_text("a.txt", "x")
    assert Tree(real).read_text("a.txt") == "x"


def test_a_file_cannot_be_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file; choose a folder"):
        Tree(tmp_path / "file")


def test_a_new_tree_is_empty_and_creates_nothing(tree: Tree) -> None:
    assert tree.folders("trials") == tree.files(".") == []
    tree.remove("nothing")
    assert tree.sweep() == 0
    assert not tree.root.exists()


HOLDER = """
import sys
from podcast_dspy.store import Tree
with Tree(sys.argv[1]).lock("trial_003"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_lock(tree: Tree) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tree.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with (
        pytest.raises(WorkspaceLockedError, match=rf"trial_003 .* process {holder.pid} .*kill {holder.pid}"),
        tree.lock("trial_003"),
    ):
        pytest.fail("two writers")
    with tree.lock("trial_004"):  # another lock is free
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with tree.lock("trial_003", timeout=5):  # the system freed it
        pass


def test_a_thread_may_nest_a_lock_and_another_may_not_enter(tree: Tree) -> None:
    refused: list[str] = []

    def enter() -> None:
        try:
            with Tree(tree.root).lock("pairs"):
                refused.append("entered")
        except WorkspaceLockedError as error:
            refused.append(str(error))

    with tree.lock("pairs"), Tree(tree.root).lock("pairs"):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    assert refused == [
        f"pairs is being written by another thread of process {os.getpid()}; wait until it has finished"
    ]
    enter()
    assert refused[-1] == "entered"


def test_a_lock_is_freed_after_an_error(tree: Tree) -> None:
    with pytest.raises(RuntimeError), tree.lock("pairs"):
        raise RuntimeError
    with tree.lock("pairs"):
        pass
