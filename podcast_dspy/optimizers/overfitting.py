"""Overfitting: what instructions took over from the pairs that they were found on, and those that break off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from podcast_dspy.metrics.leakage import leakage
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.text.words import words

_ENDS: Final = tuple(".?!…:)]}>\"”’'`*")


class Overfitting:
    """Tells instructions that hold for any paper from those that speak of one.

    An instruction is learned from a few examples. What it copies of them (eight or more words in a row of a podcast or
    its paper, the name of a show or a host, a paper's own concept) helps on these and misleads on every other.
    """

    def __init__(self, pairs: Sequence[TrainingPair], known: Sequence[str]) -> None:
        """`pairs` are those that a search may see, `known` the instructions that it begins with."""
        self._known = frozenset(known)
        self._before = "\n".join(known)
        self._transcripts = [pair.transcription.transcript_text for pair in pairs]
        self._papers = [" ".join(atom.content for atom in pair.document_graph.atoms) for pair in pairs]
        before = f" {' '.join(words(self._before))} "
        names = {
            " ".join(words(form))
            for pair in pairs
            for concept in pair.document_graph.key_concepts
            for form in (concept.name, *concept.aliases)
        }
        self._concepts = sorted(name for name in names if " " in name and f" {name} " not in before)
        self._faults: dict[str, str] = {}

    def fault(self, instructions: str) -> str:
        """Why instructions are turned down, as the rest of a sentence about them; empty for good ones."""
        if instructions in self._known:
            return ""
        if instructions not in self._faults:
            self._faults[instructions] = self._found(instructions)
        return self._faults[instructions]

    def _found(self, instructions: str) -> str:
        text = instructions.strip()
        if not text:
            return "are empty"
        if not text.endswith(_ENDS):
            return f"break off (“{text[-40:]}”)"
        said = leakage(text, self._transcripts, self._before)
        copied = [
            *said.names,
            *said.sponsors,
            *said.copied,
            *leakage(text, self._papers, self._before).copied,
        ]
        line = f" {' '.join(words(text))} "
        copied += [name for name in self._concepts if f" {name} " in line]
        return f"speak of the training pairs (“{copied[0][:60]}”)" if copied else ""
