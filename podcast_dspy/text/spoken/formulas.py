"""Say mathematical notation (inline LaTeX, carets, raised and lowered signs) and chemical formulas."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.text.wordlists import notation

__all__ = ["GREEK", "say_formulas", "say_latex", "unwrap_formulas"]

GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
).split()
_NAMES: Final = notation("latex")
_WORDS: Final = _NAMES | {name: name for name in GREEK} | {"var" + name: name for name in GREEK}
_ACCENTS: Final = notation("accents")
_OVER: Final = notation("over")
_EXTREMES: Final = notation("extremes")
_ROOTS: Final = {"3": "the cube root", "4": "the fourth root"}
_GROUP: Final = r"(?:\{([^{}]*)\}|([A-Za-z0-9]|\\[A-Za-z]+))"
_DOLLARS: Final = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\\w$])\$(?=[^\s$])([^$\n]{1,200}?)(?<![\s\\])\$(?![\w$])|\\\((.+?)\\\)|\\\[(.+?)\\\]"
)
_STYLE: Final = re.compile(
    r"\\(?:text|mathrm|mathbf|mathcal|mathbb|mathsf|mathit|mathfrak|boldsymbol|bm|operatorname\*?|textbf|textit|textrm"
    r"|emph|mbox|hbox|underbrace|overbrace|boxed|phantom)\s*\{([^{}]*)\}"
)
_SPACE: Final = re.compile(
    r"\\(?:[,;:!> ]|quad|qquad|left|right|big|Big|bigg|Bigg|displaystyle|limits|nolimits)(?![A-Za-z])[.]?"
)
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_POWER: Final = re.compile(r"(?<=[\w)\]])[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_SUBSCRIPT: Final = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]+")


def unwrap_formulas(text: str) -> str:
    """`text` without the dollar signs and brackets around its formulas, and without brackets and bars inside them."""
    return _DOLLARS.sub(_formula, re.sub(r"\\sqrt\s*\[(\w)\]", r"\\sqrt^\1", text))


def say_latex(text: str) -> str:
    """Notation in words; braces removed, and commands that nobody says left out."""
    text = _SPACE.sub(" ", text)
    for _ in range(4):  # nested braces, inside out
        text = _STYLE.sub(r" \1 ", text)
        text = re.sub(
            rf"\\({'|'.join(_ACCENTS)})\s*{_GROUP}", lambda f: f" {f[2] or f[3]} {_ACCENTS[f[1]]} ", text
        )
        text = re.sub(
            rf"\\[dtc]?frac\s*{_GROUP}\s*{_GROUP}", lambda f: f" {f[1] or f[2]} over {f[3] or f[4]} ", text
        )
        text = re.sub(rf"\\sqrt\s*(?:\^(\w))?\s*{_GROUP}", _root, text)
        text = re.sub(
            rf"\\({'|'.join(_OVER)})\s*_\s*{_GROUP}\s*(?:\^\s*{_GROUP})?",
            lambda f: f" {_OVER[f[1]]} {_limits(f[2] or f[3], f[4] or f[5])} of ",
            text,
        )
        text = re.sub(
            rf"\\({'|'.join(_EXTREMES)})\s*_\s*{_GROUP}",
            lambda f: f" {_EXTREMES[f[1]]} over {f[2] or f[3]} of ",
            text,
        )
        text = re.sub(r"([\^_])\s*\{([^{}]*)\}", lambda found: _script(found, 1, 2), text)
    text = re.sub(r"([\^_])\s*(\\[A-Za-z]+)", lambda found: _script(found, 1, 2), text)
    text = re.sub(r"\\([A-Za-z]+)", lambda f: f" {_WORDS.get(f[1], _WORDS.get(f[1].lower(), ''))} ", text)
    text = _POWER.sub(lambda found: _raised(found.string[: found.start()], found[0].translate(_RAISED)), text)
    text = _SUBSCRIPT.sub(lambda found: " sub " + found[0].translate(_LOWERED) + " ", text)
    text = re.sub(
        r"([\^])\s*([-−–+]?\d+(?:\.\d+)?|[*']|\w+|\([^()]{1,24}\))", lambda found: _script(found, 1, 2), text
    )
    return re.sub(
        r"(?<=\b[A-Za-z])_([A-Za-z0-9]{1,12})\b|(?<=[a-z] )_([A-Za-z0-9]{1,12})\b", r" sub \1\2", text
    )


def _formula(found: re.Match[str]) -> str:
    body = next(group for group in found.groups() if group is not None)
    # "$5 and $6" is money, not a formula.
    if found[2] and re.match(r"\d[\d,.]*\s", found[2]) and not re.search(r"[\\=^_+<>]", found[2]):
        return found[0]
    body = re.sub(r"(?<=[\w)}])'+", lambda f: " prime " * len(f[0]), body)
    body = re.sub(r"(?<=[\w)}])\s*\|\s*(?=[\w\\])", " given ", body)
    body = re.sub(r"(?<=[\d}])/(?=[\d{\\A-Za-z])|(?<=\w)/(?=\\?[A-Za-z]|\d)", " over ", body)
    return f" {body} "


def _root(found: re.Match[str]) -> str:
    which = found[1]
    name = "the square root" if which in (None, "2") else _ROOTS.get(which, f"the {which}-th root")
    return f" {name} of {found[2] or found[3]} "


def _limits(low: str, high: str | None) -> str:
    index, equals, start = low.partition("=")
    if equals and high:
        return f"over {index} from {start} to {high}"
    return f"from {low} to {high}" if high else f"over {low}"


def _script(found: re.Match[str], kind: int, body: int) -> str:
    if found[kind] == "_":
        return f" sub {found[body].strip()} "
    return _raised(found.string[: found.start()], found[body].strip())


def _raised(base: str, body: str) -> str:
    """What stands above the line after `base`: "squared", "transpose", "to the minus six"."""
    body = body.strip().strip("()").strip()
    if body in ("2", "3"):
        return " squared " if body == "2" else " cubed "
    if body in ("T", "\\top", "\\intercal", "\\mathsf T"):
        return " transpose "
    if body in ("*", "\\ast", "\\star", "'", "\\prime"):
        return " prime " if body in ("'", "\\prime") else " star "
    if body == "\\circ":
        return " degrees "
    if re.fullmatch(r"\d*[-+−–]", body):  # the charge of an ion
        return f" {body[:-1]} {'plus' if body[-1] == '+' else 'minus'} "
    said = re.sub(r"[-−–]\s?", "minus ", body).replace("+", " plus ")
    said = re.sub(r"^ plus ", "", said)
    number = re.fullmatch(r"[-+−–]?\s?\d+(?:\.\d+)?", body) and base.rstrip()[-1:].isdigit()
    return f" to the {'' if number else 'power of '}{said} "


_ELEMENTS: Final = frozenset(notation("elements")["words"].split())
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED_CHARGE: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
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
    charge = (found["charge"] or "").translate(_RAISED_CHARGE).strip("^{}")
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
