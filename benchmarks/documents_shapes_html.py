"""The example papers as web pages, in ten shapes, each with what stands around a paper on such a page."""

# ruff: noqa: E501 - lines of documents are as long as they are

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.sax.saxutils import escape

from documents_source import Source, numbered, plain

NAV = (
    '<nav><ul><li><a href="/">Home</a><li><a href="/about">About us</a><li><a href="/issues">All issues</a>'
    '<li><a href="/submit">Submit a paper</a></ul></nav>'
)
COOKIES = '<div class="cookie-banner">We use cookies to make this site better. <button>Accept</button></div>'
HIDDEN = (
    '<p style="display:none">This text is hidden and tells a reader that the paper proves everything.</p>'
)
RELATED = (
    '<aside class="related"><h3>Related articles</h3><p>Ten tips for the garden that nobody knows about yet, and a '
    "recipe.</p></aside>"
)
TEASERS = (
    '<div class="more"><h3><a href="/other-1">Another paper about something else</a></h3><p>Its summary says that it '
    "is about something else altogether, and that it is worth reading.</p></div>"
)
FOOTER = (
    "<footer>Copyright 2031 The Publisher. Terms of use. All rights are reserved by the publisher.</footer>"
)
COMMENTS = (
    '<ol class="comment-list"><li class="comment">Nice post, I have waited for something like it for years.</li>'
    '<li class="comment">I do not agree with the second part of it at all, sorry.</li></ol>'
)


def small(text: str) -> str:
    """Small HTML as HTML has it."""
    return text.replace("<super>", "<sup>").replace("</super>", "</sup>")


def linked(text: str) -> str:
    """Citations as raised links."""
    return re.sub(
        r" \[(\d+(?:, \d+)*)\]",
        lambda m: f'<sup><a href="#r{m[1].split(",")[0]}">{m[1]}</a></sup>',
        small(text),
    )


