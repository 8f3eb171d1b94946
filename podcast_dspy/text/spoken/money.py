"""Say amounts of money: "$2bn", "US$40", "EUR 12.50", "$2-3 million"."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.text.spoken.number_words import NUMBER, plain

__all__ = ["say_money"]

_SIGNS: Final = {
    "$": ("dollar", "dollars", "cent", "cents"), "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"), "¥": ("yen", "yen", "", ""), "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""), "₽": ("ruble", "rubles", "kopek", "kopeks"), "₺": ("lira", "lira", "kurus", "kurus"),
    "₿": ("bitcoin", "bitcoins", "", ""), "₪": ("shekel", "shekels", "agora", "agorot"),
}  # fmt: skip
_LANDS: Final = {
    "US": "US", "U.S.": "US", "A": "Australian", "AU": "Australian", "C": "Canadian", "CA": "Canadian",
    "NZ": "New Zealand", "HK": "Hong Kong", "S": "Singapore", "SG": "Singapore", "NT": "Taiwan", "R": "Brazilian",
}  # fmt: skip
_CODES: Final = {
    "USD": ("US", "$"), "EUR": ("", "€"), "GBP": ("", "£"), "JPY": ("", "¥"), "AUD": ("Australian", "$"),
    "CAD": ("Canadian", "$"), "INR": ("", "₹"), "KRW": ("", "₩"),
}  # fmt: skip
_MAGNITUDES: Final = {
    "k": "thousand", "m": "million", "mn": "million", "mln": "million", "mio": "million", "b": "billion",
    "bn": "billion", "bln": "billion", "t": "trillion", "tn": "trillion", "trn": "trillion",
}  # fmt: skip
_SIGN: Final = "[" + "".join(_SIGNS) + "]"
_CODE: Final = "|".join(_CODES)
_MAGNITUDE: Final = (
    r"(?:[\s-]?(?:thousand|million|billion|trillion)|\s?(?:bln|bn|mln|mio|mn|trn|tn|[kKmMbBtT]))(?![\w])"
)
_LAND: Final = "|".join(sorted(map(re.escape, _LANDS), key=len, reverse=True))
_AMOUNT: Final = rf"(?P<one>{NUMBER})(?P<size>{_MAGNITUDE})?"
_RANGE: Final = rf"(?:\s?(?:[-–—]|to)\s?{_SIGN}?(?P<two>{NUMBER})(?P<size2>{_MAGNITUDE})?)?"
_BEFORE: Final = re.compile(rf"(?:(?<![\w.])(?P<land>{_LAND}))?(?P<sign>{_SIGN})\s?{_AMOUNT}{_RANGE}")
_CODED: Final = re.compile(rf"\b(?P<code>{_CODE})\s?{_AMOUNT}{_RANGE}")
_AFTER: Final = re.compile(
    rf"(?<![\w.,]){_AMOUNT}{_RANGE}\s?(?:(?P<sign>[€£₹₩₽₺₪])(?![\d])|(?P<code>{_CODE})\b)"
)


def say_money(text: str) -> str:
    """`text` with amounts in words; a sign without an amount by its name."""
    for pattern in (_BEFORE, _CODED, _AFTER):
        text = pattern.sub(_said, text)
    for sign, names in _SIGNS.items():
        text = text.replace(sign, f" {names[1]} ")
    return text


def _said(found: re.Match[str]) -> str:
    named = found.groupdict()
    land, sign = (
        _CODES[named["code"]]
        if named.get("code")
        else (_LANDS.get(named.get("land") or "", ""), named["sign"])
    )
    one, two = named["one"], named["two"]
    sizes = [_magnitude(named["size"]), _magnitude(named["size2"])]
    name = " ".join(
        filter(
            None, (land, _SIGNS[sign][0] if one == "1" and not any(sizes) and not two else _SIGNS[sign][1])
        )
    )
    if two:
        first = f"{plain(one)}{sizes[0]}" if sizes[0] and sizes[0] != sizes[1] else plain(one)
        return f"{first} to {plain(two)}{sizes[1]} {name}"
    whole, _, cents = one.partition(".")
    if len(cents) == 2 and not any(sizes) and _SIGNS[sign][2]:
        small = f"{plain(str(int(cents)))} {_SIGNS[sign][2 if int(cents) == 1 else 3]}"
        if int(cents) == 0 or int(whole.replace(",", "")) == 0:
            return small if int(cents) else f"{plain(whole)} {name}"
        unit = " ".join(filter(None, (land, _SIGNS[sign][0 if whole == "1" else 1])))
        return f"{plain(whole)} {unit} and {small}"
    return f"{plain(one)}{sizes[0]} {name}"


def _magnitude(written: str | None) -> str:
    if not written:
        return ""
    size = written.strip(" -\u00a0")
    return " " + _MAGNITUDES.get(size.lower(), size)
