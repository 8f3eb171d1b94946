"""Text as a voice can say it, signs as words and a project's lexicon; as a judge may read it, free of orders."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from podcast_dspy.errors import InputError
from podcast_dspy.text.number_words import (
    cardinal,
    prepare_numbers,
    say_numbers,
    say_quantities,
    say_ranges,
)
from podcast_dspy.text.symbols import (
    say_abbreviations,
    say_bounds,
    say_dates,
    say_formulas,
    say_latex,
    say_money,
    say_symbols,
    unwrap_formulas,
)
from podcast_dspy.text.words import (
    frequency,
    notation,
    patterns,
    phrase_patterns,
    plain_text,
    replacements,
    rewritten,
    split_sentences,
    wordlist,
    words,
)

_ROUNDS = 6
_TIDY, _MARKUP, _BLOCKS, _ASIDES = map(replacements, ("tidying", "markup", "blocks", "asides"))
_ROUND = str.maketrans("[]{}", "()()")
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u00ad": None, "\u200b": None,
     "\u00a0": " ", "\u2011": "-", "\u2010": "-", "\ufeff": None}
)  # fmt: skip


def speakable(text: str, lexicon: Lexicon | str | Path | None = None, language: str = "en") -> str:
    """`text` as a speaker would say it: one line, no digits, no markup, no citations, no symbols.

    Idempotent: applied to its own result it changes nothing (as long as no respelling contains its own written form).
    All but the respellings is English. In another `language` the text stays as it is written: voices read digits and
    abbreviations by the rules of their own language.

    Args:
        text: a passage, plain or Markdown.
        lexicon: respellings of the project's own, or the file that holds them (see `read_lexicon`).
    """
    entries = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
    text = text.translate(_TYPOGRAPHY)
    if entries:
        text = apply_lexicon(text, entries)
    if language != "en":
        return " ".join(text.split())
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
    text = re.sub(r"\s*[—–]\s*|\s+-+\s+|--+", ", ", text).translate(_ROUND)
    kept = []
    for character in text:
        if character.isalpha() or character.isspace() or character in ".,;:!?'\"()-":
            kept.append(character)
        elif unicodedata.category(character).startswith("M"):
            kept.append(character)  # accents
        else:
            kept.append(" ")
    text = " ".join("".join(kept).split())
    return " ".join(rewritten(text, _TIDY).split())


_ADDRESSES = patterns("addresses")
_REFERRED = notation("references")
"""How Pandoc cites and Quarto refers: "[@lee2001, p. 3]", "@lee2001", "@fig-rain"."""


def strip_markup(text: str) -> str:
    """`text` without Markdown, HTML tags, speaker labels, stage directions and citations; addresses become sites.

    `[12]`, `[3, 5-7]` and `(Smith et al., 2020)` go; "Smith et al. (2020)" becomes "Smith and colleagues".
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = rewritten(text, _MARKUP)
    text = _ADDRESSES["email"].sub(lambda found: f"{_dots(found[1])} at {_dots(found[2])}", text)
    text = _ADDRESSES["cross_reference"].sub(lambda found: _REFERRED[found[1]], text)
    text = _ADDRESSES["citation_key"].sub(lambda found: f"{_surname(found[1])} ({found[2]})", text)
    text = _ADDRESSES["url"].sub(_site, text)
    text = _ADDRESSES["host"].sub(_site, text)
    text = _ADDRESSES["heading"].sub(_sentence, rewritten(text, _BLOCKS))
    return rewritten(text, _ASIDES)


def _sentence(found: re.Match[str]) -> str:
    title = found[1].strip()
    return title if title[-1:] in ".!?:" else title + "."


def _surname(key: str) -> str:
    """The name that a citation key begins with: "lindt" or "smithEtAl" of "smithEtAl2020"."""
    first = _ADDRESSES["surname"].match(key)
    return (first[0] if first else key).capitalize()


def _dots(name: str) -> str:
    return name.strip(".").replace(".", " dot ")


def _site(found: re.Match[str]) -> str:
    """Only the host: nobody writes down the path of an address they hear."""
    host = (found[1] or found[2]).split("/")[0].split("?")[0].split("#")[0].split(":")[0]
    return _dots(host[4:] if host[:4].lower() == "www." else host)


_WORDS = frozenset(notation("acronyms")["words"].split())
_SPELLED = frozenset(notation("letters")["words"].split())
_CAPITALS = patterns("capitals")
_ROMAN = {"I": 1, "V": 5, "X": 10}
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
    text = _CAPITALS["after_kind"].sub(_roman, text)
    text = _CAPITALS["after_name"].sub(lambda found: _numeral(found[1]) or found[0], text)
    text = _CAPITALS["shouted"].sub(_calm, text)
    return _CAPITALS["acronym"].sub(
        lambda f: "-".join(f[1]) + ("'s" if f[2] else "") if _spelled(f[1]) else f[0], text
    )


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
    words = _CAPITALS["word"].findall(found[0])
    if len(words) < _LEAST_SHOUTED or 2 * sum(map(_is_word, words)) < len(words):
        return found[0]
    return _CAPITALS["word"].sub(
        lambda word: word[0].capitalize() if _is_word(word[0]) else word[0], found[0]
    )


def _is_word(letters: str) -> bool:
    if letters in _SPELLED or not set(letters) & set("AEIOUY"):
        return False
    least = _COMMON if len(letters) > 3 else _COMMON_SHORT
    return frequency(letters.lower()) >= least


