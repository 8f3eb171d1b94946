"""Captions: what a picture's caption says, as sentences that name the picture."""

from __future__ import annotations

import re
from itertools import takewhile

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.spoken_sentences import can_be_spoken, clean, paraphrase
from podcast_dspy.text.words import phrase_pattern, split_sentences

_LABEL = re.compile(
    r"^(?:(?:Fig(?:ure|\.)?|Tab(?:le|\.)?)\s*(?:[\w.]*\d\w*|[IVXL]+\b)\s*[.:|–—-]?\s*)?(?:\(\w{1,2}\)\s*)?",
    re.IGNORECASE,
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
_DRAWN = phrase_pattern("drawing")
"""What a caption says of how a picture was made and is to be read, not of what it shows."""
_LEAST = 4
"""Words of a caption that says something."""
_AGAIN = 7
"""Words in a row of a caption in a sentence that then says it again."""


def heading_of(picture: DocumentAtom) -> str:
    """What a picture shows, without its number and without saying that it shows it; "" where no caption tells."""
    said = split_sentences(_without_label(picture.caption_without_panels))
    text = _SHOWN.sub("", paraphrase(clean(said[0]))).rstrip(" .") if said else ""
    return text[:1].upper() + text[1:]


def _without_label(caption: str) -> str:
    """A caption without the number it begins with, such as "Fig. 3:"."""
    return _LABEL.sub("", caption.strip())


def caption_sentences(picture: DocumentAtom) -> list[str]:
    """A caption's sentences as they can be spoken, the first with the picture's name; empty where it says too little.

    It is over where it says how the picture was made or is to be read, panel by panel: who listens does not see it.
    """
    written = [
        clean(sentence) for sentence in split_sentences(_without_label(picture.caption_without_panels))
    ]
    if not written or len(written[0].split()) < _LEAST:
        return []
    spoken = [paraphrase(text) for text in (_shown(picture, written[0]), *written[1:])]
    kept = [*takewhile(lambda text: can_be_spoken(text) and not _DRAWN.search(text), spoken[1:])]
    return [spoken[0], *kept] if can_be_spoken(spoken[0]) else []


def says_again(text: str, picture: DocumentAtom) -> bool:
    """Whether a sentence says what the picture's caption says, or only that there is the picture."""
    if len(text.split()) <= 10 and re.match(rf"{picture_name(picture)}\b", text):
        return True
    return bool(_ngrams(_without_label(picture.caption or "")) & _ngrams(text))


def _shown(picture: DocumentAtom, caption: str) -> str:
    """A caption's first sentence as what the picture shows; one with a subject and a verb of its own as it is."""
    text = _SHOWN.sub("", caption).rstrip(" .")
    name = picture_name(picture)
    if _SENTENCE.match(text) or _DONE.match(text):
        return f"Here is {name}. {text}."
    first = text.split()[0]
    if first == "A" or (len(first) > 1 and first[1:].islower()):
        text = text[0].lower() + text[1:]
    return f"{name} {'lists' if picture.atom_type == 'table' else 'shows'} {_article(text)}{text}."


def _article(text: str) -> str:
    """What speech puts before a caption that has no article of its own."""
    if _ARTICLE.match(text):
        return ""
    if _COUNTED.match(text):
        return "an " if text[0] in "aeiou" else "a "
    return "the " if _THE_ONE.match(text) else ""


def _ngrams(text: str) -> set[tuple[str, ...]]:
    """Every n-gram of so many words that no two sentences share them by chance."""
    said = re.findall(r"\w+", text.lower())
    return {tuple(said[at : at + _AGAIN]) for at in range(len(said) - _AGAIN + 1)}


def picture_name(picture: DocumentAtom) -> str:
    """What a listener hears of a picture's label: Figure 3, Table 1."""
    return f"{'Table' if picture.atom_type == 'table' else 'Figure'} {picture.figure_number}"


def names_picture(text: str, picture: DocumentAtom) -> bool:
    """Whether a text names a picture by its number, alone or in a list of its kind."""
    if not picture.figure_number:
        return False
    word = r"Tab(?:les?|s?\.)?" if picture.atom_type == "table" else r"Fig(?:ures?|s?\.)?"
    listed = r"(?:[A-Z]?\d+[a-z]?(?:,? and |, |–|-))*"
    return bool(
        re.search(rf"\b{word}\s*{listed}{re.escape(picture.figure_number)}(?!\d)", text, re.IGNORECASE)
    )
