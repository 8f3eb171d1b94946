"""Reads a PDF: runs the steps from its pages to DocumentGraph in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.fetch import images_error
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pdf.abstract import Front, find_abstract, read_authors
from podcast_dspy.documents.pdf.assemble import Draft, assemble
from podcast_dspy.documents.pdf.blocks import Block, make_blocks, split_run_ins
from podcast_dspy.documents.pdf.body import (
    BodyStyle,
    body_style,
    drop_overlays,
    drop_repeated_graphics,
    mark_equations,
    mark_footnotes,
    mark_lone_heads,
    mark_prose,
    mark_running_heads,
)
from podcast_dspy.documents.pdf.captions import Caption, find_captions
from podcast_dspy.documents.pdf.layout import Flow, Plan, find_gutters, reading_order
from podcast_dspy.documents.pdf.letters import Holes, doubts_about, fill_holes, unreadable
from podcast_dspy.documents.pdf.lines import Line, citing_reach, line_text, union
from podcast_dspy.documents.pdf.marking import join_numbers, mark_headings
from podcast_dspy.documents.pdf.ocr import IMAGES, recognise_scans
from podcast_dspy.documents.pdf.pages import LineNumbers, Page, read_page
from podcast_dspy.documents.pdf.regions import Region, continued_table, find_regions
from podcast_dspy.documents.pdf.selection import find_outline, select_headings
from podcast_dspy.documents.pdf.titles import find_title
from podcast_dspy.documents.pdf.worker import Worker, open_worker
from podcast_dspy.documents.wording import KNOWN, split_number, tidy_heading
from podcast_dspy.documents.words import Vocabulary
from podcast_dspy.errors import DocumentError

__all__ = ["read_pdf"]

PACKED_FROM = 40
"""Pages beyond which words are kept packed: half the memory a page, for a twentieth more time."""


SKIPPED = frozenset(("head", "caption", "figure", "table", "sidebar", "contents"))


def read_pdf(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a PDF.

    With `images_dir`, each figure, table and displayed equation is also rendered to a PNG there. Reading is
    deterministic, and holds a lock while pdfium works, so it may be called from several threads.

    Raises DocumentError when it is encrypted, damaged, without pages or without text (scanned pages are read with
    Tesseract where that is installed); DiskFullError and WorkspaceError when an image cannot be written.
    """
    with open_worker(material) as source:
        pages, doubts = _pages(source)
        draft = _understand(source, material, pages)
        draft.doubts = doubts
        graph, crops = assemble(draft, images_dir)
        try:
            for number, pictures in sorted(crops.items()):
                source.render(number, pictures)
        except OSError as error:
            raise images_error(images_dir, error) from error
    return graph


def _pages(source: Worker) -> tuple[list[Page], tuple[Doubt, ...]]:
    """The pages with their lines, and what speaks against trusting their text."""
    pages: list[Page] = []
    numbering = LineNumbers()
    for number, drawn in enumerate(source.pages(), start=1):
        pages.append(read_page(drawn, number, numbering))
        if source.page_count > PACKED_FROM:
            for line in pages[-1].lines:
                line.pack()
    if not any(page.lines or page.graphics or page.scanned for page in pages):
        raise DocumentError(f"{source.shown} has only blank pages; export or download the paper again.")
    holes = fill_holes([line for page in pages for line in page.lines])
    for page in pages:
        page.lines = [line for line in page.lines if line.text]
    why = IMAGES
    if unreadable([line for page in pages for line in page.lines], holes):
        why = "has fonts that do not say which letters they draw"
        holes = Holes()
        for page in pages:
            page.scanned = True
    recognised = recognise_scans(source, pages, why)
    unread = sum(page.scanned for page in pages) - recognised
    reach = citing_reach(line for page in pages for line in page.lines)
    for page in pages:
        for line in page.lines:
            line.reach = reach
    return pages, doubts_about(holes, len(pages), recognised, unread)


def _columns(
    pages: list[Page], body: BodyStyle
) -> tuple[dict[int, list[tuple[float, float]]], tuple[float, float] | None]:
    """Left and right edge of each column, for each page; a page too sparse to tell follows the document.

    The second value is the gutter of the document, where it has one.
    """
    own: dict[int, tuple[float, float] | None] = {}
    votes: Counter[tuple[int, int]] = Counter()
    for page in pages:
        prose = [line for line in page.lines if "prose" in line.tags]
        gutters = find_gutters(prose)
        central = [g for g in gutters if 0.3 * page.width < (g[0] + g[1]) / 2 < 0.7 * page.width]
        own[page.number] = central[0] if central else None
        if central:
            votes[(round(central[0][0] / 8), round(central[0][1] / 8))] += 1
    result: dict[int, list[tuple[float, float]]] = {}
    usual = votes.most_common(1)[0] if votes else None
    common = (usual[0][0] * 8.0, usual[0][1] * 8.0) if usual and usual[1] >= 0.4 * len(pages) else None
    for page in pages:
        prose = [line for line in page.lines if "prose" in line.tags]
        left = min((line.x0 for line in prose), default=0.08 * page.width)
        right = max((line.x1 for line in prose), default=0.92 * page.width)
        gutter = own[page.number]
        if gutter is None and common is not None:
            wide = [line for line in prose if line.width > 0.62 * page.width]
            if len(wide) < 4:
                gutter = common
        if gutter is None or not left < gutter[0] < right:
            result[page.number] = [(left, right)]
        else:
            result[page.number] = [(left, gutter[0]), (gutter[1], max(right, gutter[1] + 50))]
    return result, common


