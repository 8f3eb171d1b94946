"""Say numbers: cardinals, decimals, ranges, years, ordinals, fractions, percentages and quantities with units."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["say_numbers"]

_DIGITS = "zero one two three four five six seven eight nine".split()
_UNITS: dict[str, tuple[str, str]] = {
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "nm": ("nanometer", "nanometers"),
    "um": ("micrometer", "micrometers"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"), "s": ("second", "seconds"),
    "sec": ("second", "seconds"), "ms": ("millisecond", "milliseconds"),
    "ns": ("nanosecond", "nanoseconds"), "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "KB": ("kilobyte", "kilobytes"), "kB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"), "PB": ("petabyte", "petabytes"),
    "GiB": ("gibibyte", "gibibytes"), "MiB": ("mebibyte", "mebibytes"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"), "kbps": ("kilobit per second", "kilobits per second"),
    "W": ("watt", "watts"), "kW": ("kilowatt", "kilowatts"), "MW": ("megawatt", "megawatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "V": ("volt", "volts"), "mV": ("millivolt", "millivolts"),
    "mA": ("milliampere", "milliamperes"), "dB": ("decibel", "decibels"), "L": ("liter", "liters"),
    "mL": ("milliliter", "milliliters"), "ml": ("milliliter", "milliliters"),
    "mM": ("millimolar", "millimolar"), "nM": ("nanomolar", "nanomolar"),
    "mol": ("mole", "moles"), "Pa": ("pascal", "pascals"), "kPa": ("kilopascal", "kilopascals"),
    "MPa": ("megapascal", "megapascals"), "J": ("joule", "joules"), "kJ": ("kilojoule", "kilojoules"),
    "eV": ("electron volt", "electron volts"), "keV": ("kilo electron volt", "kilo electron volts"),
    "MeV": ("mega electron volt", "mega electron volts"), "GeV": ("giga electron volt", "giga electron volts"),
    "ppm": ("part per million", "parts per million"), "fps": ("frame per second", "frames per second"),
    "ha": ("hectare", "hectares"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"), "px": ("pixel", "pixels"), "FLOPs": ("flop", "flops"),
    "GFLOPs": ("gigaflop", "gigaflops"),
    "TFLOPs": ("teraflop", "teraflops"), "PFLOPs": ("petaflop", "petaflops"),
    "wpm": ("word per minute", "words per minute"),
    "pp": ("percentage point", "percentage points"), "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
}  # fmt: skip
_MAGNITUDES = {
    "k": "thousand", "K": "thousand", "M": "million", "B": "billion", "bn": "billion", "T": "trillion",
    "x": "times", "X": "times",
}  # fmt: skip
_FRACTIONS = {(1, 2): "one half", (1, 4): "one quarter", (3, 4): "three quarters"}
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_PER = (
    r"(?:\s?/\s?(?:"
    + "|".join(re.escape(u) for u in ("s", "h", "min", "kg", "m", "km", "L", "ha", "mL"))
    + r")\b)?"
)
_CUE = (
    r"in|since|until|till|before|after|during|year|years|around|circa|early|late|mid|from|to|and|by|of|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"spring|summer|autumn|fall|winter|back in|the"
)
_CLOSED = r"(?:was|is|has|as|this|its|ours|us|plus|versus|thus|always|across|perhaps|afterwards|towards|does|times)\b"


def say_numbers(text: str) -> str:
    """`text` without a single digit: every number in the words a speaker would use."""
    text = "".join(_ascii_digit(character) for character in text)
    text = re.sub(r"(?<=\d)[   ](?=\d{3}\b)", "", text)  # thin spaces group thousands
    text = re.sub(r"\b(\d)[, ]?(\d{3})s\b", _decade, text)
    text = re.sub(r"(?<![\w.])'?(\d0)s\b", lambda found: _plural(_cardinal(int(found[1]))), text)
    text = re.sub(
        r"\b(\d+(?:\.\d+)?)[eE]([-+−]?\d+)\b",
        lambda f: f"{f[1]} times 10 to the power of {_signed(f[2])}",
        text,
    )
    text = re.sub(r"\b(\d[\d,]*)(st|nd|rd|th)\b", lambda found: _ordinal(found[1]), text)
    text = re.sub(
        r"\b((?:1[1-9]|20)\d\d)\s?[-–—]\s?((?:1[1-9]|20)\d\d)\b(?!\s?(?:%|[-–]))", _year_range, text
    )
    text = re.sub(
        r"\b((?:1[1-9]|20)\d\d)[-–/](\d\d)\b(?![\d%.])",
        lambda f: f"{_year(int(f[1]))} to {_cardinal(int(f[2]))}",
        text,
    )
    text = re.sub(rf"(?i)\b({_CUE})\s+((?:1[1-9]|20)\d\d)\b(?![\d,.]\d|\s?[-–%])", _maybe_year, text)
    text = re.sub(
        r"\b([A-Z]\w*)\s+((?:19[5-9]|20[0-4])\d)\b(?![\d,.]\d|\s?[-–%])", _maybe_year, text
    )  # WMT 2014
    text = re.sub(r"(?<=[\s(])\(?((?:19|20)\d\d)(?=\))", lambda found: _year(int(found[1])), text)
    text = re.sub(
        rf"(?<![\w.])({_NUMBER})\s?(%|{_UNIT}|[kKMBT])?\s?[-–—]\s?({_NUMBER})(?=\s?(?:[%°]|[A-Za-zμ]|[\s.,;:!?)\]]|$))(?![-–—]\d)",
        lambda f: f"{f[1]}{' ' + f[2] if f[2] and not f[0].endswith(f[2]) else ''} to {f[3]}",
        text,
    )
    text = re.sub(r"(?<![\w./])(\d{1,2})/(\d{1,2})(?![\w/])", _fraction, text)
    text = re.sub(r"(?<![\w:.])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?![\w:])", _clock, text)
    text = re.sub(r"(?<=\d)\s?:\s?(?=\d)", " to ", text)
    text = re.sub(r"(?<=\d)\s?/\s?(?=\d)", " over ", text)
    text = re.sub(r"#\s?(?=\d)", " number ", text)
    text = re.sub(rf"(?<![\w.])({_NUMBER})\s?({_UNIT})({_PER})(?!\w)", _quantity, text)
    text = re.sub(rf"(?<![\w.])({_NUMBER})\s?(k|K|M|B|bn|T|x|X)(?![\w])", _magnitude, text)
    text = re.sub(r"(?<![\w)\].])[-−–](?=\d)", "minus ", text)
    text = re.sub(r"(?<=[A-Za-z])[-–](?=\d)", " ", text)  # GPT-4
    text = re.sub(
        r"\d+(?:\.\d+){2,}", lambda f: " point ".join(_plain(part) for part in f[0].split(".")), text
    )
    text = re.sub(rf"{_NUMBER}|\.\d+", lambda found: _spaced(text=found), text)
    text = text.replace("%", " percent ").replace("‰", " per mille ")
    return "".join(_leftover(character) for character in text)


def _ascii_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.digit(character))


def _leftover(character: str) -> str:
    """Circled digits, vulgar fractions and other numeric signs."""
    if character.isalpha() or not (character.isdigit() or character.isnumeric()):
        return character
    value = unicodedata.numeric(character)
    if value == int(value):
        return f" {_cardinal(int(value))} "
    for bottom in range(2, 17):
        if abs(value * bottom - round(value * bottom)) < 1e-9:
            return f" {_parts(round(value * bottom), bottom)} "
    return " "


@lru_cache(maxsize=4096)
def _cardinal(value: int) -> str:
    from num2words import num2words

    if value >= 10**15:
        return " ".join(_DIGITS[int(digit)] for digit in str(value))
    return str(num2words(value)).replace(",", "")


@lru_cache(maxsize=512)
def _ordinal(digits: str) -> str:
    from num2words import num2words

    value = int(digits.replace(",", ""))
    return str(num2words(value, to="ordinal")).replace(",", "") if value < 10**12 else _cardinal(value) + "th"


def _year(value: int) -> str:
    high, low = divmod(value, 100)
    if low == 0:
        return _cardinal(value) if high % 10 == 0 else f"{_cardinal(high)} hundred"
    if 2000 < value < 2010:
        return f"two thousand {_DIGITS[low]}"
    return f"{_cardinal(high)} {'oh ' + _DIGITS[low] if low < 10 else _cardinal(low)}"


def _year_range(found: re.Match[str]) -> str:
    return f"{_year(int(found[1]))} to {_year(int(found[2]))}"


def _maybe_year(found: re.Match[str]) -> str:
    """A year unless a plural follows: "in 2048" but "in 2048 dimensions"."""
    after = found.string[found.end() :]
    if re.match(rf"\s+(?!{_CLOSED})[a-z]+s\b|\s?-?(?:{_UNIT}|[kKMBT])\b", after):
        return found[0]
    word = found[1].lower()
    value = int(found[2])
    # "of", "and", "to", "by", "the" say little: only a number that looks like a recent year is one after them
    if word in ("of", "and", "to", "by", "the", "from") and not 1900 <= value <= 2099:
        return found[0]
    return f"{found[1]} {_year(value)}"


def _decade(found: re.Match[str]) -> str:
    value = int(found[1] + found[2])
    if not 1100 <= value <= 2090 or value % 10:
        return f"{_plural(_plain(str(value)))}"
    return _plural(_year(value))


def _plural(words: str) -> str:
    return (
        words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith(("x", "s")) else "s")
    )


def _fraction(found: re.Match[str]) -> str:
    top, bottom = int(found[1]), int(found[2])
    if not 0 < top < bottom:
        return f"{_cardinal(top)} over {_cardinal(bottom)}"
    return _parts(top, bottom)


def _parts(top: int, bottom: int) -> str:
    if (top, bottom) in _FRACTIONS:
        return _FRACTIONS[(top, bottom)]
    name = _ordinal(str(bottom)) if bottom != 2 else "half"
    return f"{_cardinal(top)} {name if top == 1 else _plural(name)}"


def _clock(found: re.Match[str]) -> str:
    parts = [int(part) for part in found.groups() if part is not None]
    if len(parts) == 2 and parts[0] < 24:
        minutes = (
            ""
            if parts[1] == 0
            else (f" oh {_DIGITS[parts[1]]}" if parts[1] < 10 else " " + _cardinal(parts[1]))
        )
        return _cardinal(parts[0]) + (minutes or " o'clock")
    return " ".join(_cardinal(part) for part in parts)


def _quantity(found: re.Match[str]) -> str:
    singular, plural = _UNITS[found[2]]
    per = found[3].replace("/", "").strip() if found[3] else ""
    said = singular if found[1] == "1" else plural
    return f"{_plain(found[1])} {said}" + (f" per {_UNITS[per][0]}" if per else "")


def _magnitude(found: re.Match[str]) -> str:
    return f"{_plain(found[1])} {_MAGNITUDES[found[2]]}"


def _signed(digits: str) -> str:
    return digits.replace("+", "").replace("-", "minus ").replace("−", "minus ")


def _spaced(text: re.Match[str]) -> str:
    """A number in words, set apart from letters that touch it (H2O, A100)."""
    before, after = text.string[: text.start()][-1:], text.string[text.end() :][:1]
    words = _plain(text[0])
    lone = re.search(
        r"(?<![A-Za-z])[A-Z]$", text.string[: text.start()]
    )  # "A100": "A one" would be an article
    left = ("-" if lone else " ") if before.isalpha() or before == "." else ""
    return left + words + (" " if after.isalpha() else "")


def _plain(number: str) -> str:
    """Digits with optional thousands commas and decimals, in words; a trailing comma is kept."""
    tail = "," if number.endswith(",") else ""
    body = number.rstrip(",")
    whole, _, decimals = body.partition(".")
    groups = whole.split(",")
    if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
        return (
            ", ".join(
                _plain(group)
                for group in [*groups[:-1], groups[-1] + ("." + decimals if decimals else "")]
                if group
            )
            + tail
        )
    digits = "".join(groups)
    if len(digits) > 1 and digits.startswith("0"):
        said = " ".join(_DIGITS[int(digit)] for digit in digits)
    else:
        said = _cardinal(int(digits)) if digits else "zero"
    if decimals:
        said += " point " + " ".join(_DIGITS[int(digit)] for digit in decimals)
    return said + tail
