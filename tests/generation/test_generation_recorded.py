"""Episodes about the unseen example paper, with answers that were recorded: what a good LM writes arrives whole.

To record anew, after a prompt has changed: PODCAST_DSPY_RECORD=MODEL python -m pytest -n 0 --timeout 0 THIS_FILE, with
a model as for --lm. The explainer's first script has to hold a number that the paper contradicts, for the reviewer to
find. The paper's text and what the measured check says of a sentence are left out of the comparison: better readers and
checks say other things, and the answers stay as good.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from lm_servers import Plain, running
from test_generation_planner import profile

from podcast_dspy import lms
from podcast_dspy.analysis.results import StyleProfile
from podcast_dspy.documents import read_document
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import WrittenEpisode
from podcast_dspy.lms import cache, roles
from podcast_dspy.text.words import split_sentences

pytestmark = pytest.mark.models

RECORDINGS = Path(__file__).parent / "recordings"
EXPLAINER, DIALOGUE = RECORDINGS / "cache-eviction.json", RECORDINGS / "cache-eviction-dialogue.json"
_VARIES = re.compile(
    r'"passages": \[[^\]]*\], "measured": "(?:[^"\\]|\\.)*"|\[\[ ## passages ## \]\]\n.*?\n\n(?=\[\[ ##)'
    r"|<paper>\n.*?</paper>",
    re.DOTALL,
)
HOST = StyleProfile(
    speaker_id="a", speaker_gender="female", avg_sentence_length=12.0, vocabulary_complexity=0.5, jargon_density=0.06,
    questions_per_minute=1.0, analogies_per_segment=0.1, enthusiasm_markers=("lovely",), definition_style="inline",
    example_frequency=0.3, intro_phrases=("Hi there, and welcome back.",),
    transition_phrases=("Now, here's the catch.",), figure_intro_pattern="Imagine {figure}.",
    figure_explanation_depth="brief",
)  # fmt: skip


def key(messages: list[dict[str, str]]) -> str:
    """What identifies a prompt, however the paper is read and whatever the measured check says."""
    told = "\n".join(_VARIES.sub("", str(message["content"])) for message in messages)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def write(role: str, examples: Path, writer: EpisodeWriter, seconds: float) -> WrittenEpisode:
    graph = read_document(examples / "unseen" / "cache-eviction" / "paper.pdf")
    shown = profile(style_variants={"female_a": HOST}, target_words_per_minute=(170.0, 180.0))
    with lms.use(role, num_retries=0):
        return PodcastProgram().write(graph, shown, seconds=seconds, writer=writer)


def recorded(
    recording: Path, examples: Path, writer: EpisodeWriter, seconds: float
) -> Iterator[WrittenEpisode]:
    known = json.loads(recording.read_text(encoding="utf-8")) if recording.exists() else {}
    model = os.environ.get("PODCAST_DSPY_RECORD")
    for server in running(Plain(lambda body: str(known.get(key(body["messages"]), "no such prompt")))):
        with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
            for module in (cache, roles):  # loopback ports come again, and answers are kept by address
                patch.setattr(module, "answers_at", lambda folder=folder: Path(folder))
            try:
                written = write(model or f"recorded@{server.url}", examples, writer, seconds)
            except UnusableAnswerError:
                pytest.fail(f"a prompt has changed. {__doc__}")
        if model and written.record is not None:
            used = {key(list(one.prompt)): one.answer for one in written.record.exchanges if not one.unusable}
            recording.write_text(
                json.dumps(used, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
            )
        yield written


@pytest.fixture(scope="module")
def episode(examples: Path) -> Iterator[WrittenEpisode]:
    yield from recorded(EXPLAINER, examples, EpisodeWriter(), 240.0)


@pytest.fixture(scope="module")
def dialogue(examples: Path) -> Iterator[WrittenEpisode]:
    yield from recorded(DIALOGUE, examples, EpisodeWriter(format="dialogue"), 90.0)


def test_nothing_is_thrown_away_and_the_budget_is_kept(episode: WrittenEpisode) -> None:
    assert episode.record is not None
    exchanges = episode.record.exchanges
    assert [one.part for one in exchanges].count("planner") == 1
    assert [one.part for one in exchanges].count("writer") == 1
    assert not any(one.unusable for one in exchanges)
    characters = sum(len(one.answer) + sum(len(told["content"]) for told in one.prompt) for one in exchanges)
    assert len(exchanges) <= 25
    assert characters / 4 <= 60_000


def test_the_point_of_the_paper_is_told_at_the_length_that_was_asked_for(episode: WrittenEpisode) -> None:
    assert episode.expected_seconds == pytest.approx(240.0, rel=0.05)
    assert all(number in episode.script.text for number in ("58.2", "45.5", "42", "52.8"))
    assert episode.script.segments[0].segment_type == "intro"
    assert any(segment.figure_ids for segment in episode.script.segments)


def test_what_the_reviewer_found_was_mended_and_is_recorded(episode: WrittenEpisode) -> None:
    found = [re.search(r"“(.+)” is contradicted by the paper", reason) for reason in episode.rejections]
    wrong = [one[1] for one in found if one]
    assert wrong
    assert not any(sentence in episode.script.text for sentence in wrong)


def test_only_the_models_words_are_spoken(episode: WrittenEpisode, dialogue: WrittenEpisode) -> None:
    for written in (episode, dialogue):
        assert written.record is not None
        said = " ".join(" ".join(one.answer for one in written.record.exchanges).split())
        for segment in written.script.segments:
            for line in [turn.text for turn in segment.turns] or [segment.text]:
                for sentence in split_sentences(line):
                    assert json.dumps(sentence, ensure_ascii=False)[1:-1] in said


def test_two_hosts_tell_the_main_result_in_turns_at_the_length_that_was_asked_for(
    dialogue: WrittenEpisode,
) -> None:
    script = dialogue.script
    assert script.format == "dialogue"
    assert all(segment.turns for segment in script.segments)
    assert {turn.speaker for segment in script.segments for turn in segment.turns} == {"asker", "explainer"}
    assert dialogue.expected_seconds == pytest.approx(90.0, rel=0.05)
    assert "52.8" in script.text
    asked = [turn for segment in script.segments for turn in segment.turns if turn.speaker == "asker"]
    assert any("?" in turn.text for turn in asked)
