"""Makes the graph of a paper from what a reader found: ranks concepts, picks quotes, fills in what atoms say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.concepts import Sources, rank_concepts, term_pattern
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.documents.terms import strip_citations
from podcast_dspy.documents.wording import BACK_MATTER
from podcast_dspy.text.language import guess_language, language_name
from podcast_dspy.text.sentences import split_sentences

__all__ = ["finished"]

_MENTION = re.compile(
    r"\b(?P<kind>Fig(?:ure)?s?|Tab(?:le)?s?|Scheme)\b\.?\s*(?P<list>[A-Z]?\d+[a-z]?(?:\([a-z]\))?"
    r"(?:\s*(?:,|and|&|to|through|[-–])\s*(?:Fig(?:ure)?s?\.?\s*|Tables?\s*)?[A-Z]?\d+[a-z]?)*)",
    re.I,
)


_CLAIM = re.compile(
    r"\b(?:we (?:show|find|found|demonstrate|propose|present|introduce|report|prove|observe|conclude|argue)|"
    r"(?:our|these|the) (?:results?|findings?|experiments?|study|analysis|data) "
    r"(?:shows?|showed|suggests?|suggested|demonstrates?|demonstrated|indicates?|indicated|reveals?|revealed|confirms?)|"
    r"in conclusion|outperforms?|significantly|for the first time|"
    r"the key (?:idea|insight)|importantly|state-of-the-art)\b",
    re.I,
)


_ENTITY = re.compile(
    r"(?<![\w-])(?:[A-Z]{2,}[\w-]*|[A-Z][a-z]+[A-Z][\w-]*|[A-Z][a-z]*-?\d[\w.-]*|"
    r"[A-Z][a-zé]{2,}(?:[ -][A-Z][a-zé]{2,}){1,3})(?![\w])"
)


_PLACE_WEIGHT = {
    "abstract": 1.0,
    "conclusion": 0.85,
    "introduction": 0.7,
    "result": 0.75,
    "discussion": 0.7,
    "method": 0.6,
}


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
                kind = "table" if match["kind"].lower().startswith("tab") else "figure"
                numbers = re.findall(r"[A-Z]?\d+", match["list"])
                for span in re.finditer(r"(\d+)\s*(?:[-–]|to|through)\s*(\d+)", match["list"]):
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
