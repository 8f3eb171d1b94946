"""Finds the title of a paper and the names under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from podcast_dspy.documents.frame import AFFILIATION, METADATA, ORCID, fold, is_name, name_parts
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, line_text
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.word_repair import clean

__all__ = ["find_authors", "find_title"]

_JOURNAL = re.compile(r"\b(?:19|20)\d\d\b|\bvol(?:ume)?\b|\bissn\b|\bissue\b|\d+\s*[:(]\s*\d+", re.I)
_KIND = re.compile(
    r"^(?:(?:original|open|full|short|invited|mini|systematic)\s+)*(?:research|review|clinical|methodology|technical|software|case)?"
    r"\s*(?:articles?|papers?|reviews?|reports?|letters?|access|communications?|research|stud(?:y|ies)|open|note|editorial)$",
    re.I,
)
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_SENTENCE = 3
"""Words in small letters, longer than particles, of a line that tells something; what stands below it is no name."""


def _groups(page: Page) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in sorted(page.lines, key=lambda line: (line.baseline, line.x0)):
        if line.tags & {"head", "caption"} or _KIND.match(line.text.strip()):
            continue
        for group in groups:
            last = group[-1]
            step = line.baseline - last.baseline
            if (
                abs(line.size - last.size) < 0.6
                and 0.7 * line.size < step < 1.75 * line.size
                and line.x0 < max(v.x1 for v in group)
                and line.x1 > min(v.x0 for v in group)
                and (line.bold == last.bold or line.size > 13)
            ):
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def find_title(pages: Sequence[Page], body: BodyStyle, metadata_title: str) -> tuple[str, list[Line]]:
    """The title and its lines: the largest text of the first page that is not the journal's name.

    Names of authors right below it, and the same words on the cover before it, speak for a title; what the file's
    metadata calls it only confirms a candidate, and is never used on its own.
    """
    heads = [line.text for page in pages for line in page.lines if "head" in line.tags]
    small = [line.text for line in pages[0].lines if line.size <= body.size + 0.5]
    wanted = fold(metadata_title)
    first = list(pages[:2] if _is_cover(pages[0], body) else pages[:1])
    whole = {page.number: fold(" ".join(line.text for line in page.lines)) for page in first}
    best: tuple[float, str, list[Line]] | None = None
    for page in first:
        groups = _groups(page)
        largest = max((group[0].size for group in groups), default=0.0)
        for group in groups:
            text = clean(" ".join(line_text(line) for line in group))
            letters = sum(ch.isalpha() for ch in text)
            if letters < 8 or group[0].y0 > 0.7 * page.height or len(group) > 7 or len(text) > 400:
                continue
            slide = page.width > page.height
            # Two capitalised words are the form of a name, but the largest line of a slide is none.
            named = _name_share(group) > 0.5 and not (slide and group[0].size >= largest)
            if METADATA.match(text) or _KIND.match(text) or named:
                continue
            folded = fold(text)
            signed = _has_names_below(group, groups)
            if slide and not signed:  # its subtitle stands between title and names
                signed = any(_has_names_below(other, groups) for other in _right_below(group, groups))
            cited = len(folded) < 80 and any(
                folded in fold(other) and len(fold(other)) > len(folded) and _JOURNAL.search(other)
                for other in (*heads, *small)
            )
            if cited and not signed:
                continue
            score = group[0].size + (1.0 if group[0].bold else 0.0) + min(letters, 60) / 30
            score -= 0.25 * group[0].size * (len(text.split()) < 3 and not slide)
            if len(wanted) > 12 and (wanted[:40] in folded or folded[:40] in wanted) and letters > 12:
                score += 8
            if signed:
                score += 8
            if len(folded) > 12 and any(
                folded in other for number, other in whole.items() if number != page.number
            ):
                score += 8
            if best is None or score > best[0] + (0 if page.number == 1 or folded != fold(best[1]) else -20):
                best = (score, text, group)
    if best is None:
        return "", []
    return _tidy_title(best[1]), best[2]


def _is_cover(page: Page, body: BodyStyle) -> bool:
    """Whether a first page holds no text of the paper: a cover of a publisher or a repository, or a title page."""
    running = [
        line
        for line in page.lines
        if line.font == body.font
        and abs(line.size - body.size) < 0.3
        and line.width > 0.8 * body.column_width
    ]
    return len(running) < 8


def _name_share(group: Sequence[Line]) -> float:
    """Share of persons' names among what a text lists."""
    parts = [part for line in group for part in listed_names(line)]
    return sum(map(is_name, parts)) / len(parts) if parts else 0.0


def _right_below(group: Sequence[Line], groups: Sequence[list[Line]]) -> list[list[Line]]:
    """The smaller text that follows a group."""
    last = group[-1]
    return [
        other
        for other in groups
        if 0 < other[0].baseline - last.baseline < 2 * last.size and other[0].size < last.size - 0.6
    ]


def _has_names_below(group: Sequence[Line], groups: Sequence[Sequence[Line]]) -> bool:
    """Whether the next text under a group lists persons."""
    last = group[-1]
    left, right = min(line.x0 for line in group), max(line.x1 for line in group)
    if any(AFFILIATION.search(line.text) for line in group):
        return False
    below = [
        other
        for other in groups
        if 0 < other[0].baseline - last.baseline < 5 * max(last.size, 12)
        and other[0].x0 < right
        and other[0].x1 > left
    ]
    nearest = min((other[0].baseline for other in below), default=0.0)
    return any(_name_share(other[:1]) >= 0.5 for other in below if other[0].baseline < nearest + 3)


def _tidy_title(text: str) -> str:
    return re.sub(r"\s*[*†‡§¶‖]+$", "", text).strip()


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
    text = ORCID.sub("\x01", clean("".join(parts)))
    text = re.sub(r"\s*[\d¹²³⁰-⁹*†‡§¶‖#✉∗⋆☯♠♣♥♦]+[\d¹²³⁰-⁹,*†‡§¶‖#✉∗⋆\s]*", "\x01", text)
    return re.sub(r"[{}\[\]]|\([^)]*\)", " ", text)


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
