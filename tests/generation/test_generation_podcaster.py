"""The podcaster: from a paper to an episode's files, and where they may lie."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_generation_planner import paper, profile

from podcast_dspy.audio import Narration
from podcast_dspy.confidence import Confidence, Doubt, DoubtWarning
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, UntrustedError, UsageError
from podcast_dspy.generation import podcaster, voicing
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.publishing import PaperKey, check_place, free_folder
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment, WrittenEpisode
from podcast_dspy.generation.voiced_script import chapters_of, script_alignment, script_transcription
from podcast_dspy.generation.voicing import voice_to_length
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType


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


GRAPH = DocumentGraph(
    source_path="p.md", sha256="0" * 64, document_id="d", title="Rain: a study", page_count=1
)


def script(spans: list[tuple[SegmentType, float]]) -> Script:
    segments, at = [], 0.0
    for index, (kind, seconds) in enumerate(spans):
        segments.append(
            ScriptSegment(
                segment_id=f"seg_{index:03d}", segment_type=kind, text="Some words are said here.", start_time=at,
                end_time=at + seconds,
            )
        )  # fmt: skip
        at += seconds + 0.45
    return Script(title="t", paper_title="t", document_id="d", segments=tuple(segments))


@given(st.lists(st.tuples(st.sampled_from(SEGMENT_TYPES), st.floats(0.5, 60)), min_size=1, max_size=20))
def test_chapters_follow_each_other_without_gaps(spans: list[tuple[SegmentType, float]]) -> None:
    chapters = chapters_of(script(spans), GRAPH)
    assert all(one.end == two.start for one, two in itertools.pairwise(chapters))
    assert all(one.start < one.end for one in chapters)
    spoken = [kind for kind, _ in spans if kind is not SegmentType.TRANSITION]
    assert bool(chapters) == bool(spoken)


def test_a_voiced_script_is_a_transcription_with_word_times_inside_its_segments() -> None:
    voiced = script([(SegmentType.INTRO, 5.0), (SegmentType.METHODOLOGY, 7.0)])
    silence = Narration(np.zeros(round(12.45 * 16_000), np.float32), 16_000, [])
    heard = script_transcription(voiced, silence)
    assert [segment.segment_type for segment in heard.segments] == ["intro", "methodology"]
    assert all(0.0 <= word.start_time <= word.end_time <= 12.45 for word in heard.word_timestamps)
    aligned = script_alignment(voiced)
    assert [segment.segment_type for segment in aligned] == [SegmentType.INTRO, SegmentType.METHODOLOGY]


class Scribe(PodcastProgram):
    """Writes exactly the seconds it is asked for, in words of half a second, for a voice that is 20% slower."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def deepcopy(self) -> Any:
        return self

    def write(self, graph: Any, profile: Any, *, seconds: float, writer: Any = None, plan: Any = None) -> Any:
        self.asked.append(seconds)
        text = " ".join(["word"] * round(2 * seconds))
        segment = ScriptSegment(segment_id="seg_000", segment_type=SegmentType.INTRO, text=text)
        plan = EpisodePlan.model_construct(
            title="t", target_seconds=seconds, words_per_minute=120.0, segments=()
        )
        written = Script(title="t", paper_title="t", document_id="d", segments=(segment,))
        return WrittenEpisode(
            script=written, plan=plan, model_units=0, source_units=1, expected_seconds=seconds
        )


def test_the_audio_decides_whether_the_length_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_voice(script: Script, voice: str, **_: Any) -> tuple[Script, Narration]:
        seconds = 1.2 * script.words / 2
        samples = np.zeros(round(seconds * 100), np.float32)
        return script, Narration(samples=samples, sample_rate=100, spans=[(0.0, seconds)], voice=voice)

    monkeypatch.setattr(voicing, "voice_script", slow_voice)
    scribe = Scribe()
    none: Any = None
    voiced = voice_to_length(
        scribe,
        none,
        none,
        seconds=100.0,
        voice="unknown:voice",
        writer=ExtractWriter(),
        progress=lambda *_: None,
    )
    assert voiced.seconds == pytest.approx(100.0, rel=0.03)
    assert voiced.rounds == 2
    assert scribe.asked == pytest.approx([100.0, 100.0 / 1.2])


ONE = PaperKey("aaaaaaaaaaaa", None, "On rain")
OTHER = PaperKey("bbbbbbbbbbbb", None, "On snow")
PAGE = PaperKey("cccccccccccc", "https://a.org/rain", "On rain")


def _episode(folder: Path, paper: PaperKey) -> Path:
    folder.mkdir(parents=True)
    (folder / "episode.json").write_text(json.dumps({"title": "An episode", **paper.record()}))
    return folder


def test_the_same_paper_keeps_its_folder(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "paper", ONE)
    check_place(folder, ONE)
    check_place(tmp_path / "new", ONE)
    assert free_folder(folder, ONE) == folder


def test_another_paper_gets_another_folder(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "paper", ONE)
    with pytest.raises(UsageError, match=r"An episode.*--output"):
        check_place(folder, OTHER)
    assert free_folder(folder, OTHER) == tmp_path / "paper-2"
    _episode(tmp_path / "paper-2", PAGE)
    assert free_folder(folder, OTHER) == tmp_path / "paper-3"
    _episode(tmp_path / "paper-3", OTHER)
    assert free_folder(folder, OTHER) == tmp_path / "paper-3"


@pytest.mark.parametrize("record", ["", "[]", '{"title": "Old"}', '{"document_id": null, "source": null}'])
def test_an_episode_of_unknown_origin_stays(tmp_path: Path, record: str) -> None:
    (tmp_path / "episode.json").write_text(record)
    with pytest.raises(UsageError):
        check_place(tmp_path, OTHER)


def test_a_page_that_changed_a_little_is_the_same_paper(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "rain", PAGE)
    check_place(folder, PaperKey("dddddddddddd", PAGE.source, PAGE.title))
    check_place(folder, PaperKey.unread("https://a.org/rain"))
    for other in (
        PaperKey("dddddddddddd", PAGE.source, "On hail"),
        PaperKey.unread("https://a.org/rain?id=2"),
        PaperKey.unread("https://a.org/snow"),
    ):
        with pytest.raises(UsageError):
            check_place(folder, other)


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    from podcast_dspy.documents import read_document

    paper = tmp_path / "paper.md"
    paper.write_text(
        "# On rain\n\nAnn Lee\n\n## Abstract\n\nIt rains in the north, and it rains in the south.\n"
    )
    assert PaperKey.unread(str(paper)).matches(PaperKey.of(read_document(paper)).record())
