"""Finds the captions of figures and tables, and tells them from sentences that merely start with "Figure 3"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from podcast_dspy.documents.geometry import line_box, union
from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.pages import Page
from podcast_dspy.documents.words import Vocabulary, join_lines

__all__ = ["CONTINUED", "LABEL", "Caption", "find_captions"]

LABEL = re.compile(
    r"^(?P<kind>Supplement(?:ary|al) (?:Fig(?:ure|\.)|Table)|"
    r"Extended Data (?:Fig(?:ure|\.)|Table)|Fig(?:ure|s?\.|s)?|FIG(?:URE|S?\.)?|Table|TABLE|Tab\.|"
    r"T ?A ?B ?L ?E|F ?I ?G ?U ?R ?E|Scheme|SCHEME|Chart|Plate|Exhibit|Algorithm|Listing)"
    r"\s*[.\-–]?\s*(?P<number>[A-Z]?\.?\d{1,3}(?:[.-]\d{1,2})?(?![\d%])[a-z]?|[IVX]{1,5}\b)(?P<end>\s*[.:|)\]–—-]*)(?P<rest>.*)$"
)
_VERB = re.compile(
    r"\s*(?:shows?|presents?|illustrates?|displays?|depicts?|lists?|gives?|summari[sz]es?|compares?|reports?|plots?|"
    r"contains?|provides?|demonstrates?|describes?|reveals?|indicates?|is|are|was|were|and|in|we|for|that|which|"
    r"also|can|does|to|with|at|of|on|from|below|above|has|have|it|the|suggests?|outlines?|visuali[sz]es?)\b"
)

CONTINUED = re.compile(r"\W*cont(?:inue[ds]?|inuation|'d|\.|\b)\W*", re.I)
"""What stands behind the number of a table that began on an earlier page."""


@dataclass
class Caption:
    """A caption: what it labels, its printed number, its lines."""

    kind: Literal["figure", "table", "algorithm"]
    number: str
    page: Page
    lines: list[Line]
    text: str
    box: BBox
    certain: bool


def _kind(word: str) -> Literal["figure", "table", "algorithm"]:
    word = word.replace(" ", "").lower()
    if "tab" in word:
        return "table"
    return "algorithm" if word.startswith(("algo", "list")) else "figure"


def _certainty(line: Line, match: re.Match[str], page: Page, body_size: float, body_bold: bool) -> int:
    """How much speaks for a caption rather than a sentence: 0 none, 1 some, 2 and more enough."""
    rest, end = match["rest"], match["end"].strip()
    score = 0
    first = line.words[0]
    if first.bold and not body_bold and (not line.bold or line.size < body_size + 1.5):
        score += 2
    if end[:1] in (":", "|") or (end[:1] == "." and (rest[:1] in ("", " ") and not _VERB.match(rest))):
        score += 2
    if match["kind"].isupper():
        score += 1
    if abs(line.size - body_size) > 0.4:
        score += 1
    if rest and not end and _VERB.match(rest):
        score -= 2
    if (rest and rest[0] in ",;)") or (end[:1] == ")" and not line.text.startswith("(")):
        score -= 3
    above = [
        other
        for other in page.lines
        if other is not line
        and other.x0 < line.x1
        and other.x1 > line.x0
        and 0 < line.baseline - other.baseline < 1.45 * body_size
        and "head" not in other.tags
    ]
    # Directly below a full line of text of the same size it is most likely a sentence; below one that had room for the
    # label something new begins.
    right = max((v.x1 for v in page.lines if abs(v.x0 - line.x0) < 30 and "head" not in v.tags), default=0.0)
    full = right - 1.5 * (first.x1 - first.x0)
    if any(abs(other.size - line.size) < 0.3 and len(other.text) > 45 and other.x1 > full for other in above):
        score -= 1
    elif not above:
        score += 1
    if not rest.strip() and not end:
        score += 1
    if CONTINUED.fullmatch(end + rest):
        score += 3
    return score


def _continuation(start: Line, page: Page, body_size: float, label_only: bool) -> list[Line]:
    lines = [start]
    same_as_body = abs(start.size - body_size) < 0.4
    pitch: float | None = None
    words = [w for w in start.words if not w.bold]
    text_size = words[0].size if words else start.size
    candidates = sorted(
        (
            line
            for line in page.lines
            if line is not start and not line.tags and line.baseline > start.baseline + 2
        ),
        key=lambda line: line.baseline,
    )
    left, right = start.x0, start.x1
    for line in candidates:
        last = lines[-1]
        step = line.baseline - last.baseline
        if step > (2.4 if label_only and len(lines) == 1 else 1.9) * max(last.size, 8):
            break
        if step < 0.5 * last.size or min(line.x1, right) - max(line.x0, left) < 0.3 * min(
            line.width, right - left
        ):
            continue
        if line.x0 < left - 14 and not (label_only or abs((line.x0 + line.x1) - (left + right)) < 12):
            break
        if (
            LABEL.match(line.text)
            and line.words[0].bold == start.words[0].bold
            and len(lines) >= 1
            and not label_only
        ):
            break
        if len(lines) > 1 and line.x1 > right + 0.25 * (right - left) + 12:
            break
        if abs(line.size - text_size) > 0.55 and not (label_only and len(lines) == 1):
            break
        if pitch is not None and step > pitch + (1.2 if same_as_body else 2.6):
            break
        if (
            pitch is None
            and step > (1.55 if same_as_body else 1.75) * max(line.size, start.size)
            and not label_only
        ):
            break
        # A line that ends well short of the margin ends the caption when it is set like body text.
        short = last.x1 < right - 0.12 * (right - left)
        if same_as_body and len(lines) > 1 and short and abs(last.x0 - left) < 3 and line.x0 > left + 6:
            break
        if line.bold and not start.bold and not last.bold and len(lines) > 1 and line.words[0].bold and short:
            break
        if label_only and len(lines) == 1:
            text_size = line.size
        else:
            pitch = step if pitch is None else min(pitch, step)
        lines.append(line)
        left, right = min(left, line.x0), max(right, line.x1)
    return lines


def find_captions(page: Page, body_size: float, body_bold: bool, vocabulary: Vocabulary) -> list[Caption]:
    """The captions of a page; their lines are tagged `caption`."""
    captions: list[Caption] = []
    for line in sorted(page.lines, key=lambda line: (line.baseline, line.x0)):
        if line.tags:
            continue
        match = LABEL.match(line.text)
        if not match:
            continue
        score = _certainty(line, match, page, body_size, body_bold)
        if score < 2:
            continue
        label_only = not match["rest"].strip()
        lines = _continuation(line, page, body_size, label_only)
        text = join_lines(lines, vocabulary)
        again = LABEL.match(text)
        body = (again["rest"] if again else text).strip(" .:|–—-")
        if again and again["rest"].rstrip().endswith("."):
            body += "."
        if not body.strip(".") and not label_only:
            continue
        for member in lines:
            member.tags.add("caption")
        number = match["number"].replace(" ", "")
        prefix = "S" if match["kind"].startswith("Supp") and not number.startswith("S") else ""
        captions.append(
            Caption(
                _kind(match["kind"]),
                prefix + number,
                page,
                lines,
                body,
                union([line_box(m) for m in lines]),
                score >= 3,
            )
        )
    return captions
