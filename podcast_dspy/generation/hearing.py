"""Hearing: what somebody who listens knows by now, and how far a row of sentences can be followed by it."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.generation.drafts import Passage
from podcast_dspy.generation.features import TELLING, Array
from podcast_dspy.generation.references import FIGURE, names_in, unresolved_definites
from podcast_dspy.generation.rows import Unit, endings, unfinished
from podcast_dspy.text.words import content_stems

LEAST, MOST = 3, 8
"""Sentences of a passage: as many as make a thought, and as a listener hears as one."""
_OVER, _FAR = 1.15, 1.7
"""Words that a passage may take for each word of room, and one that is no whole thought without them: the length is
fitted afterwards."""
_HELD = 5
"""New names, rare words and numbers that are kept in mind from one sentence: four, give or take one (Cowan 2001). With
more, nobody who hears it once can follow it."""
_AGAIN = 0.65
"""Cosine of two sentences from which on they say the same: those of an abstract and their like in the text lie above,
two results that differ in one name below."""
_SAME_NUMBERS = 2
"""Numbers that two sentences about results have in common if they tell the same one."""


class Hearing:
    """What has been said of a paper, its title first. `similar` is the `likeness` of its passages."""

    def __init__(self, title: str, units: Sequence[Unit], similar: Array) -> None:
        self.units = units
        self.said: set[int] = set()
        self.met: set[str] = set()
        self.stems: set[str] = set(content_stems(title))
        self.heard: set[str] = self.stems | names_in(title)
        self._alike = similar
        self._numbers = {unit.order: frozenset(FIGURE.findall(unit.text)) for unit in units}

    def tell(self, unit: Unit) -> None:
        """Count a sentence as said: what it introduces is known."""
        self.said.add(unit.order)
        self.met |= unit.terms
        self.heard |= unit.held
        self.stems.update(content_stems(unit.text))

    def load(self, said: Sequence[Unit]) -> float:
        """How many new names and rare words sentences bring, on average."""
        held = frozenset().union(*(unit.held for unit in said)) - self.heard
        return sum(not one[0].isdigit() for one in held) / len(said)

    def clear(self, told: Sequence[Unit]) -> list[Unit]:
        """Sentences without those that point to what is missing."""
        kept: list[Unit] = []
        lost = False
        for unit in told:
            lost = unit.points and not unit.opens and (lost or not unit.follows)
            kept += [] if lost else [unit]
        return kept

    def passage(
        self, run: Sequence[Unit], room: float, least: int = LEAST, alone: bool = False
    ) -> Passage | None:
        """As many whole paragraphs of a row of sentences as there is room for, else as much as can stand `alone`; None
        where that is nothing.

        It begins behind what was said before, and is over where a term comes up that nothing has introduced, where a
        sentence brings more at once than anybody keeps in mind, or says again what was said.
        """
        row = self._followed(run)
        words = [0]
        for unit in row:
            words.append(words[-1] + unit.words)
        ends = endings(row, self.units)
        if alone and row and not unfinished(row[0]) and not any(unit.points for unit in run[1:2]):
            ends = {1: row[0].closes, **ends}
        long = [count for count in ends if count >= min(least, len(run)) or ends[count]]
        fit = [count for count in long if words[count] <= _OVER * room and count <= MOST]
        far = [count for count in long if words[count] <= _FAR * room]
        whole = [count for count in fit if ends[count]]
        choices = (
            whole[-1:],
            [count for count in far if ends[count]][:1],
            fit[-1:],
            far[:1],
            long[:1] if least == 1 else [],
        )
        count = next((chosen[0] for chosen in choices if chosen), 0)
        if not count:
            return None
        return Passage(row[:count], row[count:], least=min(LEAST, count), ends=ends)

    def _followed(self, run: Sequence[Unit]) -> list[Unit]:
        met, heard = set(self.met), set(self.heard)
        row: list[Unit] = []
        skipped = False
        for unit in run:
            if self._says_again(unit) and not row:
                skipped = True
                continue
            # Who wrote the abstract wrote it for somebody who has read nothing else.
            full = len(unit.held - heard) > _HELD and unit.kind != "abstract"
            lost = skipped and not row and (unit.points or unresolved_definites(unit.text, self.stems))
            if unit.terms - unit.introduces - met or full or lost or self._says_again(unit):
                break
            met |= unit.terms
            heard |= unit.held
            row.append(unit)
        return row

    def _says_again(self, unit: Unit) -> bool:
        """Whether a sentence that was said before told the same, or the same figures; a conclusion does."""
        if unit.kind in ("abstract", "conclusion"):
            return False
        figures = self._numbers[unit.order]
        return any(
            self._alike[unit.order, order] > _AGAIN
            or (
                unit.kind in TELLING
                and len(figures & self._numbers[order]) >= max(_SAME_NUMBERS, len(figures) / 2.0)
            )
            for order in self.said
            if order >= 0  # no caption
        )
