"""Pronunciations: acronyms, species and names of a paper that a voice may get wrong, as a draft of a lexicon."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from podcast_dspy.audio.forced_alignment import arpabet
from podcast_dspy.audio.local_voices import ipa
from podcast_dspy.text.normalisation import speakable
from podcast_dspy.text.words import RARE, frequency

_ACRONYM: Final = re.compile(r"(?<![\w-])([A-Z]{2,6})s?(?![\w-])")
_MIXED: Final = re.compile(r"(?<![\w-])((?=\w*[a-z])[A-Z]\w*[A-Z]\w*)(?![\w-])")
"""LaTeX, SciBERT, GenBank."""
_SPECIES: Final = re.compile(r"\b([A-Z])([a-z]{3,}) ([a-z]{3,}(?:us|um|is|ae|ii|a|ens|i))\b")
_NAME: Final = re.compile(r"(?<=[a-z,;)] )([A-Z][^\W\d_A-Z]{3,})(?![\w-])")
"""Capitalised inside a sentence."""
_MOST: Final = 40
_OFTEN: Final = 2
"""Times from which a name is asked about; authors always are."""
_SPELT: Final = dict(
    pair.split(":")
    for pair in (
        "AA:ah AE:a AH:uh AO:aw AW:ow AY:y EH:e ER:er EY:ay IH:i IY:ee OW:oh OY:oy UH:oo UW:oo B:b CH:ch D:d DH:th F:f "
        "G:g HH:h JH:j K:k L:l M:m N:n NG:ng P:p R:r S:s SH:sh T:t TH:th V:v W:w Y:y Z:z ZH:zh"
    ).split()
)
"""Phones of the CMU dictionary as letters that a reader of English says so."""
_VOWELS: Final = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """A word of a paper, as it will be said and as it may be meant."""

    written: str
    kind: Literal["acronym", "species", "name"]
    count: int
    heard: str
    """How it is said without an entry: what the voice is given, or how espeak-ng says that, in syllables."""
    guess: str
    """Another way to say it, where there is one, else a respelling of how it is said, to be edited."""


def pronunciations(
    text: str, *, authors: Collection[str] = (), known: Collection[str] = ()
) -> list[Pronunciation]:
    """What a paper has for the lexicon, most frequent first, at most forty; `known` is in the lexicon already.

    Raises PrerequisiteError without espeak-ng (the extra `local`).
    """
    there = {word.lower() for word in known}
    names = [part for author in authors for part in author.split() if len(part) > 3 and part[-1] != "."]
    found = [*_acronyms(text), *_species(text), *_names(text, names)]
    new = {one.written: one for one in reversed(found) if one.written.lower() not in there}
    return sorted(new.values(), key=lambda one: (-one.count, one.written))[:_MOST]


def _acronyms(text: str) -> Iterator[Pronunciation]:
    counts = Counter(match[1] for pattern in (_ACRONYM, _MIXED) for match in pattern.finditer(text))
    for written, count in counts.items():
        heard = speakable(written)
        letters = "-".join(written)
        if not written.isupper():
            yield Pronunciation(written, "acronym", count, heard, _syllables(heard))
        elif re.search(r"[AEIOUY]", written) and not re.fullmatch(r"[IVX]+", written):
            # What is said as a word may be meant as letters, and the other way round.
            yield Pronunciation(
                written, "acronym", count, heard, written.lower() if heard == letters else letters
            )


def _species(text: str) -> Iterator[Pronunciation]:
    counts = Counter(
        match.groups()
        for match in _SPECIES.finditer(text)
        if max(frequency((match[1] + match[2]).lower()), frequency(match[3])) < RARE
    )
    for (initial, rest, epithet), count in counts.items():
        full_name = f"{initial}{rest} {epithet}"
        yield Pronunciation(full_name, "species", count, _syllables(full_name), _syllables(full_name))
        short = f"{initial}. {epithet}"
        if times := text.count(short):
            yield Pronunciation(short, "species", times, speakable(short), full_name)


def _names(text: str, authors: Collection[str]) -> Iterator[Pronunciation]:
    counts = Counter(match[1] for match in _NAME.finditer(text))
    species = {word for match in _SPECIES.finditer(text) for word in match[0].split()}
    for written in dict.fromkeys([*authors, *counts]):
        often = counts[written] >= _OFTEN or written in authors
        if often and written not in species and frequency(written.lower()) < RARE:
            heard = _syllables(written)
            yield Pronunciation(written, "name", max(1, counts[written]), heard, heard)


def _syllables(word: str) -> str:
    """How espeak-ng says a word, in letters, a hyphen between syllables: "oh-si-muhm"."""
    said = []
    for part in re.split(r"[\s-]+", word):
        phones = arpabet(ipa(part)).split()
        syllables: list[str] = [""]
        for place, phone in enumerate(phones):
            ahead = next((one in _VOWELS for one in phones[place + 1 : place + 2]), False)
            full = any(one in _VOWELS for one in phones[:place])
            if full and (
                (phone in _VOWELS and phones[place - 1] in _VOWELS) or (phone not in _VOWELS and ahead)
            ):
                syllables.append("")
            syllables[-1] += _SPELT[phone]
        said.append("-".join(syllables))
    return " ".join(said)


def draft_lexicon(found: Collection[Pronunciation]) -> str:
    """A lexicon (TOML) to be edited: each line a comment, so that nothing is respelled before somebody said so."""
    head = (
        "# Words of the paper that a voice may get wrong. Take the # off the lines that are to count, correct what\n"
        "# is to be said, and put them into lexicon.toml of the workspace, or give this file with --lexicon.\n"
    )
    lines = [
        f"# {json.dumps(one.written, ensure_ascii=False)} = {json.dumps(one.guess, ensure_ascii=False)}"
        f"  # {one.kind}, {one.count} times; is said: {one.heard}"
        for one in found
    ]
    return "\n".join([head, *lines, ""])
