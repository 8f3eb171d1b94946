"""Editing saved episodes: what is spoken anew, what follows from it, versions, and that no half episode is left."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest

from podcast_dspy.audio import AudioTags, write_audio
from podcast_dspy.audio.audio_writer import Music
from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.confidence import Doubt
from podcast_dspy.errors import InputError, StoppedError, UnknownNameError, UsageError, WorkspaceLockedError
from podcast_dspy.generation import edits
from podcast_dspy.generation.episode import Episode
from podcast_dspy.generation.episode_folder import being_made, versions_of
from podcast_dspy.generation.podcaster import Podcaster
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.running import Step
from podcast_dspy.generation.script_files import read_plan
from podcast_dspy.signatures.editing import CheckClaims, ReviseScript
from podcast_dspy.store import Tree, replaced_together, settle
from podcast_dspy.testing import FakeLM, FakeVoice, sample_pair, sample_paper, sample_profile

pytestmark = pytest.mark.models  # sentences are held against the paper by meaning


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVoice]:
    monkeypatch.setattr("podcast_dspy.generation.voicing.cache_dir", lambda: tmp_path / "cache")
    with FakeVoice(seconds_a_word=0.3, sample_rate=8000).installed() as voice:
        yield voice


@pytest.fixture
def podcaster() -> Podcaster:
    return Podcaster(PodcastProgram(), sample_profile())


def quiet(doubt: Doubt) -> None:
    """Nobody is told."""


def made(podcaster: Podcaster, **options: Any) -> Episode:
    return podcaster(sample_paper(), minutes=1, voice="fake:tone", on_doubt=quiet, **options)


@pytest.fixture
def folder(tmp_path: Path, voice: FakeVoice, spoken: Callable[[str, Path, Path], None]) -> Path:
    spoken("mp3", tmp_path / "episode", tmp_path / "cache")
    return tmp_path / "episode"


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".locks" not in path.parts
    }


def test_an_episode_is_loaded_as_it_was_saved(folder: Path) -> None:
    episode = edits.load_episode(folder)
    assert episode.script == episode.voiced
    assert episode.graph == sample_pair().document_graph
    assert episode.edited == ()
    assert [one.change for one in versions_of(folder)] == ["generated"]
    found = edits.checks(episode)
    assert {one.segment_id for one in found} == {one.segment_id for one in episode.script.segments}
    assert any(one.verdict == "supported" and one.passages for one in found)


def test_only_what_changed_is_spoken_and_all_that_depends_on_it_follows(
    folder: Path, voice: FakeVoice
) -> None:
    before = edits.load_episode(folder)
    first = before.script.segments[1]
    edits.edit_segment(
        folder, "2", f"{first.text} They also counted cheese in 99 lakes.", title="Salt & cheese"
    )
    done = edits.revoice(folder)
    assert (done.anew, len(voice.said)) == (1, 1)
    assert done.files.seconds == pytest.approx(done.before + 0.3 * 7, abs=0.1)
    after = edits.load_episode(folder)
    assert after.edited == ()
    assert "cheese" in (folder / "captions.vtt").read_text()
    assert parse_captions((folder / "captions.srt").read_text())[-1].end <= done.files.seconds
    assert "Salt & cheese" in (folder / "shownotes.md").read_text()
    assert "cheese" in (folder / "transcript.json").read_text()
    titles = [one["title"] for one in json.loads((folder / "chapters.json").read_text())["chapters"]]
    assert "Salt & cheese" in titles
    (moon,) = [one for one in edits.checks(after) if "cheese" in one.sentence]
    assert (moon.verdict, moon.segment_id) == ("unsupported", first.segment_id)
    assert "cheese" in done.episode.doubts[0].message
    assert after.record.extract is False, "an edited extract is none"
    assert after.record.guid == before.record.guid, "feeds know it again"
    assert json.loads((folder / "timeline.json").read_text())["duration"] == pytest.approx(
        done.files.seconds, abs=0.1
    )
    assert edits.revoice(folder).anew == 0


def test_segments_are_moved_deleted_and_added_in_the_file(folder: Path) -> None:
    script = edits.load_episode(folder).script
    text = (folder / "script.md").read_text()
    head, *parts = text.split("\n## ")
    new = "New words\n\nBrine treatment reduced the chloride concentration by 41%.\n"
    (folder / "script.md").write_text("\r\n## ".join([head, *parts[:1], new, *parts[2:]]))
    changes = edits.compare(script, edits.load_episode(folder).script)
    assert [one.kind for one in changes] == ["added", "removed"]
    done = edits.revoice(folder)
    assert done.anew == 1
    added = edits.load_episode(folder).script.segments[1]
    assert added.segment_id not in {one.segment_id for one in script.segments}
    assert added.source_atoms, "the sources of new sentences are found"
    assert [one.change for one in versions_of(folder)] == ["generated", "edited by hand"]


def test_only_the_edits_that_are_named_are_taken_up(folder: Path) -> None:
    texts = [one.text for one in edits.load_episode(folder).script.segments]
    edits.edit_segment(folder, "1", f"{texts[0]} One.")
    edits.edit_segment(folder, "2", f"{texts[1]} Two.")
    edits.revoice(folder, segments=["2"])
    episode = edits.load_episode(folder)
    assert episode.voiced.segments[0].text == texts[0]
    assert episode.voiced.segments[1].text.endswith("Two.")
    assert episode.edited == (episode.script.segments[0].segment_id,)
    with pytest.raises(UsageError, match="one voice"):
        edits.revoice(folder, segments=["1"], voice="fake:other")


def test_another_voice_speaks_everything_and_keeps_the_rest(folder: Path) -> None:
    done = edits.revoice(folder, voice="fake:other")
    assert done.anew == len(done.episode.script.segments)
    assert edits.load_episode(folder).record.voice == "fake:other"
    assert edits.revoice(folder).anew == 0


def test_versions_are_kept_compared_and_restored(folder: Path, podcaster: Podcaster) -> None:
    first = edits.load_episode(folder).script
    edits.edit_segment(folder, "1", "Another beginning.")
    edits.edit_segment(folder, "1", "Another beginning.")
    edits.edit_segment(folder, "1", "A third beginning.")
    assert [one.change for one in versions_of(folder)] == [
        "generated",
        "edited seg_000",
        "edited seg_000",
    ]
    assert edits.version(folder, "v2").script.segments[0].text == "Another beginning."
    back = edits.restore(folder, 1)
    assert edits.compare(first, back.script) == []
    assert versions_of(folder)[-1].change == "went back to version 1"
    with pytest.raises(UnknownNameError, match="there are: 1, 2, 3, 4"):
        edits.version(folder, 9)
    with pytest.raises(UsageError, match="edited elsewhere"):
        edits.edit_segment(folder, "1", "Mine.", was="Another beginning.")


def test_an_extract_says_another_passage_or_one_sentence_why_not(folder: Path, podcaster: Podcaster) -> None:
    episode = edits.load_episode(folder)
    outcomes = []
    for segment in episode.script.segments:
        try:
            done = edits.redo(folder, segment.segment_id, podcaster)
        except UsageError as error:
            outcomes.append(str(error))
            continue
        outcomes.append("other")
        assert not set(done.after.source_atoms) & set(segment.source_atoms)
        assert "another passage" in done.said
    assert "no other passage" in outcomes[0], "there is one opening"
    assert {"no other" in one or one == "other" for one in outcomes} == {True}
    assert edits.load_episode(folder).script.extract
    with pytest.raises(UsageError, match="cannot follow a note"):
        edits.redo(folder, "1", podcaster, note="shorter")
    with pytest.raises(UnknownNameError, match="no segment '99'"):
        edits.redo(folder, "99", podcaster)


def test_a_capable_lm_rewrites_one_segment_by_the_note(folder: Path, podcaster: Podcaster) -> None:
    text = "Wetting the salt first cut the chloride in the streams by 41%."
    script = {
        ReviseScript: {"revised": [{"paragraph": 2, "text": text, "illustrations": []}]},
        CheckClaims: lambda asked: {
            "verdicts": [
                {"number": one.number, "verdict": "supported", "reason": ""} for one in asked["sentences"]
            ]
        },
    }
    before = edits.load_episode(folder).script.segments
    lm = FakeLM(script)
    with lm.serving():
        done = edits.redo(folder, "2", podcaster, note="say it in one breath", lm="openai/any")
    assert done.after.text == text
    assert lm.asked[0].inputs["notes"] == ["Paragraph 2: say it in one breath"]
    after = edits.load_episode(folder).script.segments
    assert after[1].text == text
    assert [one for at, one in enumerate(after) if at != 1] == [
        one for at, one in enumerate(before) if at != 1
    ]
    assert edits.revoice(folder).anew == 1


def test_a_stopped_or_broken_revoicing_leaves_the_episode_as_it_was(folder: Path, voice: FakeVoice) -> None:
    edits.edit_segment(folder, "1", "Another beginning.")
    before = files(folder)
    with pytest.raises(StoppedError):
        edits.revoice(folder, stopped=lambda: True)
    assert files(folder) == before
    (folder / "script.md").write_text("# T\n\ntext\n")
    with pytest.raises(InputError, match=r"script\.md, line 3"):
        edits.revoice(folder)


KILLED = """
import os, signal, sys
from podcast_dspy.generation import edits, episode
from podcast_dspy.testing import FakeVoice
def killed(*given, **options):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(sys.modules["podcast_dspy." + sys.argv[2]], sys.argv[3], killed)
with FakeVoice(seconds_a_word=0.3, sample_rate=8000).installed():
    edits.revoice(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("module", "function"), [("generation.edits", "voice_script"), ("generation.episode", "write_sidecars")]
)
def test_a_killed_revoicing_leaves_the_old_episode_whole(
    folder: Path, tmp_path: Path, module: str, function: str
) -> None:
    edits.edit_segment(folder, "1", "Another beginning.")
    before = files(folder)
    killed = subprocess.run([sys.executable, "-c", KILLED, folder, module, function], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert {name: data for name, data in files(folder).items() if not name.startswith(".new")} == before
    assert edits.load_episode(folder).edited == ("seg_000",)
    assert files(folder) == before
    edits.revoice(folder)
    assert edits.load_episode(folder).edited == ()


def test_what_was_complete_when_the_process_was_killed_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "cards/old"):
        Tree(tmp_path).write_text(name, "old")
    real, moved = Path.replace, []

    def dying(self: Path, target: Path) -> Path:
        if ".new" in self.parts and not self.name.startswith("."):
            if moved:
                raise KeyboardInterrupt
            moved.append(self)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    with (  # noqa: PT012 - the block fails when it is left
        pytest.raises(KeyboardInterrupt),
        replaced_together(tmp_path, whole=("cards",)) as staging,
    ):
        for name in ("a", "b", "cards/new"):
            Tree(staging).write_text(name, "new")
    monkeypatch.undo()
    settle(tmp_path)
    assert files(tmp_path) == {"a": b"new", "b": b"new", "cards/new": b"new"}


