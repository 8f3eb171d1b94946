"""Web pages: the article alone, with its title, whatever stands around it; pages without one are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.errors import DocumentError

TITLE = "How Long an Owl Waits"
LEAD = (
    "Owls wait for mice, and nobody knows how long. We watched nine barns for a year and found that an owl gives up "
    "after eleven minutes, unless it rains."
)
FIRST = "An owl on a beam spends energy while it waits, so that waiting can only pay where mice are many and slow."
SECOND = (
    "We put a camera under the roof of each barn and counted the minutes from the first look to the last one."
)
THIRD = "Most owls left after eleven minutes. In the rain they stayed twice as long, perhaps because mice do so too."
BODY = f"<h2>Introduction</h2><p>{FIRST}</p><h2>Method</h2><p>{SECOND}</p><h2>Results</h2><p>{THIRD}</p>"
FOREIGN = (
    "We and our partners keep data on your device to show you more of what you have looked at before, as you may "
    "refuse below. You can change this choice at any time at the foot of the page."
)


def _read(folder: Path, page: str, head: str = "") -> DocumentGraph:
    path = folder / "page.html"
    title = "" if "<title>" in head else f"<title>{TITLE} | Barn Letters</title>"
    path.write_text(f"<!doctype html><html><head>{title}{head}</head><body>{page}</body></html>", "utf-8")
    return read_document(path)


def _text(graph: DocumentGraph) -> str:
    return " ".join(atom.content for atom in graph.atoms if atom.atom_type not in ("title", "quote"))


def _is_whole(graph: DocumentGraph) -> None:
    assert graph.title == TITLE
    assert [section.title for section in graph.sections] == ["Introduction", "Method", "Results"]
    assert [atom.content for atom in graph.atoms if atom.atom_type == "paragraph"] == [FIRST, SECOND, THIRD]


PLACES = {
    "flat": f"<h1>{TITLE}</h1><p>{LEAD}</p>{BODY}",
    "article": f"<article><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}</article>",
    "abstract beside the text": f"<div><h1>{TITLE}</h1></div><div class=l><h2>Abstract</h2><p>{LEAD}</p></div>"
    f"<div class=r>{BODY}</div>",
    "consent before": f"<div id=cmp><h2>Your choice</h2>{f'<p>{FOREIGN}</p>' * 9}</div>"
    f"<div class=w><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}</div>",
    "consent behind": f"<div class=w><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}</div>"
    f"<div id=cmp><h2>Your choice</h2>{f'<p>{FOREIGN}</p>' * 9}</div>",
    "other stories": f"<main><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}<div><h3><a href=/a>Bats at noon</a></h3><p>{FOREIGN}"
    f"</p></div><div><h3><a href=/b>Foxes</a></h3><p>{FOREIGN}</p></div></main>",
    "comments": f"<article><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}<ol><li class=comment><p>{FOREIGN}</p>"
    f"<li class='comment even'><p>{FOREIGN}</p></ol></article>",
    "a site's heading": "<header><h1><a href='/'>Barn Letters</a></h1></header>"
    f"<div><h1>{TITLE}</h1><p>{LEAD}</p>{BODY}</div>",
    "unfolding sections": f"<h1>{TITLE}</h1><p>{LEAD}</p><h2>Introduction</h2><p>{FIRST}</p><h2><button "
    f"aria-controls=m>Method</button></h2><div id=m style='display:none'><p>{SECOND}</p></div><details><summary>Results"
    f"</summary><p>{THIRD}</p></details>",
}


@pytest.mark.parametrize("place", PLACES)
def test_the_article_alone(place: str, tmp_path: Path) -> None:
    graph = _read(tmp_path, PLACES[place])
    _is_whole(graph)
    assert graph.abstract == LEAD
    assert "partners" not in _text(graph)


@pytest.mark.parametrize(
    "name", ["related-work", "navigation", "s4-ads", "social", "menu", "footer-notes", "sidebar"]
)
@pytest.mark.parametrize("mark", ["id", "class"])
def test_a_section_is_not_what_its_name_is_about(name: str, mark: str, tmp_path: Path) -> None:
    page = f"<h1>{TITLE}</h1><p>{LEAD}</p>{BODY}".replace(
        f"<h2>Method</h2><p>{SECOND}</p>",
        f"<section {mark}='{name}'><h2>Method</h2><p>{SECOND}</p></section>",
    )
    _is_whole(_read(tmp_path, page))


def test_words_with_a_name_stay_in_their_sentence(tmp_path: Path) -> None:
    marked = FIRST.replace("owl", "<a class='popup share' href='#g'>owl</a>").replace(
        "beam", "<i class=related>beam</i>"
    )
    _is_whole(_read(tmp_path, f"<h1>{TITLE}</h1><p>{LEAD}</p>{BODY.replace(FIRST, marked)}"))


HIDDEN = (
    "<p hidden>SECRET</p>", "<div style='display: none'>SECRET</div>", "<p class='d-none'>SECRET</p>",
    "<p class=sr-only>SECRET</p>", "<p class=draft>SECRET</p>", "<p id=gone>SECRET</p>",
    "<p style='visibility:hidden'>SECRET</p>", "<p style='color:#fff'>SECRET</p>", "<p style='font-size:0'>SECRET</p>",
    "<p style='position:absolute;left:-9999px'>SECRET</p>", "<p style='opacity:0'>SECRET</p>",
)  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_nobody_sees_is_not_read(hidden: str, tmp_path: Path) -> None:
    style = "<style>/* x */ .draft, .other { display: none !important } @media print { p { display: none } .w {display:none} } #gone{display:none}</style>"  # noqa: E501
    graph = _read(tmp_path, f"<div class=w><h1>{TITLE}</h1><p>{LEAD}</p>{hidden}{BODY}</div>", style)
    _is_whole(graph)
    assert "SECRET" not in _text(graph)


def test_what_larger_screens_show_is_read(tmp_path: Path) -> None:
    page = BODY.replace("<p>", "<p class='d-none d-md-block'>", 1).replace(
        f"<p>{THIRD}", f"<p class='hidden lg:block'>{THIRD}"
    )
    _is_whole(_read(tmp_path, f"<h1>{TITLE}</h1><p>{LEAD}</p>{page}"))


@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE} | The International Review of Birds and Other Animals",
        f"Barn Letters · {TITLE}",
        f"{TITLE} - Barn Letters",
    ],
)
def test_a_title_without_a_heading_is_the_page_s_without_the_site(title: str, tmp_path: Path) -> None:
    graph = _read(
        tmp_path, f"<p>{LEAD} It is known how long an owl waits.</p>{BODY}", f"<title>{title}</title>"
    )
    assert graph.title == TITLE


def test_titles_and_authors_that_a_page_states(tmp_path: Path) -> None:
    data = (
        '<script type="application/ld+json">{"@type": "Article", "headline": "%s", "author": [{"name": "Ann Uhu"}]}'
        "</script>"
    )
    graph = _read(tmp_path, f"<h1>Barn Letters</h1><h2>{TITLE}</h2><p>{LEAD}</p>{BODY}", data % TITLE)
    _is_whole(graph)
    assert graph.authors == ("Ann Uhu",)
    page = f"""<article><h1 class="ltx_title"><span class="ltx_ERROR">\\thetitle</span>{TITLE}<span class="ltx_note">
    <sup>†</sup><span class="ltx_note_content">thanks: the Fund.</span></span></h1><div class="ltx_authors">
    <span class="ltx_personname">Ann Uhu<br>University of Barns<br>a@b.c</span><span class="ltx_personname">Bo
    Kauz<sup>1</sup>, Cy Eul<sup>2</sup></span></div><p>{LEAD}</p>{BODY}</article>"""
    graph = _read(tmp_path, page)
    _is_whole(graph)
    assert graph.authors == ("Ann Uhu", "Bo Kauz", "Cy Eul")
    assert "thanks" not in _text(graph)


ABSTRACT_PAGE = '<meta name="citation_title" content="Owls"><meta name="citation_pdf_url" content="https://x.org/owl.pdf?k=1">'
REFUSED = {
    "an abstract": (f"<h1>{TITLE}</h1><div class=abstract><p>{LEAD}</p></div><h2>Submission history</h2><p>Ann.</p>",
                    ABSTRACT_PAGE, r"only the page about a paper.*https://x.org/owl\.pdf\?k=1$"),
    "a wall": (f"<h1>{TITLE}</h1><h2>Abstract</h2><p>{LEAD}</p><h2>Access this article</h2><p>Log in or pay for it, "
               "if your library has not done so for you.</p><h2>Copyright</h2><p>All rights are ours.</p>", "",
               "give the PDF or the page with the full text"),
    "not there": ("<h1>Nothing here</h1><p>The story that you asked for is not here any more, so look for another.</p>",
                  "<title>Oops</title>", 'titled "Oops"'),
    "a log-in": (f"<h1>Sign in</h1><p>{FOREIGN}</p><p>{FOREIGN}</p>", "<title>Sign in to read</title>", "no paper"),
    "nothing": ("<div id=root></div>", "", "log-in or JavaScript"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_pages_without_a_paper_are_refused(kind: str, tmp_path: Path) -> None:
    page, head, said = REFUSED[kind]
    with pytest.raises(DocumentError, match=said):
        _read(tmp_path, page, head)


def test_a_page_of_one_preformatted_text_is_read_as_text(tmp_path: Path) -> None:
    text = f"{TITLE}\n\nAbstract\n\n  {LEAD}\n\n1. Introduction\n\n" + "\n\n".join(
        f"  {p}" for p in (FIRST, SECOND, THIRD) * 6
    )
    graph = _read(tmp_path, f"<pre>{text}</pre>")
    assert (graph.title, graph.abstract) == (TITLE, LEAD)
    assert [section.title for section in graph.sections] == ["Introduction"]


def test_a_page_that_is_no_paper_is_doubted(tmp_path: Path) -> None:
    said = (
        "Trial three is better than the baseline by four points of the composite loss on the held-out pair. "
    )
    page = tmp_path / "report.html"
    page.write_text(
        f"<title>Better</title><h1>Better</h1><h2>Losses</h2><p>{said * 4}</p><h2>Pair by pair</h2><p>{said * 4}</p>"
    )
    (doubt,) = read_document(page).confidence.doubts
    assert doubt.kind == "no-paper"
    page.write_text(page.read_text().replace("Pair by pair", "Conclusion"))
    assert read_document(page).confidence.doubts == ()


def test_labels_that_are_headings_and_bylines_with_headings(tmp_path: Path) -> None:
    """PubMed Central sets the labels of figures and tables as headings, Distill what its by-line holds."""
    graph = _read(
        tmp_path,
        f"<article><h1>{TITLE}</h1><div class=byline><h3>Authors</h3><p>Ada Quill, Bo Meer</p></div><p>{LEAD}</p>"
        f"<h2>Introduction</h2><p>{FIRST}</p><figure><h3>Figure 1.</h3><p><img src=f.png></p><figcaption><p>A barn."
        f"</p></figcaption></figure><h2>Method</h2><p>{SECOND}</p><section><h3>Table 1.</h3><div class='caption p'>"
        "<p>Owls by barn.</p></div><table><tr><th>Barn<th>Owls<tr><td>North<td>3</table></section>"
        f"<h2>Results</h2><p>{THIRD}</p></article>",
    )
    _is_whole(graph)
    assert graph.authors == ("Ada Quill", "Bo Meer")
    assert [
        (a.atom_type, a.figure_number, a.caption) for a in (*graph.get_figures(), *graph.get_tables())
    ] == [
        ("figure", "1", "A barn."),
        ("table", "1", "Owls by barn."),
    ]
