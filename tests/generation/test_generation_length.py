"""The length an episode was asked for stays in its plan, however often the script is corrected."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from podcast_dspy.generation import voicing
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.generation.writer import Writer
from podcast_dspy.generation.written import WrittenEpisode

_EXTRACT = ExtractWriter()


def voiced(
    monkeypatch: pytest.MonkeyPatch,
    spoken: list[float],
    *,
    expected: float | None = None,
    writer: Writer | EpisodeWriter = _EXTRACT,
) -> tuple[voicing.Voiced, list[float]]:
    """What comes of 60 s asked for when scripts take `spoken` seconds, and what was asked for each time.

    Passages are found for `expected` seconds, else for as many as asked for.
    """
    asked: list[float] = []

    def write(graph: Any, profile: Any, *, seconds: float, writer: Any, plan: Any) -> WrittenEpisode:
        asked.append(seconds)
        title = f"Round {len(asked)}"
        return WrittenEpisode(
            script=Script(title=title, paper_title=title, document_id="d", segments=()),
            plan=EpisodePlan(title=title, target_seconds=seconds, words_per_minute=160.0, segments=()),
            model_units=0,
            source_units=0,
            expected_seconds=seconds if expected is None else expected,
        )

    takes = iter(spoken)
    monkeypatch.setattr(
        voicing, "voice_script", lambda script, voice, **_: (script, SimpleNamespace(duration=next(takes)))
    )
    monkeypatch.setattr(voicing, "for_voice", lambda program, voice, language: program)
    result = voicing.voice_to_length(
        SimpleNamespace(write=write),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        seconds=60.0,
        voice="v",
        writer=writer,
        progress=lambda *_: None,
    )
    return result, asked


def test_the_plan_keeps_the_length_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = voiced(monkeypatch, [90.0, 75.0, 70.0])
    assert len(set(asked)) > 1
    assert result.written.plan.target_seconds == 60.0


def test_what_is_asked_for_next_depends_on_what_the_voice_was_misjudged_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result, asked = voiced(monkeypatch, [75.0, 60.0], expected=55.0)
    assert asked == pytest.approx([60.0, 44.0])
    assert (result.seconds, result.rounds) == (60.0, 2)


def test_the_script_of_a_capable_lm_is_edited_and_never_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[float] = []

    def fit(self: EpisodeWriter, program: Any, graph: Any, profile: Any, written: Any, length: float) -> Any:
        heard.append(length)
        return replace(written, script=written.script.model_copy(update={"title": f"Edit {len(heard)}"}))

    monkeypatch.setattr(EpisodeWriter, "fit", fit)
    result, asked = voiced(monkeypatch, [75.0, 66.0, 62.0], writer=EpisodeWriter())
    assert asked == [60.0]
    assert heard == [75.0, 66.0]
    assert (result.seconds, result.rounds) == (62.0, 3)
