"""Words that papers share: lists and patterns (`lists.toml`, with their sources), names, short forms, repair of words.

Whether a hyphen at a line end belongs to the word is decided by the paper's own vocabulary first, then by how common
the word is.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from podcast_dspy.text.words import frequency


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(files(__package__ or "").joinpath("lists.toml").read_text(encoding="utf-8"))


def _found(name: str) -> Any:
    found: Any = _lists()
    for part in name.split("."):
        found = found[part]
    return found


def words(name: str) -> frozenset[str]:
    """A list of words."""
    return frozenset(_found(name)["words"].split())


def patterns(name: str) -> tuple[str, ...]:
    """A list of regular expressions, or of names of several words."""
    return tuple(_found(name)["patterns"])


def any_of(name: str) -> str:
    """A regular expression that matches what any pattern of a list matches."""
    return f"(?:{'|'.join(patterns(name))})"


def table(name: str) -> dict[str, str]:
    """A table of signs by their names."""
    return dict(_found(name))


def replacements(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A list of patterns, in order, and of what is written instead of what they match."""
    return tuple((re.compile(pattern), written) for pattern, written in _found(name)["replacements"])


def expression(name: str) -> re.Pattern[str]:
    """The regular expression of that name."""
    return re.compile(_found(f"expressions.{name}")["pattern"])


_NUMBER = expression("number")
_GLUED_NUMBER = expression("glued_number")
KNOWN = frozenset(patterns("sections"))
REFERENCES = re.compile(f"^{any_of('references')}$", re.I)
BACK_MATTER = re.compile(f"^(?:{any_of('references')}|{any_of('back_matter')})$", re.I)
LABEL = expression("label")
STATEMENT = re.compile(rf"^(?:\(?[\d.]+\)?\s*)?{any_of('statements')}s?(?:\s*[\d.:(]|\s*$)", re.I)
"""A label that counts theorems, figures and the like: no heading of a section."""

ABSTRACTS = any_of("abstract")
ABSTRACT = re.compile(rf"^(?:{ABSTRACTS})\s*$", re.I)
ABSTRACT_LABEL = re.compile(r"^abstract\b\s*[:.—–-]*\s*", re.I)
KEYWORDS = re.compile(rf"^{any_of('keywords')}\b", re.I)
METADATA = re.compile(f"^{any_of('metadata')}", re.I)
AFFILIATION = re.compile(any_of("affiliation"), re.I)
_PARTICLES = words("particles")
_TITLES_OF_PEOPLE = expression("titles_of_people")
ORCID = expression("orcid")
"""A person's number, as orcid.org writes it."""
_INITIALS = re.compile(r"(?:[A-Z][a-z]{0,3}\.?){2,4}")
"""Letters after a name: a degree, an office, a learned society."""

_NOT_NAMES = words("not_names")


def tidy_heading(text: str) -> str:
    """A heading with letter-spacing undone (`A B S T R A C T`) and a final full stop or colon removed."""
    text = text.strip()
    if re.fullmatch(r"(?:[^\W\d_] ){3,}[^\W\d_]:?", text):
        text = text.replace(" ", "")
    return re.sub(r"\s*[:.]$", "", text).strip(" |–—")


def split_number(text: str) -> tuple[str | None, str]:
    """(printed number or None, title) of a heading."""
    match = _NUMBER.match(text) or _GLUED_NUMBER.match(text)
    if not match:
        return None, text
    number = re.sub(r"^(?:Appendix|APPENDIX|Section)\s+", "", match["number"]).rstrip(".:")
    return number, match["title"].strip()


@lru_cache(maxsize=8192)
def caps(text: str) -> bool:
    """Whether a text is set in capitals."""
    letters = [ch for ch in text if ch.isalpha()]
    return len(letters) >= 3 and sum(ch.isupper() for ch in letters) > 0.9 * len(letters)


def known(text: str) -> bool:
    """Whether a text, its number aside, is a usual section name."""
    _, title = split_number(text.strip())
    return tidy_heading(title).lower().replace("’", "'") in KNOWN


def is_label(text: str) -> bool:
    """Whether a text is the label of a figure or table and nothing else: `Table 2.`"""
    match = LABEL.match(text)
    return match is not None and not match["rest"].strip()


def fold(text: str) -> str:
    """Letters and digits only, case ignored: by these two headings are compared."""
    return "".join(filter(str.isalnum, text.casefold()))


