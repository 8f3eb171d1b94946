"""Flowables that remember where they were drawn, and a document template that lets figures float."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reportlab.platypus import ActionFlowable, BaseDocTemplate, Flowable

Placed = Callable[[int, list[float]], None]


class Float(Flowable):  # type: ignore[misc]
    """A picture or table with its caption, kept together; reports page and box of the picture alone."""

    def __init__(self, picture: Flowable, caption: Flowable, above: bool, placed: Placed) -> None:
        super().__init__()
        self.picture, self.caption, self.above, self.placed = picture, caption, above, placed

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Size of picture, caption and the gap between them."""
        self.full = width
        self.picture_size = self.picture.wrap(width, height)
        self.caption_height = self.caption.wrap(width, height)[1]
        return width, self.picture_size[1] + self.caption_height + 5.0

    def getSpaceBefore(self) -> float:  # noqa: N802
        """Gap above."""
        return 8.0

    def getSpaceAfter(self) -> float:  # noqa: N802
        """Gap below."""
        return 10.0

    def draw(self) -> None:
        """Draw both parts and report the picture's box: points, origin at the top left of the page."""
        wide, tall = self.picture_size
        bottom = 0.0 if self.above else self.caption_height + 5.0
        indent = (self.full - wide) / 2
        self.picture.drawOn(self.canv, indent, bottom)
        self.caption.drawOn(self.canv, 0, tall + 5.0 if self.above else 0.0)
        x, y = self.canv.absolutePosition(indent, bottom)
        page_height = self.canv._pagesize[1]
        box = [x, page_height - y - tall, x + wide, page_height - y]
        self.placed(self.canv.getPageNumber(), [round(v, 1) for v in box])


class Marked(Flowable):  # type: ignore[misc]
    """A flowable that reports the page it was drawn on."""

    def __init__(self, inner: Flowable, placed: Callable[[int], None]) -> None:
        super().__init__()
        self.inner, self.placed = inner, placed

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Size of the inner flowable."""
        size: tuple[float, float] = self.inner.wrap(width, height)
        self.inset = (width - size[0]) / 2
        return width, size[1]

    def getSpaceBefore(self) -> float:  # noqa: N802
        """Gap above."""
        return 4.0

    def getSpaceAfter(self) -> float:  # noqa: N802
        """Gap below."""
        return 6.0

    def draw(self) -> None:
        """Draw the inner flowable, centred."""
        self.inner.drawOn(self.canv, self.inset, 0)
        self.placed(self.canv.getPageNumber())


class Flush(Flowable):  # type: ignore[misc]
    """Where floats that still wait must be set."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Takes no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Draws nothing."""


class FloatingDocument(BaseDocTemplate):  # type: ignore[misc]
    """A document whose floats move to the top of the next column when the present one has no room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[Float] = []

    def handle_flowable(self, flowables: list[Flowable]) -> None:
        """Set the next flowable, holding back floats that do not fit."""
        frame = getattr(self, "frame", None)
        if frame is None or isinstance(flowables[0], ActionFlowable):
            super().handle_flowable(flowables)
            return
        if self.waiting and (frame._atTop or isinstance(flowables[0], Flush)):
            flowables[:0] = self.waiting
            self.waiting = []
        first = flowables[0]
        if isinstance(first, Float) and not frame._atTop:
            tall = first.wrap(frame._aW, frame._aH)[1] + first.getSpaceBefore()
            later = any(not isinstance(f, Float | Flush) for f in flowables[1:])
            if later and (self.waiting or tall > frame._y - frame._y1p):
                self.waiting.append(flowables.pop(0))
                return
        super().handle_flowable(flowables)
