"""Editing a saved episode: another text, another try, another voice; and what two versions of a script differ in."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from podcast_dspy.audio.audio_writer import framed
from podcast_dspy.confidence import Doubt
from podcast_dspy.errors import SettingsError, UnknownNameError, UsageError
from podcast_dspy.generation.checks import (
    CheckedSentence,
    checked_script,
    edited_in,
    language_for,
    unmeasured,
    with_sources,
)
from podcast_dspy.generation.episode import Episode, EpisodeFiles, told_chapters
from podcast_dspy.generation.episode_folder import DRAFT, StoredEpisode, Version, versions_of, write_draft
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.podcaster import Podcaster
from podcast_dspy.generation.rewriting import another_passage, rewritten
from podcast_dspy.generation.running import Progress, stoppable
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.generation.script_files import plan_of, same_words, shown_title, to_markdown
from podcast_dspy.generation.voicing import cast, second_voice_of, timed, voice_script
from podcast_dspy.lms import is_capable, use
from podcast_dspy.store import Tree
from podcast_dspy.text.normalisation import Lexicon
from podcast_dspy.text.words import split_sentences

_WAIT = 5.0
"""Seconds to wait for another edit of the same episode, which takes a moment."""


def load_episode(folder: Path | str) -> StoredEpisode:
    """An episode that `generate` saved, with what its script.md says now; see `StoredEpisode.load`."""
    return StoredEpisode.load(folder)


def checks(episode: StoredEpisode) -> tuple[CheckedSentence, ...]:
    """Every sentence of script.md with its passages and verdict: those that are stored where nothing was edited.

    Raises PrerequisiteError without the embedding model, WorkspaceError.
    """
    tree = Tree(episode.folder)
    voiced = episode.record.seconds is not None  # else what lies there is of an episode before
    if voiced and episode.script == episode.voiced and (episode.folder / "checks.json").exists():
        return tree.read_models("checks.json", CheckedSentence)
    return checked_script(episode.script, episode.graph)


def edit_segment(
    folder: Path | str, segment: str, text: str, *, title: str | None = None, was: str | None = None
) -> StoredEpisode:
    """Give a segment another text, and another title if one is given; `segment` is its id, or its number from 1.

    script.md has it at once, the audio after `revoice`. `was` is the text that whoever edits began with. Raises
    UnknownNameError, UsageError for a text without words, or where the segment is no longer what it `was`,
    WorkspaceError.
    """
    old = load_episode(folder).segment(segment)
    if was is not None and not same_words(was, old.lines):
        raise UsageError(f"{old.segment_id} was edited elsewhere meanwhile; load it again and edit that")
    if not any(character.isalnum() for character in text):
        raise UsageError(
            f"the text of {old.segment_id} has no words; delete the segment in script.md instead"
        )
    new = old if same_words(text, old.lines) else old.saying(text)
    if title is not None:
        new = new.model_copy(update={"title": " ".join(title.split())})
    return _exchanged(folder, new, f"edited {old.segment_id}", by_hand=new.text != old.text)


@dataclass(frozen=True)
class Redone:
    """A segment that was written again."""

    episode: StoredEpisode
    before: ScriptSegment
    after: ScriptSegment
    said: str
    """What was done, in one sentence."""
    rejected: tuple[str, ...] = ()
    """Sentences that the paper does not carry, with the reason; they were mended or cut."""
    disputed: tuple[str, ...] = ()
    """Sentences that stand although one of the two checks is against them."""


def redo(
    folder: Path | str,
    segment: str,
    podcaster: Podcaster,
    *,
    note: str = "",
    lm: str | None = None,
    progress: Progress | None = None,
) -> Redone:
    """Write a segment again: a capable LM by the note, with the whole script in view; an extract says another passage.

    script.md has it at once, the audio after `revoice`. Raises UnknownNameError, UsageError where there is no other
    passage or a note that nobody can follow, ModelError, SettingsError, WorkspaceError.
    """
    episode = load_episode(folder)
    before = episode.segment(segment)
    role = podcaster.role(lm)
    language_for(episode.graph, episode.script.language, role, is_capable(role))
    report = progress or (lambda stage, done, total: None)
    report("writing", 0, 1)
    rejected: list[str] = []
    disputed: list[str] = []
    if is_capable(role):
        with use(role, purpose="writer"):
            after, edited = rewritten(episode, before, podcaster.program, podcaster.profile, note)
        rejected, disputed = edited.rejected, edited.disputed
        kept = f"{role} left {before.segment_id} as it is; say in --note what shall become different"
        said = kept if after == before else f"{before.segment_id} was written again by {role}"
    elif note:
        raise UsageError(
            f"{role} speaks the paper's own sentences and cannot follow a note; name a capable model with --lm, "
            "leave the note out to hear another passage, or edit script.md"
        )
    else:
        after = another_passage(episode, before, podcaster.program, podcaster.profile)
        said = f"{before.segment_id} says another passage of the paper"
    report("writing", 1, 1)
    change = f"redid {before.segment_id}" + (f": {' '.join(note.split())[:200]}" if note else "")
    return Redone(_exchanged(folder, after, change), before, after, said, tuple(rejected), tuple(disputed))


@dataclass(frozen=True)
class Revoiced:
    """An episode that was voiced again."""

    files: EpisodeFiles
    episode: Episode
    anew: int
    """Segments that were spoken for it, in a dialogue turns; the others were kept."""
    spoken: int
    """Segments, or turns, that it has in all."""
    before: float | None
    """Seconds that it took before."""


def revoice(
    folder: Path | str,
    *,
    voice: str | None = None,
    segments: Sequence[str] = (),
    lexicon: Lexicon | None = None,
    progress: Progress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Revoiced:
    """Voice what script.md says, and make all anew that depends on it: captions, chapters, timeline, notes, checks.

    Only segments whose words (or `voice`, or respelling by `lexicon`) changed are spoken. With `segments` only their
    edits are taken up; the others stay edited in script.md. The files appear together at the end: an episode whose
    revoicing is stopped or killed stays as it was.
    Raises UnknownNameError, UsageError, InputError with the line for a script.md that makes no sense, SynthesisError,
    StoppedError, SettingsError, WorkspaceError, WorkspaceLockedError.
    """
    report = stoppable(progress or (lambda stage, done, total: None), stopped)
    begun = _draft(Path(folder).expanduser())
    stored = load_episode(folder)
    record = stored.record
    if segments and voice not in (None, record.voice):
        raise UsageError("an episode has one voice; give --voice without --segment to change it")
    script = _taking_up(stored, segments) if segments else stored.script
    chosen, respelled = voice or record.voice, dict(record.lexicon if lexicon is None else lexicon)
    asks = record.second_voice or second_voice_of(chosen, None, script.format, script.language)
    if asks == chosen:
        raise SettingsError(f"{chosen} is the voice of the other host; choose another --voice")
    cast(chosen, asks, script.format, script.language)
    with Tree(stored.folder).lock("episode"):
        report("checking", 0, 1)
        found = checked_script(script, stored.graph)
        edited = edited_in(script, stored.voiced)
        unsourced = [one.segment_id for one in edited if not one.source_atoms]
        script = with_sources(script, unsourced, found, stored.graph)
        report("checking", 1, 1)
        spoken, plain = voice_script(
            script,
            chosen,
            second_voice=asks,
            lexicon=respelled,
            progress=lambda done: report("voicing", done, 1.0),
        )
        narration = framed(plain, stored.music)
        spoken = timed(spoken, narration)
        pace = Pace(stored.plan.words_per_minute, language=script.language)
        order = [[one.segment_id for one in version.segments] for version in (script, stored.voiced)]
        plan = stored.plan if not edited and order[0] == order[1] else plan_of(spoken, pace)
        episode = Episode(
            graph=stored.graph,
            plan=plan.model_copy(
                update={"target_seconds": record.target_seconds, "rundown": stored.plan.rundown}
            ),
            script=spoken,
            audio=narration,
            chapters=told_chapters(spoken, stored.graph, narration, stored.music),
            voice=chosen,
            model_units=record.units_in_the_models_words,
            source_units=record.units_in_the_papers_words,
            doubts=(*_unsupported(_changed(found, stored.voiced)), *unmeasured(spoken, stored.graph)),
            checked=found,
            lexicon=respelled,
            music=stored.music,
            second_voice=asks,
        )
        report("saving", 0, 1)
        meanwhile = _draft(stored.folder)
        files = episode.save(
            stored.folder,
            audio_format=record.audio_format,
            cover=Tree(stored.folder).stored(record.own_cover) if record.own_cover else None,
            rss=record.rss,
            show=record.show,
            published=record.published,
            change="edited by hand",
            guid=record.guid,
            stereo=record.stereo,
        )
        if meanwhile != begun or segments:  # what somebody wrote meanwhile, and edits that were not taken up
            Tree(stored.folder).write_text(DRAFT, meanwhile or to_markdown(stored.script))
    report("saving", 1, 1)
    return Revoiced(files, episode, narration.anew, len(plain.spans), record.seconds)


def version(folder: Path | str, name: str | int) -> Version:
    """One version, by its number. Raises UnknownNameError."""
    known = versions_of(folder)
    wanted = str(name).lstrip("v")
    for one in known:
        if str(one.number) == wanted:
            return one
    numbers = ", ".join(str(one.number) for one in known) or "none"
    raise UnknownNameError(f"no version {name} of the script in {folder}; there are: {numbers}")


def restore(folder: Path | str, name: str | int) -> StoredEpisode:
    """Make a version the episode's script.md again; the audio has it after `revoice`. Raises UnknownNameError."""
    chosen = version(folder, name)
    return write_draft(load_episode(folder), chosen.script, f"went back to version {chosen.number}")


