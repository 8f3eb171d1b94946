"""Numbers as a host would say them."""

from __future__ import annotations

from num2words import num2words


def words(value: float, places: int = 0) -> str:
    """`value` in words, rounded to `places` decimals; a trailing zero is not spoken."""
    rounded = round(value, places)
    if rounded == int(rounded):
        return str(num2words(int(rounded))).replace(",", "")
    return str(num2words(f"{rounded:.{places}f}".rstrip("0"))).replace(",", "")


def percent(share: float, places: int = 0) -> str:
    """A share (0-1) as spoken per cent."""
    return f"{words(100.0 * share, places)} percent"


def points(difference: float, places: int = 1) -> str:
    """A difference of shares (0-1) as spoken percentage points."""
    value = words(100.0 * difference, places)
    return f"{value} percentage point{'' if value == 'one' else 's'}"


def one_in(rate: float, digits: int = 2) -> str:
    """A small rate as odds, with the denominator rounded to `digits` significant digits."""
    odds = 1.0 / rate
    return f"one in {words(float(f'{odds:.{digits}g}'))}"


def times(ratio: float, places: int = 1) -> str:
    """A ratio, as in "one point nine times"."""
    return f"{words(ratio, places)} times"


def out_of(share: float, total: int) -> str:
    """A share of a small `total`, as in "three out of twenty-four"."""
    return f"{words(share * total)} out of {words(total)}"
