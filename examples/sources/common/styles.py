"""Fonts and paragraph styles of the papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from .model import Paper


def fonts() -> None:
    """Register the STIX fonts that come with matplotlib."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = {"STIX": "", "STIX-B": "Bol", "STIX-I": "Italic", "STIX-BI": "BolIta"}
    for name, suffix in files.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"STIXGeneral{suffix}.ttf")))
    pdfmetrics.registerFontFamily("STIX", "STIX", "STIX-B", "STIX-I", "STIX-BI")


def styles(paper: Paper) -> dict[str, ParagraphStyle]:
    """The paragraph styles of a paper."""
    size = 10.6 if paper.columns == 2 else 11.0
    body = ParagraphStyle(
        "body",
        fontName="STIX",
        fontSize=size,
        leading=size * 1.23,
        alignment=TA_JUSTIFY,
        spaceAfter=3.5 if paper.columns == 2 else 5.0,
        firstLineIndent=0 if paper.columns == 1 else 9,
        hyphenationLang="en_US",
        hyphenationMinWordLength=7,
        allowWidows=0,
        allowOrphans=0,
    )
    heads = "Helvetica-Bold" if paper.sans_heads else "STIX-B"

    def head(name: str, points: float, before: float, after: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            name,
            fontName=heads,
            fontSize=points,
            leading=points * 1.2,
            spaceBefore=before,
            spaceAfter=after,
            **more,
        )

    cell = {"fontName": "STIX", "fontSize": size - 2.2, "leading": (size - 2.2) * 1.2}
    small = {"fontName": "STIX", "fontSize": size - 1, "leading": (size - 1) * 1.2}
    return {
        "body": body,
        "first": ParagraphStyle("first", body, firstLineIndent=0),
        "title": head("title", 17, 0, 8, alignment=TA_CENTER),
        "authors": ParagraphStyle(
            "authors", body, fontSize=11, leading=14, alignment=TA_CENTER, spaceAfter=3
        ),
        "place": ParagraphStyle("place", fontName="STIX-I", fontSize=9, leading=11.5, alignment=TA_CENTER),
        "abstract": ParagraphStyle(
            "abstract",
            body,
            firstLineIndent=0,
            leftIndent=0 if paper.columns == 2 else 28,
            rightIndent=0 if paper.columns == 2 else 28,
            fontName="STIX-I" if paper.columns == 2 else "STIX",
        ),
        "abstract_head": head("abstract_head", size + 1, 4, 3, alignment=TA_CENTER),
        "h1": head("h1", size + 2.0, 9, 3.5),
        "h2": head("h2", size + 0.4, 6, 2.5),
        "caption": ParagraphStyle("caption", alignment=TA_JUSTIFY, **small),
        "cell": ParagraphStyle("cell", alignment=TA_CENTER, **cell),
        "equation": ParagraphStyle(
            "equation", body, alignment=TA_CENTER, fontSize=size + 0.6, firstLineIndent=0
        ),
        "reference": ParagraphStyle(
            "reference",
            body,
            fontSize=size - 1,
            leading=(size - 1) * 1.18,
            leftIndent=14,
            firstLineIndent=-14,
            spaceAfter=2,
        ),
    }
