"""The stage cache: read when inputs and code are the same, computed when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import UsageError, WorkspaceError
from podcast_dspy.store import Tree, code_version, content_hash, fingerprint


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    def one(self) -> Result:
        self.calls += 1
        return Result(value=self.calls + 0.1)

    def many(self) -> list[Result]:
        return [self.one(), self.one()]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "work")


def test_the_same_inputs_are_computed_once(tree: Tree) -> None:
    counter = Counter()
    first = tree.stage({"pdf": "abc", "model": "tiny"}, counter.one, Result, "a/result.json")
    again = tree.stage({"model": "tiny", "pdf": "abc"}, counter.one, Result, "a/result.json")
    assert first == again == Result(value=1.1)
    other = tree.stage({"pdf": "abc", "model": "base"}, counter.one, Result, "a/result.json")
    assert other == Result(value=2.1)
    assert tree.read_model("a/result.json", Result) == other
    assert tree.read_json("a/result.json")["made_from"]["inputs"] == {"pdf": "abc", "model": "base"}


def test_code_counts(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "stagecode"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("A = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    counter = Counter()
    for expected in (1, 1):
        tree.stage({}, counter.one, Result, "r.json", code=["stagecode"])
        assert counter.calls == expected
    (package / "part.py").write_text("A = 2\n")
    code_version.cache_clear()
    tree.stage({}, counter.one, Result, "r.json", code=["stagecode"])
    assert counter.calls == 2
    (package / "weights.json").write_text("[1]")
    code_version.cache_clear()
    tree.stage({}, counter.one, Result, "r.json", code=["stagecode"])
    assert counter.calls == 3
    with pytest.raises(UsageError, match="no module"):
        code_version("stagecode_missing")


def test_a_failing_stage_keeps_the_old_result(tree: Tree) -> None:
    tree.stage({"x": 1}, lambda: Result(value=1), Result, "r.json")

    def fail() -> Result:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        tree.stage({"x": 2}, fail, Result, "r.json")
    assert tree.stage({"x": 1}, fail, Result, "r.json") == Result(value=1)


def test_a_damaged_result_is_named_not_replaced(tree: Tree) -> None:
    file = tree.write_text("r.json", "{")
    with pytest.raises(WorkspaceError, match=r"r\.json is damaged"):
        tree.stage({}, lambda: Result(value=1), Result, "r.json")
    assert file.read_text() == "{"


def test_keys_do_not_reach_the_file(tree: Tree) -> None:
    key = "sk-proj-a1B2c3D4e5F6g7H8i9J0"
    file = tree.stage({"lm": f"openai/{key}"}, lambda: Result(value=1), Result, "r.json")
    assert file.value == 1
    assert key not in tree.read_text("r.json")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=6)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_inputs_does_not_count(inputs: dict[str, object]) -> None:
    backwards = dict(reversed(inputs.items()))
    assert content_hash(inputs) == content_hash(backwards)
    assert fingerprint(inputs).hash == fingerprint(backwards).hash


def test_long_inputs_are_shortened_but_count() -> None:
    left, right = fingerprint({"text": "a" * 5000}), fingerprint({"text": "a" * 4999 + "b"})
    assert left.hash != right.hash
    assert len(left.inputs["text"]) < 100
