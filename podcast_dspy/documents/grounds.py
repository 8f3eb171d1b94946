"""Knows what lies under and over the text of a page, and so which text can be seen.

Text cannot be seen when something opaque is drawn over it, or when it has the colour of what it is drawn on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from podcast_dspy.documents.graph import BBox

__all__ = ["PAPER", "Colour", "Fill", "Grounds"]

Colour = tuple[int, int, int]
PAPER: Colour = (255, 255, 255)

UNSEEN = 20
"""Steps of 255 in each channel below which a colour cannot be told from its ground."""

FAINT = 100
"""Steps of 255 below which text is a watermark if it is large as well."""

MOST = 300
"""Filled areas kept, the largest ones; those of a heat map are smaller than anything that hides text."""


@dataclass(frozen=True, slots=True)
class Fill:
    """An area that is painted; `order` counts the objects of the page, in drawing order."""

    order: int
    box: BBox
    colour: Colour | None
    """None for pictures and patterns, on which text may have any colour."""
    solid: bool
    """An upright rectangle that lets nothing through."""

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]


@dataclass
class Grounds:
    """The painted areas of a page, and when each text object is drawn, by its address."""

    fills: list[Fill] = field(default_factory=list)
    orders: dict[int, int] = field(default_factory=dict)

    def settle(self) -> Grounds:
        """Keep the largest areas, the topmost first."""
        if len(self.fills) > MOST:
            self.fills.sort(key=lambda f: (f.box[0] - f.box[2]) * (f.box[3] - f.box[1]))
            del self.fills[MOST:]
        self.fills.sort(key=lambda f: -f.order)
        return self

    def pictured(self, x: float, y: float) -> bool:
        """Whether a point lies in a picture or pattern, as all of a scan does."""
        return any(f.colour is None and f.holds(x, y) for f in self.fills)

    def covers(self, address: int) -> list[BBox]:
        """The areas that are drawn over a text object."""
        order = self.orders.get(address)
        return [f.box for f in self.fills if f.solid and f.order > order] if order is not None else []

    def contrast(self, address: int, x: float, y: float, colour: Colour, alpha: float) -> float:
        """Steps of 255 by which text differs from what it is drawn on; 255 on a picture."""
        order = self.orders.get(address)
        for fill in self.fills:
            if (order is None or fill.order < order) and fill.holds(x, y):
                ground = fill.colour
                break
        else:
            ground = PAPER
        if ground is None:
            return 255 * alpha
        return alpha * max(abs(a - b) for a, b in zip(colour, ground, strict=True))
