"""The passage writer: an episode made of a paper's passages, as they are or as a small model says them.

A small model rewrites one unit at a time from the nearest demonstrations: each candidate is checked against its
passage, and the last resort is the passage itself.
"""

from __future__ import annotations

import contextvars
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

import dspy
from rapidfuzz.distance import LCSseq

from podcast_dspy.analysis.fragments import fragments_of
from podcast_dspy.analysis.grounding import check_claim
from podcast_dspy.analysis.numbers import numbers
from podcast_dspy.analysis.sentences import content_stems, words
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.acronyms import introduce, spelled_out
from podcast_dspy.generation.drafts import Draft, Passage, fit_length
from podcast_dspy.generation.openers import EXTRACT_NOTICE, PURPOSES, Phrases, opener_of
from podcast_dspy.generation.references import points_back
from podcast_dspy.generation.sanitiser import lacks_subject
from podcast_dspy.generation.units import Unit, sentences
from podcast_dspy.generation.writer import Said, Task, WriterPrompts, Written, nearest_demonstrations
from podcast_dspy.lms.adapters import PlainAdapter

__all__ = ["ExtractWriter", "PassageWriter", "say_passages"]

_ROUNDS = 6
"""How often the length is fitted: what a change does to it is only known once it is said."""
_SAMPLE_TEMPERATURE = 0.7
_IN_FLIGHT = 2
_TOKENS_PER_WORD = 1.6
_MAX_GROWTH = 1.4
"""Words of a rewording for each word of its passage."""
_COMPARES = re.compile(
    r"\b(?:more|less|fewer|most|least|than|higher|lower|larger|smaller|greater|better|worse|longer|shorter|faster|slower"
    r"|not|cannot|no|never|none|neither|nor|without|only|instead|rather|before|after|until|unless|except|all|every|some)\b"
    r"|n't\b",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    r"\b(?:(?:corrected|correct|revised|rewritten|rephrased|spoken) (?:sentence|version|passage|text|answer)"
    r"|rephras\w+|rewrit\w+|the passage|the sentence|sure,|podcast|as an AI)\b",
    re.IGNORECASE,
)
"""What a model says about its task."""
_POINTED = re.compile(r"\b(?:the|an?) (?:figure|table|equation|section) \d", re.IGNORECASE)
"""What nobody says: "the figure 1"."""
_ACRONYM_POINTED = re.compile(r"\b(?:[Tt]he|[Aa]n?) ([A-Z][A-Z\d]+)\b")
_CLAUSE = re.compile(
    r"\b(?:that|which|who) (\w+ed|is|are|was|were|has|have|had|can|could|will|would|may|might|does?|did)\b",
    re.IGNORECASE,
)
"""A verb made that of a clause: "the studies identified that reported effects" is no sentence any more."""
_READ_ALOUD = 0.75
"""Share of a sentence in one piece of the paper from which it is read aloud; the judge's own limit."""
_MAX_ADDED = 0.15
"""Share of a rewording's content words that may be new."""

Sentence = tuple[str, str]
"""What a sentence of a passage is to do, and its text."""


@dataclass(frozen=True)
class ExtractWriter:
    """Speaks the passages themselves, and says so: without a language model it shows in a fraction of the time what a
    plan is worth."""

    fills_length: ClassVar[bool] = False

    def write(self, task: Task) -> Written:
        """Write every stretch; passages get longer and shorter until the whole is as long as planned."""
        draft = task.draft
        target = draft.plan.target_seconds / 60.0 * draft.plan.words_per_minute
        known: dict[Sentence, Said] = {}
        nearest, best, kept = math.inf, [""], _state(draft)
        for _ in range(_ROUNDS):
            # A sentence is said once, however often the length is fitted.
            wanted = [passage for passage in _passages(draft) if passage not in known]
            known.update(zip(wanted, self._say(task, wanted), strict=True))
            texts = _compose(task, known)
            lengths = [task.length(text) for text in texts]
            if abs(sum(lengths) - target) < nearest:
                nearest, best, kept = abs(sum(lengths) - target), texts, _state(draft)
            if not fit_length(draft, lengths, target, task.length):
                break
        for segment, passages in zip(draft.segments, kept, strict=True):
            segment.passages = [Passage(said, [], before) for before, said in passages]
        return Written(best, [known[passage] for passage in _passages(draft)], extract=True)

    def _say(self, task: Task, passages: Sequence[Sentence]) -> list[Said]:
        return [Said(text, grounded=False) for _, text in passages]


