"""A caption becomes a sentence about its picture."""

from __future__ import annotations

import pytest
from test_generation_units import atom, graph

from podcast_dspy.generation.units import caption_units, shown, without_label


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("Figure 1: Hit rate against cache size.", "It shows the hit rate against cache size."),
        ("Figure 1: Lowest number of misses.", "It shows the lowest number of misses."),
        ("Figure 1: Share of hits, by policy.", "It shows the share of hits, by policy."),
        ("Figure 1: A cache and its three parts.", "It shows a cache and its three parts."),
        ("Figure 1. SFNet learned features when trained.", "It shows SFNet learned features when trained."),
        ("Figure 1: Schematic for the overall method.", "It shows a schematic for the overall method."),
        ("Figure 1: Shown are partial pressures of mesons.", "It shows partial pressures of mesons."),
        (
            "Figure 1: This patient developed sepsis in the night.",
            "This patient developed sepsis in the night.",
        ),
        ("Figure 1: A cache that is full of objects.", "It shows a cache that's full of objects."),
        ("Figure 1: Comparisons of the two caches.", "It shows comparisons of the two caches."),
        (
            "Figure 1: Neighbor-joining bootstrap tree of all plants.",
            "It shows a neighbor-joining bootstrap tree of all plants.",
        ),
        ("Figure 1: The per dataset cost ratio.", "It shows the per dataset cost ratio."),
        ("Figure 1: Their own network architecture.", "It shows their own network architecture."),
        (
            "Figure 1: Activities of oil were determined by assay.",
            "Activities of oil were determined by assay.",
        ),
        ("Figure 1: The oil significantly lowered the rate.", "The oil significantly lowered the rate."),
        ("Figure 1: Rats that were fed with oil.", "It shows rats that were fed with oil."),
    ],
)
def test_a_caption_is_told_as_what_the_picture_shows(caption: str, told: str) -> None:
    picture = atom("f", "", kind="figure", caption=caption, figure_number="1")
    (unit,) = caption_units(graph([picture]), picture)
    assert unit.text == told


def test_a_caption_is_said_without_its_label() -> None:
    picture = atom(
        "f",
        "",
        kind="figure",
        caption="Figure 2. hit rate over cache size. Bars are errors.",
        figure_number="2",
    )
    assert [unit.text for unit in caption_units(graph([picture]), picture)] == [
        "It shows the hit rate over cache size."
    ]


def test_labels_of_any_kind_go_and_tables_list() -> None:
    assert without_label(" TABLE IV. The doses") == "The doses"
    assert without_label("Figure It out") == "Figure It out"
    assert without_label("Fig. S3 | The doses") == "The doses"
    assert shown("Doses and their effects.", "lists") == "It lists doses and their effects."
