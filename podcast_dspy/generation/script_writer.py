"""ScriptWriter: a capable LM writes the script of a rundown, whole or chapter by chapter, with the paper in view."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import dspy

from podcast_dspy.generation.reading import PaperReading
from podcast_dspy.generation.rundown import characters_to_read
from podcast_dspy.generation.script import ScriptSegment, Turn
from podcast_dspy.generation.writer import nearest_demonstrations
from podcast_dspy.lms.asking import ask, language_fault
from podcast_dspy.signatures.planning import Rundown
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.signatures.writing import SegmentToWrite, Speaker, WriteDialogue, WriteScript
from podcast_dspy.text.words import split_sentences

CHAPTER = 900
"""Words that are written in one go, or half as many more where one call does: an LM hurries towards the end of more."""
AT_HAND = 50_000
"""Characters of the paper (about 12,500 tokens) that the writer has at hand; of a longer one, what the plan names."""
_SHOWN = 3
"""Demonstrations that are shown."""
_ENOUGH = 0.5
"""Share of the words asked for below which an answer is no script."""
_MOST = 1.3
"""How much more, or less, than is needed is asked for of an LM that writes less, or more, than it is asked for."""
_MARKS = re.compile(r"[*`#]|__|\[\[|\]\]")
_UNSPOKEN = re.compile(
    r"^\s*(?:[-•]\s+|(?:host|narrator|asker|explainer|speaker(?: \d)?)\s*:\s*)|\[[^\]]*\]"
    r"|\((?:music|pause|laughs?|chuckles?|sighs?|intro|outro|sound|beat)[^)]*\)",
    re.IGNORECASE | re.MULTILINE,
)
"""Bullets, speaker labels and stage directions."""


@dataclass(frozen=True)
class Paragraph:
    """What the host says in one go."""

    segment: int
    """The segment of the rundown, from 0."""
    text: str
    illustrations: tuple[str, ...] = ()
    """Sentences that only picture something, for the check."""
    speaker: Speaker | None = None
    """Who says it, in a dialogue."""

    @property
    def sentences(self) -> list[str]:
        """Its sentences."""
        return split_sentences(self.text)


def paragraphs_of(place: int, segment: ScriptSegment) -> list[Paragraph]:
    """A segment of a script as paragraphs of the segment `place`: one, or in a dialogue one for each turn."""
    if segment.turns:
        return [Paragraph(place, turn.text, speaker=turn.speaker) for turn in segment.turns]
    return [Paragraph(place, segment.text)]


def turns_of(paragraphs: Sequence[Paragraph]) -> tuple[Turn, ...]:
    """What is said in a segment of a dialogue until the other speaks; nothing for one voice."""
    return tuple(
        Turn(speaker=speaker, text=" ".join(one.text for one in run))
        for speaker, run in groupby(paragraphs, lambda one: one.speaker)
        if speaker is not None
    )


def spoken(text: str) -> str:
    """An LM's text without what nobody says: headings' marks, bullets, speaker labels, stage directions."""
    return " ".join(_UNSPOKEN.sub(" ", _MARKS.sub("", text)).split())


def numbered(paragraphs: Sequence[Paragraph], *, words: bool = False) -> str:
    """Paragraphs for an LM to read, each behind its number, from 1, and in a dialogue behind who speaks."""
    return "\n\n".join(
        f"[{number}{f', {one.speaker}' if one.speaker else ''}{f', {len(one.text.split())} words' if words else ''}] "
        f"{one.text}"
        for number, one in enumerate(paragraphs, 1)
    )


class ScriptWriter(dspy.Module):  # type: ignore[misc]
    """Writes a script from a rundown: `script` for one voice, `dialogue` for two.

    Their demos are the banks of demonstrations from human hosts, empty before compilation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.script = dspy.Predict(WriteScript)
        self.dialogue = dspy.Predict(WriteDialogue)

    def forward(
        self,
        reading: PaperReading,
        rundown: Rundown,
        style: str,
        words: Sequence[int],
        dialogue: bool = False,
        language: str = "en",
        report: Callable[[int, int], None] = lambda written, segments: None,
    ) -> list[Paragraph]:
        """The script in a language, for one voice or as a `dialogue`; `words` are those of each segment, `report` hears
        of segments written.

        Raises ModelError.
        """
        cited = [name for segment in rundown.segments for name in segment.passages]
        room = min(AT_HAND, characters_to_read())
        held = len(reading.text.split())
        predictor = self.dialogue if dialogue else self.script
        script: list[Paragraph] = []
        asked = 0
        for chapter in _chapters(words):
            report(chapter[0], len(words))
            # Who wrote less than was asked for before will do so again.
            written = sum(len(one.text.split()) for one in script)
            factor = min(_MOST, max(1.0 / _MOST, asked / written)) if written else 1.0
            wanted = [
                SegmentToWrite(segment=place + 1, words=round(factor * words[place])) for place in chapter
            ]
            asked += sum(words[place] for place in chapter)
            cited_here = [name for place in chapter for name in rundown.segments[place].passages]
            answer = ask(
                predictor,
                "writer",
                partial(_faults, wanted, min(1.0, held / sum(words)) / factor, language),
                language=language,
                paper=reading.around(cited_here, room, cited),
                rundown=rundown,
                style=style,
                so_far="\n\n".join(f"{one.speaker}: {one.text}" if dialogue else one.text for one in script),
                to_write=wanted,
                demos=self._shown(predictor, rundown, chapter) if language == "en" else [],
            )
            for one in answer.turns if dialogue else answer.paragraphs:
                if text := spoken(one.text):
                    pictures = tuple(spoken(sentence) for sentence in one.illustrations)
                    script.append(
                        Paragraph(one.segment - 1, text, pictures, one.speaker if dialogue else None)
                    )
        return sorted(script, key=lambda one: one.segment)

    @staticmethod
    def _shown(predictor: dspy.Predict, rundown: Rundown, chapter: Sequence[int]) -> list[Any]:
        """Demonstrations: the program's own, and of the hosts' for each purpose of the chapter the nearest one."""
        found: list[Any] = [demo for demo in predictor.demos if "purpose" not in demo][:_SHOWN]
        for place in chapter:
            segment = rundown.segments[place]
            purpose = SegmentType(segment.type).row.purpose
            bank = [demo for demo in predictor.demos if demo.get("purpose") == purpose and demo not in found]
            if bank and len(found) < _SHOWN:
                known = [str(demo["paper"]) for demo in bank]
                found += nearest_demonstrations(bank, known, [segment.point], 1)[0]
        return found


