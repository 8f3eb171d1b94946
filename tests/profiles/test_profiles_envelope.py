"""The compiled profile on disk: exact round trip, and refusal of whatever does not fit."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.errors import ProfileError
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import CompiledProfile, synthesize
from podcast_dspy.profiles import envelope as envelope_module


class _Program(dspy.Module):  # type: ignore[misc]
    def __init__(self, signature: str = "passage, purpose -> spoken") -> None:
        super().__init__()
        self.say = dspy.Predict(signature)


@pytest.fixture
def envelope(make_pair: Callable[..., TrainingPair]) -> CompiledProfile:
    program = _Program()
    program.say.demos = [{"passage": "a", "purpose": "b", "spoken": "c"}]
    return CompiledProfile.of(
        program,
        synthesize([make_pair("one")]),
        losses={"train": {"total": 0.25, "quality": float("nan")}},
        roles={"lm": "embedded"},
    )


@pytest.fixture
def saved(envelope: CompiledProfile, tmp_path: Path) -> Path:
    return envelope.save(tmp_path / "profile.json")


def _change(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return path


def test_round_trip_is_exact(envelope: CompiledProfile, saved: Path) -> None:
    loaded = CompiledProfile.load(saved, program=_Program())
    assert loaded == envelope
    program = _Program()
    program.load_state(loaded.program_state)
    assert program.say.demos[0]["spoken"] == "c"
    assert program.say.lm is None
    # What was not measured stays unmeasured.
    assert loaded.losses["train"] == {"total": 0.25, "quality": None}
    assert {"python", "dspy"} <= set(loaded.versions)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(), _JSON, max_size=4))
def test_any_json_state_survives(envelope: CompiledProfile, tmp_path: Path, extra: dict[str, Any]) -> None:
    changed = envelope.model_copy(update={"program_state": extra})
    assert CompiledProfile.load(changed.save(tmp_path / "any.json")).program_state == extra


def test_other_prompts_are_named(saved: Path) -> None:
    for signature in ("passage, tone -> spoken", "purpose, passage -> spoken"):
        with pytest.raises(ProfileError, match=r"other prompts \(say\); compile it again"):
            CompiledProfile.load(saved, program=_Program(signature))


def test_the_signature_is_checked_before_the_contents(saved: Path) -> None:
    _change(saved, profile="rubbish")
    with pytest.raises(ProfileError, match="compiled for other prompts"):
        CompiledProfile.load(saved, program=_Program("a -> b"))
    with pytest.raises(ProfileError, match="profile"):
        CompiledProfile.load(saved, program=_Program())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "something"}, "not a compiled profile"),
        ({"format_version": 3}, "format version 3"),
        ({"format_version": True}, "format version True"),
        ({"signature_hash": "0" * 16}, "hash does not fit"),
        ({"signatures": []}, "signatures cannot be read"),
        ({"surprise": 1}, "surprise"),
        ({"created_at": 5}, "created_at"),
        (
            {"program_state": {"say": {"lm": {"model": "openai/x", "api_base": "http://evil"}}}},
            "bound to a model",
        ),
        ({"program_state": {"other": {}}}, "does not fit this version"),
    ],
)
def test_whatever_does_not_fit_is_refused(saved: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        CompiledProfile.load(_change(saved, **changes), program=_Program())


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"[" * 100_000, pickle.dumps({"a": 1}), b'{"format": NaN}', b"\xff\xfe\x00"]
)
def test_hostile_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    with pytest.raises(ProfileError):
        CompiledProfile.load(path)


def test_missing_and_huge_files_are_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch, envelope: CompiledProfile
) -> None:
    with pytest.raises(ProfileError, match="no such profile"):
        CompiledProfile.load(saved.with_name("nowhere.json"))
    with pytest.raises(ProfileError, match="no such profile"):
        CompiledProfile.load(saved.parent)
    monkeypatch.setattr(envelope_module, "_MAX_BYTES", 10)
    with pytest.raises(ProfileError, match="50 MB"):
        CompiledProfile.load(saved)
    with pytest.raises(ProfileError, match="50 MB"):
        envelope.save(saved)


def test_state_that_is_not_json_is_refused_when_wrapped(envelope: CompiledProfile) -> None:
    program = _Program()
    program.say.demos = [{"passage": object()}]
    with pytest.raises((ProfileError, TypeError)):
        CompiledProfile.of(program, envelope.profile)