def grid(rows: list[list[str]]) -> str:
    """Rows of a table."""
    head = "".join(f"<th>{small(c)}</th>" for c in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{small(c)}</td>" for c in row) + "</tr>" for row in rows[1:])
    return f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"


def mathml(text: str) -> str:
    """A formula as MathML that holds its words."""
    return f"<mrow><mi>{escape(plain(text))}</mi></mrow>"


def body(source: Source, form: dict[str, Callable[..., str]]) -> str:
    """All blocks by the forms of a shape."""
    parts = []
    for block, number in numbered(source):
        make = form[block.kind]
        parts.append(make(block, number) if block.kind == "heading" else make(block))
    return "\n".join(parts)


def latexml(s: Source) -> str:
    """ar5iv and arXiv's own pages."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: (
            f'<h{b.level + 1} class="ltx_title ltx_title_section"><span class="ltx_tag '
            f'ltx_tag_section">{n} </span>{b.text}</h{b.level + 1}>'
        ),
        "paragraph": lambda b: f'<div class="ltx_para"><p class="ltx_p">{small(b.text)}</p></div>',
        "figure": lambda b: (
            f'<figure class="ltx_figure"><img src="x{b.number}.png" class="ltx_graphics" alt="Refer '
            f'to caption"><figcaption class="ltx_caption"><span class="ltx_tag ltx_tag_figure">Figure {b.number}: </span>'
            f"{small(b.text)}</figcaption></figure>"
        ),
        "table": lambda b: (
            '<figure class="ltx_table"><figcaption class="ltx_caption"><span class="ltx_tag">Table '
            f'{b.number}: </span>{small(b.text)}</figcaption><table class="ltx_tabular">{grid(b.rows)}</table></figure>'
        ),
        "equation": lambda b: (
            '<table class="ltx_equation ltx_eqn_table"><tbody><tr class="ltx_equation"><td>'
            f'<math display="block">{mathml(b.text)}</math></td><td>(1)</td></tr></tbody></table>'
        ),
    }
    people = "".join(
        f'<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{a}</span><span class="ltx_contact '
        f'ltx_role_affiliation">{s.places[0]}</span></span>'
        for a in s.authors
    )
    works = "".join(f'<li class="ltx_bibitem">{small(r)}</li>' for r in s.references)
    return f"""<html><head><title>{s.title}</title></head><body><nav class="ltx_page_navbar"><nav class="ltx_TOC">
<ol><li><a href="#S1">1 Introduction</a><li><a href="#S2">2 More</a><li><a href="#S3">3 Others</a><li>
<a href="#S4">4 End</a></ol></nav></nav><div class="ltx_page_main"><div class="ltx_page_content">
<article class="ltx_document"><h1 class="ltx_title ltx_title_document">{s.title}</h1><div class="ltx_authors">{people}</div>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6><p class="ltx_p">{small(s.abstract)}</p></div>
{body(s, form)}<section class="ltx_bibliography"><h2 class="ltx_title">References</h2><ul class="ltx_biblist">{works}</ul>
</section></article></div><footer class="ltx_page_footer">Generated on Monday by LaTeXML</footer></div></body></html>"""


def pmc(s: Source) -> str:
    """PubMed Central."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f'<h{b.level + 1} class="pmc_sec_title">{n}. {b.text}</h{b.level + 1}>',
        "paragraph": lambda b: f"<p>{linked(b.text)}</p>",
        "figure": lambda b: (
            f'<figure class="fig xbox font-sm"><h4 class="obj_head">Figure {b.number}.</h4><p><img '
            f'class="graphic" src="/f{b.number}.jpg"></p><figcaption><p>{small(b.text)}</p></figcaption></figure>'
        ),
        "table": lambda b: (
            f'<section class="tw xbox font-sm"><h4 class="obj_head">Table {b.number}.</h4><div '
            f'class="caption p"><p>{small(b.text)}</p></div><div class="tbl-box"><table class="content">{grid(b.rows)}</table>'
            "</div></section>"
        ),
        "equation": lambda b: (
            f'<table class="disp-formula p"><tr><td class="formula"><math display="block">'
            f'{mathml(b.text)}</math></td><td class="label">(1)</td></tr></table>'
        ),
    }
    metas = "".join(f'<meta name="citation_author" content="{a}">' for a in s.authors)
    works = "".join(
        f'<li><span class="label">{n}.</span><cite>{small(r)}</cite></li>'
        for n, r in enumerate(s.references, 1)
    )
    return f"""<html lang="en"><head><title>{s.title} - PMC</title><meta name="citation_title" content="{s.title}">{metas}
</head><body><a class="usa-skipnav" href="#main">Skip to main content</a><section class="usa-banner"><p>An official website of
a government. Here is how you know that it is one.</p></section><header>{NAV}</header><main id="main"><article>
<section class="pmc-layout__citation"><p>J Tests. 2031;3:14.</p></section><h1>{s.title}</h1><div class="cg p">
{", ".join(s.authors)}</div><section class="abstract" id="abstract1"><h2>Abstract</h2><p>{small(s.abstract)}</p></section>
{body(s, form)}<section class="ref-list"><h2>References</h2><ul class="ref-list">{works}</ul></section></article></main>
<aside><h2>Similar articles</h2><ul><li><a href="/1">One of them</a></ul></aside>{FOOTER}</body></html>"""


