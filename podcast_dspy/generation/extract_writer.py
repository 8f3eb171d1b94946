"""The extract writer: an episode in the paper's own sentences, with one line before what a stretch says.

A line has to lead into something: a question is asked only where the passage behind it answers it, by the name of what
it is about; and a picture's caption names the picture itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final
from zlib import crc32

from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage
from podcast_dspy.generation.features import result_odds, zone_fit
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.planner import draft_of, plan_episode
from podcast_dspy.generation.references import introduce, spelled_out
from podcast_dspy.generation.rows import Unit
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment, WrittenEpisode, spoken_words
from podcast_dspy.generation.spoken_sentences import can_be_spoken
from podcast_dspy.generation.units import paper_units
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import COMMON, frequency

if TYPE_CHECKING:
    from podcast_dspy.generation.program import PodcastProgram


@dataclass(frozen=True)
class Task:
    """What a writer is given: a draft with its paper, and what was learned about saying it."""

    draft: Draft
    graph: DocumentGraph
    profile: AggregatedProfile
    adjustments: Adjustments

    def length(self, text: str) -> int:
        """Spoken words of a text; by the voice's own seconds where they are known, at the plan's pace."""
        model = self.adjustments.voice_model
        if model is None or not text:
            return spoken_words(text)
        return round((model.predict(text) + SEGMENT_PAUSE) / 60.0 * self.draft.plan.words_per_minute)


_T = SegmentType

EXTRACT_NOTICE: Final = "You will hear an extract in the authors' own words, so “we” means them."
"""What an episode of the paper's own sentences says of itself."""

_ANSWERED: Final = frozenset({_T.KEY_FINDING, _T.IMPLICATION})
"""Types whose questions ask what came out, or what it means."""
_CONCLUDED: Final = "Now to what the authors conclude."
_CLOSINGS: Final = ("Thank you for listening.", "Thanks for listening.")
_BEFORE_NAME: Final = (
    r"(?:of|for|with|without|in|on|by|to|about|between|from|at|against|that|than|when|if|and)"
)
_SLOT = re.compile(r"\{(\w+)\}")
_KEEP_CAPITAL = re.compile(r"^(?:I\b|[A-Z][\w-]*[A-Z\d]|[A-Z]\b(?!\s))")


@dataclass
class Phrases:
    """Lines by segment type, each said at most once an episode.

    The same paper always gets the same ones; `paper`, its id, decides with which line of each kind an episode begins,
    so that whoever follows a show does not hear the same lines week after week.
    """

    profile: AggregatedProfile
    adjustments: Adjustments
    paper: str = ""
    _said: set[str] = field(default_factory=set)
    _questions_due: float = 0.0

    def intro(self, title: str, authors: Sequence[str]) -> str:
        """What paper the episode is about, and whose."""
        usable = tuple(
            phrase
            for phrase in self.profile.universal_intro_patterns
            if _SLOT.findall(phrase) == ["title"] and phrase[-1] in ".?!:"
        )
        phrase = self._fresh(usable) or self._fresh(_T.INTRO.row.openers)
        # A title that asks ends the sentence itself.
        filled = (phrase.replace("{title}.", "{title}") if title[-1:] in "?!" else phrase).replace(
            "{title}", title
        )
        by = f" It's by {_by(authors)}." if authors else ""
        return f"{filled[:1].upper()}{filled[1:]}{by}"

    def line(self, segment_type: SegmentType, seconds: float, asked: str = "") -> str:
        """What opens a stretch of that type and length; empty where nothing needs to be said.

        `asked` is a question that what follows answers; it is asked when one is due.
        """
        self._questions_due += self._question_rate * seconds / 60.0
        if asked and self._questions_due >= 1.0 and asked not in self._said:
            self._questions_due -= 1.0
            self._said.add(asked)
            return asked
        return self._fresh(segment_type.row.openers)

    def closing(self) -> str:
        """The last line of the episode."""
        return _CLOSINGS[crc32(self.paper.encode()) % len(_CLOSINGS)]

    def _fresh(self, pool: Sequence[str]) -> str:
        """The first phrase of a pool, from this paper's place in it on, unless the episode has said one of it."""
        if not pool or any(phrase in self._said for phrase in pool):
            return ""
        phrase = pool[crc32(self.paper.encode()) % len(pool)]
        self._said.add(phrase)
        return phrase

    @property
    def _question_rate(self) -> float:
        if self.adjustments.question_rate is not None:
            return self.adjustments.question_rate
        rates = [style.questions_per_minute for style in self.profile.style_variants.values()]
        return sum(rates) / len(rates) if rates else 0.0


def opener_of(phrases: Phrases, draft: Draft, index: int, graph: DocumentGraph) -> str:
    """The line before stretch `index`; to be asked for in the order of the stretches, since no line is said twice."""
    segment = draft.segments[index]
    if segment.segment_type is _T.INTRO:
        return phrases.intro(graph.title.rstrip("."), graph.authors)
    if line := _named(segment, graph):
        return line
    asked = _question(segment.segment_type, segment.units, graph.key_concepts)
    if segment.segment_type in _ANSWERED and asked and not _answers(segment, graph):
        asked = ""
    return phrases.line(segment.segment_type, draft.plan.segments[index].seconds, asked)


def _named(segment: DraftSegment, graph: DocumentGraph) -> str:
    """The line before what a paper has instead of the usual parts: a review has a heading for each of its topics, and
    conclusions, neither method nor results."""
    first = segment.units[0]
    line = f"The next part of the paper is called “{first.section}”."
    if first.kind == "other" and first.section and can_be_spoken(line):
        return line
    finding = segment.segment_type is _T.KEY_FINDING
    kinds = {unit.kind for unit in paper_units(graph)}
    return _CONCLUDED if finding and "other" in kinds and not kinds & {"method", "results"} else ""


