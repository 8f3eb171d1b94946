"""Word documents of templates, languages and habits of all kinds: what their paragraphs are, and what nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from documents_word import paragraph, run, style, write_docx

from podcast_dspy.documents import DocumentGraph, read_document

TITLE = "How Long an Owl Waits"
WRITERS = "Ann Uhu, Bo Kauz, Cy Eul"
ABSTRACT = (
    "Owls wait for mice, and nobody knows how long. We watched nine barns for a year and found that an owl gives up "
    "after eleven minutes, unless it rains."
)
TEXTS = {
    "Introduction": "An owl on a beam spends energy while it waits, so that waiting can only pay where mice are many. "
    "Few have asked for how long it does so, and none has counted the minutes.",
    "Barns and Cameras": "We put a camera under the roof of each barn and counted the minutes from the first look to "
    "the last one. The camera saw in the dark and made no noise.",
    "Results": "Most owls left after eleven minutes. In the rain they stayed twice as long, perhaps because mice do so "
    "too. No owl stayed longer than an hour.",
}
Make = Callable[[str], str]


def _paper(title: Make, writers: Make, abstract: str, head: Make, text: Make) -> str:
    sections = "".join(head(name) + text(words) for name, words in TEXTS.items())
    return title(TITLE) + writers(WRITERS) + abstract + sections


def _named(name: str) -> Make:
    return lambda words: paragraph(words, name)


def _set(properties: str) -> Make:
    return lambda words: paragraph(words, set_as=properties)


HEADING = style("Heading1", "heading 1", level=0)
TEMPLATES: dict[str, tuple[str, str]] = {
    "built-in styles": (
        _paper(
            _named("Title"),
            _named(""),
            paragraph("Abstract", "Heading1") + paragraph(ABSTRACT),
            _named("Heading1"),
            _named(""),
        ),
        style("Title", "Title") + HEADING,
    ),
    "names of a conference": (
        _paper(
            _named("papertitle"),
            _named("Author"),
            paragraph("", "Abstract", inside=run("Abstract—", "<w:b/>") + run(ABSTRACT)),
            _named("h1"),
            _named("BodyText"),
        ),
        style("papertitle", "paper title")
        + style("Author", "Author")
        + style("Abstract", "Abstract")
        + style("h1", "heading 1", level=0)
        + style("BodyText", "Body Text"),
    ),
    "names of a publisher": (
        _paper(
            _named("XY12title"),
            _named("XY13authors"),
            paragraph("Abstract: " + ABSTRACT, "XY17abstract"),
            _named("XY21heading1"),
            _named("XY31text"),
        ),
        "".join(
            style(f"XY{key}", f"XY_{key[0]}.{key[1]}_{key[2:]}")
            for key in ("12title", "13authors", "17abstract", "21heading1", "31text")
        ),
    ),
    "names in another language": (
        _paper(
            _named("Cim"),
            _named(""),
            paragraph("Abstract", "Cimsor1") + paragraph(ABSTRACT),
            _named("Cimsor1"),
            _named(""),
        ),
        style("Cim", "Cím") + style("Cimsor1", "Címsor 1", level=0),
    ),
    "styles based on others": (
        _paper(
            _named("Mine"),
            _named(""),
            paragraph("Abstract", "Chapter") + paragraph(ABSTRACT),
            _named("Chapter"),
            _named(""),
        ),
        style("Title", "Title")
        + style("Mine", "Article title", based_on="Title")
        + HEADING
        + style("Chapter", "Kapitel", based_on="Heading1"),
    ),
    "bold lines": (
        _paper(
            _set('<w:b/><w:sz w:val="36"/>'),
            _named(""),
            paragraph("Abstract", set_as="<w:b/>") + paragraph(ABSTRACT),
            _set('<w:b/><w:sz w:val="26"/>'),
            _named(""),
        ),
        "",
    ),
    "levels of the outline alone": (
        _paper(
            _set('<w:sz w:val="40"/>'),
            _named(""),
            paragraph("Abstract: " + ABSTRACT),
            lambda words: paragraph(words, properties='<w:outlineLvl w:val="0"/>'),
            _named(""),
        ),
        "",
    ),
    "a first heading as title": (
        _paper(
            _named("Heading1"),
            _named(""),
            paragraph("Abstract", "H2") + paragraph(ABSTRACT),
            _named("H2"),
            _named(""),
        ),
        HEADING + style("H2", "heading 2", level=1),
    ),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates(name: str, tmp_path: Path) -> None:
    body, styles = TEMPLATES[name]
    path = write_docx(tmp_path / "p.docx", body, styles, title="Type the title here", creator="Office User")
    graph = read_document(path)
    assert graph.title == TITLE
    assert graph.authors == tuple(WRITERS.split(", "))
    assert graph.abstract == ABSTRACT
    assert [(section.title, section.level) for section in graph.sections] == [(name, 1) for name in TEXTS]
    assert [atom.content for atom in graph.atoms if atom.atom_type == "paragraph"] == list(TEXTS.values())


def _read(folder: Path, more: str) -> DocumentGraph:
    body, styles = TEMPLATES["built-in styles"]
    styles += style("Ghost", "Ghost", set_as="<w:vanish/>")
    return read_document(write_docx(folder / "p.docx", body + more, styles))


HIDDEN = {
    "hidden": run(" SECRET", "<w:vanish/>"),
    "white": run(" SECRET", '<w:color w:val="FFFFFF"/>'),
    "tiny": run(" SECRET", '<w:sz w:val="2"/>'),
    "deleted": '<w:del w:id="1"><w:r><w:delText>SECRET</w:delText></w:r></w:del>',
    "moved": f'<w:moveFrom w:id="1">{run("SECRET")}</w:moveFrom>',
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_nobody_sees_is_not_read(kind: str, tmp_path: Path) -> None:
    graph = _read(
        tmp_path,
        paragraph("Seen words stay where they are.", inside=HIDDEN[kind]) + paragraph("SECRET", "Ghost"),
    )
    assert graph.passages()[-1].content == "Seen words stay where they are."
    assert not any("SECRET" in atom.content for atom in graph.atoms)


def test_what_is_switched_off_is_seen(tmp_path: Path) -> None:
    graph = _read(tmp_path, paragraph("Seen words stay here.", set_as='<w:vanish w:val="0"/>'))
    assert graph.passages()[-1].content == "Seen words stay here."


@pytest.mark.parametrize("kind", ["styles", "lines"])
def test_a_table_of_contents_is_no_text(kind: str, tmp_path: Path) -> None:
    body, styles = TEMPLATES["built-in styles"]
    named = "TOC1" if kind == "styles" else ""
    entries = "".join(
        paragraph(name, named, inside=f"<w:r><w:tab/></w:r>{run(str(page))}")
        for page, name in enumerate(TEXTS, start=2)
    )
    at = body.index(paragraph("Abstract", "Heading1"))
    contents = paragraph("Contents", "TOCHeading" if named else "", set_as="<w:b/>") + entries
    styles += style("TOC1", "toc 1") + style("TOCHeading", "TOC Heading")
    graph = read_document(write_docx(tmp_path / "p.docx", body[:at] + contents + body[at:], styles))
    assert [section.title for section in graph.sections] == list(TEXTS)
    assert [atom.content for atom in graph.passages()] == [ABSTRACT, *TEXTS.values()]


def test_formulas_and_raised_figures(tmp_path: Path) -> None:
    power = "<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup>"
    raised = '<w:vertAlign w:val="superscript"/>'
    inside = f"<m:oMath>{power}</m:oMath>" + run(" owls on 5 km") + run("2", raised)
    inside += run(" as others found") + run("3", raised)
    graph = _read(
        tmp_path,
        paragraph("There are ", inside=inside + run("."))
        + f"<w:p><m:oMathPara><m:oMath>{power}</m:oMath></m:oMathPara></w:p>",
    )
    assert graph.passages()[-1].content == "There are 10^6 owls on 5 km^2 as others found."
    assert [atom.content for atom in graph.atoms if atom.atom_type == "equation"] == ["10^6"]


def test_a_bold_line_in_capitals_is_a_heading_though_it_has_the_form_of_a_name(tmp_path: Path) -> None:
    names = ["ABSTRACT", "RELATED WORK", "BARNS", "MANY OWLS"]
    body = paragraph(TITLE, set_as='<w:b/><w:sz w:val="30"/>') + paragraph(WRITERS)
    for name, text in zip(names, (ABSTRACT, *TEXTS.values()), strict=True):
        body += paragraph(name, set_as="<w:b/>") + paragraph(text)
    graph = read_document(write_docx(tmp_path / "owls.docx", body))
    assert (graph.title, graph.abstract) == (TITLE, ABSTRACT)
    assert [section.title for section in graph.sections] == names[1:]


def test_sizes_and_levels_that_are_no_numbers_count_for_nothing(tmp_path: Path) -> None:
    odd = '<w:outlineLvl w:val="③"/>'
    body = paragraph(TITLE, "Title") + paragraph(
        ABSTRACT, set_as=odd, inside=run(ABSTRACT, '<w:sz w:val="²"/>')
    )
    graph = read_document(write_docx(tmp_path / "p.docx", body))
    assert ABSTRACT in " ".join(atom.content for atom in graph.atoms)
