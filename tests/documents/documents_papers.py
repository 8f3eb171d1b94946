"""Papers drawn in the test: one and two columns, with headings, a vector figure, a ruled table and references."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4

TITLE = "Counting Sparrows with Acoustic Beacons"
AUTHORS = ["Ada Quillfeather", "Bruno van der Meer"]
ABSTRACT = (
    "Counting birds by eye is slow and depends on the observer. We propose acoustic beacons, small loudspeakers that "
    "play a contact call and record the replies. In a field trial with forty beacons over six weeks we show that "
    "acoustic beacons find twice as many sparrows as trained observers, at a tenth of the cost of a transect survey. "
    "The gain comes from birds that answer but never show themselves."
)
INTRODUCTION = (
    "Sparrow numbers have fallen in many cities, and nobody agrees by how much. A transect survey asks an observer to "
    "walk a fixed line and to write down every bird. The method is simple, but hidden birds are missed. "
    "Acoustic beacons turn the task around: the beacon calls, and the birds answer. Figure 1 shows the circuit of an "
    "acoustic beacon, and Table 1 lists what it costs."
)
METHOD = (
    "Each acoustic beacon plays one contact call every ten minutes. The recorder keeps four seconds of sound after "
    "the call. A reply detector, trained on labelled replies, decides whether a sparrow has answered. The reply "
    "detector is a small network that runs on the beacon itself, so that no raw sound leaves the garden."
)
RESULTS = (
    "The acoustic beacons heard 812 sparrows, the transect survey counted 401. The reply detector was right in 94% "
    "of the labelled cases. Our results show that the acoustic beacons miss fewer birds in dense hedges, which "
    "agrees with the idea that hidden birds answer without showing themselves."
)
CAPTION = "Circuit of an acoustic beacon with loudspeaker and recorder."
TABLE_CAPTION = "Cost of one acoustic beacon in euros."
CELLS = [["Part", "Price", "Weight"], ["Speaker", "4.20", "30 g"], ["Recorder", "11.00", "55 g"]]


class Sheet:
    """A canvas with a cursor that flows text down one or two columns."""

    def __init__(self, path: Path, columns: int) -> None:
        self.canvas = Canvas(str(path), pagesize=A4, invariant=1)
        self.edges = [(60.0, 535.0)] if columns == 1 else [(60.0, 287.0), (308.0, 535.0)]
        self.column, self.y, self.page, self.top = 0, HEIGHT - 70.0, 1, HEIGHT - 70.0

    @property
    def left(self) -> float:
        return self.edges[self.column][0]

    @property
    def width(self) -> float:
        return self.edges[self.column][1] - self.left

    def need(self, height: float) -> None:
        """Go to the next column or page when less than `height` is left."""
        if self.y - height > 70:
            return
        if self.column + 1 < len(self.edges):
            self.column, self.y = self.column + 1, self.top
        else:
            self.finish_page()
            self.column, self.y, self.top = 0, HEIGHT - 70.0, HEIGHT - 70.0

    def finish_page(self) -> None:
        self.canvas.setFont("Helvetica", 8)
        self.canvas.drawString(60, HEIGHT - 40, f"Journal of Garden Acoustics 12, 2031, {self.page}")
        self.canvas.drawCentredString(WIDTH / 2, 36, str(self.page))
        self.canvas.showPage()
        self.page += 1

    def text(
        self, words: str, font: str = "Times-Roman", size: float = 10, width: float | None = None
    ) -> None:
        for line in simpleSplit(words, font, size, width or self.width):
            self.need(1.2 * size)
            self.canvas.setFont(font, size)
            self.canvas.drawString(self.left, self.y, line)
            self.y -= 1.2 * size

    def heading(self, words: str, size: float = 12) -> None:
        self.need(4 * size)
        self.y -= 8
        self.text(words, "Times-Bold", size)
        self.y -= 2

    def gap(self, height: float) -> None:
        self.y -= height


def draw_figure(sheet: Sheet) -> tuple[int, tuple[float, float, float, float]]:
    """A vector drawing with its caption below; returns page and box, origin top left."""
    sheet.need(170)
    c, x, w = sheet.canvas, sheet.left, sheet.width
    y1, y0 = sheet.y - 6, sheet.y - 106
    c.rect(x, y0, w, y1 - y0, fill=0)
    c.line(x, y0, x + w, y1)
    c.setFillColorRGB(0.2, 0.4, 0.8)
    c.circle(x + w / 2, (y0 + y1) / 2, 30, fill=1)
    c.setFillColorRGB(0, 0, 0)
    c.setFont("Helvetica", 7)
    c.drawString(x + 10, y1 - 14, "recorder")
    sheet.y = y0 - 14
    page = sheet.page
    sheet.text(f"Figure 1: {CAPTION}", "Times-Roman", 9)
    sheet.gap(10)
    return page, (x, HEIGHT - y1, x + w, HEIGHT - y0)


def draw_table(sheet: Sheet) -> None:
    """A table between rules, its caption above."""
    sheet.need(120)
    sheet.text(f"Table 1: {TABLE_CAPTION}", "Times-Roman", 9)
    c, x, w = sheet.canvas, sheet.left, sheet.width
    c.line(x, sheet.y + 4, x + w, sheet.y + 4)
    for index, row in enumerate(CELLS):
        c.setFont("Times-Roman", 9)
        for k, cell in enumerate(row):
            c.drawString(x + 4 + k * w / 3, sheet.y - 7, cell)
        sheet.y -= 12
        if index in (0, len(CELLS) - 1):
            c.line(x, sheet.y + 1, x + w, sheet.y + 1)
    sheet.gap(18)


def draw_paper(path: Path, columns: int) -> tuple[int, tuple[float, float, float, float]]:
    """A whole paper; returns where its figure is."""
    sheet = Sheet(path, 1)
    sheet.text(TITLE, "Times-Bold", 18)
    sheet.gap(8)
    sheet.text(", ".join(AUTHORS), "Times-Roman", 11)
    sheet.text("Department of Ornithology, University of Nowhere, Nowhere, France", "Times-Italic", 9)
    sheet.gap(14)
    sheet.text("Abstract", "Times-Bold", 10)
    sheet.text(ABSTRACT, "Times-Roman", 9)
    sheet.gap(12)
    top = sheet.y
    sheet.edges = [(60.0, 535.0)] if columns == 1 else [(60.0, 287.0), (308.0, 535.0)]
    sheet.top = top
    sheet.heading("1 Introduction")
    for _ in range(2):
        sheet.text(INTRODUCTION)
        sheet.gap(5)
    place = draw_figure(sheet)
    sheet.heading("2 Method")
    sheet.heading("2.1 The reply detector", 10.5)
    for _ in range(3):
        sheet.text(METHOD)
        sheet.gap(5)
    draw_table(sheet)
    sheet.heading("3 Results")
    for _ in range(3):
        sheet.text(RESULTS)
        sheet.gap(5)
    sheet.heading("Acknowledgements")
    sheet.text(
        "We thank the Sparrow Trust of Nowhere for money and patience, and all gardeners for their hedges."
    )
    sheet.heading("References")
    sheet.text("[1] A. Finch. Birds that answer. Journal of Garden Acoustics, 2029.", size=9)
    sheet.text("[2] B. Wren and C. Robin. Walking a straight line. Field Notes, 2027.", size=9)
    sheet.text("[3] D. Crow. A detector of replies. Proceedings of Listening, 2030.", size=9)
    sheet.finish_page()
    sheet.canvas.save()
    return place
