"""Say signs: Greek letters, simple LaTeX, relations, operators, currencies and abbreviations."""

from __future__ import annotations

import re

__all__ = ["say_abbreviations", "say_latex", "say_symbols"]

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
).split()
_GREEK_SIGNS = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _GREEK, strict=True))
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

_LATEX = {
    "times": "times", "cdot": "times", "leq": "is at most", "le": "is at most", "geq": "is at least",
    "ge": "is at least",
    "neq": "is not equal to", "ne": "is not equal to", "approx": "is about", "sim": "about", "pm": "plus or minus",
    "infty": "infinity", "sum": "the sum of", "prod": "the product of", "int": "the integral of",
    "partial": "partial",
    "nabla": "gradient", "in": "in", "to": "to", "rightarrow": "to", "log": "log", "exp": "exp", "max": "max",
    "min": "min", "ll": "is much less than", "gg": "is much more than", "forall": "for all", "exists": "there exists",
    "cup": "union", "cap": "intersection", "propto": "is proportional to", "ldots": "...", "dots": "...",
    "div": "divided by",
}  # fmt: skip
_LATEX_WORDS = _LATEX | {name: name for name in _GREEK} | {"var" + name: name for name in _GREEK}

_ABBREVIATIONS = [
    (re.compile(pattern), said)
    for pattern, said in [
        (r"\be\.\s?g\.,?", "for example,"),
        (r"\bi\.\s?e\.,?", "that is,"),
        (r"\bw\.?r\.?t\.(?=\s)", "with respect to"),
        (r"\b(?:a\.\s?k\.\s?a\.|aka)(?=[\s,])", "also known as"),
        (r"\betc\.(?=\s+[a-z,;)])", "and so on"),
        (r"\betc\.", "and so on."),
        (r"\bvs\.?(?=\s)", "versus"),
        (r"\bcf\.(?=\s)", "compare"),
        (r"\bapprox\.(?=\s)", "approximately"),
        (r"\bca?\.(?=\s*\d)", "about"),
        (r"\bresp\.", "respectively"),
        (r"\b[Nn]o\.(?=\s*\d)", "number"),
        (r"\b[Ff]igs\.(?=\s*\S)", "figures"),
        (r"\b[Ff]ig\.(?=\s*\S)", "figure"),
        (r"\b[Ee]qs\.(?=\s*\S)", "equations"),
        (r"\b[Ee]q\.(?=\s*\S)", "equation"),
        (r"\b[Ss]ecs?\.(?=\s*\d)", "section"),
        (r"\b[Tt]ab\.(?=\s*\d)", "table"),
        (r"\b[Aa]lg\.(?=\s*\d)", "algorithm"),
        (r"\bpp?\.(?=\s*\d)", "page"),
        (r"\b[Vv]ol\.(?=\s*\d)", "volume"),
        (r"\bDr\.(?=\s+[A-Z])", "Doctor"),
        (r"\bProf\.(?=\s+[A-Z])", "Professor"),
        (r"\b[Ww]/o\b", "without"),
    ]
]
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
_CURRENCY = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"}
_MONEY = re.compile(r"([$€£¥])\s?(\d[\d,]*(?:\.\d+)?)(\s?(?:[kKMB]\b|thousand|million|billion|trillion))?")
_MAGNITUDE = {"k": "thousand", "K": "thousand", "M": "million", "B": "billion"}
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_POWER = re.compile(r"(?<=[\w)\]])[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_SUBSCRIPT = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]+")


def say_latex(text: str) -> str:
    """Inline LaTeX and caret or underscore notation in words; braces and dollar signs of formulas removed."""
    text = re.sub(
        r"\$\$(.+?)\$\$|(?<![\\\w$])\$(?=[^\s$])([^$\n]{1,200}?)(?<![\s\\])\$(?![\w$])", _formula, text
    )
    text = re.sub(r"\\[()\[\]]", " ", text)
    for _ in range(3):  # nested braces, inside out
        text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" \1 over \2 ", text)
        text = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r" the square root of \1 ", text)
        text = re.sub(
            r"\\(?:text|mathrm|mathbf|mathcal|mathbb|operatorname|textbf|textit|emph)\s*\{([^{}]*)\}",
            r" \1 ",
            text,
        )
        text = re.sub(r"([\^_])\{([^{}]*)\}", lambda found: _script(found[1], found[2]), text)
    text = re.sub(
        r"\\([A-Za-z]+)",
        lambda found: f" {_LATEX_WORDS.get(found[1], _LATEX_WORDS.get(found[1].lower(), ''))} ",
        text,
    )
    text = _POWER.sub(lambda found: _script("^", found[0].translate(_POWERS)), text)
    text = _SUBSCRIPT.sub(lambda found: " sub " + found[0].translate(_SUBSCRIPTS) + " ", text)
    text = re.sub(r"\^\s*([-+]?\d+(?:\.\d+)?|\w+)", lambda found: _script("^", found[1]), text)
    return re.sub(r"(?<=\b[A-Za-z])_([A-Za-z0-9]{1,3})\b", r" sub \1", text)


def _formula(found: re.Match[str]) -> str:
    body = found[1] or found[2]
    # "$5 and $6" is money, not a formula.
    if found[2] and re.match(r"\d[\d,.]*\s", found[2]) and not re.search(r"[\\=^_+<>]", found[2]):
        return found[0]
    return f" {body} "


def _script(kind: str, body: str) -> str:
    body = body.strip()
    if kind == "_":
        return f" sub {body} "
    if body in ("2", "3"):
        return " squared " if body == "2" else " cubed "
    return f" to the power of {body.replace('-', 'minus ').replace('+', 'plus ')} "


def say_abbreviations(text: str) -> str:
    """Latin and bibliographic abbreviations in full: "e.g." as "for example", "Fig. 3" as "figure 3"."""
    for pattern, said in _ABBREVIATIONS:
        text = pattern.sub(said, text)
    return text


def say_symbols(text: str) -> str:
    """Currencies, Greek letters, relations and operators in words."""

    def money(found: re.Match[str]) -> str:
        magnitude = (found[3] or "").strip()
        return f"{found[2]} {_MAGNITUDE.get(magnitude, magnitude)} {_CURRENCY[found[1]]} ".replace("  ", " ")

    text = _MONEY.sub(money, text)
    for sign, name in _CURRENCY.items():
        text = text.replace(sign, f" {name} ")
    for pattern, said in _RELATIONS:
        text = pattern.sub(said, text)
    return text.translate(_ALL_SIGNS)