def test_what_somebody_wrote_while_it_was_voiced_stays(folder: Path) -> None:
    edits.edit_segment(folder, "1", "Another beginning.")

    def meanwhile(stage: str, done: float, total: float) -> None:
        if stage == "voicing":
            text = (folder / "script.md").read_text()
            (folder / "script.md").write_text(text.replace("Another", "A third"))

    edits.revoice(folder, progress=meanwhile)
    episode = edits.load_episode(folder)
    assert episode.voiced.segments[0].text == "Another beginning."
    assert episode.script.segments[0].text == "A third beginning."


def test_a_plan_is_made_edited_and_followed(podcaster: Podcaster, voice: FakeVoice, tmp_path: Path) -> None:
    options: dict[str, Any] = {"minutes": 1, "voice": "fake:tone", "on_doubt": quiet}
    plan = podcaster.plan(sample_paper(), **options)
    unedited = podcaster.write(sample_paper(), plan=plan, **options)
    assert (
        unedited.written.script.segments == podcaster.write(sample_paper(), **options).written.script.segments
    )
    fewer = plan.model_copy(update={"segments": (plan.segments[0], plan.segments[-1])})
    Tree(tmp_path).write_model("plan.json", fewer)
    followed = podcaster.write(sample_paper(), plan=read_plan(tmp_path / "plan.json"), **options)
    assert [one.segment_id for one in followed.written.script.segments] == [
        one.segment_id for one in fewer.segments
    ]
    alien = plan.segments[1].model_copy(update={"atom_ids": ("nowhere",), "figure_ids": ()})
    with pytest.raises(UsageError, match="names nowhere"):
        podcaster.write(sample_paper(), plan=plan.model_copy(update={"segments": (alien,)}), **options)
    with pytest.raises(UsageError, match="rundown"):
        podcaster.write(sample_paper(), plan=plan.model_copy(update={"segments": ()}), **options)
    (tmp_path / "plan.json").write_text('{"title": "t"}')
    with pytest.raises(InputError, match=r"plan\.json is no plan \(target_seconds"):
        read_plan(tmp_path / "plan.json")


