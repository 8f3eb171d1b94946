"""Key concepts of a paper: candidate terms (noun-like runs of words), ranked by where and how often they stand.

A term's score is (evidence) x (keyness) x (length): evidence adds logarithms of its counts in each place, weighted
by the place; keyness is how much rarer the term is in general English (wordfreq) than here; nested terms give way
to the longer term when that accounts for most of their occurrences (the idea behind C-value, Frantzi et al. 2000).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from podcast_dspy.documents.graph import KeyConcept
from podcast_dspy.documents.vocabulary import acronyms, expand_species, expression
from podcast_dspy.text.words import GRAMMAR_WORDS, frequency, wordlist

FUNCTION = GRAMMAR_WORDS | wordlist("qualifying")
"""What no term begins or ends with."""
ADJECTIVE_NOUNS, DETERMINERS, ED_NOUNS, GENERIC, LY_NOUNS, NOUN_TOO, VERBS = map(
    wordlist,
    ("adjective_nouns", "determiners", "ed_nouns", "generic", "ly_nouns", "verbs_too", "verbs"),
)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’/+.][^\W_]+)*|[^\w\s]")


_UNIT = expression("measure")


_CITATION = expression("citation")


_ADJECTIVE = tuple("ous ful less able ible ish ary ent ant ive ic al ar".split())
_SURELY_ADJECTIVE = tuple("ic ical able ible ous ive wise less ful".split())


def strip_citations(text: str) -> str:
    """Text without citations, links and addresses, so that cited names do not count as terms."""
    return _CITATION.sub(" ", text)


def singular(word: str) -> str:
    """A noun without its plural ending, by the regular rules of English spelling."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics", "ous")):
        return word
    if word.isupper() or (word[:-1].isupper() and len(word) > 2):
        return word[:-1] if word[-1] == "s" else word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def fold_term(term: str) -> str:
    """Key under which spellings of one term meet: lower case, singular last word, hyphens as spaces."""
    words = term.lower().replace("-", " ").replace("’", "'").split()
    if words:
        words[-1] = singular(words[-1])
    return " ".join(words)


class Chunker:
    """Cuts sentences into runs of content words; which words act as verbs is learned from the paper itself."""

    def __init__(self, texts: Sequence[str]) -> None:
        total: Counter[str] = Counter()
        before_determiner: Counter[str] = Counter()
        for text in texts:
            tokens = [t.lower() for t in _TOKEN.findall(strip_citations(text))]
            for token, following in pairwise(tokens):
                total[token] += 1
                before_determiner[token] += following in DETERMINERS
        self._verbs = {
            t
            for t, n in total.items()
            if n >= 3 and before_determiner[t] / n > 0.2 and t not in NOUN_TOO and t.isalpha()
        }

    def breaks(self, token: str) -> bool:
        """Whether a token cannot be inside a term."""
        low = token.lower()
        if low in FUNCTION or low in self._verbs or not any(ch.isalpha() for ch in token):
            return True
        if _UNIT.match(token) or not re.search(r"[a-z]{2}", low):
            return True
        if len(low) == 1 or (low.endswith("ly") and len(low) > 4 and low not in LY_NOUNS):
            return True
        if low in NOUN_TOO:
            return False
        for ending in ("", "s", "es", "ed", "d", "ing"):
            stem = low[: len(low) - len(ending)] if ending else low
            if low.endswith(ending) and (
                stem in VERBS or (ending in ("ed", "ing", "es") and stem + "e" in VERBS)
            ):
                return True
        return False

    def chunks(self, text: str) -> list[list[str]]:
        """Runs of content words, as printed."""
        out: list[list[str]] = []
        run: list[str] = []
        for token in _TOKEN.findall(strip_citations(text)):
            if self.breaks(token):
                if run:
                    out.append(run)
                run = []
            else:
                run.append(token)
        if run:
            out.append(run)
        return out

    def noun_like(self, words: Sequence[str]) -> bool:
        """Whether a run of words reads as a noun phrase that can stand as a concept."""
        last, first = words[-1].lower(), words[0].lower()
        if last in GENERIC and len(words) == 1:
            return False
        if all(w.lower() in GENERIC for w in words) or first in ("et", "al"):
            return False
        if (
            any(len(w) < 2 for w in words)
            or words[0][0].isdigit()
            or (len(last) < 3 and not last.isupper() and len(words) == 1)
        ):
            return False
        acronym = words[-1][:-1].isupper() or any(ch.isupper() for ch in words[-1][1:])
        if not acronym:
            if last.endswith("ed") and last not in ED_NOUNS:
                return False
            sure = last.endswith(_SURELY_ADJECTIVE)
            if singular(last) not in ADJECTIVE_NOUNS and (
                sure or (last.endswith(_ADJECTIVE) and frequency(last) > 2.2)
            ):
                return False
        if first.endswith(("ed", "ing")) and len(words) == 1 and first not in NOUN_TOO:
            return False
        if len(words) == 1 and not acronym:
            return frequency(last) < 4.6
        return True


