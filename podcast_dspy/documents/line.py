"""Words and lines of a page, with their place, size, weight and slant. Coordinates are points, origin top left."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

__all__ = ["Line", "PackedWords", "Word"]


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


_Style = tuple[float, float, bool, bool, bool, int, bool, str]


class PackedWords(Sequence[Word]):
    """Words kept in a tenth of the memory, for the pages that are read but not being looked at.

    Reading one makes a new Word each time, so a change to it is lost.
    """

    __slots__ = ("_edges", "_kinds", "_styles", "_text")

    def __init__(self, words: Sequence[Word]) -> None:
        styles: dict[_Style, int] = {}
        self._text = "\n".join(word.text for word in words)
        self._edges = array("d", [edge for word in words for edge in (word.x0, word.x1)])
        self._kinds = array(
            "H",
            [
                styles.setdefault(
                    (w.baseline, w.size, w.bold, w.italic, w.math, w.raised, w.glued, w.font),
                    len(styles),
                )
                for w in words
            ],
        )
        self._styles = tuple(styles)

    def __len__(self) -> int:
        return len(self._kinds)

    @overload
    def __getitem__(self, index: int) -> Word: ...

    @overload
    def __getitem__(self, index: slice) -> list[Word]: ...

    def __getitem__(self, index: int | slice) -> Word | list[Word]:
        texts = self._text.split("\n")
        if isinstance(index, slice):
            return [self._word(texts[k], k) for k in range(*index.indices(len(self._kinds)))]
        place = index + len(self._kinds) if index < 0 else index
        return self._word(texts[place], place)

    def __iter__(self) -> Iterator[Word]:
        for place, text in enumerate(self._text.split("\n") if self._kinds else ()):
            yield self._word(text, place)

    def _word(self, text: str, place: int) -> Word:
        edges = self._edges
        return Word(text, edges[2 * place], edges[2 * place + 1], *self._styles[self._kinds[place]])


@dataclass(slots=True)
class Line:
    """Words on one baseline of one column."""

    page: int
    words: Sequence[Word]
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
    turns: int = 0
    tags: set[str] = field(default_factory=set)
    reach: int = 0
    """The highest number that the paper cites with raised numbers; 0 if it cites in another way."""
    repaired: str | None = None
    """What `words.line_text` made of the words, once they are packed."""

    def pack(self) -> Line:
        """Keep the words in little memory; from now on they are not changed."""
        if not isinstance(self.words, PackedWords) and len(self.words) < 60_000:
            self.words = PackedWords(self.words)
        return self

    def settle(self) -> Line:
        """Work out box, size, weight and text from the words."""
        words = self.words
        weights: dict[float, int] = {}
        fonts: dict[str, int] = {}
        bold = italic = math_chars = total = 0
        for word in words:
            n = len(word.text)
            total += n
            weights[round(word.size, 1)] = weights.get(round(word.size, 1), 0) + n
            fonts[word.font] = fonts.get(word.font, 0) + n
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