def _pre_mark_headings(page: Page, body: BodyStyle) -> None:
    """Tag headings that are beyond doubt before figures are looked for, so that no figure takes them in."""
    for line in page.lines:
        if line.tags or line.size < body.size - 0.4 or len(line.text) > 120:
            continue
        number, title = split_number(line.text)
        distinct = line.size > body.size + 0.7 or (line.bold and not body.bold)
        known = tidy_heading(title).lower() in KNOWN
        if (known and (distinct or number)) or (
            number and "." in number and distinct and title[:1].isupper()
        ):
            line.tags.add("heading")


def _mark_sidebar(page: Page, flows: list[Flow], body: BodyStyle) -> list[Flow]:
    """Tag `sidebar` on a narrow column of small print beside the text of a first page; returns the other flows."""
    kept: list[Flow] = []
    for flow in flows:
        narrow = flow.x1 - flow.x0 < 0.36 * page.width
        small = sum(len(v.text) for v in flow.lines if v.size < body.size - 0.4) > 0.7 * sum(
            len(v.text) for v in flow.lines
        )
        top, bottom = flow.lines[0].y0, flow.lines[-1].y1
        wider = [
            other
            for other in flows
            if other is not flow
            and other.x1 - other.x0 > 1.3 * (flow.x1 - flow.x0)
            and other.x0 > flow.x1 - 4
            and other.lines[0].y0 < bottom
            and other.lines[-1].y1 > top
        ]
        if narrow and small and wider:
            for line in flow.lines:
                line.tags.add("sidebar")
        else:
            kept.append(flow)
    return kept


def _understand(source: Worker, material: Material, pages: list[Page]) -> Draft:
    drop_overlays(pages)
    mark_running_heads(pages)
    drop_repeated_graphics(pages)
    outline = find_outline(pages, source.bookmarks)
    everything = [line for page in pages for line in page.lines]
    body = body_style(_before_references(everything))
    mark_lone_heads(pages, body)
    vocabulary = Vocabulary(line_text(line) for line in everything if "head" not in line.tags)
    title, title_lines = find_title(pages, body, source.metadata.get("Title", ""))
    for line in title_lines:
        line.tags.add("title")

    captions: dict[int, list[Caption]] = {}
    for page in pages:
        captions[page.number] = find_captions(page, body.size, body.bold, vocabulary)
        _pre_mark_headings(page, body)
        mark_prose(page, body)
    columns, gutter = _columns(pages, body)
    regions: list[Region] = []
    sides: Counter[str] = Counter()
    for page in pages:
        rest = continued_table([r for r in regions if r.caption.page.number == page.number - 1], page)
        regions.extend([rest] if rest is not None else [])
        regions.extend(find_regions(page, captions[page.number], columns[page.number], sides))
        mark_footnotes(page, body.size)

    flows: list[Flow] = []
    for page in pages:
        live = [line for line in page.lines if not line.tags & SKIPPED]
        across = (
            union([r.box, r.caption.box])
            for r in regions
            if r.caption.page is page and r.box is not None and r.box[2] - r.box[0] > 0.55 * page.width
        )
        plan = Plan(page.width / 2, gutter, tuple(across))
        ordered = reading_order([v for v in live if "footnote" not in v.tags], plan)
        if page.number <= 2:
            ordered = _mark_sidebar(page, ordered, body)
        flows.extend(ordered)
        notes = [line for line in live if "footnote" in line.tags]
        if notes:
            flows.extend(reading_order(notes, Plan(gutter=gutter)))
    for line in everything:
        line.tags.discard("heading")
    join_numbers(flows)
    mark_headings(flows, body, outline)
    for flow in flows:
        mark_equations(flow, body)
    blocks = _without(make_blocks(flows, body), {id(line) for line in title_lines})
    blocks = select_headings(split_run_ins(blocks, body), body, outline)
    front = Front(title=title or _fallback_title(source, material.stem), title_lines=title_lines)
    front.authors, front.author_lines = read_authors(pages, title_lines, _abstract_line(pages, title_lines))
    find_abstract(blocks, front, body, vocabulary)
    return Draft(material, pages, body, vocabulary, front, blocks, regions)


def _before_references(lines: list[Line]) -> list[Line]:
    for index, line in enumerate(lines):
        if index > 0.3 * len(lines):
            _, title = split_number(line.text.strip())
            if tidy_heading(title).lower() in ("references", "bibliography", "literature cited"):
                return lines[:index]
    return lines


def _without(blocks: list[Block], dropped: set[int]) -> list[Block]:
    kept: list[Block] = []
    for block in blocks:
        lines = [line for line in block.lines if id(line) not in dropped]
        if lines:
            kept.append(replace(block, lines=lines))
    return kept


def _fallback_title(source: Worker, stem: str) -> str:
    return source.metadata.get("Title") or stem


def _abstract_line(pages: list[Page], title_lines: list[Line]) -> Line | None:
    if not title_lines:
        return None
    for page in pages[:2]:
        for line in sorted(page.lines, key=lambda line: line.baseline):
            text = tidy_heading(line.text).lower()
            if (
                page.number == title_lines[0].page
                and text.startswith(("abstract", "summary"))
                and line.y0 > title_lines[-1].y1
            ):
                return line
    return None