MOST = 18
LEAST = 12
LONGEST = 4
"""Words in a term."""

_PLACE_WEIGHT = {"title": 3.2, "abstract": 1.7, "heading": 1.3, "caption": 0.8, "body": 1.0}


@dataclass
class Sources:
    """Where terms are looked for. `passages` are (atom id, text) of body prose, back matter left out."""

    title: str
    abstract: str
    headings: Sequence[str]
    captions: Sequence[str]
    passages: Sequence[tuple[str, str]]
    abstract_id: str | None = None
    excluded: Sequence[str] = ()
    """Names of people and places of work, which are never concepts."""


@dataclass
class _Term:
    key: str
    surfaces: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    atoms: set[str] = field(default_factory=set)
    whole: int = 0
    """Occurrences as a complete chunk."""

    @property
    def count(self) -> int:
        return sum(self.places.values())


def term_pattern(term: str) -> re.Pattern[str]:
    """Matches a term in prose: any case unless it is an acronym, hyphen or space between words, plural or not."""
    words = re.split(r"[\s-]+", term.strip())
    body = r"[\s-]+".join(re.escape(word) for word in words)
    flags = 0 if term.isupper() and len(term) <= 6 else re.I
    return re.compile(rf"(?<![\w-]){body}(?:s|es|’s|'s)?(?![\w])", flags)


def _gather(sources: Sources, chunker: Chunker) -> dict[str, _Term]:
    terms: dict[str, _Term] = {}
    excluded = {fold_term(word) for name in sources.excluded for word in name.split() if len(word) > 2}

    def add(text: str, place: str, atom: str | None) -> None:
        for chunk in chunker.chunks(text):
            for length in range(1, min(LONGEST, len(chunk)) + 1):
                for start in range(len(chunk) - length + 1):
                    words = chunk[start : start + length]
                    surface = " ".join(words)
                    key = fold_term(surface)
                    term = terms.get(key)
                    if term is None:
                        if not chunker.noun_like(words) or excluded & set(key.split()):
                            continue
                        term = terms[key] = _Term(key)
                    term.surfaces[surface] += 1
                    term.places[place] += 1
                    term.whole += length == len(chunk)
                    if atom:
                        term.atoms.add(atom)

    add(sources.title, "title", None)
    add(sources.abstract, "abstract", sources.abstract_id)
    for heading in sources.headings:
        add(heading, "heading", None)
    for caption in sources.captions:
        add(caption, "caption", None)
    for atom, text in sources.passages:
        add(text, "body", atom)
    return terms


def _keyness(term: _Term) -> float:
    words = term.key.split()
    rarity = [min(6.5, max(0.6, 7.0 - (frequency(w) or 1.5))) for w in words]
    return sum(rarity) / len(rarity) / 4.0


def _score(term: _Term, passages: int) -> float:
    evidence = sum(weight * math.log2(1 + term.places[place]) for place, weight in _PLACE_WEIGHT.items())
    words = len(term.key.split())
    spread = 0.6 + 0.4 * min(1.0, len(term.atoms) / max(4.0, 0.15 * passages))
    length = {1: 0.85 if frequency(term.key) < 2.6 else 0.55, 2: 1.15, 3: 1.2}.get(words, 1.0)
    independence = 0.5 + 0.5 * term.whole / max(1, term.count)
    return evidence * _keyness(term) * length * spread * independence


def _surface(term: _Term) -> str:
    """The commonest printed form, in lower case unless it is mostly printed with capitals inside sentences."""
    lower = sum(n for s, n in term.surfaces.items() if s == s.lower())
    forms = term.surfaces.most_common()
    if lower:
        forms = [f for f in forms if f[0] == f[0].lower()] or forms
        if lower < 0.5 * term.count:
            forms = term.surfaces.most_common()
    best = max(forms, key=lambda f: (f[1], -len(f[0]), f[0]))[0]
    if best.isupper() and len(best) > 8 and " " in best:
        return best.lower()
    return best


