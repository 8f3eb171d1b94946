"""Numbers, changes, lengths of time and tables as a terminal shows them; nothing here is slow to import."""

from __future__ import annotations

import math
from collections.abc import Sequence


def number(value: float | None, digits: int = 3) -> str:
    """A loss or ratio with fixed digits, or `unscored` for NaN and None."""
    if value is None or math.isnan(value):
        return "unscored"
    return f"{value:.{digits}f}"


def change(before: float, after: float, digits: int = 3) -> str:
    """Signed difference `after - before`; `unscored` when either is NaN."""
    if math.isnan(before) or math.isnan(after):
        return "unscored"
    return f"{after - before:+.{digits}f}"


def clock(seconds: float | None) -> str:
    """Seconds as `m:ss` (`h:mm:ss` from an hour on); a dash for None and NaN."""
    if seconds is None or math.isnan(seconds):
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Columns aligned with two spaces between them; the first `left` columns flush left, the rest right."""
    cells = [list(head), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        line = "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(line.rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
