"""What of a paper's sentence can be spoken, and how its authors would say it: citations cut, formulas turned down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from podcast_dspy.text.words import phrase_pattern

_KEY = r"(?:[A-Z]{2,5}\+?(?:\d\d)?|[A-Z][A-Za-z]{1,5}\+?\d\d)[a-z]?"
_CITATION = re.compile(
    r"\s*\[\s*\d+(?:\s*[,;–-]\s*\d+)*(?:,\s*(?:inter alia|[^\]\d]{0,20}))?\s*\]"
    rf"|\s*\[\s*{_KEY}(?:\s*[,;]\s*{_KEY})*(?:,[^\]]{{0,30}})?\s*\]"
    r"|\s*\((?:see\s+|e\.g\.,?\s+|cf\.\s+)?[A-Z][\w'’-]+(?:\s+(?:et al\.?|and|&)\s*[A-Z]?[\w'’-]*)?"
    r",?\s+(?:\((?:19|20)\d\d[a-z]?\)|(?:19|20)\d\d[a-z]?)"
    r"(?:\s*[;,]\s*[^()]{0,600})?\)"
)
_TAIL = re.compile(
    r"[;,]\s*(?:see\s+|e\.g\.,?\s+|cf\.\s+)?"
    r"[A-Z][\w'’-]+(?:\s+(?:et al\.?|and|&)\s*[A-Z]?[\w'’-]*)?,?\s+(?:19|20)\d\d[a-z]?"
    r"(?:\s*[;,]\s*[^()]{0,600})?(?=\))"
)
"""Citations at the end of a remark in brackets."""
_POINTER = re.compile(
    r"\s*\((?:see\s+|cf\.\s+|e\.g\.,?\s+)?"
    r"(?:Figs?\.?|Figures?|Tables?|Sections?|Secs?\.|Eqs?\.|Equations?|Appendix|Supplementary|Additional file)"
    r"\s*[^()]{0,60}\)"
)
_ITEM = re.compile(
    r"^(?:(?:(?:(?:Materials?|Patients|Subjects) and )?Methods?|Design|Setting|Context|Measurements|Participants"
    r"|Background|Introduction|Objectives?|Aims?|Purpose|Results?|Findings|Conclusions?|Significance"
    r"|Interpretation|Summary)\s?[:.]\s+(?=[A-Z])"
    r"|[•▪◦‣·–-]\s+(?=(?:We|Our|The|This|These|An?|In|By|It|They|For|To|With)\b)"
    r"|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s+(?=[A-Z]))+"
)
"""A bullet, a number or a structured abstract's label before a sentence.