@dataclass(frozen=True)
class SegmentChange:
    """What happened to one segment between two scripts."""

    segment_id: str
    title: str
    kind: Literal["added", "removed", "moved", "changed"]
    lines: tuple[str, ...] = ()
    """Sentences that went ("- ...") and came ("+ ..."), in order."""


def compare(old: Script, new: Script) -> list[SegmentChange]:
    """What two scripts differ in, in the order of the new one; what was removed comes last."""
    before = {one.segment_id: one for one in old.segments}
    after = {one.segment_id: one for one in new.segments}
    stayed = [name for name in before if name in after]
    order = [name for name in after if name in before]
    kept = difflib.SequenceMatcher(None, stayed, order, autojunk=False).get_matching_blocks()
    in_place = {name for block in kept for name in order[block.b : block.b + block.size]}
    changes = []
    for name, one in after.items():
        was = before.get(name)
        if was is None:
            changes.append(SegmentChange(name, shown_title(one), "added", _sentences("", one.lines)))
            continue
        lines = () if same_words(was.lines, one.lines) else _sentences(was.lines, one.lines)
        if shown_title(was) != shown_title(one):
            lines = (f"- # {shown_title(was)}", f"+ # {shown_title(one)}", *lines)
        if lines:
            changes.append(SegmentChange(name, shown_title(one), "changed", lines))
        elif name not in in_place:
            changes.append(SegmentChange(name, shown_title(one), "moved"))
    return changes + [
        SegmentChange(name, shown_title(one), "removed", _sentences(one.lines, ""))
        for name, one in before.items()
        if name not in after
    ]


