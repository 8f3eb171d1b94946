"""Turn a written passage into one that a voice can say aloud."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from podcast_dspy.audio.spoken.acronyms import spell_acronyms
from podcast_dspy.audio.spoken.lexicon import Lexicon, apply_lexicon, read_lexicon
from podcast_dspy.audio.spoken.markup import strip_markup
from podcast_dspy.audio.spoken.numbers import say_numbers
from podcast_dspy.audio.spoken.symbols import say_abbreviations, say_latex, say_symbols

__all__ = ["speakable"]

_ROUNDS = 6
_MICRO = {"m": "micrometers", "g": "micrograms", "s": "microseconds", "L": "microliters", "M": "micromolar"}
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
    text = strip_markup(text.translate(_TYPOGRAPHY))
    text = say_abbreviations(text)
    text = say_latex(text)
    text = say_numbers(_minus(say_symbols(_signed_units(text))))
    text = unicodedata.normalize("NFKC", text)
    text = say_numbers(text) if any(character.isnumeric() for character in text) else text
    return _tidy(spell_acronyms(text))


def _signed_units(text: str) -> str:
    # these units are written with signs that become words of their own further on
    text = re.sub(r"(?<=\d)\s?°\s?C\b", " degrees Celsius", text)
    text = re.sub(r"(?<=\d)\s?°\s?F\b", " degrees Fahrenheit", text)
    return re.sub(r"(?<=\d)\s?[µμ]([mgsLM])\b", lambda found: f" {_MICRO[found[1]]}", text)


def _minus(text: str) -> str:
    return text.replace("minus -", "minus ")


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
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]+\s*([.!?])", r"\1", text)
    text = re.sub(r"([.!?])\s*[,;:]+", r"\1", text)
    text = re.sub(r"\.{2,}", ".", text)
    text = re.sub(r"([!?])[.!?]+", r"\1", text)
    text = re.sub(r"^[\s,;:.!?)\-]+", "", text)
    return " ".join(text.split())
