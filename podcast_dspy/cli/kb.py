"""`kb`: knowledge bases, papers that can be read and searched without a podcast."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from podcast_dspy.cli.output import confidence_lines, warn, working
from podcast_dspy.cli.shared import Result, argument, command, new_app, open_workspace, option

if TYPE_CHECKING:
    from podcast_dspy.kb import OutlineSection, PaperEntry, PaperOutline, SearchHit

app = new_app("Knowledge bases: papers to read and to search.")
Name = Annotated[str, argument("NAME", "Name of the knowledge base.")]


@command(app)
def create(name: Name) -> Result:
    """Make an empty knowledge base.

    \b
    Examples:
      podcast-dspy kb create podcast-training
    """
    made = open_workspace().kb(name).create()
    return f"{made.name}\nnext: podcast-dspy kb add {made.name} --paper paper.pdf", {"name": made.name}


@command(app)
def add(
    name: Name,
    paper: Annotated[list[str], option("FILE|URL", "A paper, as a file or an address; may be repeated.")],
    engine: Annotated[
        str | None,
        option("NAME", "Document engine to read with.  [default: by the paper's content]"),
    ] = None,
) -> Result:
    """Read papers into a knowledge base: PDF, web page (HTML), Markdown, Word (.docx) or plain text.

    Text, sections, figures, tables, equations and key concepts are extracted. What an address gives is
    fetched once (http and https only); scanned PDFs are read with Tesseract where that is installed.

    \b
    Examples:
      podcast-dspy kb add podcast-training --paper bloom-filters.pdf
      podcast-dspy kb add podcast-training --paper one.pdf --paper notes.md --paper draft.docx --json
      podcast-dspy kb add podcast-training --paper https://example.org/paper.html
    """
    base = open_workspace().kb(name)
    entries = []
    with working(stopped="Papers that were read before are kept; add the rest again.") as report:
        for done, path in enumerate(paper):
            # The query of an address may hold a token; the rest of the name says enough.
            report(f"reading {Path(path.partition('?')[0]).name}", done, len(paper))
            entries.append(base.add(path, engine=engine))
            for doubt in entries[-1].confidence.doubts:
                warn(doubt, entries[-1].paper_id)
    text = "\n".join(
        f"{entry.paper_id}: {entry.title} ({_extent(entry)}{entry.figure_count} figures, "
        f"{entry.table_count} tables)"
        for entry in entries
    )
    return text, {"name": base.name, "papers": entries}


@command(app, "list")
def list_() -> Result:
    """List the knowledge bases of the workspace.

    \b
    Examples:
      podcast-dspy kb list
      podcast-dspy kb list --json
    """
    from podcast_dspy.kb import knowledge_bases
    from podcast_dspy.reports import table

    workspace = open_workspace()
    counts = {name: len(workspace.kb(name).list()) for name in knowledge_bases(workspace.tree)}
    text = table(["knowledge base", "papers"], [[name, str(count)] for name, count in counts.items()])
    return text if counts else "no knowledge bases yet; make one: podcast-dspy kb create NAME", {
        "knowledge_bases": [{"name": name, "papers": count} for name, count in counts.items()]
    }


@command(app)
def show(
    name: Name,
    paper: Annotated[
        str | None,
        argument("PAPER", "Id of a paper, for its outline; without it all are listed."),
    ] = None,
) -> Result:
    """List the papers of a knowledge base, or outline one of them.

    \b
    Examples:
      podcast-dspy kb show podcast-training
      podcast-dspy kb show podcast-training bloom-filters
    """
    from podcast_dspy.reports import table

    base = open_workspace().kb(name)
    if paper is not None:
        outline = base.show(paper)
        return "\n".join(_outline(outline)), {"name": base.name, "outline": outline}
    entries = base.list()
    rows = [
        [
            entry.paper_id,
            entry.title[:60],
            entry.kind,
            str(entry.page_count) if entry.kind == "pdf" else "",
            str(entry.figure_count),
            str(entry.table_count),
            entry.confidence.level,
        ]
        for entry in entries
    ]
    text = table(["paper", "title", "kind", "pages", "figures", "tables", "confidence"], rows, left=3)
    empty = f"no papers yet; add one: podcast-dspy kb add {base.name} --paper FILE"
    return text if entries else empty, {"name": base.name, "papers": entries}


@command(app)
def search(
    name: Name,
    query: Annotated[str, argument("QUERY", "What to look for, in words.")],
    limit: Annotated[int, option("N", "Passages at most.", min=1)] = 5,
) -> Result:
    """Find the passages of a knowledge base that answer a query best.

    Shared words and shared meaning both count; figures and tables are found by their captions.

    \b
    Examples:
      podcast-dspy kb search podcast-training "why does locality cost accuracy"
      podcast-dspy kb search podcast-training "false positive rate" --limit 10 --json
    """
    base = open_workspace().kb(name)
    with working(stopped="Nothing was changed.") as report:
        report(f"searching {base.name}", 0, 1)
        hits = base.search(query, limit)
    lines = [
        f"{hit.paper_id}, {_page(hit)}{hit.section or 'no section'} ({hit.score:.3f})\n"
        f"  {' '.join(hit.text.split())[:300]}" + (f"\n  image: {hit.image}" if hit.image else "")
        for hit in hits
    ]
    return "\n".join(lines) or "nothing found", {"name": base.name, "query": query, "hits": hits}


@command(app)
def remove(
    name: Name,
    paper: Annotated[str, argument("PAPER", "Id of the paper.")],
) -> Result:
    """Take a paper out of a knowledge base; your file stays.

    \b
    Examples:
      podcast-dspy kb remove podcast-training bloom-filters
    """
    base = open_workspace().kb(name)
    base.remove(paper)
    return f"{paper} was taken out of {base.name}", {"name": base.name, "removed": paper}


def _extent(entry: PaperEntry) -> str:
    """`12 pages, ` of a PDF; the kind of what has no pages."""
    return f"{entry.page_count} pages, " if entry.kind == "pdf" else f"{entry.kind}, "


def _page(hit: SearchHit) -> str:
    return f"page {hit.page}, " if hit.kind == "pdf" else ""


def _outline(outline: PaperOutline) -> list[str]:
    concepts = ", ".join(name for name, _ in outline.key_concepts)
    paged = outline.kind == "pdf"
    figures = []
    for figure in outline.figures:
        place = f"page {figure.page}, " if paged else ""
        figures.append(f"{place}{figure.kind} {figure.number or ''}".rstrip() + f": {figure.caption[:90]}")
        figures += [f"  image: {figure.image}"] if figure.image else []
    return [
        outline.title,
        *([", ".join(outline.authors)] if outline.authors else []),
        f"concepts: {concepts}",
        *confidence_lines(outline.confidence),
        "",
        *_sections(outline.sections, 0, paged),
        *([""] if figures else []),
        *figures,
    ]


def _sections(sections: Iterable[OutlineSection], depth: int, paged: bool) -> list[str]:
    lines = []
    for section in sections:
        page = f"  (page {section.page})" if paged else ""
        lines.append("  " * depth + f"{section.number or ''} {section.title}".strip() + page)
        lines += _sections(section.sections, depth + 1, paged)
    return lines
