"""Reads Markdown: CommonMark with tables, the marks of Pandoc and Quarto, and the facts of its front matter."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from podcast_dspy.documents.elements import parsed, pieces_of, plain
from podcast_dspy.documents.formula_text import find_tex, tex_text
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.manuscript import Manuscript, Piece, compose
from podcast_dspy.documents.material import Engine, Material, decoded
from podcast_dspy.documents.vocabulary import LABEL, clean, expression, name_parts, replacements
from podcast_dspy.text.words import rewritten

_FRONT: Final = expression("front_matter")
_PERCENT: Final = expression("title_block")
_MARKS: Final = expression("author_marks")
"""A note behind a name, such as its place of work, or a raised mark that refers to one."""

_LONGEST: Final = 256 * 1024
_CODE: Final = expression("listing")
_DIRECTIVE: Final = expression("directive")
"""MyST's blocks of a figure and of a formula."""

_ATTRIBUTES: Final = r"\{(?:[#.][\w:.-]|-\}|[\w-]+=)[^{}\n]*\}?"
_KINDS: Final = {
    "fig": "Figure", "tbl": "Table", "tab": "Table", "sec": "Section", "eq": "Equation", "lst": "Listing",
    "thm": "Theorem", "lem": "Lemma", "def": "Definition", "prp": "Proposition", "cor": "Corollary", "exm": "Example",
    "alg": "Algorithm",
}  # fmt: skip
_KIND: Final = "|".join(_KINDS)
_ID: Final = expression("id")
_CROSS: Final = expression("cross_reference")
_NAMED: Final = expression("named")
_KEY: Final = r"@\{?[\w][\w:.#$%&+?<>~/-]*\w\}?"
_DIV: Final = expression("div")
_BOX: Final = expression("box")
_UNSEEN: Final = expression("unseen")
_ESCAPED: Final = re.compile(r"([\\`*_{}\[\]<>#|~^$!])")
_BRACKETS: Final = {"[": 1, "]": -1}
_NOTE: Final = expression("note")
_CITATIONS: Final = replacements("markdown.citations")
_SIGNS: Final = replacements("markdown.marks")
MAX_BYTES = 16 * 1024 * 1024


