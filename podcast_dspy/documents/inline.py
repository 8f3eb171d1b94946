"""Writes what stands inside the lines of a page as text: formulas, raised and lowered figures; notes leave the line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from podcast_dspy.documents.elements import BLOCKS, classes, plain
from podcast_dspy.documents.formula_text import find_tex, mathml_text, script, tex_of, tex_text
from podcast_dspy.documents.vocabulary import expression

_MARK: Final = re.compile(r"[\s\[\](),;\d*†‡§¶‖#–—-]*[a-z]?[\s\])]*")
_ORDINAL: Final = ("st", "nd", "rd", "th")
_SIGN: Final = ("TM", "SM", "R", "(R)", "C", "(C)", "®", "©", "™", "℠")
_NUMBER: Final = re.compile(r"(?:^|[^\w.,$€£¥#-]|\d ?[x*] ?|(?<![^\W\d_])-)(\d[\d.,]*)$")
"""A number that stands alone: none of a name (GPT-4), an amount or a larger word."""

_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d")
_UNIT: Final = expression("raised_unit")
_LETTER: Final = re.compile(r"(?<![^\W_])[^\W\d_]$")
_LITERAL: Final = frozenset("code kbd pre samp script style textarea tt title".split())
_RENDERED: Final = re.compile(
    r"^(?:katex|mjx-chtml|mathjax(?:_chtml|_svg|_display|_preview)?|mwe-math-element)$"
)
_PICTURED: Final = frozenset(("latex", "tex", "math", "math-inline", "mwe-math-fallback-image-inline"))
_NOTES: Final = frozenset(("ltx_note", "footnote", "sidenote", "marginnote"))
_NOTE_TAGS: Final = frozenset(("span", "small", "d-footnote", "dt-fn"))


def cited_up_to(marks: Iterable[tuple[str, str, bool]]) -> int:
    """The highest number that a document cites by raised figures, 0 if it cites otherwise.

    `marks` are (what stands before, the raised text, whether it is a link) of all raised figures. After a word of
    three letters or a sentence's sign, a figure is no exponent.
    """
    highest = 0
    for before, text, linked in marks:
        if linked or re.search(r"[^\W\d_]{3}[.,;:)”’\"]?$|[^\W\d_]\)$", before.rstrip()):
            numbers = [int(number) for number in re.findall(r"(?<!\d)\d{1,4}(?!\d)", text)]
            highest = max([highest, *numbers])
    return highest


def raised_text(before: str, text: str, *, linked: bool = False, cited: int = 0) -> str:
    """What a raised `text` adds behind `before`; `cited` is what `cited_up_to` says of the document."""
    text = text.strip().replace("−", "-").replace("‐", "-")
    if not text or linked or text in _SIGN:
        return ""
    if before[-1:].isdigit() and text.lower() in _ORDINAL:
        return text
    if _is_exponent(before, text, cited):
        return script("^", text)
    return "" if _MARK.fullmatch(text) else text


def _is_exponent(before: str, text: str, cited: int) -> bool:
    signed, digits = bool(re.fullmatch(r"[-–+]\d+(?:\.\d+)?", text)), text.isdecimal()
    base = _NUMBER.search(before)
    if base is not None:
        if signed or (digits and _YEAR.fullmatch(base[1])):
            return signed
        if not digits:
            return bool(re.fullmatch(r"[-+\w/.]*[^\W\d_][-+\w/.]*", text)) and text not in tuple("abcdef")
        # Powers of ten are exponents wherever they stand; of two, if no citation can have that number yet.
        return base[1] == "10" or cited == 0 or (base[1] == "2" and int(text) > cited + 1)
    if _UNIT.search(before):
        return bool(re.fullmatch(r"[-–]?[1-9]", text)) and (signed or text in "23" or cited == 0)
    if _LETTER.search(before):
        charged = re.fullmatch(r"\d*[-+]", text) is not None
        return (
            not charged
            and (not digits or text in ("2", "3") or cited == 0)
            and text[0] not in "*†‡§¶‖#[(,"
            and "," not in text
        )
    if before[-1:] in (")", "]"):
        return cited == 0 and bool(re.fullmatch(r"[-–+]?\d|[a-z]|[A-Z]", text))
    return False


def lowered_text(before: str, text: str) -> str:
    """What a lowered `text` adds: an index after a variable; chemical formulas are written in one go."""
    if _LETTER.search(before) and (before[-1:].islower() or re.fullmatch(r"[^\W\d_]{2,}", text)):
        return script("_", text)
    return text


def write_inline(root: Any) -> None:
    """Rewrite a page in place. Displayed formulas become elements of the class `math-display` that hold their TeX."""
    for node in list(root.iter()):
        if isinstance(node.tag, str) and "ltx_ERROR" in (node.get("class") or ""):
            node.drop_tree()  # LaTeXML's word for a macro that it does not know
    _notes(root)
    _rendered(root)
    _written(root)
    _figures(root)


def _replaced(node: Any, text: str) -> None:
    node.tail = text + (node.tail or "")
    node.drop_tree()


def _displayed(node: Any, tex: str) -> None:
    """Put a displayed formula in an element's place."""
    block = node.makeelement("div", {"class": "math-display"})
    block.text = tex
    node.addprevious(block)
    node.drop_tree()


