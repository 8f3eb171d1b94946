"""What the paper says to each sentence of a script, and on which sources a segment rests once it was edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.verdicts import Evidence, Verdict, can_judge, judge_sentences
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.generation.units import names_picture
from podcast_dspy.text.words import split_sentences


class CheckedSentence(BaseModel):
    """A sentence of a script, its passages and the verdict on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    sentence: str
    verdict: Verdict
    passages: tuple[Evidence, ...] = ()
    """The paper's nearest passages, best first."""
    reasons: tuple[str, ...] = ()
    """What speaks against it."""


def checked_script(script: Script, graph: DocumentGraph) -> tuple[CheckedSentence, ...]:
    """Every sentence of a script with its verdict; none where the paper holds no prose to hold it against, or where the
    check cannot read one of the two (`can_judge`).

    The sentences are judged together, as a listener hears them. Raises PrerequisiteError without the embedding model.
    """
    if not graph.passages() or not can_judge(script.language, graph):
        return ()
    found = judge_sentences("\n\n".join(segment.text for segment in script.segments), graph)
    owners = [segment.segment_id for segment in script.segments for _ in split_sentences(segment.text)]
    return tuple(
        CheckedSentence(
            segment_id=owner,
            sentence=judged.sentence,
            verdict=judged.verdict,
            passages=judged.passages,
            reasons=judged.reasons,
        )
        for owner, judged in zip(owners, found, strict=True)
    )


def edited_in(script: Script, base: Script) -> list[ScriptSegment]:
    """Segments of a script that `base` does not have, or in which other words, or another speaker's, are said."""
    known = {(one.segment_id, one.lines) for one in base.segments}
    return [one for one in script.segments if (one.segment_id, one.lines) not in known]


def with_sources(
    script: Script, edited: Iterable[str], checks: Sequence[CheckedSentence], graph: DocumentGraph
) -> Script:
    """The script whose edited segments, by id, name as sources what their sentences were found to rest on."""
    ids = set(edited)
    segments = tuple(
        _sourced(one, checks, graph) if one.segment_id in ids else one for one in script.segments
    )
    return script.model_copy(update={"segments": segments})


def _sourced(
    segment: ScriptSegment, checks: Sequence[CheckedSentence], graph: DocumentGraph
) -> ScriptSegment:
    own = [one for one in checks if one.segment_id == segment.segment_id and one.verdict == "supported"]
    atoms = dict.fromkeys(passage.atom_id for one in own for passage in one.passages[:1])
    pictures = (*graph.get_figures(), *graph.get_tables())
    named = tuple(one.atom_id for one in pictures if names_picture(segment.text, one))
    return segment.model_copy(
        update={"source_atoms": tuple(atoms), "figure_ids": named or segment.figure_ids}
    )
