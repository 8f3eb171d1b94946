"""Turns blocks and regions of pages into atoms and sections."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from podcast_dspy.documents.building import NOWHERE, GraphBuilder
from podcast_dspy.documents.frame import (
    AFFILIATION,
    BACK_MATTER,
    KEYWORDS,
    METADATA,
    REFERENCES,
    split_number,
    tidy_heading,
)
from podcast_dspy.documents.graph import AtomType, BBox, DocumentGraph
from podcast_dspy.documents.pdf.blocks import Block, OpenParagraph, is_reference_list, split_references
from podcast_dspy.documents.pdf.captions import CONTINUED, table_cells
from podcast_dspy.documents.pdf.lines import join_lines, line_box, union
from podcast_dspy.documents.pdf.regions import Region
from podcast_dspy.documents.pdf.selection import heading_levels
from podcast_dspy.documents.pdf.worker import Picture
from podcast_dspy.documents.word_repair import dehyphenate

if TYPE_CHECKING:
    from podcast_dspy.documents.pdf.passes import Paper

__all__ = ["assemble"]

_RENDERED = ("figure", "table", "equation")
MARGIN = 1.0
"""Points around what is rendered."""


@dataclass
class _Build(GraphBuilder):
    """The graph of a PDF: its atoms have places, and what is drawn is rendered."""

    paper: Paper = field(kw_only=True)
    images_dir: Path | None = field(kw_only=True)
    pictures: dict[int, list[Picture]] = field(default_factory=lambda: defaultdict(list))

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


def assemble(paper: Paper, images_dir: Path | None) -> tuple[DocumentGraph, dict[int, list[Picture]]]:
    """The graph, and for each page what is to be rendered."""
    build = _Build("pdf", paper.material, paper=paper, images_dir=images_dir)
    front = paper.front
    page = front.title_lines[0].page if front.title_lines else 1
    build.place("title", front.title, page, union([line_box(v) for v in front.title_lines] or [NOWHERE]))
    in_abstract = {id(line) for block in front.abstract_blocks for line in block.lines}
    if front.abstract:
        first = front.abstract_blocks[0].page
        boxes = [block.box for block in front.abstract_blocks if block.page == first]
        build.place("abstract", front.abstract, first, union(boxes))
    _front_notes(build, in_abstract)
    _body(build, in_abstract)
    _regions(build)
    return build.finished(front.authors, len(paper.pages), paper.doubts), build.pictures


def _front_notes(build: _Build, in_abstract: set[int]) -> None:
    """Affiliations, dates and the like before the body become footnote atoms."""
    paper = build.paper
    authors = {id(line) for line in paper.front.author_lines}
    for block in paper.blocks[: paper.front.body_start]:
        lines = [v for v in block.lines if id(v) not in in_abstract and id(v) not in authors]
        text = join_lines(lines, paper.vocabulary) if lines else ""
        if len(text) > 3 and block.kind != "heading":
            build.place("footnote", text, block.page, block.box)


def _body(build: _Build, in_abstract: set[int]) -> None:
    paper = build.paper
    blocks = paper.blocks[paper.front.body_start :]
    headings = [b for b in blocks if b.kind == "heading"]
    texts = [tidy_heading(join_lines(b.lines, paper.vocabulary)) for b in headings]
    levels = dict(zip(map(id, headings), heading_levels(headings, texts), strict=True))
    names = dict(zip(map(id, headings), texts, strict=True))
    for index, heading in enumerate(headings):
        above = next(
            (h for h in reversed(headings[:index]) if levels[id(h)] < levels[id(heading)] and id(h) in names),
            None,
        )
        if (
            above is not None
            and blocks.index(above) > 0.5 * len(blocks)
            and BACK_MATTER.match(split_number(names[id(above)])[1])
            and not BACK_MATTER.match(names[id(heading)])
        ):
            heading.kind = "text"
            del names[id(heading)]
    references: list[Block] = []
    in_references = False
    open_text: OpenParagraph | None = None
    for block in blocks:
        if any(id(line) in in_abstract for line in block.lines):
            continue
        if block.kind == "heading":
            title = split_number(names[id(block)])[1]
            _close(build, open_text)
            open_text = None
            _flush_references(build, references)
            in_references = bool(REFERENCES.match(title)) or is_reference_list(_section_of(block, blocks))
            build.begin(
                names[id(block)],
                levels[id(block)],
                block.page,
                paper.pages[block.page - 1].to_page(block.box),
            )
        elif block.kind == "footnote":
            text = join_lines(block.lines, paper.vocabulary)
            if len(text) > 3:
                build.place("footnote", text, block.page, block.box)
        elif in_references:
            references.append(block)
        elif block.kind == "equation":
            _close(build, open_text)
            open_text = None
            build.place("equation", " ".join(line.text for line in block.lines), block.page, block.box)
        else:
            text = join_lines(block.lines, paper.vocabulary)
            small = block.lines[0].size < paper.body.size - 0.6
            if (block.page <= 2 and KEYWORDS.match(text)) or (small and METADATA.match(text)):
                build.place("footnote", text, block.page, block.box)
                continue
            if block.page <= 2 and len(AFFILIATION.findall(text)) > 2 and re.match(r"[\d*†‡§a-e]", text):
                build.place("footnote", text, block.page, block.box)
                continue
            if open_text is not None and open_text.goes_on(block, text):
                open_text.text = dehyphenate(open_text.text, text, paper.vocabulary)
                open_text.last = block
            else:
                _close(build, open_text)
                open_text = OpenParagraph(block, block, text)
    _close(build, open_text)
    _flush_references(build, references)


def _section_of(heading: Block, blocks: Sequence[Block]) -> list[Block]:
    """The blocks of text between a heading and the next one."""
    start = next(place for place, block in enumerate(blocks) if block is heading) + 1
    return [b for b in takewhile(lambda block: block.kind != "heading", blocks[start:]) if b.kind == "text"]


def _close(build: _Build, paragraph: OpenParagraph | None) -> None:
    if paragraph is not None and len(paragraph.text) > 2:
        build.place("paragraph", paragraph.text, paragraph.first.page, paragraph.first.box)


def _flush_references(build: _Build, blocks: list[Block]) -> None:
    for lines in split_references(blocks):
        page = lines[0].page
        boxes = [(v.x0, v.y0, v.x1, v.y1) for v in lines if v.page == page]
        text = join_lines(lines, build.paper.vocabulary)
        if len(text) > 12:
            build.place("reference", text, page, union(boxes))
    blocks.clear()


def _print_order(region: Region) -> tuple[int, int, str]:
    digits = re.sub(r"\D", "", region.caption.number)
    return region.caption.page.number, int(digits or 0), region.caption.number


def _rows(parts: list[Region]) -> list[list[str]]:
    """Rows of a table, those on further pages included, without the header that each page repeats."""
    rows = table_cells(parts[0].lines)
    for part in parts[1:]:
        own = table_cells(part.lines)
        if own and rows and " ".join(own[0]) == " ".join(rows[0]):
            rows += own[1:]
        elif CONTINUED.match(part.caption.text):
            rows += own
    return rows


def _regions(build: _Build) -> None:
    """Figure and table atoms, each in the section that the text before it on the page belongs to."""
    parts: dict[tuple[str, str], list[Region]] = {}
    for region in sorted(build.paper.regions, key=_print_order):
        parts.setdefault((region.caption.kind, region.caption.number), []).append(region)
    for region, *rest in parts.values():
        caption = region.caption
        if caption.kind == "algorithm":
            continue
        page = caption.page.number
        build.section = next(
            (
                a.section_id
                for a in reversed(build.atoms)
                if a.section_id
                and a.atom_type == "heading"
                and (a.page < page or (a.page == page and a.bbox[1] < caption.box[1]))
            ),
            None,
        )
        box = region.box if region.box is not None else caption.box
        content = caption.text
        if caption.kind == "table" and region.lines:
            content = "\n".join("\t".join(row) for row in _rows([region, *rest]))
        build.place(caption.kind, content, page, box, caption=caption.text, number=caption.number)
    build.section = None
