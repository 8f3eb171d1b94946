"""Where a script mentions a concept, and how much it says about it: the measurement behind the coverage loss."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.passages import PaperIndex, paper_index
from podcast_dspy.analysis.sentences import content_stems, split_sentences, stem, words
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept

__all__ = ["MENTIONED", "ConceptCoverage", "Depth", "concept_coverage"]

Depth = Literal["not_mentioned", "briefly_mentioned", "explained", "deeply_explained"]

MENTIONED: Final = 0.1
"""Credit of a concept that is named but not explained."""

_MAX_CONCEPTS: Final = 4
_WORDS_PER_CONCEPT: Final = 5
_EXPLAINING: Final = 4
_EXPLAINING_SHARE: Final = 0.3
_SPOKEN: Final = 15
"""Words that go to a concept before it is explained: about six seconds of speech."""
_DEEP: Final = 12
_DEEP_SENTENCES: Final = 3
_PARAPHRASE: Final = 0.88
"""Cosine (e5-small) from which a sentence says what an explaining passage says."""

_DIGITS: Final = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
}


@dataclass(frozen=True, slots=True)
class ConceptCoverage:
    """What a script does with one concept."""

    concept: KeyConcept
    depth: Depth
    credit: float
    """What it counts: 0 unless something is said about it, then 0.1, up to 1 for twelve explaining stems."""
    evidence: str
    """The sentence that shows it best; empty when it is not mentioned."""
    mentions: int
    """Distinct sentences that mention it, lists left out."""
    listed: int
    """Sentences that mention it in a list of concepts, which explains nothing."""


def _forms(concept: KeyConcept) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """(tokens, case counts) of every form; short acronyms count only in capitals, or they would be words."""
    found: dict[tuple[str, ...], bool] = {}
    for form in (concept.name, *concept.aliases):
        tokens = _normal(form)
        if tokens:
            found[tokens] = form.isupper() and len(form) <= 4
    return tuple(found.items())


@lru_cache(maxsize=50_000)
def _normal(text: str) -> tuple[str, ...]:
    return tuple(_DIGITS.get(word) or stem(word) for word in words(text))


def _finder(concepts: Sequence[KeyConcept]) -> dict[str, list[tuple[tuple[str, ...], bool, int]]]:
    table: defaultdict[str, list[tuple[tuple[str, ...], bool, int]]] = defaultdict(list)
    for place, concept in enumerate(concepts):
        for tokens, capital in _forms(concept):
            table[tokens[0]].append((tokens, capital, place))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def _mentioned(sentence: str, table: dict[str, list[tuple[tuple[str, ...], bool, int]]]) -> set[int]:
    tokens = _normal(sentence)
    found: set[int] = set()
    for start, token in enumerate(tokens):
        for form, capital, place in table.get(token, ()):
            if tokens[start : start + len(form)] != form:
                continue
            if capital and not re.search(rf"\b{re.escape(form[0])}s?\b", sentence.replace(".", ""), re.I):
                continue
            if capital and form[0].upper() not in sentence.replace(".", ""):
                continue
            found.add(place)
    return found


def _outermost(places: set[int], concepts: Sequence[KeyConcept]) -> int:
    """How many of these concepts stand for themselves: `filter` inside `blocked filter` is one mention, not two."""
    names = [" ".join(_normal(concepts[place].name)) for place in places]
    return sum(not any(name != other and name in other for other in names) for name in names)


def concept_coverage(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded"
) -> tuple[ConceptCoverage, ...]:
    """Depth of every key concept in a script, in the order of the graph's concepts. Memoised by content.

    A sentence that names more than four concepts, or more than one in five words, is a list: it counts for none of
    them. A concept is `explained` when the sentences that mention it, each with the one after it, hold four or more
    different content stems of the passages that explain it in the paper, and these are 30% or more of what they
    say; or, with `embedded`, when one of them says what such a passage says (cosine 0.88). Either way at least fifteen
    words must go to it, a sentence's words being shared out among the concepts it names. `deeply_explained` takes
    three sentences and twelve stems. Sentences said twice count once. Raises PrerequisiteError when the embedding
    model is missing.
    """
    return _coverage(text, _Ref(graph), similarity)


class _Ref:
    """A graph with its concepts, compared by content."""

    __slots__ = ("graph", "parts")

    def __init__(self, graph: DocumentGraph) -> None:
        self.graph = graph
        self.parts = (
            graph.title,
            *(atom.content for atom in graph.atoms),
            *(
                (concept.name, concept.importance, concept.aliases, concept.atom_ids)
                for concept in graph.key_concepts
            ),
        )

    def __hash__(self) -> int:
        return hash(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ref) and self.parts == other.parts


@lru_cache(maxsize=256)
def _coverage(text: str, ref: _Ref, similarity: Similarity) -> tuple[ConceptCoverage, ...]:
    concepts = ref.graph.key_concepts
    sentences = list(dict.fromkeys(split_sentences(text)))
    table = _finder(concepts)
    clear: defaultdict[int, dict[int, float]] = defaultdict(dict)
    listed: defaultdict[int, int] = defaultdict(int)
    for row, sentence in enumerate(sentences):
        places = _mentioned(sentence, table)
        count = _outermost(places, concepts)
        crowded = count > _MAX_CONCEPTS or (count > 1 and count * _WORDS_PER_CONCEPT > len(words(sentence)))
        for place in places:
            if crowded:
                listed[place] += 1
            else:
                clear[place][row] = len(words(sentence)) / max(1, count)
    index = paper_index(ref.graph)
    near = _nearness(sentences, clear, concepts, index) if similarity == "embedded" else {}
    return tuple(
        _one(concept, sentences, clear[place], listed[place], index, near.get(place, {}))
        for place, concept in enumerate(concepts)
    )


def _explaining(concept: KeyConcept, index: PaperIndex) -> frozenset[str]:
    """Content stems of the passages that explain a concept, its own name left out."""
    named = {token for form in (concept.name, *concept.aliases) for token in _normal(form)}
    atoms = set(concept.atom_ids[:6])
    passages = [passage for passage in index.passages if passage.atom_id in atoms]
    if not passages:
        head = set(content_stems(concept.name))
        passages = [passage for passage in index.passages if head and head <= passage.stems]
    return frozenset(token for passage in passages for token in passage.stems) - named


def _one(
    concept: KeyConcept,
    sentences: Sequence[str],
    rows: Mapping[int, float],
    listed: int,
    index: PaperIndex,
    near: dict[int, float],
) -> ConceptCoverage:
    if not rows:
        return ConceptCoverage(concept, "not_mentioned", 0.0, "", 0, listed)
    explaining = _explaining(concept, index)
    named = {token for form in (concept.name, *concept.aliases) for token in _normal(form)}
    held: set[str] = set()
    said: set[str] = set()
    best, best_count = "", -1.0
    for row in rows:
        window = set(content_stems(sentences[row]))
        after = set(content_stems(sentences[row + 1])) if row + 1 < len(sentences) else set()
        here = (window - named) & explaining
        held |= here | ((after - named) & explaining if here else set())
        said |= window - named
        weight = len(here) + 10 * near.get(row, 0.0)
        if weight > best_count:
            best, best_count = sentences[row], weight
    close = any(value >= _PARAPHRASE for value in near.values())
    enough = (
        sum(rows.values()) >= _SPOKEN
        and len(held) >= _EXPLAINING
        and len(held & said) >= _EXPLAINING_SHARE * max(1, len(said))
    )
    depth: Depth = "briefly_mentioned"
    if enough or (close and len(held) >= 2 and sum(rows.values()) >= _SPOKEN):
        depth = "explained"
        if len(held) >= _DEEP and len(rows) >= _DEEP_SENTENCES:
            depth = "deeply_explained"
    # "Then there is X." names X and says nothing.
    credit = MENTIONED if len(said) >= 2 and held else 0.0
    if depth != "briefly_mentioned":
        credit = MENTIONED + (1 - MENTIONED) * min(1.0, len(held) / _DEEP)
    return ConceptCoverage(concept, depth, credit, best, len(rows), listed)


def _nearness(
    sentences: Sequence[str],
    clear: Mapping[int, Mapping[int, float]],
    concepts: Sequence[KeyConcept],
    index: PaperIndex,
) -> dict[int, dict[int, float]]:
    """For every mentioned concept and each of its sentences the cosine to its nearest explaining chunk."""
    from podcast_dspy.lms import embed

    rows = sorted({row for places in clear.values() for row in places})
    if not rows or not index.chunks:
        return {}
    said = embed([sentences[row] for row in rows])
    held = embed([text for _, text in index.chunks])
    where = {row: place for place, row in enumerate(rows)}
    found: dict[int, dict[int, float]] = {}
    for place, mentioning in clear.items():
        atoms = set(concepts[place].atom_ids[:6])
        columns = [column for column, (atom_id, _) in enumerate(index.chunks) if atom_id in atoms]
        if mentioning and columns:
            found[place] = {row: float((said[where[row]] @ held[columns].T).max()) for row in mentioning}
    return found
