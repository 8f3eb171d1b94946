"""Compares what is read of a paper with what is right for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents_readings import fold, is_back

from podcast_dspy import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import PodcastError

__all__ = ["Base", "paper_problems"]


@dataclass(frozen=True)
class Base:
    """The text that most papers hold."""

    title: str
    authors: list[str]
    abstract: str
    sections: dict[str, list[str]]


def paper_problems(folder: Path, right: Mapping[str, Any], base: Base) -> list[str]:
    """What is wrong with the reading; one `refused: ...` when it was refused with the right reason."""
    path = folder / right["file"] if "file" in right else next(iter(sorted(folder.glob("paper.*"))))
    try:
        graph = read_document(path)
    except PodcastError as error:
        if "refused" in right and re.search(right["refused"], str(error)):
            return [f"refused: {error}"]
        return [f"{type(error).__name__}: {error}"]
    problems = [*_front(graph, right, base), *_body(graph, right, base)]
    if "doubt" in right and right["doubt"] not in {doubt.kind for doubt in graph.confidence.doubts}:
        problems.append(f"no doubt {right['doubt']!r}, only {[d.kind for d in graph.confidence.doubts]}")
    return problems


def _front(graph: DocumentGraph, right: Mapping[str, Any], base: Base) -> list[str]:
    problems = []
    title = right.get("title", base.title)
    if title != "-" and fold(graph.title) not in map(fold, [title] if isinstance(title, str) else title):
        problems.append(f"title {graph.title!r}")
    if "spelled" in right and right["spelled"] != graph.title:
        problems.append(f"title spelled {graph.title!r}")
    authors = right.get("authors", base.authors)
    if authors != "-" and [unicodedata.normalize("NFC", a) for a in graph.authors] != authors:
        problems.append(f"authors {list(graph.authors)}")
    abstract = right.get("abstract", base.abstract)
    if abstract != "-" and fold(abstract) != fold(graph.abstract):
        problems.append(f"abstract of {len(graph.abstract)} characters: {graph.abstract[:80]!r}")
    headings = right.get("headings", list(base.sections))
    mine = [section.title for section in graph.sections if not is_back(section.title)]
    if headings != "-" and [fold(h) for h in headings] != [fold(h) for h in mine]:
        problems.append(f"headings {mine}")
    return problems


def _body(graph: DocumentGraph, right: Mapping[str, Any], base: Base) -> list[str]:
    titles = {section.section_id: section.title for section in graph.sections}
    under: dict[str, list[str]] = {}
    for atom in graph.atoms:
        if atom.atom_type == "paragraph":
            under.setdefault(fold(titles.get(atom.section_id or "", "")), []).append(atom.content)
    problems = []
    for heading in right.get("sections", list(base.sections)):
        text = fold(" ".join(under.get(fold(heading), [])))
        if not text and right.get("headings") == "-":
            text = fold(" ".join(part for parts in under.values() for part in parts))
        missing = [
            s for paragraph in base.sections[heading] for s in _sentences(paragraph) if fold(s) not in text
        ]
        if missing:
            problems.append(f"not under {heading}: {missing[0]!r} (and {len(missing) - 1} more)")
    if not right.get("free"):
        known = fold(" ".join([base.abstract, *(p for ps in base.sections.values() for p in ps)]))
        problems += [
            f"read as text: {s!r}"
            for parts in under.values()
            for part in parts
            for s in _sentences(part)
            if fold(s) and fold(s) not in known
        ]
    return [*problems, *_texts(graph, right)]


def _texts(graph: DocumentGraph, right: Mapping[str, Any]) -> list[str]:
    # Pieces such as the spaces around a sign are the typesetter's; what they say is not.
    parts = [graph.title, graph.abstract, *(s.title for s in graph.sections)]
    parts += [a.content for a in graph.atoms if a.atom_type == "paragraph"]
    parts += [a.caption or "" for a in graph.atoms]
    everything = _spaces(" ".join(parts))
    problems = [f"missing: {text!r}" for text in right.get("has", ()) if _spaces(text) not in everything]
    problems += [f"read: {text!r}" for text in right.get("lacks", ()) if _spaces(text) in everything]
    body = _spaces(" ".join(parts[2:]))
    for text in right.get("once", ()):
        count = body.count(_spaces(text))
        if count != 1:
            problems.append(f"{count} times: {text!r}")
    return problems


def _spaces(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text).replace("−", "-"))


def _sentences(paragraph: str) -> Sequence[str]:
    return re.split(r"(?<=[.?!]) ", paragraph)