def _answers(segment: DraftSegment, graph: DocumentGraph) -> bool:
    """Whether the first sentence of a stretch does what the stretch is for: tells what came out, or what it means."""
    units, first = paper_units(graph), segment.units[0]
    if segment.segment_type is _T.KEY_FINDING:
        return result_odds(units)[first.order] > 0.0
    return zone_fit(units)[segment.segment_type][first.order] >= 0.0


def _question(segment_type: SegmentType, units: Sequence[Unit], concepts: Sequence[KeyConcept]) -> str:
    """A question that the first sentence of a stretch answers: what something is, or what there is to say about it."""
    if not units or units[0].verbatim:
        return ""
    first = units[0].text
    defined = re.match(r"((?:An? |The )?(?:[\w-]+ ){0,3}?[\w-]+) (is|are) (?:an?|the|called|one)\b", first)
    if defined is not None and units[0].defines and not units[0].points:
        name = defined[1] if _KEEP_CAPITAL.match(defined[1]) else defined[1][0].lower() + defined[1][1:]
        return f"What {defined[2]} {name}?"
    template = segment_type.row.question
    if not template:
        return ""
    for concept in sorted(concepts, key=lambda concept: -concept.importance):
        for form in (concept.name, *concept.aliases):
            if form.islower() and all(frequency(word) >= COMMON for word in re.findall(r"[a-z]+", form)):
                continue  # "What did they find about objects?" asks nothing
            found = re.search(
                rf"(?:\b(?P<article>an?|the) |\b{_BEFORE_NAME} |^){re.escape(form)}(?=[\s,.;])",
                first,
                re.IGNORECASE,
            )
            if found is not None:
                article = f"{found['article'].lower()} " if found["article"] else ""
                return template.replace("{topic}", f"{article}{form}")
    return ""


def _by(authors: Sequence[str]) -> str:
    """Who wrote it, as a host says it."""
    if len(authors) > 2:
        return f"{authors[0]} and colleagues"
    return " and ".join(authors)


_ROUNDS, _WHOLE_ROUNDS, _OFF = 6, 3, 0.03
"""How often the length is fitted: one passage more or less moves it by a sentence. At first by whole thoughts;
where that leaves it off by such a share, by single sentences."""


@dataclass(frozen=True)
class ExtractWriter:
    """Speaks the passages of the plan themselves, and says so; needs no language model."""

    fills_length: ClassVar[bool] = False
    """The paper's passages decide how near it comes to a length."""

    def write(
        self,
        program: PodcastProgram,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        seconds: float,
        plan: EpisodePlan | None = None,
    ) -> WrittenEpisode:
        """An episode of `seconds`, by a plan if one is given. Raises DocumentError, UsageError."""
        adjustments = program.adjustments
        draft = (
            plan_episode(graph, profile, adjustments, seconds=seconds)
            if plan is None
            else draft_of(plan, graph, profile, adjustments, seconds=seconds)
        )
        task = Task(draft, graph, profile, adjustments)
        texts = texts_of(task)
        expected = 60.0 * sum(map(task.length, texts)) / draft.plan.words_per_minute
        script = Script(
            title=graph.title,
            paper_title=graph.title,
            document_id=graph.document_id,
            segments=tuple(
                ScriptSegment(
                    segment_id=planned.segment_id,
                    segment_type=planned.segment_type,
                    text=text,
                    source_atoms=tuple(dict.fromkeys(unit.atom_id for unit in segment.units)),
                    figure_ids=planned.figure_ids,
                )
                for planned, segment, text in zip(draft.plan.segments, draft.segments, texts, strict=True)
                if text
            ),
            extract=True,
            predicted_seconds=expected,
        )
        said = sum(len(segment.units) for segment in draft.segments)
        return WrittenEpisode(script, draft.plan, model_units=0, source_units=said, expected_seconds=expected)


def texts_of(task: Task) -> list[str]:
    """What every stretch says; passages get longer and shorter until the whole is as long as planned."""
    draft = task.draft
    target = draft.plan.target_seconds / 60.0 * draft.plan.words_per_minute
    nearest, best, kept = math.inf, [""], _state(draft)
    for turn in range(_ROUNDS):
        if turn >= _WHOLE_ROUNDS and nearest > _OFF * target:
            draft.split(everything=turn > _WHOLE_ROUNDS)
        texts = _compose(task)
        lengths = [task.length(text) for text in texts]
        if abs(sum(lengths) - target) < nearest:
            nearest, best, kept = abs(sum(lengths) - target), texts, _state(draft)
        if not fit_length(draft, lengths, target, task.length) and turn > _WHOLE_ROUNDS:
            break
    for segment, passages in zip(draft.segments, kept, strict=True):
        segment.passages = [Passage(said) for said in passages]
    return best


def _state(draft: Draft) -> list[list[list[Unit]]]:
    """What each stretch says now."""
    return [[list(passage.said) for passage in segment.passages] for segment in draft.segments]


def _compose(task: Task) -> list[str]:
    """The text of each stretch: its opener, then its sentences."""
    phrases = Phrases(task.profile, task.adjustments, task.graph.document_id)
    texts = []
    last = len(task.draft.segments) - 1
    for index, segment in enumerate(task.draft.segments):
        said = [unit.text for unit in segment.units]
        # The end of an episode has a line of its own.
        ends = index == last and segment.segment_type is _T.CONCLUSION
        opener = "" if ends else opener_of(phrases, task.draft, index, task.graph)
        texts.append(" ".join(part for part in (opener, EXTRACT_NOTICE if not index else "", *said) if part))
    texts[-1] = f"{texts[-1]} {phrases.closing()}"
    return introduce(texts, spelled_out(task.graph), task.graph.title.rstrip("."))