def test_a_script_is_written_first_and_voiced_later(
    podcaster: Podcaster, voice: FakeVoice, tmp_path: Path
) -> None:
    unvoiced = podcaster.write(sample_paper(), minutes=1, voice="fake:tone", on_doubt=quiet)
    place = unvoiced.save(tmp_path / "out", audio_format="opus")
    assert voice.said == []
    assert edits.load_episode(tmp_path / "out").record.seconds is None
    done = edits.revoice(tmp_path / "out")
    assert done.before is None
    assert done.files.audio.name == "episode.opus"
    text = place.read_text().replace(unvoiced.written.script.segments[0].text, "Only this.")
    (tmp_path / "mine.md").write_text(text)
    episode = made(podcaster, script=tmp_path / "mine.md")
    assert episode.script.segments[0].text == "Only this."
    (tmp_path / "script.json").write_text(
        unvoiced.written.script.model_copy(update={"document_id": "other"}).model_dump_json()
    )
    with pytest.raises(InputError, match="is the script of"):
        made(podcaster, script=tmp_path / "mine.md")


def test_music_moves_what_follows_and_is_as_loud(
    podcaster: Podcaster, voice: FakeVoice, tmp_path: Path
) -> None:
    tone = 0.02 * np.sin(np.arange(24_000 * 4) / 10).astype(np.float32)
    write_audio(tmp_path / "jingle.mp3", tone, 24_000, tags=AudioTags(title="j"))
    plain = made(podcaster)
    episode = made(podcaster, music=Music(intro=tmp_path / "jingle.mp3", outro=tmp_path / "jingle.mp3"))
    shift = episode.script.segments[0].start_time
    assert shift == pytest.approx(4.6, abs=0.1)
    assert episode.seconds == pytest.approx(plain.seconds + 2 * 4.6, abs=0.2)
    assert episode.chapters[0].start == 0.0
    assert episode.chapters[1].start == pytest.approx(plain.chapters[1].start + shift)
    assert episode.chapters[-1].end == pytest.approx(episode.seconds)
    samples, rate = episode.audio.samples, episode.audio.sample_rate
    assert np.abs(samples[:50]).max() < 0.01, "it comes in smoothly"
    assert np.abs(samples[rate : 2 * rate]).mean() == pytest.approx(0.19, abs=0.1), (
        "brought to the voice's level"
    )
    saved = episode.save(tmp_path / "ep")
    assert edits.load_episode(tmp_path / "ep").music.intro == tmp_path / "ep" / "intro.mp3"
    again = edits.revoice(tmp_path / "ep")
    assert (again.anew, again.files.seconds) == (0, pytest.approx(saved.seconds))
    first = parse_captions((tmp_path / "ep" / "captions.vtt").read_text())[0]
    assert first.start >= 4.5


