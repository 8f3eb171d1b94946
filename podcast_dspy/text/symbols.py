"""Formulas (LaTeX, carets, raised signs, chemistry), money, dates and symbols as words: $x^2$, $2bn, 3 May 1994, ±."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.text.number_words import DIGITS, NUMBER, cardinal, ordinal, plain, plural, year
from podcast_dspy.text.words import notation, patterns, replacements, rewritten

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
_FORMULAS: Final = patterns(
    "formulas", accents="|".join(_ACCENTS), over="|".join(_OVER), extremes="|".join(_EXTREMES)
)
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_GREEK_SIGNS = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", GREEK, strict=True))
_GREEK_SIGNS |= {sign.upper(): name for sign, name in _GREEK_SIGNS.items()}
_GREEK_SIGNS |= {"ς": "sigma", "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "µ": "mu", "ϖ": "pi", "ϱ": "rho"}

_SIGNS = notation("signs")
_ALL_SIGNS = str.maketrans({sign: f" {name} " for sign, name in (_SIGNS | _GREEK_SIGNS).items()})

_BOUNDS = notation("bounds")
_BOUND = patterns("bound")["sign"]
"""A sign that stands before a number alone, after a word and not after a variable: "in <1 ms"."""
_SAID_IN_FULL = replacements("said")
_RELATIONS = replacements("relations")
_INSIDE = replacements("inside_formulas")


def say_abbreviations(text: str) -> str:
    """Latin and bibliographic abbreviations in full: "e.g." as "for example", "Fig. 3" as "figure 3"."""
    return rewritten(text, _SAID_IN_FULL)


def say_bounds(text: str) -> str:
    """ "<1 ms" as "less than 1 ms" where the sign belongs to the number alone."""
    return _BOUND.sub(lambda found: f"{_BOUNDS[found['sign'] or found['sign2']]} ", text)


def say_symbols(text: str) -> str:
    """Greek letters, relations and operators in words."""
    return rewritten(text, _RELATIONS).translate(_ALL_SIGNS)


_CURRENCIES: Final[dict[str, list[str]]] = notation("currencies")
_LANDS: Final = notation("lands")
_CODES: Final = notation("codes")
_MAGNITUDES: Final[dict[str, str]] = notation("amounts")
_AMOUNTS: Final = patterns(
    "money",
    number=NUMBER,
    sign="[" + "".join(_CURRENCIES) + "]",
    code="|".join(_CODES),
    land="|".join(sorted(map(re.escape, _LANDS), key=len, reverse=True)),
)


def say_money(text: str) -> str:
    """`text` with amounts in words; a sign without an amount by its name."""
    for pattern in _AMOUNTS.values():
        text = pattern.sub(_said, text)
    for sign, names in _CURRENCIES.items():
        text = text.replace(sign, f" {names[1]} ")
    return text


def _said(found: re.Match[str]) -> str:
    named = found.groupdict()
    land, sign = (
        _CODES[named["code"]]
        if named.get("code")
        else (_LANDS.get(named.get("land") or "", ""), named["sign"])
    )
    one, two = named["one"], named["two"]
    sizes = [_magnitude(named["size"]), _magnitude(named["size2"])]
    name = " ".join(
        filter(
            None,
            (
                land,
                _CURRENCIES[sign][0] if one == "1" and not any(sizes) and not two else _CURRENCIES[sign][1],
            ),
        )
    )
    if two:
        first = f"{plain(one)}{sizes[0]}" if sizes[0] and sizes[0] != sizes[1] else plain(one)
        return f"{first} to {plain(two)}{sizes[1]} {name}"
    integer, _, cents = one.partition(".")
    if len(cents) == 2 and not any(sizes) and _CURRENCIES[sign][2]:
        small = f"{plain(str(int(cents)))} {_CURRENCIES[sign][2 if int(cents) == 1 else 3]}"
        if int(cents) == 0 or int(integer.replace(",", "")) == 0:
            return small if int(cents) else f"{plain(integer)} {name}"
        unit = " ".join(filter(None, (land, _CURRENCIES[sign][0 if integer == "1" else 1])))
        return f"{plain(integer)} {unit} and {small}"
    return f"{plain(one)}{sizes[0]} {name}"


def _magnitude(written: str | None) -> str:
    if not written:
        return ""
    size = written.strip(" -\u00a0")
    return " " + _MAGNITUDES.get(size.lower(), size)


_MONTHS: Final[list[str]] = notation("months")["words"].split()
_DATES: Final = patterns("dates")


def say_dates(text: str) -> str:
    """`text` with its dates, years and times in words: "2023-05-03" as "the third of May, twenty twenty-three"."""
    text = _DATES["iso"].sub(_iso, text)
    text = _DATES["month_first"].sub(_month_first, text)
    text = _DATES["day_first"].sub(_day_first, text)
    text = _DATES["decade"].sub(_decade, text)
    text = _DATES["years"].sub(lambda found: f"{year(int(found[1]))} to {year(int(found[2]))}", text)
    text = _DATES["year"].sub(_maybe_year, text)
    text = _DATES["named_year"].sub(_maybe_year, text)
    text = _DATES["year_alone"].sub(lambda found: year(int(found[1])), text)
    return _DATES["clock"].sub(_clock, text)


def _iso(found: re.Match[str]) -> str:
    return f"the {ordinal(int(found[4]))} of {_MONTHS[int(found[3]) - 1]}, {year(int(found[1]))}"


def _month_of(written: str) -> str:
    return next(name for name in _MONTHS if name.startswith(written.rstrip(".")[:3]))


def _month_first(found: re.Match[str]) -> str:
    if not 1 <= int(found[2]) <= 31:
        return found[0]
    day = f"{_month_of(found[1])} {ordinal(int(found[2]))}"
    return f"{day}, {year(int(found[3]))}" if found[3] else day


def _day_first(found: re.Match[str]) -> str:
    if not 1 <= int(found[1]) <= 31 or (
        found[2] == "May" and not found[3] and found.string[found.end() :][:1] == " "
    ):
        return found[0]  # "of 3 May well be"
    day = f"the {ordinal(int(found[1]))} of {_month_of(found[2])}"
    return f"{day} {year(int(found[3]))}" if found[3] else day


def _maybe_year(found: re.Match[str]) -> str:
    """A year unless a plural or a unit follows: "in 2048" but "in 2048 dimensions"."""
    after = found.string[found.end() :]
    if _DATES["counted"].match(after):
        return found[0]
    word = found[1].lower()
    value = int(found[2])
    # "of", "and", "to", "by", "the" say little: only a number that looks like a recent year is one after them
    if word in ("of", "and", "to", "by", "the", "from") and not 1900 <= value <= 2099:
        return found[0]
    return f"{found[1]} {year(value)}"


def _decade(found: re.Match[str]) -> str:
    value = int(found[1] + found[2])
    return plural(year(value) if 1100 <= value <= 2090 and not value % 10 else plain(str(value)))


def _clock(found: re.Match[str]) -> str:
    """A time of day, or a ratio as it stands: "at 1:10", but "a dilution of 1:10"."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    hours, minutes = int(found[1]), int(found[2])
    if found[3]:
        return " ".join(cardinal(int(part)) for part in found.groups())
    hour = _DATES["hour_before"].search(before) or _DATES["hour_after"].match(after)
    ratio = (
        hours == 1
        or hours >= 24
        or _DATES["ratio"].search(before[-30:])
        or _DATES["ratio"].search(after[:20])
    )
    if hours >= 24 or (ratio and not hour):
        return found[0]
    if not minutes:
        return f"{cardinal(hours)} o'clock"
    return f"{cardinal(hours)} {'oh ' + DIGITS[minutes] if minutes < 10 else cardinal(minutes)}"


