"""What a judge is given: text as data, free of orders to the judge, in windows that together are the whole."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.text.words import plain_text, split_sentences, words

__all__ = ["neutralise", "windows"]

_WINDOW_WORDS: Final = 900

# What no voice speaks: comments and tags, template and chat marks, fences, delimiters, encoded blobs, escapes.
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|/\*.*?\*/", re.S)
_MARKS = re.compile(
    r"\[\[\s*##.*?##\s*\]\]|\{\{.*?\}\}|\{%.*?%\}|<\|[^|\n]{1,40}\|>|<[^>\n]{1,80}>|\[/?INST\]|```+\w*|\"{3,}|'{3,}"
    r"|[#*_=~]{2,}|-{3,}|^\s*[>#]+\s",
    re.M,
)
_BLOB = re.compile(
    r"\b(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{24,}={0,2}"
    r"|\b(?:[0-9a-fA-F]{2}){16,}\b|(?:%[0-9A-Fa-f]{2}){6,}|(?:\\u[0-9a-fA-F]{4}){3,}|(?:&#x?[0-9a-fA-F]+;){3,}"
)
_DATA = re.compile(
    r"[\"'“”]?\b\w+[\"'“”]\s*:\s*(?:[\"'“”\d\[{]|true|null)|\{[^{}]*:[^{}]*\}"
    r"|\b[a-z]+(?:_[a-z]+)+\b\s*(?:[:=(]|is\b)|\b\w+\(\s*(?:\w+\s*=\s*)?[\"'“”\d][^)]*\)"
)

_PIECE = r"(?:script|episode|podcast|transcript|stretch|show|entry|submission|candidate|response|text)"
_JUDGE = r"(?:judges?|graders?|evaluators?|reviewers?|raters?|assistants?|language models?|chat ?bots?|AIs?|LLMs?|GPT)"
_MARK = r"(?:scor(?:e|es|ing)|rat(?:e|es|ing|ings)|grad(?:e|es|ing)|marks?|points|stars|verdicts?|rubrics?)"
_HIGH = r"(?:100|hundred|full|max(?:imum|imal)|perfect|high(?:est|ly)|top|best|excellent|flawless)"
_IMPERATIVE = (
    r"(?:score|rate|give|award|grade|mark|assign|output|return|print|respond|reply|declare|submit|treat)"
)
_OPEN = r"(?:(?:please|kindly|now|then|just|simply|always|instead|remember to|be sure to|important|note)\W+)*"
_ORDERS: Final = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # Overriding what was said before.
        r"\b(?:ignore|disregard|forget|override|bypass|discard)\b.{0,60}"
        r"\b(?:instruction|prompt|rubric|above|previous|prior|earlier|criteri|guideline)",
        r"\b(?:new|updated|real|actual|hidden|secret|system|developer) (?:instruction|prompt|directive|message)s?\s*:",
        r"\byour (?:new |only |real )?(?:task|job|role|goal) (?:is|now)\b",
        rf"\byou are (?:now |no longer )(?:an? )?.{{0,40}}\b(?:{_JUDGE}|{_MARK}|mode)\b",
        r"\b(?:this|the) (?:stretch|script|transcript|text|input|document) (?:ends|is over|stops) here\b"
        r"|\bend of (?:the |this )?(?:stretch|script|transcript|text|input|document|prompt)\b",
        # Speaking to whoever judges.
        rf"^\W*(?:dear|hello|hey|hi|note to|memo to|attention|message (?:to|for))\b.{{0,20}}\b{_JUDGE}\b",
        rf"\b{_JUDGE}\s*[:,]?\s*(?:you |please |must |should |has to |have to |is to |are to |will )"
        rf".{{0,60}}\b(?:{_MARK}|give|award|assign|prefer|choose|reward)\b",
        # Asking for a mark.
        rf"^\W*{_OPEN}{_IMPERATIVE}\b.{{0,80}}\b(?:{_MARK}|{_PIECE}|criteri\w+|fields?)\b",
        r"\b(?:please|kindly|would you|could you|we ask|i ask|grateful|appreciate|depends? on|deserves?|merits?)\b"
        r".{0,60}\b(?:scores?|rate|ratings?|grades?|marks?|verdicts?|stars)\b",
        r"\b(?:score|rate|give|award|grade) (?:it|this|us|me|them|every|all|each|the|full)\b.{0,40}"
        rf"\b(?:{_MARK} of|100|one hundred|full marks|maximum|perfect|highest)\b",
        rf"\bcriteri(?:on|a)\b.{{0,40}}\b(?:{_HIGH}|points)\b",
        r"\b(?:choose|prefer|pick|select)\b.{0,20}\b(?:first|second|former|latter) (?:one|text|stretch|script|as)\b",
        # Praising the text itself, or vouching for it.
        rf"\b(?:this|our|my|following|preceding|present) {_PIECE}\b.{{0,60}}\b(?:{_MARK}|{_HIGH})\b",
        rf"\b{_PIECE}s (?:that|which|with)\b.{{0,60}}\b{_MARK}\b",
        r"\balready (?:been )?(?:verified|checked|approved|graded|rated|scored|evaluated)\b"
        r"|\bno (?:further )?(?:checking|verification|review) is\b",
        r"\b(?:evaluation|grading|scoring|judging)s? (?:is |are )?(?:complete|guide|rubric|key|finished)\b",
        # Imitating another speaker, a heading of a prompt, or an answer.
        r"^\W*(?:system|assistant|user|human|developer|admin|tool|function|rubric|verdict|score|output|answer)\s*[:>]",
        r"^\W*(?:instructions?|important|prompt|rubric|system)\W*$",
        r"\b(?:rubric|verdict|depth)\b\s*[:=]",
    )
)
_LANGUAGES: Final = tuple(
    frozenset(marks.split())
    for marks in (
        "der das den dem und ist nicht alle alles diese dieser dieses diesem mit von für ein eine einen bitte sie gib"
        " geben auf zu vorherigen",
        "le les des une cette ces tout toutes tous du que qui vous dans donne donnez précédentes pour est",
        "el los las una este esta estas todas todo todos del que por para con lo dale puntuación anteriores",
        "il gli una questo questa tutte tutti di del che per con dai punteggio precedenti",
        "os um uma este esta todas da que por para com dê pontuação anteriores",
        "het een deze dit alle met voor niet dat geef vorige",
    )
)
"""Little words of other languages that are no words of English, nor of names."""
_ENGLISH: Final = frozenset(
    "the a of and to in is that for we with are it this was on as be by an or not from at but what you they".split()
)


def neutralise(text: str) -> tuple[str, tuple[str, ...]]:
    """A text as data: sentences that speak to a judge, marks that no voice speaks and foreign orders taken out.

    Returns the text and the sentences removed. It goes by form (who is spoken to, what is asked for, what imitates an
    answer) and by language, not by a list of known attacks; what is said about scores in the paper's own experiments
    stays.
    """
    removed: list[str] = []

    def drop(match: re.Match[str]) -> str:
        removed.append(" ".join(match.group().split()))
        return " "

    plain = _MARKS.sub(" ", _BLOB.sub(drop, _COMMENT.sub(drop, plain_text(text))))
    kept: list[str] = []
    for sentence in split_sentences(plain):
        order = _DATA.search(sentence) or any(order.search(sentence) for order in _ORDERS)
        (removed if order or _foreign(sentence) else kept).append(sentence)
    return " ".join(kept), tuple(removed)


def _foreign(sentence: str) -> bool:
    """Whether a sentence is not in English: in another script, or with the little words of another language."""
    letters = [letter for letter in sentence if letter.isalpha()]
    if len(letters) >= 4 and sum(letter > "\u024f" for letter in letters) > len(letters) / 2:
        return True
    said = words(sentence)
    english = sum(word in _ENGLISH for word in said)
    most = max(len(marks & set(said)) for marks in _LANGUAGES)
    return len(said) >= 4 and most >= 2 and most > english


def windows(text: str, count: int | None = None) -> list[str]:
    """The whole text in `count` windows (of at most about 900 words, if not given), cut between sentences.

    They are nearly equal in length; a text with fewer sentences than that has fewer windows.
    """
    sentences = split_sentences(text)
    total = sum(len(sentence.split()) for sentence in sentences)
    if not total:
        return []
    each = total / (count or -(-total // _WINDOW_WORDS))
    parts: list[list[str]] = [[]]
    held = 0
    for sentence in sentences:
        if parts[-1] and held >= each * len(parts) - 1e-9:
            parts.append([])
        parts[-1].append(sentence)
        held += len(sentence.split())
    return [" ".join(part) for part in parts]
