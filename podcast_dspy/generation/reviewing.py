"""Reviewing: what the paper holds for each sentence, what the plan promised, what a rewriting left in the air."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest

from podcast_dspy.analysis.grounding import Judgement, judge_sentences
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.pacing import Note, Notes
from podcast_dspy.generation.reading import PaperReading
from podcast_dspy.generation.references import defines, unknown_names, unresolved_definites
from podcast_dspy.generation.script import Paragraph
from podcast_dspy.signatures.editing import SpokenClaim
from podcast_dspy.signatures.planning import Rundown, Term
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.entities import NumberTable, supported_number
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import content_stems, split_sentences

_NEAREST = 2
"""Passages shown for a sentence that the measured check finds no source for; one for others."""
BESIDE = 28_000
"""Characters of passages that are shown with sentences at most (about 7,000 tokens)."""
_MANY = 20
"""Sentences from which on a paper that is no longer than that is shown whole."""
FAILS = ("contradicted", "no source")
"""Verdicts of a reviewer for which a sentence is mended."""
_SAYS = 3
"""Content words from which a sentence may claim something."""
_AROUND = 2
"""Sentences around the first mention of a term in which it is explained."""
_EXPLAINS, _SHOWS = 0.25, 0.25
"""Share of the words of a planned meaning, or picture, that a script has which tells it; its own words do the rest."""


@dataclass(frozen=True)
class Claim:
    """A sentence of a script in its place."""

    place: int
    """That of its paragraph."""
    before: str
    """What its paragraph says before it; in a dialogue behind the sentence that this answers."""
    judged: Judgement
    near: tuple[str, ...] = ()
    """Ids of the passages nearest to it."""


@dataclass
class Review:
    """What was found about a script's sentences while it is edited, each by the place of its paragraph."""

    measured: bool
    """Whether the measured check can read the script."""
    verdicts: dict[tuple[int, str], str] = field(default_factory=dict)
    """Those of the reviewer."""
    held: set[tuple[int, str]] = field(default_factory=set)
    """Sentences that the measured check finds in the paper."""
    sound: dict[int, Paragraph] = field(default_factory=dict)
    """The last wording of a paragraph that nothing spoke against."""
    edited_by: dict[int, list[str]] = field(default_factory=dict)
    """Ids of the passages that say what the notes on a paragraph were about, or that these name."""

    def open(self, place: int, sentence: str) -> bool:
        """Whether a sentence is to be held against the paper: nobody has, or nobody found what carries it."""
        return self.verdicts.get((place, sentence), "no source") == "no source" and not sentence.endswith("?")

    def keep_sound(self, paragraphs: Sequence[Paragraph], places: Iterable[int]) -> None:
        """Remember the wording of those paragraphs of which every sentence passed."""
        for place in places:
            if not any(self.verdicts.get((place, one)) in FAILS for one in paragraphs[place].sentences):
                self.sound[place] = paragraphs[place]

    def fails(self, place: int, sentence: str) -> bool:
        """Whether a sentence has to go: the paper says otherwise, or neither check finds it there. That a reviewer was
        shown no passage with it is no proof."""
        verdict = self.verdicts.get((place, sentence))
        return verdict == "contradicted" or (verdict == "no source" and (place, sentence) not in self.held)

    def mended(self, place: int, one: Paragraph) -> Paragraph:
        """A paragraph without what has to go: as it last was sound, else up to there, since what follows may lean on
        it; without text where nothing is left that the paper carries, since a lead-in alone leads nowhere."""
        kept: list[str] = []
        for sentence in one.sentences:
            if self.fails(place, sentence):
                break
            kept.append(sentence)
        if len(kept) == len(one.sentences):
            return one
        if place in self.sound:
            return self.sound[place]
        carried = any(self.verdicts.get((place, sentence)) in ("supported", "no source") for sentence in kept)
        return replace(one, text=" ".join(kept) if carried else "")


def claims_of(paragraphs: Sequence[Paragraph], graph: DocumentGraph) -> list[Claim]:
    """Every sentence of a script, in order; the measured check reads them together."""
    found = iter(judge_sentences("\n\n".join(one.text for one in paragraphs), graph))
    claims: list[Claim] = []
    for place, one in enumerate(paragraphs):
        before = claims[-1].judged.sentence if one.speaker and claims else ""
        for _ in one.sentences:
            claims.append(Claim(place, before, next(found)))
            before = f"{before} {claims[-1].judged.sentence}".strip()
    return claims


