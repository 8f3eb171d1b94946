"""Formulas and raised figures keep their values on one line, whatever they were written in."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from podcast_dspy.documents.elements import plain
from podcast_dspy.documents.formula_text import M, find_tex, mathml_text, omml_text, tex_text
from podcast_dspy.documents.inline import cited_up_to, lowered_text, raised_text, write_inline


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"10^{-6}", "10^-6"), (r"2\times10^6", "2×10^6"), (r"\frac{1}{2}", "1/2"), (r"3\tfrac12", "3 1/2"),
        (r"\mathcal{O}(n\log n)", "O(n log n)"), (r"\theta_{\max}", "θ_max"), (r"x^{n+1}", "x^{n+1}"),
        (r"\sqrt{d_{model}}", "√d_model"), (r"\left(\frac{a+b}{c}\right)^2", "((a+b)/c)^2"), (r"95\%", "95%"),
        (r"p<0.05", "p < 0.05"), (r"a_s \leftarrow 0.8\, a_s", "a_s ← 0.8 a_s"), (r"\Lambda\lambda", "Λλ"),
        (r"x \text{ if } y", "x if y"), ("", ""), ("\\", ""), ("{{{", ""),
    ],
)  # fmt: skip
def test_tex(tex: str, text: str) -> None:
    assert tex_text(tex) == text


@given(st.text(alphabet="\\{}^_$&% ab1-+=" + string.ascii_letters, max_size=60))
def test_any_tex_becomes_text_without_macros(tex: str) -> None:
    assert "\\" not in tex_text(tex)


def test_money_is_no_formula() -> None:
    text = r"It costs $5 a month, or $60 a year, US$40 or $5-$60; $x$ and \(y\) are formulas, \[z\] is displayed."
    assert [(tex, displayed) for _, _, tex, displayed in find_tex(text)] == [
        ("x", False),
        ("y", False),
        ("z", True),
    ]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<msup><mn>10</mn><mrow><mo>−</mo><mn>6</mn></mrow></msup>", "10^-6"),
        ("<mn>2</mn><mo>×</mo><msup><mn>10</mn><mn>6</mn></msup>", "2×10^6"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
        ("<msubsup><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></msubsup>", "∑_{i = 1}^n"),
        ("<mi>O</mi><mo>(</mo><mi>n</mi><mo>\u2061</mo><mi>log</mi><mi>n</mi><mo>)</mo>", "O(n log n)"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\foo</annotation></semantics>", "x"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "x^{1/3}"),
    ],
)
def test_mathml(inner: str, text: str) -> None:
    assert mathml_text(etree.fromstring(f"<math>{inner}</math>")) == text


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (
            "<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>−6</m:t></m:r></m:sup></m:sSup>",
            "10^-6",
        ),
        ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", "1/2"),
        ("<m:d><m:e><m:r><m:t>a</m:t></m:r></m:e></m:d>", "(a)"),
        ("<m:rad><m:deg/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad>", "√x"),
    ],
)
def test_omml(inner: str, text: str) -> None:
    assert omml_text(etree.fromstring(f'<m:oMath xmlns:m="{M[1:-1]}">{inner}</m:oMath>')) == text


@pytest.mark.parametrize(
    ("before", "raised", "text"),
    [
        ("SARS-2", "3", ""), ("since 1999", "7", ""), ("for €45", "2", ""), ("in T5", "6,7", ""), ("words", "1–3", ""),
        ("a limit of 60", "11", ""), ("vitamin B", "12", ""), ("owl", "a", ""), ("Acme", "TM", ""),
        ("some 10", "9", "^9"), ("1.5x10", "-6", "^-6"), ("rate of 10", "−6", "^-6"), ("10 km", "2", "^2"),
        ("kg/m", "3", "^3"), ("5 s", "−1", "^-1"), ("the x", "2", "^2"), ("R", "2", "^2"), ("the A", "T", "^T"),
        ("2", "n", "^n"), ("e", "−x/2", "^{-x/2}"), ("Ca", "2+", "2+"), ("Na", "+", "+"), ("the 21", "st", "st"),
    ],
)  # fmt: skip
def test_raised_figures_of_a_paper_that_cites_by_them(before: str, raised: str, text: str) -> None:
    assert raised_text(before, raised, cited=12) == text


@given(st.text(max_size=12), st.text(alphabet="0123456789,-–ab*†", min_size=1, max_size=6))
def test_what_leads_to_a_reference_is_no_exponent(before: str, raised: str) -> None:
    assert raised_text(before, raised, linked=True) == ""


def test_other_numbers_have_exponents_where_nothing_is_cited_so() -> None:
    assert raised_text("of 7", "4", cited=0) == "^4"
    assert cited_up_to([("of 7", "4", False), ("owls", "3, 5", False), ("x", "9", False)]) == 5
    assert [lowered_text(*pair) for pair in (("H", "2"), ("x", "i"), ("T", "max"), ("CO", "2"))] == [
        "2", "_i", "_max", "2"
    ]  # fmt: skip


MATH = '<math><msup><mn>10</mn><mn>6</mn></msup><annotation encoding="application/x-tex">10^6</annotation></math>'
DRAWN = {
    "MathML": MATH,
    "KaTeX": f'<span class="katex"><span class="katex-mathml">{MATH}</span><span class="katex-html">106</span></span>',
    "MathJax 2": '<span class="MathJax_Preview">[math]</span><span class="MathJax"><nobr>106</nobr></span>'
    '<script type="math/tex">10^{6}</script>',
    "MathJax 3": f"<mjx-container><i>106</i><mjx-assistive-mml>{MATH}</mjx-assistive-mml></mjx-container>",
    "MediaWiki": f'<span class="mwe-math-element"><span style="display:none">{MATH}</span>'
    '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle 10^{6}}"></span>',
    "picture": '<img class="latex" alt="10^{6}" src="x.png">',
    "TeX": "\\(10^{6}\\)",
    "dollars": "$10^{6}$",
    "raised": "10<sup>6</sup>",
    "set high": '10<span style="vertical-align: super">6</span>',
}


@pytest.mark.parametrize("kind", DRAWN)
def test_a_million_is_a_million_however_a_page_draws_it(kind: str) -> None:
    body = html.fromstring(f"<div><p>There are {DRAWN[kind]} owls.</p></div>")
    write_inline(body)
    assert plain(body).strip() == "There are 10^6 owls."


def test_listings_and_money_stay() -> None:
    body = html.fromstring("<div><code>$x^2$</code><p>It costs $5 now and $6 then.</p></div>")
    write_inline(body)
    assert plain(body).split() == "$x^2$ It costs $5 now and $6 then.".split()


def test_footnotes_leave_their_sentence() -> None:
    page = '<div><p>Owls<span class="ltx_note"><sup>1</sup><span class="ltx_note_content"><sup>1</sup>A bird.</span></span> wait.</p></div>'  # noqa: E501
    body = html.fromstring(page)
    write_inline(body)
    assert [plain(node).strip() for node in body] == ["Owls wait.", "A bird."]
