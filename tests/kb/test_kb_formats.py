"""Papers of every kind in one knowledge base: added, outlined with their pictures, searched, refused twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The papers and the web server of the documents' own tests serve here as well.
sys.path.append(str(Path(__file__).resolve().parent.parent / "documents"))

from documents_formats import TITLE, WRITERS, html, picture
from documents_server import Site, site

from podcast_dspy.errors import DocumentError, UnknownNameError, UsageError
from podcast_dspy.kb import KnowledgeBase


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with site() as running:
        yield running


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_each_kind_is_added_outlined_and_found(base: KnowledgeBase, tmp_path: Path, kind: str) -> None:
    entry = base.add(WRITERS[kind](tmp_path))
    assert (entry.paper_id, entry.kind, entry.title) == ("sparrows", kind, TITLE)
    assert (entry.figure_count, entry.table_count) == (1, 1)
    outline = base.show("sparrows")
    assert outline.kind == kind
    assert [section.title.lower() for section in outline.sections] == ["introduction", "method", "references"]
    assert [section.title for section in outline.sections[1].sections] == ["The reply detector"]
    image = outline.figures[0].image
    assert (image is None) == (kind == "text")
    if image is not None:
        assert Path(image).read_bytes()[:4] == b"\x89PNG"
        assert "kb/papers/papers/sparrows/figures" in image
    (hit,) = base.search("which network decides whether a sparrow has answered", 1)
    assert (hit.section, hit.kind, hit.lexical_rank) == ("The reply detector", kind, 1)
    captions = [hit for hit in base.search("circuit of a beacon", 5) if hit.atom_type == "figure"]
    assert [hit.image for hit in captions] == [image]


def test_an_address(base: KnowledgeBase, web: Site, tmp_path: Path) -> None:
    page = html(tmp_path).read_bytes()
    address = web.page("/journal/sparrows.html", page)
    web.page("/journal/beacon.png", picture(), "image/png")
    entry = base.add(address)
    assert (entry.paper_id, entry.source_path) == ("sparrows", address)
    assert base.show("sparrows").figures[0].image
    with pytest.raises(UsageError, match=r"already, as 'sparrows' .*`kb remove papers sparrows`"):
        base.add(address)
    web.page("/journal/sparrows.html", page + b"<!-- served at another time -->")
    with pytest.raises(UsageError, match="already"):
        base.add(address)
    assert base.add(address + "?version=2&token=s3cr3t").paper_id == "sparrows-2"
    assert not [path for path in tmp_path.rglob("*.json") if b"s3cr3t" in path.read_bytes()]


@pytest.mark.parametrize("path", ["/gone", "/app"])
def test_what_cannot_be_fetched_or_read_leaves_nothing(
    base: KnowledgeBase, web: Site, tmp_path: Path, path: str
) -> None:
    web.page("/app", "<html><body><script>start()</script></body></html>")
    with pytest.raises(DocumentError):
        base.add(web.address + path)
    assert base.list() == []
    assert not (tmp_path / "work" / "kb" / "papers" / "papers").exists()


def test_engines_by_name(base: KnowledgeBase, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("# On beacons\n\n" + "The beacon calls and the sparrows answer from the hedge. " * 8)
    assert base.add(note, engine="markdown").kind == "markdown"
    with pytest.raises(UnknownNameError, match="no document engine 'grobid'"):
        base.add(WRITERS["text"](tmp_path), engine="grobid")
    assert len(base.list()) == 1


def test_names_come_from_what_tells_most(base: KnowledgeBase, tmp_path: Path, web: Site) -> None:
    folder = tmp_path / "beacon-study"
    folder.mkdir()
    assert base.add(html(folder).rename(folder / "index.html")).paper_id == "beacon-study"
    page = "<h1>On hedges</h1><p>" + "The beacon calls and the sparrows answer from the hedge. " * 8
    assert base.add(web.page("/abs/2310.01889", page)).paper_id == "2310.01889"
