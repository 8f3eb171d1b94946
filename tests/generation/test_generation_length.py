"""The length an episode was asked for stays in its plan, however often the script is corrected."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from podcast_dspy.generation import length
from podcast_dspy.generation.program import WrittenEpisode
from podcast_dspy.generation.script import EpisodePlan, Script


def voiced(
    monkeypatch: pytest.MonkeyPatch,
    spoken: list[float],
    *,
    expected: float | None = None,
    capable: bool = False,
) -> tuple[length.Voiced, list[float]]:
    """What comes of 60 s asked for when scripts take `spoken` seconds, and what was asked for each time.

    Passages are found for `expected` seconds, else for as many as asked for.
    """
    asked: list[float] = []

    def write(graph: Any, profile: Any, *, seconds: float, capable: bool) -> WrittenEpisode:
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
        length, "voice_script", lambda script, voice, **_: (script, SimpleNamespace(duration=next(takes)))
    )
    monkeypatch.setattr(length, "_for_voice", lambda program, voice: program)
    result = length.voice_to_length(
        SimpleNamespace(write=write),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        seconds=60.0,
        voice="v",
        capable=capable,
        progress=lambda *_: None,
    )
    return result, asked


def test_the_plan_keeps_the_length_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = voiced(monkeypatch, [90.0, 75.0, 70.0])
    assert len(set(asked)) > 1
    assert result.written.plan.target_seconds == 60.0


@pytest.mark.parametrize(("capable", "next_time"), [(False, 44.0), (True, 48.0)])
def test_what_is_asked_for_next_depends_on_who_fills_it(
    monkeypatch: pytest.MonkeyPatch, capable: bool, next_time: float
) -> None:
    result, asked = voiced(monkeypatch, [75.0, 60.0], expected=55.0, capable=capable)
    assert asked == pytest.approx([60.0, next_time])
    assert (result.seconds, result.rounds) == (60.0, 2)
