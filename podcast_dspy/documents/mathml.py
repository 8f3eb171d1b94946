"""MathML on one line, so that a number keeps its value: raised figures as ^n, fractions with their stroke."""

from __future__ import annotations

import re
from typing import Any, Final

from podcast_dspy.documents.tex import fraction, root, script, tex_text

__all__ = ["mathml_text", "tex_of"]

_SILENT: Final = frozenset(
    ("annotation", "annotation-xml", "mphantom", "mspace", "merror", "none", "mprescripts")
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_RELATION: Final = re.compile(r"[=<>≤≥≠≈≃≅≡∼∝≪≫∈∉⊂⊆→←↦⇒⇔]+")
_ACCENT: Final = re.compile(r"[\s^~¯ˉ˙¨ˇ˘´`→⃗⟶⏞⏟_‾\u0300-\u036f-]*")
_DEEPEST: Final = 100


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
    text = re.sub(r"\s+", " ", _row(formula, 0)).strip()
    return text or tex_text(tex_of(formula))


def _row(node: Any, depth: int) -> str:
    parts: list[str] = []
    for child in node:
        if not isinstance(child.tag, str):
            continue
        text = _one(child, depth + 1)
        before = parts[-1] if parts else ""
        # `3` and `1/2` are three and a half; `log` and `n` are two words.
        numbers = before[-1:].isdigit() and child.tag == "mfrac" and text[:1].isdigit()
        words = before[-1:].isalnum() and text[:1].isalnum() and (_is_word(before) or _is_word(text))
        if text:
            parts.append(f" {text}" if numbers or words else text)
    return "".join(parts)


def _is_word(text: str) -> bool:
    return bool(re.search(r"(?<![^\W\d_])[^\W\d_]{2,}$|^[^\W\d_]{2,}", text))


def _one(node: Any, depth: int) -> str:
    tag = node.tag.lower()
    if tag in _SILENT or depth > _DEEPEST:
        return ""
    if tag in ("mi", "mn", "ms", "mtext", "mo"):
        return _leaf(tag, node)
    parts = [_one(child, depth + 1) for child in node if isinstance(child.tag, str)]
    if tag == "semantics":
        return parts[0] if parts else ""
    if tag == "msqrt":
        return root(_row(node, depth))
    if tag == "mfenced":
        return f"{node.get('open', '(')}{', '.join(parts)}{node.get('close', ')')}"
    if tag == "mtable":
        return "; ".join(part for part in parts if part.strip())
    if tag in ("mtr", "mlabeledtr"):
        return ", ".join(part for part in parts if part.strip())
    if tag == "mmultiscripts":
        return _around(node, parts)
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


def _around(node: Any, parts: list[str]) -> str:
    """A sign with marks around it: what stands before, such as an isotope's mass, is written before it."""
    tags = [child.tag for child in node if isinstance(child.tag, str)]
    split = tags.index("mprescripts") if "mprescripts" in tags else len(tags)
    before, after = parts[split + 1 :], parts[1:split]
    text = "".join(part for part in before[1::2] if part) + (parts[0] if parts else "")
    for index, part in enumerate(after):
        text += script("_^"[index % 2], part) if part else ""
    return text
