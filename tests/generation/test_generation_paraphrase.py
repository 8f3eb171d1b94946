"""A paper's sentences as their authors would say them: spoken forms, the same facts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.generation.paraphrase import paraphrase


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
