"""Finds the article in a web page: what its reader sees, without menus, banners, boxes and lists of links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from podcast_dspy.documents.elements import NOTHING, classes, plain
from podcast_dspy.documents.vocabulary import (
    ABSTRACT,
    clean,
    expression,
    is_name,
    known,
    split_number,
    tidy_heading,
    words,
)

_CLASSES: Final = words("hidden_classes")
_SHOWN_AGAIN: Final = expression("shown_again")
"""Classes that show on larger screens what is hidden on small ones."""

_SIMPLE: Final = re.compile(r"^([a-z][a-z0-9]*)?((?:[.#][\w-]+)*)$", re.I)
_SHEET_LIMIT: Final = 400_000
_WHITE: Final = expression("white")
Rule = tuple[str, frozenset[str], str, dict[str, str]]
"""Tag, classes and id that an element must have (empty: any), and what is then declared."""

HEADS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_FURNITURE: Final = words("furniture")
"""Names that boxes beside a text have. A name alone decides nothing: papers are about menus and advertisements too."""

_BOXES: Final = frozenset("div section ul ol dl table p fieldset details".split())
_ROLES: Final = words("aside_roles")
_PARTS: Final = ("article", "main")
_SENTENCE: Final = re.compile(r"(?:\S+\s+){5,}\S+[.!?][)\"'”’\]]*(?=\s|$)")
_PARAGRAPH: Final = 80
"""Letters from which a text block is a paragraph of prose."""

_LARGE: Final = 0.3
"""A part with more of the page's text than that is no margin."""


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


def text_of(node: Any) -> str:
    """Its text on one line."""
    return clean(plain(node))


def prune(body: Any) -> None:
    """Take out what is no part of the text: what has the form of a margin, or its name and no prose of its own."""
    length = max(1, len(text_of(body)))
    for button in list(body.iter("button")):
        if any(above.tag in HEADS for above in button.iterancestors()):
            button.tag = "span"  # a heading that unfolds its section
    for node in list(body.iterdescendants()):
        if node.getparent() is None or not isinstance(node.tag, str):
            continue
        tag = node.tag.lower()
        if (
            (tag in NOTHING and tag not in ("annotation", "head"))
            or _is_pointer(node, tag)
            or (
                tag not in ("body", "main", "article", "math")
                and (_has_form(node, tag) or (tag in _BOXES and _has_name(node) and not _has_prose(node)))
                and len(text_of(node)) < _LARGE * length
            )
        ):
            _drop(node)
    for node in list(body.iter("ul", "ol", "div")):
        if node.getparent() is not None and _only_links(node):
            _drop(node)


def drop_teasers(body: Any, headline: Any) -> None:
    """Take out what leads to other pages: headings that are links, with what they head; and readers' comments."""
    length = max(1, len(text_of(body)))
    kept = set() if headline is None else {headline, *headline.iterancestors()}
    for head in list(body.iter(*HEADS)):
        around = list(head.iterancestors())
        if head in kept or body not in around or not _leads_away(head):
            continue
        found = head
        for above in around:
            own = [h for h in above.iter(*HEADS) if not _leads_away(h) and len(text_of(h)) > 3]
            if above in kept or above is body or own or len(text_of(above)) > _LARGE * length:
                break
            found = above
        _drop(found)
    for node in list(body.iter("ol", "ul", "div", "section")):
        spoken = sum(isinstance(child.tag, str) and "comment" in classes(child) for child in node)
        if spoken >= 2 and node not in kept and body in node.iterancestors():
            _drop(node)


def _leads_away(head: Any) -> bool:
    """Whether a heading is all a link to another page."""
    above = head.getparent()
    link = above if above is not None and above.tag == "a" else next(head.iter("a"), None)
    if link is None or "#" in (link.get("href") or "#"):
        return False
    return len(text_of(link)) >= 0.9 * len(text_of(head)) > 0


def _drop(node: Any) -> None:
    """Take an element out; the words around it stay two words."""
    if node.tag in _BOXES or node.tag in NOTHING:
        node.tail = " " + (node.tail or "") if node.tag != "script" else node.tail
    node.drop_tree()


