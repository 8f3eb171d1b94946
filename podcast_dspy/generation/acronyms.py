"""Acronyms in a script: said in full where they first come up, since a listener cannot look back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.terms import acronyms, singular

_WORD_AFTER = r"(?![\w'’–-])"
_WORD_BEFORE = r"(?<![\w'’–-])"
_TITLE = "\ue000"  # stands for the title, which is said as it is


def spelled_out(graph: DocumentGraph) -> dict[str, str]:
    """Long form, of one, for each acronym that the paper itself spells out."""
    written = [atom.content for atom in graph.passages()]
    words = {word for text in written for word in re.findall(r"\w+", text)}
    return {
        short: _inside(singular(long), words)
        for short, long in acronyms(written).items()
        if short.isalpha() and short.isupper() and re.fullmatch(r"\w+(?:[ -]\w+)+", long)
    }


def _inside(long: str, words: Set[str]) -> str:
    """`long` without the capital of a sentence's beginning: its first word the paper also writes small."""
    first = re.match(r"\w+", long)
    small = first is not None and first[0].istitle() and first[0].lower() in words
    return long[0].lower() + long[1:] if small else long


def introduce(texts: Sequence[str], long_forms: Mapping[str, str], title: str = "") -> list[str]:
    """`texts`, spoken one after another, each acronym introduced where it or its long form first comes up.

    "LFU wins" becomes "Least frequently used, or LFU, wins"; where the long form is said first, the acronym is put
    behind it. Acronyms that are not said at all, or only within other words, are left alone, and so is the `title`.
    """
    masked = [text.replace(title, _TITLE) if title else text for text in texts]
    for short, long in long_forms.items():
        # "CNN/DailyMail" is a name of its own.
        spoken = re.compile(rf"(?:\b([Aa]n?) )?{_WORD_BEFORE}(?<!/){short}(s?)(?!/){_WORD_AFTER}")
        full = re.compile(rf"{_WORD_BEFORE}{re.escape(long)}((?:e?s)?){_WORD_AFTER}", re.IGNORECASE)
        place = next(
            (index for index, text in enumerate(masked) if spoken.search(text) or full.search(text)), None
        )
        if place is None or not any(spoken.search(text) for text in masked):
            continue
        text = masked[place]
        name, written = spoken.search(text), full.search(text)
        if name is not None and text[: name.start()].endswith(", or "):
            continue  # the paper introduces it itself
        if written is not None and (name is None or written.start() < name.start()):
            after = text[written.end() :]
            if not re.match(rf",? (?:or|called|that is,?) {short}s?\b", after):
                masked[place] = f"{text[: written.end()]}, or {short}{written[1][-1:]}{_closed(after)}"
        elif name is not None:
            article = f"{_article(name[1], long)} " if name[1] else ""
            opens = name.start() == 0 or text[: name.start()].rstrip()[-1:] in (".", "?", "!")
            said = f"{article}{_plural(_lower(long)) if name[2] else _lower(long)}"
            said = said[:1].upper() + said[1:] if opens else said
            masked[place] = f"{text[: name.start()]}{said}, or {short}{name[2]}{_closed(text[name.end() :])}"
    return [text.replace(_TITLE, title) for text in masked]


def _closed(after: str) -> str:
    """What follows, with the comma that ends the insertion unless there is a mark already."""
    return after if after[:1] in {"", ".", ",", ";", ":", "?", "!", ")"} else f",{after}"


def _plural(long: str) -> str:
    if long.endswith(("s", "x", "ch", "sh")):
        return f"{long}es"
    return f"{long[:-1]}ies" if re.search(r"[^aeiou]y$", long) else f"{long}s"


def _article(written: str, long: str) -> str:
    article = "an" if long[:1].lower() in "aeiou" else "a"
    return article.capitalize() if written[0].isupper() else article


def _lower(long: str) -> str:
    """Within a sentence: "Least Frequently Used" is no name, "Adaptive Replacement Cache by Megiddo" would be."""
    words = long.split()
    if all(word[:1].isupper() or len(word) < 4 for word in words):
        return " ".join(word.lower() if word[1:].islower() or len(word) == 1 else word for word in words)
    return long
