"""References: what a sentence points back to, the terms that it needs, and what acronyms stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import lru_cache, partial
from typing import Final

from podcast_dspy.audio.durations import syllables
from podcast_dspy.documents.concepts import singular
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.vocabulary import acronyms
from podcast_dspy.text.words import FUNCTION_WORDS, content_stems, frequency, phrase_pattern, stem

_CONJUNCTION: Final = re.compile(rf"(?:{phrase_pattern('conjunctive').pattern})\b", re.IGNORECASE)
"""Conjunctives at the beginning of a sentence: how it goes on from the one before."""
_PRONOUN: Final = phrase_pattern("pronoun")
_ANYWHERE: Final = phrase_pattern("substitute")
"""Substitutes for what an earlier sentence says, wherever they stand."""
_DETERMINED: Final = phrase_pattern("determined")
"""What was named before, by a demonstrative, a comparative or `such`, with its noun."""
_ITSELF: Final = frozenset("paper work study article survey letter report manuscript section".split())
"""`This paper` is the one that is spoken of."""
_COMPLETED: Final = phrase_pattern("completed")
"""What the sentence itself goes on to say: `the same size as`, `both speed and cost`."""
_AHEAD: Final = re.compile(
    r"\bit(?:['’]s| is| was| has been| will be| would be| should be| may be| can be)\s+"
    r"(?:[\w-]+\s){1,3}?(?:that|to|whether)\b",
    re.IGNORECASE,
)
"""`It is clear that`: the pronoun stands for what follows."""
_INSIDE: Final = re.compile(
    r"(?:[\w'’-]+,? ){1,4}(?:also|therefore|thus|hence|then|instead|consequently|too|likewise)\b", re.I
)
"""The same conjunctives behind the subject."""
_FRONTED: Final = phrase_pattern("fronted")
_SUBJECTS: Final = frozenset({"it", "they", "he", "she"})
_DEFINITE: Final = re.compile(r"\b[Tt]he ((?:[a-z][\w-]*\s+){0,2}?[a-z][\w-]*)(?=[,.;:]|\s+(\w+)|$)")
_GOES_ON: Final = frozenset(
    "of that which who whose for in at on between with from to by when where under over than as".split()
)
_UNIQUE: Final = phrase_pattern("unique")
"""What is definite without having been named: superlatives, ordinals, and nouns that there is one of."""
_WORD: Final = re.compile(r"[A-Za-z][\w'’-]*")
_NAME: Final = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z][\w-]*[A-Z]|[A-Z][\w-]*\d)[A-Za-z][\w-]*(?![\w-])")
"""Acronyms and names of systems: two capitals, or a capital and a number."""
_SURNAME: Final = re.compile(r"(?:Ma?c)?[A-Z][a-z]+(?:-[A-Z][a-z]+)*")
_RARE: Final = 2.6
"""Zipf frequency below which a word is no word of everyday talk (wordfreq: about four uses in ten million)."""
_SPECIAL: Final = 3.6
"""The same for a word that the paper uses as a key concept."""
FIGURE: Final = re.compile(r"\d+(?:[.,]\d+)*")
"""A number in digits, as a sentence has it."""


def points_back(sentence: str) -> bool:
    """Whether a sentence needs the one before it: it goes on from it, or names something by what was said there."""
    sentence = _AHEAD.sub("clearly", sentence)
    # "Here we" is in this paper; "note that" says nothing that could be meant.
    sentence = re.sub(r"^(?:Here,? (?=we\b)|(?:Note|Notice|Observe|Recall) that )", "", sentence)
    # "We found that it learns", "We trace it": the authors are not what is meant.
    sentence = re.sub(
        r"^We (?:\w+ly )?\w+ (?:that )?(?=(?:it|its|they|them|their|these|those)\b)", "", sentence
    )
    if _CONJUNCTION.match(sentence) or _INSIDE.match(sentence) or _ANYWHERE.search(sentence):
        return True
    pronoun = _PRONOUN.search(sentence)
    if pronoun is not None and not _completed(sentence, pronoun):
        before = sentence[: pronoun.start()]
        if not _names_something(before) or (_FRONTED.match(before) and pronoun[0].lower() in _SUBJECTS):
            return True
    for found in _DETERMINED.finditer(sentence):
        nouns = set(content_stems(found[1], hosting=False))
        named = set(content_stems(sentence[: found.start()], hosting=False))
        # "Tabu search differs from the other two": the rest of what its subject is one of.
        rest = found[0].lower().startswith("the other") and named
        if not (rest or nouns & named or _completed(sentence, found)):
            return True
    return False


def _completed(sentence: str, found: re.Match[str]) -> bool:
    """Whether the sentence itself goes on to say what is meant, or means the paper."""
    after = sentence[found.end() :].split()[:1] if found.re is _PRONOUN else found[1].split()[:1]
    return bool(after and after[0].strip(".,;:").lower() in _ITSELF) or bool(
        _COMPLETED.match(sentence[found.start() :])
    )


def _names_something(before: str) -> bool:
    """Whether a text holds a word that a pronoun behind it can stand for."""
    return any(word not in FUNCTION_WORDS for word in re.findall(r"[a-z]+", before.lower()))


def unresolved_definites(sentence: str, known: Collection[str]) -> list[str]:
    """Each `the ...` of a sentence that was not spoken of before, as stems in `known` or in the sentence."""
    missing = []
    for found in _DEFINITE.finditer(sentence):
        if _UNIQUE.search(found[1]) or (found[2] or "").lower() in _GOES_ON:
            continue
        nouns = content_stems(found[1])
        before = set(content_stems(sentence[: found.start()]))
        if nouns and not any(noun in known or noun in before for noun in nouns):
            missing.append(f"the {found[1]}")
    return missing


def unknown_names(sentence: str, before: str) -> set[str]:
    """Acronyms and names of systems in a sentence that no text `before` names, that nobody says every day, and of which
    the sentence does not say what they are."""
    return {
        name
        for name in unheard(names_in(sentence) - names_in(before))
        if not _SURNAME.fullmatch(name) and not defines(sentence, name)
    }


def unexplained(texts: Sequence[str], spelled: Collection[str]) -> frozenset[str]:
    """Acronyms and names of systems of which no sentence of a paper says what they are; `spelled` are said in full."""
    names: dict[str, list[str]] = {}
    for text in texts:
        for name in names_in(text).difference(spelled):
            names.setdefault(name, []).append(text)
    return frozenset(name for name in unheard(names) if not any(defines(text, name) for text in names[name]))


def unheard(names: Iterable[str]) -> set[str]:
    """Those of some names that nobody says every day, as everybody says "DNA"."""
    return {name for name in names if _everyday(name.lower()) < _SPECIAL}


def names_in(text: str) -> set[str]:
    """The acronyms and names of systems of a text."""
    return set(map(singular, _NAME.findall(text)))


_NEW: Final = re.compile(r"\b(?:[Aa]n?|[Oo]ne|[Aa]nother) ((?:[a-z][\w-]* ){0,2}[a-z][\w-]*)")
_SELDOM, _SHARE = 3, 0.06
"""Sentences, and share of a paper's, that hold a word by which only some of it knows what is meant."""


