"""Podcaster: what it tells about the reading, and what it refuses, before anything is written or voiced."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from test_generation_planner import paper, profile

from podcast_dspy.confidence import Confidence, Doubt, DoubtWarning
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, UntrustedError
from podcast_dspy.generation import podcaster
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram


class _WritingError(Exception):
    """Work began."""


def _graph(*severities: float, language: str = "en") -> DocumentGraph:
    doubts = [
        Doubt(kind="holes-in-words", severity=s, message=f"{s:.0%} of the words have holes.")
        for s in severities
    ]
    return DocumentGraph(
        document_id="0", source_path="p.pdf", sha256="0", page_count=1, title="A", language=language,
        confidence=Confidence.of(doubts),
    )  # fmt: skip


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> podcaster.Podcaster:
    def write(*args: Any, **options: Any) -> None:
        raise _WritingError

    monkeypatch.setattr(podcaster, "cast", lambda *wished: ("anybody", None))
    monkeypatch.setattr(podcaster, "use", lambda role, **_: contextlib.nullcontext())
    monkeypatch.setattr(podcaster, "writer_for", lambda role, told: SimpleNamespace(fills_length=True))
    monkeypatch.setattr(podcaster, "episode_seconds", lambda *rest: 60.0)
    monkeypatch.setattr(podcaster, "voice_to_length", write)
    silent = SimpleNamespace(target_words_per_minute=(0.0, 0.0))
    return podcaster.Podcaster(None, silent)  # type: ignore[arg-type]


def test_doubts_are_told_before_anything_is_written(make: podcaster.Podcaster) -> None:
    told: list[Doubt] = []
    with pytest.raises(_WritingError):
        make(_graph(0.1, 0.2), on_doubt=told.append)
    assert [doubt.severity for doubt in told] == [0.2, 0.1]
    with pytest.warns(DoubtWarning, match="20% of the words"), pytest.raises(_WritingError):
        make(_graph(0.2))


def test_low_confidence_stops_unless_told_otherwise(make: podcaster.Podcaster) -> None:
    told: list[Doubt] = []
    with pytest.raises(UntrustedError, match=r"p\.pdf has low confidence \(0\.30\): 70% .*--anyway"):
        make(_graph(0.7), on_doubt=told.append)
    assert len(told) == 1
    with pytest.raises(_WritingError):
        make(_graph(0.7), on_doubt=told.append, anyway=True)


@pytest.mark.parametrize(("language", "name"), [("pl", "Polish"), ("und", "cannot be told")])
def test_papers_in_languages_without_episodes_are_refused(
    make: podcaster.Podcaster, language: str, name: str
) -> None:
    with pytest.raises(DocumentError, match=rf"{name}.*--language \(de \(German\)"):
        make(_graph(language=language), anyway=True)


@pytest.mark.parametrize(("expected", "why"), [(80.0, "least parts"), (40.0, "no more to say"), (64.0, None)])
def test_a_length_that_cannot_be_had_is_told_before_it_is_voiced(
    make: podcaster.Podcaster, monkeypatch: pytest.MonkeyPatch, expected: float, why: str | None
) -> None:
    told: list[Doubt] = []

    def write(*arguments: Any, on_written: Callable[[float], None], **options: Any) -> None:
        on_written(expected)
        raise _WritingError

    monkeypatch.setattr(podcaster, "voice_to_length", write)
    with pytest.raises(_WritingError):
        make(_graph(), minutes=1.0, on_doubt=told.append)
    assert [why in doubt.message for doubt in told] == ([True] if why else [])
    assert all(f"{expected:.0f} s instead of 60 s" in doubt.message for doubt in told)


def test_a_paper_with_fewer_words_than_the_episode_is_told_where_an_lm_fills_the_length(
    make: podcaster.Podcaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Doubt] = []
    make.profile = SimpleNamespace(target_words_per_minute=(150.0, 150.0))  # type: ignore[assignment]
    monkeypatch.setattr(podcaster, "writer_for", lambda role, told: EpisodeWriter())
    with pytest.raises(_WritingError):
        make(_graph(), on_doubt=told.append)
    assert "0 words, fewer than the 150" in told[0].message


def test_a_paper_that_is_too_short_for_the_length_says_so_before_anything_is_written(
    make: podcaster.Podcaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(podcaster, "writer_for", lambda role, told: ExtractWriter())
    made = podcaster.Podcaster(PodcastProgram(), profile())
    for seconds, kinds in ((60.0, []), (3600.0, ["short-paper"])):
        monkeypatch.setattr(podcaster, "episode_seconds", lambda *rest, wanted=seconds: wanted)
        told: list[Doubt] = []
        with pytest.raises(_WritingError):
            made(paper(), on_doubt=told.append)
        assert [doubt.kind for doubt in told] == kinds
