"""The segment writer: an episode in a capable LM's own words, kept as far as the paper carries them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import dspy

from podcast_dspy.analysis.grounding import Support, ground
from podcast_dspy.analysis.numbers import numbers
from podcast_dspy.analysis.passages import paper_index
from podcast_dspy.analysis.sentences import content_stems
from podcast_dspy.analysis.terms import unknown_entities
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.generation.openers import PURPOSES, Phrases, join, opener_of
from podcast_dspy.generation.units import sentences
from podcast_dspy.generation.writer import Said, Task, Written, nearest_demonstrations
from podcast_dspy.lms import if_usable
from podcast_dspy.profiles.profile import AggregatedProfile

__all__ = ["Brief", "SegmentDrafter", "SegmentWriter"]

_TEMPERATURE = 0.7
_ATTEMPTS = 2
_CARRIED = 0.7
"""Share of a segment's claims that the paper has to carry. Hosts reach 0.5 to 0.6: the rest is pictures and asides."""
_ENOUGH = 0.6
"""Share of the words asked for from which a draft needs no second one."""
_EXPRESSED = 0.6
"""Share of a passage's content words from which it counts as said."""
_NAMED_FAULTS = 4
_GIVEN_UP = 4
"""Answers in a row that cannot be read, from which the LM is taken to be unfit."""
_MARKS = re.compile(r"[*`]|__")
_UNSPOKEN = re.compile(
    r"^\s*(?:#+|[-•])\s*|^\s*(?:host|narrator|speaker(?: \d)?)\s*:\s*|\[[^\]]*\]"
    r"|\((?:music|pause|laughs?|chuckles?|sighs?|intro|outro|sound|beat)[^)]*\)",
    re.IGNORECASE | re.MULTILINE,
)
"""Headings, bullets, speaker labels and stage directions."""


@dataclass(frozen=True)
class Brief:
    """What one segment has to do."""

    purpose: str
    passages: Sequence[str]
    concepts: Sequence[str]
    before: str
    """The end of what was said so far, the segment's own opener included."""
    style: str
    words: int
    """Spoken words to fill."""


@dataclass
class _Draft:
    kept: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    claims: int = 0
    readable: bool = True
    """False where there was no answer to take anything from."""

    @property
    def words(self) -> int:
        return sum(len(sentence.split()) for sentence in self.kept)

    @property
    def text(self) -> str:
        return " ".join(self.kept)


class SegmentDrafter:
    """Drafts the segments of one episode; no sentence is said twice.

    A sentence with a number, a name, a negation or a direction that is not the paper's is always left out. Pictures
    and asides that the paper does not hold may stay while at least 70% of the segment's claims are carried by it, the
    same measure by which an evaluation counts claims.
    """

    def __init__(self, write: dspy.Predict, graph: DocumentGraph) -> None:
        """Draft with the predictor `write` about a paper."""
        self._write = write
        self._graph = graph
        self._allowed = " ".join((graph.title, *graph.authors))
        self._said: set[tuple[str, ...]] = set()
        self._unreadable = 0

    def note(self, text: str) -> None:
        """What was said besides the segments drafted here, so that it is not said again."""
        self._said.update(_key(sentence) for sentence in sentences(text))

    def write(self, brief: Brief, demonstrations: Sequence[Any] = ()) -> Said:
        """One segment: the better of two drafts, the second told what was wrong with the first.

        Where both leave more than half of the words unsaid, passages that nothing has expressed fill them up; so
        they do for answers that cannot be used. Raises ModelError when the LM fails, or is unfit.
        """
        best, corrections = _Draft(), ""
        faults: list[str] = []
        for attempt in range(_ATTEMPTS):
            config: dict[str, Any] = (
                {} if attempt == 0 else {"temperature": _TEMPERATURE, "rollout_id": attempt}
            )
            draft = self._drafted(brief, demonstrations, corrections, config)
            faults.extend(draft.faults)
            if min(draft.words, brief.words) > min(best.words, brief.words):
                best = draft
            if best.words >= _ENOUGH * brief.words and len(draft.faults) <= 1:
                break
            corrections = _corrections(draft, brief.words) if draft.readable else ""
        filled = self._filled(best, brief) if best.words < 0.5 * brief.words else best.kept
        self.note(" ".join(filled))
        return Said(" ".join(filled), grounded=best.claims > 0, rejected=tuple(dict.fromkeys(faults)))

    def _drafted(
        self, brief: Brief, demonstrations: Sequence[Any], corrections: str, config: dict[str, Any]
    ) -> _Draft:
        """One draft; an answer of which nothing can be spoken is not kept for the next run."""
        draft = _Draft(readable=False)
        try:
            with if_usable():
                answer = self._write(
                    purpose=brief.purpose,
                    paper_title=self._graph.title,
                    passages=list(brief.passages),
                    concepts=list(brief.concepts),
                    said_before=brief.before,
                    style=brief.style,
                    words=brief.words,
                    corrections=corrections,
                    demos=list(demonstrations),
                    config=config,
                )
                self._unreadable = 0
                draft = self._checked(str(answer.text or ""))
                if not draft.kept:
                    raise UnusableAnswerError("nothing of the answer stands in the paper")
        except UnusableAnswerError as error:
            if not draft.readable:
                draft.faults.append(str(error))
                self._unreadable += 1
            if self._unreadable >= _GIVEN_UP:
                raise
        return draft

    def _checked(self, text: str) -> _Draft:
        """The sentences of an answer that may be spoken."""
        found = sentences(" ".join(_UNSPOKEN.sub(" ", _MARKS.sub("", text)).split()))
        supports = ground(found, self._graph, allowed=self._allowed)
        draft = _Draft()
        chosen: list[Support] = []
        seen = set(self._said)
        for support in supports:
            fault = _fault(support) or self._unknown_name(support)
            key = _key(support.sentence)
            if fault is None and key in seen:
                fault = "is said twice"
            if fault is not None:
                draft.faults.append(f"“{support.sentence}” {fault}")
                continue
            seen.add(key)
            chosen.append(support)
        claims = [support for support in chosen if support.kind == "claim"]
        # What the paper carries least goes first, until it carries enough of the rest.
        for weakest in sorted(claims, key=lambda support: support.score):
            if weakest.supported or sum(one.supported for one in claims) >= _CARRIED * len(claims):
                break
            claims.remove(weakest)
            chosen.remove(weakest)
            draft.faults.append(f"“{weakest.sentence}” stands in no passage")
        if claims:
            draft.kept = [support.sentence for support in chosen]
        draft.claims = len(claims)
        return draft

    def _unknown_name(self, support: Support) -> str | None:
        """An invented host or show in a greeting, which claims nothing and so is not held against the paper."""
        if support.kind == "claim":
            return None
        known = paper_index(self._graph).vocabulary
        names = [name for name in unknown_entities(support.sentence, known) if name not in self._allowed]
        return f"names what the paper does not know ({', '.join(names)})" if names else None

    def _filled(self, draft: _Draft, brief: Brief) -> list[str]:
        kept, words = list(draft.kept), draft.words
        said = set(content_stems(draft.text))
        for passage in brief.passages:
            stems = set(content_stems(passage))
            if words >= brief.words or not stems or _key(passage) in self._said:
                continue
            if len(stems & said) < _EXPRESSED * len(stems):
                kept.append(passage)
                words += len(passage.split())
        return kept


