"""Whole: an episode told segment by segment by a capable LM, kept at its length on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft
from podcast_dspy.generation.leads import lead
from podcast_dspy.generation.phrasing import PURPOSES, Phrases, join
from podcast_dspy.generation.telling import Brief, Teller
from podcast_dspy.generation.writer import Said, Writer
from podcast_dspy.profiles.profile import AggregatedProfile

__all__ = ["Told", "tell_whole"]

_BEFORE = 400
"""Characters of what was said so far that the next segment sees."""
_SHORTEST = 20
"""Words to ask for, however little time is left."""
_MOST, _LEAST = 2.0, 0.5
"""Words spoken for each word asked for, beyond which a segment says nothing about the LM's habit."""


@dataclass(frozen=True)
class Told:
    """The text of each run, and what the LM contributed to it."""

    texts: list[str]
    said: list[Said]


def tell_whole(
    writer: Writer,
    draft: Draft,
    graph: DocumentGraph,
    profile: AggregatedProfile,
    adjustments: Adjustments,
    *,
    length: Callable[[str, float], int],
) -> Told:
    """Tell every run of a draft; `length` gives the spoken words of a text at a pace (words a minute).

    LMs keep to a number of words only roughly, each with a habit of its own; so what each segment was asked for and
    what came is compared, and the rest of the time is shared among the rest of the runs. Raises ModelError.
    """
    phrases = Phrases(profile, adjustments, graph.document_id)
    teller = Teller(writer.write, graph)
    style = _style_notes(profile)
    pace = draft.plan.words_per_minute
    left = draft.plan.target_seconds / 60.0 * pace - length(phrases.closing(), pace)
    budgets = float(sum(segment.budget for segment in draft.segments))
    habit = 1.0
    told = Told([], [])
    for index, segment in enumerate(draft.segments):
        opener = lead(phrases, draft, index, graph)
        passages = [unit.text for unit in segment.units]
        text = opener
        teller.heard(opener)
        if passages:
            due = segment.budget * left / budgets - length(opener, pace)
            wanted = max(_SHORTEST, round(due / habit))
            before = f"{' '.join(told.texts)} {opener}".strip()[-_BEFORE:]
            purpose = PURPOSES[segment.segment_type]
            said = teller.tell(
                Brief(
                    purpose,
                    passages,
                    draft.plan.segments[index].concepts,
                    before,
                    style,
                    wanted,
                ),
                writer.told_alike(purpose, passages, adjustments.demonstrations),
            )
            told.said.append(said)
            aside = phrases.aside(segment.segment_type) if said.text else ""
            # Of a run of which nothing is left to say, nothing is announced either.
            text = f"{join(opener, said.text)} {aside}".rstrip() if said.text else ""
            ratio = length(said.text, pace) / wanted
            habit = (habit + min(_MOST, max(_LEAST, ratio))) / 2.0
        told.texts.append(text)
        left -= length(text, pace)
        budgets -= segment.budget
    told.texts[-1] = f"{told.texts[-1]} {phrases.closing()}"
    return told


def _style_notes(profile: AggregatedProfile) -> str:
    styles = list(profile.style_variants.values())
    if not styles:
        return "plain and friendly"
    length = sum(style.avg_sentence_length for style in styles) / len(styles)
    markers = sorted({marker for style in styles for marker in style.enthusiasm_markers})[:5]
    few, many = profile.target_concepts_per_minute
    return (
        f"sentences of about {length:.0f} words; names {few:.0f} to {many:.0f} key concepts a minute; "
        f"says things like: {', '.join(markers) or 'nothing special'}"
    )
