"""Say chemical formulas: "CO₂" as C-O two, "Fe2O3", "Ca2+", "SO4^2-"."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["say_formulas"]

_ELEMENTS: Final = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg "
    "Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am".split()
)
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
_FORMULA: Final = re.compile(
    r"(?<![\w^_{\\])(?P<body>(?:[A-Z][a-z]?(?:[₀-₉]+|_?\{?\d{1,2}\}?)?){1,8})"
    r"(?P<charge>\^\{?\d?[-+−]\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹]?[⁺⁻]|(?<=\d)[+](?!\w))?(?![\w₀-₉])"
)
_PART: Final = re.compile(r"([A-Z][a-z]?)(\d*)")


def say_formulas(text: str) -> str:
    """`text` with the letters of each formula named one by one, its numbers and its charge.

    A formula has lowered digits or a charge, or two elements one of which is counted: "A100" and "B2" are none.
    """
    return _FORMULA.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    body = found["body"].translate(_LOWERED).translate(str.maketrans("", "", "_{}"))
    charge = (found["charge"] or "").translate(_RAISED).strip("^{}")
    elements = _PART.findall(body)
    lowered = body != found["body"] or charge[-1:] in ("+", "-")
    counted = any(count for _, count in elements) and len({element for element, _ in elements}) > 1
    if not all(element in _ELEMENTS for element, _ in elements) or not (lowered or counted):
        return found[0]
    said, letters = [], ""
    for element, count in elements:
        letters += element.upper()
        if count:
            said += ["-".join(letters), count]
            letters = ""
    if letters:
        said.append("-".join(letters))
    if charge:
        said += [charge[:-1], "plus" if charge[-1] == "+" else "minus"]
    # a letter alone keeps its number, as in other names: "H2 O", but "C-O 2"
    return re.sub(r"(?<=(?<![\w-])[A-Z]) (?=\d)", "", " ".join(part for part in said if part))