@dataclass
class Facts:
    """Title, authors and abstract, still in Markdown, and whether the text cites by `@key`."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""
    cites: bool = False


def facts_of(text: str) -> tuple[Facts, str]:
    """What the front of a file states, and the text behind it."""
    if (match := _FRONT.match(text)) and len(match["facts"]) < _LONGEST:
        front_matter = _yaml(match["facts"])
        people = next(
            (
                front_matter[key]
                for key in ("author", "authors", "by", "author-meta")
                if front_matter.get(key)
            ),
            None,
        )
        facts = Facts(
            title=" ".join(str(front_matter.get("title") or "").split()),
            authors=_people(people),
            abstract=_told(front_matter.get("abstract")),
            cites=bool(front_matter.get("bibliography") or front_matter.get("references")),
        )
        return facts, text[match.end() :]
    if match := _PERCENT.match(text):
        written = _MARKS.sub("", match["authors"] or "")
        names = [name for part in re.split(r";|\n", written) for name in name_parts(part)]
        return Facts(" ".join(match["title"].split()), names), text[match.end() :]
    return Facts(), text


def _yaml(text: str) -> dict[str, Any]:
    """Values by their keys in small letters; one that is no YAML, such as a title with a colon, as it is written."""
    import yaml

    found: dict[str, Any] = {}
    for block in re.split(r"\n(?=[A-Za-z][\w-]*:)", text):
        key, colon, rest = block.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z][\w-]*", key.strip()):
            continue
        try:
            value = yaml.safe_load(block)
        except (yaml.YAMLError, ValueError, RecursionError):
            value = None
        single = isinstance(value, dict) and len(value) == 1
        found[key.strip().lower()] = next(iter(value.values())) if single else rest.strip().strip("\"'")
    return found


def _told(value: Any) -> str:
    """A text; of a mapping, such as an abstract with parts, its texts in order."""
    if isinstance(value, dict):
        return "\n\n".join(_told(part) for part in value.values())
    if isinstance(value, list):
        return "\n\n".join(_told(part) for part in value)
    return str(value or "").strip()


def _people(value: Any) -> list[str]:
    """Names of authors, however the front matter lists them."""
    if isinstance(value, list):
        return [name for person in value for name in _people(person)]
    if isinstance(value, dict):
        return _person(value)
    return [name for name in name_parts(_MARKS.sub("", str(value or ""))) if name]


def _person(person: dict[Any, Any]) -> list[str]:
    name = person.get("name", person.get("literal"))
    if isinstance(name, dict):
        return _person(name)
    parts = [person.get(key) for key in ("given", "given-names", "family", "surname") if person.get(key)]
    if name is None and parts:
        name = " ".join(str(part) for part in parts)
    if name is None and len(person) == 1:  # `- Ann Other: https://example.org`
        name = next(iter(person))
    return [_MARKS.sub("", str(name)).strip()] if name else []


def as_commonmark(text: str, *, cites: bool = False) -> tuple[str, list[str]]:
    """A text as CommonMark with some HTML, and its notes. Listings stay as they are.

    `cites` says that `@key` is a citation even where the key shows no year.
    """
    kept: list[str] = []

    def keep(part: str) -> str:
        kept.append(part)
        return f"\x00{len(kept) - 1}\x00"

    text = _divs(_DIRECTIVE.sub(_directive, text))
    text = _CODE.sub(lambda match: keep(match.group()), text)
    notes = [match[1] for match in _NOTE.finditer(text)]
    text, inline = _without_notes(_NOTE.sub("", text))
    notes += inline
    text = re.sub(r"\[\^[^\]\n]{1,60}\]", "", text)
    text = _labelled(text, _numbers(text))
    text = _formulas(text, keep)
    cites = cites or re.search(rf"\[[^\]\n]*{_KEY}[^\]\n]*\]", text) is not None
    text = _marks(text, cites)
    notes = [_marks(_formulas(note, keep), cites) for note in notes]

    def restored(part: str) -> str:
        return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], part)

    return restored(text), [restored(note) for note in notes]


def _directive(match: re.Match[str]) -> str:
    """A figure or a formula as other dialects have it."""
    inside = match["inside"].strip()
    return (
        f"![{' '.join(inside.split())}]({match['place'].strip()})"
        if match["name"] == "figure"
        else f"$$\n{inside}\n$$"
    )


def _without_notes(text: str) -> tuple[str, list[str]]:
    """A text without its notes in `^[...]`, whatever brackets they hold, and the notes."""
    parts: list[str] = []
    notes: list[str] = []
    at = 0
    while (start := text.find("^[", at)) >= 0:
        depth = 0
        end = next(
            (k for k in range(start + 1, len(text)) if not (depth := depth + _BRACKETS.get(text[k], 0))), -1
        )
        if end < 0 or "\n\n" in text[start:end]:
            end = start + 1
            parts.append(text[at : end + 1])
        else:
            parts.append(text[at:start])
            notes.append(text[start + 2 : end])
        at = end + 1
    return "".join([*parts, text[at:]]), notes


def _divs(text: str) -> str:
    """Fences of divs go; so do the headings of boxes, which are no sections, and what a div hides."""
    lines: list[str] = []
    opened: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = re.match(r"[ \t]*(```+|~~~+)", line)
        if mark and (not fence or (line.strip().startswith(fence) and not line.strip().strip("`~"))):
            fence = "" if fence else mark[1]
        div = None if fence else _DIV.match(line)
        if div is not None:
            if div[2]:
                opened.append(div[2])
            elif opened:
                opened.pop()
            lines.append("")
        elif any(_UNSEEN.search(name) for name in opened) or (
            not fence and re.match(r"#{1,6}[ \t]", line) and any(_BOX.search(name) for name in opened)
        ):
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def _numbers(text: str) -> dict[str, str]:
    """How each thing with an id is referred to: `Figure 2`, or by the heading of a section."""
    found: dict[str, str] = {}
    counts: defaultdict[str, int] = defaultdict(int)
    for match in _NAMED.finditer(text):
        if match["section"]:
            found[match["section"]] = f"Section “{re.sub(r'[*_`]', '', match['heading'])}”"
        elif (kind := _KINDS.get(re.split(r"[-:]", match["thing"])[0])) and match["thing"] not in found:
            counts[kind] += 1
            found[match["thing"]] = f"{kind} {counts[kind]}"
    return found


def _labelled(text: str, numbers: dict[str, str]) -> str:
    """References as words, and captions with their labels."""

    def refer(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        kind = _KINDS.get(re.split(r"[-:]", name)[0], "part")
        reference = numbers.get(name) or f"the {kind.lower()}"
        # Some filters give the number alone, and the text says what it numbers.
        said = re.search(r"(?:[Ff]ig|[Tt]ab|[Ee]q|[Ss]ec)\w*\.?[\s~]*$", match.string[: match.start()])
        return reference.partition(" ")[2] if said and name in numbers else reference

    def picture(match: re.Match[str]) -> str:
        label = numbers.get((_ID.search(match[3] or "") or [""] * 2)[1], "")
        caption = match[1] if not label or LABEL.match(match[1]) else f"{label}: {match[1]}"
        return f"![{caption}]({match[2]})"

    def caption(match: re.Match[str]) -> str:
        label = numbers.get((_ID.search(match[2]) or [""] * 2)[1], "")
        words = re.sub(r"[*`]", "", re.sub(rf"[ \t]*{_ATTRIBUTES}", "", match[2])).strip()
        words = words if LABEL.match(words) or not label else f"{label}: {words}"
        return f'{match[1]}\n<p class="caption">{words}</p>\n'

    text = re.sub(r"!\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\n]*)\)[ \t]*(\{[^{}\n]*\})?", picture, text)
    text = re.sub(r"((?:^|\n)[ \t]*\|[^\n]*\|[ \t]*\n(?:[ \t]*\n)?)(?:Table)?:[ \t]+([^\n]+)", caption, text)
    # A bracket with nothing but references is no citation.
    text = re.sub(rf"\[((?:[\w.]+ )?)-?(@(?:{_KIND})[-:][^\]\n]*)\]", r"\1\2", text)
    text = re.sub(r"((?:^|\n\n))Table:[ \t]+([^\n]+)(?=\n\n|\Z)", caption, text)
    return _CROSS.sub(refer, text)


def _formulas(text: str, keep: Callable[[str], str]) -> str:
    parts, at = [], 0
    for start, end, tex, displayed in find_tex(text):
        parts.append(text[at:start])
        if displayed:
            formula = " ".join(tex.split()).replace("&", "&amp;").replace("<", "&lt;")
            text = text[:end] + re.sub(rf"\A[ \t]*{_ATTRIBUTES}", lambda m: " " * len(m[0]), text[end:])
            # A paragraph ends at a blank line, not at a formula.
            inside = re.match(r"[ \t]*\n?[ \t]*[^\s\x00]", text[end:]) is not None
            tag, space = ("span", " ") if inside else ("div", "\n\n")
            parts.append(f"{space}{keep(f'<{tag} class=math-display>{formula}</{tag}>')}{space}")
        else:
            parts.append(_ESCAPED.sub(r"\\\1", tex_text(tex)))
        at = end
    return "".join([*parts, text[at:]])


def _marks(text: str, cites: bool) -> str:
    """What is written around and between words."""
    text = re.sub(
        r"(?<![\w`.\\@/])@\{?([A-Za-z][\w:.-]*\w)\}?(?![\w@.]*@)",
        lambda match: _author(match, cites),
        rewritten(text, _CITATIONS),
    )
    return rewritten(text, _SIGNS)


def _author(match: re.Match[str], cites: bool) -> str:
    """A citation inside a sentence by its author and year, as its key has them."""
    parts = re.fullmatch(r"([A-Za-z]+(?:[_-][A-Za-z]+)*?)[_:.-]?((?:1[89]|20)\d\d)?[\w:.-]*", match[1])
    if parts is None or not (parts[2] or cites):
        return match.group()
    name = re.split(r"[_-]", parts[1])[0]
    name = name[:1].upper() + name[1:]
    return f"{name} ({parts[2]})" if parts[2] else name


def read_markdown(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a Markdown file. Raises DocumentError when it holds no text, and what writing pictures raises."""
    text = (
        decoded(material.read(MAX_BYTES), material)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\0", "")
    )
    facts, text = facts_of(text)
    text, notes = as_commonmark(text, cites=facts.cites)
    pieces = pieces_of(_body(text))
    pieces += [Piece("note", words) for note in notes if (words := _words(note))]
    manuscript = Manuscript(
        pieces,
        title=_words(as_commonmark(facts.title)[0]),
        authors=[name for author in facts.authors if (name := clean(author))],
        abstract=_words(as_commonmark(facts.abstract, cites=facts.cites)[0]),
    )
    return compose(manuscript, material, "markdown", images_dir)


def _body(text: str) -> Any:
    """CommonMark as a tree of HTML elements."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").render(text)
    body = parsed(f"<body>{html}</body>").find("body")
    write_inline(body)
    return body


def _words(text: str) -> str:
    """A short text without its marks."""
    return clean(plain(_body(text))) if text else ""


ENGINE = Engine("markdown", read_markdown)
