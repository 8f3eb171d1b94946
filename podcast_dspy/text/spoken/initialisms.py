"""Spell acronyms that are said letter by letter, and read Roman numerals."""

from __future__ import annotations

import re

from podcast_dspy.text.spoken.number_words import cardinal
from podcast_dspy.text.words import frequency

__all__ = ["spell_acronyms"]

_WORDS = frozenset(
    """
    NASA NATO UNESCO UNICEF LASER RADAR LIDAR SONAR COVID AIDS PIN RAM ROM GAN GANS SIM JSON YAML TOML GIF BERT BLEU
    ROUGE METEOR LORA QLORA RAG RAGS GLUE SQUAD LIME SHAP ADAM SMOTE ELMO CLIP DALL VAE BART CERN ASCII CAPTCHA FAQ SARS
    MERS NAND NOR NOT AND OR XOR IF THE A I IS IT IN ON AT TO OF BY WE ALL NO YES NEW ONE TWO SAM DINO MOE FLOP FLOPS
    TREC ARC PISA PASCAL COCO MNIST SWE SOTA AM FAIR OPEC RISC CRISPR BLAST YOLO SLAM NEAT
    """.split()
)
_SPELLED = frozenset(
    "AUC AI UI UX IEEE IOU AUROC OCR OOD AIC IID EEG ECG API IDE UN EU UK USA ICA AUPRC EM".split()
)
_ACRONYM = re.compile(r"(?<![\w'’])(?!US dollar)([A-Z]{2,6})(s|'s|’s)?(?![\w])")
_ROMAN = {"I": 1, "V": 5, "X": 10}
_NUMBERED = (
    r"types?|phases?|parts?|stages?|class(?:es)?|levels?|grades?|tiers?|groups?|sections?|chapters?|volumes?|books?|acts?"
    r"|figures?|tables?|appendix|wars?|theorems?|lemmas?|equations?|steps?|cases?|models?|schemes?|mark|complex|factor"
)
_AFTER_KIND = re.compile(rf"\b((?i:{_NUMBERED})\s)([IVX]+)([ab])?(?![\w'’])(?!-\w)")
_AFTER_NAME = re.compile(r"(?<=[A-Za-z]\s)([IVX]{2,})(?![\w'’-])")
_SHOUTED = re.compile(r"(?<![\w'’-])[A-Z]{2,}(?:[\s,.!?:;&–—'’\"-]+(?:[A-Z]{2,}|A|I)(?![\w]))+")
_LEAST_SHOUTED = 3
_COMMON = 3.0
"""Zipf frequency of a word that is met in print now and then."""
_COMMON_SHORT = 4.3
"""The same for three letters and less, where most acronyms are words of the corpus as well."""


def spell_acronyms(text: str) -> str:
    """`text` with "GPU" as "G-P-U", "LLMs" as "L-L-M's", "Type II" as "Type two"; NASA and BERT stay words.

    Hyphens, since a lone "A" between spaces is read as the article. Two and three capitals are spelled unless known as
    a word; four to six only if they cannot be pronounced. In a run of capitals, words are not acronyms.
    """
    text = _AFTER_KIND.sub(_roman, text)
    text = _AFTER_NAME.sub(lambda found: _numeral(found[1]) or found[0], text)
    text = _SHOUTED.sub(_calm, text)
    return _ACRONYM.sub(lambda f: "-".join(f[1]) + ("'s" if f[2] else "") if _spelled(f[1]) else f[0], text)


def _roman(found: re.Match[str]) -> str:
    said = _numeral(found[2])
    return f"{found[1]}{said}{' ' + found[3] if found[3] else ''}" if said else found[0]


def _numeral(letters: str) -> str:
    """A Roman numeral under forty in words; "" for letters that are none."""
    values = [_ROMAN[letter] for letter in letters]
    total = sum(-one if one < two else one for one, two in zip(values, [*values[1:], 0], strict=True))
    tens, ones = divmod(total, 10)
    written = "X" * tens + (
        "" if not ones else ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones - 1]
    )
    return cardinal(total) if written == letters else ""


def _calm(found: re.Match[str]) -> str:
    """A run of words in capitals as a title is written, unless it is a row of acronyms."""
    words = re.findall(r"[A-Z]+", found[0])
    if len(words) < _LEAST_SHOUTED or 2 * sum(map(_is_word, words)) < len(words):
        return found[0]
    return re.sub(r"[A-Z]{2,}", lambda word: word[0].capitalize() if _is_word(word[0]) else word[0], found[0])


def _is_word(letters: str) -> bool:
    if letters in _SPELLED or not re.search(r"[AEIOUY]", letters):
        return False
    least = _COMMON if len(letters) > 3 else _COMMON_SHORT
    return frequency(letters.lower()) >= least


def _spelled(word: str) -> bool:
    if word in _WORDS:
        return False
    if word in _SPELLED or len(word) <= 3:
        return True
    if not re.search(r"[AEIOUY]", word):
        return True
    if _is_word(word):
        return False
    # four or more: letters that start or end in a cluster no English word has, or three consonants running
    return bool(
        re.search(r"[^AEIOUY]{4,}|^[^AEIOUYSTHCPRBDFGKLNM]{2}|[BCDFGJKPQTVWXZ]{3}|[AEIOU]{3}|Q(?!U)", word)
    )