def unwrap_formulas(text: str) -> str:
    """`text` without the dollar signs and brackets around its formulas, and without brackets and bars inside them."""
    return _FORMULAS["dollars"].sub(_formula, _FORMULAS["root_of_degree"].sub(r"\\sqrt^\1", text))


def say_latex(text: str) -> str:
    """Notation in words; braces removed, and commands that nobody says left out."""
    text = _FORMULAS["space"].sub(" ", text)
    for _ in range(4):  # nested braces, inside out
        text = _FORMULAS["style"].sub(r" \1 ", text)
        text = _FORMULAS["accent"].sub(lambda f: f" {f[2] or f[3]} {_ACCENTS[f[1]]} ", text)
        text = _FORMULAS["fraction"].sub(lambda f: f" {f[1] or f[2]} over {f[3] or f[4]} ", text)
        text = _FORMULAS["root"].sub(_root, text)
        text = _FORMULAS["over"].sub(
            lambda f: f" {_OVER[f[1]]} {_limits(f[2] or f[3], f[4] or f[5])} of ", text
        )
        text = _FORMULAS["extreme"].sub(lambda f: f" {_EXTREMES[f[1]]} over {f[2] or f[3]} of ", text)
        text = _FORMULAS["braced_script"].sub(_script, text)
    text = _FORMULAS["named_script"].sub(_script, text)
    text = _FORMULAS["command"].sub(lambda f: f" {_WORDS.get(f[1], _WORDS.get(f[1].lower(), ''))} ", text)
    text = _FORMULAS["power"].sub(lambda f: _raised(f.string[: f.start()], f[0].translate(_RAISED)), text)
    text = _FORMULAS["subscript"].sub(lambda found: " sub " + found[0].translate(_LOWERED) + " ", text)
    text = _FORMULAS["script"].sub(_script, text)
    return _FORMULAS["index"].sub(r" sub \1\2", text)


def _formula(found: re.Match[str]) -> str:
    body = next(group for group in found.groups() if group is not None)
    # "$5 and $6" is money, not a formula.
    if found[2] and _FORMULAS["amount"].match(found[2]):
        return found[0]
    body = _FORMULAS["prime"].sub(lambda f: " prime " * len(f[0]), body)
    body = rewritten(body, _INSIDE)
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


def _script(found: re.Match[str]) -> str:
    if found[1] == "_":
        return f" sub {found[2].strip()} "
    return _raised(found.string[: found.start()], found[2].strip())


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
    if _FORMULAS["charge"].fullmatch(body):  # of an ion
        return f" {body[:-1]} {'plus' if body[-1] == '+' else 'minus'} "
    said = _FORMULAS["minus"].sub("minus ", body).replace("+", " plus ").removeprefix(" plus ")
    number = _FORMULAS["signed"].fullmatch(body) and base.rstrip()[-1:].isdigit()
    return f" to the {'' if number else 'power of '}{said} "


_ELEMENTS: Final = frozenset(notation("elements")["words"].split())
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED_CHARGE: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
_CHEMISTRY: Final = patterns("chemistry")


def say_formulas(text: str) -> str:
    """`text` with the letters of each formula named one by one, its numbers and its charge.

    A formula has lowered digits or a charge, or two elements one of which is counted: "A100" and "B2" are none.
    """
    return _CHEMISTRY["formula"].sub(_said_formula, text)


def _said_formula(found: re.Match[str]) -> str:
    body = found["body"].translate(_LOWERED).translate(str.maketrans("", "", "_{}"))
    charge = (found["charge"] or "").translate(_RAISED_CHARGE).strip("^{}")
    elements = _CHEMISTRY["part"].findall(body)
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
    return _CHEMISTRY["alone"].sub("", " ".join(part for part in said if part))
