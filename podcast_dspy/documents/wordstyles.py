"""How the paragraphs of a Word document are set: its styles, resolved along what they are based on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Look", "Styles", "W", "changed", "is_hidden", "is_on", "value"]

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_USUAL_SIZE: Final = 20
"""Half-points that Word takes where nothing is said."""


@dataclass(frozen=True)
class Look:
    """How text is set, by a style, a paragraph or a run."""

    size: int = _USUAL_SIZE
    """In half-points."""
    bold: bool = False
    italic: bool = False
    hidden: bool = False
    outline: int | None = None
    """Level of a heading, 0 the highest; None for body text."""
    centred: bool = False


def value(node: Any, name: str) -> str | None:
    """Value of a property below a node (`w:sz w:val`); None if it is not there."""
    found = node.find(W + name) if node is not None else None
    return None if found is None else found.get(f"{W}val", "")


def is_on(node: Any, name: str) -> bool | None:
    """Whether a switch such as `w:b` is on; None if nothing is said."""
    said = value(node, name)
    return None if said is None else said not in ("0", "false", "off", "none")


def is_hidden(properties: Any) -> bool:
    """Whether run properties make text that nobody sees: hidden, white on nothing, or of a point's size."""
    if properties is None:
        return False
    shaded = properties.find(f"{W}shd") is not None or properties.find(f"{W}highlight") is not None
    size = value(properties, "sz") or ""
    return (
        bool(is_on(properties, "vanish"))
        or ((value(properties, "color") or "").upper() == "FFFFFF" and not shaded)
        or (size.isdigit() and int(size) <= 2)
    )


class Styles:
    """The styles of a document, by id."""

    def __init__(self, root: Any) -> None:
        """`root` is the element `w:styles`, or None for a document without any."""
        nodes = [] if root is None else root.findall(f"{W}style")
        self._nodes = {node.get(f"{W}styleId", ""): node for node in nodes}
        self.default = next(
            (
                node.get(f"{W}styleId", "")
                for node in nodes
                if node.get(f"{W}default") in ("1", "true") and node.get(f"{W}type") == "paragraph"
            ),
            "",
        )
        self._base = Look()
        if root is not None:
            self._base = _set(self._base, None, root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))

    def name(self, style: str) -> str:
        """Name of a style and its id, in lower case and without signs: what a template's author calls it."""
        node = self._nodes.get(style)
        return " ".join(re.sub(r"[\W_]+", " ", f"{(value(node, 'name') or '')} {style}".lower()).split())

    def look(self, style: str) -> Look:
        """How a style sets its text."""
        found = self._base
        for node in reversed(list(self._chain(style))):
            found = _set(found, node.find(f"{W}pPr"), node.find(f"{W}rPr"))
        return found

    def _chain(self, style: str) -> Iterator[Any]:
        """A style and what it is based on, up to the first."""
        seen: set[str] = set()
        while style in self._nodes and style not in seen:
            seen.add(style)
            yield self._nodes[style]
            style = value(self._nodes[style], "basedOn") or ""


def _set(look: Look, paragraph: Any, run: Any) -> Look:
    """A look with what these properties change."""
    outline = value(paragraph, "outlineLvl") or ""
    size = value(run, "sz") or ""
    bold, italic, hidden = is_on(run, "b"), is_on(run, "i"), is_on(run, "vanish")
    centred = value(paragraph, "jc")
    return Look(
        size=int(size) if size.isdigit() else look.size,
        bold=look.bold if bold is None else bold,
        italic=look.italic if italic is None else italic,
        hidden=look.hidden if hidden is None else hidden,
        outline=look.outline if not outline.isdigit() else int(outline) if int(outline) < 9 else None,
        centred=look.centred if centred is None else centred == "center",
    )


def changed(look: Look, paragraph: Any, run: Any) -> Look:
    """A style's look with a paragraph's or a run's own properties."""
    return _set(look, paragraph, run)
