"""Formulas in TeX, on one line as a paper prints them: `10^{-6}` as 10^-6, `\\frac{1}{2}` as 1/2, `\\alpha` as α."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["find_tex", "fraction", "root", "script", "tex_text"]

_SIGNS: Final = {
    "approx": "≈", "ast": "*", "bullet": "•", "cap": "∩", "cdot": "·", "cdots": "...", "circ": "°", "cong": "≅",
    "cup": "∪",
    "degree": "°", "div": "÷", "dots": "...", "ell": "ℓ", "emptyset": "∅", "equiv": "≡", "exists": "∃", "forall": "∀",
    "ge": "≥", "geq": "≥", "geqslant": "≥", "gets": "←", "gg": "≫", "hbar": "ħ", "iff": "⇔", "implies": "⇒", "in": "∈",
    "infty": "∞", "int": "∫", "land": "∧", "langle": "⟨", "ldots": "...", "le": "≤", "leftarrow": "←", "leq": "≤",
    "leqslant": "≤", "ll": "≪", "lor": "∨", "mapsto": "↦", "mid": "|", "mp": "∓", "nabla": "∇", "ne": "≠", "neg": "¬",
    "neq": "≠", "notin": "∉", "oplus": "⊕", "otimes": "⊗", "parallel": "∥", "partial": "∂", "perp": "⊥", "pm": "±",
    "prime": "′", "prod": "∏", "propto": "∝", "rangle": "⟩", "rightarrow": "→", "Rightarrow": "⇒", "setminus": "∖",
    "sim": "∼", "simeq": "≃", "star": "*", "subset": "⊂", "subseteq": "⊆", "sum": "∑", "times": "×", "to": "→",
    "varnothing": "∅", "vee": "∨", "wedge": "∧",
}  # fmt: skip
_VARIANTS: Final = {
    "varepsilon": "ε",
    "varphi": "φ",
    "vartheta": "θ",
    "varrho": "ρ",
    "varsigma": "ς",
    "varpi": "π",
}
_NAMES: Final = frozenset(
    "arccos arcsin arctan arg argmax argmin cos cosh cot deg det dim exp gcd inf ker lim ln log max min mod Pr sec sin "
    "sinh sup tan tanh".split()
)
_TOKEN: Final = re.compile(r"\\([A-Za-z]+)\*?|\\(.)|([{}^_&~])|([^\\{}^_&~]+)", re.S)
_RELATIONS: Final = "=<>≤≥≠≈≃≅≡∼∝≪≫∈∉⊂⊆→←↦⇒⇔"
_DEEPEST: Final = 40
_DISPLAYED: Final = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\begin\{(equation|align|gather)\*?\}(.+?)\\end\{\3\*?\}", re.S
)
# Pandoc's rule: text touches the dollars on the inside, and no digit follows. What is left is money.
_INLINE: Final = re.compile(
    r"\\\((.+?)\\\)|(?<![\\$\w])\$(?=[^\s$])([^$\n]{1,300}?)(?<![\s\\])\$(?![\d$])", re.S
)


def script(kind: str, body: str) -> str:
    """An exponent (`^`) or an index (`_`): braces hold one of several signs together."""
    body = body.strip().replace("−", "-")
    if not body or body in "′″‴°":
        return body
    return f"{kind}{body}" if re.fullmatch(r"[-+]?(?:\w+(?:\.\d+)?|[^\w\s])", body) else f"{kind}{{{body}}}"


def fraction(above: str, below: str) -> str:
    """A fraction on one line."""
    return f"{_held(above)}/{_held(below)}"


def root(body: str) -> str:
    """A square root on one line."""
    return f"√{_held(body)}"


def _held(body: str) -> str:
    body = body.strip()
    return body if re.fullmatch(r"[\w.°′]+(?:[\^_][-\w]+)?", body) else f"({body})"


def tex_text(tex: str) -> str:
    """A formula in TeX as text. What only sets it (fonts, spaces, sizes) goes; no macro's name stays."""
    text = _Reader(tex).all(0)
    text = re.sub(rf"\s*([{re.escape(_RELATIONS)}]+)\s*", r" \1 ", text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"(?<=[(\[]) | (?=[)\],;])", "", text).strip()


def find_tex(text: str) -> list[tuple[int, int, str, bool]]:
    """Formulas in a text as MathJax and Pandoc mark them: (start, end, TeX, whether it is displayed)."""
    found = [
        (m.start(), m.end(), next(g for g in (m[1], m[2], m[4]) if g), True)
        for m in _DISPLAYED.finditer(text)
    ]
    for match in _INLINE.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end, _, _ in found):
            found.append((match.start(), match.end(), match[1] or match[2], False))
    return sorted(found)


class _Reader:
    """Reads a formula token by token."""

    def __init__(self, tex: str) -> None:
        tex = re.sub(r"(?<!\\)%.*", "", tex)
        self._tokens = list(_TOKEN.finditer(tex))
        self._at = 0

    def all(self, depth: int) -> str:
        """Everything up to the brace that closes the group."""
        parts: list[str] = []
        while self._at < len(self._tokens):
            if self._tokens[self._at][3] == "}":
                self._at += 1
                break
            parts.append(self._one(depth, parts[-1] if parts else ""))
        return "".join(parts)

    def _argument(self, depth: int) -> str:
        while self._at < len(self._tokens) and (self._tokens[self._at][4] or "").isspace():
            self._at += 1
        if self._at >= len(self._tokens):
            return ""
        token = self._tokens[self._at]
        if token[4] and len(token[4]) > 1:  # of `^10` only the 1 is raised
            first, rest = token[4][0], token[4][1:]
            match = _TOKEN.match(rest)
            assert match is not None
            self._tokens[self._at] = match
            return first
        return self._one(depth, "")

    def _one(self, depth: int, before: str) -> str:
        token = self._tokens[self._at]
        self._at += 1
        name, escaped, mark, plain = token[1], token[2], token[3], token[4]
        if depth > _DEEPEST:
            return plain or ""
        if plain is not None:
            return plain
        if mark == "{":
            return self.all(depth + 1)
        if mark in ("^", "_"):
            return script(mark, self._argument(depth + 1))
        if mark is not None:
            return " " if mark in "&~" else ""
        if escaped is not None:
            return escaped if escaped in "$%&#_{}" else " "
        return self._command(name, depth, before)

    def _command(self, name: str, depth: int, before: str) -> str:
        if name in ("frac", "dfrac", "tfrac", "nicefrac", "sfrac"):
            gap = " " if before[-1:].isdigit() else ""
            return gap + fraction(self._argument(depth + 1), self._argument(depth + 1))
        if name == "sqrt":
            return root(self._argument(depth + 1))
        if name in ("begin", "end", "label", "tag", "hspace", "vspace", "color"):
            self._argument(depth + 1)
            return " "
        if name in ("text", "mbox", "textrm", "operatorname"):
            return f" {self._argument(depth + 1).strip()} "
        if name in _NAMES:
            return f" {name} "
        if name in _SIGNS:
            return _SIGNS[name]
        return _VARIANTS.get(name) or _greek(name)


def _greek(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    spelled = {"lambda": "LAMDA"}.get(name.lower(), name.upper())
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {spelled}")
    except KeyError:
        return ""
