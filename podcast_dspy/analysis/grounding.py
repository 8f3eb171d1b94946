"""Grounding: which passages of the paper carry each sentence of a script, what it says otherwise, and the verdict."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from podcast_dspy.analysis.assertions import assertions_of, in_passing
from podcast_dspy.analysis.closeness import (
    MIN_SIMILARITY,
    Fragments,
    Similarity,
    SupportFit,
    fitted,
    fragments_of,
    in_its_words,
    is_spoken,
    spoken_register,
)
from podcast_dspy.analysis.exchanges import exchanged
from podcast_dspy.analysis.paper_index import PaperIndex, paper_index
from podcast_dspy.analysis.subjects import Subjects, clauses, subjects_of, unit_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.text.entities import entities, rare_words, unknown_entities
from podcast_dspy.text.numbers import Number, may_hold_numbers, numbers
from podcast_dspy.text.words import content_stems, plain_text, split_sentences, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_CLAIM_STEMS: Final = 3
_CARRIED: Final = 0.45
_LIKELY: Final = 0.5
"""Likelihood that experts call a written sentence faithful, from which it is carried."""
_TOLD_NEEDS: Final = 0.15
"""What a told sentence has to share, in words or meaning, with the paper, if nothing in it is wrong."""
_PICTURE: Final = 0.0
"""What an illustration has to share with the paper."""
_FEW: Final = 12.0
_SOME: Final = 0.2
"""Share of a sentence's stems from which a passage has anything to do with it."""
_EVIDENCE: Final = 6
_FULL_SIMILARITY: Final = 0.94
_PARAPHRASE: Final = 0.87
"""Cosine from which a sentence without shared words still counts as carried."""


@dataclass(frozen=True, slots=True)
class Support:
    """What the paper says to one sentence."""

    sentence: str
    kind: Literal["claim", "neutral"]
    """`neutral`: a greeting, a question or a connective, which claims nothing."""
    atom_ids: tuple[str, ...]
    """Atoms that carry it, best first; empty when none does."""
    score: float
    """0 (nothing like it in the paper) to 1 (all of it stands there); 1 for a neutral one that is no picture."""
    unsupported_numbers: tuple[str, ...] = ()
    """Numbers that stand nowhere in the paper."""
    contradicted_numbers: tuple[str, ...] = ()
    """Numbers that the passages which say the same give differently."""
    unsupported_entities: tuple[str, ...] = ()
    """Names that the paper does not know."""
    contradictions: tuple[str, ...] = ()
    """Turned negations and directions, and what the paper says of something else."""
    needed: float = 0.5
    """Score from which a sentence of this register is carried."""

    @property
    def supported(self) -> bool:
        """Neutral, or carried with all its numbers, names, negations and directions."""
        return self.kind == "neutral" or (
            self.score >= self.needed
            and not (
                self.unsupported_numbers
                or self.contradicted_numbers
                or self.unsupported_entities
                or self.contradictions
            )
        )


@dataclass(frozen=True, slots=True)
class _Paper:
    """What a sentence is held against, and whether it is one of a text that is told."""

    index: PaperIndex
    subjects: Subjects
    fragments: Fragments
    fit: SupportFit
    spoken: bool


