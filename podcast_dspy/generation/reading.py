"""PaperReading: a whole paper as text that a capable LM reads, each passage and picture behind a short id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.sections import back_matter
from podcast_dspy.generation.spoken_sentences import uncited
from podcast_dspy.lms import embed
from podcast_dspy.lms.asking import neutral
from podcast_dspy.text.words import split_sentences

_PROSE = frozenset({"abstract", "paragraph", "footnote"})
_PICTURES = {"figure": "f", "table": "t"}
_READ = {*_PROSE, *_PICTURES, "equation"}
_ABSTRACT, _BEFORE = "Abstract", "Beginning"
"""Headings of what stands under none."""
AT_HAND = 33_000
"""Characters of a paper (about 8,000 tokens, eight pages of a conference's) that its writer has at hand."""
_ADDRESS = re.compile(r"(?:https?://|www\.|doi:)\S+")
_CAPTION = 900
"""Characters of a caption that are shown."""
_ROWS = 40
"""Rows of a table that are shown: what is longer is data, not a result."""


@dataclass(frozen=True)
class Part:
    """What stands under one heading: its passages by id."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    """(id, text) in reading order; a formula stands in the passage before it, or without an id where there is none."""

    @property
    def told(self) -> list[str]:
        """Heading and passages, each with its id."""
        return [f"# {self.heading}", *(f"[{name}] {text}" if name else text for name, text in self.lines)]

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.told)


@dataclass(frozen=True)
class PaperReading:
    """A paper to read, and which atom each id means."""

    title: str
    about: str
    """Title and authors, as the text begins."""
    parts: tuple[Part, ...]
    atoms: dict[str, str]
    """Short id to atom id."""

    @cached_property
    def passages(self) -> dict[str, str]:
        """Each passage and picture by its short id."""
        return {name: text for part in self.parts for name, text in part.lines if name}

    @cached_property
    def sentences(self) -> list[tuple[str, str]]:
        """Each sentence of the prose behind the short id of its passage."""
        prose = ((name, text) for name, text in self.passages.items() if name.startswith("p"))
        return [(name, sentence) for name, text in prose for sentence in split_sentences(text)]

    def like(self, statements: Sequence[str], most: int = 1) -> list[list[str]]:
        """For each statement the short ids of the passages, at most so many, whose sentences say most nearly the same,
        best first; none where the paper has no prose. Raises PrerequisiteError when the embedding model is missing."""
        if not (statements and self.sentences):
            return [[] for _ in statements]
        alike = embed(list(statements)) @ embed([text for _, text in self.sentences]).T
        ranked = ((self.sentences[int(place)][0] for place in row) for row in (-alike).argsort(axis=1))
        return [list(dict.fromkeys(names))[:most] for names in ranked]

    @cached_property
    def ids(self) -> dict[str, str]:
        """Atom id to short id."""
        return {atom: name for name, atom in self.atoms.items()}

    @property
    def text(self) -> str:
        """The whole paper between its tags."""
        return self.told(self.parts)

    def told(self, parts: Iterable[Part]) -> str:
        """Some parts of the paper between its tags."""
        return "\n\n".join((f"<paper>\n{self.about}", *(part.text for part in parts), "</paper>"))

    def around(self, wanted: Sequence[str], room: int, also: Sequence[str] = ()) -> str:
        """The paper within `room` characters: what is wanted, `also` what may be, and what stands nearest to what is
        wanted, all where it belongs."""
        if len(self.text) <= room:
            return self.text
        order = {name: place for place, name in enumerate(self.passages)}
        asked = [order[name] for name in wanted if name in order] or [0]

        def far(name: str) -> int:
            return min(abs(order[name] - place) for place in asked)

        kept: set[str] = set()
        for name in sorted(order, key=lambda one: (far(one) > 0, one not in also, far(one), order[one])):
            room -= len(self.passages[name]) + 20
            if room < 0 and kept:
                break
            kept.add(name)
        parts = (
            Part(part.heading, tuple(line for line in part.lines if line[0] in kept)) for part in self.parts
        )
        return self.told(part for part in parts if part.lines)

    def windows(self, room: int) -> list[str]:
        """The paper in stretches of at most `room` characters, cut between passages, each under its last heading."""
        texts: list[str] = []
        heading = ""
        for text in packed((line for part in self.parts for line in part.told), room):
            texts.append(text if text.startswith("# ") or not heading else f"{heading} (continued)\n{text}")
            heading = next((line for line in reversed(text.split("\n")) if line.startswith("# ")), heading)
        return texts


def packed(lines: Iterable[str], room: int) -> list[str]:
    """Lines joined to texts of at most `room` characters; a line that is longer alone is cut there."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + len(line) < room:
            texts[-1] = f"{texts[-1]}\n{line}"
        else:
            texts.append(line[:room])
    return texts


def read_paper(graph: DocumentGraph) -> PaperReading:
    """The paper as a model reads it.

    References, affiliations, repeated quotes and citations are left out, and of what stands behind the text of a long
    paper all but headings and captions: authors put into an appendix what nobody needs who reads them once.
    """
    atoms: dict[str, str] = {}
    behind: frozenset[str] = frozenset()
    if sum(len(atom.content) for atom in graph.atoms if atom.atom_type in _READ) > AT_HAND:
        behind = back_matter(graph)
    headings = {
        section.section_id: neutral(f"{section.number or ''} {section.title}".strip())
        for section in graph.sections
    }
    grouped: dict[str, list[tuple[str, str]]] = {name: [] for name in (_ABSTRACT, _BEFORE, *headings)}
    counts = {"p": 0, "f": 0, "t": 0}
    for atom in graph.atoms:
        kind = "p" if atom.atom_type in _PROSE else _PICTURES.get(atom.atom_type, "")
        captioned = atom.section_id in behind
        if captioned and kind not in ("f", "t"):
            continue
        text = neutral(_text(atom, captioned)).strip()
        if not text or _ADDRESS.fullmatch(text) or not (kind or atom.atom_type == "equation"):
            continue
        if atom.atom_type == "footnote" and atom.section_id is None:
            continue
        name = ""
        if kind:
            counts[kind] += 1
            name = f"{kind}{counts[kind]}"
            atoms[name] = atom.atom_id
        place = _ABSTRACT if atom.atom_type == "abstract" else atom.section_id or _BEFORE
        lines = grouped.setdefault(place, [])
        if not kind and lines:
            # What a theorem or a law says often stands in its formula alone.
            lines[-1] = (lines[-1][0], f"{lines[-1][1]}\n{text}")
        else:
            lines.append((name, text))
    parts = [
        Part(headings.get(name, name), tuple(lines))
        for name, lines in grouped.items()
        if lines or name in headings
    ]
    by = f"\nby {', '.join(graph.authors)}" if graph.authors else ""
    return PaperReading(graph.title, neutral(f"{graph.title}{by}"), tuple(_without_empty(parts)), atoms)


def _without_empty(parts: Sequence[Part]) -> Iterator[Part]:
    """A heading stays while something comes before the next one, or before the end of its own sections."""
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if part.lines or (following is not None and following.lines):
            yield part


def _cut(caption: str) -> str:
    """A caption as far as it says what there is to see: behind that come lists of abbreviations."""
    sentences = split_sentences(caption)
    ends = accumulate(len(sentence) + 1 for sentence in sentences)
    return (
        " ".join(one for one, end in zip(sentences, ends, strict=True) if end <= _CAPTION)
        or caption[:_CAPTION]
    )


def _text(atom: DocumentAtom, captioned: bool = False) -> str:
    """What a model reads of an atom; only its caption where it is merely `captioned`."""
    if atom.atom_type == "equation":
        return f"(formula) {atom.content}"
    if atom.atom_type not in _PICTURES:
        return uncited(atom.content)
    label = f"{atom.atom_type.capitalize()} {atom.figure_number or ''}".strip()
    caption = atom.caption or (atom.content if atom.atom_type == "figure" else "")
    lines = [f"{label}: {_cut(caption)}".rstrip(": ")]
    if atom.atom_type == "table" and not captioned:
        rows = [" | ".join(cell.strip() for cell in row.split("\t")) for row in atom.content.splitlines()]
        lines += [row for row in rows if row.strip(" |")][:_ROWS]
    return "\n".join(lines)
