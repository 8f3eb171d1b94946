"""Text normalisation for speech: a written passage as a voice says it, all notations in their order."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from podcast_dspy.text.spoken.dates import say_dates
from podcast_dspy.text.spoken.formulas import say_formulas, say_latex, unwrap_formulas
from podcast_dspy.text.spoken.initialisms import spell_acronyms
from podcast_dspy.text.spoken.lexicon import Lexicon, apply_lexicon, read_lexicon
from podcast_dspy.text.spoken.markup_removal import strip_markup
from podcast_dspy.text.spoken.money import say_money
from podcast_dspy.text.spoken.number_words import prepare_numbers, say_numbers, say_quantities, say_ranges
from podcast_dspy.text.spoken.symbols import say_abbreviations, say_bounds, say_symbols

__all__ = ["speakable"]

_ROUNDS = 6
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u00ad": None, "\u200b": None,
     "\u00a0": " ", "\u2011": "-", "\u2010": "-", "\ufeff": None}
)  # fmt: skip


def speakable(text: str, lexicon: Lexicon | str | Path | None = None) -> str:
    """`text` as a speaker would say it: one line, no digits, no markup, no citations, no symbols.

    Idempotent: applied to its own result it changes nothing (as long as no respelling contains its own written form).

    Args:
        text: a passage, plain or Markdown.
        lexicon: respellings of the project's own, or the file that holds them (see `read_lexicon`).
    """
    entries = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
    text = text.translate(_TYPOGRAPHY)
    if entries:
        text = apply_lexicon(text, entries)
    for _ in range(_ROUNDS):
        said = _pass(text)
        if said == text:
            break
        text = said
    return text


def _pass(text: str) -> str:
    text = re.sub(r"(?<=\d)\*\*(?=\d)", "^", text)  # a power, and no emphasis
    text = strip_markup(unwrap_formulas(text.translate(_TYPOGRAPHY)))
    text = prepare_numbers(say_abbreviations(text))
    # first the notations whose signs stand for something else elsewhere: "$5", "2:1", "50 Ω", "m^-1"
    text = say_quantities(say_ranges(say_dates(say_money(say_bounds(text)))))
    text = say_symbols(say_latex(say_formulas(text)))
    text = say_numbers(say_quantities(text.replace("minus -", "minus ")))
    text = unicodedata.normalize("NFKC", text)
    text = say_numbers(text) if any(character.isnumeric() for character in text) else text
    return _tidy(spell_acronyms(text))


def _tidy(text: str) -> str:
    """Only letters and spoken punctuation, with single spaces."""
    text = re.sub(r"\s*[—–]\s*|\s+-+\s+|--+", ", ", text)
    text = re.sub(r"[\[{]", "(", text)
    text = re.sub(r"[\]}]", ")", text)
    kept = []
    for character in text:
        if character.isalpha() or character.isspace() or character in ".,;:!?'\"()-":
            kept.append(character)
        elif unicodedata.category(character).startswith("M"):
            kept.append(character)  # accents
        else:
            kept.append(" ")
    text = " ".join("".join(kept).split())
    text = re.sub(r"\(\s*[,;:.\s]*\)", " ", text)
    text = re.sub(r"\(\s+", "(", text)
    text = re.sub(r"\s+([.,;:!?)])", r"\1", text)
    text = re.sub(r",(?=[^\W\d_])", ", ", text)
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]+\s*([.!?])", r"\1", text)
    text = re.sub(r"([.!?])\s*[,;:]+", r"\1", text)
    text = re.sub(r"\.{2,}", ".", text)
    text = re.sub(r"([!?])[.!?]+", r"\1", text)
    text = re.sub(r"^[\s,;:.!?)\-]+", "", text)
    return " ".join(text.split())
