"""Languages: which one a text is in, whether it is English, and what the program itself writes in each."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import SettingsError, UsageError
from podcast_dspy.text.words import FUNCTION_WORDS, frequency, notation, words

__all__ = ["Translation", "translation"]


UNKNOWN: Final = "und"
"""ISO 639 code of a language that cannot be told."""

EPISODE_LANGUAGES: Final = ("de", "en", "es", "fr", "it")
"""Those that an episode can be in."""

_NAMES: Final[dict[str, str]] = notation("languages")
_CODES: Final = {name.lower(): code for code, name in _NAMES.items()}
_SCRIPTS: Final[dict[str, list[str]]] = notation("scripts")
"""Languages of each script, by the first word of its letters' Unicode names; the first wins a draw."""
_COMMONEST: Final = 100
_LONGEST: Final = 20_000
"""Words looked at: a sample of a book tells its language as well as the book."""
_ENOUGH: Final = 20
"""Words from which their shares tell the language; English has the benefit of the doubt below."""
_FEW: Final = 2
"""Words of another language that few words must hold for not being English."""
_TELLING: Final = 8
"""Words of a sentence whose language can be told."""
_FOREIGN: Final = 0.3
"""Share of another language's commonest words that makes a sentence foreign, with at most half as many of its own."""
_PROSE: Final = 0.1
"""Share of its hundred commonest words that running text of any language has at the least; English prose has 0.4."""


def guess_language(texts: Iterable[str], *, default: str = UNKNOWN) -> str:
    """ISO 639-1 code of the prose in `texts`, or `default` where it cannot be told."""
    words = _sample(texts)
    script = _script(words)
    codes = _SCRIPTS.get(script, [])
    if len(codes) == 1:
        return codes[0]
    counts = Counter(words)
    shares = {
        code: sum(counts[word] for word in _commonest(code)) / max(1, sum(counts.values())) for code in codes
    }
    best = max(shares, key=lambda code: shares[code], default=default)
    if len(words) < _ENOUGH and script == "LATIN":
        foreign = max(_FEW / max(1, len(words)), 2 * _PROSE, 2 * shares["en"])
        if shares[best] < foreign:
            return "en"
    return best if shares.get(best, 0.0) >= _PROSE else default


def sentence_in_another(sentences: Iterable[str], language: str) -> tuple[str, str] | None:
    """The first sentence that is in another of the languages of episodes than the one named, and its language.

    Only such of eight words and more, since fewer hardly tell; names and quoted titles do not make a sentence foreign.
    """
    for sentence in sentences:
        words = _sample([sentence])
        if len(words) < _TELLING:
            continue
        shares = {
            code: sum(word in _commonest(code) for word in words) / len(words) for code in EPISODE_LANGUAGES
        }
        best = max(shares, key=lambda code: shares[code])
        if shares[best] >= _FOREIGN and shares[language] < shares[best] / 2:
            return sentence, best
    return None


def language_code(name: str) -> str:
    """ISO 639-1 code of a language by its English name, in any case; a code, or an unknown name, is given back."""
    return _CODES.get(name.lower(), name.lower())


def episode_language(name: str) -> str:
    """The code of a language that an episode can be in, by its code (`fr-CA` is `fr`) or its English name.

    Raises SettingsError for any other.
    """
    code = language_code(name.strip()).partition("-")[0].partition("_")[0]
    if code not in EPISODE_LANGUAGES:
        raise SettingsError(f"no episode can be in {name!r}; --language takes {episode_languages()}")
    return code


def episode_languages() -> str:
    """Those that an episode can be in, for a sentence."""
    *first, last = (f"{code} ({language_name(code)})" for code in EPISODE_LANGUAGES)
    return f"{', '.join(first)} or {last}"


def language_name(code: str) -> str:
    """English name of a language, for a sentence: `German`, or `a language that cannot be told`."""
    return _NAMES.get(code, "a language that cannot be told" if code == UNKNOWN else f"the language {code!r}")


def _sample(texts: Iterable[str]) -> list[str]:
    """Words of two letters and more, in small letters: single ones are the variables of formulas."""
    words: list[str] = []
    for text in texts:
        words += re.findall(r"[^\W\d_]{2,}", text.lower())
        if len(words) >= _LONGEST:
            break
    return words


def _script(words: list[str]) -> str:
    """The script of most letters; Japanese is known by its own letters, which few of its words are without."""
    letters = Counter(letter for word in words for letter in word)
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "").partition(" ")[0]] += count
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana > 0.1 * (kana + scripts["CJK"]) and scripts["CJK"] + kana > sum(scripts.values()) / 2:
        return "HIRAGANA"
    return max(scripts, key=lambda script: scripts[script], default="LATIN")


@cache
def _commonest(code: str) -> frozenset[str]:
    from wordfreq import top_n_list

    return frozenset(word for word in top_n_list(code, _COMMONEST, wordlist="small") if len(word) > 1)


_LITTLE_WORDS: Final = 0.2
"""Share of function words: about a half in English talk, a third in an abstract, a twentieth in other languages."""
_KNOWN: Final = 0.7
"""Share of words that English uses at least once in a million: a bare list of English terms has few function words."""
_COMMON: Final = 3.0
_LATIN_ENDS: Final = "\u024f"


@lru_cache(maxsize=512)
def is_english(text: str) -> bool:
    """Whether a text reads as English; texts of under 20 words in Latin letters are given the benefit of the doubt."""
    if not text.isascii():
        letters = [letter for letter in text if letter.isalpha()]
        if sum(letter > _LATIN_ENDS for letter in letters) > len(letters) / 2:
            return False
    said = words(text)
    if len(said) < _ENOUGH or sum(map(FUNCTION_WORDS.__contains__, said)) >= _LITTLE_WORDS * len(said):
        return True
    return sum(frequency(word) >= _COMMON for word in said) >= _KNOWN * len(said)


def require_english(text: str, what: str) -> None:
    """Raise UsageError unless a text is English."""
    if not is_english(text):
        raise UsageError(
            f"{what} is not in English, which is all that the measured judge reads; name an LM with --judge-lm"
        )


class Translation(BaseModel):
    """The lines of one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iso_639_2: str
    """Code of three letters, for the tags of audio."""
    show: str
    """Name of a show that nobody has named."""
    show_about: str
    """What a {show} is that nobody has described."""
    about: str
    """What an episode is about, in a sentence, of the {paper}'s title."""
    about_by: str
    """The same with its {authors}."""
    paper: str
    """Before the paper's address."""
    many: str
    """The {first} of many people and the {count} of the others."""
    question: str
    """Heading of a card that shows one."""
    figure: str
    table: str
    asker: str
    """Before what who asks in a dialogue says."""
    explainer: str
    greeting: str
    """What a voice says to be heard."""
    chapters: dict[str, str] = {}
    """Names of chapters without a title of their own, by segment type."""
    sample: str = ""
    """Prose as hosts speak it, by which a voice's words a minute are measured."""


@cache
def translation(language: str) -> Translation:
    """The lines of a language (ISO 639-1); KeyError for one that episodes cannot be in."""
    text = resources.files("podcast_dspy.text").joinpath("translations.toml").read_text(encoding="utf-8")
    return Translation.model_validate(tomllib.loads(text)[language])