@dataclass(frozen=True)
class PassageWriter(ExtractWriter):
    """Has a small LM say each passage, shown how hosts said the most similar ones."""

    def _say(self, task: Task, passages: Sequence[Sentence]) -> list[Said]:
        count = task.adjustments.demonstrations
        return say_passages(task.prompts, passages, task.graph, demonstrations=count)


def say_passages(
    prompts: WriterPrompts,
    passages: Sequence[Sentence],
    graph: DocumentGraph,
    *,
    demonstrations: int,
    candidates: int = 1,
) -> list[Said]:
    """Say each (purpose, passage) of a paper. The calls are made side by side; the result keeps the order."""
    bank = list(prompts.say.demos)
    nearest = nearest_demonstrations(
        bank, [str(demo["passage"]) for demo in bank], [passage for _, passage in passages], demonstrations
    )

    def one(index: int) -> Said:
        purpose, passage = passages[index]
        return _say_one(prompts, purpose, passage, graph, nearest[index], candidates)

    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        # Worker threads do not inherit DSPy's context (the LM and the adapter), so each call carries a copy.
        with dspy.context(adapter=PlainAdapter()):
            futures = [
                pool.submit(contextvars.copy_context().run, one, index) for index in range(len(passages))
            ]
        return [future.result() for future in futures]


def _say_one(
    prompts: WriterPrompts,
    purpose: str,
    passage: str,
    graph: DocumentGraph,
    demos: list[Any],
    candidates: int,
) -> Said:
    rejected: list[str] = []
    # An answer much longer than its passage is never usable; cutting it short saves most of the time.
    limit = 16 + round(_TOKENS_PER_WORD * _MAX_GROWTH * len(passage.split()))
    for attempt in range(candidates):
        config: dict[str, Any] = {"max_tokens": limit}
        if attempt:
            config |= {"temperature": _SAMPLE_TEMPERATURE, "rollout_id": attempt}
        answer = prompts.say(purpose=purpose, passage=passage, demos=demos, config=config)
        text = _tidy(str(answer.spoken or ""), passage)
        reason = _unfaithful(text, passage) or _no_better(text, passage, graph)
        if reason is None:
            verdict = check_claim(text, passage)
            if verdict.ok:
                return Said(text, grounded=True, rejected=tuple(rejected))
            reason = "; ".join(verdict.reasons)
        rejected.append(reason)
    return Said(passage, grounded=False, rejected=tuple(rejected))


def _passages(draft: Draft) -> list[Sentence]:
    """What there is to say; a verbatim unit is spoken as it is."""
    return [
        (PURPOSES[segment.segment_type], unit.text)
        for segment in draft.segments
        for unit in segment.units
        if not unit.verbatim
    ]


def _state(draft: Draft) -> list[list[tuple[list[Unit], list[Unit]]]]:
    """What each stretch says now."""
    return [
        [(list(passage.before), list(passage.said)) for passage in segment.passages]
        for segment in draft.segments
    ]


def _compose(task: Task, known: Mapping[Sentence, Said]) -> list[str]:
    """The text of each stretch: its opener, then what its sentences sound like."""
    phrases = Phrases(task.profile, task.adjustments, task.graph.document_id)
    texts = []
    last = len(task.draft.segments) - 1
    for index, segment in enumerate(task.draft.segments):
        purpose = PURPOSES[segment.segment_type]
        said = [unit.text if unit.verbatim else known[purpose, unit.text].text for unit in segment.units]
        # The end of an episode has a line of its own.
        opener = opener_of(phrases, task.draft, index, task.graph) if index < last or not index else ""
        texts.append(" ".join(part for part in (opener, EXTRACT_NOTICE if not index else "", *said) if part))
    texts[-1] = f"{texts[-1]} {phrases.closing()}"
    return introduce(texts, spelled_out(task.graph), task.graph.title.rstrip("."))


