"""Decides whether a paragraph goes on in the next column or page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podcast_dspy.documents.blocks import Block

__all__ = ["OpenParagraph"]


@dataclass
class OpenParagraph:
    """A paragraph that the next column or page may continue."""

    first: Block
    last: Block
    text: str

    def goes_on(self, block: Block, text: str) -> bool:
        """Whether `block`, at the top of another column or page, continues this paragraph."""
        a, b = self.last.lines[-1], block.lines[0]
        if abs(a.size - b.size) > 0.6 or a.bold != b.bold or not text:
            return False
        if re.search(r"[.!?:][\"'”’)\]]*$", self.text):
            return False
        moved = self.last.flow is not block.flow or block.lines[0].baseline < a.baseline
        lower = text[0].islower() or not text[0].isalnum()
        return lower or (moved and len(self.last.lines) > 1 and a.x1 > self.last.flow.x1 - 0.1 * a.width)
