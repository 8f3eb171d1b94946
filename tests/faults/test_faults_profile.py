"""`generate` refuses profiles that it cannot trust; nothing of them is run."""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults_bench import Bench
from faults_files import paper_pdf, profile_data

from podcast_dspy.signatures.fields import SignatureFields, program_hash

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """A profile that is accepted."""
    return profile_data()


@pytest.fixture(autouse=True)
def _nothing_is_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is accepted by mistake fails the test at once, not after minutes of writing."""

    def called(*words: Any, **options: Any) -> None:
        raise AssertionError("the profile was accepted")

    monkeypatch.setattr("podcast_dspy.generation.podcaster.Podcaster.__call__", called)


def _set(*path: Any, value: Any) -> Change:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def _rehash(data: dict[str, Any]) -> None:
    """The file's own hash fits again, as if another version had written it."""
    fields = {
        name: SignatureFields.model_validate(value, strict=False)
        for name, value in data["signatures"].items()
    }
    data["signature_hash"] = program_hash(fields)


def _renamed_field(data: dict[str, Any]) -> None:
    one = next(iter(data["signatures"].values()))
    one["inputs"][0] = "old_name"
    one["hash"] = "0" * 16
    _rehash(data)


def _renamed_only(data: dict[str, Any]) -> None:
    next(iter(data["signatures"].values()))["inputs"][0] = "old_name"


def _retyped_field(data: dict[str, Any]) -> None:
    next(iter(data["signatures"].values()))["hash"] = "0" * 16
    _rehash(data)


def _lost_predictor(data: dict[str, Any]) -> None:
    del data["signatures"][next(iter(data["signatures"]))]
    _rehash(data)


def _unknown_predictor(data: dict[str, Any]) -> None:
    data["signatures"]["podcast.composer.sing"] = next(iter(data["signatures"].values()))
    _rehash(data)


def _bound(data: dict[str, Any]) -> None:
    state = data["program_state"]
    next(value for value in state.values() if isinstance(value, dict))["lm"] = {"model": "openai/gpt-4.1"}


CHANGES: dict[str, tuple[Change, str]] = {
    "newer format": (_set("format_version", value=3), "format version 3"),
    "older format": (_set("format_version", value=1), "format version 1"),
    "true as version": (_set("format_version", value=True), "format version True"),
    "another format": (_set("format", value="dspy"), "not a compiled profile"),
    "no format": (lambda data: data.pop("format"), "not a compiled profile"),
    "wrong hash": (_set("signature_hash", value="0" * 64), "signature hash"),
    "no signatures": (lambda data: data.pop("signatures"), "signatures"),
    "signatures as list": (_set("signatures", value=[]), "signatures"),
    "renamed field": (_renamed_field, "compiled for other prompts"),
    "only the name": (_renamed_only, "compiled for other prompts"),
    "retyped field": (_retyped_field, "compiled for other prompts"),
    "lost predictor": (_lost_predictor, "compiled for other prompts"),
    "unknown predictor": (_unknown_predictor, "compiled for other prompts"),
    "a model bound": (_bound, "bound to a model"),
    "no state": (_set("program_state", value={}), "program state"),
    "state of numbers": (
        lambda data: data.update(program_state=dict.fromkeys(data["program_state"], 3)),
        "profile.json",
    ),
    "empty states": (
        lambda data: data.update(program_state={key: {} for key in data["program_state"]}),
        "profile.json",
    ),
    "unknown field": (_set("code", value="import os"), "code"),
    "unknown adjustment": (_set("program_state", "podcast.learned", value={"magic": 3}), "magic"),
    "adjustment of words": (
        _set("program_state", "podcast.learned", value={"words_per_minute": "fast"}),
        "words_per_minute",
    ),
    "no profile": (lambda data: data.pop("profile"), "profile"),
    "unknown segment": (
        _set("profile", "canonical_segment_sequence", value=["overture"]),
        "canonical_segment_sequence",
    ),
    "role of numbers": (_set("roles", value={"lm": 3}), "roles"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_changed_profiles(empty: Bench, good: dict[str, Any], kind: str) -> None:
    data = copy.deepcopy(good)
    change, said = CHANGES[kind]
    change(data)
    empty.path("profile.json", json.dumps(data))
    empty.path("new.pdf", paper_pdf())
    empty.refuses(("generate", "new.pdf", "--profile", "profile.json"), 1, "profile.json", said)


class Bomb:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch exploded",)


FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "podcast-dspy export"),
    "empty": (b"", "not a JSON file"),
    "text": (b"hello", "not a JSON file"),
    "half": (b'{"format": "podcast-dspy-profile", ', "not a JSON file"),
    "list": (b"[]", "not a compiled profile"),
    "deep": (b"[" * 200_000, "JSON"),
    "pickle": (pickle.dumps(Bomb()), "not a JSON file"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(99), "not a JSON file"),
    "NaN": (b'{"format": NaN}', "not a JSON file"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_profile(empty: Bench, kind: str) -> None:
    data, said = FILES[kind]
    if data is not None:
        empty.path("profile.json", data)
    empty.path("new.pdf", paper_pdf())
    empty.refuses(("generate", "new.pdf", "--profile", "profile.json"), 1, "profile.json", said)
    assert not Path("exploded").exists()


def test_a_folder_and_a_far_too_large_file(empty: Bench) -> None:
    empty.path("new.pdf", paper_pdf())
    (empty.folder / "folder.json").mkdir()
    empty.refuses(("generate", "new.pdf", "--profile", "folder.json"), 1, "folder.json")
    with (empty.folder / "large.json").open("wb") as file:
        file.truncate(60_000_000)
    empty.refuses(("generate", "new.pdf", "--profile", "large.json"), 1, "60 MB", "50 MB")


@pytest.mark.parametrize("kind", ["newer format", "wrong hash"])
def test_export_refuses_a_changed_profile(bench: Bench, good: dict[str, Any], kind: str) -> None:
    data = copy.deepcopy(good)
    CHANGES[kind][0](data)
    (bench.workspace / "profiles").mkdir()
    (bench.workspace / "profiles" / "podcast_profile_v1.json").write_text(json.dumps(data))
    bench.refuses(("export", "--output", "out.json"), 1, CHANGES[kind][1])
