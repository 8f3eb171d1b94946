"""Take out of a text what is for the eye: Markdown, HTML, stage directions, citations, addresses."""

from __future__ import annotations

import re

__all__ = ["strip_markup"]

_URL_TAIL = r"[^\s<>()\[\]\"'“”]*[^\s<>()\[\]\"'“”.,;:!?]"
_FENCE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>+[ \t]?", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[-*+•‣◦▪]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*$", re.MULTILINE)
_LABEL = re.compile(
    r"^[ \t]*[*_]*(?:host|co-?host|guest|speaker|narrator|person|interviewer|announcer|expert)[ \t]*\w{0,2}[*_]*"
    r"[ \t]*(?:\([^)\n]*\))?[*_]*:[*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_CUES = (
    r"(?:(?:soft|upbeat|gentle|light|dramatic|intro|outro|theme|background|long|short|brief|warm|slight)\s+)*"
    r"(?:music|sfx|sound|sounds|jingle|pause|pauses|beat|silence|laugh|laughs|laughing|laughter|chuckle|chuckles|sigh|"
    r"sighs|smiles|smiling|excited|excitedly|applause|fade|fades|transition|intro|outro|cheerful|whispers|whispering|"
    r"gasps|clears throat)\b[^\])*\n]{0,40}"
)
_STAGE = re.compile(rf"\[\s*{_CUES}\]|\(\s*{_CUES}\)|(?<!\*)\*\s*{_CUES}\*(?!\*)", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<![\w*_~])([*_~]{1,3})(?=\S)([^\n*_~]+?)(?<=\S)\1(?![\w*_~])")

_NUMERIC_CITATION = re.compile(
    r"(?:,?[ \t]+(?:see(?: also)?|cf\.))?[ \t]*\[\s*\d{1,3}(?:\s*[-–—,;]\s*\d{1,3})*\s*\]"
)
_NAME = r"[A-ZÀ-Þ][\w'’.-]+(?:\s+(?:de|van|der|von|la|le)\s+[\w'’-]+)?"
_AUTHORS = rf"{_NAME}(?:,?\s+(?:and|&)\s+{_NAME}|(?:,\s+{_NAME})+,?\s+(?:and|&)\s+{_NAME}|\s+et\s+al\.?)?"
_ONE_CITATION = (
    rf"(?:(?:see|e\.g\.|cf\.|see also)[,:]?\s+)?{_AUTHORS},?\s+(?:1[5-9]|20)\d\d[a-z]?"
    r"(?:\s*,\s*(?:(?:1[5-9]|20)\d\d)?[a-z]?)*"
)
_AUTHOR_CITATION = re.compile(rf"[ \t]*[(\[]\s*{_ONE_CITATION}(?:\s*;\s*{_ONE_CITATION})*\s*[)\]]")
_NARRATIVE_YEAR = re.compile(r"(\bet\s+al\.?|\bcolleagues)\s*[(\[]\s*(?:1[5-9]|20)\d\d[a-z]?\s*[)\]]")
_KEY_CITATIONS = re.compile(
    r"[ \t]*\[[^\[\]\n]{0,40}?-?@[\w:.-]+(?:[^\[\]\n]{0,40}?-?@[\w:.-]+)*[^\[\]\n]{0,40}\]"
)
_KEY_CITATION = re.compile(r"(?<![\w@])@([A-Za-z]+)[\w:-]*?_?((?:1[5-9]|20)\d\d)[a-z]?(?![\w@.]*@)\b")
_CROSS_REFERENCE = re.compile(r"(?<![\w@])@(fig|tbl|eq|sec|lst|thm)[-:][\w-]+")
_REFERRED = {
    "fig": "the figure", "tbl": "the table", "eq": "the equation", "sec": "the section", "lst": "the listing",
    "thm": "the theorem",
}  # fmt: skip
"""How Pandoc cites and Quarto refers: "[@lee2001, p. 3]", "@lee2001", "@fig-rain"."""
_BARE_ET_AL = re.compile(r"\bet\s+al\b\.?")

_DOI = re.compile(
    rf"[ \t]*\(?\b(?:doi:?\s*|https?://(?:dx\.)?doi\.org/)10\.\d{{2,}}/{_URL_TAIL}\)?", re.IGNORECASE
)
_ARXIV = re.compile(r"\b(arXiv):\s*\d{4}\.\d{4,5}(?:v\d+)?(?:\s*\[[\w.-]+\])?")
_EMAIL = re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b")
_URL = re.compile(rf"\b(?:https?|ftp)://({_URL_TAIL})|\b(www\.{_URL_TAIL})", re.IGNORECASE)
_HOST = re.compile(
    rf"(?<![\w@./-])((?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|ai|dev|info|co\.uk|ac\.uk|de|fr|ch|eu)(?:/{_URL_TAIL})?)"
    r"(?![\w@])()"
)
"""An address without its "https://"."""
_EMPTY_BRACKETS = re.compile(r"\(\s*[,;.]?\s*\)|\[\s*[,;.]?\s*\]")


def strip_markup(text: str) -> str:
    """`text` without Markdown, HTML tags, speaker labels, stage directions and citations; addresses become sites.

    `[12]`, `[3, 5-7]` and `(Smith et al., 2020)` go; "Smith et al. (2020)" becomes "Smith and colleagues".
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _FENCE.sub(" ", text)
    text = _IMAGE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _DOI.sub("", text)
    text = _ARXIV.sub(r"\1", text)
    text = _KEY_CITATIONS.sub("", text)
    text = _EMAIL.sub(lambda found: f"{_dots(found[1])} at {_dots(found[2])}", text)
    text = _CROSS_REFERENCE.sub(lambda found: _REFERRED[found[1]], text)
    text = _KEY_CITATION.sub(lambda found: f"{_surname(found[1])} ({found[2]})", text)
    text = _URL.sub(_site, text)
    text = _HOST.sub(_site, text)
    text = _TAG.sub(" ", text)
    text = _TABLE_RULE.sub("", text)
    text = _RULE.sub("", text)
    text = _QUOTE.sub("", text)
    text = _HEADING.sub(_sentence, text)
    text = _BULLET.sub("", text)
    text = _LABEL.sub("", text)
    text = _STAGE.sub(" ", text)
    text = text.replace("`", "")
    text = _EMPHASIS.sub(r"\2", text)
    text = _NUMERIC_CITATION.sub("", text)
    text = _AUTHOR_CITATION.sub("", text)
    text = _NARRATIVE_YEAR.sub(r"\1", text)
    text = _BARE_ET_AL.sub("and colleagues", text)
    text = _EMPTY_BRACKETS.sub("", text)
    return text.replace("|", ", ")


def _sentence(found: re.Match[str]) -> str:
    title = found[1].strip()
    return title if title[-1:] in ".!?:" else title + "."


def _surname(key: str) -> str:
    """The name that a citation key begins with: "lindt" or "smithEtAl" of "smithEtAl2020"."""
    first = re.match(r"[A-Z]?[a-z]+|[A-Z]+", key)
    return (first[0] if first else key).capitalize()


def _dots(name: str) -> str:
    return name.strip(".").replace(".", " dot ")


def _site(found: re.Match[str]) -> str:
    """Only the host: nobody writes down the path of an address they hear."""
    host = (found[1] or found[2]).split("/")[0].split("?")[0].split("#")[0].split(":")[0]
    return _dots(re.sub(r"^www\.", "", host, flags=re.IGNORECASE))
