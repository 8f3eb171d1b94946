"""A voiced script as a podcast that was heard: transcript with times, aligned segments, and chapters with titles."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from podcast_dspy.analysis.comprehension import Mentions
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio import Chapter, Narration, narrated_words
from podcast_dspy.audio.durations import stressed
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnknownNameError
from podcast_dspy.generation.script import Script, ScriptSegment, Turn
from podcast_dspy.generation.spoken_sentences import heading_of, picture_name
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.language import translation
from podcast_dspy.text.words import split_sentences, tells


def script_transcription(script: Script, narration: Narration) -> TranscriptionResult:
    """A voiced script as a transcription, with the times at which its words are spoken."""
    segments: list[TranscriptSegment] = []
    words: list[WordTimestamp] = []
    language = script.language
    for segment in script.segments:
        for said in segment.turns or [segment]:
            spoken_words = _transcribed(segment, said, language)
            segments.append(spoken_words)
            span = spoken_words.start_time, spoken_words.end_time
            words.extend(narrated_words(said.text, span, narration.samples, narration.sample_rate, language))
    return TranscriptionResult(
        source_path="episode.mp3",
        transcript_text=script.text,
        word_timestamps=tuple(words),
        segments=tuple(segments),
        total_duration=narration.duration,
        confidence=1.0,
        model="script",
        language=language,
    )


def _transcribed(segment: ScriptSegment, said: ScriptSegment | Turn, language: str) -> TranscriptSegment:
    """A segment, or a turn of it, as a transcript has it."""
    start, end = said.start_time or 0.0, said.end_time or 0.0
    return TranscriptSegment(
        segment_id=segment.segment_id
        if isinstance(said, ScriptSegment)
        else f"{segment.segment_id}_{segment.turns.index(said)}",
        text=said.text,
        start_time=start,
        end_time=end,
        duration=end - start,
        segment_type=segment.segment_type.value,
        linked_atoms=segment.source_atoms,
        speaker=getattr(translation(language), said.speaker) if isinstance(said, Turn) else None,
    )


def script_alignment(script: Script) -> tuple[AlignedSegment, ...]:
    """A voiced script as aligned segments, so that what works on human podcasts works on generated ones."""
    aligned = []
    for segment in script.segments:
        spoken = _transcribed(segment, segment, script.language)
        aligned.append(
            AlignedSegment(
                segment_id=segment.segment_id,
                transcript_segment=spoken,
                primary_atoms=segment.source_atoms,
                referenced_figures=segment.figure_ids,
                segment_type=segment.segment_type,
                words_per_minute=60.0 * segment.words / spoken.duration if spoken.duration > 0 else 0.0,
            )
        )
    return tuple(aligned)


_LONGEST = 60
"""Characters; players show about so many."""


def chapters_of(script: Script, graph: DocumentGraph) -> tuple[Chapter, ...]:
    """Chapters of a voiced script: one for each stretch of a type, transitions counted to what they lead into.

    They follow each other without gaps, as players expect. A segment that has a title is a chapter of that name. Others
    are named by their kind and by what they are about: the paper, the picture that is looked at, or the key concept
    that they speak of more than the others do.
    """
    stretches: list[tuple[float, list[ScriptSegment]]] = []
    start: float | None = None
    for segment in script.segments:
        if segment.start_time is None or segment.end_time is None:
            continue
        begin = segment.start_time if start is None else start
        if not segment.segment_type.row.chapter:
            start = begin
            continue
        start = None
        if stretches and not segment.title and stretches[-1][1][0].segment_type is segment.segment_type:
            stretches[-1][1].append(segment)
        else:
            stretches.append((begin, [segment]))
    topics = _topics([segments for _, segments in stretches], graph)
    ends = [begin for begin, _ in stretches[1:]] + [
        segments[-1].end_time or 0.0 for _, segments in stretches[-1:]
    ]
    return tuple(
        Chapter(title=_title(segments, topic, graph, script.language), start=begin, end=end)
        for (begin, segments), topic, end in zip(stretches, topics, ends, strict=True)
    )


def shortened(text: str, longest: int) -> str:
    """`text` of at most so many characters, cut between words, and not after one that leads on to the next.

    An ellipsis tells that it was cut.
    """
    text = " ".join(text.split()).rstrip(" .,;:")
    if len(text) <= longest:
        return text
    words = text[:longest].split(" ")[:-1]
    while len(words) > 1 and (not stressed(words[-1].strip(",;:()")) or words[-1].endswith("(")):
        words.pop()
    return f"{' '.join(words).rstrip(' .,;:(')}…" if words else ""


def _title(segments: Sequence[ScriptSegment], topic: str, graph: DocumentGraph, language: str) -> str:
    if segments[0].title:
        return shortened(segments[0].title, _LONGEST)
    kind = segments[0].segment_type
    if language != "en":  # topics are found by English words
        return translation(language).chapters[kind.value]
    name = kind.row.chapter
    if kind is SegmentType.INTRO:
        # what stands behind a colon explains the title
        topic = graph.title.partition(": ")[0]
    elif kind is SegmentType.FIGURE_DISCUSSION:
        return _pictures(segments, graph) or name
    elif kind in (SegmentType.CONCLUSION, SegmentType.TANGENT):
        return name
    room = _LONGEST - len(name) - 2
    topic = shortened(topic, room)
    return f"{name}: {topic}" if topic else name


def _pictures(segments: Sequence[ScriptSegment], graph: DocumentGraph) -> str:
    """The one picture of a stretch by number and caption, or the numbers of several."""
    atoms = []
    for figure in dict.fromkeys(itertools.chain.from_iterable(segment.figure_ids for segment in segments)):
        try:
            atoms.append(graph.get_atom(figure))
        except UnknownNameError:
            continue
    named = [picture_name(atom) for atom in atoms if atom.figure_number]
    if len(named) != 1 or len(atoms) != 1:
        return shortened(" and ".join(named), _LONGEST)
    said = shortened(heading_of(atoms[0]), _LONGEST - len(named[0]) - 2)
    return f"{named[0]}: {said}" if said else named[0]


def _topics(stretches: Sequence[Sequence[ScriptSegment]], graph: DocumentGraph) -> list[str]:
    """The key concept that each stretch names more than the others do, each used once; "" for none.

    An everyday word says nothing as a title, however often it comes up.
    """
    mentions = Mentions(graph.key_concepts)
    counts = [
        Counter(
            place
            for segment in segments
            for sentence in split_sentences(segment.text)
            for place in mentions.places(sentence)
        )
        for segments in stretches
    ]
    everywhere: Counter[int] = sum(counts, Counter())
    used: set[int] = set()
    topics = []
    for segments, count in zip(stretches, counts, strict=True):
        if segments[0].segment_type in (SegmentType.INTRO, SegmentType.FIGURE_DISCUSSION):
            topics.append("")
            continue
        free = [place for place in count if place not in used and tells(mentions.names(place))]
        best = max(free, key=lambda place: (count[place] ** 2 / everywhere[place], -place), default=None)
        if best is not None:
            used.add(best)
        topics.append(mentions.names(best) if best is not None else "")
    return topics