def _tidy(text: str, passage: str) -> str:
    """The answer without marks, and without sentences that say again what was said or break off."""
    text = re.sub(r"\s+", " ", text.replace("**", "").replace("`", "")).strip().strip('"').strip()
    source = content_stems(passage)
    kept: list[str] = []
    left = set(source)
    for sentence in sentences(text):
        stems = set(content_stems(sentence))
        if sentence[-1] in ".?!" and (not stems or len(stems & left) >= min(2, len(left) or 1)):
            kept.append(sentence)
            left -= stems
    text = " ".join(kept)
    return text[:1].upper() + text[1:]


def _unfaithful(text: str, passage: str) -> str | None:
    """Why a candidate is no rewording of its passage, by the words alone, or None.

    A small model turns comparisons around while it keeps all their words; so the order of the content words, the
    order of the numbers, and the words that compare and negate have to be the passage's.
    """
    source, stems = content_stems(passage), content_stems(text)
    if not stems:
        return "says nothing"
    if len(text.split()) > _MAX_GROWTH * len(passage.split()) + 6:
        return f"{len(text.split())} words for {len(passage.split())} in the source"
    if LCSseq.similarity(source, stems) < len(source):
        missing = sorted(set(source) - set(stems))
        return f"leaves out {', '.join(missing)}" if missing else "puts the passage's words in another order"
    said, written = ([number.value for number in numbers(one)] for one in (text, passage))
    if said != written:
        return f"says the numbers {said} where the source has {written}"
    if _speakers(text) != _speakers(passage):
        return "changes who speaks"
    if _comparisons(text) != _comparisons(passage):
        return "compares or negates otherwise than the source"
    if _POINTED.search(text):
        return "puts an article before a figure's number"
    if strangers := set(_ACRONYM_POINTED.findall(text)) - set(_ACRONYM_POINTED.findall(passage)):
        return f"puts an article before {', '.join(sorted(strangers))}"
    if clauses := Counter(_CLAUSE.findall(text)) - Counter(_CLAUSE.findall(passage)):
        return f"makes a clause of {', '.join(sorted(clauses))}"
    if _CHATTER.search(text) and not _CHATTER.search(passage):
        return "talks about the passage instead of saying it"
    if text.count('"') % 2 or text.count("“") != text.count("”"):
        return "leaves a quotation open"
    if any(lacks_subject(sentence) for sentence in sentences(text)) and not lacks_subject(passage):
        return "leaves out who does it"
    # What is said once more counts as added: small models fill a sentence with its own words.
    added = Counter(stems) - Counter(source)
    if added.total() > _MAX_ADDED * len(stems):
        return f"adds {', '.join(sorted(added))}"
    return None


def _no_better(text: str, passage: str, graph: DocumentGraph) -> str | None:
    """Why a listener gains nothing by a rewording, as the measured judge sees it, or None.

    A sentence that the paper holds nearly whole is read aloud, however it was found; one that points back more often is
    harder to follow.
    """
    if fragments_of(graph).longest(text) >= _READ_ALOUD * len(words(text)):
        return "says it in the paper's own words"
    if points_back(text) and not points_back(passage):
        return "points back to what the passage names"
    return None


def _speakers(text: str) -> Counter[str]:
    return Counter(
        word for word in words(text) if word in {"we", "us", "our", "ours", "i", "they", "their", "them"}
    )


def _comparisons(text: str) -> Counter[str]:
    found = (match.lower().replace("n't", "not") for match in _COMPARES.findall(text))
    return Counter("not" if word == "cannot" else word for word in found)
