"""Makes the graph of a paper from what a reader found: ranks concepts, picks quotes, fills in what atoms say."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.concepts import Sources, rank_concepts, strip_citations, term_pattern
from podcast_dspy.documents.graph import AtomType, BBox, DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.vocabulary import (
    BACK_MATTER,
    any_of,
    expression,
    known,
    split_number,
    with_ellipsis,
)
from podcast_dspy.text.language import guess_language, language_name
from podcast_dspy.text.words import split_sentences

_MENTION = expression("mention")
_RANGE = expression("range")
_PANEL = expression("panel")
"""Where a caption begins to tell of a panel, whose name is a letter or a side."""
_CLAIM = re.compile(rf"\b{any_of('claims')}\b", re.I)
_ENTITY = expression("entity")
_PLACE_WEIGHT = {
    "abstract": 1.0,
    "conclusion": 0.85,
    "introduction": 0.7,
    "result": 0.75,
    "discussion": 0.7,
    "method": 0.6,
}
NOWHERE: Final[BBox] = (0.0, 0.0, 0.0, 0.0)
_FOREIGN: Final = (
    "the paper is in {}, and key concepts and roles of sentences are found by English words: an episode about it takes "
    "a capable LM; give an English version if there is one."
)
_UNFOUND: Final = {
    "no-abstract": "no abstract was found, so that the paper's own summary does not guide the episode; if it has one, "
    "give its HTML or Markdown version.",
    "no-sections": "no section headings were found, so that the whole text counts as one section; if it has any, give "
    "its HTML or Markdown version.",
    "no-paper": "nothing says that this is a paper: it names no authors, and has no abstract, no list of works and no "
    "section that papers have; check that it is the right file.",
}
"""What papers have, and what is said when it was not found."""
_GRAVITY: Final = {"no-paper": 0.25}


def panels_of(caption: str) -> tuple[str, ...]:
    """The parts of a caption that tell of one panel each; none unless their letters run from A."""
    starts = list(_PANEL.finditer(caption))
    letters = "".join(match["letter"] or match["bare"] or "" for match in starts).lower()
    if len(starts) < 2 or not "abcdefghij".startswith(letters):
        return ()
    ends = [match.start() for match in starts[1:]]
    # The last one ends as those before it do: with a semicolon, or with its sentence.
    sign = ";" if caption[: ends[-1]].rstrip(" and").endswith(";") else "."
    stop = caption.find(f"{sign} ", starts[-1].end())
    ends.append(len(caption) if stop < 0 else stop + 1)
    return tuple(caption[match.start() : end].strip() for match, end in zip(starts, ends, strict=True))


def link_mentions(atoms: Sequence[DocumentAtom]) -> list[tuple[str, ...]]:
    """For each atom, the ids of the figures and tables that its text names."""
    ids: dict[tuple[str, str], str] = {
        (a.atom_type, (a.figure_number or "").lower()): a.atom_id
        for a in atoms
        if a.atom_type in ("figure", "table")
    }
    out: list[tuple[str, ...]] = []
    for atom in atoms:
        found: dict[str, None] = {}
        if atom.atom_type in ("abstract", "paragraph", "footnote", "quote"):
            for match in _MENTION.finditer(atom.content):
                kind = "table" if match["kind"].lower() == "tab" else "figure"
                numbers = re.findall(r"[A-Z]?\d+", match["list"])
                for span in _RANGE.finditer(match["list"]):
                    low, high = int(span[1]), int(span[2])
                    if low < high <= low + 10:
                        numbers.extend(str(n) for n in range(low, high + 1))
                for number in numbers:
                    target = ids.get((kind, number.lower()))
                    if target:
                        found[target] = None
        out.append(tuple(found))
    return out


def _place(section: Section | None) -> float:
    if section is None:
        return 0.6
    title = section.title.lower()
    if BACK_MATTER.match(title):
        return 0.05
    return next((w for key, w in _PLACE_WEIGHT.items() if key in title), 0.6)


def enrich_atoms(
    atoms: Sequence[DocumentAtom], sections: Sequence[Section], concepts: Sequence[KeyConcept]
) -> list[DocumentAtom]:
    """Atoms with mentions, topics, entities and importance.

    Importance of text is 0.45 x weight of its place + 0.45 x saturating sum of the importance of the concepts in it
    + 0.1 if it makes a claim; of a figure or table it grows with the number of passages that mention it.
    """
    mentions = link_mentions(atoms)
    mentioned = Counter(target for targets in mentions for target in targets)
    most = max(mentioned.values(), default=1)
    by_section = {s.section_id: s for s in sections}
    patterns = [(c, [term_pattern(form) for form in (c.name, *c.aliases)]) for c in concepts]
    result: list[DocumentAtom] = []
    for atom, targets in zip(atoms, mentions, strict=True):
        text = f"{atom.content} {atom.caption or ''}"
        hits = [(sum(len(p.findall(text)) for p in forms), c) for c, forms in patterns]
        present = sorted(
            ((n, c) for n, c in hits if n), key=lambda pair: (-pair[0] * pair[1].importance, pair[1].name)
        )
        topics = tuple(c.name for _, c in present[:5])
        names = Counter(m.group() for m in _ENTITY.finditer(strip_citations(text)))
        entities = tuple(name for name, _ in names.most_common(8))
        weight = sum(c.importance * math.log2(1 + n) for n, c in present)
        saturated = 1 - math.exp(-weight / 2.0)
        place = _place(by_section.get(atom.section_id or ""))
        if atom.atom_type == "title":
            value = 1.0
        elif atom.atom_type == "abstract":
            value = 0.95
        elif atom.atom_type in ("figure", "table"):
            value = 0.35 + 0.4 * mentioned[atom.atom_id] / most + 0.25 * saturated
        elif atom.atom_type in ("reference", "footnote"):
            value = 0.05
        elif atom.atom_type == "heading":
            value = 0.3 + 0.4 * saturated if place > 0.1 else 0.05
        elif atom.atom_type == "equation":
            value = 0.4 if place > 0.1 else 0.05
        else:
            claim = 0.1 if _CLAIM.search(atom.content) else 0.0
            brief = min(1.0, len(atom.content.split()) / 25)
            value = (0.45 * place + 0.45 * saturated + claim) * brief if place > 0.1 else 0.05
        result.append(
            atom.model_copy(
                update={
                    "mentions": targets,
                    "topics": topics,
                    "entities": entities,
                    "importance_score": round(min(1.0, max(0.0, value)), 4),
                }
            )
        )
    return result


def key_quotes(
    atoms: Sequence[DocumentAtom], concepts: Sequence[KeyConcept], sections: Sequence[Section], most: int = 5
) -> list[tuple[DocumentAtom, str]]:
    """Sentences worth quoting, with the atom each stands in: claims that name key concepts, best first."""
    patterns = [(c.importance, [term_pattern(form) for form in (c.name, *c.aliases)]) for c in concepts]
    by_section = {s.section_id: s for s in sections}
    scored: list[tuple[float, int, DocumentAtom, str]] = []
    order = 0
    for atom in atoms:
        if atom.atom_type not in ("abstract", "paragraph"):
            continue
        place = 1.0 if atom.atom_type == "abstract" else _place(by_section.get(atom.section_id or ""))
        if place < 0.1:
            continue
        for sentence in split_sentences(atom.content):
            order += 1
            words = len(sentence.split())
            if not 9 <= words <= 45 or not sentence[0].isupper() or not sentence.endswith((".", "!")):
                continue
            claims = len(_CLAIM.findall(sentence))
            if not claims:
                continue
            topical = sum(weight for weight, forms in patterns if any(p.search(sentence) for p in forms))
            scored.append((-(place + 0.5 * min(claims, 2) + 0.5 * min(topical, 2.0)), order, atom, sentence))
    chosen: list[tuple[DocumentAtom, str]] = []
    for _, _, atom, sentence in sorted(scored, key=lambda item: item[:2]):
        if all(sentence != other for _, other in chosen):
            chosen.append((atom, sentence))
        if len(chosen) == most:
            break
    return chosen


@dataclass
class GraphBuilder:
    """A graph in the making: atoms in reading order, each in the section that is open."""

    kind: str
    material: Material
    atoms: list[DocumentAtom] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    section: str | None = None
    """Id of the section that is open."""
    _counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(
        self,
        kind: AtomType,
        content: str,
        page: int = 1,
        bbox: BBox = NOWHERE,
        *,
        caption: str | None = None,
        number: str | None = None,
        picture: Callable[[str], str | None] = lambda name: None,
    ) -> None:
        """Add an atom; `picture` gives the path of its PNG, by its id."""
        word = "text" if kind in ("paragraph", "abstract") else kind
        self._counts[page, word] += 1
        atom_id = f"p{page:03d}_{word}_{self._counts[page, word]:02d}"
        self.atoms.append(
            DocumentAtom(
                atom_id=atom_id,
                atom_type=kind,
                content=content,
                page=page,
                bbox=bbox,
                section_id=self.section,
                caption=caption,
                panels=panels_of(caption or ""),
                figure_number=number,
                file_path=picture(atom_id),
            )
        )

    def goes_on(self, text: str, *, certain: bool) -> bool:
        """Whether a text continues the paragraph before the formulas that were added last; if so, it now holds both.

        As in JATS, where a displayed formula stands inside its paragraph. Where the document does not say so
        (`certain`), a text that begins with a small letter goes on.
        """
        place = len(self.atoms) - 1
        while place >= 0 and self.atoms[place].atom_type == "equation":
            place -= 1
        atom = self.atoms[place] if 0 <= place < len(self.atoms) - 1 else None
        if atom is None or atom.atom_type != "paragraph" or not (certain or text[:1].islower()):
            return False
        self.atoms[place] = atom.model_copy(update={"content": with_ellipsis(atom.content, text)})
        return True

    def begin(self, heading: str, level: int, page: int = 1, bbox: BBox = NOWHERE) -> None:
        """Open the section of a heading."""
        number, title = split_number(heading)
        self.section = f"s{len(self.sections) + 1:02d}"
        self.sections.append(
            Section(section_id=self.section, title=title, level=level, number=number, page=page)
        )
        self.add("heading", heading, page, bbox)

    def finished(
        self, authors: Sequence[str], page_count: int = 1, doubts: Sequence[Doubt] = ()
    ) -> DocumentGraph:
        """The graph. `doubts` are what the reader noticed on its way: reasons not to trust the reading."""
        texts = {
            kind: next((a for a in self.atoms if a.atom_type == kind), None) for kind in ("title", "abstract")
        }
        title, abstract = (atom.content if atom else "" for atom in texts.values())
        members: dict[str | None, list[str]] = defaultdict(list)
        for atom in self.atoms:
            members[atom.section_id].append(atom.atom_id)
        sections = [s.model_copy(update={"atom_ids": tuple(members[s.section_id])}) for s in self.sections]
        back = {s.section_id for s in sections if BACK_MATTER.match(s.title)}
        concepts = rank_concepts(
            Sources(
                title=title,
                abstract=abstract,
                headings=[s.title for s in sections if s.section_id not in back],
                captions=[atom.caption for atom in self.atoms if atom.caption],
                passages=[
                    (a.atom_id, a.content)
                    for a in self.atoms
                    if a.atom_type == "paragraph" and a.section_id not in back and not _is_code(a.content)
                ],
                abstract_id=texts["abstract"].atom_id if texts["abstract"] else None,
                excluded=authors,
            )
        )
        for atom, sentence in key_quotes(self.atoms, concepts, sections):
            self.section = atom.section_id
            self.add("quote", sentence, atom.page, atom.bbox)
        language = guess_language(
            atom.content for atom in self.atoms if atom.atom_type in ("abstract", "paragraph")
        )
        missing = {"no-abstract": not abstract, "no-sections": not sections} if self.kind == "pdf" else {}
        missing["no-paper"] = not (
            abstract
            or authors
            or any(atom.atom_type == "reference" for atom in self.atoms)
            or any(known(section.title) for section in sections)
        )
        return DocumentGraph(
            document_id=self.material.sha256[:12],
            kind=self.kind,
            source_path=self.material.shown,
            sha256=self.material.sha256,
            page_count=page_count,
            title=title,
            authors=tuple(authors),
            abstract=abstract,
            sections=tuple(sections),
            atoms=tuple(enrich_atoms(self.atoms, sections, concepts)),
            key_concepts=concepts,
            language=language,
            confidence=Confidence.of(
                [*doubts, *_doubts(language, [kind for kind, no in missing.items() if no])]
            ),
        )


def _doubts(language: str, missing: Sequence[str]) -> Iterator[Doubt]:
    if language != "en":
        yield Doubt(kind="other-language", severity=0.3, message=_FOREIGN.format(language_name(language)))
    for kind in missing:
        yield Doubt(kind=kind, severity=_GRAVITY.get(kind, 0.1), message=_UNFOUND[kind])


def _is_code(text: str) -> bool:
    """Whether a paragraph is a program listing, whose identifiers are no terms."""
    return (
        sum(ch in "_={}[]<>#*\\" for ch in text) > 0.03 * len(text)
        and len(re.findall(r"\w+[_.]\w+|\w+\(", text)) > 4
    )
