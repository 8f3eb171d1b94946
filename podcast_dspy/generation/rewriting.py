"""A segment of a finished script, written again: by a capable LM with a note, or with another passage."""

from __future__ import annotations

from podcast_dspy.errors import ModelError, UsageError
from podcast_dspy.generation.choosing import Chooser
from podcast_dspy.generation.drafts import DraftSegment
from podcast_dspy.generation.editor import Assignment, Edited
from podcast_dspy.generation.episode_folder import StoredEpisode, versions_of
from podcast_dspy.generation.extract_writer import Phrases
from podcast_dspy.generation.pacing import Note, Pace
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.reading import PaperReading, read_paper
from podcast_dspy.generation.references import introduce, spelled_out
from podcast_dspy.generation.script import Script, ScriptSegment, paragraphs_of, turns_of
from podcast_dspy.generation.script_files import same_words, shown_title
from podcast_dspy.generation.script_writer import style_notes
from podcast_dspy.generation.units import paper_units
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.planning import Rundown, RundownSegment
from podcast_dspy.signatures.types import SegmentType

_ANEW = "say this in a clearer and livelier way, with the same content and about as many words"


def rewritten(
    episode: StoredEpisode,
    segment: ScriptSegment,
    program: PodcastProgram,
    profile: AggregatedProfile,
    note: str,
) -> tuple[ScriptSegment, Edited]:
    """The segment as a capable LM writes it by a note, the whole script in view; its claims are held against the paper.

    It may leave it as it is. Beside it what was turned down on the way, and what stands on the LM's word alone. Needs
    the LM in the DSPy context. Raises ModelError.
    """
    reading, script = read_paper(episode.graph), episode.script
    learned = profile.of_format(script.format)
    place = script.segments.index(segment)
    task = Assignment(
        episode.graph,
        reading,
        _rundown(script, reading),
        style_notes(learned, script.format, script.language),
        Pace.of(program.adjustments, learned, language=script.language),
        episode.plan.target_seconds,
        script.language,
    )
    paragraphs = [part for at, one in enumerate(script.segments) for part in paragraphs_of(at, one)]
    asked = " ".join(note.split()) or _ANEW
    notes = {at: [Note(asked)] for at, one in enumerate(paragraphs) if one.segment == place}
    edited = program.editor.rewrite(paragraphs, task, notes)
    said = [one for one in edited.paragraphs if one.segment == place]
    text = " ".join(one.text for one in said)
    if not text:
        raise ModelError(
            f"the paper carries nothing of what the model wrote for {segment.segment_id}; give another note, or edit "
            "script.md"
        )
    if same_words(text, segment.text):
        return segment, edited
    empty = {"source_atoms": (), "start_time": None, "end_time": None}
    return segment.model_copy(update={"text": text, "turns": turns_of(said), **empty}), edited


def _rundown(script: Script, reading: PaperReading) -> Rundown:
    """The script's segments as a plan, with the passages that each rests on."""
    segments = [
        RundownSegment(
            type=one.segment_type.value,
            chapter=shown_title(one),
            point=shown_title(one),
            passages=[
                reading.ids[name] for name in (*one.source_atoms, *one.figure_ids) if name in reading.ids
            ],
            seconds=1,
        )
        for one in script.segments
    ]
    empty = dict.fromkeys(
        ("idea", "first", "question", "stake", "mechanism", "surprise", "answer", "limit"), ""
    )
    return Rundown(title=script.title, terms=[], figures=[], segments=segments, **empty)


def another_passage(
    episode: StoredEpisode, segment: ScriptSegment, program: PodcastProgram, profile: AggregatedProfile
) -> ScriptSegment:
    """The segment with a passage of the paper that suits its type and that nothing in the script rests on, nor any
    version of this segment.

    Raises UsageError where there is none.
    """
    kind, script = segment.segment_type, episode.script
    tried = [version.script for version in versions_of(episode.folder)]
    used = {name for one in script.segments for name in one.source_atoms}
    used |= {
        name
        for version in tried
        for one in version.segments
        if one.segment_id == segment.segment_id
        for name in one.source_atoms
    }
    units = paper_units(episode.graph)
    chooser = Chooser(episode.graph, units, program.adjustments)
    chooser.tell(unit for unit in units if unit.atom_id in used)
    stretch = DraftSegment(kind, 1.0, max(1, segment.words))
    if kind is SegmentType.FIGURE_DISCUSSION:
        shown = {name for one in script.segments for name in one.figure_ids}
        stretch.figure = next((one for one in chooser.pictures() if one.atom_id not in shown), None)
    if kind is not SegmentType.INTRO and (stretch.figure or kind is not SegmentType.FIGURE_DISCUSSION):
        chooser.choose([stretch])
    if not stretch.passages:
        what = "figure" if kind is SegmentType.FIGURE_DISCUSSION else "passage"
        raise UsageError(
            f"the paper has no other {what} for {segment.segment_id} ({shown_title(segment)}) that can be spoken and "
            "followed; name a capable model with --lm, or edit script.md"
        )
    place = script.segments.index(segment)
    phrases = Phrases(profile, program.adjustments, episode.graph.document_id)
    said = [phrases.line(kind, 0.0), *(unit.text for unit in stretch.units)]
    if segment is script.segments[-1]:
        said.append(phrases.closing())
    before = [one.text for one in script.segments[:place]]
    text = " ".join(filter(None, said))
    title = episode.graph.title.rstrip(".")
    return ScriptSegment(
        segment_id=segment.segment_id,
        segment_type=kind,
        text=introduce([*before, text], spelled_out(episode.graph), title)[-1],
        title=segment.title,
        source_atoms=tuple(dict.fromkeys(unit.atom_id for unit in stretch.units)),
        figure_ids=(stretch.figure.atom_id,) if stretch.figure else (),
    )