def test_tags_are_complete_without_being_asked_for(folder: Path) -> None:
    tags = mutagen.File(folder / "episode.mp3").tags
    record = edits.load_episode(folder).record
    assert str(tags["TDRC"]) == record.published.date().isoformat() if record.published else False
    assert "extract of the paper" in str(tags.getall("COMM")[0])
    assert tags.getall("APIC")[0].data == (folder / "cover.png").read_bytes()


# Beside other work


def options(**more: Any) -> dict[str, Any]:
    return {"minutes": 1, "voice": "fake:tone", "on_doubt": quiet, **more}


def test_episodes_are_made_beside_other_work(podcaster: Podcaster, voice: FakeVoice, tmp_path: Path) -> None:
    async def main() -> tuple[Episode, list[Any]]:
        heard: list[Any] = []
        episode = await podcaster.agenerate(
            sample_paper(), tmp_path / "a", progress=lambda *step: heard.append(step), **options()
        )
        steps = [step async for step in podcaster.steps(sample_paper(), tmp_path / "b", **options())]
        assert [isinstance(step, Step) for step in steps] == [True] * (len(steps) - 1) + [False]
        return episode, heard

    episode, heard = asyncio.run(main())
    assert {stage for stage, _, _ in heard} >= {"reading", "voicing", "saving"}
    assert edits.load_episode(tmp_path / "a").voiced == episode.script
    assert edits.load_episode(tmp_path / "b").voiced == episode.script


