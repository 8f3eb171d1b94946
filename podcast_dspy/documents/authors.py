"""Recognises personal names under a title, and keeps affiliations, addresses and degrees out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from podcast_dspy.documents.line import Line
from podcast_dspy.documents.words import clean

__all__ = ["AFFILIATION", "find_authors", "is_name", "listed_names", "name_parts"]

AFFILIATION = re.compile(
    r"universi[td]|polyte[ck]h?n|hochschul|department|institut|school of|college|laborator|hospital|cent(?:er|re)\b|"
    r"facult|academy|"
    r"ministry|division|"
    r"\binc\b|\bltd\b|\bcorp|\bllc\b|gmbh|foundation|@|street|avenue|\broad\b|campus|\bp\.?o\.? box|"
    r"\busa\b|u\.s\.a|united states|united kingdom|\buk\b|\bchina\b|\bindia\b|germany|france|japan|canada|australia|"
    r"saudi arabia|thailand|pakistan|\bcnrs\b|research (?:group|unit)|\bgoogle\b|microsoft|\bmeta ai\b|deepmind|openai|"
    r"e-?mail|correspond|https?:|www\.|orcid|contributed equally|equal contribution|received|accepted|published|"
    r"edited by|reviewed by|academic editor|copyright|©|\bdoi\b|phone|\bfax\b|\btel\b|programme?\b|society|"
    r"biotechnology|engineering|sciences\b|technology|berkeley$|stanford$|^mit$|company|council|agency",
    re.I,
)
_PARTICLES = frozenset(
    "de da do dos das del della di du la le van von der den ter ten zu zur al el "
    "bin ibn ben abu e y af av na st.".split()
)
_DEGREES = re.compile(
    r"(?:,?\s*\b(?:Ph\.?\s?D|M\.?D|M\.?Sc|B\.?Sc|MPH|Dr|Prof(?:essor)?|MBBS|DVM|FRCP|RN|MS|MA|MBA|Jr|Sr|III|II|"
    r"(?:Senior |Student )?Member|Fellow|IEEE)\b\.?)+",
)
_LETTERS = re.compile(r"(?:[A-Z][a-z]{0,3}\.?){2,4}")
"""Letters after a name: a degree, an office, a learned society."""
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_SENTENCE = 3
"""Words in small letters, longer than particles, of a line that tells something; what stands below it is no name."""
_NOT_NAMES = frozenset(
    """abstract article research open access review introduction original paper editorial letter journal science
    sciences summary keywords background methods results and the of for with from in on a an by to authors author
    volume issue page pages vol no date version preprint draft under submitted technical report proceedings
    conference workshop learning networks neural data analysis system systems model models theory new york press
    machine computer physics biology medicine medical health information energy engineering street road""".split()
)


def is_name(text: str) -> bool:
    """Whether a text of a few words could be one person's name."""
    tokens = text.replace("-", " ").split()
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > 60 or any(ch.isdigit() for ch in text):
        return False
    if AFFILIATION.search(text) or any(len(t) > 2 and t.lower().strip(".") in _NOT_NAMES for t in tokens):
        return False
    capital = 0
    for word in words:
        bare = word.strip(".,'’")
        if not bare:
            return False
        if word.lower() in _PARTICLES:
            continue
        if not bare[0].isupper() or not re.fullmatch(r"[^\W\d_]+(?:[.'’‐-][^\W\d_]*)*\.?", word):
            return False
        capital += 1
    return (capital >= 2 and len(words[-1].strip(".")) > 1) or (capital >= 2 and len(words[0].strip(".")) > 2)


