"""Tells raised numbers that cite from raised numbers that are powers.

A paper that cites with raised numbers shows it where nothing else is possible: after words in lower case and after
punctuation. What the number stands on decides the rest: nobody raises a name, a sum of money or a year to a power.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from podcast_dspy.documents.line import Line, Word

__all__ = ["citing_reach", "is_power"]

_NUMBERS = re.compile(r"\d{1,3}(?:\s?[,;–—-]\s?\d{1,3})*,?")
_AFTER = re.compile(r"(?:(?:^|\s)[^\W\d_A-Z][^\W\d_]{2,}[.,;:)\]”’\"]*)$")
_BARE = re.compile(r"(?:^|[\s(\[{=<>~≈±×·*/+^−])[-–]?(\d+(?:[.,]\d+)*)$")
_LETTER = re.compile(r"(?:^|[^\w'’-])([^\W\d_])$")
_UNIT = re.compile(
    r"(?:^|[^A-Za-z])(?:[kMGTcmdnpµμ]?(?:m|s|g|Pa|Hz|W|J|V|A|K|mol|bar)|h|ha|min|hr|sec|day|yr|in|ft)$"
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d$")
_MONEY = re.compile(r"[$€£¥]\s?[\d.,]+$")
_POWER = re.compile(r"[-−–+]?\d{1,4}$")
_OPERATOR = re.compile(r"[=<>≤≥≈×·+*/−~∼∝]|\\times")


def citing_reach(lines: Iterable[Line]) -> int:
    """The highest number that the paper cites with raised numbers; 0 if it does not cite so.

    Those beyond doubt begin the count; others continue it as long as hardly a number is left out.
    """
    reach = 0
    raised: set[int] = set()
    for line in lines:
        before = ""
        for word in line.words:
            if word.raised == 1 and _NUMBERS.fullmatch(word.text):
                numbers = {int(number) for number in re.findall(r"\d+", word.text)}
                raised |= numbers
                if _AFTER.search(before):
                    reach = max(reach, *numbers)
            before += ("" if word.glued else " ") + word.text
    while reach and raised & {reach + 1, reach + 2}:
        reach = max(raised & {reach + 1, reach + 2})
    return reach


def is_power(text: str, before: str, after: str, base: Word | None, reach: int) -> bool:
    """Whether a raised number is an exponent.

    `before` is the text of its line up to it and `after` the word behind it; `base` is the word it stands on, `reach`
    what `citing_reach` says of the paper.
    """
    if not _POWER.match(text):
        return False
    value = int(re.sub(r"[-−–+]", "", text))
    signed = not text[0].isdigit()
    letter = _LETTER.search(before)
    if _UNIT.search(before):
        return signed or value in (2, 3) or (value == 4 and not reach)
    if letter is not None:
        drawn = base is not None and (base.math or base.italic or not letter.group(1).isascii())
        return signed or drawn or (value < 10 and (not reach or value in (2, 3)))
    number = _BARE.search(before)
    if number is None or _MONEY.search(before) or before[-1:] == "%":
        return (
            before[-1:] in (")", "]")
            and not reach
            and value < 10
            and _OPERATOR.search(before + after) is not None
        )
    if signed or number.group(1) == "10":
        return True
    if _YEAR.match(number.group(1)):
        return False
    if not 0 < value <= reach + 1:
        return True
    near = before[: number.start(1)].rstrip()[-1:] + after[:1]
    return _OPERATOR.search(near) is not None
