"""A podcast about another paper is told, with its measure; what cannot be measured is not."""

from __future__ import annotations

import pytest

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.pairs.pair import doubts_about, match

RAIN = (
    "A rain gauge counts drops. The acoustic gauge listens to a tin roof instead, and a spectrogram of the roof tells "
    "drizzle from hail. Evaporation empties a gauge in summer, and the roof never evaporates."
)
CHESS = (
    "A grandmaster studies openings. The endgame tablebase knows every bishop and knight ending, and pruning of the "
    "search tree finds the checkmate. A pawn sacrifice deceives the engine's evaluation of the position."
)


def _paper(title: str, text: str, *concepts: str, language: str = "en") -> DocumentGraph:
    atom = DocumentAtom(atom_id="a", atom_type="paragraph", content=text * 3, page=1, bbox=(0, 0, 0, 0))
    named = tuple(KeyConcept(name=name, importance=0.5) for name in concepts)
    return DocumentGraph(
        source_path="p", sha256="0" * 64, document_id="d", title=title, page_count=1, atoms=(atom,), key_concepts=named,
        language=language,
    )  # fmt: skip


def _talk(text: str, language: str = "en") -> TranscriptionResult:
    said = (
        f"Welcome to the show, everybody. {text} And that is what they found, so thank you for listening. "
        * 3
    )
    return TranscriptionResult(
        source_path="t", transcript_text=said, total_duration=60.0, confidence=1.0, language=language
    )


PAPERS = {
    "rain": _paper("Rain on roofs", RAIN, "acoustic gauge", "tin roof", "spectrogram"),
    "chess": _paper("Endings", CHESS, "endgame tablebase", "search tree", "pawn sacrifice"),
}
TALKS = {"rain": _talk(RAIN), "chess": _talk(CHESS)}


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("talk", TALKS)
def test_right_and_wrong_pairs(paper: str, talk: str) -> None:
    found = match(PAPERS[paper], TALKS[talk])
    assert found is not None
    doubts = doubts_about(PAPERS[paper], TALKS[talk])
    if paper == talk:
        assert found.score > 0.5
        assert (found.named, found.of) == (3, 3)
        assert doubts == ()
    else:
        assert found.unrelated
        (doubt,) = doubts
        assert doubt.kind == "wrong-pair"
        assert doubt.severity > 0.5
        assert f"match {found.score:.2f}" in doubt.message
        assert PAPERS[paper].title in doubt.message


def test_what_cannot_be_measured_is_not_doubted() -> None:
    rain = PAPERS["rain"]
    assert match(rain, _talk(CHESS, language="de")) is None
    assert match(rain, TALKS["chess"].model_copy(update={"transcript_text": "Hello there."})) is None
    assert match(rain.model_copy(update={"key_concepts": ()}), TALKS["chess"]) is None
    assert doubts_about(rain, _talk(CHESS, language="de")) == ()