def _sentences(old: str, new: str) -> tuple[str, ...]:
    lines = difflib.ndiff(split_sentences(old), split_sentences(new))
    return tuple(line.rstrip() for line in lines if line[0] in "-+")


def _exchanged(
    folder: Path | str, segment: ScriptSegment, change: str, *, by_hand: bool = False
) -> StoredEpisode:
    """The episode as it is by now, with another segment in the place of the one of its id."""
    # Between reading and writing nobody else's edit of another segment may come.
    with Tree(Path(folder).expanduser()).lock("episode", timeout=_WAIT):
        episode = load_episode(folder)
        segments = tuple(
            segment if one.segment_id == segment.segment_id else one for one in episode.script.segments
        )
        extract = episode.script.extract and not by_hand
        script = episode.script.model_copy(update={"segments": segments, "extract": extract})
        return write_draft(episode, script, change)


def _taking_up(stored: StoredEpisode, names: Sequence[str]) -> Script:
    """The script as it was voiced, with the edits of some segments."""
    wanted = {stored.segment(name).segment_id: stored.segment(name) for name in names}
    before = {one.segment_id for one in stored.voiced.segments}
    if new := sorted(set(wanted) - before):
        raise UnknownNameError(
            f"{', '.join(new)} is new, and where it stands follows from the whole script; revoice without --segment"
        )
    segments = tuple(wanted.get(one.segment_id, one) for one in stored.voiced.segments)
    extract = stored.voiced.extract and (stored.script.extract or segments == stored.voiced.segments)
    return stored.voiced.model_copy(update={"segments": segments, "extract": extract})


def _draft(folder: Path) -> str:
    """What stands in script.md."""
    return Tree(folder).read_text(DRAFT) if (folder / DRAFT).exists() else ""


def _changed(found: Sequence[CheckedSentence], before: Script) -> list[CheckedSentence]:
    """The sentences that were not said before."""
    known = {sentence for one in before.segments for sentence in split_sentences(one.text)}
    return [one for one in found if one.sentence not in known]


def _unsupported(found: Sequence[CheckedSentence]) -> tuple[Doubt, ...]:
    """That sentences of an edit do not stand in the paper."""
    wrong = [one for one in found if one.verdict in ("contradicted", "unsupported")]
    if not wrong:
        return ()
    count = "1 new sentence has" if len(wrong) == 1 else f"{len(wrong)} new sentences have"
    first = f"“{wrong[0].sentence}” ({'; '.join(wrong[0].reasons)})"
    return (
        Doubt(
            kind="unsupported-claims",
            severity=min(0.3, 0.05 * len(wrong)),
            message=f"{count} no source in the paper, or the paper says otherwise, such as {first}; see checks.json",
        ),
    )
