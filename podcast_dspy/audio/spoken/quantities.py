"""Say quantities: numbers with units, also compound ones ("5 µg/kg", "3 m s−1"), and with magnitudes ("7B")."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.audio.spoken.cardinals import NUMBER, plain

__all__ = ["UNIT", "say_quantities"]

_PREFIXES: Final = {
    "T": "tera", "G": "giga", "M": "mega", "k": "kilo", "c": "centi", "d": "deci", "m": "milli", "µ": "micro",
    "u": "micro", "n": "nano", "p": "pico", "f": "femto", "Ki": "kibi", "Mi": "mebi", "Gi": "gibi", "Ti": "tebi",
    "P": "peta",
}  # fmt: skip
_SCALED: Final = {
    # unit: (singular, plural, prefixes in use)
    "m": ("meter", "meters", "k c d m µ u n p"), "g": ("gram", "grams", "k m µ u n p"),
    "s": ("second", "seconds", "m µ u n p f"), "A": ("ampere", "amperes", "k m µ n p"),
    "V": ("volt", "volts", "M k m µ"), "W": ("watt", "watts", "T G M k m µ"), "J": ("joule", "joules", "G M k m"),
    "Pa": ("pascal", "pascals", "G M k m"), "Hz": ("hertz", "hertz", "T G M k m"), "N": ("newton", "newtons", "M k m"),
    "F": ("farad", "farads", "m µ n p f"), "L": ("liter", "liters", "d m µ u n"), "l": ("liter", "liters", "d m µ u n"),
    "M": ("molar", "molar", "m µ u n p"), "mol": ("mole", "moles", "k m µ n p"), "Ω": ("ohm", "ohms", "G M k m µ"),
    "ohm": ("ohm", "ohms", "M k m"), "eV": ("electron volt", "electron volts", "T G M k m"),
    "B": ("byte", "bytes", "P T G M k Ki Mi Gi Ti"), "bp": ("base pair", "base pairs", "G M k"),
    "Da": ("dalton", "daltons", "M k"), "Wh": ("watt hour", "watt hours", "T G M k"),
    "Ah": ("ampere hour", "ampere hours", "k m"), "cal": ("calorie", "calories", "k"),
    "Bq": ("becquerel", "becquerels", "G M k m"),
    "Gy": ("gray", "grays", "m µ"), "Sv": ("sievert", "sieverts", "m µ"), "T": ("tesla", "tesla", "m µ n"),
    "t": ("tonne", "tonnes", "M k"), "bps": ("bit per second", "bits per second", "T G M k"),
    "bit/s": ("bit per second", "bits per second", "T G M k"),
    "FLOPs": ("flop", "flops", "P T G M"), "FLOPS": ("flop", "flops", "P T G M"),
    "FLOP/s": ("flop per second", "flops per second", "P T G M"),
    "TOPS": ("tera operation per second", "tera operations per second", ""),
}  # fmt: skip
_PLAIN: Final = {
    "sec": ("second", "seconds"), "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "d": ("day", "days"), "wk": ("week", "weeks"),
    "yr": ("year", "years"), "yrs": ("year", "years"), "KB": ("kilobyte", "kilobytes"), "dB": ("decibel", "decibels"),
    "dBm": ("decibel milliwatt", "decibel milliwatts"), "ha": ("hectare", "hectares"), "px": ("pixel", "pixels"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "ppm": ("part per million", "parts per million"), "ppb": ("part per billion", "parts per billion"),
    "fps": ("frame per second", "frames per second"), "rpm": ("revolution per minute", "revolutions per minute"),
    "wpm": ("word per minute", "words per minute"), "bpm": ("beat per minute", "beats per minute"),
    "mph": ("mile per hour", "miles per hour"), "mi": ("mile", "miles"),
    "ft": ("foot", "feet"), "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "gal": ("gallon", "gallons"),
    "psi": ("pound per square inch", "pounds per square inch"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"), "bar": ("bar", "bar"),
    "mbar": ("millibar", "millibar"),
    "atm": ("atmosphere", "atmospheres"), "hPa": ("hectopascal", "hectopascals"), "Å": ("angstrom", "angstroms"),
    "kb": ("kilobase", "kilobases"), "Mb": ("megabase", "megabases"),
    "IU": ("international unit", "international units"),
    "pp": ("percentage point", "percentage points"), "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
}  # fmt: skip
_UNITS: Final = _PLAIN | {
    (prefix + unit): (_PREFIXES.get(prefix, "") + one, _PREFIXES.get(prefix, "") + many)
    for unit, (one, many, prefixes) in _SCALED.items()
    for prefix in ("", *prefixes.split())
    if prefix or unit not in ("A", "M", "T", "F", "N", "B")  # letters that are rather names, or millions
}
_MAGNITUDES: Final = {
    "k": "thousand", "K": "thousand", "M": "million", "B": "billion", "bn": "billion", "T": "trillion",
    "x": "times", "X": "times",
}  # fmt: skip
UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_EXPONENT: Final = r"(?:\^?\{?[-−–⁻]?[123¹²³]\}?(?!\.?\d))"
_ONE: Final = rf"(?:{UNIT}){_EXPONENT}?(?!\w)"
_SPAN: Final = (
    "second|minute|hour|day|week|month|year|person|capita|patient|cell|dose|unit|epoch|step|token|query"
)
_MORE: Final = (
    rf"(?:\s?/\s?(?:{_SPAN})\b|\s?/\s?{_ONE}|\s?[·⋅]\s?{_ONE}"
    rf"|\s(?:{UNIT})\^?\{{?[-−–⁻][123¹²³]\}}?(?!\w|\.\d))"
)
_QUANTITY: Final = re.compile(rf"(?<![\w.^{{_])(?<!\^[-−])({NUMBER})(\s?)({_ONE}{_MORE}*)(?!\w)")
_PART: Final = re.compile(rf"(?P<per>/)?\s?(?:[·⋅]\s?)?(?P<unit>(?:{_SPAN})\b|{UNIT})(?P<power>{_EXPONENT}?)")
_POWERS: Final = str.maketrans("⁻−–¹²³", "---123", "^{}")
_SPELLED_POWER: Final = {"2": " squared", "3": " cubed"}


def say_quantities(text: str) -> str:
    """`text` with "5 µg/kg" as "five micrograms per kilogram" and "7B" as "seven billion"."""
    text = text.replace("μ", "µ").replace("\u2126", "Ω").replace("\u212b", "Å")
    text = re.sub(r"(?<=\d)\s?[°º]\s?([CF])\b", r" °\1", text)
    text = _QUANTITY.sub(_quantity, re.sub(r"(?<=\d) K(?!\w)", " kelvin", text))
    return re.sub(rf"(?<![\w.^{{_])({NUMBER})\s?(k|K|M|B|bn|T|x|X)(?![\w])", _magnitude, text)


def _quantity(found: re.Match[str]) -> str:
    number, units = found[1], found[3]
    if units == "d" and not found[2]:  # "2d" is two-dimensional
        return found[0]
    over, under = "", ""
    for part in _PART.finditer(units):
        power = part["power"].translate(_POWERS)
        below = bool(part["per"]) or power.startswith("-")
        one, many = _UNITS.get(part["unit"], (part["unit"], part["unit"]))
        name = one if below or number == "1" or over else many
        name += _SPELLED_POWER.get(power.lstrip("-"), "")
        if below:
            under += f" per {name}"
        else:
            over += f" {name}"
    return f"{plain(number)}{over}{under}"


def _magnitude(found: re.Match[str]) -> str:
    return f"{plain(found[1])} {_MAGNITUDES[found[2]]}"