def is_name(text: str) -> bool:
    """Whether a text of a few words could be one person's name."""
    tokens = text.replace("-", " ").split()
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > 60 or any(ch.isdigit() for ch in text):
        return False
    if AFFILIATION.search(text) or any(len(t) > 2 and t.lower().strip(".") in _NOT_NAMES for t in tokens):
        return False
    capital = 0
    for word in words:
        bare = word.strip(".,'’")
        if not bare:
            return False
        if word.lower() in _PARTICLES:
            continue
        if not bare[0].isupper() or not re.fullmatch(r"[^\W\d_]+(?:[.'’‐-][^\W\d_]*)*\.?", word):
            return False
        capital += 1
    return (capital >= 2 and len(words[-1].strip(".")) > 1) or (capital >= 2 and len(words[0].strip(".")) > 2)


def name_parts(text: str) -> list[str]:
    """What an author line names, without marks and degrees; whether these are names is for `is_name` to say."""
    text = _TITLES_OF_PEOPLE.sub("", ORCID.sub(",", text))
    pieces = re.split(r"\x01|[,;&·•|⋅]|\band\b|\bAND\b|\s{3,}", text)
    return [
        tidy
        for piece in pieces
        if (tidy := " ".join(piece.split()).strip(" .:-–—'’‘\"“”"))
        and len(tidy) > 1
        and not _INITIALS.fullmatch(tidy)
    ]


_LIGATURES = {
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "ĳ": "ij",
}  # fmt: skip
_ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a",
    "˝": "\u030b", "˘": "\u0306", "¸": "\u0327", "˙": "\u0307", "¯": "\u0304", "˛": "\u0328",
}  # fmt: skip
_REPAIRS = str.maketrans({**_LIGATURES, "\u2010": "-", "\u2011": "-", "\u00ad": "-", "\u00a0": " ", "−": "-"})
_DEGREES = re.compile(r"(?<=\d) ?[◦º˚∘°] ?(?=[CF]\b)")
"""TeX sets a degree as a raised circle, some fonts as a ring or an ordinal mark."""

_LONE_ACCENT = re.compile(rf"([^\W\d_])?([{''.join(_ACCENTS)}])( ?)([^\W\d_])?")
"""An accent that is drawn beside its letter: TeX draws most before it, the cedilla after it."""

_CONTRACTED = re.compile(r"(?:s|t|d|m|re|ll|ve)\b")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TAIL = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_HEAD = re.compile(r"([^\W\d_]+)")


_SHORT_FORM = re.compile(
    r"\((?P<short>[A-Z][A-Za-z0-9-]{1,9}s?)[;,)]|\b(?P<outside>[A-Z][A-Z0-9-]{1,8})\s*\((?P<inside>[^()]{6,90})\)"
)