def spoken_claims(
    claims: Sequence[Claim], illustrations: Collection[str], *, measured: bool = True
) -> list[SpokenClaim]:
    """Sentences as a reviewer reads them, by number, with what was said before where that is not in the list; where the
    measured check cannot read them, it is not heard."""
    shown = []
    last = ""
    for number, claim in enumerate(claims, 1):
        sentence = claim.judged.sentence
        shown.append(
            SpokenClaim(
                number=number,
                before="" if last and claim.before.endswith(last) else claim.before,
                sentence=sentence,
                passages=list(claim.near),
                measured=_measured(claim.judged, sentence in illustrations, measured),
            )
        )
        last = sentence
    return shown


def nearest_passages(judged: Sequence[Judgement], reading: PaperReading) -> list[tuple[str, ...]]:
    """Ids of the passages to show for each sentence, best first: the one that gives most of its numbers, those that the
    measured check found, and the one with the sentence that says most nearly the same. A short remark has none: what
    stands nearest to it is chance."""
    found: list[list[str]] = []
    table = NumberTable(
        (number, name) for name, text in reading.passages.items() for number in numbers(text, lenient=True)
    )
    for one in judged:
        near = [reading.ids[passage.atom_id] for passage in one.passages if passage.atom_id in reading.ids]
        most = {"illustration": 0, "supported": 1}.get(one.verdict, _NEAREST)
        given = Counter(
            name for number in set(numbers(one.sentence)) for name in set(table.supporting(number))
        )
        ranks = {name: -rank for rank, name in enumerate(near)}
        best = max(given, key=lambda name: (given[name], ranks.get(name, -len(near))), default=None)
        found.append([*([best] if best is not None else []), *near[:most]])
    claiming = [place for place, one in enumerate(judged) if len(content_stems(one.sentence)) >= _SAYS]
    alike = reading.like([judged[place].sentence for place in claiming])
    for place, names in zip(claiming, alike, strict=True):
        found[place] += names
    return [tuple(dict.fromkeys(names)) for names in found]


def evidence(
    claims: Sequence[Claim],
    paragraphs: Sequence[Paragraph],
    rundown: Rundown,
    reading: PaperReading,
    review: Review,
    room: float,
) -> list[str]:
    """Ids of the passages to show with sentences, within `room` characters: with many of a short paper's all; else
    those nearest to doubtful sentences, those that their segments were planned from, by turns, those that their
    paragraphs were rewritten by, and those nearest to the others."""
    room = min(room, BESIDE)
    if len(claims) >= _MANY and sum(map(len, reading.passages.values())) <= room:
        return list(reading.passages)
    doubtful = sorted(claims, key=lambda claim: claim.judged.verdict == "supported")
    near = [name for claim in doubtful for name in claim.near]
    first = sum(len(claim.near) for claim in claims if claim.judged.verdict != "supported")
    segments = dict.fromkeys(paragraphs[claim.place].segment for claim in doubtful)
    planned = zip_longest(*(rundown.segments[segment].passages for segment in segments))
    places = dict.fromkeys(claim.place for claim in claims)
    edited_by = (name for place in places for name in review.edited_by.get(place, ()))
    wanted = chain(near[:first], filter(None, chain.from_iterable(planned)), edited_by, near[first:])
    shown: list[str] = []
    for name in dict.fromkeys(wanted):
        if len(reading.passages[name]) <= room or not shown:
            room -= len(reading.passages[name])
            shown.append(name)
    return shown


def passages_of(reading: PaperReading, names: Collection[str], room: float = math.inf) -> dict[str, str]:
    """Passages by id, as they follow each other in the paper; of more than `room` characters the first names."""
    kept: set[str] = set()
    for name in names:
        room -= len(reading.passages[name])
        if room < 0 and kept:
            break
        kept.add(name)
    return {name: text for name, text in reading.passages.items() if name in kept}


def _measured(judged: Judgement, marked: bool, known: bool) -> str:
    """What the measured check has against a sentence if it knows the language, and what the writer meant."""
    against = ""
    if known and judged.verdict in ("contradicted", "unsupported"):
        against = f"{judged.verdict}: {judged.reason}"
    return "; ".join(filter(None, (against, "meant as an illustration" if marked else "")))


