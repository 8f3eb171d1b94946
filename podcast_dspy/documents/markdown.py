"""Reads Markdown: the text of CommonMark with tables, and the facts that its front matter states."""

from __future__ import annotations

import re
from pathlib import Path

from podcast_dspy.documents.authors import name_parts
from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.encoding import decoded
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.markup import parsed
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pieces import Manuscript, Piece
from podcast_dspy.documents.tree import pieces_of
from podcast_dspy.documents.words import clean

__all__ = ["read_markdown"]

MAX_BYTES = 16 * 1024 * 1024
_FRONT = re.compile(r"\A---[ \t]*\n(?P<facts>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FORMULA = re.compile(r"^[ \t]*\$\$(.+?)\$\$[ \t]*$", re.S | re.M)
_NOTE = re.compile(r"^\[\^[^\]\n]+\]:[ \t]*(.+(?:\n[ \t]+\S.*)*)", re.M)
_MARKS = re.compile(r"\[\^[^\]\n]{1,40}\]|[ \t]*\[@[^\]\n]{1,200}\]|\{[#.][\w .#:=\"-]{1,80}\}")
_FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.S | re.M)


def read_markdown(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a Markdown file. Raises DocumentError when it holds no text, and what writing pictures raises."""
    from markdown_it import MarkdownIt

    text = decoded(material.read(MAX_BYTES), material).replace("\r\n", "\n").replace("\r", "\n")
    facts, text = _facts(text)
    notes = [clean(match.group(1)) for match in _NOTE.finditer(text)]
    text = _outside_code(text)
    html = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").render(text)
    body = parsed(f"<body>{html}</body>").find("body")
    write_inline(body)
    pieces = pieces_of(body)
    pieces += [Piece("note", note) for note in notes]
    authors = [part for key in ("author", "authors") for part in facts.get(key, [])]
    manuscript = Manuscript(
        pieces,
        title=" ".join(facts.get("title", [])),
        authors=[name for part in authors for name in name_parts(part)],
        abstract=" ".join(facts.get("abstract", [])),
    )
    return compose(manuscript, material, "markdown", images_dir)


def _outside_code(text: str) -> str:
    """Formulas as blocks that Markdown leaves alone, marks of notes and citations gone; listings stay as they are."""

    def formula(match: re.Match[str]) -> str:
        tex = match.group(1).strip().replace("&", "&amp;").replace("<", "&lt;")
        return f'\n<div class="math-display">{re.sub(chr(10) + "+", " ", tex)}</div>\n'

    def written(part: str) -> str:
        return _MARKS.sub("", _FORMULA.sub(formula, _NOTE.sub("", part)))

    result, at = [], 0
    for fence in _FENCED.finditer(text):
        result += [written(text[at : fence.start()]), fence.group()]
        at = fence.end()
    return "".join([*result, written(text[at:])])


def _facts(text: str) -> tuple[dict[str, list[str]], str]:
    """Title, authors and abstract of the front matter, and the text without it.

    Of YAML this reads what front matter uses: `key: value`, lists with hyphens or in brackets, `name:` inside a list,
    and text blocks (`|` and `>`).
    """
    match = _FRONT.match(text)
    if not match:
        return {}, text
    facts: dict[str, list[str]] = {}
    key = ""
    for line in match["facts"].split("\n"):
        head = re.match(r"([A-Za-z][\w-]*):[ \t]*(.*)$", line)
        if head:
            key = head.group(1).lower()
            value = head.group(2).strip()
            values = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
            facts[key] = [bare for v in values if (bare := _bare(v)) and bare not in ("|", ">", "|-", ">-")]
        elif key and line.strip():
            entry = re.sub(r"^\s*(?:-\s+)?", "", line)
            inner = re.match(r"(\w+):\s*(.*)$", entry)
            if inner is None:
                facts[key].append(_bare(entry))
            elif inner.group(1) == "name":
                facts[key].append(_bare(inner.group(2)))
    return facts, text[match.end() :]


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
