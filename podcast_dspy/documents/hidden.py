"""What a web page keeps from its readers' eyes: hidden by attribute, by style or by the usual class names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from podcast_dspy.documents.markup import classes

__all__ = ["drop_hidden"]

_CLASSES: Final = frozenset(
    # Bootstrap, Tailwind, HTML5 Boilerplate, WordPress and their like: only for screen readers, or not at all.
    "d-none hidden hide is-hidden u-hide u-hidden invisible visually-hidden visuallyhidden u-visually-hidden sr-only "
    "screen-reader-text screen-reader-only screenreader-only a11y-hidden".split()
)
_SHOWN_AGAIN: Final = re.compile(r"^(?:d-\w+-(?!none)\w+|(?:sm|md|lg|xl|2xl):(?!hidden)\w+)$")
"""Classes that show on larger screens what is hidden on small ones."""
_SIMPLE: Final = re.compile(r"^([a-z][a-z0-9]*)?((?:[.#][\w-]+)*)$", re.I)
_SHEET_LIMIT: Final = 400_000
_WHITE: Final = re.compile(
    r"^(?:#f{3}(?:f{3})?|white|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255.*\)|rgba\(.*,\s*0?\.?0+\s*\))$"
)

Rule = tuple[str, frozenset[str], str, dict[str, str]]
"""Tag, classes and id that an element must have (empty: any), and what is then declared."""


def drop_hidden(root: Any) -> None:
    """Take out of a page what its reader cannot see. What a button or a link of the page unfolds can be seen."""
    rules: dict[str, list[tuple[int, Rule]]] = {}
    for order, rule in enumerate(_rules(root)):  # filed under one thing that its elements must have
        rules.setdefault(f"#{rule[2]}" if rule[2] else f".{min(rule[1])}", []).append((order, rule))
    unfolded = _unfolded(root)
    for node in list(root.iterdescendants()):
        if not isinstance(node.tag, str) or node.getparent() is None or node.tag in ("body", "head", "html"):
            continue
        if _hidden(node, rules) and not (node.get("id") in unfolded or _revealed(node)):
            node.drop_tree()


def _hidden(node: Any, rules: dict[str, list[tuple[int, Rule]]]) -> bool:
    if node.get("hidden") is not None and node.get("hidden") != "until-found":
        return True
    names = classes(node)
    if names & _CLASSES and not any(_SHOWN_AGAIN.match(name) for name in names):
        return True
    declared: dict[str, str] = {}
    keys = [*(f".{name}" for name in names), f"#{node.get('id')}"]
    for _, (tag, wanted, name, declarations) in sorted(
        (found for key in keys for found in rules.get(key, ())), key=lambda found: found[0]
    ):
        if (not tag or tag == node.tag) and wanted <= names and (not name or name == node.get("id")):
            declared |= declarations
    declared |= _declarations(node.get("style") or "")
    return bool(declared) and _unseen(declared, node)


def _unseen(style: dict[str, str], node: Any) -> bool:
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if _number(style.get("opacity"), 1.0) == 0.0 or _number(style.get("font-size"), 9.0) <= 1.0:
        return True
    if style.get("position") in ("absolute", "fixed"):
        away = any(_number(style.get(side), 0.0) <= -999 for side in ("left", "top", "right", "text-indent"))
        clipped = "clip" in style or ("clip-path" in style and "inset" in style["clip-path"])
        point = max(_number(style.get("width"), 9.0), _number(style.get("height"), 9.0)) <= 1
        if away or clipped or (point and style.get("overflow") == "hidden"):
            return True
    # White text shows only on a ground that somebody coloured.
    return (
        bool(_WHITE.match(style.get("color", "")))
        and not any("background" in (above.get("style") or "") for above in (node, *node.iterancestors()))
        and "background" not in style
        and "background-color" not in style
    )


def _number(value: str | None, default: float) -> float:
    found = re.match(r"\s*(-?\d*\.?\d+)(em|rem|%)?", value or "")
    if not found:
        return default
    number = float(found[1])
    return number * {"em": 16.0, "rem": 16.0, "%": 0.16}.get(found[2] or "", 1.0)


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.lower().split(";"))
    return {key.strip(): value.replace("!important", "").strip() for key, colon, value in pairs if colon}


def _rules(root: Any) -> Iterator[Rule]:
    """The simple rules of the page's own style sheets that can hide something, those for print and sizes aside."""
    for sheet in root.iter("style"):
        if "print" in (sheet.get("media") or ""):
            continue
        text = re.sub(r"/\*.*?\*/", "", (sheet.text or "")[:_SHEET_LIMIT], flags=re.S)
        text = re.sub(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@[^{};]*;", "", text)
        for selectors, style in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
            declared = _declarations(style)
            if not declared.keys() & {"display", "visibility", "opacity", "font-size", "position", "color"}:
                continue
            for selector in selectors.split(","):
                match = _SIMPLE.match(selector.strip())
                # A rule for all elements of a kind is no hiding place; a page hides by class or id.
                if match and match[2]:
                    names = frozenset(name.lower() for name in re.findall(r"\.([\w-]+)", match[2]))
                    name = next(iter(re.findall(r"#([\w-]+)", match[2])), "")
                    yield (match[1] or "").lower(), names, name, declared


def _unfolded(root: Any) -> set[str]:
    """Ids of the elements that a control of the page shows on demand."""
    ids: set[str] = set()
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        ids |= set((node.get("aria-controls") or "").split())
        toggles = any(
            node.get(name) for name in ("data-toggle", "data-bs-toggle", "data-target", "data-bs-target")
        )
        if toggles:
            targets = (node.get(name) or "" for name in ("data-target", "data-bs-target", "href"))
            ids |= {target[1:] for target in targets if target.startswith("#")}
    return ids - {""}


def _revealed(node: Any) -> bool:
    """Whether an element is what a `details` element or a tab opens."""
    return node.get("role") == "tabpanel" or any(above.tag == "details" for above in node.iterancestors())
