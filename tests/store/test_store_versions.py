"""Versions with a current pointer, and the memory API on top of the tree."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import BaseModel

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.store import PROFILES, TRAINING, Memory, ProfileVersions, PromptVersions, Tree


class Profile(BaseModel):
    value: int


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "work")


def test_profiles_are_numbered_and_can_be_rolled_back(tree: Tree) -> None:
    profiles = ProfileVersions(tree)
    assert profiles.current() is None
    with pytest.raises(UnknownNameError, match="there are: none yet"):
        profiles.load(Profile)
    assert [profiles.save(Profile(value=number)) for number in range(11)][-1] == "v11"
    assert profiles.versions()[:2] == ["v1", "v2"]
    assert profiles.versions()[-1] == "v11"
    assert profiles.load(Profile).value == 10
    assert tree.read_json("profiles/current.json")["value"] == 10
    profiles.set_current("v2")
    assert profiles.current() == "v2"
    assert profiles.load(Profile).value == 1
    assert profiles.load(Profile, "v11").value == 10
    assert profiles.save(Profile(value=99), activate=False) == "v12"
    assert profiles.current() == "v2"
    for unknown in ("v13", "../x", "v0"):
        with pytest.raises(UnknownNameError, match="no version"):
            profiles.set_current(unknown)


class Named(BaseModel):
    """Something that says which version it is."""

    version: str
    value: int


def test_a_profile_says_the_version_that_it_is_stored_as(tree: Tree) -> None:
    profiles = ProfileVersions(tree)
    for value in (1, 2):
        assert profiles.load(Named, profiles.save(Named(version="?", value=value))).version == f"v{value}"


def test_two_writers_make_two_versions(tree: Tree) -> None:
    threads = [
        threading.Thread(target=lambda n=n: ProfileVersions(tree).save(Profile(value=n))) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    profiles = ProfileVersions(tree)
    values = {profiles.load(Profile, version).value for version in profiles.versions()}
    assert values == set(range(6))


def test_prompts(tree: Tree) -> None:
    prompts = PromptVersions(tree)
    assert prompts.save({"script_writer": "Write.", "quality_judge": "Judge.\n"}) == "v1"
    assert prompts.save({"script_writer": "Write well."}) == "v2"
    assert prompts.load() == {"script_writer": "Write well."}
    assert prompts.load("v1") == {"script_writer": "Write.", "quality_judge": "Judge.\n"}
    assert (tree.root / "prompts" / "current" / "script_writer.txt").read_text() == "Write well."
    prompts.set_current("v1")
    assert len(prompts.load()) == 2
    with pytest.raises(UsageError, match="no prompts"):
        prompts.save({})
    with pytest.raises(UsageError, match="a prompt name"):
        prompts.save({"../x": ""})
    assert prompts.versions() == ["v1", "v2"]
    assert sorted(entry.name for entry in (tree.root / "prompts").iterdir()) == ["current", "v1", "v2"]


def test_memory_keeps_every_version(tree: Tree) -> None:
    memory = Memory(tree)
    memory.put(PROFILES, "profile_v1", {"wpm": 150}, metadata={"type": "podcast_profile"})
    memory.put(PROFILES, "profile_v1", {"wpm": 150}, metadata={"type": "podcast_profile"})  # nothing new
    second = memory.put(PROFILES, "profile_v1", {"wpm": 160})
    assert second.version == 2
    assert memory.get(PROFILES, "profile_v1").data == {"wpm": 160}
    assert [entry.data["wpm"] for entry in memory.history(PROFILES, "profile_v1")] == [150, 160]
    assert memory.history(PROFILES, "profile_v1")[0].metadata == {"type": "podcast_profile"}
    memory.put(f"{PROFILES}/structure", "canonical_sequence", {"sequence": ["intro"]})
    assert memory.list(PROFILES) == ["profile_v1"]
    assert memory.list(f"{PROFILES}/structure") == ["canonical_sequence"]
    with pytest.raises(UnknownNameError, match="keys there: profile_v1"):
        memory.get(PROFILES, "other")
    assert memory.history(PROFILES, "other") == []


def test_the_training_namespace_is_the_tree(tree: Tree) -> None:
    memory = Memory(tree)
    tree.write_json("convergence/loss_history.json", {"total": [0.5]})
    assert memory.get(f"{TRAINING}/convergence", "loss_history").data == {"total": [0.5]}
    memory.put(f"{TRAINING}/prompts", "v2", {"script_writer": "..."})
    assert tree.read_json("prompts/v2.json")["script_writer"] == "..."
    assert PromptVersions(tree).versions() == []


def test_what_the_pipeline_wrote_in_between_is_kept(tree: Tree) -> None:
    memory, namespace = Memory(tree), f"{TRAINING}/convergence"
    memory.put(namespace, "best_trial", {"trial": 1})
    tree.write_json("convergence/best_trial.json", {"trial": 2})
    assert memory.get(namespace, "best_trial").version == 2
    assert memory.put(namespace, "best_trial", {"trial": 3}).version == 3
    assert [entry.data["trial"] for entry in memory.history(namespace, "best_trial")] == [1, 2, 3]


def test_memory_masks_keys(tree: Tree) -> None:
    key = "sk-ant-api03-abcDEF123456ghiJKL789"
    entry = Memory(tree).put(PROFILES, "a", {"note": f"used {key}"}, metadata={"key": key})
    assert entry.data["note"] == "used [REDACTED]"
    assert not any(key in file.read_text() for file in tree.root.rglob("*.json"))


@pytest.mark.parametrize("namespace", ["", "org", "/", "/org/../x", "/org//x", "/Org", "/org/x/"])
def test_unsafe_namespaces(tree: Tree, namespace: str) -> None:
    with pytest.raises(UsageError, match="no namespace"):
        Memory(tree).put(namespace, "k", {})