def rank_concepts(sources: Sources) -> tuple[KeyConcept, ...]:
    """12 to 18 concepts (fewer in a very short paper), the most important first, importance scaled to its best."""
    names = [atom for atom, _ in sources.passages]
    title, abstract, *prose = expand_species(
        [sources.title, sources.abstract, *(text for _, text in sources.passages)]
    )
    sources = replace(sources, title=title, abstract=abstract, passages=list(zip(names, prose, strict=True)))
    texts = [title, abstract, *prose]
    chunker = Chunker(texts)
    terms = _gather(sources, chunker)
    long_of = acronyms(
        [sources.abstract, *(t for _, t in sources.passages), *sources.captions, sources.title]
    )
    twins: dict[str, str] = {}
    for short, long in long_of.items():
        short_key, long_key = fold_term(short), fold_term(long)
        if short_key in terms:
            target = terms.setdefault(long_key, _Term(long_key))
            target.surfaces.setdefault(long, 1)
            target.places += terms[short_key].places
            target.whole += terms[short_key].whole
            target.atoms |= terms[short_key].atoms
            twins[long_key] = short
            del terms[short_key]
    enough = 2 if len(sources.passages) < 12 else 3
    pool = [
        t
        for t in terms.values()
        if t.count >= enough
        or (t.places["title"] and t.count >= 2)
        or (t.places["abstract"] and t.count >= 2)
    ]
    passages = len(sources.passages)
    scored = sorted(((_score(t, passages), t) for t in pool), key=lambda pair: (-pair[0], pair[1].key))
    by_key = {t.key: t for t in pool}
    chosen: list[tuple[float, _Term]] = []
    for score, term in scored:
        if len(term.key.split()) <= LONGEST + 2 and not _redundant(term, chosen, by_key):
            chosen.append((score, term))
        if len(chosen) >= MOST:
            break
    if not chosen:
        return ()
    top = chosen[0][0]
    keep = [(s, t) for k, (s, t) in enumerate(chosen) if k < LEAST or s > 0.25 * top]
    texts_by_id = dict(sources.passages)
    if sources.abstract_id:
        texts_by_id[sources.abstract_id] = sources.abstract
    return tuple(
        _concept(term, score / top, twins.get(term.key), texts_by_id, sources.abstract_id)
        for score, term in keep
    )


def _redundant(term: _Term, chosen: Sequence[tuple[float, _Term]], by_key: dict[str, _Term]) -> bool:
    words = term.key.split()
    for _, other in chosen:
        theirs = other.key.split()
        if words == theirs:
            return True
        mine_in_theirs = f" {term.key} " in f" {other.key} "
        theirs_in_mine = f" {other.key} " in f" {term.key} "
        if mine_in_theirs and (other.count > 0.35 * term.count or len(words) == 1):
            return True
        if theirs_in_mine and term.count < 0.5 * other.count:
            return True
        if len(set(words) & set(theirs)) >= 2 and len(set(words) | set(theirs)) <= 4:
            return True
    # A fragment: the longer term that contains it accounts for most of its occurrences.
    for other in by_key.values():
        if (
            len(other.key) > len(term.key)
            and f" {term.key} " in f" {other.key} "
            and other.count > 0.6 * term.count
        ):
            return other.whole > 0.3 * other.count
    return False


def _concept(
    term: _Term, importance: float, short: str | None, texts: dict[str, str], abstract_id: str | None
) -> KeyConcept:
    name = _surface(term)
    forms = {name.lower(): name}
    aliases: list[str] = []
    for form in ([short] if short else []) + [s for s, n in term.surfaces.most_common(4) if n > 1]:
        if form.lower() not in forms:
            forms[form.lower()] = form
            aliases.append(form)
    patterns = [term_pattern(form) for form in (name, *aliases)]
    ranked: list[tuple[float, int, str]] = []
    for order, (atom, text) in enumerate(texts.items()):
        hits = sum(len(p.findall(text)) for p in patterns)
        if hits:
            ranked.append(
                (-_explains(patterns, text, hits) - (0.6 if atom == abstract_id else 0.0), order, atom)
            )
    return KeyConcept(
        name=name,
        importance=round(min(1.0, max(0.0, importance)), 4),
        aliases=tuple(aliases),
        atom_ids=tuple(atom for _, _, atom in sorted(ranked)[:8]),
    )


def _explains(patterns: Sequence[re.Pattern[str]], text: str, hits: int) -> float:
    """How well a passage explains a term: density, and the phrases that definitions use around it."""
    words = max(30, len(text.split()))
    value = min(2.0, 12.0 * hits / words) + math.log2(1 + hits) * 0.5
    for pattern in patterns:
        for match in pattern.finditer(text):
            after = text[match.end() : match.end() + 40]
            before = text[max(0, match.start() - 40) : match.start()]
            if re.match(
                r"\s*(?:\([^)]*\)\s*)?(?:,?\s*(?:which|that))?\s*(?:is|are|refers? to|means?|denotes?|consists?)\b",
                after,
            ):
                value += 1.0
            if re.search(
                r"(?:called|named|termed|known as|define[sd]?|introduce|propose|present)\s+(?:an?|the|as|our)?\s*$",
                before,
            ):
                value += 1.0
    return value
