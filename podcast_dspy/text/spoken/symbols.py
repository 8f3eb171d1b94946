"""Say signs: Greek letters, relations, operators and abbreviations."""

from __future__ import annotations

import re
from functools import lru_cache

from podcast_dspy.text.spoken.formulas import GREEK
from podcast_dspy.text.wordlists import abbreviations

__all__ = ["say_abbreviations", "say_bounds", "say_symbols"]

_GREEK_SIGNS = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", GREEK, strict=True))
_GREEK_SIGNS |= {sign.upper(): name for sign, name in _GREEK_SIGNS.items()}
_GREEK_SIGNS |= {"ς": "sigma", "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "µ": "mu", "ϖ": "pi", "ϱ": "rho"}

_SIGNS = {
    "≤": "is at most", "≥": "is at least", "⩽": "is at most", "⩾": "is at least", "≠": "is not equal to",
    "≈": "is about", "≃": "is about", "≅": "is about", "∼": "about", "≡": "is identical to",
    "∝": "is proportional to",
    "±": "plus or minus", "∓": "minus or plus", "×": "times", "·": "times", "⋅": "times", "÷": "divided by",
    "−": "minus", "√": "the square root of", "∞": "infinity", "∑": "the sum of", "∏": "the product of",
    "∫": "the integral of", "∂": "partial", "∇": "gradient", "∈": "in", "∉": "not in", "⊂": "within", "⊆": "within",
    "∪": "union", "∩": "intersection", "∅": "the empty set", "∀": "for all", "∃": "there exists", "¬": "not",
    "∧": "and", "∨": "or", "⊕": "plus", "⊗": "times", "→": "to", "⟶": "to", "↦": "to", "⇒": "implies", "⟹": "implies",
    "←": "from", "↔": "to and from", "⇔": "if and only if", "↑": "up", "↓": "down", "≪": "is much less than",
    "≫": "is much more than", "°": "degrees", "′": "prime", "″": "double prime", "&": "and", "§": "section",
    "¶": "", "†": "", "‡": "", "©": "", "®": "", "™": "", "•": ",", "…": "...", "ℝ": "R", "ℕ": "N", "ℤ": "Z",
    "ℓ": "l",
}  # fmt: skip
_ALL_SIGNS = str.maketrans({sign: f" {name} " for sign, name in (_SIGNS | _GREEK_SIGNS).items()})

_BOUNDS = {
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "⩽": "at most", "⩾": "at least",
    "<=": "at most", ">=": "at least", "≈": "about", "~": "about",
}  # fmt: skip
_BOUND = re.compile(
    r"(?:(?<=[a-zß-ÿ]{2} )|(?<=[,;:(\[]) ?|^)(?P<sign><=|>=|[<>≤≥⩽⩾≈~])(?=[\d$€£.])"
    r"|(?:(?<=\b(?:in|of|at|to|by|is|or) )|(?<=\b(?:was|are|and|for|the) )|(?<=\b(?:with|were|from|than|only) )|^)"
    r"(?P<sign2><=|>=|[<>≤≥⩽⩾≈~]) (?=[\d$€£.])"
)
"""A sign that stands before a number alone, after a word and not after a variable: "in <1 ms"."""
_RELATIONS = [
    (re.compile(r"<=|=<"), " is at most "),
    (re.compile(r">="), " is at least "),
    (re.compile(r"!=|=/="), " is not equal to "),
    (re.compile(r"[-=]+>"), " to "),
    (re.compile(r"<[-=]+"), " from "),
    (re.compile(r"~=|=~"), " is about "),
    (re.compile(r"={1,3}"), " equals "),
    (re.compile(r"<<+"), " is much less than "),
    (re.compile(r">>+"), " is much more than "),
    (re.compile(r"<"), " is less than "),
    (re.compile(r">"), " is more than "),
    (re.compile(r"(?<![\w~])~(?=\s?[\w$€£])"), " about "),
    (re.compile(r"\+/-|\+-"), " plus or minus "),
    (re.compile(r"\+"), " plus "),
]


def say_abbreviations(text: str) -> str:
    """Latin and bibliographic abbreviations in full: "e.g." as "for example", "Fig. 3" as "figure 3"."""
    for pattern, said in _said_in_full():
        text = pattern.sub(said, text)
    return text


@lru_cache(maxsize=1)
def _said_in_full() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern), said) for pattern, said in abbreviations()["said"]]


def say_bounds(text: str) -> str:
    """ "<1 ms" as "less than 1 ms" where the sign belongs to the number alone."""
    return _BOUND.sub(lambda found: f"{_BOUNDS[found['sign'] or found['sign2']]} ", text)


def say_symbols(text: str) -> str:
    """Greek letters, relations and operators in words."""
    for pattern, said in _RELATIONS:
        text = pattern.sub(said, text)
    return text.translate(_ALL_SIGNS)
