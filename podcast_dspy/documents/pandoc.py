"""The marks of Pandoc and Quarto, written as the CommonMark or the words that a reader of the finished page sees."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from podcast_dspy.documents.captions import LABEL
from podcast_dspy.documents.tex import find_tex, tex_text

__all__ = ["as_commonmark"]

_CODE: Final = re.compile(
    r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    re.S | re.M,
)
_ATTRIBUTES: Final = r"\{(?:[#.][\w:.-]|-\}|[\w-]+=)[^{}\n]*\}?"
_KINDS: Final = {
    "fig": "Figure", "tbl": "Table", "tab": "Table", "sec": "Section", "eq": "Equation", "lst": "Listing",
    "thm": "Theorem", "lem": "Lemma", "def": "Definition", "prp": "Proposition", "cor": "Corollary", "exm": "Example",
    "alg": "Algorithm",
}  # fmt: skip
_KIND: Final = "|".join(_KINDS)
_ID: Final = re.compile(rf"#((?:{_KIND})[-:][\w:.-]*\w)")
_CROSS: Final = re.compile(
    rf"(?<![\w@\\])(?:\\?@ref\(|\{{?@)((?:{_KIND})[-:][\w:-]*\w)[)}}]?|\\(?:auto|c|eq)?ref\{{([\w:-]+)\}}"
)
_NAMED: Final = re.compile(
    r"^#{1,6}[ \t]+(?P<heading>[^\n{]*?)[ \t]*\{[^{}\n]*?#(?P<section>[\w:.-]+)[^{}\n]*\}"
    r"|\{[^{}\n]*?#(?P<thing>[\w:-]+)[^{}\n]*\}",
    re.M,
)
_KEY: Final = r"@\{?[\w][\w:.#$%&+?<>~/-]*\w\}?"
_DIV: Final = re.compile(r"^[ \t]*(:{3,})[ \t]*(.*?)[ \t]*:*[ \t]*$")
_BOX: Final = re.compile(rf"callout|#(?:{_KIND})-|panel-|\b(?:theorem|lemma|note|tip|warning|important)\b")
_UNSEEN: Final = re.compile(r"\.(?:hidden|content-hidden|notes)\b")
_RULED: Final = re.compile(r"^(?:\+[-=+:]+\+|[ ]{0,3}-{2,}(?:[ ]+-{2,})+)[ \t]*$", re.M)
_ESCAPED: Final = re.compile(r"([\\`*_{}\[\]<>#|~^$!])")
_INLINE_NOTE: Final = re.compile(r"\^\[((?:[^\[\]]|\[[^\]]*\])*)\]")
_NOTE: Final = re.compile(r"^\[\^[^\]\n]+\]:[ \t]*(.+(?:\n[ \t]+\S.*)*)", re.M)


def as_commonmark(text: str, *, cites: bool = False) -> tuple[str, list[str]]:
    """A text as CommonMark with some HTML, and its notes. Listings stay as they are.

    `cites` says that `@key` is a citation even where the key shows no year.
    """
    kept: list[str] = []

    def keep(part: str) -> str:
        kept.append(part)
        return f"\x00{len(kept) - 1}\x00"

    text = _divs(_fenced_tables(text))
    text = _CODE.sub(lambda match: keep(match.group()), text)
    notes = [match[1] for pattern in (_NOTE, _INLINE_NOTE) for match in pattern.finditer(text)]
    text = _INLINE_NOTE.sub("", _NOTE.sub("", text))
    text = re.sub(r"\[\^[^\]\n]{1,60}\]", "", text)
    text = _labelled(text, _numbers(text))
    text = _formulas(text, keep)
    cites = cites or re.search(rf"\[[^\]\n]*{_KEY}[^\]\n]*\]", text) is not None
    text = _marks(text, cites)
    notes = [_marks(_formulas(note, keep), cites) for note in notes]

    def restored(part: str) -> str:
        return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], part)

    return restored(text), [restored(note) for note in notes]


def _fenced_tables(text: str) -> str:
    """Tables drawn with dashes and plus signs, which CommonMark would take for text, become listings."""
    blocks = re.split(r"(\n[ \t]*\n)", text)
    for index, block in enumerate(blocks):
        drawn = len(_RULED.findall(block)) >= 1 and block.count("\n") >= 2 and "```" not in block
        if drawn and not re.match(r"\s*\|", block):
            blocks[index] = f"```\n{block.strip(chr(10))}\n```"
    return "".join(blocks)


def _divs(text: str) -> str:
    """Fences of divs go; so do the headings of boxes, which are no sections, and what a div hides."""
    lines: list[str] = []
    opened: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = re.match(r"[ \t]*(```+|~~~+)", line)
        if mark and (not fence or (line.strip().startswith(fence) and not line.strip().strip("`~"))):
            fence = "" if fence else mark[1]
        div = None if fence else _DIV.match(line)
        if div is not None:
            if div[2]:
                opened.append(div[2])
            elif opened:
                opened.pop()
            lines.append("")
        elif any(_UNSEEN.search(name) for name in opened) or (
            not fence and re.match(r"#{1,6}[ \t]", line) and any(_BOX.search(name) for name in opened)
        ):
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def _numbers(text: str) -> dict[str, str]:
    """How each thing with an id is referred to: `Figure 2`, or by the heading of a section."""
    found: dict[str, str] = {}
    counts: defaultdict[str, int] = defaultdict(int)
    for match in _NAMED.finditer(text):
        if match["section"]:
            found[match["section"]] = f"Section “{re.sub(r'[*_`]', '', match['heading'])}”"
        elif (kind := _KINDS.get(re.split(r"[-:]", match["thing"])[0])) and match["thing"] not in found:
            counts[kind] += 1
            found[match["thing"]] = f"{kind} {counts[kind]}"
    return found


def _labelled(text: str, numbers: dict[str, str]) -> str:
    """References as words, and captions with their labels."""

    def refer(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        kind = _KINDS.get(re.split(r"[-:]", name)[0], "part")
        told = numbers.get(name) or f"the {kind.lower()}"
        # Some filters give the number alone, and the text says what it numbers.
        said = re.search(r"(?:[Ff]ig|[Tt]ab|[Ee]q|[Ss]ec)\w*\.?[\s~]*$", match.string[: match.start()])
        return told.partition(" ")[2] if said and name in numbers else told

    def picture(match: re.Match[str]) -> str:
        label = numbers.get((_ID.search(match[3] or "") or [""] * 2)[1], "")
        caption = match[1] if not label or LABEL.match(match[1]) else f"{label}: {match[1]}"
        return f"![{caption}]({match[2]})"

    def caption(match: re.Match[str]) -> str:
        label = numbers.get((_ID.search(match[2]) or [""] * 2)[1], "")
        words = re.sub(r"[*`]", "", re.sub(rf"[ \t]*{_ATTRIBUTES}", "", match[2])).strip()
        words = words if LABEL.match(words) or not label else f"{label}: {words}"
        return f'{match[1]}\n<p class="caption">{words}</p>\n'

    text = re.sub(r"!\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\n]*)\)[ \t]*(\{[^{}\n]*\})?", picture, text)
    text = re.sub(r"((?:^|\n)[ \t]*\|[^\n]*\|[ \t]*\n(?:[ \t]*\n)?)(?:Table)?:[ \t]+([^\n]+)", caption, text)
    # A bracket with nothing but references is no citation.
    text = re.sub(rf"\[((?:[\w.]+ )?)-?(@(?:{_KIND})[-:][^\]\n]*)\]", r"\1\2", text)
    text = re.sub(r"((?:^|\n\n))Table:[ \t]+([^\n]+)(?=\n\n|\Z)", caption, text)
    return _CROSS.sub(refer, text)


def _formulas(text: str, keep: Callable[[str], str]) -> str:
    parts, at = [], 0
    for start, end, tex, displayed in find_tex(text):
        parts.append(text[at:start])
        if displayed:
            whole = " ".join(tex.split()).replace("&", "&amp;").replace("<", "&lt;")
            parts.append("\n\n" + keep(f'<div class="math-display">{whole}</div>') + "\n\n")
            text = text[:end] + re.sub(rf"\A[ \t]*{_ATTRIBUTES}", lambda m: " " * len(m[0]), text[end:])
        else:
            parts.append(_ESCAPED.sub(r"\\\1", tex_text(tex)))
        at = end
    return "".join([*parts, text[at:]])


def _marks(text: str, cites: bool) -> str:
    """What is written around and between words."""
    text = re.sub(r"\{\{[<%].*?[%>]\}\}", "", text, flags=re.S)
    text = re.sub(r"^[ \t]*\\[A-Za-z]+\*?(?:\[[^\]\n]*\])?(?:\{[^}\n]*\})*[ \t]*$", "", text, flags=re.M)
    text = re.sub(r"\{cite(?::\w+)?\}`[^`\n]*`|\\cite[pt]?\*?(?:\[[^\]\n]*\])*\{[^}\n]*\}", "", text)
    text = re.sub(rf"[ \t]*\[[^\[\]\n]*{_KEY}[^\[\]\n]*\](?!\()", "", text)
    text = re.sub(
        r"(?<![\w`.\\@/])@\{?([A-Za-z][\w:.-]*\w)\}?(?![\w@.]*@)", lambda m: _author(m, cites), text
    )
    text = re.sub(rf"\[([^\[\]\n]*)\]{_ATTRIBUTES}", r"\1", text)
    text = re.sub(rf"[ \t]*(?<!\\){_ATTRIBUTES}(?=[\s.,;:)]|$)", "", text, flags=re.M)
    text = re.sub(r"\[\[(?:[^\[\]|\n]*\|)?([^\[\]\n]+)\]\]", r"\1", text)
    text = re.sub(r"^([ \t]*>[ \t]*)\[![\w-]+\][+-]?", r"\1", text, flags=re.M)
    text = re.sub(r"^([ \t]*[-*+][ \t]+)\[[ xX]\][ \t]+", r"\1", text, flags=re.M)
    text = re.sub(r"^:[ \t]{1,3}(?=\S)", "", text, flags=re.M)
    text = re.sub(r"(?:[,;][ \t]*~~(?=\S).+?(?<=\S)~~(?=[,;]))|~~(?=\S).+?(?<=\S)~~|~~", "", text)
    text = re.sub(r"==(?=\S)([^=\n]+?)(?<=\S)==", r"\1", text)
    text = re.sub(r"(?<!\\)\^((?:[^\s^\[\]\\]|\\ ){1,30})\^", r"<sup>\1</sup>", text)
    text = re.sub(r"(?<![\\~])~((?:[^\s~\\]|\\ ){1,30})~(?!~)", r"<sub>\1</sub>", text)
    text = re.sub(r"(?<=[\w\s”\"),])---(?=[\w\s“\"(])(?!\s*$)", "—", text, flags=re.M)
    return re.sub(r"(?<=\w)--(?=\w)", "–", text)


def _author(match: re.Match[str], cites: bool) -> str:
    """A citation inside a sentence by its author and year, as its key has them."""
    parts = re.fullmatch(r"([A-Za-z]+(?:[_-][A-Za-z]+)*?)[_:.-]?((?:1[89]|20)\d\d)?[\w:.-]*", match[1])
    if parts is None or not (parts[2] or cites):
        return match.group()
    name = re.split(r"[_-]", parts[1])[0]
    name = name[:1].upper() + name[1:]
    return f"{name} ({parts[2]})" if parts[2] else name
