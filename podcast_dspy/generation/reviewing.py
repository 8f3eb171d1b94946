"""Reviewing: the sentences of a script, each with the passages nearest to it and what the measured check says."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from podcast_dspy.analysis.verdicts import Judgement, judge_sentences
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.reading import PaperReading
from podcast_dspy.generation.script import Paragraph
from podcast_dspy.signatures.editing import SpokenClaim

_NEAREST = 2
"""Passages shown for each sentence."""


@dataclass(frozen=True)
class Claim:
    """A sentence of a script in its place."""

    place: int
    """That of its paragraph."""
    before: str
    """The sentence before it in the paragraph; in a dialogue also what it answers."""
    judged: Judgement


def claims_of(paragraphs: Sequence[Paragraph], graph: DocumentGraph) -> list[Claim]:
    """Every sentence of a script, in order; the measured check reads them together."""
    found = iter(judge_sentences("\n\n".join(one.text for one in paragraphs), graph))
    claims: list[Claim] = []
    for place, one in enumerate(paragraphs):
        before = claims[-1].judged.sentence if one.speaker and claims else ""
        for _ in one.sentences:
            claims.append(Claim(place, before, next(found)))
            before = claims[-1].judged.sentence
    return claims


def spoken_claims(
    claims: Sequence[Claim], illustrations: Collection[str], ids: Mapping[str, str], *, measured: bool = True
) -> list[SpokenClaim]:
    """Sentences as a reviewer reads them, numbered from 1; `ids` are the reading's, by atom.

    Where the measured check cannot read them, it is not heard.
    """
    shown = []
    last = ""
    for number, claim in enumerate(claims, 1):
        sentence = claim.judged.sentence
        shown.append(
            SpokenClaim(
                number=number,
                before="" if claim.before == last else claim.before,
                sentence=sentence,
                passages=passages_near(claim.judged, ids),
                measured=_measured(claim.judged, sentence in illustrations, measured),
            )
        )
        last = sentence
    return shown


def passages_near(judged: Judgement, ids: Mapping[str, str]) -> list[str]:
    """Ids of the passages to show for a sentence; for one that claims nothing what stands nearest to it is chance."""
    if judged.verdict == "illustration":
        return []
    return [ids[one.atom_id] for one in judged.passages if one.atom_id in ids][:_NEAREST]


def passages_of(reading: PaperReading, names: Collection[str], room: float = math.inf) -> dict[str, str]:
    """Passages by id, as they follow each other in the paper; of more than `room` characters the first names."""
    kept: set[str] = set()
    for name in names:
        room -= len(reading.passages[name])
        if room < 0 and kept:
            break
        kept.add(name)
    return {name: text for name, text in reading.passages.items() if name in kept}


def _measured(judged: Judgement, marked: bool, known: bool) -> str:
    """What the measured check says if it `known` the language, and what the writer meant."""
    if not known:
        return f"unknown: the check reads English only{'; meant as an illustration' if marked else ''}"
    if judged.verdict in ("supported", "illustration"):
        return judged.verdict
    said = f"{judged.verdict}: {judged.reason}"
    return f"{said}; meant as an illustration" if marked else said
