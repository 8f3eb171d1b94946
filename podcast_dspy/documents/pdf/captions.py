"""Finds the captions of figures, tables and algorithms, told from sentences that start so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.lines import Line, join_lines, line_box, union
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.vocabulary import LABEL, Vocabulary, expression

CONTINUED = expression("continued")
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


def _kind(word: str) -> Literal["figure", "table", "algorithm"]:
    word = word.replace(" ", "").lower()
    if "tab" in word:
        return "table"
    return "algorithm" if word.startswith(("algo", "list")) else "figure"


def _certainty(line: Line, match: re.Match[str], page: Page, body_size: float, body_bold: bool) -> int:
    """How much speaks for a caption rather than a sentence: 2 and more is enough."""
    rest, end = match["rest"], match["end"].strip()
    first = line.words[0]
    score = 2 * (first.bold and not body_bold) + 2 * (end[:1] in (":", "|", ".") and end != "")
    score += match["kind"].isupper() + (abs(line.size - body_size) > 0.4)
    score += 3 * (CONTINUED.fullmatch(end + rest) is not None)
    if not end and re.match(r"\s*[a-z]{2}", rest):  # `Figure 3 shows`
        score -= 2
    if (rest and rest[0] in ",;)") or end[:1] == ")":
        score -= 3
    above = [
        other
        for other in page.lines
        if other.x0 < line.x1
        and other.x1 > line.x0
        and 0 < line.baseline - other.baseline < 1.45 * body_size
        and "head" not in other.tags
    ]
    # Directly below a full line of text of the same size it is most likely a sentence; below one that had room for the
    # label something new begins.
    right = max((v.x1 for v in page.lines if abs(v.x0 - line.x0) < 30 and "head" not in v.tags), default=0.0)
    full = right - 1.5 * (first.x1 - first.x0)
    if any(abs(other.size - line.size) < 0.3 and len(other.text) > 45 and other.x1 > full for other in above):
        return score - 1
    return score + (not above)


def _continuation(start: Line, page: Page, body_size: float, label_only: bool) -> list[Line]:
    """The lines of a caption: those below its first one, at one pitch and in one size."""
    lines = [start]
    same_as_body = abs(start.size - body_size) < 0.4
    pitch: float | None = None
    text_size = next((word.size for word in start.words[::-1] if not (word.bold or word.raised)), start.size)
    left, right = start.x0, start.x1
    for line in sorted(page.lines, key=lambda line: line.baseline):
        last = lines[-1]
        step = line.baseline - last.baseline
        titled = label_only and len(lines) == 1  # the text begins under its label, in a size of its own
        if line.tags or line is start or line.baseline <= start.baseline + 2:
            continue
        if step > (2.4 if titled else 1.9) * max(last.size, 8):
            break
        shared = min(line.x1, right) - max(line.x0, left)
        if step < 0.5 * last.size or shared < 0.3 * min(line.width, right - left):
            continue
        begins = [start.x0, start.x0 + start.size, *(word.x0 for word in start.words[2:3])]
        centred = abs(line.x0 + line.x1 - start.x0 - start.x1) < line.size
        if not titled and not centred and min(abs(line.x0 - x) for x in begins) > line.size:
            break  # a cell of the table below, an axis
        most = (1.55 if same_as_body else 1.75) * max(line.size, start.size)
        if pitch is not None:
            most = pitch + (1.2 if same_as_body else 2.6)
        if (abs(line.size - text_size) > 0.55 and not titled) or (
            step > most and not (label_only and not pitch)
        ):
            break
        if titled:
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
        match = None if line.tags else LABEL.match(line.text)
        if match is None or _certainty(line, match, page, body_size, body_bold) < 2:
            continue
        lines = _continuation(line, page, body_size, not match["rest"].strip())
        text = join_lines(lines, vocabulary)
        again = LABEL.match(text)
        body = (again["rest"] if again else text).strip(" .:|–—-")
        if text.rstrip().endswith("."):
            body += "."
        for member in lines:
            member.tags.add("caption")
        number = match["number"].replace(" ", "")
        prefix = "S" if match["kind"].startswith("Supp") and not number.startswith("S") else ""
        box = union([line_box(member) for member in lines])
        captions.append(Caption(_kind(match["kind"]), prefix + number, page, lines, body, box))
    return captions
