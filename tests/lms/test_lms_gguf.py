"""GGUF files of the tests' own making: what they say, and how long a context their model gets."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.errors import ModelError, PodcastError, PrerequisiteError
from podcast_dspy.lms.engine import SHORTEST, fitting_context, gguf_facts

LLAMA: dict[str, Any] = {
    "general.architecture": "llama",
    "llama.context_length": 131_072,
    "llama.block_count": 28,
    "llama.embedding_length": 3072,
    "llama.attention.head_count": 24,
    "llama.attention.head_count_kv": 8,
    "llama.rope.freq_base": 500_000.5,
    "general.tags": ["chat", "small"],
    "general.sizes": [1, 2, 3],
    "general.quantised": True,
}
PER_TOKEN = 2 * 2 * 28 * 8 * 128
GIB = 2**30


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(value: Any) -> bytes:
    """A value with its type, as the format writes it."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<Id", 12, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if value and isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(item) for item in value)
    return struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)


def gguf(known: dict[str, Any]) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(known))
    return head + b"".join(text(name) + pair(value) for name, value in known.items())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    place = tmp_path / "model.gguf"
    place.write_bytes(gguf(LLAMA))
    return place


def test_what_a_file_says(model: Path) -> None:
    lists = {name for name, value in LLAMA.items() if isinstance(value, list)}
    assert gguf_facts(model) == {**LLAMA, **dict.fromkeys(lists)}


def test_the_context_is_the_models_own_where_there_is_memory(model: Path) -> None:
    assert fitting_context(model, memory=64 * GIB) == 131_072
    size = model.stat().st_size
    assert fitting_context(model, memory=8 * GIB) == (8 * GIB - size) // 4 // PER_TOKEN
    assert fitting_context(model, memory=1000) == SHORTEST
    model.write_bytes(gguf({**LLAMA, "llama.context_length": 2048}))
    assert fitting_context(model, memory=64 * GIB) == 2048, "never more than it was made for"


def test_a_model_that_says_nothing_gets_the_shortest(tmp_path: Path) -> None:
    place = tmp_path / "bare.gguf"
    place.write_bytes(gguf({"general.architecture": "strange"}))
    assert fitting_context(place) == SHORTEST


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "no.gguf"
    place.write_bytes(b"PK\x03\x04")
    with pytest.raises(PrerequisiteError, match="not a GGUF model"):
        gguf_facts(place)
    with pytest.raises(PrerequisiteError, match="cannot be read"):
        gguf_facts(tmp_path / "absent.gguf")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(4, len(gguf(LLAMA)) - 1), noise=st.binary(max_size=12))
def test_a_damaged_file_is_told_and_nothing_else(cut: int, noise: bytes, tmp_path: Path) -> None:
    place = tmp_path / "cut.gguf"
    place.write_bytes(gguf(LLAMA)[:cut] + noise)
    try:
        known = gguf_facts(place)
    except PodcastError as error:
        assert isinstance(error, ModelError)  # noqa: PT017 - only this kind
    else:
        assert set(known) != set(LLAMA) or cut + len(noise) >= len(gguf(LLAMA))
