"""Makes the graph of a paper from its atoms and sections: ranks the key concepts, picks quotes, fills in what atoms
say about themselves. Every reader ends here, whatever it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.concepts import Sources, rank_concepts
from podcast_dspy.documents.enrich import enrich_atoms, key_quotes
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, Section
from podcast_dspy.documents.headings import BACK_MATTER
from podcast_dspy.text.language import guess_language, language_name

__all__ = ["finished"]


def finished(
    atoms: Sequence[DocumentAtom],
    sections: Sequence[Section],
    members: Mapping[str, Sequence[str]],
    *,
    kind: str,
    source_path: str,
    sha256: str,
    page_count: int,
    title: str,
    authors: Sequence[str],
    abstract: str,
    abstract_id: str | None,
    doubts: Sequence[Doubt] = (),
) -> DocumentGraph:
    """The graph; `members` gives the atom ids of each section, by its id, in reading order.

    `doubts` are what the reader noticed on its way: reasons not to trust the reading.
    """
    whole = [s.model_copy(update={"atom_ids": tuple(members.get(s.section_id, ()))}) for s in sections]
    back = {s.section_id for s in whole if BACK_MATTER.match(s.title)}
    concepts = rank_concepts(
        Sources(
            title=title,
            abstract=abstract,
            headings=[s.title for s in whole if s.section_id not in back],
            captions=[atom.caption for atom in atoms if atom.caption],
            passages=[
                (a.atom_id, a.content)
                for a in atoms
                if a.atom_type == "paragraph" and a.section_id not in back and not _is_code(a.content)
            ],
            abstract_id=abstract_id,
            excluded=authors,
        )
    )
    everything = list(atoms)
    counts: Counter[int] = Counter()
    for atom, sentence in key_quotes(everything, concepts, whole):
        counts[atom.page] += 1
        everything.append(
            DocumentAtom(
                atom_id=f"p{atom.page:03d}_quote_{counts[atom.page]:02d}",
                atom_type="quote",
                content=sentence,
                page=atom.page,
                bbox=atom.bbox,
                section_id=atom.section_id,
            )
        )
    language = guess_language(
        atom.content for atom in everything if atom.atom_type in ("abstract", "paragraph")
    )
    return DocumentGraph(
        document_id=sha256[:12],
        kind=kind,
        source_path=source_path,
        sha256=sha256,
        page_count=page_count,
        title=title,
        authors=tuple(authors),
        abstract=abstract,
        sections=tuple(whole),
        atoms=tuple(enrich_atoms(everything, whole, concepts)),
        key_concepts=concepts,
        language=language,
        confidence=Confidence.of([*doubts, *_foreign(language), *_unfound(kind, abstract, whole)]),
    )


def _foreign(language: str) -> list[Doubt]:
    if language == "en":
        return []
    return [
        Doubt(
            kind="other-language",
            severity=0.3,
            message=f"the paper is in {language_name(language)}: concepts, roles and episodes are made for English; "
            "give an English version if there is one.",
        )
    ]


def _unfound(kind: str, abstract: str, sections: Sequence[Section]) -> list[Doubt]:
    """What a PDF almost always has, but was not found in this one."""
    if kind != "pdf":
        return []
    doubts = []
    if not abstract:
        doubts.append(
            Doubt(
                kind="no-abstract",
                severity=0.1,
                message="no abstract was found, so that the paper's own summary does not guide the episode; if it has "
                "one, give its HTML or Markdown version.",
            )
        )
    if not sections:
        doubts.append(
            Doubt(
                kind="no-sections",
                severity=0.1,
                message="no section headings were found, so that the whole text counts as one section; if it has any, "
                "give its HTML or Markdown version.",
            )
        )
    return doubts


def _is_code(text: str) -> bool:
    """Whether a paragraph is a program listing, whose identifiers are no terms."""
    return (
        sum(ch in "_={}[]<>#*\\" for ch in text) > 0.03 * len(text)
        and len(re.findall(r"\w+[_.]\w+|\w+\(", text)) > 4
    )