A bullet before a bare verb or noun stays, and nobody says it.
"""
_NOUN_BEFORE = re.compile(
    r"(?:^|\b(?:in|of|by|from|to|with|see|and|both|on|following|than|as|via|per))$", re.I
)
_VERB_AFTER = re.compile(
    r"\s+(?:also |then |first )?(?:us|propos|present|show|introduc|describ|develop|appl|train|find|found|report|stud|"
    r"argu|demonstrat|explor|investigat|suggest|extend|combin)(?:e|es|ed|y|ies|ied|s)?\b"
)
_CUT_OFF = re.compile(
    r"\b(?:by|of|on|from|to|in|with|and|or|at|the|see|e\.g|Refs?|Eqs?|Figs?)\s*\.+$|[-–,(]\s*\.+$",
    re.IGNORECASE,
)
"""The citation or formula that ended the sentence is gone."""
_SURNAME = r"[A-Z][\w'’-]+"
_DATED = (
    rf"{_SURNAME}(?:(?:,\s*|,?\s+and\s+|\s+&\s+){_SURNAME})*(?:\s+et al\.?)?"
    r"\s*\((?:19|20)\d\d[a-z]?(?:,\s*(?:(?:19|20)\d\d)?[a-z]?)*\)"
)
_BARE = re.compile(rf"(?<=[a-z)]) {_DATED}(?:[;,]\s*{_DATED})*(?=\s*(?:[.,;:)]|$))")
"""Authors and years set into the sentence without brackets of their own, as some publishers do."""
_GOVERNS = re.compile(
    r"\b(?:in|of|by|from|to|with|see|and|or|both|on|following|than|as|via|per|that|while|but|since|because|where|when"
    r"|like|unlike|for|e\.g\.?|cf\.?)$",
    re.I,
)
_SUBJECTLESS = re.compile(
    r"^(?!(?:As|Is|Was|Does|Has|Besides|Across|Towards|Unless|Whereas|Thus|Perhaps|Sometimes|Always|Versus|Plus|Less"
    r"|This|Minus)\b)[A-Z][a-z]+s (?:the|an?|all|any|each|every|both|its|their|our|these|those)\b"
    r"|^(?:Compute|Send|Receive|Initiali[sz]e|Calculate|Choose|Select|Assign|Insert|Remove|Apply|Obtain|Determine|Perform"
    r"|Generate|Append|Update|Repeat|Return|Split|Set) (?!of\b|in\b|for\b)[a-z]"
    r"|^(?:Suppose|Assume) (?!that\b|you\b|the\b|an?\b|there\b)|^(?:Denote|Fix|Write|Recall) "
)
"""A verb before its object: the sentence has lost who does it, or orders somebody to, as lists of steps do."""
_SIGNPOST = re.compile(
    r"^(?:Finally, |Next, |Then, |First, )?[Ii]n (?:Sections?|Secs?\.|§) ?[\dIVX.]+"
    r"(?: and (?:Section )?[\dIVX.]+)?,? we (?:\w+ly )?(?:describe|discuss|present|introduce|review|outline|conclude"
    r"|summari[sz]e|state|detail|provide|give|explain|define|list|report|derive|recall|close|end|start|begin)\b"
    r"|^Sections? [\dIVX.]+ (?:\w+ly )?(?:describe|discuss|present|introduce|review|outline|conclude|summari[sz]e"
    r"|detail|provide|give|explain|define|list|report|contain|is|are)e?s?\b"
    r"|^(?:All )?(?:[Vv]alues?|[Dd]ata|[Rr]esults) (?:are|were) (?:shown|presented|expressed|given|reported) as\b"
    r"|\b(?:state|present|draw|give|discuss|summari[sz]e)\w* (?:our|the|some) (?:\w+ )?"
    r"(?:conclusions?|results?|findings)(?: \w+)? in (?:Section|Sec\.|§)"
)
"""A sentence that says where in the paper something stands, or in what form."""
_HOUSEKEEPING = re.compile(
    r"\b(?:please (?:refer|see)|(?:rest|remainder) of (?:the|this|our) (?:paper|article|survey|work|manuscript)"
    r"|(?:go|going) into (?:more )?detail|now (?:describe|turn to|discuss|present|introduce|explain)\b"
    r"|(?:first|second|third|fourth|fifth|sixth|seventh|next|last|previous|preceding) "
    r"(?:(?:sub)?sections?|results?|theorems?|lemmas?|propositions?)\b"
    r"|(?:begin|end|close|conclude) (?:the section|with a (?:digression|remark))|sketch the (?:idea|proof)"
    r"|(?:they|we) (?:shall|will) (?:now |just |only |briefly |also )?(?:begin|sketch|argue|work|recall|return|see"
    r"|give)\b"
    r"|hope to return|let['’]s (?:now |first )?(?:re-?cast|put|recall)\b|an earlier (?:result|lemma|argument)\b"
    r"|(?:by|using|with|in) the following (?:equation|formula|relation|expression)s?\b"
    r"|is organi[sz]ed into|as follows\b|below (?:are|is)\b"
    r"|(?:shown|listed|given|described|discussed|summari[sz]ed|presented|explained|defined) "
    r"(?:below|above|later|(?:in|by|on) the (?:equations?|panels?|insets?|legends?|captions?|(?:left|right)most))\b"
    r"|(?:details?|information) (?:[\w-]+ ){0,8}?(?:can be|are|is) (?:found|given|provided|available)"
    r"|(?:refer|referring) (?:the |interested )*(?:readers? )?to (?:the|their|our)\b"
    r"|supplementary (?:table|fig|mat|inf|note)|additional file|this (?:section|subsection|appendix|chapter)\b"
    r"|(?:purchased|procured|bought) from|analytical (?:reagent )?grade|Ethics Committee|Review Board"
    r"|corresponding author|all rights reserved|creative commons)",
    re.IGNORECASE,
)
"""Sentences about the document, not about what it says."""
_UNSPEAKABLE = re.compile(r"@|https?:|www\.|\bdoi\b|[\u0590-\u08ff′∗†‡§]|\w_\w|\[[^\]]*\]")
_VARIABLE = re.compile(r"(?<![\w'’.-])[B-HJ-Zb-z](?![\w'’.-])")
_GAP = re.compile(
    r"\b(?:[Ll]et|[Ss]uppose|[Aa]ssume|[Gg]iven|[Dd]enote|[Cc]onsider|if|where) "
    r"(?:be|is|are|contains?|denotes?|has|have)\b"
    r"|\d\s*[-–+×*/]\s*[,.;]|\b\d+\s?[-–+×*/]\s[b-z]\b|\b[b-z]\s?[/×*+–]\s?[b-z\d]\b|\b(?:Equation|Eq\.)s? ?\(?\d"
    r"|\bEqs?\.?\s*[,;)]|\b(?:sub|super)scripts?\b|\b(?:left|right)[- ]hand side\b"
    r"|\b(?:Theorem|Corollary|Lemma|Proposition|Definition|Conjecture|Proof|Remark)\s*[\d.]*:"
    r"| … "  # where a displayed formula stood
)
"""A formula stood here, or begins here."""
_VARIABLE_IS = re.compile(r"(?:^|[\s(])[B-HJ-Zb-z] (?:is|are|denotes?|represents?|stands?|be)\b")
_MARK = re.compile(r"(?<=[A-Za-z]{3})[∗†‡§¶]+(?=[\s.,;:)]|$)")
"""A footnote's mark behind a word."""
_MATH = re.compile(r"[=<>≤≥√→↦⟨⟩〈〉\u2200-\u22ff{}\\|^_~]|(?<![\w-])[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]")
_FINITE = phrase_pattern("finite")
"""What can be a finite verb, or the subject of one: a line without any is a label of a picture or a heading."""
_FRAGMENT = re.compile(r"^(?:where|which|whose|with \w+ (?:denoting|being))\b(?!.*\?$)", re.IGNORECASE)
"""The tail of a displayed formula, or a clause that lost its sentence."""


