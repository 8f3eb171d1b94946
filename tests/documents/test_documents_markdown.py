"""Pandoc's and Quarto's Markdown: no mark of theirs is left in the text, and nothing hidden is in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.markdown import _without_notes, as_commonmark, facts_of

PROSE = "Owls wait for mice under the roof of a barn, and nobody knows for how long they do so."


def _read(folder: Path, text: str) -> DocumentGraph:
    (folder / "owl.png").write_bytes(b"")
    path = folder / "paper.qmd"
    path.write_text(f"# Owls\n\n## Introduction\n\n{PROSE}\n\n{text}\n", "utf-8")
    return read_document(path)


MARKS = {
    "a citation": ("Owls wait [@uhu2020; see @kauz99, pp. 3-5].", "Owls wait."),
    "a citation as a noun": ("As @uhu2020 and @kauz_1999-b say.", "As Uhu (2020) and Kauz (1999) say."),
    "an address": ("Write to a@barn.org or ann@x.y and wait.", "Write to a@barn.org or ann@x.y and wait."),
    "attributes": ("A [small]{.smallcaps} owl `in`{.py} a barn.", "A small owl in a barn."),
    "a note": ("Owls wait^[So they say [in books].] here[^1].\n\n[^1]: Or there.", "Owls wait here."),
    "figures above and below": ("CO~2~ at 10^-6^ bar on 5 m^2^ is rare.", "CO2 at 10^-6 bar on 5 m^2 is rare."),
    "what is struck": ("Owls ~~do not~~ wait.", "Owls wait."),
    "formulas": (r"A rate $\alpha_{max} \le 10^{-3}$ is $\frac{1}{2}$ of it.", "A rate α_max ≤ 10^-3 is 1/2 of it."),
    "money": ("It costs $5 now and $6 then.", "It costs $5 now and $6 then."),
    "a shortcode": ("{{< include more.qmd >}}Owls wait.", "Owls wait."),
    "a listing's marks": ("Type `[@x] {#y} $z$` here.", "Type [@x] {#y} $z$ here."),
    "a task": ("- [x] Owls were watched for a year, day and night.", "Owls were watched for a year, day and night."),
    "a comment": ("Owls <!-- SECRET --> wait.", "Owls wait."),
    "a definition": ("Owl\n:   A bird that waits.", "Owl A bird that waits."),
}  # fmt: skip


@pytest.mark.parametrize("kind", MARKS)
def test_marks(kind: str, tmp_path: Path) -> None:
    written, read = MARKS[kind]
    assert _read(tmp_path, written).passages()[-1].content == read


def test_divs_boxes_and_references(tmp_path: Path) -> None:
    graph = _read(
        tmp_path,
        f"""::: {{.callout-note}}
## A remark
Boxes are read without their headings.
:::

::: {{.hidden}}
SECRET
:::

![An owl.](owl.png){{#fig-owl width=80%}}

$$ a_i = 2 $$ {{#eq-a}}

| A | B |
|---|---|
| 1 | 2 |

: Costs. {{#tbl-c}}

## Method {{#sec-m .unnumbered}}

See @fig-owl, [@tbl-c], @eq-a, Figure @fig-owl, \\@ref(fig:gone) and @sec-m. {PROSE}

```{{python}}
::: no div  # [@x]
```
""",
    )
    assert [section.title for section in graph.sections] == ["Introduction", "Method"]
    texts = [atom.content for atom in graph.passages()]
    assert "Boxes are read without their headings." in texts
    assert (
        texts[-1] == f"See Figure 1, Table 1, Equation 1, Figure 1, the figure and Section “Method”. {PROSE}"
    )
    assert not any("SECRET" in atom.content or "{" in atom.content for atom in graph.passages())
    assert [(f.figure_number, f.caption) for f in graph.get_figures()] == [("1", "An owl.")]
    assert [(t.figure_number, t.caption) for t in graph.get_tables()] == [("1", "Costs.")]
    assert any(atom.content == "::: no div # [@x]" for atom in graph.atoms)


FRONTS = {
    "a list of mappings": "title: 'Owls: a *study*'\nauthor:\n  - name: Ann Uhu\n    affiliations:\n"
    "      - name: Uni of Owls\n        city: Barn\n  - name: {given: Bo, family: Kauz}",
    "a title that is no YAML": "title: Owls: a *study*\nauthors: [Ann Uhu, Bo Kauz]",
    "one line": 'title: "Owls: a study"\nauthor: Ann Uhu and Bo Kauz\nabstract: >\n  Owls\n  wait.',
    "links": "title: 'Owls: a study'\nauthors:\n- Ann Uhu: https://a.b\n- Bo Kauz: https://c.d",
}


@pytest.mark.parametrize("kind", FRONTS)
def test_front_matter(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text(f"---\n{FRONTS[kind]}\n---\n\n# Introduction\n\n{PROSE}\n", "utf-8")
    graph = read_document(path)
    assert (graph.title, graph.authors) == ("Owls: a study", ("Ann Uhu", "Bo Kauz"))


def test_directives_of_myst(tmp_path: Path) -> None:
    figure = "```{figure} owl.png\n:name: owl\nFigure 1: An owl\nthat waits.\n```"
    graph = _read(tmp_path, f"{figure}\n\n:::{{math}}\na = b\n:::")
    assert [(a.figure_number, a.caption) for a in graph.get_figures()] == [("1", "An owl that waits.")]
    assert [a.content for a in graph.atoms if a.atom_type == "equation"] == ["a = b"]


def test_percent_signs() -> None:
    facts, text = facts_of("% Owls\n% Ann Uhu; Bo Kauz\n% 2031\n\nText.")
    assert (facts.title, facts.authors, text) == ("Owls", ["Ann Uhu", "Bo Kauz"], "\nText.")


@given(st.text(alphabet="ab @[]{}()#^~:$\\|`*!\n-.1=<>", max_size=120))
def test_any_text_ends(text: str) -> None:
    converted, notes = as_commonmark(text)
    assert "\0" not in converted + "".join(notes)


@pytest.mark.parametrize(
    "authors",
    [
        "author:\n- Ada Reed^[Marshland Polytechnic]\n- Bo Marsh^[Heath: bo@heath.example]",
        "author: Ada Reed^[Marshland Polytechnic, Arden] and Bo Marsh[^1]",
        "author:\n- name: Ada Reed^[Marshland]\n- name: Bo Marsh^1^",
    ],
)
def test_notes_behind_names_are_no_names(tmp_path: Path, authors: str) -> None:
    path = tmp_path / "paper.md"
    path.write_text(
        f"---\ntitle: Reeds\n{authors}\n---\n\n# Reeds\n\n{'Reeds grow in the marsh. ' * 5}\n",
        encoding="utf-8",
    )
    assert read_document(path).authors == ("Ada Reed", "Bo Marsh")


@pytest.mark.parametrize(
    ("note", "said"),
    [("see [the map](a.md)", "see [the map](a.md)"), ("as [Reed [2001]] says", "as [Reed [2001]] says")],
)
def test_notes_hold_brackets(note: str, said: str) -> None:
    text, notes = as_commonmark(f"Birds sing.^[{note}] They sing a^[b and stop.\n\nMore]")
    assert text.startswith("Birds sing. They sing a^")
    assert notes[0].startswith(said.partition("[")[0])
    assert "map" not in text
    assert "Reed" not in text


@given(st.text(alphabet="^[] ab\n", max_size=40))
def test_text_around_notes_is_kept(text: str) -> None:
    rest, notes = _without_notes(text)
    assert Counter(rest + "".join(f"^[{note}]" for note in notes)) == Counter(text)
