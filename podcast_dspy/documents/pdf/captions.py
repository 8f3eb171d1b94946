"""Finds the captions of figures and tables, told from sentences that start so, and reads the cells of tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from podcast_dspy.documents.frame import LABEL, any_of
from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.lines import Line, Word, join_lines, line_box, union
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.word_repair import Vocabulary, clean

__all__ = ["CONTINUED", "Caption", "find_captions", "table_cells"]

_VERB = re.compile(rf"\s*{any_of('caption_verbs')}\b")
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


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.baseline):
        if rows and abs(word.baseline - rows[-1][0].baseline) < 0.5 * max(rows[-1][0].size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _separators(rows: Sequence[Sequence[Word]]) -> list[float]:
    """Places between columns: strips that hardly any row has a word in."""
    words = [word for row in rows for word in row]
    if not words:
        return []
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    size = sorted(w.size for w in words)[len(words) // 2]
    width = max(1, int(right - left) + 1)
    cover = [0] * (width + 1)
    for row in rows:
        marks = [False] * (width + 1)
        for index, word in enumerate(row):
            end = word.x1
            if index + 1 < len(row) and row[index + 1].x0 - word.x1 < 0.45 * size:
                end = row[index + 1].x0  # a normal space does not separate cells
            for x in range(max(0, int(word.x0 - left)), min(width, int(end - left) + 1)):
                marks[x] = True
        for x, marked in enumerate(marks):
            cover[x] += marked
    allowed = 0.12 * len(rows) if len(rows) > 6 else (1 if len(rows) > 3 else 0)
    separators: list[float] = []
    start: int | None = None
    for x in range(width):
        if cover[x] <= allowed:
            start = x if start is None else start
        elif start is not None:
            if x - start >= max(3.0, 0.42 * size) and start > 0:
                separators.append(left + (start + x) / 2)
            start = None
    return separators


def table_cells(lines: Sequence[Line]) -> list[list[str]]:
    """Rows of cell texts. A cell that spans columns stands in the first of them; empty cells are empty strings."""
    words = [word for line in lines for word in line.words]
    if len(words) > 6000:
        words = words[:6000]
    rows = _rows(words)
    separators = _separators(rows)
    table: list[list[str]] = []
    for row in rows:
        cells: list[list[str]] = [[] for _ in range(len(separators) + 1)]
        for word in row:
            column = sum(1 for s in separators if (word.x0 + word.x1) / 2 > s)
            if word.glued and cells[column]:
                cells[column][-1] += word.text
            else:
                cells[column].append(word.text)
        table.append([clean(" ".join(cell)) for cell in cells])
    return [row for row in table if any(row)]
