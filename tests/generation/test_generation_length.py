"""Length: of each depth, and of the audio."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lm_parts import RUNDOWN
from test_generation_planner import paper, profile

from podcast_dspy.generation import voicing
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.checks import thresholds_missed
from podcast_dspy.generation.drafts import DraftSegment, more_pictures
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.pacing import Note, Pace, length_notes
from podcast_dspy.generation.planner import plan_episode
from podcast_dspy.generation.script import EpisodePlan, Paragraph, Script, ScriptSegment, WrittenEpisode
from podcast_dspy.profiles.profile import (
    DEPTH_RANGES,
    AggregatedProfile,
    DepthTarget,
    depth_of,
    nearest_depth,
)
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.planning import Rundown
from podcast_dspy.signatures.types import SegmentType as T

_EXTRACT = ExtractWriter()


def voiced(
    monkeypatch: pytest.MonkeyPatch,
    spoken: list[float],
    *,
    expected: float | None = None,
    writer: ExtractWriter | EpisodeWriter = _EXTRACT,
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


def deep(coverage: float = 1.0, runs: int = 20) -> AggregatedProfile:
    """A profile whose hosts spend 10 to 30 s on a picture; deep dives discuss this share of the pictures."""
    target = DepthTarget(
        depth=PodcastDepth.DEEP_DIVE,
        duration_range=(1200, 1800),
        segment_count_range=(4, runs),
        concepts_per_segment=(1, 3),
        figure_coverage=coverage,
    )
    return profile(depth_targets={PodcastDepth.DEEP_DIVE: target})


def runs(*budgets: int) -> list[DraftSegment]:
    """An introduction, and runs about pictures with these budgets."""
    whole = 100 + sum(budgets)
    kinds = [T.INTRO, *[T.FIGURE_DISCUSSION] * len(budgets)]
    return [
        DraftSegment(kind, budget / whole, budget)
        for kind, budget in zip(kinds, (100, *budgets), strict=True)
    ]


def pictures_of(segments: list[DraftSegment]) -> int:
    return sum(run.segment_type is T.FIGURE_DISCUSSION for run in segments)


def test_a_deep_dive_discusses_more_pictures_and_an_overview_does_not() -> None:
    assert pictures_of(more_pictures(runs(400), deep(), seconds=1500, pictures=4, topic_words=24)) == 4
    assert pictures_of(more_pictures(runs(400), deep(0.5), seconds=1500, pictures=4, topic_words=24)) == 2
    assert pictures_of(more_pictures(runs(400), deep(), seconds=30, pictures=4, topic_words=24)) == 1
    assert pictures_of(more_pictures(runs(400), profile(), seconds=1500, pictures=4, topic_words=24)) == 1, (
        "no such depth"
    )


def test_there_are_no_more_runs_than_the_depth_has() -> None:
    assert len(more_pictures(runs(400), deep(runs=3), seconds=1500, pictures=9, topic_words=24)) == 3


@given(st.lists(st.integers(24, 900), min_size=1, max_size=4), st.integers(0, 12), st.floats(60.0, 3600.0))
def test_splitting_loses_no_time(budgets: list[int], pictures: int, seconds: float) -> None:
    before = runs(*budgets)
    after = more_pictures(before, deep(), seconds=seconds, pictures=pictures, topic_words=24)
    assert sum(run.budget for run in after) == sum(run.budget for run in before)
    assert sum(run.share for run in after) == pytest.approx(sum(run.share for run in before))
    assert all(run.budget >= 24 for run in after)
    assert pictures_of(after) <= max(len(budgets), pictures)


def test_the_plan_of_a_deep_dive_names_more_pictures() -> None:
    graph = paper(30)
    second = graph.atoms[-1].model_copy(
        update={
            "atom_id": "fig2",
            "figure_number": "2",
            "caption": "Figure 2: Misses of every policy by trace. Counts miss least in all of them.",
        }
    )
    graph = graph.model_copy(update={"atoms": (*graph.atoms, second)})
    plan = plan_episode(graph, deep(), Adjustments(), seconds=1300).plan
    assert {name for segment in plan.segments for name in segment.figure_ids} == {"fig", "fig2"}


@given(st.floats(1.0, 20_000.0))
def test_every_length_has_a_nearest_depth(seconds: float) -> None:
    assert nearest_depth(seconds) in DEPTH_RANGES
    if any(low <= seconds <= high for low, high in DEPTH_RANGES.values()):
        assert nearest_depth(seconds) is depth_of(seconds)


def script(*texts: str) -> Script:
    return Script(
        title="t",
        paper_title="t",
        document_id="d",
        segments=tuple(
            ScriptSegment(segment_id=str(i), segment_type=T.METHODOLOGY, text=text)
            for i, text in enumerate(texts)
        ),
    )


def test_what_every_host_reaches_is_missed_only_where_it_is() -> None:
    graph = paper()
    named, silent = script("This is about topic two."), script("This is about nothing at all.")
    assert thresholds_missed(named, graph, profile()) == ()
    (thin,) = thresholds_missed(silent, graph, profile())
    assert thin.kind == "thin-coverage"
    assert (
        "names 0% of the paper's key concepts by weight, every host of the profile at least 50%"
        in thin.message
    )
    unknown = graph.model_copy(update={"key_concepts": ()})
    assert thresholds_missed(silent, unknown, profile()) == (), "nothing is known to be missing"


def test_a_podcaster_aims_at_the_depth_that_it_was_compiled_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from podcast_dspy.generation import podcaster
    from podcast_dspy.generation.program import PodcastProgram

    asked: list[float] = []

    def voice_to_length(*arguments: object, seconds: float, **options: object) -> None:
        asked.append(seconds)
        raise InterruptedError

    monkeypatch.setattr(podcaster, "voice_to_length", voice_to_length)
    both = deep().depth_targets | profile().depth_targets
    made = podcaster.Podcaster(PodcastProgram(), profile(depth_targets=both), depth="deep_dive")
    for options in ({}, {"depth": "overview"}, {"minutes": 2.0}):
        with pytest.raises(InterruptedError):
            made(paper(), voice="embedded", **options)  # type: ignore[arg-type]
    assert asked == [1500.0, 240.0, 120.0]


_PARAGRAPHS = st.lists(st.tuples(st.integers(20, 120), st.integers(0, 3)), min_size=4, max_size=20)
"""Words of each paragraph, and how many notes ask for something to be said there."""


@given(_PARAGRAPHS, st.floats(0.8, 1.5), st.sets(st.integers(0, 19)))
def test_what_paragraphs_are_asked_for_adds_up_to_the_length(
    told: list[tuple[int, int]], off: float, spared: set[int]
) -> None:
    """The notes of one round are together the length of the episode, or as near as paragraphs can come."""
    script = [Paragraph(place // 2, " ".join(["word"] * words)) for place, (words, _) in enumerate(told)]
    notes = {
        place: [Note(f"say this {n}", adds=True) for n in range(more)]
        for place, (_, more) in enumerate(told)
        if more
    }
    wanted = sum(words for words, _ in told) / off
    rundown = Rundown.model_validate(
        RUNDOWN
        | {"segments": [RUNDOWN["segments"][0] | {"seconds": 30} for _ in range(1 + (len(told) - 1) // 2)]}  # type: ignore[index, operator]
    )
    pace = Pace(words_per_minute=150.0)
    found = length_notes(script, rundown, pace, wanted / 150.0 * 60.0, notes, spared)
    asked = [words for words, _ in told]
    for place, (note,) in found.items():
        said = re.search(r"(\d+) words in all", note.text)
        assert said
        asked[place] = int(said[1])
        words, more = told[place]
        assert 0.7 * words - 1 <= asked[place] <= max(1.6 * words, words + 12 * more) + 1
    # What is not worth an edit, eight words of a paragraph, is left.
    least = all(
        new <= (1.0 if more else 0.7) * words + 9 for new, (words, more) in zip(asked, told, strict=True)
    )
    assert least or sum(asked) <= 1.04 * wanted + 8 * len(rundown.segments)


def test_room_is_taken_from_what_a_note_is_about_only_where_the_rest_cannot_give_it() -> None:
    script = [Paragraph(place, " ".join(["word"] * 100)) for place in range(4)]
    rundown = Rundown.model_validate(RUNDOWN | {"segments": [RUNDOWN["segments"][0] | {"seconds": 40}] * 4})  # type: ignore[index, operator]
    pace = Pace(words_per_minute=150.0)
    little = length_notes(script, rundown, pace, 150.0, {0: [Note("explain", adds=True)]})
    assert little[0][0].text == "for this, the paragraph may have up to about 109 words in all"
    assert 0 not in length_notes(script, rundown, pace, 130.0, {1: [Note("repetition")]}, spared={0})
    planned = [
        one.model_copy(update={"seconds": 20 + 20 * place}) for place, one in enumerate(rundown.segments)
    ]
    first = rundown.model_copy(update={"segments": planned})
    longer = length_notes(script, first, pace, 150.0, {0: [Note("explain", adds=True)]})
    assert longer[0][0].text == little[0][0].text, "even where its own segment has too much"
    much = length_notes(script, rundown, pace, 108.0, {0: [Note("explain", adds=True)]})
    assert much[0][0].text == "say it within about 70 words in all"
    assert set(much) == {0, 1, 2, 3}
