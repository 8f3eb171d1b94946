"""Units: a paper cut into the one or two sentences that a host can say in one breath, captions among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from podcast_dspy.analysis.paper_index import GraphKey
from podcast_dspy.analysis.sections import PART_NAMES, Part, section_parts
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.documents.wording import BACK_MATTER
from podcast_dspy.generation.paraphrase import paraphrase
from podcast_dspy.generation.sanitiser import can_be_spoken, clean, is_signpost, is_torn
from podcast_dspy.text.sentences import split_sentences

__all__ = [
    "SECTION_KINDS",
    "SectionKind",
    "Unit",
    "announces",
    "caption_units",
    "concepts_in",
    "paper_units",
    "section_kinds",
    "shown",
    "without_label",
]

_LABEL = re.compile(
    r"^(?:Fig(?:ure|\.)?|Tab(?:le|\.)?)\s*(?:[\w.]*\d\w*|[IVXL]+\b)\s*[.:|–—-]?\s*", re.IGNORECASE
)
_SHOWN = re.compile(
    r"^(?:(?:Shown|Depicted|Displayed|Plotted|Presented|Given|Listed) (?:here |below )?(?:is|are)"
    r"|Shows?|Showing|Lists?|Listing|Depicts?|Displays?|This (?:figure|table|plot) (?:shows|lists))\s+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"^(?:(?:This|These|Each|Our|The|All|Both|An?) (?:(?!(?:that|which|who|whose|where|when)\b)[\w-]+ ){1,3}?"
    r"|We |They |It )"
    r"(?:is|are|was|were|has|have|had|can|does|do|did|shows?|develop(?:s|ed)?|increases?d?|decreases?d?|achieves?d?"
    r"|improves?d?|remains?(?:ed)?|compare|report|plot|use)\b",
)
_DONE = re.compile(
    r"^(?!.*\b(?:that|which|who|whose|where|when|as|how|if) )"
    r"(?:(?:[^\s,;:]+ ){2,}?(?:was|were) (?:\w+ly )?(?:\w+ed|shown|grown|given|taken|found|seen|drawn|made|run)\b"
    r"|(?:[^\s,;:]+ ){1,4}\w+ly \w+ed (?:the|an?|its|their)\b)"
)
"""A subject and what was done with it, or what it did: a sentence of its own."""
_COUNTED = re.compile(
    r"(?:(?!(?:the|an?|their|its|our|each|every|both|all|this|that|these|those|some|any|no|how|what|why|in|on|of|for|to"
    r"|and|or|with|from|by)\b)[\w-]+(?<!s) ){0,3}"
    r"(?:schematic|comparison|illustration|overview|diagram|plot|example|histogram|summary|map|visuali[sz]ation|sketch"
    r"|snapshot|representation|screenshot|photograph|flow ?chart|timeline|depiction|distribution|scatter ?plot"
    r"|simulation|tree|curve|spectrum|chromatogram|micrograph|image|view|workflow|pipeline|architecture|heat ?map"
    r"|dendrogram|network|graph|chart)\b"
)
"""Captions leave the article out, speech does not."""
_ARTICLE = re.compile(
    r"(?:the|an?|their|its|our|each|every|both|all|this|that|these|those|some|any|no)\b", re.I
)
_THE_ONE = re.compile(
    r"(?:(?:lowest|highest|largest|smallest|best|worst|greatest|least|mean|median|average|total|overall|relative|final"
    r"|cumulative|expected|observed|estimated|predicted|measured) )*"
    r"(?:[a-z-]+ )?(?:[a-z-]*(?<!s)|loss|bias) (?:of|for|between|against|at|per|over|in) ",
)
"""A quantity of something: the share of, the lowest number of, the mean loss against."""


def without_label(caption: str) -> str:
    """A caption without the number it begins with, such as "Fig. 3:"."""
    return _LABEL.sub("", caption.strip())


def shown(caption: str, verb: str) -> str:
    """A caption's first sentence as what the picture shows; one with a subject and a verb of its own as it is."""
    text = _SHOWN.sub("", caption).rstrip(" .")
    if _SENTENCE.match(text) or _DONE.match(text):
        return f"{text}."
    first = text.split()[0]
    if first == "A" or (len(first) > 1 and first[1:].islower()):
        text = text[0].lower() + text[1:]
    return f"It {verb} {_article(text)}{text}."


def _article(text: str) -> str:
    """What speech puts before a caption that has no article of its own."""
    if _ARTICLE.match(text):
        return ""
    if _COUNTED.match(text):
        return "an " if text[0] in "aeiou" else "a "
    return "the " if _THE_ONE.match(text) else ""


SectionKind = Part | Literal["other"]
SECTION_KINDS: tuple[SectionKind, ...] = (*PART_NAMES, "other")