def _chapters(words: Sequence[int]) -> list[list[int]]:
    """Segments that are written together: as many chapters as the length asks for, of about the same length."""
    count = max(1, round(sum(words) / CHAPTER))
    share = sum(words) / count
    chapters: list[list[int]] = []
    done = 0
    for place, length in enumerate(words):
        if not chapters or (done + length / 2 > share * len(chapters) and len(chapters) < count):
            chapters.append([])
        chapters[-1].append(place)
        done += length
    return chapters


def _faults(wanted: Sequence[SegmentToWrite], matter: float, language: str, found: Any) -> list[str]:
    """What makes an answer no script of the segments that were asked for; a paper may have `matter` for less only."""
    dialogue = "turns" in found
    paragraphs = found.turns if dialogue else found.paragraphs
    asked = {segment.segment for segment in wanted}
    given = {one.segment for one in paragraphs if spoken(one.text)}
    faults = []
    if given - asked:
        faults.append(f"segments {_listed(given - asked)} were not asked for")
    if asked - given:
        faults.append(f"segments {_listed(asked - given)} are missing")
    texts = [spoken(one.text) for one in paragraphs]
    length, due = sum(len(text.split()) for text in texts), sum(segment.words for segment in wanted)
    if length < _ENOUGH * matter * due:
        faults.append(f"it has {length} words, and {due} were asked for")
    if texts and texts[-1][-1:] not in tuple(".?!…\"”“»'’)"):
        faults.append("it breaks off")
    if dialogue and len({one.speaker for one in paragraphs}) < 2:
        faults.append("only one of the two speaks")
    return [*faults, *language_fault(texts, language)]


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