def springer(s: Source) -> str:
    """Springer and Nature."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f'<h{b.level + 1} class="c-article__sub-heading">{b.text}</h{b.level + 1}>',
        "paragraph": lambda b: f"<p>{linked(b.text)}</p>",
        "figure": lambda b: (
            f'<div class="c-article-section__figure"><figure><figcaption><b class="c-article-section__'
            f'figure-caption">Fig. {b.number}: {small(b.text)}</b></figcaption><div class="c-article-section__figure-content"><a '
            f'href="/figures/{b.number}"><picture><img src="//media/f{b.number}.png" alt="figure {b.number}"></picture></a></div>'
            "</figure></div>"
        ),
        "table": lambda b: (
            f'<div class="c-article-table"><figure><figcaption><b>Table {b.number} {small(b.text)}</b>'
            f"</figcaption><div><table>{grid(b.rows)}</table></div></figure></div>"
        ),
        "equation": lambda b: (
            f'<div class="c-article-equation"><div class="c-article-equation__content"><span '
            f'class="mathjax-tex">$${plain(b.text)}$$</span></div></div>'
        ),
    }
    metas = "".join(
        f'<meta name="citation_author" content="{" ".join(a.split()[:-1])} {a.split()[-1]}">'
        for a in s.authors
    )
    works = "".join(
        f'<li class="c-article-references__item"><p class="c-article-references__text">{small(r)}</p></li>'
        for r in s.references
    )
    story = json.dumps(
        {"@type": "ScholarlyArticle", "headline": s.title, "author": [{"name": a} for a in s.authors]}
    )
    return f"""<html><head><title>{s.title} | Journal of Tests</title><meta name="dc.title" content="{s.title}">{metas}
<script type="application/ld+json">{story}</script></head><body>{COOKIES}<header class="c-header">{NAV}</header>
<div class="u-container"><main><article><header class="c-article-header"><ul class="c-article-identifiers"><li>Article</li>
<li>Open access</li></ul><h1 class="c-article-title">{s.title}</h1></header><section data-title="Abstract"><div
class="c-article-section"><h2>Abstract</h2><div class="c-article-section__content"><p>{small(s.abstract)}</p></div></div></section>
<section class="c-article-recommendations"><h3>Similar content being viewed by others</h3><article><h3><a href="/x">Another paper</a></h3><p>Article 01 May
2031</p></article></section>{TEASERS}{body(s, form)}
<section data-title="References"><h2>References</h2><ol class="c-article-references">{works}</ol></section></article></main>
<aside class="c-article-extras"><h3>Sections</h3><ul><li><a href="#1">Abstract</a><li><a href="#2">Text</a></ul></aside></div>
{FOOTER}</body></html>"""


def plos(s: Source) -> str:
    """PLOS: boxes without HTML5's elements."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f'<h{b.level + 1} class="article-section">{b.text}</h{b.level + 1}>',
        "paragraph": lambda b: f'<a id="p1" name="p1" class="link-target"></a><p>{small(b.text)}</p>',
        "figure": lambda b: (
            f'<div class="figure" data-doi="10.1/f"><div class="img-box"><a title="Click for larger"><img '
            f'src="f{b.number}.png" alt="thumbnail"></a></div><div class="figcaption"><span>Fig {b.number}.</span> {small(b.text)}'
            "</div></div>"
        ),
        "table": lambda b: (
            f"<table><caption>Table {b.number}. {small(b.text)}</caption>{grid(b.rows)}</table>"
        ),
        "equation": lambda b: f'<div class="equation math-display">{escape(plain(b.text))}</div>',
    }
    metas = "".join(f'<meta name="citation_author" content="{a}">' for a in s.authors)
    works = "".join(
        f'<li>{small(r)}<ul class="reflinks"><li><a href="/v">View Article</a><li><a href="/g">Google Scholar</a></ul></li>'
        for r in s.references
    )
    return f"""<html><head><title>{s.title} | PLOS Tests</title><meta name="citation_title" content="{s.title}">{metas}</head><body>
<div id="nav-main" class="nav">{NAV}</div><div id="page-wrap"><div class="set-grid"><div class="title-authors"><h1>{s.title}</h1>
<ul class="author-list">{"".join(f'<li><a class="author-name">{a}</a></li>' for a in s.authors)}</ul></div>
<div class="article-text" id="artText"><div class="abstract toc-section"><h2>Abstract</h2><div class="abstract-content"><p>
{small(s.abstract)}</p></div></div>{body(s, form)}<div class="toc-section"><h2>References</h2><ol class="references">{works}</ol>
</div></div></div><div id="aside-container" class="sidebar"><div class="subject-areas"><h4>Subject Areas</h4><ul><li><a href="/a">Ants</a>
<li><a href="/b">Bees</a><li><a href="/c">Cows</a><li><a href="/d">Dogs</a></ul></div></div></div>{FOOTER}</body></html>"""


