"""The words that frame a paper: names and numbers of sections, labels of figures, phrases of its front, names."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "ABSTRACT",
    "ABSTRACTS",
    "AFFILIATION",
    "BACK_MATTER",
    "KEYWORDS",
    "KNOWN",
    "LABEL",
    "METADATA",
    "REFERENCES",
    "caps",
    "fold",
    "folded",
    "is_name",
    "known",
    "name_parts",
    "split_number",
    "tidy_heading",
]

_NUMBER = re.compile(
    r"^(?P<number>(?:Appendix|APPENDIX|Section)\s+[A-Z\d]+(?:\.\d+)*[.:]?|\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z](?:\.\d{1,2}){1,3}\.?|[A-Z]\.)"
    r"(?:\s*[|–—]\s*|\s+)(?P<title>\S.*)$"
)


_GLUED_NUMBER = re.compile(r"^(?P<number>\d{1,2}(?:\.\d{1,2}){1,4}\.?|\d{1,2}\.)(?P<title>[A-Z][^\d].*)$")


KNOWN = frozenset(
    """abstract summary introduction background method methods methodology results result discussion conclusion
    conclusions references bibliography acknowledgements acknowledgments acknowledgement acknowledgment appendix
    experiments evaluation limitations preliminaries funding abbreviations keywords notation overview""".split()
) | frozenset(
    (
        "materials and methods", "material and methods", "methods and materials", "results and discussion",
        "related work", "related works", "future work", "experimental setup", "experimental results",
        "discussion and conclusion", "discussion and conclusions", "conclusion and future work",
        "conclusions and future work", "concluding remarks", "experimental section", "patients and methods",
        "competing interests", "conflict of interest", "conflicts of interest", "author contributions",
        "authors' contributions", "supporting information", "supplementary materials", "supplementary material",
        "data availability", "additional information", "statistical analysis", "literature cited", "statement of need",
    )
)  # fmt: skip


REFERENCES = re.compile(
    r"^(?:references|bibliography|literature cited|works cited|references and notes)$", re.I
)


BACK_MATTER = re.compile(
    r"^(?:references|bibliography|literature cited|works cited|acknowledge?ments?|fundings?|financial support.*|"
    r"(?:conflicts?|declarations?) of (?:competing |conflicting )?interests?.*|"
    r"competing (?:financial )?interests?.*|"
    r"(?:author|authors['’]?)s?['’]? (?:contributions?|information|details)|data (?:availability|accessibility).*|"
    r"availability of (?:data|supporting).*|"
    r"code availability|ethics.*|ethical (?:approval|statement).*|consent.*|supporting information|"
    r"(?:electronic )?supplement(?:ary|al) (?:materials?|information|data)|"
    r"additional (?:files?|materials?|information)(?: \d+)?|"
    r"publisher['’]?s note|"
    r"pre-?publication history|abbreviations?|open access|how to cite.*|credit author.*|"
    r"correspondence(?: to)?|orcid(?: ids?)?|"
    r"author affiliations?|received.*|reviewer.*|endnotes?|notes|disclosures?|license|"
    r"copyright.*|rights and permissions|impact statement|broader impacts?|reproducibility statement)$",
    re.I,
)


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


def fold(text: str) -> str:
    """Letters and digits only, case ignored: by these two headings are compared."""
    return re.sub(r"[\W_]+", "", text.casefold())


LABEL = re.compile(
    r"^(?P<kind>Supplement(?:ary|al) (?:Fig(?:ure|\.)|Table)|"
    r"Extended Data (?:Fig(?:ure|\.)|Table)|Fig(?:ure|s?\.|s)?|FIG(?:URE|S?\.)?|Table|TABLE|Tab\.|"
    r"T ?A ?B ?L ?E|F ?I ?G ?U ?R ?E|Scheme|SCHEME|Chart|Plate|Exhibit|Algorithm|Listing)"
    r"\s*[.\-–]?\s*(?P<number>[A-Z]?\.?\d{1,3}(?:[.-]\d{1,2})?(?![\d%])[a-z]?|[IVX]{1,5}\b)(?P<end>\s*[.:|)\]–—-]*)(?P<rest>.*)$"
)


ABSTRACTS = (
    "abstract|summary|résumé|zusammenfassung|kurzfassung|resumen|resumo|riassunto|sommario|samenvatting"
)


ABSTRACT = re.compile(rf"^(?:{ABSTRACTS})\s*$", re.I)


KEYWORDS = re.compile(
    r"^(?:key\s?-?words?|index terms|ccs concepts|categories and subject|general terms|acm reference|"
    r"schlüssel[wb]|schlagw|mots[ -]clés|palabras clave|palavras[ -]chave|parole chiave|trefwoorden|"
    r"abbreviations|pacs|msc|jel|subject (?:terms|areas)|article info|nomenclature|highlights|key messages)\b",
    re.I,
)


METADATA = re.compile(
    r"^(?:received|accepted|published|revised|available online|citation|copyright|©|\(c\)|correspond|e-?mail|"
    r"\*(?![a-z])|doi\b|"
    r"https?:|this is an open|this article|licensee|academic editor|edited by|reviewed by|issn|editor|article history|"
    r"how to cite|open access|to cite|cite this|handling editor|permission|provided (?:that )?proper|"
    r"this work is licensed|licensed under)",
    re.I,
)


AFFILIATION = re.compile(
    r"universi[td]|polyte[ck]h?n|hochschul|department|institut|school of|college|laborator|hospital|cent(?:er|re)\b|"
    r"facult|academy|"
    r"ministry|division|"
    r"\binc\b|\bltd\b|\bcorp|\bllc\b|gmbh|foundation|@|street|avenue|\broad\b|campus|\bp\.?o\.? box|"
    r"\busa\b|u\.s\.a|united states|united kingdom|\buk\b|\bchina\b|\bindia\b|germany|france|japan|canada|australia|"
    r"saudi arabia|thailand|pakistan|\bcnrs\b|research (?:group|unit)|\bgoogle\b|microsoft|\bmeta ai\b|deepmind|openai|"
    r"e-?mail|correspond|https?:|www\.|orcid|contributed equally|equal contribution|received|accepted|published|"
    r"edited by|reviewed by|academic editor|copyright|©|\bdoi\b|phone|\bfax\b|\btel\b|programme?\b|society|"
    r"biotechnology|engineering|sciences\b|technology|berkeley$|stanford$|^mit$|company|council|agency",
    re.I,
)


_PARTICLES = frozenset(
    "de da do dos das del della di du la le van von der den ter ten zu zur al el "
    "bin ibn ben abu e y af av na st.".split()
)


_DEGREES = re.compile(
    r"(?:,?\s*\b(?:Ph\.?\s?D|M\.?D|M\.?Sc|B\.?Sc|MPH|Dr|Prof(?:essor)?|MBBS|DVM|FRCP|RN|MS|MA|MBA|Jr|Sr|III|II|"
    r"(?:Senior |Student )?Member|Fellow|IEEE)\b\.?)+",
)


_LETTERS = re.compile(r"(?:[A-Z][a-z]{0,3}\.?){2,4}")
"""Letters after a name: a degree, an office, a learned society."""


_NOT_NAMES = frozenset(
    """abstract article research open access review introduction original paper editorial letter journal science
    sciences summary keywords background methods results and the of for with from in on a an by to authors author
    volume issue page pages vol no date version preprint draft under submitted technical report proceedings
    conference workshop learning networks neural data analysis system systems model models theory new york press
    machine computer physics biology medicine medical health information energy engineering street road""".split()
)


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
    text = _DEGREES.sub("", text)
    pieces = re.split(r"\x01|[,;&·•|⋅]|\band\b|\bAND\b|\s{3,}", text)
    return [
        tidy
        for piece in pieces
        if (tidy := re.sub(r"\s+", " ", piece).strip(" .:-–—'’‘\"“”"))
        and len(tidy) > 1
        and not _LETTERS.fullmatch(tidy)
    ]


def folded(text: str) -> str:
    """Its letters and digits alone, in small letters, to compare titles by."""
    return re.sub(r"[\W_]+", "", text.lower())