def test_a_cancelled_task_leaves_nothing(podcaster: Podcaster, voice: FakeVoice, tmp_path: Path) -> None:
    async def main() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(
            podcaster.agenerate(
                sample_paper(), tmp_path / "a", progress=lambda *step: begun.set(), **options()
            )
        )
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert not (tmp_path / "a").exists()
    with pytest.raises(StoppedError):
        podcaster(sample_paper(), **options(stopped=lambda: True))


def test_many_papers_at_once(podcaster: Podcaster, voice: FakeVoice, tmp_path: Path) -> None:
    body = "\n\n".join(atom.content for atom in sample_paper().passages())
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "paper.md").write_text(f"# Road salt {name}\n\n## Results\n\n{body}\n")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF")
    papers = [tmp_path / "x" / "paper.md", tmp_path / "y" / "paper.md", tmp_path / "broken.pdf"]
    heard: list[tuple[str, Step]] = []
    made = podcaster.generate_all(
        papers, tmp_path / "out", at_once=2, progress=lambda *one: heard.append(one), **options()
    )
    assert [type(made[str(paper)]).__name__ for paper in papers] == [
        "EpisodeFiles",
        "EpisodeFiles",
        "DocumentError",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == ["paper", "paper-2"]
    assert {paper for paper, _ in heard} == set(map(str, papers))


def test_what_an_edited_segment_rests_on_stays_when_it_is_voiced_again(folder: Path) -> None:
    was = load_text(folder)
    edits.edit_segment(folder, "2", f"{was} And that is all.")
    edits.revoice(folder)
    rests = edits.load_episode(folder).voiced.segments[1].source_atoms
    assert rests
    stored = edits.load_episode(folder)
    assert stored.script == stored.voiced, "what is voiced as it stands is not edited"
    edits.revoice(folder)
    assert edits.load_episode(folder).voiced.segments[1].source_atoms == rests


def load_text(folder: Path) -> str:
    return edits.load_episode(folder).script.segments[1].text


def test_two_that_make_one_episode_do_not_take_it_from_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "episodes" / "salt"

    def second() -> None:
        with being_made(folder):
            raise AssertionError("the first holds the folder")

    with ThreadPoolExecutor(1) as pool:
        with being_made(folder):
            (folder / "episode.mp3").write_bytes(b"sound")
            with pytest.raises(WorkspaceLockedError, match="wait until it has finished"):
                pool.submit(second).result()
        assert (folder / "episode.mp3").read_bytes() == b"sound"
        with pytest.raises(KeyboardInterrupt), being_made(folder):
            raise KeyboardInterrupt
    assert (folder / "episode.mp3").exists()
    with pytest.raises(KeyboardInterrupt), being_made(tmp_path / "new" / "other"):
        raise KeyboardInterrupt
    assert not (tmp_path / "new").exists()
