"""Sentences and captions of a paper as they are spoken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_generation_units import atom

from podcast_dspy.generation.spoken_captions import caption_sentences, heading_of, says_again
from podcast_dspy.generation.spoken_sentences import paraphrase


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("We find that our method wins.", "We find that our method wins."),
        (
            "The gain is small (although there are some other ways of finding such things at once; they need far more "
            "of the time that nobody has).",
            "The gain is small (although there are some other ways of finding such things at once; they need far more "
            "of the time that nobody has).",
        ),
        ("In this work we study caches.", "We study caches."),
        (
            "It is likely that Ocimum sanctum L. (tulsi) is good.",
            "It's likely that Ocimum sanctum L. is good.",
        ),
        ("They ask how likely it is that it rains.", "They ask how likely it is that it rains."),
        ("In this paper, we study caches.", "We study caches."),
        ("In this Letter, a new cache is proposed.", "A new cache is proposed."),
        ("In Section 3.1, we show that caches help.", "We show that caches help."),
        ("In Section 3 and Section 4, we show that caches help.", "We show that caches help."),
        ("In Sections 3 and 4, we show that caches help.", "We show that caches help."),
        ("We prove it in Appendix A and B by hand.", "We prove it in Appendix A and B by hand."),
        (
            "As shown in Section 3 and in Figure 2, it helps.",
            "As shown in Section 3 and in Figure 2, it helps.",
        ),
        ("As mentioned earlier, these ratios are small.", "These ratios are small."),
        (
            "The rates of mesons [Left] and baryons (right panel) differ.",
            "The rates of mesons and baryons differ.",
        ),
        (
            "This allows us to compare (e.g. by size) two caches.",
            "This allows us to compare, for example by size, two caches.",
        ),
        ("It is slow, i.e. it does not finish.", "It's slow, that is, it doesn't finish."),
        ("The more noise there is, the better.", "The more noise there is, the better."),
        ("Caches help — a lot.", "Caches help, a lot."),
        ("However, the gain is small.", "But the gain is small."),
        (
            "We tested one budget only here; a larger one could reverse the order.",
            "We tested one budget only here. A larger one could reverse the order.",
        ),
        ("As shown in Section 3.2, the cost falls.", "The cost falls."),
        ("We train it as described in Section 2.", "We train it."),
        ("We state our conclusions in Section 5.", "We state our conclusions."),
        ("Seeds of O. sanctum and O. viride differ.", "Seeds of O. sanctum and O. viride differ."),
        (
            "The degree is large and therefore there are no bubbles.",
            "The degree is large and so there are no bubbles.",
        ),
        ("It is, however, the best.", "It is, however, the best."),
        ("Counting (LFU) wins.", "Counting, or LFU, wins."),
        ("Wins go to counting (LFU).", "Wins go to counting, or LFU."),
        ("Smith et al. agree.", "Smith and colleagues agree."),
    ],
)
def test_paraphrase(written: str, told: str) -> None:
    assert paraphrase(written) == told


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "We",
                "our",
                "it is",
                "12.5",
                "Figure 3",
                "the caches",
                ";",
                "however,",
                "(about 7)",
                "moreover,",
                "us",
            ]
        ),
        max_size=14,
    )
)
def test_numbers_outside_brackets_stay_and_a_second_time_changes_nothing(words: list[str]) -> None:
    text = " ".join(words) + "."
    once = paraphrase(text)
    assert paraphrase(once) == once
    numbers = r"\d+(?:\.\d+)?"
    assert set(re.findall(numbers, once)) <= set(re.findall(numbers, text))
    bare = text
    while bare != (bare := re.sub(r"\([^()]*\)", "", bare)):
        pass  # brackets within brackets
    assert set(re.findall(numbers, bare)) <= set(re.findall(numbers, once))


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("Figure 1: Hit rate against cache size.", "Figure 1 shows the hit rate against cache size."),
        ("Figure 1: Lowest number of misses.", "Figure 1 shows the lowest number of misses."),
        ("Figure 1: Share of hits, by policy.", "Figure 1 shows the share of hits, by policy."),
        ("Figure 1: A cache and its three parts.", "Figure 1 shows a cache and its three parts."),
        (
            "Figure 1. SFNet learned features when trained.",
            "Figure 1 shows SFNet learned features when trained.",
        ),
        ("Figure 1: Schematic for the overall method.", "Figure 1 shows a schematic for the overall method."),
        ("Figure 1: Shown are partial pressures of mesons.", "Figure 1 shows partial pressures of mesons."),
        (
            "Figure 1: This patient developed sepsis in the night.",
            "Here is Figure 1. This patient developed sepsis in the night.",
        ),
        ("Figure 1: A cache that is full of objects.", "Figure 1 shows a cache that's full of objects."),
        ("Figure 1: Comparisons of the two caches.", "Figure 1 shows comparisons of the two caches."),
        (
            "Figure 1: Neighbor-joining bootstrap tree of all plants.",
            "Figure 1 shows a neighbor-joining bootstrap tree of all plants.",
        ),
        ("Figure 1: The per dataset cost ratio.", "Figure 1 shows the per dataset cost ratio."),
        ("Figure 1: Their own network architecture.", "Figure 1 shows their own network architecture."),
        (
            "Figure 1: Activities of oil were determined by assay.",
            "Here is Figure 1. Activities of oil were determined by assay.",
        ),
        (
            "Figure 1: The oil significantly lowered the rate.",
            "Here is Figure 1. The oil significantly lowered the rate.",
        ),
        ("Figure 1: Rats that were fed with oil.", "Figure 1 shows rats that were fed with oil."),
    ],
)
def test_a_caption_is_told_as_what_the_picture_shows(caption: str, told: str) -> None:
    picture = atom("f", "", kind="figure", caption=caption, figure_number="1")
    assert caption_sentences(picture) == [told]


@pytest.mark.parametrize(
    "drawn",
    [
        "A: small caches; B: large ones.", "Bars are errors.", "Colors tell the traces.", "Each cell is a trace.",
        "Statistical analysis was performed by t-test.", "Here k = 3 ≤ n.",
    ],
)  # fmt: skip
def test_a_caption_is_said_without_its_label_as_far_as_nobody_has_to_see_it(drawn: str) -> None:
    caption = f"Figure 2. hit rate over cache size. The larger cache wins. {drawn} It falls."
    picture = atom("f", "", kind="figure", caption=caption, figure_number="2")
    assert caption_sentences(picture) == [
        "Figure 2 shows the hit rate over cache size.",
        "The larger cache wins.",
    ]


@pytest.mark.parametrize("caption", ["Figure 2: Hits.", "Figure 2: Hits where k ≤ n and m = 3 hold.", ""])
def test_a_caption_that_says_nothing_or_cannot_be_said_is_left_out(caption: str) -> None:
    assert caption_sentences(atom("f", "", kind="figure", caption=caption or None, figure_number="2")) == []


def test_labels_of_any_kind_go_and_tables_list() -> None:
    for caption, heading in (
        (" TABLE IV. The doses", "The doses"),
        ("Figure It out", "Figure It out"),
        ("Fig. S3 | The doses", "The doses"),
        ("Figure 3: Shown are the doses. Dots are patients.", "The doses"),
        ("", ""),
    ):
        assert heading_of(atom("f", "", kind="figure", caption=caption, figure_number="3")) == heading
    table = atom("t", "", kind="table", caption="Table 3: Doses and their effects.", figure_number="3")
    assert caption_sentences(table) == ["Table 3 lists doses and their effects."]


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Figure 2 gives the hits over time.", True),
        ("Figure 1 gives the hits over time.", False),
        ("Figure 2 shows that the hits fall to a third when the requests drift fast.", False),
        ("What we plotted is the hit rate, over time and in every policy.", False),
        ("What is plotted is the hit rate over time, in every policy that they ran.", True),
    ],
)
def test_what_says_again_what_the_caption_says_is_known(text: str, again: bool) -> None:
    caption = "Figure 2: The hit rate over time, in every policy that they ran."
    assert says_again(text, atom("f", "", kind="figure", caption=caption, figure_number="2")) is again