def _spelled(word: str) -> bool:
    if word in _WORDS:
        return False
    if word in _SPELLED or len(word) <= 3:
        return True
    if not set(word) & set("AEIOUY"):
        return True
    if _is_word(word):
        return False
    return _CAPITALS["unpronounceable"].search(word) is not None


Lexicon = Mapping[str, str]
"""Written form to respelling. A form in lower case matches any case, any other only itself."""

LEXICON = "lexicon.toml"
"""Name of the lexicon of a workspace."""
_LONGEST = 200  # characters; a respelling is a few words


def project_lexicon(path: Path) -> dict[str, str]:
    """The respellings of a workspace's lexicon; none where there is no such file.

    Raises:
        InputError: the file cannot be used.
    """
    return read_lexicon(path) if path.exists() else {}


def read_lexicon(path: str | Path) -> dict[str, str]:
    """Read a lexicon: TOML, lines such as `word = "as spoken"`.

    Raises:
        InputError: it cannot be read, or an entry cannot be used; the message names it.
    """
    path = Path(path).expanduser()
    try:
        entries = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The lexicon {path} cannot be read ({error}); give a UTF-8 text file.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f'The lexicon {path} is not TOML ({error}); write lines such as: GPT = "gee pee tee".'
        ) from error
    return {_checked(written, said, path): str(said).strip() for written, said in entries.items()}


def _checked(written: str, respelled: Any, path: Path) -> str:
    """The written form, once both it and its respelling can be used."""
    entry = f"The entry {written!r} of the lexicon {path}"
    if not isinstance(respelled, str):
        hint = " (quote a name with a dot in it)" if isinstance(respelled, dict) else ""
        raise InputError(f'{entry} is not a text{hint}; write {written} = "as it is spoken".')
    if not any(character.isalnum() for character in written):
        raise InputError(f"{entry} has no letter or digit in it; name the word as it is written.")
    if not any(character.isalpha() for character in respelled) or "\n" in respelled:
        raise InputError(f"{entry} says nothing that can be spoken; give words on one line.")
    if max(len(written), len(respelled)) > _LONGEST:
        raise InputError(f"{entry} is longer than {_LONGEST} characters; a lexicon respells words.")
    return written.strip()


def apply_lexicon(text: str, lexicon: Lexicon) -> str:
    """`text` with every whole word of the lexicon respelled, the longest form first, each place once."""
    if not lexicon:
        return text
    forms = sorted(lexicon, key=len, reverse=True)
    pattern = "|".join(
        f"(?i:{re.escape(form)})" if form == form.lower() else re.escape(form) for form in forms
    )

    def respell(found: re.Match[str]) -> str:
        word = found[0]
        return lexicon.get(word) or lexicon[word.lower()]

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", respell, text)


_WINDOW_WORDS = 900
_ORDERS = phrase_patterns("orders")
_UNSPOKEN = patterns("unspoken")
_ENGLISH = wordlist("english_marks")
_LANGUAGES = tuple(
    wordlist(f"{name}_marks") for name in ("german", "french", "spanish", "italian", "portuguese", "dutch")
)


def neutralise(text: str) -> tuple[str, tuple[str, ...]]:
    """A text as data: sentences that speak to a judge, marks that no voice speaks and foreign orders taken out.

    Returns the text and the sentences removed. It goes by form (who is spoken to, what is asked for, what imitates an
    answer) and by language, not by a list of known attacks; what is said about scores in the paper's own experiments
    stays.
    """
    removed: list[str] = []

    def drop(match: re.Match[str]) -> str:
        removed.append(" ".join(match.group().split()))
        return " "

    plain = _UNSPOKEN["marks"].sub(
        " ", _UNSPOKEN["blob"].sub(drop, _UNSPOKEN["comment"].sub(drop, plain_text(text)))
    )
    kept: list[str] = []
    for sentence in split_sentences(plain):
        order = _UNSPOKEN["data"].search(sentence) or any(order.search(sentence) for order in _ORDERS)
        (removed if order or _foreign(sentence) else kept).append(sentence)
    return " ".join(kept), tuple(removed)


def _foreign(sentence: str) -> bool:
    """Whether a sentence is not in English: in another script, or with the little words of another language."""
    letters = [letter for letter in sentence if letter.isalpha()]
    if len(letters) >= 4 and sum(letter > "\u024f" for letter in letters) > len(letters) / 2:
        return True
    said = words(sentence)
    english = sum(word in _ENGLISH for word in said)
    most = max(len(marks & set(said)) for marks in _LANGUAGES)
    return len(said) >= 4 and most >= 2 and most > english


def windows(text: str, count: int | None = None) -> list[str]:
    """The whole text in `count` windows (of at most about 900 words, if not given), cut between sentences.

    They are nearly equal in length; a text with fewer sentences than that has fewer windows.
    """
    sentences = split_sentences(text)
    total = sum(len(sentence.split()) for sentence in sentences)
    if not total:
        return []
    each = total / (count or -(-total // _WINDOW_WORDS))
    parts: list[list[str]] = [[]]
    held = 0
    for sentence in sentences:
        if parts[-1] and held >= each * len(parts) - 1e-9:
            parts.append([])
        parts[-1].append(sentence)
        held += len(sentence.split())
    return [" ".join(part) for part in parts]
