"""Draws short papers line by line: text in columns, each line where a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LEADING = 12.0

TITLE = "Moss on Walls: What Water and Age Explain"
PROSE = (
    "Moss grows where the air is damp and the light is weak. On the north wall of a house it finds both, and in ten "
    "years it covers the whole wall.",
    "We counted the patches of moss on 214 walls in four towns. Each wall was seen twice, once in spring and once in "
    "autumn, by two people who did not know what the other had written.",
    "The walls that face north carried three times as much moss as the others. Old walls carried more than new ones, "
    "and walls near a river more than those on a hill.",
    "A simple model with two terms explains most of this. The first term is the share of hours in which the wall is "
    "wet, and the second is its age in years.",
    "Nobody had measured both at once. Earlier studies looked at roofs, which dry much faster, or at trees, whose bark "
    "feeds the moss with sugar.",
)


class Sheets:
    """Pages with a number of columns of equal width, 20 points apart."""

    def __init__(self, path: Path, columns: int = 1, font: str = "Times-Roman", size: float = 10) -> None:
        self.canvas = Canvas(str(path), pagesize=A4, invariant=1)
        self.font, self.size, self.columns = font, size, columns
        self.width = (WIDTH - 108 - 20 * (columns - 1)) / columns
        self.column, self.y, self.page = 0, HEIGHT - 80.0, 1
        self.canvas.setFont("Times-Bold", 17)
        self.canvas.drawCentredString(WIDTH / 2, self.y, TITLE)
        self.canvas.setFont(font, 11)
        self.canvas.drawCentredString(WIDTH / 2, self.y - 22, "Ilse Brandt, Tomas Keller")
        self.y -= 60
        self.top = self.y
        self.heading("Abstract")
        self.prose(PROSE[0])

    @property
    def left(self) -> float:
        return 54 + self.column * (self.width + 20)

    def next_column(self) -> None:
        self.column, self.y = self.column + 1, self.top

    def next_page(self) -> None:
        self.canvas.showPage()
        self.page += 1
        self.column, self.y = 0, HEIGHT - 80.0
        self.top = self.y

    def heading(self, text: str) -> None:
        self.y -= 8
        self.canvas.setFont("Times-Bold", 13)
        self.canvas.drawString(self.left, self.y, text)
        self.y -= 18

    def line(self, text: str) -> None:
        self.canvas.setFont(self.font, self.size)
        self.canvas.drawString(self.left, self.y, text)
        self.y -= LEADING

    def prose(self, text: str) -> None:
        for line in simpleSplit(text, self.font, self.size, self.width):
            self.line(line)
        self.y -= 5

    def mixed(self, *parts: str) -> None:
        """Parts on one line, every second one raised."""
        x = self.left
        for index, part in enumerate(parts):
            size = self.size * (0.7 if index % 2 else 1)
            self.canvas.setFont(self.font, size)
            self.canvas.drawString(x, self.y + (3.3 if index % 2 else 0), part)
            x += self.canvas.stringWidth(part, self.font, size)
        self.y -= LEADING

    def table(self, rows: Sequence[Sequence[str]], width: float) -> None:
        """A table between rules, its first row the header."""
        self.canvas.setLineWidth(1)
        self.canvas.setFont("Helvetica", 8)
        for index, row in enumerate(rows):
            if index < 2:
                self.canvas.line(54, self.y, 54 + width, self.y)
            self.y -= 11
            for column, cell in enumerate(row):
                self.canvas.drawString(56 + column * width / len(row), self.y, cell)
            self.y -= 4
        self.canvas.line(54, self.y, 54 + width, self.y)
        self.y -= 24

    def small_capitals(self, text: str, size: float, ratio: float) -> None:
        x = self.left
        for ch in text:
            step = size * (ratio if ch.islower() else 1)
            self.canvas.setFont(self.font, step)
            self.canvas.drawString(x, self.y, ch.upper())
            x += self.canvas.stringWidth(ch.upper(), self.font, step)
        self.y -= 20

    def save(self) -> None:
        self.canvas.save()