def _plain(line: Line) -> str:
    """Text of an author line with marks turned into separators."""
    parts: list[str] = []
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.words) if not b.glued]
    # Two spaces part two names where one parts their words.
    wide = max(0.5 * line.size, min(1.2 * line.size, 1.8 * min(gaps, default=0.0)))
    for index, word in enumerate(line.words):
        marked = word.raised == 1 and index > 0
        if marked and (not word.text.isalpha() or len(word.text) <= 2):
            parts.append("\x01")
            continue
        glue = word.glued and index > 0
        far = index > 0 and word.x0 - line.words[index - 1].x1 > wide
        parts.append(word.text if glue or not parts else ("\x01" if far else " ") + word.text)
    text = clean("".join(parts))
    text = re.sub(r"\s*[\d¹²³⁰-⁹*†‡§¶‖#✉∗⋆☯♠♣♥♦]+[\d¹²³⁰-⁹,*†‡§¶‖#✉∗⋆\s]*", "\x01", text)
    return re.sub(r"[{}\[\]]|\([^)]*\)", " ", text)


def name_parts(text: str) -> list[str]:
    """What an author line names, without marks and degrees; whether these are names is for `is_name` to say."""
    text = _DEGREES.sub("", text)
    pieces = re.split(r"\x01|[,;&·•|⋅]|\band\b|\bAND\b|\s{3,}", text)
    return [
        tidy
        for piece in pieces
        if (tidy := re.sub(r"\s+", " ", piece).strip(" .:-–—'’‘\"“”"))
        and len(tidy) > 1
        and not _LETTERS.fullmatch(tidy)
    ]


def listed_names(line: Line) -> list[str]:
    """What a line lists, its marks taken off."""
    return name_parts(_plain(line))


def _titled(name: str) -> str:
    """A name printed in capitals, written as names are."""
    if sum(ch.isalpha() for ch in name) > 4 and name.upper() == name:
        return " ".join(
            word if len(word.strip(".")) <= 1 else "-".join(p[:1] + p[1:].lower() for p in word.split("-"))
            for word in name.split()
        )
    return name


def _tells(line: Line) -> bool:
    return sum(len(word.text) > 3 and word.text.islower() for word in line.words) >= _SENTENCE


def find_authors(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Names, in print order, in the lines between a title and its abstract, and the lines that hold them."""
    style: Line | None = None
    texts: list[str] = []
    used: list[Line] = []
    for line in lines:
        text = _plain(line)
        parts = name_parts(text)
        if not parts or _DATED.search(line.text):
            continue
        if style is not None:
            if _tells(line) and not AFFILIATION.search(line.text):
                break
            if abs(line.size - style.size) > 0.7 or line.bold != style.bold:
                if used and line.size < style.size - 0.7 and abs(line.baseline - used[-1].baseline) < 3:
                    continue
                if AFFILIATION.search(line.text):
                    continue
                if len(line.text) > 60:
                    break
                continue
            straight = line.baseline - used[-1].baseline < 2.2 * line.size and abs(line.x0 - used[-1].x0) < 80
            open_end = bool(re.search(r"(?:,|\band|&|\x01)\s*$", texts[-1].strip(" "))) or not is_name(
                name_parts(texts[-1])[-1]
            )
            names = sum(is_name(part) for part in parts)
            if AFFILIATION.search(text.replace("\x01", " ")):
                continue
            cut = names and not is_name(parts[0])  # its first name began on the line above
            if names >= 0.6 * len(parts) or (straight and (cut or (open_end and (names or len(parts) == 1)))):
                texts.append(text)
                used.append(line)
            continue
        names = sum(is_name(part) for part in parts)
        if names and names >= 0.6 * len(parts) and not AFFILIATION.search(text.replace("\x01", " ")):
            style = line
            texts.append(text)
            used.append(line)
    joined = ""
    for index, text in enumerate(texts):
        gap = ""
        if index:
            same_row = abs(used[index].baseline - used[index - 1].baseline) < 3
            ends = is_name(name_parts(texts[index - 1])[-1]) if name_parts(texts[index - 1]) else True
            far = used[index].baseline - used[index - 1].baseline > 1.8 * used[index].size
            whole = is_name(name_parts(text)[0]) and ends and not joined.rstrip().endswith(("and", ","))
            gap = "\x01" if same_row or far or whole else " "
        joined += gap + text
    names_found: list[str] = []
    for part in name_parts(joined):
        name = _titled(part)
        if is_name(name) and name not in names_found:
            names_found.append(name)
    return names_found, used
