"""Captions as speech: what a picture's caption says, as a sentence about the picture."""

from __future__ import annotations

import re

__all__ = ["shown", "without_label"]

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