def _cut(citation: re.Match[str]) -> str:
    # "As in [12], ..." and "the works of (Ann, 2015) use ..." have the mark as a noun: without it the sentence has a
    # gap, with it nobody can say it.
    before, after = citation.string[: citation.start()], citation.string[citation.end() :]
    noun = _NOUN_BEFORE.search(before) or (citation[0].lstrip().startswith("(") and _VERB_AFTER.match(after))
    return citation[0] if noun else ""


def _bare(citation: re.Match[str]) -> str:
    """What is left of an unbracketed citation: all of it where the sentence needs the names."""
    return citation[0] if _GOVERNS.search(citation.string[: citation.start()]) else ""


def clean(sentence: str) -> str:
    """A sentence of a paper without its place in a list, citation marks and pointers in parentheses."""
    sentence = _MARK.sub("", _ITEM.sub("", sentence))
    text = _POINTER.sub("", _TAIL.sub("", _CITATION.sub(_cut, _BARE.sub(_bare, sentence))))
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
        or bool(_FRAGMENT.match(sentence))
        or bool(re.match(r"\w+\)", sentence))
    )


def lacks_subject(sentence: str) -> bool:
    """Whether a sentence begins with a verb and its object, and nobody does it."""
    return bool(_SUBJECTLESS.match(sentence))


def is_signpost(sentence: str) -> bool:
    """Whether a sentence as the paper has it only tells what stands in which section."""
    return bool(_SIGNPOST.search(sentence))


def _is_listing(words: list[str]) -> bool:
    """Whether the words are names and places: affiliations, addresses, references."""
    long = [word for word in words if len(word) > 3]
    capitals = sum(word.lstrip("(“\"'").istitle() or word.isupper() for word in long)
    return sum(word.endswith((",", ";")) for word in words) >= 2 and capitals >= 0.7 * len(long)


_NUMBERED: Final = r"(?:[A-Z]|(?:[A-Z]\.)?\d+(?:\.\d+)*)(?!\w)"
_AND: Final = r"(?:,? (?:and|or|to|through)|–) ?"
_PLACE: Final = (
    rf"(?:(?:[Ss]ections|Secs\.|Appendices) ?{_NUMBERED}(?:{_AND}{_NUMBERED})+"
    rf"|(?:[Ss]ections?|Secs?\.|§|Appendix|Appendices) ?{_NUMBERED}"
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
            r"\b((?:[Mm]odel|[Ll]aw|[Mm]ethod)s?) (?:of|in|from) (?:Equations?|Eqs?\.) ?\(?\d+\)?(?=[\s.,;:])",
            r"\1",
        ),
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
