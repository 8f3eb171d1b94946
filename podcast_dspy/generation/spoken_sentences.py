"""What of a paper's sentences and captions can be spoken: citations cut, formulas turned down, pictures named."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.text.words import phrase_pattern, replacements, rewritten, split_sentences

_CITATION = phrase_pattern("citation")
_TAIL = phrase_pattern("citation_tail")
_ITEM = phrase_pattern("item")
_NOUN_BEFORE = phrase_pattern("citation_noun")
_VERB_AFTER = phrase_pattern("citation_subject")
_CUT_OFF = phrase_pattern("cut_off")
_BARE = phrase_pattern("bare_citation")
_POINTER = re.compile(r"\s*\((?:see\s+|cf\.\s+|e\.g\.,?\s+)?(?:Fig|Tab|Sec|Eq|App|Suppl)")
_NAMED = re.compile(r"\bet al\b|\((?:19|20)\d\d[a-z]?\)")
_GOVERNS = phrase_pattern("citation_governed")
_SUBJECTLESS = phrase_pattern("subjectless")
_HOUSEKEEPING = phrase_pattern("housekeeping")
_UNSPEAKABLE = phrase_pattern("unspeakable")
_VARIABLE = re.compile(r"(?<![\w'’.-])[B-HJ-Zb-z](?![\w'’.-])")
_GAP = phrase_pattern("gap")
_VARIABLE_IS = re.compile(r"(?:^|[\s(])[B-HJ-Zb-z] (?:is|are|denotes?|represents?|stands?|be)\b")
_MATH = re.compile(r"[=<>≤≥√→↦⟨⟩〈〉\u2200-\u22ff{}\\|^_~]|(?<![\w-])[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]")
_FINITE = phrase_pattern("finite")
"""What can be a finite verb, or the subject of one: a line without any is a label of a picture or a heading."""


def _cut(citation: re.Match[str]) -> str:
    # "As in [12], ..." and "the works of (Ann, 2015) use ..." have the mark as a noun: without it the sentence has a
    # gap, with it nobody can say it.
    before, after = citation.string[: citation.start()], citation.string[citation.end() :]
    noun = _NOUN_BEFORE.search(before) or (citation[0].lstrip().startswith("(") and _VERB_AFTER.match(after))
    return citation[0] if noun else ""


def _bare(citation: re.Match[str]) -> str:
    """What is left of an unbracketed citation: all of it where the sentence needs the names."""
    return citation[0] if _GOVERNS.search(citation.string[: citation.start()]) else ""


def uncited(text: str) -> str:
    """A text without the citations that its sentences do not need."""
    return _CITATION.sub(_cut, _BARE.sub(_bare, text))


def cites(sentence: str) -> bool:
    """Whether a sentence as the paper has it tells what somebody else wrote: a citation, and no pointer in brackets."""
    marks = (*_CITATION.finditer(sentence), *_BARE.finditer(sentence))
    return any(not _POINTER.match(mark[0]) for mark in marks) or bool(_NAMED.search(sentence))


def clean(sentence: str) -> str:
    """A sentence of a paper without its place in a list, citation marks and pointers in parentheses."""
    text = _TAIL.sub("", uncited(_ITEM.sub("", sentence)))
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    text = re.sub(r"\(\s*\)", "", text)
    return re.sub(r"\s+", " ", text).strip()


_CLAUSE_WORDS, _SENTENCE_WORDS = 60, 80
"""What a listener can keep in mind: between two colons, and in all."""


def can_be_spoken(sentence: str) -> bool:
    """Whether a host can say it: a whole sentence of words about the subject, without formulas, addresses or gaps."""
    words = sentence.split()
    clauses = [len(clause.split()) for clause in re.split(r"[:;]\s", sentence)]
    if (
        len(words) < 3
        or max(clauses) > _CLAUSE_WORDS
        or len(words) > _SENTENCE_WORDS
        or sentence[-1] not in ".!?"
        or not sentence[0].isalnum()
    ):
        return False
    if (
        _UNSPEAKABLE.search(sentence)
        or _GAP.search(sentence)
        or _VARIABLE_IS.search(sentence)
        or len(_VARIABLE.findall(sentence)) > 2
    ):
        return False
    if (
        not (_FINITE.search(sentence) or lacks_subject(sentence))
        or _CUT_OFF.search(sentence)
        or _HOUSEKEEPING.search(sentence)
        or _is_listing(words)
    ):
        return False
    letters, digits = (sum(map(kind, sentence)) for kind in (str.isalpha, str.isdigit))
    return min(letters / 0.4, (letters + digits) / 0.6) >= len(sentence) and not _MATH.search(sentence)


def is_torn(sentence: str) -> bool:
    """Whether a sentence as the paper has it lacks its beginning or, its citation or formula being gone, its end."""
    first = sentence.split()[0]
    return (
        not first[0].isalnum()
        or (first.isalpha() and first.islower())
        or bool(_CITATION.search(sentence))
        or bool(_CUT_OFF.search(sentence))
        or bool(re.match(r"\w+\)|\d+\. [a-z]", sentence))
    )


def lacks_subject(sentence: str) -> bool:
    """Whether a sentence begins with a verb and its object, and nobody does it."""
    return bool(_SUBJECTLESS.match(sentence))


def _is_listing(words: list[str]) -> bool:
    """Whether the words are names and places: affiliations, addresses, references."""
    long = [word for word in words if len(word) > 3]
    capitals = sum(word.lstrip("(“\"'").istitle() or word.isupper() for word in long)
    return sum(word.endswith((",", ";")) for word in words) >= 2 and capitals >= 0.7 * len(long)


_RULES: Final = replacements("paraphrase")
_CLAUSE: Final = re.compile(r";\s+(?=(?:[\w'’-]+,?\s+){4,})")
_TURN: Final = phrase_pattern("turn")
_MIN_CLAUSE_WORDS: Final = 5
_LONG: Final = 18
"""Words from which a sentence is told in two."""
_PASSES: Final = 4
"""One rule can make room for another; sentences settle after two passes."""


def paraphrase(text: str) -> str:
    """The text without marks that are only written, in spoken forms; still in its authors' words.

    A semicolon between two clauses becomes a full stop, and so does the comma of a long sentence before a clause with
    `but`, `so` or `and` and its own subject. Applying it twice changes nothing more. Numbers and names
    are never touched.
    """
    for _ in range(_PASSES):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    before = text
    text = rewritten(text, _RULES)
    parts = _CLAUSE.split(text)
    if all(len(part.split()) >= _MIN_CLAUSE_WORDS and part.count("(") == part.count(")") for part in parts):
        text = ". ".join(part[:1].upper() + part[1:] for part in parts)
    text = _TURN.sub(lambda match: _turned(match, text), text)
    # A rule that cut the beginning of a sentence leaves a small letter; "O. sanctum" had its own before.
    text = re.sub(
        r"(?<! [A-Z])[.?!] [a-z]\w*",
        lambda match: match[0] if match[0] in before else match[0][:2] + match[0][2:3].upper() + match[0][3:],
        text.strip(),
    )
    return text[:1].upper() + text[1:]


def _turned(turn: re.Match[str], text: str) -> str:
    """The turn as a new sentence, where that leaves two whole ones; `not this, but that` stays one."""
    begin = max(text.rfind(mark, 0, turn.start()) for mark in (". ", "? ", "! ", "; ", ": "))
    before = text[begin + 1 : turn.start()].split()
    after = re.split(r"[.?!;:](?:\s|$)", text[turn.end() :], maxsplit=1)[0].split()
    long_enough = min(len(before), len(after)) >= _MIN_CLAUSE_WORDS and len(before) + len(after) >= _LONG
    opposed = re.search(
        r"\b(?:not|no|either|neither|whether|if|when|while|although|that)\b|n't", " ".join(before)
    )
    if not long_enough or opposed or text.count("(", 0, turn.start()) != text.count(")", 0, turn.start()):
        return turn[0]
    word = turn[1] or turn[2]
    return f". {word.capitalize()} "


_LABEL = re.compile(
    r"^(?:(?:Fig(?:ure|\.)?|Tab(?:le|\.)?)\s*(?:[\w.]*\d\w*|[IVXL]+\b)\s*[.:|–—-]?\s*)?(?:\(\w{1,2}\)\s*)?",
    re.IGNORECASE,
)
_PANEL = re.compile(r"(?:^|(?<=[.;,])\s)\(?[A-Za-z]\d?[):]\s")
_SHOWN = phrase_pattern("shown")
_DRAWN = phrase_pattern("drawing")
_LEAST = 4
"""Words of a caption that says something."""
_AGAIN = 7
"""Words in a row of a caption in a sentence that then says it again."""


def heading_of(picture: DocumentAtom) -> str:
    """What a picture shows, without its number and without saying that it shows it; "" where no caption tells."""
    said = _captioned(picture)
    return paraphrase(said[0]).rstrip(" .") if said else ""


def caption_sentences(picture: DocumentAtom) -> list[str]:
    """A caption's sentences as they can be spoken, the first with the picture's name; empty where it says too little.

    It is over where it says how the picture was made or is to be read, panel by panel: who listens does not see it.
    """
    said = _captioned(picture)
    if not said or len(said[0].split()) < _LEAST:
        return []
    first = paraphrase(f"Here is {picture_name(picture)}: {said[0].rstrip(' .')}.")
    later = takewhile(lambda text: can_be_spoken(text) and not _DRAWN.search(text), map(paraphrase, said[1:]))
    return [first, *later] if can_be_spoken(first) else []


def _captioned(picture: DocumentAtom) -> list[str]:
    """The sentences of a caption without its number, and without saying that it shows something."""
    whole = _LABEL.sub("", picture.caption_without_panels.strip())
    sentences = split_sentences(_PANEL.split(whole, maxsplit=1)[0])
    said = [clean(sentence) for sentence in sentences]
    if said:
        first = _SHOWN.sub("", said[0])
        said[0] = first[:1].upper() + first[1:]
    return said


def says_again(text: str, picture: DocumentAtom) -> bool:
    """Whether a sentence says what the picture's caption says, or only that there is the picture."""
    if len(text.split()) <= 10 and text.startswith(f"{picture_name(picture)} "):
        return True
    return bool(_ngrams(picture.caption or "") & _ngrams(text))


def _ngrams(text: str) -> set[tuple[str, ...]]:
    """Every n-gram of so many words that no two sentences share them by chance."""
    said = re.findall(r"\w+", text.lower())
    return {tuple(said[at : at + _AGAIN]) for at in range(len(said) - _AGAIN + 1)}


def picture_name(picture: DocumentAtom) -> str:
    """What a listener hears of a picture's label: Figure 3, Table 1."""
    return f"{'Table' if picture.atom_type == 'table' else 'Figure'} {picture.figure_number}"


def names_picture(text: str, picture: DocumentAtom) -> bool:
    """Whether a text names a picture by its number, alone or in a list of its kind."""
    if not picture.figure_number:
        return False
    word = r"Tab(?:les?|s?\.)?" if picture.atom_type == "table" else r"Fig(?:ures?|s?\.)?"
    listed = r"(?:[A-Z]?\d+[a-z]?(?:,? and |, |–|-))*"
    return bool(
        re.search(rf"\b{word}\s*{listed}{re.escape(picture.figure_number)}(?!\d)", text, re.IGNORECASE)
    )