def _notes(root: Any) -> None:
    """Move footnotes that stand inside a sentence behind its paragraph; those of title and authors are no text."""
    for node in list(root.iter(*_NOTE_TAGS)):
        if node.getparent() is None or not (classes(node) & _NOTES or node.tag in ("d-footnote", "dt-fn")):
            continue
        block = next((above for above in node.iterancestors() if above.tag in BLOCKS), None)
        if block is None or any(
            above is not root and "ltx_note" in classes(above) for above in node.iterancestors()
        ):
            continue
        content = next((inner for inner in node.iter() if "ltx_note_content" in classes(inner)), node)
        for mark in list(content.iter("sup")):
            mark.drop_tree()
        text = plain(content).strip()
        front = block.tag in ("h1", "h2") or any("ltx_authors" in classes(a) for a in node.iterancestors())
        if text and not front and block.getparent() is not None:
            note = block.makeelement("div", {"class": "footnote"})
            note.text, note.tail, block.tail = text, block.tail, None
            block.addnext(note)
        node.drop_tree()


def _rendered(root: Any) -> None:
    """Formulas that are elements: MathML, alone or inside what MathJax, KaTeX and MediaWiki draw; TeX in scripts."""
    for node in list(root.iter()):
        if not isinstance(node.tag, str) or (node.getparent() is None and node is not root):
            continue
        drawn = node.tag == "mjx-container" or any(_RENDERED.match(name) for name in classes(node))
        formula = next(iter(node.iter("math")), None) if drawn else node if node.tag == "math" else None
        kind = node.get("type") or ""
        if formula is not None:
            block = (
                "block" in (formula.get("display") or "", formula.get("mode") or "")
                or node.get("display") == "true"
            )
            if block and drawn:
                _displayed(node, tex_of(formula) or mathml_text(formula))
            elif not block:
                _replaced(node, mathml_text(formula))
        elif node.tag == "script" and kind.startswith("math/tex"):
            previous = node.getprevious()
            if "display" in kind:
                _displayed(node, node.text or "")
            elif previous is None or not (previous.tail is not None and previous.tail.strip()):
                _replaced(node, tex_text(node.text or ""))
        elif drawn and (node.tag == "mjx-container" or "mathjax" in "".join(classes(node))):
            node.drop_tree()  # drawn signs without their structure; the script behind them has it
        elif node.tag == "img" and classes(node) & _PICTURED and node.get("alt"):
            _replaced(node, tex_text(node.get("alt")))


def _written(root: Any) -> None:
    """Formulas that are written in the text, for MathJax to draw."""
    for node in list(root.iter()):
        if (
            not isinstance(node.tag, str)
            or node.tag in _LITERAL
            or any(a.tag in _LITERAL for a in node.iterancestors())
        ):
            continue
        for place in ([node, "text"], *([child, "tail"] for child in node)):
            holder, slot = place
            text = getattr(holder, slot) or ""
            if "$" not in text and "\\" not in text:
                continue
            found = find_tex(text)
            if found:
                _put(holder, slot, text, found)


def _put(holder: Any, slot: str, text: str, found: list[tuple[int, int, str, bool]]) -> None:
    parts, at, blocks = [""], 0, []
    for start, end, tex, displayed in found:
        parts[-1] += text[at:start]
        if displayed:
            block = holder.makeelement("div", {"class": "math-display"})
            block.text = " ".join(tex.split())
            blocks.append(block)
            parts.append("")
        else:
            parts[-1] += tex_text(tex)
        at = end
    parts[-1] += text[at:]
    setattr(holder, slot, parts[0])
    for number, block in reversed(list(enumerate(blocks))):
        block.tail = parts[number + 1]
        if slot == "text":
            holder.insert(0, block)
        else:
            following, holder.tail = holder.tail, None
            holder.addnext(block)
            holder.tail = following


def _figures(root: Any) -> None:
    """Raised and lowered figures, each with what stands before it."""
    marks = [
        node for node in root.iter("sup", "span") if node.tag == "sup" or "super" in (node.get("style") or "")
    ]
    cited = cited_up_to((_before(node), plain(node), _is_linked(node)) for node in marks)
    for node in list(root.iter("sup", "sub", "span")):
        if node.getparent() is None or not (node.tag != "span" or "super" in (node.get("style") or "")):
            continue
        text = " ".join(plain(node).split())
        if node.tag == "sub":
            _replaced(node, lowered_text(_before(node), text))
        else:
            _replaced(node, raised_text(_before(node), text, linked=_is_linked(node), cited=cited))


def _is_linked(node: Any) -> bool:
    """Whether a raised figure leads somewhere, as citations do; in a linked line of text it is no link of its own."""
    if node.find(".//a") is not None or (node.get("role") or "") == "doc-noteref":
        return True
    above = node.getparent()
    return above is not None and above.tag == "a" and plain(above).strip() == plain(node).strip()


def _before(node: Any, wanted: int = 16) -> str:
    """The last letters before an element in its line."""
    text = ""
    for part in _backwards(node):
        text = part + text
        if len(text) >= wanted:
            break
    return text[-wanted:]


def _backwards(node: Any) -> Iterator[str]:
    while node is not None and node.tag not in BLOCKS:
        previous = node.getprevious()
        while previous is not None:
            if previous.tail:
                yield previous.tail
            if not isinstance(previous.tag, str):
                pass
            elif previous.tag in BLOCKS or previous.tag == "br":
                return
            else:
                yield plain(previous)
            previous = previous.getprevious()
        node = node.getparent()
        if node is not None and node.text:
            yield node.text
