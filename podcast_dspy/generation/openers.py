"""Openers, asides and closings: the words around the content, from the profile's hosts or, where it has none, plain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft, DraftSegment
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.wordlists import FUNCTION_WORDS

__all__ = ["Phrases", "join", "opener_of"]

_T = SegmentType

_CLOSINGS: Final = (
    "That is the paper, in short. Thank you for listening.",
    "And that is the paper. Thanks for listening.",
    "That's all for this paper. Thank you for listening.",
)
_SPEAKS_TO = re.compile(r"\b(?:you|your|let's|imagine|picture)\b", re.IGNORECASE)
_SLOT = re.compile(r"\{(\w+)\}")
_KEEP_CAPITAL = re.compile(r"^(?:I\b|[A-Z][\w-]*[A-Z\d]|[A-Z]\b(?!\s))")


def join(opener: str, sentence: str) -> str:
    """An opener and the sentence it leads into: two sentences, or one when the opener does not end one."""
    opener = opener.strip()
    if not opener:
        return sentence
    if opener[-1] in ".?!:":
        return f"{opener} {sentence}"
    lead = sentence
    words = sentence.split()
    if words and not _KEEP_CAPITAL.match(sentence) and words[0].lower() in FUNCTION_WORDS:
        lead = sentence[0].lower() + sentence[1:]
    return f"{opener.rstrip(',')}, {lead}"


@dataclass
class Phrases:
    """Openers by segment type, each said at most once an episode.

    The same paper always gets the same ones; `paper`, its id, decides with which line of each kind an episode begins,
    so that whoever follows a show does not hear the same lines week after week.
    """

    profile: AggregatedProfile
    adjustments: Adjustments
    paper: str = ""
    _said: set[str] = field(default_factory=set)
    _questions_due: float = 0.0
    _address_due: float = 0.0

    def opener(
        self, segment_type: SegmentType, seconds: float, slots: Mapping[str, str], *, announced: bool = False
    ) -> str:
        """What opens a stretch of that type and length, at most two short sentences; empty when nothing is left to say.

        Hosts' own openers come first, then a question when one is due, then plain phrases. Introductions, figures and
        transitions always name what they are about, with `slots` filled in; a phrase whose slots are not given is
        passed over. Where a transition has `announced` the stretch, nothing announces it again.
        """
        self._questions_due += self._question_rate * seconds / 60.0
        self._address_due += self.adjustments.address_rate * seconds / 60.0
        due = self._address_due >= 1.0
        named = bool(segment_type.row.names)
        first = (
            self._named(segment_type, slots) if named else "" if announced else self._free(segment_type, due)
        )
        # What opens a stretch twice says nothing the second time, and who was just spoken to is not at once again.
        alone = not first or (named and not _SPEAKS_TO.search(first))
        second = self._fresh(segment_type.row.address) if due and alone else ""
        if due and _SPEAKS_TO.search(f"{first} {second}"):
            self._address_due -= 1.0
        return f"{first} {second}".strip()

    def aside(self, segment_type: SegmentType) -> str:
        """A line to the listener that ends a stretch of that type, when one is still due; else empty."""
        if self._address_due < 1.0:
            return ""
        line = self._fresh(segment_type.row.asides)
        self._address_due -= float(bool(line))
        return line

    def _free(self, segment_type: SegmentType, to_listener: bool) -> str:
        hosts = tuple(opener.text for opener in self.adjustments.openers.get(segment_type, ()))
        due = self._questions_due >= 1.0
        # A host's question counts as one; a host's statement is only used while no question is due.
        pools = [tuple(text for text in hosts if text.endswith("?") == due) or (() if due else hosts)]
        if due:
            pools.append(segment_type.row.questions)
        if to_listener:
            asked = tuple(text for pool in pools for text in pool if _SPEAKS_TO.search(text))
            pools = [asked, *pools] if due else [asked, segment_type.row.address, *pools]
        text = next(filter(None, map(self._fresh, [*pools, segment_type.row.openers])), "")
        if text.endswith("?"):
            self._questions_due -= 1.0
        return text

    def _named(self, segment_type: SegmentType, slots: Mapping[str, str]) -> str:
        profile = self.profile
        need = segment_type.row.names
        if need not in slots:
            return ""
        hosts = {
            _T.INTRO: profile.universal_intro_patterns,
            _T.TRANSITION: profile.universal_transition_patterns,
            _T.FIGURE_DISCUSSION: (
                *profile.universal_figure_patterns,
                *(profile.style_variants[key].figure_intro_pattern for key in sorted(profile.style_variants)),
            ),
        }[segment_type]
        usable = [phrase for phrase in hosts if _SLOT.findall(phrase) == [need] and phrase[-1] in ".?!:"]
        phrase = self._fresh(tuple(usable)) or self._fresh(segment_type.row.openers)
        filled = _SLOT.sub(lambda match: slots.get(match.group(1), ""), phrase)
        if segment_type is _T.INTRO and slots.get("authors"):
            # "They" is who the rest of the episode talks about.
            filled = f"{filled} It's by {slots['authors']}."
        return filled[:1].upper() + filled[1:]

    def _fresh(self, pool: Sequence[str]) -> str:
        """The first phrase of a pool, from this paper's place in it on, that the episode has not used, or nothing."""
        first = crc32(self.paper.encode()) % max(1, len(pool))
        for phrase in (*pool[first:], *pool[:first]):
            if phrase.lower() not in self._said:
                self._said.add(phrase.lower())
                return phrase
        return ""

    @property
    def _question_rate(self) -> float:
        if self.adjustments.question_rate is not None:
            return self.adjustments.question_rate
        rates = [style.questions_per_minute for style in self.profile.style_variants.values()]
        return sum(rates) / len(rates) if rates else 0.0

    def closing(self) -> str:
        """The last line of the episode."""
        return _CLOSINGS[crc32(self.paper.encode()) % len(_CLOSINGS)]


def opener_of(phrases: Phrases, draft: Draft, index: int, graph: DocumentGraph) -> str:
    """The opener of stretch `index`; to be asked for in the order of the stretches, since no phrase is said twice."""
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
