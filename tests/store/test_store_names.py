"""Ids and slugs, and the masking of secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.errors import UsageError
from podcast_dspy.store import check_id, redact, redact_data, slug, unique_id
from podcast_dspy.store.files import ID_PATTERN


@given(st.text())
def test_every_slug_is_an_id_and_stays_itself(name: str) -> None:
    assert check_id(slug(name)) == slug(name)
    assert slug(slug(name)) == slug(name)


@given(st.text(max_size=80), st.integers(0, 12))
def test_unique_ids_never_collide(name: str, copies: int) -> None:
    taken: set[str] = set()
    for _ in range(copies + 1):
        new = unique_id(name, taken)
        assert new not in taken
        assert ID_PATTERN.fullmatch(new)
        taken.add(new)


@given(st.text())
def test_an_id_is_either_safe_or_refused(name: str) -> None:
    try:
        check_id(name)
    except UsageError:
        return
    assert "/" not in name
    assert not name.startswith(".")
    assert 1 <= len(name) <= 64


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "A", "a\n", "a\0", "-a", "a" * 65, "é"])
def test_unsafe_ids(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be used as a pair id; use at most 64"):
        check_id(name, "a pair id")


def test_slugs_read_well() -> None:
    assert slug("Ring Attention (v2).final") == "ring-attention-v2-.final"
    assert slug("Über-Größe") == "uber-groe"
    assert slug("论文") == slug("论文") != slug("论")


SECRETS = [
    "sk-proj-a1B2c3D4e5F6g7H8i9J0",
    "sk-ant-api03-abcDEF123456ghiJKL789",
    "hf_aBcDeFgHiJ1234567890",
    "AKIAABCDEFGHIJKLMNOP",
    "ghp_abcdefghijklmnopqrst0123",
    "AIzaSyA-1234567890abcdefghijklmnopqrstu",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_keys_are_masked_wherever_they_stand(secret: str) -> None:
    for text in (secret, f"key={secret}.", f'{{"api_key": "{secret}"}}', f"Authorization: Bearer {secret}"):
        assert secret not in redact(text)
        assert "[REDACTED]" in redact(text)


def test_secrets_of_the_environment_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PROVIDER_API_KEY", "plainwordkey")
    monkeypatch.setenv("HARMLESS", "plainvalue")
    assert redact("used plainwordkey and plainvalue") == "used [REDACTED] and plainvalue"
    assert redact_data({"a": ["plainwordkey", 1, None], "plainwordkey": ("x",)}) == {
        "a": ["[REDACTED]", 1, None],
        "[REDACTED]": ["x"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "the risk-averse policy sk-nearest-neighbours-classifier",
        "bearer certificates were sold, and a token is a word piece",
        "task-2024-description-of-the-benchmark",
        "password managers and secret sharing",
    ],
)
def test_prose_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