def wordpress(s: Source) -> str:
    """A blog, with MathJax, whose posts are papers."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f"<h{b.level + 2}>{n} {b.text}</h{b.level + 2}>",
        "paragraph": lambda b: f"<p>{small(b.text)}</p>",
        "figure": lambda b: (
            f'<div class="wp-caption"><img src="/wp/f{b.number}.png" alt="" width="600" height="400"><p '
            f'class="wp-caption-text">Figure {b.number}. {small(b.text)}</p></div>'
        ),
        "table": lambda b: (
            f'<figure class="wp-block-table"><table>{grid(b.rows)}</table><figcaption>Table {b.number}. '
            f"{small(b.text)}</figcaption></figure>"
        ),
        "equation": lambda b: f"<p>\\[{plain(b.text)}\\]</p>",
    }
    works = "".join(f"<li>{small(r)}</li>" for r in s.references)
    people = " and ".join(f'<a rel="author" href="/who">{a}</a>' for a in s.authors)
    return f"""<html><head><title>{s.title} – The Lab Notes</title><meta property="og:site_name" content="The Lab Notes">
<meta property="og:title" content="{s.title}"><style>.sr {{display: none}}</style></head><body class="post"><header class="site-header">
<p class="site-title"><a href="/">The Lab Notes</a></p>{NAV}</header>{HIDDEN}<div class="content"><main><article class="post-7"><header
class="entry-header"><h1 class="entry-title">{s.title}</h1><div class="byline">By {people}</div></header><div class="entry-content">
<h3>Abstract</h3><p>{small(s.abstract)}</p>{body(s, form)}<h3>References</h3><ol>{works}</ol><div class="sharedaddy share"><h3>Share
this:</h3><ul><li><a href="/m">Mail</a><li><a href="/p">Print</a></ul></div></div></article>{COMMENTS}</main></div>
<div class="sidebar">{RELATED}</div>{FOOTER}</body></html>"""


def mediawiki(s: Source) -> str:
    """A page of a wiki."""
    edit = '<span class="mw-editsection">[<a href="/edit">edit</a>]</span>'
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: (
            f'<h{b.level + 1}><span class="mw-headline">{b.text}</span>{edit}</h{b.level + 1}>'
        ),
        "paragraph": lambda b: f"<p>{linked(b.text)}</p>",
        "figure": lambda b: (
            f'<figure typeof="mw:File/Thumb"><a href="/File:F"><img src="//up/f{b.number}.png" width="220" '
            f'height="165"></a><figcaption>Figure {b.number}: {small(b.text)}</figcaption></figure>'
        ),
        "table": lambda b: (
            f'<table class="wikitable"><caption>Table {b.number}: {small(b.text)}</caption>{grid(b.rows)}</table>'
        ),
        "equation": lambda b: (
            f'<dl><dd><span class="mwe-math-element"><math display="block">{mathml(b.text)}</math></span></dd></dl>'
        ),
    }
    works = "".join(f'<li><span class="reference-text">{small(r)}</span></li>' for r in s.references)
    return f"""<html><head><title>{s.title} - Open Wiki</title></head><body><div id="mw-head"><div class="vector-menu">{NAV}</div></div>
