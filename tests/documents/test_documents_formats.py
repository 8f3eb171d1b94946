"""Web pages, Markdown, Word documents and plain text become the same kind of graph as a PDF."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from documents_formats import ABSTRACT, TITLE, WRITERS, docx, html, picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.errors import DocumentError

Made = tuple[str, Path, DocumentGraph]


@pytest.fixture(scope="module", params=sorted(WRITERS))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    path = WRITERS[request.param](folder)
    return request.param, path, read_document(path, images_dir=folder / "figures")


def test_front_matter(made: Made) -> None:
    kind, _, graph = made
    assert (graph.kind, graph.page_count) == (kind, 1)
    assert graph.title == TITLE
    assert graph.authors == ("Ada Quillfeather", "Bruno van der Meer")
    assert graph.abstract == ABSTRACT
    assert graph.language == "en"


def test_sections(made: Made) -> None:
    graph = made[2]
    assert [(s.number, s.title.lower(), s.level) for s in graph.sections] == [
        ("1", "introduction", 1),
        ("2", "method", 1),
        ("2.1", "the reply detector", 2),
        (None, "references", 1),
    ]


def test_text_is_that_of_the_paper_alone(made: Made) -> None:
    passages = [atom.content for atom in made[2].passages()]
    assert passages[0] == ABSTRACT
    assert any(
        text.startswith("Sparrow numbers have fallen in many cities, and nobody agrees by")
        for text in passages
    )
    assert any("no raw sound leaves the garden." in text for text in passages)
    everything = " ".join(atom.content for atom in made[2].atoms)
    for alien in ("cookies", "Home", "injected", "color", "Copyright", "Ten tips", "agrees[^1]", "finch2029"):
        assert alien not in everything
    assert not any("def listen" in text for text in passages), "a listing is not spoken"


def test_figures_and_tables(made: Made) -> None:
    kind, _, graph = made
    (figure,) = graph.get_figures()
    assert (figure.figure_number, figure.caption) == ("1", "Circuit of an acoustic beacon.")
    if kind == "text":
        assert figure.file_path is None
    else:
        with Image.open(str(figure.file_path)) as image:
            assert image.size == (240, 160)
    (table,) = graph.get_tables()
    assert (table.figure_number, table.caption) == ("1", "Cost of one acoustic beacon.")
    if kind != "text":
        assert table.content == "Part\tPrice\nSpeaker\t4.20"
    introduction = next(a for a in graph.atoms if a.content.startswith("Sparrow numbers"))
    assert set(introduction.mentions) == {figure.atom_id, table.atom_id}


def test_references_and_concepts(made: Made) -> None:
    graph = made[2]
    references = [a.content for a in graph.atoms if a.atom_type == "reference"]
    assert len(references) == 2
    assert "B. Wren" in references[1]
    names = [concept.name.lower() for concept in graph.key_concepts]
    assert any("acoustic beacon" in name for name in names[:3])
    assert "finch" not in " ".join(names)


def test_graph_is_sound_and_reading_is_deterministic(made: Made) -> None:
    _, path, graph = made
    ids = [atom.atom_id for atom in graph.atoms]
    assert len(set(ids)) == len(ids)
    for section in graph.sections:
        assert all(graph.get_atom(i).section_id == section.section_id for i in section.atom_ids)
    assert read_document(path) == read_document(path)
    assert DocumentGraph.model_validate_json(graph.model_dump_json()) == graph


def _read(folder: Path, name: str, data: str | bytes) -> DocumentGraph:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_document(path, images_dir=folder / "figures")


PROSE = "The beacon calls and the sparrows answer from the hedge, which is how we count them all. "


def test_formulas_listings_and_notes_of_markdown(tmp_path: Path) -> None:
    graph = read_document(WRITERS["markdown"](tmp_path))
    kinds = {a.content: a.atom_type for a in graph.atoms}
    assert kinds["a_i = \\sum_j b_j * c_j * d_j"] == "equation"
    assert kinds["def listen(beacon): return beacon[^1]"] == "footnote"
    assert kinds["Nobody at all agrees."] == "footnote"


def test_formulas_of_a_page(tmp_path: Path) -> None:
    page = f"""<h1>On beacons</h1><p>{PROSE * 3}Area is 10 m<sup>2</sup> and
    <math><mi>x</mi><mo>=</mo><mn>2</mn></math>.</p>
    <math display="block" alttext="\\alpha + 1"><mi>a</mi><annotation>nothing</annotation></math>"""
    graph = _read(tmp_path, "page.html", page)
    assert "Area is 10 m^2 and x = 2." in graph.passages()[0].content
    assert [a.content for a in graph.atoms if a.atom_type == "equation"] == ["\\alpha + 1"]


def test_lists(tmp_path: Path) -> None:
    page = f"# Beacons\n\n{PROSE}\n\n- speakers\n- recorders\n\n1. {PROSE}\n2. {PROSE}\n"
    texts = [a.content for a in _read(tmp_path, "list.md", page).passages()]
    assert texts[1:] == ["speakers; recorders.", PROSE.strip(), PROSE.strip()]


def test_encodings(tmp_path: Path) -> None:
    words = "Zürich und die Vögel: " + "der Spatz antwortet nicht von der Hecke, die das ist. " * 6
    for number, data in enumerate(
        (
            words.encode(),
            b"\xef\xbb\xbf" + words.encode(),
            words.encode("utf-16"),
            words.encode("cp1252"),
            f'<html><meta charset="iso-8859-1"><body><p>{words}'.encode("latin-1"),
        )
    ):
        graph = _read(tmp_path, f"zürich{number}.{'html' if number == 4 else 'txt'}", data)
        assert graph.passages()[0].content == words.strip()
        assert graph.language == "de"


def test_only_bitmaps_beside_the_document_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(picture())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "fake.png").write_text("no picture")
    places = (
        "../secret.png",
        str(tmp_path / "secret.png"),
        "link.png",
        "fake.png",
        "gone.png",
        "data:image/png,x",
    )
    figures = "".join(
        f'<figure><img src="{p}"><figcaption>Figure {n}: A.</figcaption></figure>'
        for n, p in enumerate(places)
    )
    graph = _read(folder, "page.html", f"<h1>On beacons</h1><p>{PROSE * 3}</p>{figures}")
    assert [f.file_path for f in graph.get_figures()] == [None] * len(places)


NOT_READ: dict[str, tuple[str, bytes, str]] = {
    "web page named .pdf": ("a.pdf", b"<html>please log in</html>", "not a PDF but a web page.*rename"),
    "old Word": ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "save it as .docx"),
    "LaTeX": ("a.tex", b"\\documentclass{article}", "give the PDF"),
    "PostScript": ("a.ps", b"%!PS-Adobe", "ps2pdf"),
    "picture": ("a.png", picture(), "of no kind that can be read; give a PDF, a web page"),
    "broken zip": ("a.docx", b"PK\x03\x04rest", "damaged Word document"),
    "empty page": (
        "a.html",
        b"<html><body><div id=app></div><script>go()</script></body></html>",
        "log-in or JavaScript",
    ),
    "blank": ("a.txt", b" \n \n", "holds no text"),
    "hardly anything": ("a.md", b"# Hi\n\nyes", "only 3 characters of text"),
    "zeros": ("a.txt", b"text " * 4000 + b"\0" * 400, "is not text"),
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    file, data, said = NOT_READ[name]
    with pytest.raises(DocumentError, match=said) as caught:
        _read(tmp_path, file, data)
    assert "\n" not in str(caught.value)


def test_office_files_of_other_kinds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "slides.pptx", "w") as archive:
        archive.writestr("ppt/presentation.xml", "<p/>")
    with pytest.raises(DocumentError, match=r"export it as PDF or \.docx"):
        read_document(tmp_path / "slides.pptx")


def test_word_documents_that_unpack_to_too_much(tmp_path: Path) -> None:
    path = docx(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/more.xml", b"<a/>" * 8_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DocumentError, match="unpacks to more than"):
        read_document(path)


@pytest.mark.parametrize("seed", range(30))
def test_damaged_documents_end_in_a_sentence(seed: int, tmp_path: Path) -> None:
    import random

    rng = random.Random(seed)
    make: Callable[[Path], Path] = (docx, html)[seed % 2]
    path = make(tmp_path)
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 5, 60))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data[: rng.randrange(len(data) // 2, len(data))] if seed % 3 else data)
    try:
        said = read_document(path, images_dir=tmp_path / "figures").title
    except DocumentError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize(
    "deep", ["<div>", "<ul><li>", "<table><tr><td>", "<span>", "<blockquote>", "<figure>"]
)
def test_deep_nesting(deep: str, tmp_path: Path) -> None:
    assert _read(tmp_path, "page.html", f"<html><body>{deep * 80}<p>{PROSE * 3}").passages()
    with pytest.raises(DocumentError, match="holds no text"):  # no page is like that
        _read(tmp_path, "deep.html", f"<html><body>{deep * 3000}<p>{PROSE * 3}")
    _read(tmp_path, "deep.md", f"{'> ' * 3000}{PROSE * 3}\n\n{'[' * 3000}\n\n{PROSE}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<div>", "</div>", "<h1>", "<h2>x", "<table>", "<tr><td>", "<figure>", "<img src=a alt=b>",
             "<sup>1", "<math>", "<ul><li>", "<br>", "<pre>", "<caption>", "&amp;", "<script>", "</script>", PROSE]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_any_soup_of_tags_is_read_or_refused(tmp_path: Path, parts: list[str]) -> None:
    try:
        graph = _read(tmp_path, "soup.html", f"<html><body>{''.join(parts)}<p>{PROSE}")
    except DocumentError:
        return
    assert graph.atoms[0].atom_type == "title"
