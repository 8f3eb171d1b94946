"""Reads a PDF by a list of passes: which of them decides what about its pages is to be seen here, in their order.

The pages come from `worker`. What is decided about a line is one of its tags, named here with the pass that gives it;
the last pass makes the graph of the blocks and regions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Final

from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.building import NOWHERE, GraphBuilder
from podcast_dspy.documents.fetch import images_error
from podcast_dspy.documents.graph import AtomType, BBox, DocumentGraph
from podcast_dspy.documents.material import Engine, Material
from podcast_dspy.documents.pdf.blocks import (
    Block,
    OpenParagraph,
    indents,
    is_reference_list,
    make_blocks,
    split_references,
    split_run_ins,
)
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
from podcast_dspy.documents.pdf.captions import Caption, find_captions
from podcast_dspy.documents.pdf.figures import (
    Region,
    continued_table,
    find_regions,
    print_order,
    table_rows,
    table_sides,
)
from podcast_dspy.documents.pdf.front import Front, find_abstract, find_notes, find_title, read_authors
from podcast_dspy.documents.pdf.layout import Flow, find_columns, reading_order, without_sidebar
from podcast_dspy.documents.pdf.lines import (
    BodyStyle,
    Line,
    Tag,
    citing_reach,
    join_lines,
    line_box,
    line_text,
    union,
)
from podcast_dspy.documents.pdf.marking import join_numbers, mark_certain_headings, mark_headings
from podcast_dspy.documents.pdf.pages import Page, read_page
from podcast_dspy.documents.pdf.selection import find_outline, heading_levels, select_headings
from podcast_dspy.documents.pdf.textlayer import (
    IMAGES,
    Holes,
    doubts_about,
    fill_holes,
    recognise_scans,
    unreadable,
)
from podcast_dspy.documents.pdf.worker import Picture, Worker, open_worker
from podcast_dspy.documents.vocabulary import (
    AFFILIATION,
    BACK_MATTER,
    KEYWORDS,
    METADATA,
    REFERENCES,
    Vocabulary,
    split_number,
    tidy_heading,
)
from podcast_dspy.errors import DocumentError

_PLACED: Final[frozenset[Tag]] = frozenset(("head", "caption", "figure", "table", "sidebar", "contents"))
"""Tags of the lines that are no part of the text that is read on."""

_RENDERED: Final = ("figure", "table", "equation")
MARGIN: Final = 1.0
"""Points around what is rendered."""


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
    """Which letters glyphs without a name stand for; whether the text can be trusted, or scans must be recognised;
    how far raised numbers cite."""
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
    reach = citing_reach(paper.lines)
    for line in paper.lines:
        line.reach, line.repaired = reach, None


def heads(paper: Paper) -> None:
    """Which lines are running heads and page numbers (`head`), which graphics repeat, and which pages are slides that
    are shown again with one more line; which titles bookmarks and tables of contents (`contents`) list."""
    drop_overlays(paper.pages)
    mark_running_heads(paper.pages)
    drop_repeated_graphics(paper.pages)
    paper.outline = find_outline(paper.pages, paper.worker.bookmarks)


def body(paper: Paper) -> None:
    """How the running text is set, what words it has, and which lone lines in the margins are heads after all."""
    paper.body = body_style(paper.lines)
    mark_lone_heads(paper.pages, paper.body)
    paper.vocabulary = Vocabulary(line_text(line) for line in paper.lines if "head" not in line.tags)


def title(paper: Paper) -> None:
    """Which lines are the title (`title`)."""
    declared = paper.worker.metadata.get("Title", "")
    found, lines = find_title(paper.pages, paper.body, declared)
    paper.front = Front(found or declared or paper.material.stem, lines)
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
        sides += table_sides(page, paper.captions[page.number], paper.columns[page.number])
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
    """Which lines are set as headings are (`heading`, the first line of each `heading-start`) or formulas are
    (`equation`)."""
    for line in paper.lines:
        line.tags.discard("heading")
    join_numbers(paper.flows)
    mark_headings(paper.flows, paper.body, paper.outline)
    for flow in paper.flows:
        mark_equations(flow, paper.body)


def blocks(paper: Paper) -> None:
    """Which lines are one paragraph, one heading or one formula; which headings share a line with their text, which
    are none after all, and which the numbering misses."""
    named = {id(line) for line in paper.front.title_lines}
    for block in make_blocks(paper.flows, paper.body):
        lines = [line for line in block.lines if id(line) not in named]
        paper.blocks += [replace(block, lines=lines)] if lines else []
    paper.blocks = select_headings(split_run_ins(paper.blocks, paper.body), paper.body, paper.outline)


def front(paper: Paper) -> None:
    """Who the authors are and where they work, what the abstract is, and where the body begins."""
    read_authors(paper.pages, paper.front)
    find_abstract(paper.blocks, paper.front, paper.body, paper.vocabulary)
    paper.blocks = find_notes(paper.blocks, paper.front)


PASSES: Final[tuple[Callable[[Paper], None], ...]] = (
    letters, heads, body, title, labels, drawn, order, headings, blocks, front
)  # fmt: skip
"""In this order; the first line of each says what it decides."""


@dataclass
class _Build(GraphBuilder):
    """The graph of a PDF: its atoms have places, and what is drawn is rendered."""

    paper: Paper = field(kw_only=True)
    images_dir: Path | None = field(kw_only=True)
    pictures: dict[int, list[Picture]] = field(default_factory=lambda: defaultdict(list))
    open_text: OpenParagraph | None = None
    references: list[Block] = field(default_factory=list)

    def place(self, kind: AtomType, content: str, page: int, box: BBox, **more: str | None) -> None:
        """Add an atom with its box in the frame in which its page is read."""
        frame = self.paper.pages[page - 1]
        placed = frame.to_page(box)

        def picture(name: str) -> str | None:
            x0, y0, x1, y1 = placed
            if self.images_dir is None or kind not in _RENDERED or x1 - x0 <= 2 or y1 - y0 <= 2:
                return None
            target = self.images_dir / f"{name}.png"
            x0, y0 = max(0.0, x0 - MARGIN), max(0.0, y0 - MARGIN)
            x1, y1 = min(frame.page_width, x1 + MARGIN), min(frame.page_height, y1 + MARGIN)
            self.pictures[page].append(Picture(target, (x0, y0, x1, y1)))
            return str(target)

        self.add(kind, content, page, placed, picture=picture, **more)

    def assemble(self) -> DocumentGraph:
        """The graph of the paper; `pictures` then holds what is to be rendered of each page."""
        front = self.paper.front
        page = front.title_lines[0].page if front.title_lines else 1
        self.place("title", front.title, page, union([line_box(v) for v in front.title_lines] or [NOWHERE]))
        if front.abstract:
            first = front.abstract_blocks[0].page
            boxes = [block.box for block in front.abstract_blocks if block.page == first]
            self.place("abstract", front.abstract, first, union(boxes))
        for note in front.notes:
            self.place("footnote", join_lines(note.lines, self.paper.vocabulary), note.page, note.box)
        self._body()
        self._regions()
        return self.finished(front.authors, len(self.paper.pages), self.paper.doubts)

    def _body(self) -> None:
        paper = self.paper
        blocks = paper.blocks[paper.front.body_start :]
        found = [block for block in blocks if block.kind == "heading"]
        names = [tidy_heading(join_lines(block.lines, paper.vocabulary)) for block in found]
        levels = heading_levels(found, names)
        titles = {id(b): (name, level) for b, name, level in zip(found, names, levels, strict=True)}
        indented = indents(blocks)
        listing = False  # whether the list of works goes on
        behind = 0  # level of the last heading behind the text
        for place, block in enumerate(blocks):
            text = join_lines(block.lines, paper.vocabulary)
            name, level = titles.get(id(block), ("", 0))
            title = split_number(name)[1]
            back = BACK_MATTER.match(title) is not None
            if 0 < behind < level and not back:
                block.kind = "text"  # a name or a title in an entry, a part of a statement
            if block.kind == "heading":
                self._close()
            if block.kind == "heading":
                own = takewhile(lambda other: other.kind != "heading", blocks[place + 1 :])
                listing = REFERENCES.match(title) is not None or is_reference_list(list(own))
                behind = level if back and 2 * place > len(blocks) else 0
                self.begin(name, level, block.page, paper.pages[block.page - 1].to_page(block.box))
            elif block.kind == "footnote" or (not listing and self._is_note(block, text)):
                if len(text) > 3:
                    self.place("footnote", text, block.page, block.box)
            elif listing:
                self.references.append(block)
            elif block.kind == "equation":
                self._place_text()
                self.place("equation", " ".join(line.text for line in block.lines), block.page, block.box)
            elif self.open_text is not None and self.open_text.goes_on(block, text, indented):
                self.open_text.add(block, text, paper.vocabulary)
            else:
                self._close()
                self.open_text = OpenParagraph(block, block, text)
        self._close()

    def _is_note(self, block: Block, text: str) -> bool:
        """Whether a text tells keywords, dates, rights or places of work."""
        small = block.lines[0].size < self.paper.body.size - 0.6
        return (small and METADATA.match(text) is not None) or (
            block.page <= 2
            and (
                KEYWORDS.match(text) is not None
                or (len(AFFILIATION.findall(text)) > 2 and re.match(r"[\d*†‡§a-e]", text) is not None)
            )
        )

    def _close(self) -> None:
        """Place the paragraph and the references that are open."""
        self._place_text()
        for lines in split_references(self.references):
            entry = join_lines(lines, self.paper.vocabulary)
            if len(entry) > 12:
                page = lines[0].page
                self.place("reference", entry, page, union([line_box(v) for v in lines if v.page == page]))
        self.open_text, self.references = None, []

    def _place_text(self) -> None:
        """Place the open paragraph, or say again what it holds."""
        text = self.open_text
        if text is None or len(text.text) <= 2:
            return
        if text.atom is None:
            text.atom = len(self.atoms)
            self.place("paragraph", text.text, text.first.page, text.first.box)
        text.formula = True
        self.atoms[text.atom] = self.atoms[text.atom].model_copy(update={"content": text.text})

    def _regions(self) -> None:
        """Figure and table atoms, each in the section that the text before it on the page belongs to."""
        parts: dict[tuple[str, str], list[Region]] = {}
        for region in sorted(self.paper.regions, key=print_order):
            parts.setdefault((region.caption.kind, region.caption.number), []).append(region)
        for region, *rest in parts.values():
            caption = region.caption
            if caption.kind == "algorithm":
                continue
            page, top = caption.page.number, caption.box[1]
            heads = [a for a in self.atoms if a.atom_type == "heading" and (a.page, a.bbox[1]) < (page, top)]
            self.section = heads[-1].section_id if heads else None
            content = caption.text
            if caption.kind == "table" and region.lines:
                content = "\n".join("\t".join(row) for row in table_rows([region, *rest]))
            box = region.box if region.box is not None else caption.box
            self.place(caption.kind, content, page, box, caption=caption.text, number=caption.number)
        self.section = None


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
        build = _Build("pdf", material, paper=paper, images_dir=images_dir)
        graph = build.assemble()
        try:
            for number, wanted in sorted(build.pictures.items()):
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