def _is_pointer(node: Any, tag: str) -> bool:
    """Whether an element of a heading only leads to it: a paragraph sign, MediaWiki's `[edit]`."""
    if tag not in ("a", "span") or not any(above.tag in HEADS for above in node.iterancestors()):
        return False
    return "mw-editsection" in classes(node) or (tag == "a" and not re.search(r"\w", plain(node)))


def _has_form(node: Any, tag: str) -> bool:
    return (
        tag in ("nav", "footer", "aside", "form")
        or node.get("role") in _ROLES
        or node.get("aria-modal") == "true"
        or (tag == "header" and not _inside(node) and node.find(".//h1") is None)
        or (node.get("aria-hidden") == "true" and len(text_of(node)) < 25)
    )


def _has_name(node: Any) -> bool:
    # An id is made from a heading by most programs that write pages; a class is a designer's choice.
    return bool({part for name in classes(node) for part in name.replace("_", "-").split("-")} & _FURNITURE)


def _has_prose(node: Any) -> bool:
    """Whether an element says something in sentences: several, or one under a heading, and nothing to press."""
    linked = {text for link in node.iter("a") if len(text := text_of(link)) > 30}
    sentences = [s for s in _SENTENCE.findall(text_of(node)) if not any(s in text for text in linked)]
    head = next(iter(node.iter(*HEADS)), None)
    pressed = any(True for _ in node.iter("button", "input", "select", "textarea"))
    return not pressed and len(sentences) >= (1 if head is not None else 2)


def _inside(node: Any) -> bool:
    return any(above.tag in _PARTS for above in node.iterancestors())


def _only_links(node: Any) -> bool:
    """Whether an element is a list of short links, such as a menu or a table of contents, and none of authors."""
    links = [text for link in node.iter("a") if (text := text_of(link))]
    return (
        len(links) >= 4
        and sum(map(len, links)) > 0.8 * len(text_of(node))
        and sum(map(len, links)) < 60 * len(links)
        and sum(map(is_name, links)) < 0.7 * len(links)
    )


def article(body: Any, head: Any) -> Any:
    """The element with the article that the heading `head` names; without such a heading, the whole body."""
    if head is None:
        return body
    marked = _marked(head)
    current = head if marked is None else marked
    for above in current.iterancestors():
        if above is not body and body not in above.iterancestors():
            break
        if _complete(current, head) and not any(
            _goes_on(child, current) for child in above if child is not current
        ):
            break
        current = above
    return current


def _marked(head: Any) -> Any:
    """The element around a heading that says it is an article, else the main part of the page; None without any."""
    around = list(head.iterancestors())
    for is_it in (
        lambda node: node.tag == "article" or "article" in (node.get("itemtype") or "").lower(),
        lambda node: node.tag == "main" or node.get("role") == "main",
    ):
        if (found := next(filter(is_it, around), None)) is not None:
            return found
    return None


def _paragraphs(node: Any) -> list[str]:
    return [text for block in node.iter("p", "li", "blockquote", "dd", "pre", "div") if (text := _own(block))]


def _own(block: Any) -> str:
    """The text of a block that is a paragraph of prose, else nothing."""
    if block.tag == "div" and any(child.tag in _BOXES or child.tag in HEADS for child in block):
        return ""
    text = text_of(block)
    return text if len(text) >= _PARAGRAPH and _SENTENCE.search(text) else ""


def _complete(node: Any, head: Any) -> bool:
    """Whether an element holds an article under its title: some paragraphs, and a section that is no abstract."""
    if node is head or len(_paragraphs(node)) < 2:
        return False
    heads = [
        h
        for h in node.iter(*HEADS)
        if h is not head and (text := text_of(h)) and not ABSTRACT.match(tidy_heading(text))
    ]
    return bool(heads) or len(_paragraphs(node)) >= 5


def _goes_on(node: Any, current: Any) -> bool:
    """Whether an element beside the article is more of it: built like it, or with the sections that papers have."""
    if not isinstance(node.tag, str) or not _paragraphs(node):
        return False
    sections = [text for h in (node, *node.iter(*HEADS)) if h.tag in HEADS and (text := text_of(h))]
    if any(known(text) or split_number(text)[0] for text in sections):
        return True
    alike = node.tag == current.tag and (
        classes(node) & classes(current) or not (classes(node) | classes(current))
    )
    return bool(alike) and node.tag != "article" and not (node.get("id") and node.find(".//h1") is not None)
