"""Letters that a PDF draws but does not name are found out, or the user is told that they are missing."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import pytest
from documents_sheets import PROSE, Sheets
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy import read_document
from podcast_dspy.documents.pdf.characters import HOLE
from podcast_dspy.documents.pdf.lines import Line, Word, citing_reach
from podcast_dspy.documents.pdf.textlayer import (
    SPACE,
    Holes,
    doubts_about,
    fill_holes,
    readable_share,
    unreadable,
)
from podcast_dspy.documents.vocabulary import clean
from podcast_dspy.errors import DocumentError

SAID = (
    "The first effect of a fire on the floor of a forest is to free the field. We define the office as the staff of "
    "five officers who fill in the files. It is difficult to find a sufficient number of offers. The flow is flat."
)
FS = ("ffi", "ffl", "fi", "fl", "ff")


def lines(text: str, font: str = "Serif") -> list[Line]:
    words = text.split()
    return [
        Line(1, [Word(w, 0, 1, 0, 10, False, False, False, font=font) for w in words[at : at + 9]]).settle()
        for at in range(0, len(words), 9)
    ]


def read(made: list[Line]) -> str:
    return " ".join(line.text for line in made)


@pytest.mark.parametrize(
    "signs",
    [
        dict.fromkeys(FS, "\ufffd"),
        dict.fromkeys(FS, "\uf001"),
        {ligature: chr(0xE000 + k) for k, ligature in enumerate(FS)},
        {ligature: chr(HOLE + 11 + k) for k, ligature in enumerate(FS)},
    ],
)
def test_ligatures_without_a_character(signs: dict[str, str]) -> None:
    text = SAID
    for ligature, sign in signs.items():
        text = text.replace(ligature, sign)
    made = lines(text)
    holes = fill_holes(made)
    assert read(made) == SAID
    assert holes.unsure == 0
    assert not doubts_about(holes, 1, 0, 0)


def test_clear_cases_decide_the_others() -> None:
    said = "The information on the action came in time. Until the election they till little butter and better letters."
    made = lines(said.replace("ti", "\u019f").replace("tt", "\u01a9"))
    fill_holes(made)
    assert read(made) == said


def test_letters_of_other_languages_are_no_ligatures() -> None:
    said = "Mu\u0219 and Ionu\u021b lived in Ia\u0219i with \u0218tefan and Mihai."
    made = lines(said)
    fill_holes(made)
    assert read(made) == said


def test_what_no_word_list_knows_is_told() -> None:
    made = lines("The zzq\ufffdxk and the qqp\ufffdrrv of it. " * 5)
    holes = fill_holes(made)
    assert holes.unsure == 10
    assert "\ufffd" not in read(made)
    (doubt,) = doubts_about(holes, 1, 0, 0)
    assert doubt.kind == "holes-in-words"
    assert doubt.severity == 1.0


def test_ligatures_that_call_themselves_spaces() -> None:
    made = lines(SAID.replace("ffi", SPACE).replace("fi", SPACE))
    holes = fill_holes(made)
    assert "difficult" in read(made)
    assert [doubt.kind for doubt in doubts_about(holes, 1, 0, 0)] == ["letters-lost"]


@given(st.text(alphabet="abfilt \ufffd\ue001\u0219", max_size=60))
def test_no_hole_is_left_and_no_letter_lost(text: str) -> None:
    made = [line for line in lines(text) if line.words]
    before = re.sub("[\ufffd\ue001]", "", read(made)).split()
    fill_holes(made)
    after = read(made)
    assert not re.search("[\ufffd\ue001]", after)
    assert sum(map(len, after.split())) >= sum(map(len, before))


def test_pages_that_were_not_read_or_recognised_are_told() -> None:
    kinds = {doubt.kind: doubt for doubt in doubts_about(Holes(words=100), 8, 2, 2)}
    assert set(kinds) == {"pages-without-text", "recognised-text"}
    assert kinds["pages-without-text"].severity == 0.25
    assert "2 of 8 pages" in kinds["pages-without-text"].message


def test_letters_that_make_no_words() -> None:
    plain = " ".join(PROSE) * 2
    turned = "".join(chr((ord(ch) - 97 + 3) % 26 + 97) if ch.islower() else ch for ch in plain)
    assert readable_share(lines(plain)) > 0.7
    assert not unreadable(lines(plain), Holes())
    assert unreadable(lines(turned), Holes())
    assert not unreadable(lines("Das Moos wächst an der Wand, die nach Norden zeigt. " * 30), Holes())
    assert not unreadable(lines("苔は北の壁に生える。 " * 200), Holes()), (
        "words without spaces cannot be told"
    )


def test_fonts_that_name_other_letters_are_recognised_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sheets = Sheets(tmp_path / "paper.pdf")
    for part in PROSE * 2:
        sheets.prose("".join(chr((ord(ch) - 97 + 5) % 26 + 97) if ch.islower() else ch for ch in part))
    sheets.save()
    with pytest.raises(DocumentError, match="fonts that do not say which letters they draw; install"):
        read_document(tmp_path / "paper.pdf")


def test_letters_of_old_tex_fonts(tmp_path: Path) -> None:
    """Type 3 fonts have no size of their own: the scale is in the glyphs."""
    sheets = Sheets(tmp_path / "paper.pdf")
    for part in PROSE[1:]:
        sheets.prose(part)
    sheets.save()
    path = tmp_path / "type3.pdf"
    path.write_bytes(_as_type3((tmp_path / "paper.pdf").read_bytes()))
    graph = read_document(path)
    assert graph.title == read_document(tmp_path / "paper.pdf").title
    text = " ".join(atom.content for atom in graph.atoms)
    assert all(part in text for part in PROSE)


def _as_type3(data: bytes) -> bytes:
    """The PDF with its fonts replaced by drawn ones whose matrix is the identity, as dvips makes them."""
    objects = {int(n): body for n, body in re.findall(rb"(\d+) 0 obj\n?(.*?)endobj", data, re.S)}
    widths = " ".join(["20.8"] * 95)
    box = b"<< /Length 44 >> stream\n20.8 0 2 0 18 29 d1 2 0 16 29 re f          \nendstream\n"
    glyph = max(objects) + 1
    objects[glyph] = box
    names = " ".join(f"/g{code}" for code in range(32, 127))
    procs = " ".join(f"/g{code} {glyph} 0 R" for code in range(32, 127))
    cmap = "1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <7E> <0020> endbfrange"
    unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        f"/CMapType 2 def {cmap} endcmap end end"
    ).encode()
    objects[glyph + 1] = b"<< /Length %d >> stream\n%b\nendstream\n" % (len(unicode), unicode)
    for number, body in list(objects.items()):
        if b"/Type /Font" in body:
            objects[number] = (
                f"<< /Type /Font /Subtype /Type3 /FontBBox [0 -9 21 30] /FontMatrix [1 0 0 1 0 0] /FirstChar 32 "
                f"/LastChar 126 /Widths [{widths}] /CharProcs << {procs} >> /Encoding << /Type /Encoding "
                f"/Differences [32 {names}] >> /Resources << >> /ToUnicode {glyph + 1} 0 R >>\n"
            ).encode()
        elif b"ASCII85Decode" in body:
            packed = re.search(rb"stream\r?\n(.*?)~>", body, re.S)
            assert packed is not None
            drawn = zlib.decompress(base64.a85decode(packed[1]))
            drawn = re.sub(
                rb"(/F\d+) ([\d.]+) Tf", lambda m: b"%b %.4f Tf" % (m[1], float(m[2]) * 0.024), drawn
            )
            objects[number] = b"<< /Length %d >> stream\n%b\nendstream\n" % (len(drawn), drawn)
    out = b"%PDF-1.4\n"
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%bendobj\n" % (number, body)
    root = re.search(rb"/Root (\d+) 0 R", data)
    assert root is not None
    table = "".join(f"{number} 1\n{place:010d} 00000 n \n" for number, place in places.items())
    start = len(out)
    return (
        out
        + (
            f"xref\n0 1\n0000000000 65535 f \n{table}trailer << /Size {max(places) + 1} "
            f"/Root {root[1].decode()} 0 R >>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode()
    )


@given(st.integers(1, 40), st.integers(1, 40))
def test_raised_citations_are_counted_as_far_as_they_go_on(first: int, more: int) -> None:
    words = [Word("walls", 0, 1, 0, 10, False, False, False)]
    words.append(Word(str(first), 1, 2, 0, 7, False, False, False, raised=1, glued=True))
    for number in range(first + 1, first + more):
        words.append(Word("2019", 2, 3, 0, 10, False, False, False))
        words.append(Word(str(number), 3, 4, 0, 7, False, False, False, raised=1, glued=True))
    assert citing_reach([Line(1, words)]) == first + more - 1


@pytest.mark.parametrize(
    ("drawn", "spelled"),
    [
        ("Mu˜noz", "Muñoz"),
        ("´Etienne", "Étienne"),
        ("Fran¸cois", "François"),
        ("S¸ahin", "Şahin"),
        ("Erd˝os", "Erdős"),
        ("D´ıaz", "Díaz"),
        ("Go¨del", "Gödel"),
        ("Jose\u0301", "José"),
        ("it´s", "it´s"),
        ("``so", "``so"),
        ("25 ˚C", "25°C"),
    ],
)
def test_accents_beside_their_letters(drawn: str, spelled: str) -> None:
    assert clean(drawn) == spelled
