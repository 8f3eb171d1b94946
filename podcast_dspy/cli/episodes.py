"""`redo`, `revoice` and `episode`: work on an episode that was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from podcast_dspy.cli.output import note, working
from podcast_dspy.cli.shared import (
    Asking,
    LexiconFile,
    Limits,
    ProfileFile,
    Result,
    argument,
    check_prices,
    chosen_lexicon,
    command,
    compiled_profile,
    episodes_folder,
    new_app,
    option,
    spent_data,
    spent_lines,
)

if TYPE_CHECKING:
    from podcast_dspy.analysis.grounding import Verdict
    from podcast_dspy.audio.audio_writer import Music
    from podcast_dspy.generation.edits import SegmentChange
    from podcast_dspy.generation.episode import UnvoicedEpisode
    from podcast_dspy.generation.script import EpisodePlan, Script

_VERDICTS: Final[dict[Verdict, str]] = {
    "supported": "supported",
    "illustration": "claims nothing",
    "contradicted": "contradicted",
    "unsupported": "no source",
}
"""How a verdict is told."""

app = new_app("Edits of an episode, and the verdict on each sentence.")

EpisodeFolder = Annotated[
    Path | None,
    option(
        "DIR", "Folder of the episode.  [default: the current folder, else the one made last]", "--episode"
    ),
]
Segment = Annotated[str, argument("SEGMENT", "The segment: its number in script.md, or its id.")]


def _folder(given: Path | None) -> Path:
    """The episode that is meant; a default is told. Raises UsageError."""
    from podcast_dspy.errors import UsageError
    from podcast_dspy.generation.episode_folder import RECORD

    if given is not None:
        return given
    if Path(RECORD).is_file():
        return Path()
    places = {Path("episodes"), episodes_folder()}
    files = (file for place in places for file in place.glob(f"*/{RECORD}"))
    made = sorted(files, key=lambda file: file.stat().st_mtime)
    if not made:
        raise UsageError("there is no episode here; name its folder with --episode")
    note(f"episode: {made[-1].parent}")
    return made[-1].parent


root = new_app()


@command(root)
def redo(
    segment: Segment,
    episode: EpisodeFolder = None,
    note_: Annotated[str, option("TEXT", "What shall become different; for a capable model.", "--note")] = "",
    profile: ProfileFile = None,
    lm: Annotated[
        str | None,
        option("MODEL", "Model that writes.  [default: embedded]", envvar="PODCAST_DSPY_LM"),
    ] = None,
    *,
    limits: Limits,
    asking: Asking,
) -> Result:
    """Write one segment of an episode again.

    A capable model rewrites it by the note, with the whole script and the paper in view, and what it claims is checked.
    Without one the segment says another passage of the paper. script.md has the new text at once, the audio after
    `revoice`; the old text is kept (`episode history`).

    \b
    Examples:
      podcast-dspy redo 2 --episode episodes/queues --lm SMALL_MODEL
      podcast-dspy redo seg_001 --note "say what a queue is before the numbers" --lm SMALL_MODEL --json
    """
    from podcast_dspy.api import load
    from podcast_dspy.lms import CostLedger, calling

    folder = _folder(episode)
    compiled = compiled_profile(profile)
    budget = limits.budget()
    ledger = CostLedger(budget)
    stopped = "The segment is as it was; run the same command to write it again."
    with working(stopped=stopped) as report, calling(timeout=asking.timeout, fresh=asking.fresh), ledger:
        from podcast_dspy.generation import edits

        podcaster = load(compiled, lm=lm)
        check_prices(budget, {"writer": podcaster.lm})
        done = edits.redo(folder, segment, podcaster, note=note_, progress=report)
    data = {
        "folder": folder,
        "segment_id": done.after.segment_id,
        "said": done.said,
        "before": done.before.text,
        "after": done.after.text,
        "rejected": done.rejected,
        "disputed": done.disputed,
        "ledger": spent_data(ledger.spent),
    }
    lines = [f"{done.said}:", "", done.after.text, ""]
    lines += [f"mended or cut: {line}" for line in done.rejected]
    lines += [f"one of two checks is against it: {line}" for line in done.disputed]
    lines.append(f"hear it: podcast-dspy revoice --episode {folder}")
    return "\n".join((*lines, *spent_lines(ledger.spent))), data


@command(root)
def revoice(
    episode: EpisodeFolder = None,
    voice: Annotated[
        str | None,
        option("VOICE", "Another voice for the whole episode.  [default: as before]"),
    ] = None,
    segment: Annotated[
        list[str] | None,
        option("SEGMENT", "Take up only the edits of this segment (may be repeated)."),
    ] = None,
    lexicon: LexiconFile = None,
) -> Result:
    """Voice what changed in script.md, and renew the rest.

    Only segments that changed are spoken. Captions, chapters, timeline, show notes, checks, tags and feed follow; all
    files change together at the end, so that a stopped command leaves the episode as it was.

    \b
    Examples:
      podcast-dspy revoice --episode episodes/queues
      podcast-dspy revoice --segment 2 --json
      podcast-dspy revoice --voice piper:joe
    """
    folder = _folder(episode)
    respelled = chosen_lexicon(lexicon) if lexicon is not None else None
    stopped = "The episode is as it was; run the same command to voice the edits."
    with working(stopped=stopped) as report:
        from podcast_dspy.generation import edits

        done = edits.revoice(folder, voice=voice, segments=segment or (), lexicon=respelled, progress=report)
    from podcast_dspy.reports import clock

    script = done.episode.script
    count, dialogue = len(script.segments), script.format == "dialogue"
    before = f" (before: {clock(done.before)})" if done.before is not None else ""
    verdicts = [one.verdict for one in done.episode.checks]
    counts = {name: verdicts.count(name) for name in _VERDICTS}
    lines = [
        script.title,
        f"{done.anew} of {done.spoken} {'turns' if dialogue else 'segments'} spoken anew, voice {done.episode.voice}",
        f"{clock(done.files.seconds)}{before}, {script.words} words",
        f"sentences: {', '.join(f'{number} {_VERDICTS[name]}' for name, number in counts.items())}",
        str(done.files.audio),
    ]
    data = {
        "files": done.files,
        "seconds": done.files.seconds,
        "seconds_before": done.before,
        "segments": count,
        "spoken": done.spoken,
        "spoken_anew": done.anew,
        "voice": done.episode.voice,
        "verdicts": counts,
        "doubts": done.episode.doubts,
    }
    return "\n".join(lines), data, *(f"note: {doubt.message}" for doubt in done.episode.doubts)


@command(app)
def show(episode: EpisodeFolder = None) -> Result:
    """Each sentence of script.md, with what the paper says to it.

    \b
    Examples:
      podcast-dspy episode show --episode episodes/queues
      podcast-dspy episode show --json
    """
    from podcast_dspy.generation import edits
    from podcast_dspy.generation.script_files import shown_title

    stored = edits.load_episode(_folder(episode))
    found = edits.checks(stored)
    lines = [stored.script.title]
    for number, segment in enumerate(stored.script.segments, 1):
        mark = " (edited, not voiced)" if segment.segment_id in stored.edited else ""
        lines += ["", f"{number}. {shown_title(segment)} [{segment.segment_id}]{mark}"]
        for one in found:
            if one.segment_id == segment.segment_id:
                where = f" [{one.passages[0].atom_id}]" if one.passages else ""
                why = f" ({'; '.join(one.reasons)})" if one.reasons else ""
                lines.append(f"  {_VERDICTS[one.verdict]:<14} {one.sentence}{where}{why}")
    data = {
        "folder": stored.folder,
        "title": stored.script.title,
        "segments": stored.script.segments,
        "edited": stored.edited,
        "sentences": found,
    }
    return "\n".join(lines), data


@command(app)
def history(episode: EpisodeFolder = None) -> Result:
    """The versions of an episode's script, oldest first.

    \b
    Examples:
      podcast-dspy episode history --episode episodes/queues
    """
    from podcast_dspy.generation.edits import compare, load_episode
    from podcast_dspy.generation.episode_folder import versions_of
    from podcast_dspy.reports import table

    folder = _folder(episode)
    known = versions_of(folder)
    pending = compare(known[-1].script, load_episode(folder).script) if known else []
    rows = [
        [str(one.number), f"{one.created_at:%Y-%m-%d %H:%M}", str(one.script.words), one.change]
        for one in known
    ]
    lines = [table(["version", "when (UTC)", "words", "change"], rows, left=1)]
    if pending:
        lines.append(f"script.md: {_counted(pending)} since")
    data = {
        "folder": folder,
        "versions": [
            {
                "number": one.number,
                "created_at": one.created_at,
                "words": one.script.words,
                "change": one.change,
            }
            for one in known
        ],
        "unsaved": pending,
    }
    return "\n".join(lines), data


@command(app)
def diff(
    a: Annotated[str | None, argument("[A]", "A version.  [default: what is voiced]")] = None,
    b: Annotated[str | None, argument("[B]", "Another.  [default: script.md]")] = None,
    episode: EpisodeFolder = None,
) -> Result:
    """What two versions of a script differ in, sentence by sentence; by default what `revoice` would take up.

    \b
    Examples:
      podcast-dspy episode diff --episode episodes/queues
      podcast-dspy episode diff 1 2 --json
    """
    from podcast_dspy.generation import edits

    folder = _folder(episode)
    stored = edits.load_episode(folder)

    def script(name: str | None, other: Script) -> Script:
        return other if name is None else edits.version(folder, name).script

    changes = edits.compare(script(a, stored.voiced), script(b, stored.script))
    lines = [_counted(changes)]
    for one in changes:
        lines += ["", f"{one.kind}: {one.title} [{one.segment_id}]", *(f"  {line}" for line in one.lines)]
    return "\n".join(lines), {"folder": folder, "changes": changes}


@command(app)
def restore(
    number: Annotated[str, argument("VERSION", "A number of `episode history`.")],
    episode: EpisodeFolder = None,
) -> Result:
    """Make an earlier version script.md again; what stands there now is kept as a version.

    \b
    Examples:
      podcast-dspy episode restore 1 --episode episodes/queues
    """
    from podcast_dspy.generation import edits

    folder = _folder(episode)
    stored = edits.restore(folder, number)
    changes = edits.compare(stored.voiced, stored.script)
    text = f"script.md is version {number.lstrip('v')} again\nto voice: {_counted(changes)}"
    return text, {"folder": folder, "version": number, "changes": changes}


def _counted(changes: list[SegmentChange]) -> str:
    kinds = [one.kind for one in changes]
    counts = [
        f"{kinds.count(kind)} {kind}" for kind in ("changed", "added", "removed", "moved") if kind in kinds
    ]
    return f"{', '.join(counts)} segment{'s' if len(kinds) > 1 else ''}" if counts else "nothing changed"


def music_of(intro: Path | None, outro: Path | None) -> Music | None:
    """The user's music, None for none. Raises AudioError for a file that is none."""
    if intro is None and outro is None:
        return None
    from podcast_dspy.audio import probe
    from podcast_dspy.audio.audio_writer import Music

    for file in (intro, outro):
        if file is not None:
            probe(file)
    return Music(intro, outro)


