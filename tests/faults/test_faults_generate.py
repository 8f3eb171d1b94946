"""`generate` refuses what it cannot do before it writes anything, and never shows a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from faults_bench import Bench, snapshot
from faults_files import encrypted_pdf, paper_pdf, profile_data, scanned_pdf

pytestmark = pytest.mark.models  # the defaults are looked up, though nothing is written or spoken

SECRET = "fake-key-0f9e8d7c6b5a4938"


@pytest.fixture(scope="module")
def profile() -> str:
    """A compiled profile as text."""
    return json.dumps(profile_data())


@pytest.fixture
def ready(empty: Bench, profile: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A paper and a profile; writing an episode is not part of these tests."""
    empty.path("new.pdf", paper_pdf())
    empty.path("profile.json", profile)

    def called(*words: Any, **options: Any) -> None:
        raise AssertionError("an episode was begun")

    monkeypatch.setattr("podcast_dspy.generation.podcaster.voice_to_length", called)
    return empty


def generate(*words: str) -> tuple[str, ...]:
    """The command on the paper and the profile."""
    return ("generate", "new.pdf", "--profile", "profile.json", "--voice", "embedded", *words)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--minutes", "0"), 2, "between 0.5 and 90"),
        (("--minutes", "-3"), 2, "between 0.5 and 90"),
        (("--minutes", "91"), 2, "between 0.5 and 90"),
        (("--minutes", "nan"), 2, "between 0.5 and 90"),
        (("--minutes", "inf"), 2, "between 0.5 and 90"),
        (("--minutes", "many"), 2, "--minutes"),
        (("--depth", "abyss"), 2, "abyss"),
        (("--voice", "nobody"), 2, "nobody"),
        (("--voice", "kokoro:nobody"), 2, "af_heart"),
        (("--voice", "piper:gone.onnx"), 1, "gone.onnx"),
        (("--lm", "nobody"), 2, "embedded"),
        (("--lm", "nobody/model"), 2, "nobody/model"),
        (("--lm", "gguf:gone.gguf"), 1, "gone.gguf"),
        (("--lm", "gguf:new.pdf"), 1, "not a GGUF model"),
        (("--lm", "openai/gpt-4.1-mini"), 1, "OPENAI_API_KEY"),
        (("--lm", "anthropic/claude"), 1, "ANTHROPIC_API_KEY"),
        (("--voice", "openai:nova"), 1, "OPENAI_API_KEY"),
        (("--voice", "elevenlabs:abc"), 1, "ELEVENLABS_API_KEY"),
        (("--output", "new.pdf"), 2, "--output"),
        (("--output", "new.pdf/episode"), 2, "--output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_requests(ready: Bench, words: tuple[str, ...], code: int, said: str) -> None:
    ready.refuses(generate(*words), code, said)


@pytest.mark.parametrize("kind", ["missing", "empty", "encrypted", "truncated", "text", "picture"])
def test_papers(ready: Bench, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("PATH", "")
    place = ready.folder / "new.pdf"
    if kind == "missing":
        place.unlink()
    else:
        place.write_bytes(
            {
                "empty": b"",
                "encrypted": encrypted_pdf(),
                "truncated": paper_pdf()[:600],
                "text": b"hello",
                "picture": scanned_pdf(ready.folder),
            }[kind]
        )
    ready.refuses(generate(), 1, "new.pdf")


class RefusedError(Exception):
    """What a provider's client raises; such texts often repeat the key."""


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_a_key_is_never_shown_or_stored(
    ready: Bench, monkeypatch: pytest.MonkeyPatch, debug: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    def fails(*words: Any, **options: Any) -> None:
        from podcast_dspy.errors import ModelError

        try:
            raise RefusedError(f"401: Incorrect API key provided: {SECRET}")
        except RefusedError as error:
            raise ModelError(f"the provider refused the key {SECRET}; check it") from error

    monkeypatch.setattr("podcast_dspy.generation.podcaster.voice_to_length", fails)
    outcome = ready.run(*debug, *generate("--lm", "openai/gpt-4.1-mini"))
    assert outcome.code == 1
    assert "refused the key" in outcome.err
    assert SECRET not in outcome.out + outcome.err
    for place in ready.folder.rglob("*"):
        if place.is_file():
            assert SECRET.encode() not in place.read_bytes(), place


def test_a_key_given_to_the_workspace_is_not_in_its_files(
    bench: Bench, fake_transcriber: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    pdf = bench.path("blocked.pdf", paper_pdf())
    from faults_files import wav

    sound = bench.path("talk.wav", wav())
    words = ("ingest", "--pdf", str(pdf), "--audio", str(sound), "--stt", "openai/whisper-1", "--json")
    for command in (words, ("status", "--json"), ("pairs", "list"), ("profile", "show"), ("plot-loss",)):
        outcome = bench.run(*command)
        assert SECRET not in outcome.out + outcome.err
    assert snapshot(bench.workspace)
    for place in bench.workspace.rglob("*"):
        if place.is_file():
            assert SECRET.encode() not in place.read_bytes(), place


def test_a_server_that_is_not_there(ready: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def asks(*words: Any, **options: Any) -> None:
        import dspy

        dspy.settings.lm("hello")

    monkeypatch.setattr("podcast_dspy.generation.podcaster.voice_to_length", asks)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # before asking again
    ready.refuses(generate("--minutes", "1", "--lm", "nobody@http://127.0.0.1:9/v1"), 1, "127.0.0.1:9", ";")