class TermBook:
    """The terms of a paper that a listener has to have met, and the sentences that introduce each.

    A term is the name of a system, an acronym, or a word that nobody says every day. A paper introduces it where it
    first comes up, in its abstract and once more in its text, and wherever it says what it is.
    """

    def __init__(
        self,
        texts: Sequence[str],
        abstract: Sequence[bool],
        concepts: Collection[str],
        spelled: Mapping[str, str],
    ) -> None:
        """Sentences in the paper's order, which of them are the abstract's, its key concepts, and the long forms of the
        acronyms that are spelled out wherever they come up."""
        self._special = {
            stem(word.lower()) for name in concepts for word in _WORD.findall(name) if len(word) > 3
        }
        self._spelled = dict(spelled)
        self.terms = [self.of(text) for text in texts]
        self.held = [held_in(text, self._spelled) for text in texts]
        """What there is to keep in mind in each sentence, heard for the first time."""
        self.introduces: list[frozenset[str]] = []
        seen: dict[bool, set[str]] = {True: set(), False: set()}
        for text, own, early in zip(texts, self.terms, abstract, strict=True):
            defined = {term for term in own if defines(text, term)}
            self.introduces.append(frozenset((own - seen[early]) | defined))
            seen[early] |= own
        self._add_references(texts, abstract)

    def _add_references(self, texts: Sequence[str], abstract: Sequence[bool]) -> None:
        """Count as terms, too, what is spoken of with `the` once the paper has named it with `a`.

        Any sentence that holds the noun introduces it, except those that say `the` (Heim 1982: the definite takes up
        what the indefinite introduced).
        """
        stems = [set(content_stems(text)) for text in texts]
        often = Counter(stem for own in stems for stem in own)
        # What the whole paper is about is known to whoever hears some of it.
        seldom = {stem for stem, count in often.items() if count <= max(_SELDOM, _SHARE * len(texts))}
        new = [_indefinite(text) & seldom for text in texts]
        pointed = [_pointed(text) & seldom for text in texts]
        heads = frozenset().union(*new) & frozenset().union(*pointed)
        seen: dict[bool, set[str]] = {True: set(), False: set()}
        for at, early in enumerate(abstract):
            held = heads & stems[at]
            needed = pointed[at] & seen[early]
            seen[early] |= heads & new[at]
            self.terms[at] |= {f"the {head}" for head in held | needed}
            self.introduces[at] |= {f"the {head}" for head in held - needed}

    def of(self, text: str) -> frozenset[str]:
        """The terms of a text: names as they are written, words as stems."""
        names = names_in(text)
        words = {word.lower().replace("’", "'") for word in _WORD.findall(_NAME.sub(" ", text))}
        return frozenset(
            (names - self._spelled.keys()) | {stem(word) for word in words if self._is_rare(word)}
        )

    def _is_rare(self, word: str) -> bool:
        limit = _SPECIAL if stem(word) in self._special else _RARE
        return _is_rare(word, limit)