def ground(
    sentences: Sequence[str], graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> list[Support]:
    """Hold every sentence against the whole paper.

    How near a true sentence is to its source depends on the register. A text that is told to a listener says things in
    other words: its score is the larger of the rarity-weighted share of the sentence's stems that one passage holds and
    the rescaled cosine to the nearest chunk (`embedded`), and little is needed; what is wrong is found by comparing. A
    text that reports in writing is carried by the paper's own pairs of words (`Fragments`), as far as experts'
    judgements of summaries tell (`SupportFit`). In both, numbers, names, directions, negations and subjects have to
    agree. `allowed` names may be used without standing in the paper (the show's own name). Raises PrerequisiteError
    when the embedding model is missing, UsageError when the paper holds no text.
    """
    index = paper_index(graph)
    if not index.passages:
        raise UsageError(f"{graph.title!r} holds no text to ground a script in; read the paper again")
    near = _nearest(sentences, index) if similarity == "embedded" else [()] * len(sentences)
    shared = sharing(index.overlaps([content_stems(sentence) for sentence in sentences]))
    paper = _Paper(index, subjects_of(graph), fragments_of(graph), fitted(), spoken_register(sentences))
    assertions = assertions_of(graph)
    found = [
        _support(sentence, paper, row, cosines, allowed, exchanged(sentence, row, assertions, paper.subjects))
        for sentence, row, cosines in zip(sentences, shared, near, strict=True)
    ]
    return _uncrowded(found)


def _uncrowded(found: list[Support]) -> list[Support]:
    """Pictures stand beside what the paper carries: where they crowd it out, they claim what it does not say."""
    pictures = [support for support in found if support.needed == _PICTURE]
    carried = sum(support.kind == "claim" and support.supported for support in found)
    if len(pictures) <= carried + 1:
        return found
    return [
        replace(support, kind="claim", needed=_CARRIED) if support.needed == _PICTURE else support
        for support in found
    ]


def ground_text(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> list[Support]:
    """`ground` for a whole text."""
    return ground(split_sentences(text), graph, similarity=similarity, allowed=allowed)


def sharing(overlaps: NDArray[np.float64]) -> list[list[tuple[int, float]]]:
    """For every sentence the (place, share) of the passages that hold most of it, best first; at most six."""
    import numpy as np

    rows, places = (overlaps > _SOME).nonzero()
    shares = overlaps[rows, places]
    order = np.lexsort((-shares, rows))  # stable: of equal shares the earlier passage first
    found = list(zip(places[order].tolist(), shares[order].tolist(), strict=True))
    ends = np.searchsorted(rows, np.arange(len(overlaps) + 1)).tolist()
    return [found[start : min(end, start + _EVIDENCE)] for start, end in itertools.pairwise(ends)]


def _nearest(sentences: Sequence[str], index: PaperIndex) -> list[tuple[tuple[str, float], ...]]:
    """For every sentence the (atom id, cosine) of its three nearest chunks."""
    import numpy as np

    from podcast_dspy.lms import embed

    if not sentences or not index.chunks:
        return [()] * len(sentences)
    cosines = (
        embed([plain_text(sentence) for sentence in sentences]) @ embed([text for _, text in index.chunks]).T
    )
    best = np.argsort(-cosines, axis=1)[:, :3]
    return [
        tuple((index.chunks[int(place)][0], float(cosines[row, int(place)])) for place in places)
        for row, places in enumerate(best)
    ]


def _is_claim(sentence: str, stems: tuple[str, ...]) -> bool:
    if sentence.rstrip("\"'”’)").endswith("?"):
        return False
    given = numbers(sentence)
    return len(set(stems)) >= _CLAIM_STEMS or bool(stems and given) or any(map(_measures, given))


def _support(
    sentence: str,
    paper: _Paper,
    shares: list[tuple[int, float]],
    near: tuple[tuple[str, float], ...],
    allowed: str,
    otherwise: tuple[str, ...],
) -> Support:
    index = paper.index
    stems = content_stems(sentence)
    if not otherwise and not _is_claim(sentence, stems):
        return Support(sentence, "neutral", (), 1.0)
    lexical = shares[0][1] if shares else 0.0
    cosine = max((value for _, value in near), default=0.0)
    ranked = itertools.zip_longest(
        (index.passages[place].atom_id for place, _ in shares),
        (atom_id for atom_id, value in near if value >= MIN_SIMILARITY),
    )
    atoms = tuple(dict.fromkeys(name for names in ranked for name in names if name))
    nowhere = tuple(
        number.surface
        for number in numbers(sentence)
        if not index.numbers.supporting(number)
        and not (_idle(sentence, number, index) or (paper.spoken and _is_worked_out(number)))
    )
    # What is the paper's own sentence does not part from the paper.
    own = any(in_its_words(sentence, index.passages[place].text) for place, _ in shares)
    otherwise = () if own else otherwise
    misplaced = () if own else misplaced_numbers(sentence, paper.subjects, index, spoken=paper.spoken)
    elsewhere = tuple(surface for surface in misplaced if surface not in nowhere)
    names = tuple(name for name in unknown_entities(sentence, index.vocabulary) if name not in allowed)
    if not paper.spoken:
        score = paper.fit.faithful(paper.fragments.share(_without(sentence, allowed)), rescaled(cosine))
        return Support(
            sentence, "claim", atoms[:_EVIDENCE], score, nowhere, elsewhere, names, otherwise, _LIKELY
        )
    meaning = rescaled(cosine)
    measured = [number for number in numbers(sentence) if _measures(number) and not _is_worked_out(number)]
    if measured and not nowhere:  # whatever else it says, the paper prints what was measured
        meaning = max(meaning, _TOLD_NEEDS)
    if cosine >= _PARAPHRASE:
        meaning = max(meaning, _CARRIED)
    score = max(lexical, meaning)
    wrong = nowhere or elsewhere or names or otherwise
    if not (wrong or measured) and _is_picture(sentence, stems, index):
        return Support(sentence, "neutral", atoms[:_EVIDENCE], score, needed=_PICTURE)
    return Support(
        sentence, "claim", atoms[:_EVIDENCE], score, nowhere, elsewhere, names, otherwise, _TOLD_NEEDS
    )


def _without(sentence: str, allowed: str) -> str:
    """A sentence without the names that it may use."""
    named = [name for name in entities(sentence) if name in allowed]
    return " ".join(word for word in sentence.split() if word.strip(".,;:!?'\"") not in named)


def rescaled(cosine: float) -> float:
    """A cosine as 0 (unrelated) to 1 (the same)."""
    return min(1.0, max(0.0, (cosine - MIN_SIMILARITY) / (_FULL_SIMILARITY - MIN_SIMILARITY)))


def _is_picture(sentence: str, stems: tuple[str, ...], index: PaperIndex) -> bool:
    """Whether a told sentence is an illustration: hardly a word of the paper in it, and no technical one."""
    different = set(stems)
    held = sum(stem in index.weights for stem in different)
    strange = [word for word in rare_words(sentence) if not index.vocabulary.knows(word)]
    return 2 * held <= len(different) and (is_spoken(sentence) or held <= 1) and len(strange) <= 1


def _idle(sentence: str, number: Number, index: PaperIndex) -> bool:
    """Whether a small number in words counts what the paper knows nothing of: half the trick, two cups."""
    if any(letter.isdigit() for letter in number.surface) or number.percent or number.value > _FEW:
        return False
    after = words(sentence[sentence.find(number.surface) + len(number.surface) :])[:3]
    counted = content_stems(" ".join(after), hosting=False)[:1]
    return not counted or counted[0] not in index.weights


_COUNTED: Final = 12.0
"""Whole numbers in words up to this are counts, whose sentence may be about something else."""


def misplaced_numbers(
    sentence: str, subjects: Subjects, index: PaperIndex, *, spoken: bool
) -> tuple[str, ...]:
    """Numbers that the paper gives, but of something else that it compares, or counting another thing.

    What is `spoken` may call the thing that it counts by another word.
    """
    found: dict[str, None] = {}
    subject = ""
    if not may_hold_numbers(sentence):
        return ()
    for clause in clauses(sentence):
        subject = subjects.subject(clause) or subject
        for number in numbers(clause):
            if in_passing(number, _COUNTED if number.surface.isalpha() else 3.0) or _is_worked_out(number):
                continue
            held = subjects.bindings.supporting(number)
            unit = unit_of(clause, number) & index.weights.keys()
            if any(one.torn or (unit & one.unit and not one.subject) for one in held):
                continue  # the paper counts the same, and names nobody; or nobody knows whom
            owners = {one.subject for one in held if one.subject}
            counted = [one.unit for one in held if one.unit and one.number.percent == number.percent]
            if subjects.belongs_elsewhere(subject, owners) or (
                not spoken and unit and counted and not any(unit & one for one in counted)
            ):
                found[number.surface] = None
    return tuple(found)


def _is_worked_out(number: Number) -> bool:
    """Whether a number is a part or a multiple in words, which a host works out of what the paper prints: a fifth."""
    fraction = number.decimals == 3 or (number.decimals == 2 and not number.value.is_integer())
    return fraction and not number.percent and number.surface.replace(" ", "").isalpha()


def _measures(number: Number) -> bool:
    """Whether a number is a measurement, a decimal or a percentage, and no case that one belongs to."""
    return bool(number.percent or number.decimals)


Verdict = Literal["supported", "illustration", "contradicted", "unsupported"]
"""`illustration`: a picture, a question or a greeting, which claims nothing that the paper would have to carry;
`contradicted`: the paper says otherwise; `unsupported`: it says nothing of the kind."""

_PASSAGES: Final = 3
_UNLIKE: Final = "no passage of the paper says so"


def can_judge(language: str, paper: DocumentGraph) -> bool:
    """Whether a text in a language can be held against a paper: stems, negations, directions are those of English."""
    return language == "en" == paper.language


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of the paper."""

    atom_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the paper says to one sentence."""

    sentence: str
    verdict: Verdict
    passages: tuple[Evidence, ...]
    """The nearest passages, by words and meaning in turn, at most three; none where the paper holds nothing like it."""
    reasons: tuple[str, ...]
    """What speaks against it, in plain words; none for what is supported or claims nothing."""

    @property
    def unlike(self) -> bool:
        """Whether all that speaks against it is that no passage has its words."""
        return self.reasons == (_UNLIKE,)

    @property
    def reason(self) -> str:
        """Why, in one line, for whoever has to mend the sentence."""
        nothing = "claims nothing" if self.verdict == "illustration" else "the paper says so"
        return "; ".join(self.reasons) or nothing


def judge_sentences(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> tuple[Judgement, ...]:
    """Judge every sentence of a text against a paper, in order.

    The sentences are judged together: a written report is held to the paper's words more closely than what is told to
    a listener, a pronoun means what the sentence before named, and a yes or no answers the question before it.
    `allowed` are names that may be used without standing in the paper, such as the show's own. Raises
    PrerequisiteError when the embedding model is missing (`lexical` needs none), UsageError when the paper holds no
    text.
    """
    index = paper_index(graph)
    texts: dict[str, list[str]] = {}
    for passage in index.passages:
        texts.setdefault(passage.atom_id, []).append(passage.text)
    return tuple(
        Judgement(
            sentence=support.sentence,
            verdict=_verdict(support),
            passages=tuple(
                Evidence(atom_id, _likest(support.sentence, texts.get(atom_id, [])))
                for atom_id in support.atom_ids[:_PASSAGES]
            ),
            reasons=_reasons(support),
        )
        for support in ground_text(text, graph, similarity=similarity, allowed=allowed)
    )


def _likest(sentence: str, parts: list[str]) -> str:
    """The part of an atom that shares most words with a sentence."""
    said = set(sentence.lower().split())
    return max(parts, key=lambda part: len(said.intersection(part.lower().split())), default="")


def _verdict(support: Support) -> Verdict:
    if support.contradictions or support.contradicted_numbers:
        return "contradicted"
    if support.kind == "neutral":
        return "illustration"
    return "supported" if support.supported else "unsupported"


def _reasons(support: Support) -> tuple[str, ...]:
    lacks = (
        ("gives", support.contradicted_numbers, " for something else"),
        ("does not give", support.unsupported_numbers, ""),
        ("does not name", support.unsupported_entities, ""),
    )
    told = (f"the paper {says} {', '.join(what)}{rest}" for says, what, rest in lacks if what)
    return (*support.contradictions, *told) or (() if support.supported else (_UNLIKE,))