def _fault(support: Support) -> str | None:
    """What no sentence may have, whatever else it says."""
    if support.unsupported_numbers:
        return f"has numbers that are not the paper's ({', '.join(support.unsupported_numbers)})"
    if support.contradicted_numbers:
        return f"has another number than the passages ({', '.join(support.contradicted_numbers)})"
    if support.unsupported_entities:
        return f"names what the paper does not know ({', '.join(support.unsupported_entities)})"
    if support.contradictions:
        return support.contradictions[0]
    if support.sentence[-1] not in ".?!…\"”')":
        return "breaks off"
    return None


def _corrections(draft: _Draft, words: int) -> str:
    lines = [f"Leave out or mend: {fault}." for fault in draft.faults[:_NAMED_FAULTS]]
    if draft.words < _ENOUGH * words:
        lines.append(
            f"Only {draft.words} words of the draft could stay; fill {words} from the passages alone."
        )
    return "\n".join(lines)


def _key(sentence: str) -> tuple[str, ...]:
    """What a sentence says, whatever its connectives: its content words and numbers, in any order."""
    content = {*content_stems(sentence), *(str(number.value) for number in numbers(sentence))}
    return tuple(sorted(content)) or tuple(re.findall(r"\w+", sentence.lower()))


_BEFORE = 400
"""Characters of what was said so far that the next segment sees."""
_SHORTEST = 20
"""Words to ask for, however little time is left."""
_MOST, _LEAST = 2.0, 0.5
"""Words spoken for each word asked for, beyond which a segment says nothing about the LM's habit."""


@dataclass(frozen=True)
class SegmentWriter:
    """Has a capable LM write each segment in its own words.

    LMs keep to a number of words only roughly, each with a habit of its own; so what each segment was asked for and
    what came is compared, and the rest of the time is shared among the rest of the stretches.
    """

    fills_length: ClassVar[bool] = True

    def write(self, task: Task) -> Written:
        """Write every stretch of a draft, each going on from what was said before it. Raises ModelError."""
        draft, pace = task.draft, task.draft.plan.words_per_minute
        phrases = Phrases(task.profile, task.adjustments, task.graph.document_id)
        drafter = SegmentDrafter(task.prompts.write, task.graph)
        style = _style_notes(task.profile)
        left = draft.plan.target_seconds / 60.0 * pace - task.length(phrases.closing())
        budgets = float(sum(segment.budget for segment in draft.segments))
        habit = 1.0
        written = Written([])
        for index, segment in enumerate(draft.segments):
            opener = opener_of(phrases, draft, index, task.graph)
            passages = [unit.text for unit in segment.units]
            text = opener
            drafter.note(opener)
            if passages:
                due = segment.budget * left / budgets - task.length(opener)
                wanted = max(_SHORTEST, round(due / habit))
                before = f"{' '.join(written.texts)} {opener}".strip()[-_BEFORE:]
                purpose = PURPOSES[segment.segment_type]
                concepts = draft.plan.segments[index].concepts
                said = drafter.write(
                    Brief(purpose, passages, concepts, before, style, wanted),
                    _segments_alike(task, purpose, passages),
                )
                written.said.append(said)
                # Of a stretch of which nothing is left to say, nothing is announced either.
                text = join(opener, said.text) if said.text else ""
                ratio = task.length(said.text) / wanted
                habit = (habit + min(_MOST, max(_LEAST, ratio))) / 2.0
            written.texts.append(text)
            left -= task.length(text)
            budgets -= segment.budget
        written.texts[-1] = f"{written.texts[-1]} {phrases.closing()}"
        return written


def _segments_alike(task: Task, purpose: str, passages: Sequence[str]) -> list[Any]:
    """Demonstrations of whole segments with the same purpose, the nearest last; empty before compilation."""
    bank = [demo for demo in task.prompts.write.demos if demo["purpose"] == purpose]
    texts = [" ".join(demo["passages"]) for demo in bank]
    (nearest,) = nearest_demonstrations(bank, texts, [" ".join(passages)], task.adjustments.demonstrations)
    return nearest


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