def held_in(text: str, spelled: Mapping[str, str]) -> frozenset[str]:
    """Names, acronyms, rare words and numbers of a text; what an acronym that is `spelled` out stands for is that."""
    for short, long in spelled.items():
        if long.lower() in text.lower():
            text = re.sub(rf"\b{re.escape(long)}", short, text, flags=re.IGNORECASE)
    names, rest = names_in(text), _NAME.sub(" ", text)
    own = unheard(names - spelled.keys()) | (names & spelled.keys())
    rare = {stem(word.lower()) for word in _WORD.findall(rest) if _is_rare(word.lower())}
    return frozenset(own | rare | set(FIGURE.findall(rest)))


def _is_rare(word: str, limit: float = _RARE) -> bool:
    return "'" not in word and any(len(part) > 3 and _everyday(part) < limit for part in word.split("-"))


@lru_cache(maxsize=50_000)
def _everyday(word: str) -> float:
    """Zipf frequency of a word or of what it is a form of, whichever is higher."""
    bases = {
        word,
        *(word.removesuffix(end) + base for end in ("s", "es", "ed", "ing", "ly") for base in ("", "e")),
    }
    return max(frequency(base) for base in bases)


def _indefinite(text: str) -> frozenset[str]:
    """Stems of what a sentence names with `a`: it is new."""
    return frozenset(stem for found in _NEW.finditer(text) for stem in content_stems(found[1]))


