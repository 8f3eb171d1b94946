"""Recognises section headings by how they are set and numbered, and takes their numbers apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcast_dspy.documents.blocks import BodyStyle
from podcast_dspy.documents.layout import Flow
from podcast_dspy.documents.line import Line

__all__ = ["BACK_MATTER", "KNOWN", "caps", "known", "mark_headings", "split_number", "tidy_heading"]

_NUMBER = re.compile(
    r"^(?P<number>(?:Appendix|APPENDIX|Section)\s+[A-Z\d]+(?:\.\d+)*[.:]?|\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-H](?:\.\d{1,2}){1,3}\.?|[A-Z]\.)"
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

_CODE = re.compile(r"\w_\w|^(?:end|for|if|while|return|def|else|do|import|repeat|until)\b(?:\s+[a-z(]|$)")
_SENTENCE_INSIDE = re.compile(r"[a-z]{4,}\. [A-Z][a-z]+ ")
_ENUMERATED = re.compile(r"^\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)\s+\S")
_STATEMENT = re.compile(
    r"^(?:\(?[\d.]+\)?\s*)?(?:(?:theorem|lemma|definition|corollary|proposition|proof|remark|example|conjecture|claim|"
    r"assumption|fact|observation|note|hypothesis|case|step|algorithm|figure|fig|table|citation|address|e-?mail)s?"
    r"(?:\s*[\d.:(]|\s*$)|key\s?-?words?\b|index terms|abbreviations?:|received\b|accepted\b|published\b)|"
    r"^\(\d+(?:\.\d+)+\)",
    re.I,
)

BACK_MATTER = re.compile(
    r"^(?:references|bibliography|literature cited|works cited|acknowledge?ments?|fundings?|financial support.*|"
    r"(?:conflicts?|declarations?) of (?:competing )?interests?.*|competing (?:financial )?interests?.*|"
    r"(?:author|authors['’]?)s?['’]? (?:contributions?|information|details)|data (?:availability|accessibility).*|"
    r"availability of (?:data|supporting).*|"
    r"code availability|ethics.*|ethical (?:approval|statement).*|consent.*|supporting information|"
    r"supplement(?:ary|al) (?:materials?|information|data)|additional (?:files?|materials?|information)(?: \d+)?|"
    r"publisher['’]?s note|"
    r"pre-?publication history|abbreviations?|open access|how to cite.*|credit author.*|correspondence|orcid|"
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


def caps(text: str) -> bool:
    """Whether a text is set in capitals."""
    letters = [ch for ch in text if ch.isalpha()]
    return len(letters) >= 3 and sum(ch.isupper() for ch in letters) > 0.9 * len(letters)


def known(text: str) -> bool:
    """Whether a text, its number aside, is a usual section name."""
    _, title = split_number(text.strip())
    return tidy_heading(title).lower().replace("’", "'") in KNOWN


def _plausible(text: str) -> bool:
    letters = sum(ch.isalpha() for ch in text)
    words = text.split()
    if letters < 3 or len(words) > 26 or len(text) > 220 or letters < 0.5 * len(text.replace(" ", "")):
        return False
    if re.fullmatch(r"[a-z]{1,3}", text.strip()):
        return False  # a letter or a unit from a drawing
    if re.search(r"@|https?:|doi:|www\.|©|\.\.\.\.|[=¼∑∫]|\((?:Fig|Table)", text, re.I):
        return False
    if _CODE.search(text) or (_STATEMENT.match(text) and tidy_heading(text).lower() not in KNOWN):
        return False
    return not text.rstrip().endswith((",", ";", "-")) and text[0] not in "•*†‡"


def _group_text(group: Sequence[Line]) -> str:
    return " ".join(line.text.strip() for line in group)


def _same_style(a: Line, b: Line) -> bool:
    # A species or a symbol turns the end of a bold heading italic; that is still the same heading.
    return abs(a.size - b.size) < 0.5 and a.bold == b.bold and (a.italic == b.italic or (a.bold and b.bold))


def _starts_anew(line: Line) -> bool:
    """Whether a line opens with a number or letter of its own, and so a new heading."""
    return split_number(line.text)[0] is not None or bool(_ENUMERATED.match(line.text))


def mark_headings(flows: Sequence[Flow], body: BodyStyle) -> None:
    """Tag `heading` on the lines of headings, and `heading-start` on the first line of each."""
    for flow in flows:
        index = 0
        lines = flow.lines
        measure = min(flow.x1 - flow.x0, 1.05 * body.column_width)
        while index < len(lines):
            line = lines[index]
            if line.tags & {"footnote", "equation", "caption"}:
                index += 1
                continue
            group = [line]
            while index + len(group) < len(lines):
                nxt = lines[index + len(group)]
                step = nxt.baseline - group[-1].baseline
                if (
                    not _same_style(line, nxt)
                    or step > 1.6 * line.size
                    or step < 2
                    or nxt.tags & {"footnote"}
                ):
                    break
                # Two lines are one heading only if the second one's first word had no room on the first.
                room = group[-1].width + nxt.words[0].x1 - nxt.words[0].x0 < 0.72 * measure
                if (
                    (room and len(group) <= 2 and nxt.width < 0.8 * measure)
                    or _starts_anew(nxt)
                    or known(nxt.text)
                    or known(group[-1].text)
                ):
                    break
                group.append(nxt)
            before = lines[index - 1] if index else None
            after = lines[index + len(group)] if index + len(group) < len(lines) else None
            size = 0 if _runs_on(group, after, flow) else _accept(group, before, after, flow, body)
            if size:
                for k, member in enumerate(group[:size]):
                    member.tags.add("heading")
                    if k == 0:
                        member.tags.add("heading-start")
            # Lines set alike that are no heading are text of their own (a bold abstract): none of them is one.
            index += size or (len(group) if len(group) > 4 else 1)


def _runs_on(group: list[Line], after: Line | None, flow: Flow) -> bool:
    """Whether a full line set just alike follows: then the group is the start of a text, not a heading."""
    if after is None or split_number(group[0].text)[0] is not None or known(group[0].text):
        return False
    step = after.baseline - group[-1].baseline
    return (
        _same_style(group[-1], after)
        and 2 < step < 1.8 * after.size
        and after.width > 0.7 * (flow.x1 - flow.x0)
    )


def _accept(group: list[Line], before: Line | None, after: Line | None, flow: Flow, body: BodyStyle) -> int:
    """How many lines of a group of equally set lines form a heading; 0 if it is none."""
    line = group[0]
    gap_before = line.baseline - before.baseline if before is not None else 99.0
    gap_after = after.baseline - group[-1].baseline if after is not None else 99.0
    set_off = gap_before > 1.22 * body.pitch or before is None or gap_before < 0 or "heading" in before.tags
    bigger = line.size > body.size + 0.7
    bold = line.bold and not body.bold
    shouted = caps(line.text)
    number, title = split_number(line.text)
    numbered = number is not None and title[:1].isupper() and len(title) > 2
    other_font = bool(body.font) and line.font != body.font and _family(line.font) != _family(body.font)
    distinct = bigger or bold or ((line.italic or other_font) and line.size > body.size - 1.2) or shouted
    if any(member.math > 0.3 for member in group):
        return 0
    if known(line.text) and (distinct or (set_off and gap_after < 3.5 * body.pitch)):
        return 1
    text = _group_text(group)
    small_bold = (
        bold and line.size > body.size - 3.2 and line.x0 < flow.x0 + 3 and len(group) <= 2 and set_off
    )
    if (line.size < body.size - 1.3 and not small_bold) or not distinct:
        if (
            numbered
            and set_off
            and "." in (number or "")
            and len(group) == 1
            and len(text) < 90
            and not text.endswith(".")
        ):
            return 1 if _plausible(text) and gap_after > 1.05 * body.pitch else 0
        return 0
    if not _plausible(text) or not (
        title[:1].isupper()
        or title[:1].isdigit()
        or numbered
        or title[:1] in "([αβγ“‘"
        or len(title.split()) <= 8
        or _ENUMERATED.match(text)
    ):
        return 0
    if not bigger and not bold and _SENTENCE_INSIDE.search(title if len(group) == 1 else text):
        return 0  # its paragraph goes on in the same line; the heading is split off later
    limit = 3 if not bigger else 4
    if len(group) > limit:
        return 0
    if bigger or bold:
        return len(group) if set_off or numbered or gap_after > 1.15 * body.pitch else 0
    if text.rstrip().endswith(".") and not numbered:
        return 0
    if shouted:
        return len(group) if set_off and len(text.split()) <= 14 else 0
    # Italic alone is weak evidence: it must stand off, and start at the column's edge or be centred.
    centred = abs((line.x0 + line.x1) - (flow.x0 + flow.x1)) < 16
    ends_before = (
        before is None
        or before.text.rstrip()[-1:] in ".:?!)"
        or "heading" in before.tags
        or gap_before > 1.7 * body.pitch
    )
    at_edge = line.x0 < flow.x0 + 3 or centred
    wide = (
        not numbered
        and not _ENUMERATED.match(line.text)
        and all(member.width > 0.93 * (flow.x1 - flow.x0) for member in group)
    )
    return (
        len(group)
        if (set_off or numbered) and ends_before and at_edge and len(group) <= 2 and not wide
        else 0
    )


def _family(font: str) -> str:
    """Letters of a font's name up to the style, so that `Minion-Italic` and `Minion-Regular` are one family."""
    return re.split(
        r"[-,+.]|(?:Regular|Roman|Italic|Oblique|Light|Medium|Bold|It|Ital)?$", font.split("+")[-1]
    )[0].lower()[:9]