<div id="content" class="mw-body" role="main"><h1 id="firstHeading"><span class="mw-page-title-main">{s.title}</span></h1>
<div id="bodyContent"><div class="hatnote">For other uses, see the page that tells them apart.</div><p>{", ".join(s.authors)}</p>
<h2>Abstract{edit}</h2><p>{small(s.abstract)}</p><div id="toc" class="toc" role="navigation"><h2>Contents</h2><ul><li><a href="#a">1 A</a>
</ul></div>{body(s, form)}<h2>References{edit}</h2><ol class="references">{works}</ol><div class="navbox"><table><tr><th>More papers<td>
<a href="/1">One</a> · <a href="/2">Two</a></table></div><div class="printfooter">Retrieved from the wiki</div><div id="catlinks"
class="catlinks"><a href="/c">Categories</a>: <a href="/d">Papers</a></div></div></div>{FOOTER}</body></html>"""


def pandoc(s: Source) -> str:
    """What Pandoc writes with --standalone."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: (
            f'<h{b.level} data-number="{n}"><span class="header-section-number">{n}</span> {b.text}</h{b.level}>'
        ),
        "paragraph": lambda b: f"<p>{small(b.text)}</p>",
        "figure": lambda b: (
            f'<figure><img src="f{b.number}.png"><figcaption aria-hidden="true">Figure {b.number}: '
            f"{small(b.text)}</figcaption></figure>"
        ),
        "table": lambda b: (
            f"<table><caption>Table {b.number}: {small(b.text)}</caption>{grid(b.rows)}</table>"
        ),
        "equation": lambda b: f'<p><span class="math display">\\[{plain(b.text)}\\]</span></p>',
    }
    works = "".join(f'<div class="csl-entry">{small(r)}</div>' for r in s.references)
    return f"""<html><head><title>{s.title}</title>{"".join(f'<meta name="author" content="{a}">' for a in s.authors)}</head><body>
<header id="title-block-header"><h1 class="title">{s.title}</h1>{"".join(f'<p class="author">{a}</p>' for a in s.authors)}<div
class="abstract"><div class="abstract-title">Abstract</div><p>{small(s.abstract)}</p></div></header><nav id="TOC" role="doc-toc"><ul>
<li><a href="#a">1 Introduction</a></ul></nav>{body(s, form)}<h1 class="unnumbered">References</h1><div id="refs"
class="references csl-bib-body">{works}</div></body></html>"""


def distill(s: Source) -> str:
    """Distill's own elements, with footnotes inside sentences."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f"<h{b.level + 1}>{b.text}</h{b.level + 1}>",
        "paragraph": lambda b: (
            f"<p>{small(b.text)}<d-footnote>A note that stands inside the sentence, and is not of it.</d-footnote></p>"
        ),
        "figure": lambda b: (
            f'<figure class="l-body"><svg width="600"></svg><img src="f{b.number}.png"><figcaption>Figure {b.number}: '
            f"{small(b.text)}</figcaption></figure>"
        ),
        "table": lambda b: (
            f"<figure><figcaption>Table {b.number}: {small(b.text)}</figcaption><table>{grid(b.rows)}</table></figure>"
        ),
        "equation": lambda b: (
            f'<p><d-math block><span class="katex"><math display="block">{mathml(b.text)}</math></span></d-math></p>'
        ),
    }
    works = "".join(f"<li>{small(r)}</li>" for r in s.references)
    metas = "".join(
        f'<meta name="citation_author" content="{a.split()[-1]}, {" ".join(a.split()[:-1])}">'
        for a in s.authors
    )
    return f"""<html><head><title>{s.title}</title>{metas}</head><body><distill-header>{NAV}</distill-header><d-title><h1>{s.title}</h1>
