"""Words and lines of a page, with their place, size, weight and slant. Coordinates are points, origin top left."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Line", "Word"]


@dataclass(slots=True)
class Word:
    """Characters without a space between them; `raised` is +1 for a superscript, -1 for a subscript."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    bold: bool
    italic: bool
    math: bool
    raised: int = 0
    glued: bool = False
    """No space separates it from the word before."""
    font: str = ""
    pale: bool = False
    """Drawn in white: readable only on a dark ground."""


@dataclass(slots=True)
class Line:
    """Words on one baseline of one column."""

    page: int
    words: list[Word]
    x0: float = 0.0
    x1: float = 0.0
    y0: float = 0.0
    y1: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    math: float = 0.0
    """Share of its characters that are set in a font for mathematics."""
    text: str = ""
    font: str = ""
    """Font of most of its characters."""
    pale: bool = False
    turns: int = 0
    tags: set[str] = field(default_factory=set)

    def settle(self) -> Line:
        """Work out box, size, weight and text from the words."""
        words = self.words
        weights: dict[float, int] = {}
        fonts: dict[str, int] = {}
        bold = italic = math_chars = total = pale = 0
        for word in words:
            n = len(word.text)
            total += n
            weights[round(word.size, 1)] = weights.get(round(word.size, 1), 0) + n
            fonts[word.font] = fonts.get(word.font, 0) + n
            pale += n * word.pale
            bold += n * word.bold
            italic += n * word.italic
            math_chars += n * word.math
        self.size = max(weights, key=lambda s: (weights[s], s))
        main = [w for w in words if abs(w.size - self.size) < 0.11] or words
        baselines = sorted(w.baseline for w in main)
        self.baseline = baselines[len(baselines) // 2]
        for word in words:
            if word.size < 0.88 * self.size:
                shift = (self.baseline - word.baseline) / self.size
                word.raised = 1 if shift > 0.12 else (-1 if shift < -0.06 else 0)
        self.x0 = min(w.x0 for w in words)
        self.x1 = max(w.x1 for w in words)
        self.y0 = self.baseline - 0.76 * self.size
        self.y1 = self.baseline + 0.22 * self.size
        self.font = max(fonts, key=lambda name: (fonts[name], name))
        self.pale = pale > 0.5 * total
        self.bold = bold > 0.6 * total
        self.italic = italic > 0.6 * total
        self.math = math_chars / max(total, 1)
        self.text = "".join(
            (("" if word.glued or k == 0 else " ") + word.text) for k, word in enumerate(words)
        )
        return self

    @property
    def width(self) -> float:
        """Points from left to right."""
        return self.x1 - self.x0
