"""Text files: pages without their running lines, headings at the edge, and letters in any encoding."""

from __future__ import annotations

import random
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.engines import without_pages
from podcast_dspy.documents.material import Material, decoded

TITLE = "How Long an Owl Waits"
ABSTRACT = (
    "Owls wait for mice, and nobody knows how long. We watched nine barns for a year to find it out for good."
)
_SAID = "owls wait on beams until the mice have left their straw and nobody counts how long it takes them all".split()
_ORDERS = [random.Random(number) for number in range(12)]
WORDS = [  # each paragraph in an order of its own, so that no line comes again by chance
    f"Barn {''.join(order.sample('abcdefgh', 5))}: {' '.join(order.choices(_SAID, k=40))} at last."
    for order in _ORDERS
]
HEADS = ("Introduction", "Method", "Results", "Discussion")


def _lines(indent: str = "", numbers: bool = True) -> list[str]:
    lines = [TITLE, "", "Ann Uhu, Bo Kauz", "", "Abstract", "", *textwrap.wrap(ABSTRACT, 60), ""]
    for number, head in enumerate(HEADS, start=1):
        lines += [f"{number}. {head}" if numbers else head, ""]
        for words in WORDS[3 * number - 3 : 3 * number]:
            lines += [*textwrap.wrap(words, 60, initial_indent=indent, subsequent_indent=indent), ""]
    return lines


def _paged(foot: str, head: str, length: int) -> str:
    lines = _lines()
    pages = ["\n".join(lines[start : start + length]) for start in range(0, len(lines), length)]
    text = pages[0]
    for number, page in enumerate(pages[1:], start=1):
        text += f"\n\n\n{foot.replace('#', str(number))}\n\f{head.replace('#', str(number + 1))}\n\n\n{page}"
    return text


def _read(folder: Path, text: str | bytes) -> DocumentGraph:
    path = folder / "paper.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def _is_whole(graph: DocumentGraph) -> None:
    assert (graph.title, graph.authors, graph.abstract) == (TITLE, ("Ann Uhu", "Bo Kauz"), ABSTRACT)
    assert [section.title for section in graph.sections] == list(HEADS)
    assert [atom.content for atom in graph.atoms if atom.atom_type == "paragraph"] == WORDS


@pytest.mark.parametrize(
    ("foot", "head"),
    [
        ("Uhu & Kauz                [Page #]", "BARN 12              Owls           May 2031"),
        ("          - # -", ""),
    ],
)
@pytest.mark.parametrize("length", [17, 25])
def test_running_lines_are_no_text(foot: str, head: str, length: int, tmp_path: Path) -> None:
    _is_whole(_read(tmp_path, _paged(foot, head, length)))


def test_a_single_break(tmp_path: Path) -> None:
    _is_whole(_read(tmp_path, _paged("1", "2", 40)))


def test_headings_at_the_edge_of_indented_text(tmp_path: Path) -> None:
    text = "\n".join(_lines("   ", numbers=False)).replace("Discussion", "What We Make of It")
    graph = _read(tmp_path, text)
    assert [section.title for section in graph.sections] == [*HEADS[:3], "What We Make of It"]


def test_a_table_of_contents_is_no_text(tmp_path: Path) -> None:
    entries = "\n".join(
        f"   {number}. {head} {'.' * 20} {number}" for number, head in enumerate(HEADS, start=1)
    )
    lines = _lines()
    at = lines.index("1. Introduction")
    _is_whole(_read(tmp_path, "\n".join([*lines[:at], "Table of Contents", "", entries, "", *lines[at:]])))


@given(st.text(alphabet="ab .1\f\n-", max_size=200))
def test_no_word_is_lost_that_does_not_come_again(text: str) -> None:
    assert without_pages(text).count("a") <= text.count("a")


GERMAN = "Die Eule wartet auf dem Balken, bis die Mäuse über das Stroh laufen. Für uns ist das schön. "
POLISH = "Sowa czeka na belce, aż mysz wyjdzie ze słomy, a my liczymy, ile razy jest ona cierpliwa. Źle się to ma. "
RUSSIAN = "Сова ждёт на балке, пока мышь не выйдет из соломы, и мы считаем, сколько раз она была терпелива. "
ENGLISH = "“Owls” wait – it’s known. They aren’t new… "


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"), (GERMAN, "utf-8"), (GERMAN, "utf-16"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"), (POLISH, "cp1250"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "utf-8-sig"),
        (ENGLISH, "cp1252"),
    ],
)  # fmt: skip
def test_encodings_that_nobody_names(text: str, encoding: str, tmp_path: Path) -> None:
    assert _read(tmp_path, (text * 8).encode(encoding)).passages()[0].content == (text * 8).strip()


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("iso-8859-1", "cp1252"),
        ("latin1", "utf-8"),
        ("us-ascii", "cp1252"),
        ("utf-8", "cp1252"),
        ("nonsense", "cp1252"),
    ],
)
def test_pages_are_decoded_as_browsers_do(declared: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(f'<html><meta charset="{declared}"><body><p>{ENGLISH * 8}'.encode(encoding))
    assert read_document(path).passages()[0].content == (ENGLISH * 8).strip()


def test_a_stray_byte_does_not_spoil_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(GERMAN.encode() * 2 + b"caf\xe9")
    assert decoded(path.read_bytes(), Material(path, "a.txt")) == GERMAN * 2 + "café"