def _pointed(text: str) -> frozenset[str]:
    """Stems of the words behind each `the` that does not say which is meant: one of them is its noun."""
    found: set[str] = set()
    for one in unresolved_definites(text, ()):
        behind = re.search(rf"\b[Tt]{re.escape(one[1:])}( [a-z][\w-]*)?", text)
        found.update(content_stems(behind[0] if behind else one))
    return frozenset(found)


def defines(text: str, term: str) -> bool:
    """Whether a sentence says what a term is or does: with the term as its subject, or a remark right behind it."""
    return clarity(text, term) > 0


def clarity(text: str, term: str) -> int:
    """How clearly a sentence says what a term is: 2 where it says that it is something, 1 where it says what it does or
    is also called, 0 where it does neither.

    A subject may stand there in full with its short form behind it: "Simple repeats, or SRs, are ..." defines both.
    """
    text, term = text.translate(_HYPHENS), term.translate(_HYPHENS)
    glossed = _GLOSSED_SUBJECT.match(text)
    behind = text[glossed.end() :] if glossed else ""
    subjects = [name for name in glossed.group("long", "short") if name] if glossed else []
    return max(_clarity(reading, term) for reading in (text, *(f"{one}{behind}" for one in subjects)))


_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑–−", "-"))
_GLOSSED_SUBJECT: Final = re.compile(
    r"(?:(?:An?|The) )?(?P<long>(?:[\w'’-]+ ){0,6}?[\w'’-]+)"
    r"(?:, or (?P<short>[A-Z][\w'’-]*),| also (?:known|called) .{,40}?)(?= (?:\w+ )?(?:is|are) )"
)
_WITHIN: Final = r"(?:\s[\w-]+){0,2}?\s"


def _clarity(text: str, term: str) -> int:
    found = re.search(rf"(?i:{re.escape(term)})\w*", text)
    if found is None:
        return 0
    before, after = text[: found.start()], text[found.end() :]
    subject = before.strip().lower() in ("", "a", "an", "the") and not re.search(r"\d", text)
    member = re.fullmatch(r"(?:The|A) \w+, (?:an? |the )?", before) and re.match(
        r", (?:is|are|means)\b", after
    )
    named = (
        re.search(
            r"\b(?:(?:called|named|termed|known as|defined as)\s+(?:an?\s|the\s)?|"
            r"calls?\s+(?:(?:the|an?|this|that|these|those) [\w-]+|it|them|this|that)\s)$",
            before[-40:],
        )
        or re.match(r"\s*,\s+(?:an?|the|which|that is|short for)\s|:\s", after)
        # "the whole DNA, the genome"
        or (re.search(r"\w,\s+(?:an?|the)\s+$", before) and re.match(r"[.,;:]", after))
    )
    if member or named or (subject and re.match(rf"{_WITHIN}(?:is|are|means?|refers?)\b", after)):
        return 2
    other_name = re.search(r"\bor\s+(?:an?\s|the\s)?$", before[-30:]) or re.match(r"\s*,\s+or\s", after)
    return int(bool(other_name or (subject and re.match(rf"{_WITHIN}\w{{3,}}s\b", after))))


_WORD_AFTER = r"(?![\w'’–-])"
_WORD_BEFORE = r"(?<![\w'’–-])"
_TITLE = "\ue000"  # stands for the title, which is said as it is


def spelled_out(graph: DocumentGraph) -> dict[str, str]:
    """Long form, of one, for each acronym that the paper itself spells out."""
    written = [atom.content for atom in graph.passages()]
    words = {word for text in written for word in re.findall(r"\w+", text)}
    return {
        short: _inside(singular(long), words)
        for short, long in acronyms(written).items()
        if short.isalpha() and re.fullmatch(r"[\w'’]+(?:[ -][\w'’]+)*", long)
    }


def _inside(long: str, words: Set[str]) -> str:
    """`long` without the capital of a sentence's beginning: its first word the paper also writes small."""
    first = re.match(r"\w+", long)
    small = first is not None and first[0].istitle() and first[0].lower() in words
    return long[0].lower() + long[1:] if small else long