_DANGLING = re.compile(
    r"^(?:in (?:this|that|these|those|such)\b(?! (?:paper|work|study|article|survey))|for (?:this|that)"
    r"|(?:at|by|from|with|on|under|after|before|until|through|despite|without|like|unlike|beyond|given|among|between"
    r"|within|during) "
    r"(?:this|that|these|those|it|them)"
    r"|to (?:this end|(?:accomplish|achieve|address|do|overcome|solve|mitigate|alleviate) (?:this|that|these|those|so))"
    r"|this|these|those|its?|they|their|both|neither|none|either|all (?:two|three|four|five|of|are|but)|others?"
    r"|another|such|same|the same|here|there|then|also|moreover|furthermore|in addition|similarly|finally|thus|hence"
    r"|therefore|but|and|or|yet|so|instead|by contrast|in contrast|on the other hand|conversely|put otherwise"
    r"|in other words|as a result|for (?:example|instance)|consequently|however|nevertheless|still|likewise|again"
    r"|nonetheless|rather|indeed|(?:(?:each|one|some|many|most|both) )?of (?:these|those)"
    r"|if (?:all|any|none|it|so)|(?:we|they) (?:then|also|therefore|again)"
    r"|as (?:before|above|(?:shown|described|discussed) (?:above|below|in))|a (?:second|third)"
    r"|(?:first|second|third|fourth|last|first of all|to begin with)(?=,)|(?:first|second|third|last)ly"
    r"|the (?:former|latter|following|first|second|third|difference|reason|rest|other|others|trouble)"
    r"|the (?:study|trial|authors?|investigators|researchers)|a further|in fact|in turn|meanwhile|otherwise|even so"
    r"|that said|as such|next|subsequently|afterwards?|in (?:both|each|all|either|neither) cases?"
    r"|(?:[\w-]+ ){1,2}(?:days|weeks|months|years|decades|centuries) (?:later|earlier|before|after))\b",
    re.IGNORECASE,
)
_TURN = re.compile(r"^(?:However|Nevertheless|Nonetheless|But),? ")
"""What a turn begins with, and does without where nothing comes before it."""
_PICTURES = r"(?:Figures?|Tables?) [\w.–-]+(?: and [\w.]+)?"
_ANNOUNCES = re.compile(
    r"[^.?!]*\b(?:is|are|was|were) (?:also |\w+ly )?"
    r"(?:shown|presented|listed|depicted|displayed|plotted|illustrated|given|summari[sz]ed|reported|provided)"
    rf"(?: \w+ly)? (?:in|by) (?:{_PICTURES}|(?:the|this) (?:paper|article))\.?$"
    r"|(?:They|We) (?:\w+ly )?(?:report|present|show|list|give|plot|summari[sz]e|illustrate|provide)\b[^.?!]*"
    rf"\bin {_PICTURES}(?:[,.]|$)"
    rf"|In (?:the [\w ]+ of )?{_PICTURES}, (?:they|we) (?:\w+ly )?(?:offer|describe|show|present|list|give|report"
    r"|compare|plot|summari[sz]e|provide|illustrate|display)\b[^.?!]*\.?$"
    rf"|{_PICTURES} (?:shows?|showed|presents?|gives?|depicts?|illustrates?|displays?|lists?|provides?) the "
    r"(?:[\w(),-]+ ){0,5}?(?:images?|micrographs?|spectr(?:a|um)|patterns?|mechanisms?|schematic|representation"
    r"|architecture|overview|results?|comparison|workflow|flow ?chart|diagram|structure|setup|design|process|list"
    r"|summary|details|variations?|effects?|curves?|plots?|distributions?|relation(?:ship)?|dependence)\b[^.?!]*\.?$"
)
_SAME = 7
"""Words in a row of a caption in a sentence that then says it again."""
_DEFINITION = re.compile(
    r"\b(?:is|are) (?:an?|the|called|defined|known)\b|\brefers? to\b|\bwe (?:define|call)\b|\bthat is,"
    r"|\bi\.e\.|\bmeans?\b|\bwhich (?:is|are)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unit:
    """One thing that can be said, with where it comes from."""

    text: str
    """Sentences of the paper, retold in the third person, without citations and pointers."""
    atom_id: str
    order: int
    """Position in the paper, from 0."""
    kind: SectionKind
    section: str
    importance: float
    concepts: tuple[str, ...]
    figures: tuple[str, ...]
    """Atom ids of figures and tables that the sentences name."""
    about: tuple[str, ...]
    """Those that its paragraph named last, here or before: what it still speaks of."""
    defines: bool
    verbatim: bool
    """Spoken as it is, never given to a model: a caption is no sentence to paraphrase."""
    dangling: bool
    """Begins with a word that points back, so it cannot open a segment."""
    place: float = 0.0
    """Where in its section it stands: 0 for the first unit, 1 for the last."""

    @property
    def words(self) -> int:
        """Whitespace-separated words."""
        return len(self.text.split())


def section_kinds(graph: DocumentGraph) -> dict[str, SectionKind]:
    """The kind of every section by id; `other` where no heading tells."""
    return {name: part or "other" for name, part in section_parts(graph).items()}


def concepts_in(text: str, concepts: Sequence[KeyConcept]) -> tuple[str, ...]:
    """Names of the concepts that a text mentions under any of their forms."""
    flat = f" {_flat(text)} "
    return tuple(
        concept.name
        for concept in concepts
        if any(f" {_flat(form)} " in flat for form in (concept.name, *concept.aliases) if _flat(form))
    )


def _flat(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _groups(atom: DocumentAtom) -> list[str]:
    """Sayable sentences, those that point back joined to the sentence before them while they stay short."""
    groups: list[str] = []
    joinable = False
    for raw in split_sentences(atom.content):
        sentence = clean(raw)
        if (
            not sentence
            or is_torn(sentence)
            or is_signpost(sentence)
            or not can_be_spoken(paraphrase(sentence))
        ):
            joinable = False
            continue
        if joinable and _DANGLING.match(sentence) and len(groups[-1].split()) + len(sentence.split()) <= 52:
            groups[-1] = f"{groups[-1]} {sentence}"
        else:
            groups.append(sentence)
        joinable = True
    return groups


def paper_units(graph: DocumentGraph) -> tuple[Unit, ...]:
    """All units of a paper in reading order; sentences that cannot be spoken (formulas, fragments) are left out.

    Memoised by content.
    """
    return _material(GraphKey(graph))


@lru_cache(maxsize=64)
def _material(key: GraphKey) -> tuple[Unit, ...]:
    graph = key.graph
    kinds = section_kinds(graph)
    titles = {section.section_id: section.title for section in graph.sections}
    units: list[Unit] = []
    for atom in graph.passages():
        title = titles.get(atom.section_id or "", "")
        if BACK_MATTER.match(title):
            continue
        # What stands before the first heading introduces the paper.
        kind: SectionKind = (
            "abstract" if atom.atom_type == "abstract" else kinds.get(atom.section_id or "", "introduction")
        )
        about: tuple[str, ...] = ()
        for written in _groups(atom):
            text = paraphrase(written)
            named = tuple(mention for mention in atom.mentions if _names(text, graph.get_atom(mention)))
            about = named or about
            units.append(
                Unit(
                    text=text,
                    atom_id=atom.atom_id,
                    order=len(units),
                    kind=kind,
                    section=title,
                    importance=atom.importance_score,
                    concepts=concepts_in(text, graph.key_concepts),
                    figures=named,
                    about=about,
                    defines=bool(_DEFINITION.search(text)),
                    verbatim=False,
                    dangling=bool(_DANGLING.match(_TURN.sub("", written))),
                )
            )
    return tuple(_placed(units))


def _placed(units: Sequence[Unit]) -> Iterator[Unit]:
    for _, section in groupby(units, key=lambda unit: (unit.section, unit.kind)):
        own = list(section)
        for at, unit in enumerate(own):
            yield replace(unit, place=at / max(1, len(own) - 1))


def caption_units(graph: DocumentGraph, picture: DocumentAtom) -> tuple[Unit, ...]:
    """The first sentence of a picture's caption as a unit; it comes before all others of its stretch."""
    text = without_label(picture.caption or "")
    first = next((clean(sentence) for sentence in split_sentences(text) if clean(sentence)), "")
    if len(first.split()) < 4:
        return ()
    first = shown(first, "lists" if picture.atom_type == "table" else "shows")
    return (
        Unit(
            text=paraphrase(first),
            atom_id=picture.atom_id,
            # Negative: before every unit of the text.
            order=graph.atoms.index(picture) - len(graph.atoms),
            kind="results",
            section="",
            importance=picture.importance_score,
            concepts=(),
            figures=(picture.atom_id,),
            about=(picture.atom_id,),
            defines=False,
            verbatim=True,
            dangling=False,
        ),
    )


def announces(unit: Unit) -> bool:
    """Whether a unit only says where something is shown: whoever listens cannot look it up."""
    return bool(_ANNOUNCES.match(unit.text)) and not re.search(r"\d", re.sub(_PICTURES, "", unit.text))


def presents(unit: Unit, picture: DocumentAtom) -> bool:
    """Whether a unit only says that there is the picture, or again what its caption says."""
    if unit.words <= 10 and re.match(rf"(?:Figure|Table) {picture.figure_number}\b", unit.text):
        return True
    return bool(_ngrams(without_label(picture.caption or "")) & _ngrams(unit.text))


def _ngrams(text: str) -> set[tuple[str, ...]]:
    """Every n-gram of so many words that no two sentences share them by chance."""
    said = re.findall(r"\w+", text.lower())
    return {tuple(said[at : at + _SAME]) for at in range(len(said) - _SAME + 1)}


def _names(text: str, picture: DocumentAtom) -> bool:
    if not picture.figure_number:
        return False
    word = r"Tab(?:le|\.)?" if picture.atom_type == "table" else r"Fig(?:ure|\.)?s?"
    return bool(re.search(rf"\b{word}\s*{re.escape(picture.figure_number)}(?!\d)", text, re.IGNORECASE))
