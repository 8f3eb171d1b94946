"""Spell acronyms that are said letter by letter, and read Roman numerals."""

from __future__ import annotations

import re

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
_ACRONYM = re.compile(r"(?<![\w'’])([A-Z]{2,6})(s|'s|’s)?(?![\w])")
_ROMAN = {
    "II": "two", "III": "three", "IV": "four", "VI": "six", "VII": "seven", "VIII": "eight", "IX": "nine",
    "XI": "eleven", "XII": "twelve",
}  # fmt: skip
_AFTER_NAME = re.compile(r"(?<=[A-Za-z]\s)(II|III|IV|VI|VII|VIII|IX|XI|XII)(?![\w'’-])")
_SHOUTED = re.compile(r"(?:\b[A-Z]{2,}\b[\s,.!?]*){4,}")


def spell_acronyms(text: str) -> str:
    """`text` with "GPU" as "G-P-U", "LLMs" as "L-L-M's", "Type II" as "Type two"; NASA and BERT stay words.

    Hyphens, since a lone "A" between spaces is read as the article. Two and three capitals are spelled unless known as
    a word; four to six only if they cannot be pronounced. A run of four words or more in capitals is a heading.
    """
    text = _AFTER_NAME.sub(lambda found: _ROMAN[found[1]], text)
    shouted = [found.span() for found in _SHOUTED.finditer(text)]

    def spell(found: re.Match[str]) -> str:
        word, suffix = found[1], found[2]
        if any(start <= found.start() < end for start, end in shouted) or not _spelled(word):
            return found[0]
        return "-".join(word) + ("'s" if suffix else "")

    return _ACRONYM.sub(spell, text)


def _spelled(word: str) -> bool:
    if word in _WORDS:
        return False
    if word in _SPELLED or len(word) <= 3:
        return True
    if not re.search(r"[AEIOU]", word):
        return True
    # four or more: letters that start or end in a cluster no English word has, or three consonants running
    return bool(
        re.search(r"[^AEIOUY]{4,}|^[^AEIOUYSTHCPRBDFGKLNM]{2}|[BCDFGJKPQTVWXZ]{3}|[AEIOU]{3}|Q(?!U)", word)
    )
