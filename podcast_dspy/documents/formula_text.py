"""Formulas of TeX, MathML and Word on one line, as a paper prints them: `10^{-6}` as 10^-6, `\\frac{1}{2}` as 1/2."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from podcast_dspy.documents.vocabulary import table, words

_SIGNS: Final = table("tex.signs")
_VARIANTS: Final = table("tex.variants")
_NAMES: Final = words("tex.names")
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
_SILENT: Final = frozenset(
    ("annotation", "annotation-xml", "mphantom", "mspace", "merror", "none", "mprescripts")
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_RELATION: Final = re.compile(r"[=<>≤≥≠≈≃≅≡∼∝≪≫∈∉⊂⊆→←↦⇒⇔]+")
_ACCENT: Final = re.compile(r"[\s^~¯ˉ˙¨ˇ˘´`→⃗⟶⏞⏟_‾\u0300-\u036f-]*")
_DEEPEST_MATHML: Final = 100
M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST_OMML: Final = 60


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


def tex_of(formula: Any) -> str:
    """The TeX that a `math` element carries, if any."""
    return str(
        formula.get("alttext")
        or next(
            (a.text for a in formula.iter("annotation") if a.text and "tex" in (a.get("encoding") or "tex")),
            "",
        )
    ).strip()


def mathml_text(formula: Any) -> str:
    """A `math` element as text; of one that has only TeX, that."""
    text = " ".join(_row(formula, 0).split())
    return text or tex_text(tex_of(formula))


def _row(node: Any, depth: int) -> str:
    parts: list[str] = []
    for child in node:
        if not isinstance(child.tag, str):
            continue
        text = _mathml_one(child, depth + 1)
        before = parts[-1] if parts else ""
        # `3` and `1/2` are three and a half; `log` and `n` are two words.
        numbers = before[-1:].isdigit() and child.tag == "mfrac" and text[:1].isdigit()
        words = before[-1:].isalnum() and text[:1].isalnum() and (_is_word(before) or _is_word(text))
        if text:
            parts.append(f" {text}" if numbers or words else text)
    return "".join(parts)


def _is_word(text: str) -> bool:
    return bool(re.search(r"(?<![^\W\d_])[^\W\d_]{2,}$|^[^\W\d_]{2,}", text))


def _mathml_one(node: Any, depth: int) -> str:
    tag = node.tag.lower()
    if tag in _SILENT or depth > _DEEPEST_MATHML:
        return ""
    if tag in ("mi", "mn", "ms", "mtext", "mo"):
        return _leaf(tag, node)
    parts = [_mathml_one(child, depth + 1) for child in node if isinstance(child.tag, str)]
    if tag == "semantics":
        return parts[0] if parts else ""
    if tag == "msqrt":
        return root(_row(node, depth))
    if tag == "mtable":
        return "; ".join(part for part in parts if part.strip())
    if tag in ("mtr", "mlabeledtr"):
        return ", ".join(part for part in parts if part.strip())
    if len(parts) < 2:
        return _row(node, depth)
    if tag == "mfrac":
        return fraction(parts[0], parts[1])
    if tag == "mroot":
        return f"{root(parts[0])[1:]}^{{1/{parts[1].strip()}}}"
    if tag == "msup":
        return parts[0] + script("^", parts[1])
    if tag in ("msub", "munder"):
        return parts[0] + ("" if _ACCENT.fullmatch(parts[1]) else script("_", parts[1]))
    if tag == "mover":
        return parts[0] + ("" if _ACCENT.fullmatch(parts[1]) else script("^", parts[1]))
    if tag in ("msubsup", "munderover") and len(parts) > 2:
        return parts[0] + script("_", parts[1]) + script("^", parts[2])
    return _row(node, depth)


def _leaf(tag: str, node: Any) -> str:
    text = "".join(node.itertext()).translate(_INVISIBLE)
    if tag == "mtext":
        return re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+", "", text).replace("−", "-")
    return f" {text} " if tag == "mo" and _RELATION.fullmatch(text) else text


def omml_text(node: Any, depth: int = 0) -> str:
    """A formula, or a part of one, as text."""
    if depth > _DEEPEST_OMML:
        return ""
    return "".join(_omml_one(child, depth + 1) for child in node if isinstance(child.tag, str))


def _omml_one(node: Any, depth: int) -> str:
    tag = node.tag.removeprefix(M)

    def part(name: str) -> str:
        found = node.find(M + name)
        return "" if found is None else omml_text(found, depth)

    if tag == "r":
        return "".join(text.text or "" for text in node.iter(f"{M}t")).replace("−", "-")
    if tag == "f":
        return fraction(part("num"), part("den"))
    if tag == "rad":
        degree = part("deg")
        return f"{root(part('e'))[1:]}^{{1/{degree}}}" if degree else root(part("e"))
    if tag in ("sSup", "sSub", "sSubSup"):
        return part("e") + script("_", part("sub")) + script("^", part("sup"))
    if tag == "nary":
        sign = node.find(f"{M}naryPr/{M}chr")
        mark = "∫" if sign is None else sign.get(f"{M}val", "")
        return f"{mark}{script('_', part('sub'))}{script('^', part('sup'))} {part('e')}"
    if tag == "d":
        marks = [node.find(f"{M}dPr/{M}{name}") for name in ("begChr", "endChr")]
        opened, closed = (
            usual if mark is None else mark.get(f"{M}val", "")
            for mark, usual in zip(marks, "()", strict=True)
        )
        return opened + ", ".join(omml_text(e, depth) for e in node.findall(f"{M}e")) + closed
    if tag in ("m", "eqArr"):
        return "; ".join(omml_text(row, depth) for row in node if row.tag in (f"{M}mr", f"{M}e"))
    return "" if tag.endswith("Pr") else omml_text(node, depth)


def write_formulas(root: Any) -> None:
    """Write formulas as text; one that has its paragraph to itself becomes an equation."""
    for formula in list(root.iter(f"{M}oMath")):
        run = formula.makeelement(f"{W}r")
        text = run.makeelement(f"{W}t")
        text.text = omml_text(formula)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        above = formula.getparent()
        if above.tag == f"{M}oMathPara":
            formula, above = above, above.getparent()
            if above.tag == f"{W}p" and next(above.iter(f"{W}r"), None) is None:
                set_style(above, "paper-equation")
        above.replace(formula, run)


def set_style(paragraph: Any, style: str) -> None:
    """Give a paragraph of Word a style in the place of its own, and of its place in a list."""
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, properties)
    for name in ("pStyle", "numPr"):
        for old in properties.findall(W + name):
            properties.remove(old)
    named = properties.makeelement(f"{W}pStyle")
    named.set(f"{W}val", style)
    properties.insert(0, named)
