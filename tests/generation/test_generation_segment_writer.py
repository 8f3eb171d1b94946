"""Whole segments by a capable LM: what the paper carries is spoken, at the length that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dspy
import pytest
from test_generation_planner import profile

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, Section
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.planner import plan_episode
from podcast_dspy.generation.segment_writer import Brief, SegmentDrafter, SegmentWriter
from podcast_dspy.generation.writer import Task, WriterPrompts, spoken_words

pytestmark = pytest.mark.models

PASSAGES = (
    "The eviction policy of a cache decides which object leaves when a new one arrives.",
    "We replay one million requests against three policies and count the misses of each.",
    "At a cache size of 100 objects the segmented policy misses 12 percent fewer requests than the plain one.",
)
TRUE = (
    "The eviction policy of a cache decides which object has to leave when a new one arrives.",
    "They replay one million requests against three policies and count how often each of them misses.",
    "With 100 objects in the cache, the segmented policy misses 12 percent fewer requests than the plain one.",
)


def paper() -> DocumentGraph:
    atoms = tuple(
        DocumentAtom(
            atom_id=f"a{index}", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1), section_id="s",
            importance_score=0.5,
        )
        for index, text in enumerate(PASSAGES)
    )  # fmt: skip
    section = Section(section_id="s", title="Results", level=1, page=1, atom_ids=("a0", "a1", "a2"))
    return DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Caches",
        authors=("Ada Vale",), sections=(section,), atoms=atoms,
    )  # fmt: skip


class Scripted:
    """Stands in for the predictor: gives the drafts in turn and keeps what it was asked."""

    def __init__(self, *drafts: str) -> None:
        self.drafts = list(drafts)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, **request: Any) -> dspy.Prediction:
        self.asked.append(request)
        return dspy.Prediction(text=self.drafts[min(len(self.asked), len(self.drafts)) - 1])


def brief(words: int = 45) -> Brief:
    return Brief("tell a main result", PASSAGES, ("eviction",), "So far, so good.", "", words)


def test_short_sentences_of_a_long_segment_are_kept() -> None:
    said = SegmentDrafter(Scripted(" ".join(TRUE)), paper()).write(brief())
    assert said.text == " ".join(TRUE)
    assert said.grounded
    assert not said.rejected


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The segmented policy misses 34 percent fewer requests than the plain one.", "numbers"),
        ("The policy was invented by Miranda Holloway at the University of Oslo.", "does not know"),
        ("I'm Jonathan and this is Cache Talk.", "does not know"),
        ("The segmented policy misses 12 percent more requests than the plain one.", "direction"),
        ("The eviction policy of a cache decides which object must leave when a new one arrives.", "twice"),
        ("They replay one million requests against three", "breaks off"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_left_out_and_told(sentence: str, reason: str) -> None:
    lm = Scripted(" ".join((*TRUE, sentence)))
    said = SegmentDrafter(lm, paper()).write(brief())
    assert said.text == " ".join(TRUE)
    assert any(reason in fault for fault in said.rejected)


def test_the_second_draft_is_told_what_the_first_got_wrong() -> None:
    lm = Scripted("It makes the web 99 times faster. It cures 3 diseases.", " ".join(TRUE))
    said = SegmentDrafter(lm, paper()).write(brief())
    assert said.text == " ".join(TRUE)
    assert lm.asked[0]["corrections"] == ""
    assert "99" in lm.asked[1]["corrections"]
    assert lm.asked[1]["config"]["temperature"] > 0


def test_a_picture_may_stay_beside_what_the_paper_carries_but_not_alone() -> None:
    picture = "Think of it as a crowded wardrobe where every new coat pushes an old one out."
    assert picture in SegmentDrafter(Scripted(" ".join((*TRUE, picture))), paper()).write(brief()).text
    others = (
        "Wardrobes have always fascinated collectors of antique furniture. Coats keep people warm in winter."
    )
    crowded = SegmentDrafter(Scripted(f"{TRUE[0]} {picture} {others}"), paper()).write(brief())
    assert picture not in crowded.text
    assert TRUE[0] in crowded.text


def test_stage_directions_and_markup_are_never_spoken() -> None:
    text = f"**Host:** (music fades) {TRUE[0]} [pause] `{TRUE[1]}`"
    said = SegmentDrafter(Scripted(text), paper()).write(brief(30))
    for mark in ("*", "music", "pause", "`", "Host:"):
        assert mark not in said.text


@pytest.mark.parametrize("answer", ["", "Sorry, I can't help with that.", "12 12 12 12"])
def test_without_an_answer_the_passages_are_spoken(answer: str) -> None:
    said = SegmentDrafter(Scripted(answer), paper()).write(brief())
    assert PASSAGES[0] in said.text
    assert PASSAGES[2] in said.text
    assert not said.grounded


def test_the_episode_never_says_the_same_again() -> None:
    drafter = SegmentDrafter(Scripted(" ".join(TRUE)), paper())
    drafter.note(TRUE[1])
    assert TRUE[1] not in drafter.write(brief()).text


@pytest.mark.parametrize("habit", [0.7, 1.0, 1.5])
def test_an_lm_that_writes_too_much_or_too_little_still_ends_on_time(
    habit: float, long_paper: DocumentGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = plan_episode(long_paper, profile(), Adjustments(), seconds=300.0)

    def chatty(request: dict[str, Any]) -> str:
        words = round(habit * request["words"])
        return " ".join(["they"] * max(1, words))

    prompts = WriterPrompts()
    monkeypatch.setattr(prompts, "write", _Obliging(chatty))
    monkeypatch.setattr(SegmentDrafter, "_checked", _believe)
    told = SegmentWriter().write(Task(draft, long_paper, profile(), Adjustments(), prompts))
    target = draft.plan.target_seconds / 60.0 * draft.plan.words_per_minute
    assert sum(spoken_words(text) for text in told.texts) == pytest.approx(target, rel=0.08)


class _Obliging:
    """A predictor that writes as many words as a function says."""

    demos: tuple[Any, ...] = ()

    def __init__(self, answer: Callable[[dict[str, Any]], str]) -> None:
        self._answer = answer

    def __call__(self, **request: Any) -> dspy.Prediction:
        return dspy.Prediction(text=self._answer(request))


def _believe(self: SegmentDrafter, text: str) -> Any:
    from podcast_dspy.generation.segment_writer import _Draft

    return _Draft(kept=[text], claims=1)


@pytest.fixture
def long_paper() -> DocumentGraph:
    from test_generation_planner import paper as planned

    return planned()