def introduce(texts: Sequence[str], long_forms: Mapping[str, str], title: str = "") -> list[str]:
    """`texts`, spoken one after another, each acronym introduced where it or its long form first comes up.

    "LFU wins" becomes "Least frequently used, or LFU, wins"; where the long form is said first, the acronym is put
    behind it. One that comes up so seldom that its long form each time takes fewer syllables is said in full: who
    listens would learn it for nothing. Acronyms within other words are left alone, and so is the `title`.
    """
    masked = [text.replace(title, _TITLE) if title else text for text in texts]
    for short, long in long_forms.items():
        # "CNN/DailyMail" is a name of its own.
        spoken = re.compile(rf"(?:\b([Aa]n?) )?{_WORD_BEFORE}(?<!/){short}(s?)(?!/){_WORD_AFTER}")
        full = re.compile(
            rf"{_WORD_BEFORE}{re.escape(long)}((?:e?s)?){_WORD_AFTER}(?!, or [A-Z]\w*[A-Z])", re.I
        )
        uses = sum(len(spoken.findall(text)) for text in masked)
        if not uses:
            continue
        place = next(index for index, text in enumerate(masked) if spoken.search(text) or full.search(text))
        text = masked[place]
        name, written = spoken.search(text), full.search(text)
        if name is not None and text[: name.start()].endswith(", or "):
            continue  # the paper introduces it itself
        long_first = written is not None and (name is None or written.start() < name.start())
        if _not_worth(short, long, uses + long_first):
            masked = [spoken.sub(partial(_in_full, long=long), text) for text in masked]
        elif written is not None and long_first:
            after = text[written.end() :]
            if not re.match(rf",? (?:or|called|that is,?) {short}s?\b", after):
                masked[place] = f"{text[: written.end()]}, or {short}{written[1][-1:]}{_closed(after)}"
        elif name is not None:
            said = f"{_in_full(name, long)}, or {short}{name[2]}"
            masked[place] = f"{text[: name.start()]}{said}{_closed(text[name.end() :])}"
    return [text.replace(_TITLE, title) for text in masked]


def _not_worth(short: str, long: str, times: int) -> bool:
    """Whether something that is named so often takes no more syllables in full each time than once in full with its
    acronym, and by its letters from then on."""
    full, letters = sum(map(syllables, long.split())), sum(map(syllables, short))
    if not short.isupper():
        return times == 1  # "SFNet" is a name
    return times * full <= full + 1 + times * letters


def _in_full(name: re.Match[str], long: str) -> str:
    """The long form in the place of an acronym, with its article, in its number."""
    before = name.string[: name.start()]
    article = f"{_article(name[1], long)} " if name[1] else ""
    said = f"{article}{_plural(_lower(long)) if name[2] else _lower(long)}"
    return said[:1].upper() + said[1:] if before.rstrip()[-1:] in ("", ".", "?", "!") else said


def _closed(after: str) -> str:
    """What follows, with the comma that ends the insertion unless there is a mark already."""
    return after if after[:1] in {"", ".", ",", ";", ":", "?", "!", ")"} else f",{after}"


def _plural(long: str) -> str:
    if long.endswith(("s", "x", "ch", "sh")):
        return f"{long}es"
    return f"{long[:-1]}ies" if re.search(r"[^aeiou]y$", long) else f"{long}s"


def _article(written: str, long: str) -> str:
    article = "an" if long[:1].lower() in "aeiou" else "a"
    return article.capitalize() if written[0].isupper() else article


def _lower(long: str) -> str:
    """Within a sentence: "Least Frequently Used" is no name, "Adaptive Replacement Cache by Megiddo" would be."""
    words = long.split()
    if all(word[:1].isupper() or len(word) < 4 for word in words[1:]):
        return " ".join(word.lower() if word[1:].islower() or len(word) == 1 else word for word in words)
    return long
