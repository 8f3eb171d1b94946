"""The graph's look-ups."""

from __future__ import annotations

import pytest

from podcast_dspy.documents.building import link_mentions
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import UnknownNameError


def atom(name: str) -> DocumentAtom:
    return DocumentAtom(atom_id=name, atom_type="paragraph", content=name, page=1, bbox=(0, 0, 1, 1))


def test_a_copy_with_other_atoms_finds_those_and_no_longer_the_old_ones() -> None:
    graph = DocumentGraph(
        document_id="0" * 12,
        source_path="a.pdf",
        sha256="0" * 64,
        page_count=1,
        title="A",
        atoms=(atom("old"),),
    )
    assert graph.get_atom("old").content == "old"
    copy = graph.model_copy(update={"atoms": (atom("new"),)})
    assert copy.get_atom("new").content == "new"
    with pytest.raises(UnknownNameError, match="no atom 'old'"):
        copy.get_atom("old")
    assert graph.get_atom("old").content == "old"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("As Table 1 and Figure 2 show.", ("table 1", "figure 2")),
        ("As Figures 1, 2 and Table 2 show.", ("figure 1", "figure 2", "table 2")),
        ("As Fig. 1 to Fig. 3 show.", ("figure 1", "figure 3", "figure 2")),
        ("As Tables 1 & 2 show.", ("table 1", "table 2")),
    ],
)
def test_a_list_of_figures_ends_where_tables_begin(text: str, named: tuple[str, ...]) -> None:
    shown = [
        atom(f"{kind} {number}").model_copy(update={"atom_type": kind, "figure_number": str(number)})
        for kind in ("figure", "table")
        for number in (1, 2, 3)
    ]
    said = atom("said").model_copy(update={"content": text})
    assert link_mentions([*shown, said])[-1] == named
