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

from podcast_dspy.analysis.claims import check_claim
from podcast_dspy.analysis.closeness import fragments_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.acronyms import introduce, spelled_out
from podcast_dspy.generation.drafts import Draft, Passage
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.openers import EXTRACT_NOTICE, Phrases, opener_of
from podcast_dspy.generation.references import points_back
from podcast_dspy.generation.sanitiser import lacks_subject
from podcast_dspy.generation.units import Unit
from podcast_dspy.generation.writer import Said, Task, WriterPrompts, Written, nearest_demonstrations
from podcast_dspy.lms.adapters import PlainAdapter
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import content_stems, words

__all__ = ["ExtractWriter", "PassageWriter", "passages_to_say", "say_passages"]

_ROUNDS = 6
"""How often the length is fitted: what a change does to it is only known once it is said."""
_SAMPLE_TEMPERATURE = 0.7
_IN_FLIGHT = 2
_TOKENS_PER_WORD = 1.6
_MAX_GROWTH = 1.4
"""Words of a rewording for each word of its source, that the model is given tokens for."""
_BOUND = re.compile(
    r"\b(?:more|less|fewer|most|least|than|higher|lower|larger|smaller|greater|better|worse|longer|shorter|faster|slower"
    r"|not|cannot|no|never|none|neither|nor|without|only|instead|rather|before|after|until|unless|except|all|every|some"
    r"|we|us|our|ours|i|they|their|them|be|been|am|is|are|was|were|have|has|had|should|must|may|might"
    r"|(?:that|which|who) (?:\w+ed|is|are|was|were|has|have|had|can|could|will|would"
    r"|may|might|do|does|did))\b|n't\b",
    re.IGNORECASE,
)
"""Words that decide what is compared, denied, and by whom, and verbs that a relative makes a clause of."""
_WHOLE = 4
"""Words of a sentence that is one."""
_READ_ALOUD = 0.75
"""Share of a sentence in one piece of the paper from which it is read aloud; the judge's own limit."""

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
            wanted = [passage for passage in passages_to_say(draft) if passage not in known]
            known.update(zip(wanted, self._say(task, wanted), strict=True))
            texts = _compose(task, known)
            lengths = [task.length(text) for text in texts]
            if abs(sum(lengths) - target) < nearest:
                nearest, best, kept = abs(sum(lengths) - target), texts, _state(draft)
            if not fit_length(draft, lengths, target, task.length):
                break
        for segment, passages in zip(draft.segments, kept, strict=True):
            segment.passages = [Passage(said) for said in passages]
        return Written(best, [known[passage] for passage in passages_to_say(draft)], extract=True)

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
        text = _tidy(str(answer.spoken or ""))
        reason = _fault(text, passage, graph)
        if reason is None:
            return Said(text, grounded=True, rejected=tuple(rejected))
        rejected.append(reason)
    return Said(passage, grounded=False, rejected=tuple(rejected))


def passages_to_say(draft: Draft) -> list[Sentence]:
    """What there is to say; a verbatim unit is spoken as it is."""
    return [
        (segment.segment_type.row.purpose, unit.text)
        for segment in draft.segments
        for unit in segment.units
        if not unit.verbatim
    ]


def _state(draft: Draft) -> list[list[list[Unit]]]:
    """What each stretch says now."""
    return [[list(passage.said) for passage in segment.passages] for segment in draft.segments]


def _compose(task: Task, known: Mapping[Sentence, Said]) -> list[str]:
    """The text of each stretch: its opener, then what its sentences sound like."""
    phrases = Phrases(task.profile, task.adjustments, task.graph.document_id)
    texts = []
    last = len(task.draft.segments) - 1
    for index, segment in enumerate(task.draft.segments):
        purpose = segment.segment_type.row.purpose
        said = [unit.text if unit.verbatim else known[purpose, unit.text].text for unit in segment.units]
        # The end of an episode has a line of its own.
        opener = opener_of(phrases, task.draft, index, task.graph) if index < last or not index else ""
        texts.append(" ".join(part for part in (opener, EXTRACT_NOTICE if not index else "", *said) if part))
    texts[-1] = f"{texts[-1]} {phrases.closing()}"
    return introduce(texts, spelled_out(task.graph), task.graph.title.rstrip("."))


def _tidy(text: str) -> str:
    """The answer without marks, without what was said already, and without what breaks off."""
    text = re.sub(r"\s+", " ", text.replace("**", "").replace("`", "")).strip().strip('"').strip()
    text = " ".join(dict.fromkeys(one for one in split_sentences(text) if one[-1] in ".?!"))
    return text[:1].upper() + text[1:]


def _fault(text: str, source: str, graph: DocumentGraph) -> str | None:
    """Why a candidate is not spoken, or None: it says something else than its source, or nothing better.

    A small model turns comparisons around while it keeps all their words, and fills sentences with them; so the content
    words and numbers have to be the source's, in its order, and so do the words that compare, deny and speak. As the
    measured judge sees it a listener gains nothing by a sentence that the paper holds nearly whole, and loses by one
    that points back where the source names what it means.
    """
    if not text:
        return "says nothing"
    said, written = (content_stems(one, hosting=False) for one in (text, source))
    if said != written:
        changed = sorted(set(said) ^ set(written))
        return f"leaves out or adds {', '.join(changed)}" if changed else "puts the words in another order"
    said_numbers, numbers_written = ([one.value for one in numbers(one_text)] for one_text in (text, source))
    if said_numbers != numbers_written:
        return f"says the numbers {said_numbers} where the source has {numbers_written}"
    if _bound(text) != _bound(source):
        return "compares, denies or speaks otherwise than the source"
    if any(map(lacks_subject, split_sentences(text))) and not lacks_subject(source):
        return "leaves out who does it"
    if any(len(words(one)) < min(_WHOLE, len(words(source))) for one in split_sentences(text)):
        return "falls into pieces"
    if fragments_of(graph).longest(text) >= _READ_ALOUD * len(words(text)):
        return "says it in the paper's own words"
    if points_back(text) and not points_back(source):
        return "points back to what the source names"
    verdict = check_claim(text, source)
    return None if verdict.ok else "; ".join(verdict.reasons)


def _bound(text: str) -> Counter[str]:
    found = (match.lower().replace("n't", "not") for match in _BOUND.findall(text))
    return Counter("not" if word == "cannot" else word for word in found)
