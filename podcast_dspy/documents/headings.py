"""What headings say: their numbers, usual names of sections, and the names of what is no main text."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["BACK_MATTER", "KNOWN", "REFERENCES", "caps", "fold", "known", "split_number", "tidy_heading"]

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
