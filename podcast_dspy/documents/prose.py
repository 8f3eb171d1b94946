"""Marks running text, which bounds figures and tables."""

from __future__ import annotations

from podcast_dspy.documents.blocks import BodyStyle
from podcast_dspy.documents.geometry import inside, line_box
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.pages import Page

__all__ = ["mark_prose"]


def _lone_sentence(line: Line, live: list[Line], body: BodyStyle) -> bool:
    """Whether a line of many words is set as the body is, with nothing beside it, as no row of a table is."""
    return (
        line.font == body.font
        and abs(line.size - body.size) < 0.4
        and sum(w.text.isalpha() for w in line.words) >= 8
        and not any(
            other is not line and abs(other.baseline - line.baseline) < 0.5 * line.size for other in live
        )
    )


def mark_prose(page: Page, body: BodyStyle) -> None:
    """Tag `prose` on running text: wide lines of the body's size that stand in blocks."""
    body_size, column_width = body.size, body.column_width
    live = [line for line in page.lines if not (line.tags & {"head", "caption"})]
    frames = [g.box for g in page.graphics if g.kind != "rule" and g.area > 2500]
    wide = [
        line
        for line in live
        if (line.width > 0.62 * column_width or _lone_sentence(line, live, body))
        and abs(line.size - body_size) < 0.8
        and sum(len(w.text) > 2 and w.text.strip(".,;:()").isalpha() for w in line.words) >= 3
        and sum(ch.isalpha() for ch in line.text) > 0.6 * len(line.text.replace(" ", ""))
        and not any(inside(line_box(line), frame, 1.0) for frame in frames)
    ]
    for line in wide:
        near = [
            other
            for other in wide
            if other is not line
            and abs(other.x0 - line.x0) < 30
            and 0.6 * line.size < abs(other.baseline - line.baseline) < 2.2 * line.size
        ]
        if near or (line.font == body.font and sum(w.text.isalpha() for w in line.words) >= 8):
            line.tags.add("prose")
    # Narrow text beside a figure: five or more lines of one left edge, set as the body is.
    chains: list[list[Line]] = []
    for line in sorted(live, key=lambda v: v.baseline):
        if (
            "prose" in line.tags
            or abs(line.size - body.size) > 0.4
            or line.font != body.font
            or len(line.words) < 3
        ):
            continue
        for chain in chains:
            if (
                abs(chain[0].x0 - line.x0) < 1.5
                and 0.7 < (line.baseline - chain[-1].baseline) / body.pitch < 1.3
            ):
                chain.append(line)
                break
        else:
            chains.append([line])
    for chain in chains:
        if len(chain) >= 5 and not any(inside(line_box(chain[0]), frame, 1.0) for frame in frames):
            for line in chain:
                line.tags.add("prose")
    # The last line of a paragraph is short, but hangs on a prose line.
    prose = [line for line in live if "prose" in line.tags]
    for line in live:
        if "prose" not in line.tags and abs(line.size - body_size) < 0.8:
            for other in prose:
                step = line.baseline - other.baseline
                if (
                    0.6 * line.size < abs(step) < 1.5 * line.size
                    and -30 < line.x0 - other.x0 < 25
                    and len(line.text) > 3
                ):
                    line.tags.add("prose")
                    break