class Vocabulary:
    """Words of the paper that were seen whole inside a line."""

    def __init__(self, texts: Iterable[str] = (), language: str = "en") -> None:
        self.language = language
        self.counts: Counter[str] = Counter()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Count the words of one line; its first and last word may be halves and are left out."""
        words = [word.lower() for word in _LETTERS.findall(text)]
        self.counts.update(words[1:-1] if len(words) > 2 else [])

    def keeps_hyphen(self, left: str, right: str) -> bool:
        """Whether `left-` at a line end, followed by `right`, is a compound rather than one broken word."""
        first, second = left.lower(), right.lower()
        joined, compound = first + second, f"{first}-{second}"
        seen_joined, seen_compound = self.counts[joined], self.counts[compound]
        if seen_joined != seen_compound:
            return seen_compound > seen_joined
        shouted = left.isupper() and right.isupper() and len(left + right) > 6
        if right[:1].isupper() and not shouted:
            return True
        if "-" in first:
            return frequency(first.rsplit("-", 1)[1] + second, self.language) < 2.4
        if frequency(joined, self.language) > 1.0:
            return False
        # An unknown joined form made of two common words is a compound (`well-known`), else a rare word.
        return (
            min(frequency(first.rsplit("-", 1)[-1], self.language), frequency(second, self.language)) >= 3.3
            and len(second) > 2
            and len(first) > 1
        )


def _composed(match: re.Match[str]) -> str:
    """An accent put on the letter after it, or on the one before, whichever can have it."""
    before, accent, gap, after = (part or "" for part in match.groups())
    if accent in "´`" and before and _CONTRACTED.match(match.string, match.end(2)):
        return match.group()  # it stands for an apostrophe
    put = [
        unicodedata.normalize("NFC", letter.replace("ı", "i") + _ACCENTS[accent]) if letter else ""
        for letter in (before, after)
    ]
    if len(put[1]) == 1 and (before or not (gap or accent == "`")):
        return before + put[1]
    return put[0] + gap + after if len(put[0]) == 1 else match.group()


def clean(text: str) -> str:
    """Ligatures as letters, odd spaces and hyphens as plain ones, separate accents put on their letters."""

    text = text.translate(_REPAIRS)
    if not text.isascii():
        text = _LONE_ACCENT.sub(_composed, text)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = _DEGREES.sub("°", text)
    return re.sub(r" (?=[.,;:!?](?:\s|$))", "", text)


def dehyphenate(left: str, right: str, vocabulary: Vocabulary) -> str:
    """`left` and the line after it as one text, the hyphen at the end of `left` repaired."""
    if not left:
        return right
    if not right:
        return left
    head = _HEAD.match(right)
    tail = _TAIL.search(left[-60:]) if left.endswith("-") else None
    if tail and head:
        if vocabulary.keeps_hyphen(tail.group(1), head.group(1)):
            return left + right
        return left[:-1] + right
    if left.endswith("-") and len(left) > 1 and left[-2].isalnum():
        return left + right
    if left.endswith(("/", "–")) and not left.endswith((" /", " –")):
        return left + right
    return f"{left} {right}"


def with_ellipsis(text: str, rest: str) -> str:
    """Two parts of a paragraph with what stood between them, a formula, left out: `…`, unless a sentence ends there."""
    whole = text.endswith((".", "!", "?")) and not rest[:1].islower()
    return f"{text} {rest}" if whole else f"{text} … {rest}"


def acronyms(texts: Iterable[str]) -> dict[str, str]:
    """Long form of each acronym that the texts spell out, as `long form (ACR)` or `ACR (long form)`."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for match in _SHORT_FORM.finditer(text):
            short, inner = match["short"] or match["outside"], match["inside"]
            core = short[:-1] if short.endswith("s") and short[:-1].isupper() else short
            long = _long_form(core, inner or text[max(0, match.start() - 120) : match.start()])
            # "Curcuma longa (Cl)": with one capital each letter has to begin a word.
            initials = "".join(word[0] for word in (long or "").split())
            named = sum(ch.isupper() for ch in core) > 1 or initials.lower() == core.lower()
            if long and named and len(long) > 0.7 * len(inner or ""):
                found[core][long] += 1
    return {short: forms.most_common(1)[0][0] for short, forms in found.items()}


def _long_form(short: str, text: str) -> str | None:
    """The end of a text that spells an acronym: its letters from the last to the first, which begins a word.

    The algorithm of Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical
    text" (2003).
    """
    text = re.split(r"[()\[\]{}]", text.rstrip())[-1]
    letters = [ch.lower() for ch in short if ch.isalpha()]
    place, low = len(text), text.lower()
    for index in range(len(letters) - 1, -1, -1):
        place = low.rfind(letters[index], 0, place)
        while index == 0 and place > 0 and low[place - 1].isalnum():
            place = low.rfind(letters[0], 0, place)
        if place < 0:
            return None
    long = " ".join(text[text.rfind(" ", 0, place + 1) + 1 :].split()).strip(" ,;:\u201c\"'")
    count = len(long.split())
    fits = 2 <= len(letters) <= 8 and count <= min(len(letters) + 4, 2 * len(letters))
    return long if fits and len(long) > len(short) and short not in long.split() else None


def expand_species(texts: Sequence[str]) -> list[str]:
    """Texts with abbreviated genera written out (`F. graminearum`), where the paper gives the full name."""
    full: dict[tuple[str, str], str] = {}
    for text in texts:
        for genus, epithet in re.findall(r"\b([A-Z][a-z]{3,}) ([a-z]{4,})\b", text):
            full.setdefault((genus[0], epithet), genus)

    def write_out(match: re.Match[str]) -> str:
        genus = full.get((match.group(1), match.group(2)))
        return f"{genus} {match.group(2)}" if genus else match.group()

    return [re.sub(r"\b([A-Z])\. ?([a-z]{4,})\b", write_out, text) for text in texts]
