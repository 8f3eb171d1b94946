"""Reads a PDF by a list of passes: which of them decides what about its pages is to be seen here, in their order.

The pages come from `worker`. What is decided about a line is one of its tags, named here with the pass that gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.fetch import images_error
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import Engine, Material
from podcast_dspy.documents.pdf.assemble import assemble
from podcast_dspy.documents.pdf.blocks import Block, make_blocks, split_run_ins
from podcast_dspy.documents.pdf.body import (
    body_style,
    drop_overlays,
    drop_repeated_graphics,
    mark_equations,
    mark_footnotes,
    mark_lone_heads,
    mark_prose,
    mark_running_heads,
)
from podcast_dspy.documents.pdf.front import Front, find_abstract, find_title, read_authors
from podcast_dspy.documents.pdf.layout import Flow, find_columns, reading_order, without_sidebar
from podcast_dspy.documents.pdf.letters import Holes, doubts_about, fill_holes, unreadable
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, Tag, citing_reach, line_text, union
from podcast_dspy.documents.pdf.marking import join_numbers, mark_certain_headings, mark_headings
from podcast_dspy.documents.pdf.ocr import IMAGES, recognise_scans
from podcast_dspy.documents.pdf.pages import Page, read_page
from podcast_dspy.documents.pdf.figures import Caption, Region, continued_table, find_captions, find_regions
from podcast_dspy.documents.pdf.selection import find_outline, select_headings
from podcast_dspy.documents.pdf.worker import Worker, open_worker
from podcast_dspy.documents.word_repair import Vocabulary
from podcast_dspy.errors import DocumentError

_PLACED: Final[frozenset[Tag]] = frozenset(("head", "caption", "figure", "table", "sidebar", "contents"))
"""Tags of the lines that are no part of the text that is read on."""


@dataclass
class Paper:
    """A PDF on its way from pages to blocks; a pass reads what earlier ones have set, and sets its own."""

    material: Material
    worker: Worker
    pages: list[Page]
    doubts: tuple[Doubt, ...] = ()
    outline: frozenset[str] = frozenset()
    body: BodyStyle = field(default_factory=BodyStyle)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    front: Front = field(default_factory=Front)
    captions: dict[int, list[Caption]] = field(default_factory=dict)
    columns: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """All lines, page after page."""
        return [line for page in self.pages for line in page.lines]


def letters(paper: Paper) -> None:
    """Which letters glyphs without a name stand for; whether the text can be trusted, or scans must be recognised."""
    holes = fill_holes(paper.lines)
    for page in paper.pages:
        page.lines = [line for line in page.lines if line.text]
    why = IMAGES
    if unreadable(paper.lines, holes):
        why, holes = "has fonts that do not say which letters they draw", Holes()
        for page in paper.pages:
            page.scanned = True
    recognised = recognise_scans(paper.worker, paper.pages, why)
    unread = sum(page.scanned for page in paper.pages) - recognised
    paper.doubts = doubts_about(holes, len(paper.pages), recognised, unread)


def citations(paper: Paper) -> None:
    """How far raised numbers cite, and so which of them are powers."""
    reach = citing_reach(paper.lines)
    for line in paper.lines:
        line.reach, line.repaired = reach, None


def overlays(paper: Paper) -> None:
    """Which pages are slides that are shown again with one more line."""
    drop_overlays(paper.pages)


def heads(paper: Paper) -> None:
    """Which lines are running heads and page numbers (`head`), and which graphics repeat."""
    mark_running_heads(paper.pages)
    drop_repeated_graphics(paper.pages)


def outline(paper: Paper) -> None:
    """Which titles the document itself lists, in bookmarks and in tables of contents (`contents`)."""
    paper.outline = find_outline(paper.pages, paper.worker.bookmarks)


def body(paper: Paper) -> None:
    """How the running text is set, what words it has, and which lone lines in the margins are heads after all."""
    paper.body = body_style(paper.lines)
    mark_lone_heads(paper.pages, paper.body)
    paper.vocabulary = Vocabulary(line_text(line) for line in paper.lines if "head" not in line.tags)


def title(paper: Paper) -> None:
    """Which lines are the title (`title`)."""
    told = paper.worker.metadata.get("Title", "")
    found, lines = find_title(paper.pages, paper.body, told)
    paper.front = Front(found or told or paper.material.stem, lines)
    for line in lines:
        line.tags.add("title")


def labels(paper: Paper) -> None:
    """Which lines are captions (`caption`), headings beyond doubt (`heading`, for now), and running text (`prose`)."""
    for page in paper.pages:
        paper.captions[page.number] = find_captions(page, paper.body.size, paper.body.bold, paper.vocabulary)
        mark_certain_headings(page, paper.body)
        mark_prose(page, paper.body)


def drawn(paper: Paper) -> None:
    """Where figures and tables are, which lines are in them (`figure`, `table`), and which are `footnote`s."""
    paper.columns = find_columns(paper.pages)
    sides: Counter[str] = Counter()
    for page in paper.pages:
        before = [r for r in paper.regions if r.caption.page.number == page.number - 1]
        rest = continued_table(before, page)
        paper.regions += [rest] if rest is not None else []
        paper.regions += find_regions(page, paper.captions[page.number], paper.columns[page.number], sides)
        mark_footnotes(page, paper.body.size)


def order(paper: Paper) -> None:
    """In which order the rest is read: columns, notes after them; small print beside a first page is a `sidebar`."""
    for page in paper.pages:
        live = [line for line in page.lines if not line.tags & _PLACED]
        walls = tuple(
            union([r.box, r.caption.box])
            for r in paper.regions
            if r.caption.page is page and r.box is not None and r.box[2] - r.box[0] > 0.55 * page.width
        )
        text = [line for line in live if "footnote" not in line.tags]
        flows = reading_order(text, walls)
        paper.flows += without_sidebar(page, flows, paper.body) if page.number <= 2 else flows
        notes = [line for line in live if "footnote" in line.tags]
        paper.flows += reading_order(notes)


def headings(paper: Paper) -> None:
    """Which lines are set as headings are (`heading`, the first line of each `heading-start`)."""
    for line in paper.lines:
        line.tags.discard("heading")
    join_numbers(paper.flows)
    mark_headings(paper.flows, paper.body, paper.outline)


def equations(paper: Paper) -> None:
    """Which lines are displayed formulas (`equation`)."""
    for flow in paper.flows:
        mark_equations(flow, paper.body)


def blocks(paper: Paper) -> None:
    """Which lines are one paragraph, one heading or one formula."""
    named = {id(line) for line in paper.front.title_lines}
    for block in make_blocks(paper.flows, paper.body):
        lines = [line for line in block.lines if id(line) not in named]
        paper.blocks += [replace(block, lines=lines)] if lines else []


def sections(paper: Paper) -> None:
    """Which headings share a line with their text, which are none after all, and which the numbering misses."""
    paper.blocks = select_headings(split_run_ins(paper.blocks, paper.body), paper.body, paper.outline)


def front(paper: Paper) -> None:
    """Who the authors are, what the abstract is, and where the body begins."""
    read_authors(paper.pages, paper.front)
    find_abstract(paper.blocks, paper.front, paper.body, paper.vocabulary)


PASSES: Final[tuple[Callable[[Paper], None], ...]] = (
    letters, citations, overlays, heads, outline, body, title, labels, drawn, order, headings, equations, blocks,
    sections, front,
)  # fmt: skip
"""In this order; the first line of each says what it decides."""


def read_pdf(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a PDF.

    With `images_dir`, each figure, table and displayed equation is also rendered to a PNG there. Reading is
    deterministic, and each file has a process of its own, so it may be called from several threads.

    Raises DocumentError when it is encrypted, damaged, without pages or without text (scanned pages are read with
    Tesseract where that is installed), or takes too much time or memory; DiskFullError and WorkspaceError when an image
    cannot be written.
    """
    with open_worker(material) as worker:
        paper = Paper(material, worker, _pages(worker))
        for step in PASSES:
            step(paper)
        graph, pictures = assemble(paper, images_dir)
        try:
            for number, wanted in sorted(pictures.items()):
                worker.render(number, wanted)
        except OSError as error:
            raise images_error(images_dir, error) from error
    return graph


def _pages(worker: Worker) -> list[Page]:
    pages = [read_page(page, number) for number, page in enumerate(worker.pages(), start=1)]
    if not any(page.lines or page.graphics or page.scanned for page in pages):
        raise DocumentError(f"{worker.shown} has only blank pages; export or download the paper again.")
    return pages


ENGINE = Engine("pdf", read_pdf)
