"""Set a Paper as a PDF and say where its parts lie.

Markup of the body: `# Title` and `## Title` open sections (numbered here), `@fig`, `@table` and `@eq` set
the next figure, table and displayed equation, and every other block is a paragraph of reportlab markup.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as Grid

from . import charts
from .flow import Float, FloatingDocument, Flush, Marked
from .model import Chart, Figure, Paper, Table
from .styles import fonts, styles

MARGIN, GUTTER, FOOT = 58.0, 20.0, 64.0


class Setter:
    """Turns one Paper into flowables and collects the gold description on the way."""

    def __init__(self, paper: Paper, width: float) -> None:
        self.paper, self.width, self.styles = paper, width, styles(paper)
        self.sections: list[dict[str, Any]] = []
        self.figures: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.equations: dict[str, dict[str, Any]] = {}

    def picture(self, figure: Figure) -> Flowable:
        """The figure's drawing or image, as wide as the column allows."""
        width = min(self.width, 400.0)
        if not isinstance(figure.chart, Chart):
            return figure.chart(width)
        if figure.vector:
            return charts.vector(figure.chart, width, figure.height)
        return Image(io.BytesIO(charts.bitmap(figure.chart, width, figure.height)), width, figure.height)

    def figure(self) -> Flowable:
        """The next figure with its caption."""
        number = str(len(self.figures) + 1)
        figure = self.paper.figures[int(number) - 1]
        entry: dict[str, Any] = {"number": number, "caption": plain(figure.caption), "page": 0, "bbox": []}
        self.figures[number] = entry
        caption = Paragraph(f"<b>Figure {number}:</b> {figure.caption}", self.styles["caption"])
        return Float(self.picture(figure), caption, False, lambda p, b: entry.update(page=p, bbox=b))

    def table(self) -> Flowable:
        """The next table with its caption above."""
        number = str(len(self.tables) + 1)
        table = self.paper.tables[int(number) - 1]
        entry: dict[str, Any] = {"number": number, "caption": plain(table.caption), "page": 0, "bbox": []}
        self.tables[number] = entry
        caption = Paragraph(f"<b>Table {number}.</b> {table.caption}", self.styles["caption"])
        return Float(self.grid(table), caption, True, lambda p, b: entry.update(page=p, bbox=b))

    def grid(self, table: Table) -> Flowable:
        """Rows between rules, as scientific tables are set."""
        cells = [[Paragraph(c, self.styles["cell"]) for c in row] for row in table.rows]
        width = min(self.width, 380.0)
        columns = len(table.rows[0])
        first = 0.16 if columns > 4 else 0.32
        shares = table.widths or (first, *[(1 - first) / (columns - 1)] * (columns - 1))
        grid = Grid(cells, [width * share for share in shares])
        rules = [("LINEABOVE", (0, 0), (-1, 0), 0.9, "black"), ("LINEBELOW", (0, 0), (-1, 0), 0.5, "black")]
        pads = [("TOPPADDING", (0, 0), (-1, -1), 1.6), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.0)]
        sides = [("LEFTPADDING", (0, 0), (-1, -1), 1), ("RIGHTPADDING", (0, 0), (-1, -1), 1)]
        end = [("LINEBELOW", (0, -1), (-1, -1), 0.9, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        grid.setStyle(TableStyle([*rules, *pads, *sides, *end]))
        return grid

    def equation(self) -> Flowable:
        """The next displayed equation, numbered at the right."""
        number = str(len(self.equations) + 1)
        entry: dict[str, Any] = {"number": number, "page": 0}
        self.equations[number] = entry
        text = Paragraph(self.paper.equations[int(number) - 1], self.styles["equation"])
        mark = Paragraph(f"({number})", self.styles["first"])
        flat = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
        flat += [("RIGHTPADDING", (0, 0), (-1, -1), 0)]
        row = Grid([["", text, mark]], [24, self.width - 48, 24], style=flat)
        return Marked(row, lambda p: entry.update(page=p))

    def heading(self, line: str) -> Flowable:
        """A numbered section heading."""
        level = len(line) - len(line.lstrip("#"))
        title = line.lstrip("# ").strip()
        tops = [s for s in self.sections if s["level"] == 1]
        if level == 1:
            number = str(len(tops) + 1)
        else:
            top = tops[-1]["number"]
            below = [s for s in self.sections if s["level"] == 2 and s["number"].startswith(f"{top}.")]
            number = f"{top}.{len(below) + 1}"
        self.sections.append({"number": number, "title": plain(title), "level": level})
        dot = "." if self.paper.sans_heads and level == 1 else ""
        return Paragraph(f"{number}{dot}&nbsp;&nbsp;{title}", self.styles[f"h{level}"])

    def body(self) -> list[Flowable]:
        """The abstract, the sections and the references."""
        style = self.styles
        story: list[Flowable] = [
            Paragraph("Abstract", style["abstract_head"]),
            Paragraph(curly(" ".join(self.paper.abstract.split())), style["abstract"]),
            Spacer(1, 4),
        ]
        fresh = True
        for block in re.split(r"\n\s*\n", self.paper.body.strip()):
            block = " ".join(block.split())
            if block.startswith("#"):
                # Room for the heading, a heading below it and some lines, else the next column.
                story += [CondPageBreak(88 if block.startswith("# ") else 58), self.heading(block)]
                fresh = True
            elif block in ("@fig", "@table", "@eq"):
                story.append({"@fig": self.figure, "@table": self.table, "@eq": self.equation}[block]())
                fresh = block == "@eq"
            else:
                story.append(Paragraph(curly(block), style["first" if fresh else "body"]))
                fresh = False
        story += [Flush(), CondPageBreak(90), Paragraph("References", style["h1"])]
        return story + [Paragraph(r, style["reference"]) for r in self.paper.references]

    def opening(self) -> list[Flowable]:
        """Title, authors and affiliations."""
        names = ", ".join(f"{name}<super size=7>{mark}</super>" for name, mark in self.paper.authors)
        places = [
            Paragraph(f"<super size=7>{i}</super> {place}", self.styles["place"])
            for i, place in enumerate(self.paper.affiliations, 1)
        ]
        return [
            Paragraph(self.paper.title, self.styles["title"]),
            Paragraph(names, self.styles["authors"]),
            *places,
        ]


def curly(text: str) -> str:
    """Typographic double quotes for straight ones (outside tags)."""
    pieces = re.split(r"(<[^>]+>)", text)
    return "".join(p if p.startswith("<") else re.sub(r'"([^"]*)"', "\u201c\\1\u201d", p) for p in pieces)


def plain(markup: str) -> str:
    """Text without reportlab's tags."""
    return re.sub(r"<[^>]+>", "", markup).replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<")


def typeset(paper: Paper, path: Path) -> dict[str, Any]:
    """Write the PDF to `path` and return the gold description of the document."""
    fonts()
    size = LETTER if paper.letter else A4
    inner = size[0] - 2 * MARGIN
    column = inner if paper.columns == 1 else (inner - GUTTER) / 2
    setter = Setter(paper, column)
    opening = setter.opening()
    heights = [f.wrap(inner, 400)[1] + f.getSpaceBefore() + f.getSpaceAfter() for f in opening]
    title_height = sum(heights) + 16
    top = size[1] - 56.0
    note = Paragraph(f"<super>*</super> {paper.footnote}", setter.styles["caption"])
    note_height = note.wrap(column, 200)[1] + 8 if paper.footnote else 0.0

    def frames(upper: float, raised: float) -> list[Frame]:
        flat = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        made = []
        for c in range(paper.columns):
            foot = FOOT + (raised if c == 0 else 0.0)
            left = MARGIN + c * (column + GUTTER)
            made.append(Frame(left, foot, column, upper - foot, id=f"c{c}", **flat))
        return made

    def decorate(canvas: Canvas, document: Any) -> None:
        page = canvas.getPageNumber()
        canvas.saveState()
        canvas.setFont("STIX", 9)
        canvas.drawCentredString(size[0] / 2, 34, str(page))
        if page > 1 and paper.running_head:
            canvas.setFont("STIX-I", 9)
            canvas.drawString(MARGIN, size[1] - 36, paper.running_head)
            canvas.setLineWidth(0.4)
            canvas.line(MARGIN, size[1] - 41, size[0] - MARGIN, size[1] - 41)
        if page == 1 and paper.footnote:
            canvas.setLineWidth(0.4)
            canvas.line(MARGIN, FOOT + note_height - 5, MARGIN + 90, FOOT + note_height - 5)
            note.drawOn(canvas, MARGIN, FOOT)
        canvas.restoreState()

    head = Frame(MARGIN, top - title_height, inner, title_height, 0, 0, 0, 0, id="head")
    document = FloatingDocument(str(path), pagesize=size, invariant=1, title=plain(paper.title))
    document.author = ", ".join(name for name, _ in paper.authors)
    document.addPageTemplates(
        [
            PageTemplate("first", [head, *frames(top - title_height, note_height)], onPage=decorate),
            PageTemplate("later", frames(top, 0.0), onPage=decorate),
        ]
    )
    document.build([NextPageTemplate("later"), *opening, _column_start(), *setter.body()])
    return {
        "title": plain(paper.title),
        "authors": [name for name, _ in paper.authors],
        "abstract": " ".join(plain(curly(paper.abstract)).split()),
        "sections": setter.sections,
        "figures": list(setter.figures.values()),
        "tables": list(setter.tables.values()),
        "equations": list(setter.equations.values()),
        "columns": paper.columns,
        "key_concepts": paper.key_concepts,
    }


def _column_start() -> Flowable:
    from reportlab.platypus import FrameBreak

    return FrameBreak()