def plan_result(place: Path, plan: EpisodePlan, spent: Any) -> Result:
    """A plan that was written to a file, as a command's result."""
    from podcast_dspy.reports import clock, table

    if plan.rundown:
        rows = [
            [clock(one["seconds"]), one["type"], f"{one['chapter']}: {one['point']}"[:76]]
            for one in plan.rundown["segments"]
        ]
    else:
        rows = [
            [clock(one.seconds), one.segment_type.value, ", ".join((*one.atom_ids, *one.figure_ids))[:76]]
            for one in plan.segments
        ]
    text = (plan.title, table(["time", "type", "about"], rows, left=3), str(place), *spent_lines(spent))
    return "\n".join(text), {"file": place, "plan": plan, "ledger": spent_data(spent)}


def script_result(place: Path, unvoiced: UnvoicedEpisode, spent: Any) -> Result:
    """A script that is not voiced yet, as a command's result."""
    from podcast_dspy.reports import clock

    written = unvoiced.written
    data = {
        "file": place,
        "script": written.script,
        "expected_seconds": written.expected_seconds,
        "words": written.script.words,
        "ledger": spent_data(spent),
    }
    text = (
        written.script.title,
        f"about {clock(written.expected_seconds)}, {written.script.words} words, "
        f"{len(written.script.segments)} segments, not voiced",
        str(place),
        f"edit it, then: podcast-dspy revoice --episode {place.parent}",
        *spent_lines(spent),
    )
    return "\n".join(text), data
