"""Formulas of Word (OMML) on one line, written as those of web pages are."""

from __future__ import annotations

from typing import Any, Final

from podcast_dspy.documents.tex import fraction, root, script

__all__ = ["M", "omml_text"]

M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST: Final = 60


def omml_text(node: Any, depth: int = 0) -> str:
    """A formula, or a part of one, as text."""
    if depth > _DEEPEST:
        return ""
    return "".join(_one(child, depth + 1) for child in node if isinstance(child.tag, str))


def _one(node: Any, depth: int) -> str:
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
    if tag == "sPre":
        return part("sup") + part("sub") + part("e")
    if tag == "nary":
        sign = node.find(f"{M}naryPr/{M}chr")
        mark = "∫" if sign is None else sign.get(f"{M}val", "")
        return f"{mark}{script('_', part('sub'))}{script('^', part('sup'))} {part('e')}"
    if tag in ("limLow", "limUpp"):
        return part("e") + script("_" if tag == "limLow" else "^", part("lim"))
    if tag == "func":
        return f"{part('fName')} {part('e')}"
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
