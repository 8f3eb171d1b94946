"""What papers write in their frame: word lists and patterns as data (`lists.toml`, each with its source), and names."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any


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


_NUMBER = re.compile(
    r"^(?P<number>(?:Appendix|APPENDIX|Section)\s+[A-Z\d]+(?:\.\d+)*[.:]?|\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z](?:\.\d{1,2}){1,3}\.?|[A-Z]\.)"
    r"(?:\s*[|–—]\s*|\s+)(?P<title>\S.*)$"
)
_GLUED_NUMBER = re.compile(r"^(?P<number>\d{1,2}(?:\.\d{1,2}){1,4}\.?|\d{1,2}\.)(?P<title>[A-Z][^\d].*)$")
KNOWN = frozenset(patterns("sections"))
REFERENCES = re.compile(f"^{any_of('references')}$", re.I)
BACK_MATTER = re.compile(f"^(?:{any_of('references')}|{any_of('back_matter')})$", re.I)
LABEL = re.compile(
    r"^(?P<kind>Supplement(?:ary|al) (?:Fig(?:ure|\.)|Table)|"
    r"Extended Data (?:Fig(?:ure|\.)|Table)|Fig(?:ure|s?\.|s)?|FIG(?:URE|S?\.)?|Table|TABLE|Tab\.|"
    r"T ?A ?B ?L ?E|F ?I ?G ?U ?R ?E|Scheme|SCHEME|Chart|Plate|Exhibit|Algorithm|Listing)"
    r"\s*[.\-–]?\s*(?P<number>[A-Z]?\.?\d{1,3}(?:[.-]\d{1,2})?(?![\d%])[a-z]?|[IVX]{1,5}\b)(?P<end>\s*[.:|)\]–—-]*)(?P<rest>.*)$"
)
STATEMENT = re.compile(rf"^(?:\(?[\d.]+\)?\s*)?{any_of('statements')}s?(?:\s*[\d.:(]|\s*$)", re.I)
"""A label that counts theorems, figures and the like: no heading of a section."""

ABSTRACTS = any_of("abstract")
ABSTRACT = re.compile(rf"^(?:{ABSTRACTS})\s*$", re.I)
ABSTRACT_LABEL = re.compile(r"^abstract\b\s*[:.—–-]*\s*", re.I)
KEYWORDS = re.compile(rf"^{any_of('keywords')}\b", re.I)
METADATA = re.compile(f"^{any_of('metadata')}", re.I)
AFFILIATION = re.compile(any_of("affiliation"), re.I)
_PARTICLES = words("particles")
_DEGREES = re.compile(
    r"(?:,?\s*\b(?:Ph\.?\s?D|M\.?D|M\.?Sc|B\.?Sc|MPH|Dr|Prof(?:essor)?|MBBS|DVM|FRCP|RN|MS|MA|MBA|Jr|Sr|III|II|"
    r"(?:Senior |Student )?Member|Fellow|IEEE)\b\.?)+"
)
ORCID = re.compile(
    r"[(\[]?\s*(?:orcid(?:\s*id)?\s*:?\s*)?(?:https?://orcid\.org/)?(?:\d{4}-){3}\d{3}[\dX]\s*[)\]]?", re.I
)
"""A person's number, as orcid.org writes it."""
_LETTERS = re.compile(r"(?:[A-Z][a-z]{0,3}\.?){2,4}")
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
    return re.sub(r"[\W_]+", "", text.casefold())


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
    text = _DEGREES.sub("", ORCID.sub(",", text))
    pieces = re.split(r"\x01|[,;&·•|⋅]|\band\b|\bAND\b|\s{3,}", text)
    return [
        tidy
        for piece in pieces
        if (tidy := re.sub(r"\s+", " ", piece).strip(" .:-–—'’‘\"“”"))
        and len(tidy) > 1
        and not _LETTERS.fullmatch(tidy)
    ]
