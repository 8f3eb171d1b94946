"""What is said for what is written; and laws that hold for any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podcast_dspy.text.normalisation import read_lexicon, speakable

CASES = {
    "1,234,567 weights": "one million two hundred and thirty-four thousand five hundred and sixty-seven weights",
    "3.14 and .5": "three point one four and zero point five",
    "0.05% of 2.5M users": "zero point zero five percent of two point five million users",
    "In 2017, we": "In twenty seventeen, we",
    "in 1905 and 2005 and 1900": "in nineteen oh five and two thousand five and nineteen hundred",
    "From 2019-2021, it": "From twenty nineteen to twenty twenty-one, it",
    "in 2048 dimensions": "in two thousand and forty-eight dimensions",
    "WMT 2014 data": "W-M-T twenty fourteen data",
    "the 1990s": "the nineteen nineties",
    "rose 10–20%": "rose ten to twenty percent",
    "100-200 ms": "one hundred to two hundred milliseconds",
    "1 km, 5 km, 12 m/s": "one kilometer, five kilometers, twelve meters per second",
    "20 °C and 3 µm": "twenty degrees Celsius and three micrometers",
    "-5 or −3.2": "minus five or minus three point two",
    "the 1st, 22nd": "the first, twenty-second",
    "1/2, 2/3, 3/4": "one half, two thirds, three quarters",
    "a 3:1 ratio at 10:30": "a three to one ratio at ten thirty",
    "$5 million or €3": "five million dollars or three euros",
    "α = 0.1, β ≤ 2, x^2": "alpha equals zero point one, beta is at most two, x squared",
    "O(n²) and y_i": "O(n squared) and y sub i",
    r"$\frac{a}{b}$": "a over b",
    "1e-4 or 10^-4": "one times ten to the minus four or ten to the minus four",
    "p < 0.05, n=32": "p is less than zero point zero five, n equals thirty-two",
    "GPT-4 on 8 A100 GPUs": "G-P-T four on eight A-one hundred G-P-U's",
    "LLMs, NASA, BERT, Type II errors": "L-L-M's, NASA, BERT, Type two errors",
    "H2O and ResNet50": "H-two O and ResNet fifty",
    "4-bit at 2x": "four-bit at two times",
    "as proposed [12], and [3, 5-7].": "as proposed, and.",
    "It works (Smith et al., 2020; Lee and Kim, 2021a).": "It works.",
    "Vaswani et al. (2017) did": "Vaswani and colleagues did",
    "See https://arxiv.org/abs/1706.03762v5 now": "See arxiv dot org now",
    "mail me@x.org": "mail me at x dot org",
    "# Title\n\nText": "Title. Text",
    "- **Bold** and *it* and `code`": "Bold and it and code",
    "Host: hello [music fades] there (laughs)": "hello there",
    "e.g. this, vs. Fig. 3": "for example, this, versus figure three",
    "version 3.1.2": "version three point one point two",
    "½ cup, ③": "one half cup, three",
    "٣ apples": "three apples",
    "[a link](http://x.org/y) here": "a link here",
    "one — two -- three": "one, two, three",
    # money
    "AU$30, £2.5m": "thirty Australian dollars, two point five million pounds",
    "a $1 fee, $2.75": "a one dollar fee, two dollars and seventy-five cents",
    "€7–9bn": "seven to nine billion euros",
    "60 EUR or GBP 8": "sixty euros or eight pounds",
    # units
    "8 mg/L at 4 kΩ": "eight milligrams per liter at four kiloohms",
    "2 mg/kg/day": "two milligrams per kilogram per day",
    "3 m s−1, 6 W/m²": "three meters per second, six watts per meter squared",
    "7 μm and 12 Å": "seven micrometers and twelve angstroms",
    "77 K": "seventy-seven kelvin",
    # dates, times and ratios
    "on 2019-11-30.": "on the thirtieth of November, twenty nineteen.",
    "June 5, 2018": "June fifth, twenty eighteen",
    "12 March 2021": "the twelfth of March twenty twenty-one",
    "diluted 1:20": "diluted one to twenty",
    "an 80:20 split": "an eighty to twenty split",
    "left at 7:45": "left at seven forty-five",
    "as Kim (2012) shows": "as Kim (twenty twelve) shows",
    # fractions, ranges, relations
    "2½ or 4 1/4 cups": "two and a half or four and a quarter cups",
    "It took <3 s": "It took less than three seconds",
    "in ≥ 20 of them": "in at least twenty of them",
    "k<3": "k is less than three",
    "z=-.2": "z equals minus zero point two",
    # powers
    "3x10^8 and 4×10−3": "three times ten to the eight and four times ten to the minus three",
    "64x64 pixels": "sixty-four by sixty-four pixels",
    # names
    "CO₂, C2H6 and Mg2+": "C-O two, C-two H-six and M-G two plus",
    "Phase IV, Part I, class XII": "Phase four, Part one, class twelve",
    "v2.1": "version two point one",
    "called COLD TEA: A STUDY OF GPU LOAD": "called Cold Tea: A Study Of G-P-U Load",
    "the QUIET one": "the QUIET one",
    "see docs.example.com/a": "see docs dot example dot com",
    "As @kim2012 and others [@lee2001; @ito1999, p. 3] say": "As Kim (twenty twelve) and others say",
    "@fig-rain shows": "the figure shows",
    # formulas
    r"$\sqrt{h_{size}}$": "the square root of h sub size",
    r"$\sqrt[3]{v}$": "the cube root of v",
    r"$\sum_{j=1}^{k} w_j$": "the sum over j from one to k of w sub j",
    r"$\hat{z} = M^\top u$": "z hat equals M transpose u",
    r"$\frac{AB^T}{\sqrt{q_r}}$": "A-B transpose over the square root of q sub r",
    r"$P(X|Y)$": "P(X given Y)",
}  # fmt: skip


@pytest.mark.parametrize("written", CASES)
def test_said(written: str) -> None:
    assert speakable(written) == CASES[written]


PIECES = st.sampled_from(
    (
        "1 23 4,567 0.05 1e-9 10^-3 2017 1999-2004 50% 3/4 12:30 GPU LLMs GPT-4 BERT $x^2$ $5 \\alpha \\frac{a}{b} α β "
        "² ½ ≤ [12] [3,4-6] (Smith et al., 2020) et al. https://a.org/b?c=1 e.g. i.e. Fig. vs. ** * _ # - — – ( ) [ ] "
        "{ } < > = + ~ | ` ' \" . , ; : ! ? … ° µ km m/s ms 7B 2x No. II word Word don't it's x_i a_{ij} \n \n\n "
        "## *x* Host: [music] 1st 90s"
    ).split(" ")
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=25).map(" ".join),
    st.lists(PIECES, max_size=15).map("".join),
    st.text(max_size=60),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
@example("x ² ½³ ¹⁄₂ ①⑫ Ⅷ 〇 五 𝟘𝟙")
def test_no_digits_one_line_and_idempotent(written: str) -> None:
    said = speakable(written)
    assert not any(character.isdigit() or character.isdecimal() for character in said), said
    assert "\n" not in said
    assert said == said.strip()
    assert not set(said) & set("#*_`[]{}<>|\\^~=+$%@/")
    assert speakable(said) == said


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**16))
def test_numbers_are_words(value: int) -> None:
    assert speakable(f"about {value} things").startswith("about ")
    assert speakable(f"{value:,}") == speakable(f"{value:,}").lower()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["attention", "is", "all", "you", "need", "the", "model"]), min_size=1, max_size=20
    )
)
def test_plain_words_stay(words: list[str]) -> None:
    assert speakable(" ".join(words)) == " ".join(words)


def test_lexicon(tmp_path: Path) -> None:
    lexicon = {"LoRA": "Lora", "sql": "sequel", "q/k": "queue and key"}
    assert speakable("LoRA, SQL, lora and Q/K", lexicon) == "Lora, sequel, lora and queue and key"
    text = tmp_path / "words.toml"
    text.write_text('# ours\nLoRA = "Lora"\nsql = "sequel"  # any case\n')
    assert read_lexicon(text) == {"LoRA": "Lora", "sql": "sequel"}
    assert speakable("SQL", text) == "sequel"
