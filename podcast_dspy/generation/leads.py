"""Leads: what opens each run of a draft, with the names that it has to say filled in."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.drafts import Draft, DraftSegment
from podcast_dspy.generation.phrasing import Phrases
from podcast_dspy.signatures.types import SegmentType

__all__ = ["lead"]


def lead(phrases: Phrases, draft: Draft, index: int, graph: DocumentGraph) -> str:
    """The opener of run `index`; to be asked for in the order of the runs, since no phrase is said twice."""
    planned = draft.plan.segments[index]
    announced = index > 0 and draft.segments[index - 1].segment_type is SegmentType.TRANSITION
    return phrases.opener(
        draft.segments[index].segment_type, planned.seconds, _slots(draft, index, graph), announced=announced
    )


def _topic(segment: DraftSegment) -> str | None:
    return {
        SegmentType.BACKGROUND: "the background",
        SegmentType.PROBLEM_STATEMENT: "the problem",
        SegmentType.METHODOLOGY: "how they did it",
        SegmentType.KEY_FINDING: "what they found",
        SegmentType.FIGURE_DISCUSSION: "the pictures",
        SegmentType.IMPLICATION: "why it matters",
        SegmentType.LIMITATION: "the caveats",
        SegmentType.CONCLUSION: "what to take away",
        SegmentType.TANGENT: "a short aside",
    }.get(segment.segment_type)


def _spoken_name(picture: DocumentAtom) -> str:
    return f"{'Table' if picture.atom_type == 'table' else 'Figure'} {picture.figure_number}"


def _by(authors: Sequence[str]) -> str:
    """Who wrote it, as a host says it."""
    if len(authors) > 2:
        return f"{authors[0]} and colleagues"
    return " and ".join(authors)


def _slots(draft: Draft, index: int, graph: DocumentGraph) -> dict[str, str]:
    segment = draft.segments[index]
    slots = {"title": graph.title.rstrip("."), "authors": _by(graph.authors)}
    if segment.figure is not None:
        slots["figure"] = _spoken_name(segment.figure)
    following = draft.segments[index + 1] if index + 1 < len(draft.segments) else None
    topic = (
        _topic(following) if segment.segment_type is SegmentType.TRANSITION and following else _topic(segment)
    )
    if topic:
        slots["topic"] = topic
    return slots