def unkept(paragraphs: Sequence[Paragraph], rundown: Rundown) -> Notes:
    """What the plan promised and an English script does not tell: numbers of the main result, what a term means where
    it first comes up, what a planned figure shows."""
    notes: Notes = defaultdict(list)
    stems = [set(content_stems(one.text)) for one in paragraphs]

    def nearest(text: str, places: Collection[int]) -> int:
        wanted = set(content_stems(text))
        return max(places, key=lambda place: (len(wanted & stems[place]), -place))

    told = numbers(" ".join(one.text for one in paragraphs))
    unsaid = [
        one
        for one in numbers(" ; ".join(rundown.numbers))
        # A plan may say 92.1 where the script says 92.1 percent.
        if not any(supported_number(replace(said, percent=one.percent), (one,)) for said in told)
    ]
    surfaces = [one.surface for one in unsaid]
    missing = [
        f"{one.surface} percent" if one.percent and "%" not in one.surface else one.surface for one in unsaid
    ]
    if missing:
        results = [
            place
            for place, one in enumerate(paragraphs)
            if rundown.segments[one.segment].type == SegmentType.KEY_FINDING
        ]
        place = nearest(rundown.answer, results or range(len(paragraphs)))
        what = ", ".join(dict.fromkeys(missing))
        clauses = [one for one in split_sentences(rundown.answer) if any(text in one for text in surfaces)]
        notes[place].append(
            Note(f"not told: {what}, of the main result: {' '.join(clauses) or rundown.answer}", adds=True)
        )
    for term in rundown.terms:
        first = _first_said(term.term, paragraphs)
        if first is not None and not _explained(term, *first):
            said = f"“{term.term}” comes up before anything has said what it is: {term.meaning}"
            notes[first[0]].append(Note(f"undefined term: {said}", adds=True))
    for figure in rundown.figures:
        wanted = set(content_stems(figure.shows))
        own = [
            place
            for place, one in enumerate(paragraphs)
            if figure.figure in rundown.segments[one.segment].passages
        ] or range(len(paragraphs))
        heard = set().union(*(stems[place] for place in own))
        if len(wanted & heard) < _SHOWS * len(wanted):
            notes[nearest(figure.shows, own)].append(
                Note(f"not told: what the listener would see in the picture: {figure.shows}", adds=True)
            )
    return dict(notes)


def _first_said(term: str, paragraphs: Sequence[Paragraph]) -> tuple[int, list[str], int] | None:
    """Where a term first comes up: the paragraph's place, all sentences up to its end, and which of them it is."""
    wanted = set(content_stems(term, hosting=False))
    before: list[str] = []
    for place, one in enumerate(paragraphs):
        before += one.sentences
        for at in range(len(before) - len(one.sentences), len(before)):
            if wanted and wanted <= set(content_stems(before[at], hosting=False)):
                return place, before, at
    return None


def _explained(term: Term, place: int, sentences: Sequence[str], at: int) -> bool:
    """Whether the sentences around the first mention of a term, or its own, say what it is."""
    around = " ".join(sentences[max(0, at - _AROUND) : at + _AROUND])
    meaning = set(content_stems(term.meaning)) - set(content_stems(term.term))
    said = set(content_stems(around))
    return defines(sentences[at], term.term) or len(meaning & said) >= max(1.0, _EXPLAINS * len(meaning))


def orphaned(paragraphs: Sequence[Paragraph], before: Sequence[Paragraph]) -> Notes:
    """What a rewriting left in the air: what its sentences, or those that stayed, name as known and nothing says before
    them; of those that stayed only what they had `before`."""
    notes: Notes = defaultdict(list)
    told, old = "", _contexts(before)
    for place, one in enumerate(paragraphs):
        for sentence in one.sentences:
            lost = unknown_names(sentence, told)
            if (known := old.get((place, sentence))) is not None:
                lost |= set(unresolved_definites(sentence, content_stems(told)))
                lost -= unknown_names(sentence, known)
                lost -= set(unresolved_definites(sentence, content_stems(known)))
            if lost:
                why = f"nothing before “{sentence}” says what {' and '.join(sorted(lost))} is"
                slight = all(one.startswith("the ") for one in lost)
                notes[place].append(Note(f"unclear reference: {why}", slight=slight))
            told = f"{told} {sentence}"
    return dict(notes)


def _contexts(paragraphs: Sequence[Paragraph]) -> dict[tuple[int, str], str]:
    """What was said before each sentence, by its paragraph's place."""
    found: dict[tuple[int, str], str] = {}
    told = ""
    for place, one in enumerate(paragraphs):
        for sentence in one.sentences:
            found.setdefault((place, sentence), told)
            told = f"{told} {sentence}"
    return found
