"""The paraphrase: a paper's sentence as its authors would say it. Rules only, so that what was true stays true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_NUMBERED: Final = r"(?:[A-Z]|(?:[A-Z]\.)?\d+(?:\.\d+)*)(?!\w)"
_AND: Final = r"(?:,? (?:and|or|to|through)|–) ?"
_PLACE: Final = (
    rf"(?:(?:Sections|Secs\.|Appendices) ?{_NUMBERED}(?:{_AND}{_NUMBERED})+"
    rf"|(?:Sections?|Secs?\.|§|Appendix|Appendices) ?{_NUMBERED}"
    rf"(?:{_AND}(?:in )?(?:Section|Sec\.|§|Appendix) ?{_NUMBERED})*)"
    rf"(?!{_AND}(?:in )?(?:{_NUMBERED}|Fig|Tab))"
)
"""Numbered parts of the paper; the full stop behind them is the sentence's own. Where something else goes on the list,
it is no place of its own: what is left would begin with its `and`."""

_WORK: Final = r"(?:paper|work|article|study|letter|report|manuscript|Letter|survey|contribution)"

_RULES: Final[Sequence[tuple[re.Pattern[str], str]]] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # What is spoken of is the paper anyway.
        (rf"^In (?:this|our|the present) {_WORK},?\s+", ""),
        (rf"\b[Tt]his ({_WORK})\b", r"the \1"),
        (r"\b([Ll])et us\b", r"\1et's"),
        # Marks that are written, not said.
        (r"\be\.g\.,?", "for example"),
        (r"\bi\.e\.,?", "that is,"),
        (r"\bvs\.", "versus"),
        (r"\bw\.r\.t\.", "with respect to"),
        (r"\bet al(?:\.(?:'s)?|(?=[\s,;]))", "and colleagues"),
        (r"\bcf\.\s*", "compare "),
        (rf"\bAs (?:shown|seen|reported|listed|described|discussed) in {_PLACE},?\s*", ""),
        (rf",? (?:as )?(?:shown|seen|reported|listed|described|discussed) in {_PLACE}(?=[.;])", ""),
        (rf",? (?:see|in) {_PLACE}", ""),
        (rf"\b[Ii]n {_PLACE},?\s+(?=[a-z])", ""),
        (
            r"\bAs (?:mentioned|noted|discussed|described|explained|stated|said|shown|seen) "
            r"(?:earlier|above|before|previously|already),?\s*",
            "",
        ),
        (r"\s*[\[(](?:[Ll]eft|[Rr]ight|[Tt]op|[Bb]ottom|[Uu]pper|[Ll]ower|[Mm]iddle)(?: panels?)?[\])]", ""),
        (r"\bFigs?\. ?(?=\d)", "Figure "),
        (r"\bTab\. ?(?=\d)", "Table "),
        # A dash or a bracket is a comma when spoken.
        (r"\s+[–—]\s+", ", "),
        (r"\s*—\s*", ", "),
        (r"\s*\(((?:or|and|that is|for example|about|around|at least|up to)\b[^()]{2,60})\)", r", \1,"),
        # What is called so in the rest of the paper has to be heard; what is only added has not.
        (r"\s*\(([A-Z][\w-]*[A-Z][\w-]*)\)(?=\s*[.,;:!?])", r", or \1"),
        (r"\s*\(([A-Z][\w-]*[A-Z][\w-]*)\)", r", or \1,"),
        (r"\s*\([^()]{0,80}\)", ""),
        # How people talk.
        (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should) not\b", r"\1n't"),
        (r"\b([Cc])annot\b", r"\1an't"),
        (r"\bwill not\b", "won't"),
        (r"(?<!as )(?<!than )(?<!what )\b([Ii])t is\b(?! in\b| that\b|\s*[,.;:!?])", r"\1t's"),
        (r"\b([Tt])hat is\b(?!\s*[,.;:!?])", r"\1hat's"),
        (r"\b([Tt])hey are\b(?!\s*[,.;:!?])", r"\1hey're"),
        (r"\b([Tt])here is\b(?!\s*[,.;:!?])", r"\1here's"),
        (r"\bwhereas\b", "while"),
        (r"\b([Tt])hus\b", r"\1herefore"),
        (r"\b(?:Moreover|Furthermore|Additionally), ", "And "),
        (r"(?<=; )(?:moreover|furthermore|additionally), ", "and "),
        (r"\bHowever, (?=\w)", "But "),
        (r"(?<=; )however, (?=\w)", "but "),
        (r"\b(?:Consequently, |Hence,? (?=\w)|Therefore,? (?=(?:they|the|an?|it|there)\b))", "So "),
        (r"\b(?:consequently, |hence,? (?=\w)|therefore,? (?=(?:they|the|an?|it|there)\b))", "so "),
        (r"\b([Uu])tili[sz]e", r"\1se"),
        (r"\bin order to\b", "to"),
        # Tidy up.
        (r"\s+([,.;:!?])", r"\1"),
        (r",\s*,", ","),
        (r",\s*([.;:!?])", r"\1"),
        (r"\s{2,}", " "),
    )
)
_CLAUSE: Final = re.compile(r";\s+(?=(?:[\w'’-]+,?\s+){4,})")
_TURN: Final = re.compile(
    r",\s+(but|so|and)\s+(?=(?:it|they|this|these|those|there|nobody|everybody)\b)"
    r"|,\s+(but|so)\s+(?=(?:the|an?|their|its|each|both|most|no|such)\b)"
)
"""Where a host stops and begins again: a clause with a subject of its own behind the comma."""
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
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
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