<p>{small(s.abstract)}</p></d-title><d-byline><div class="byline"><h3>Authors</h3><p>{", ".join(s.authors)}</p></div></d-byline>
<d-article>{body(s, form)}</d-article><d-appendix><h3>References</h3><ol class="references">{works}</ol></d-appendix>
<distill-footer><p>Distill is a journal that is dedicated to clear explanations.</p></distill-footer></body></html>"""


def quarto(s: Source) -> str:
    """Quarto's pages: sections in sections, and a note that unfolds."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: (
            f'<h{b.level + 1} class="anchored" data-number="{n}">{b.text}<a class="anchorjs-link" href="#x">¶</a></h{b.level + 1}>'
        ),
        "paragraph": lambda b: f"<p>{small(b.text)}</p>",
        "figure": lambda b: (
            f'<div class="quarto-float"><figure class="figure"><div><img src="f{b.number}.png" class="img-fluid"></div>'
            f"<figcaption>Figure {b.number}: {small(b.text)}</figcaption></figure></div>"
        ),
        "table": lambda b: (
            f'<div class="quarto-float"><figure><figcaption>Table {b.number}: {small(b.text)}</figcaption><div><table '
            f'class="table">{grid(b.rows)}</table></div></figure></div>'
        ),
        "equation": lambda b: f'<p><span class="math display">\\[{plain(b.text)}\\]</span></p>',
    }
    works = "".join(
        f'<div class="csl-entry"><div class="csl-left-margin">{n}.</div><div>{small(r)}</div></div>'
        for n, r in enumerate(s.references, 1)
    )
    people = "".join(
        f'<div class="quarto-title-meta-contents"><p class="author">{a}</p></div>' for a in s.authors
    )
    metas = "".join(f'<meta name="author" content="{a}">' for a in s.authors)
    return f"""<html><head><title>{s.title} – Notes</title>{metas}</head><body class="nav-sidebar"><header id="quarto-header"><nav
class="navbar"><div class="navbar-title">Notes</div>{NAV}</nav></header><div id="quarto-content"><nav id="quarto-sidebar"
class="sidebar"><ul><li><a href="/a">One</a><li><a href="/b">Two</a></ul></nav><main class="content"><header id="title-block-header">
<h1 class="title">{s.title}</h1><div class="quarto-title-meta"><div class="quarto-title-meta-heading">Authors</div>{people}</div><div>
<div class="abstract"><div class="block-title">Abstract</div><p>{small(s.abstract)}</p></div></div></header>{body(s, form)}<section
class="quarto-appendix-contents"><h2>References</h2><div class="references csl-bib-body">{works}</div></section></main></div>
<div class="d-none">Hidden text that no reader of the page ever sees.</div></body></html>"""


def handmade(s: Source) -> str:
    """A page of the nineties, laid out by tables, without a style."""
    form: dict[str, Callable[..., str]] = {
        "heading": lambda b, n: f"<h{b.level + 1}><a name=s>{n}. {b.text}</a></h{b.level + 1}>",
        "paragraph": lambda b: f"<p>{small(b.text)}",
        "figure": lambda b: (
            f'<center><img src="f{b.number}.gif"><br><i>Figure {b.number}: {small(b.text)}</i></center>'
        ),
        "table": lambda b: f"<p>Table {b.number}: {small(b.text)}</p><table border=1>{grid(b.rows)}</table>",
        "equation": lambda b: f"<blockquote>{small(b.text)}</blockquote>",
    }
    works = "".join(f"<li>{small(r)}" for r in s.references)
    return f"""<html><head><title>{s.title}</title></head><body bgcolor=white><table width=100%><tr><td width=20%><a href="/">Home</a><br>
<a href="/people">People</a><br><a href="/papers">Papers</a><br><a href="/soft">Software</a><td><center><h1>{s.title}</h1><p>
{", ".join(s.authors)}<br>{s.places[0]}</center><h2>Abstract</h2><p>{small(s.abstract)}{body(s, form)}<h2>References</h2><ol>{works}</ol>
<hr><address>Last changed in May 1999.</address></table></body></html>"""


HTML: dict[str, Callable[[Source], str]] = {
    make.__name__: make
    for make in (latexml, pmc, springer, plos, wordpress, mediawiki, pandoc, distill, quarto, handmade)
}
