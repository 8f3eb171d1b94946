"""What opens a run: once, fitting its type, and to the listener as often as asked."""

from __future__ import annotations

import pytest
from test_generation_planner import profile

from podcast_dspy.generation.adjustments import Adjustments, Opener
from podcast_dspy.generation.openers import Phrases, join
from podcast_dspy.metrics.delivery import ADDRESS
from podcast_dspy.signatures.types import SegmentType

T = SegmentType
FREE = [kind for kind in SegmentType if kind not in (T.INTRO, T.FIGURE_DISCUSSION, T.TRANSITION)]


def phrases(**changes: object) -> Phrases:
    changes = {"question_rate": 0.0, "address_rate": 0.0, **changes}
    return Phrases(profile(), Adjustments().model_copy(update=changes))


def sentences(text: str) -> int:
    return sum(text.count(mark) for mark in ".?!")


@pytest.mark.parametrize("kind", FREE)
@pytest.mark.parametrize(("questions", "address"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_a_run_is_opened_once(kind: SegmentType, questions: float, address: float) -> None:
    opener = phrases(question_rate=questions, address_rate=address).opener(kind, 60.0, {})
    assert sentences(opener) == 1
    if address and not questions:
        assert any(word in opener.lower() for word in ("you", "let's", "let me"))


def test_who_is_to_be_spoken_to_hears_it_from_the_host_first() -> None:
    openers = {
        T.LIMITATION: tuple(
            Opener(text=text, pair_id="pair")
            for text in ("Now the caveats.", "Let's be honest now.", "Are you sure?")
        )
    }
    speaking = phrases(openers=openers, address_rate=1.0)
    said = [speaking.opener(T.LIMITATION, 60.0, {}) for _ in range(4)]
    assert said == [
        "Let's be honest now.",
        "Before you rely on it, a word of caution.",
        "Let's be careful here.",
        "Now the caveats.",
    ]
    silent = phrases(openers=openers)
    assert silent.opener(T.LIMITATION, 60.0, {}) == "Now the caveats."


@pytest.mark.parametrize("kind", FREE)
def test_another_paper_is_opened_in_other_words(kind: SegmentType) -> None:
    def first(paper: str) -> str:
        speaking = Phrases(profile(), Adjustments().model_copy(update={"address_rate": 1.0}), paper)
        return speaking.opener(kind, 60.0, {})

    papers = [f"paper {number}" for number in range(20)]
    assert len({first(paper) for paper in papers}) > 1
    assert [first(paper) for paper in papers] == [first(paper) for paper in papers]


def test_a_host_who_follows_a_show_hears_more_than_one_ending() -> None:
    endings = {Phrases(profile(), Adjustments(), f"paper {number}").closing() for number in range(20)}
    assert len(endings) > 1
    assert all("listening" in ending for ending in endings)


def test_what_a_transition_announced_is_not_announced_again() -> None:
    speaking = phrases(address_rate=1.0)
    assert speaking.opener(T.TANGENT, 60.0, {}, announced=True) == "Let me take you on a short detour."
    assert phrases().opener(T.TANGENT, 60.0, {}, announced=True) == ""


def test_a_figure_is_named_and_may_be_pictured() -> None:
    speaking = phrases(address_rate=1.0)
    said = [speaking.opener(T.FIGURE_DISCUSSION, 60.0, {"figure": f"Figure {n}"}) for n in (1, 2)]
    assert said == ["Let's look at Figure 1.", "Now take Figure 2. Picture the page in front of you."]


def test_no_line_is_said_twice_and_what_is_due_stays_due() -> None:
    speaking = phrases(question_rate=1.0, address_rate=2.0)
    said = [
        part
        for _ in range(6)
        for part in (speaking.opener(T.KEY_FINDING, 60.0, {}), speaking.aside(T.KEY_FINDING))
        if part
    ]
    assert len(said) == len(set(said))
    assert sum(part.endswith("?") for part in said) >= 3


def test_openers_lead_into_what_follows() -> None:
    assert join("Here is the catch.", "The cache is small.") == "Here is the catch. The cache is small."
    assert join("In short", "The cache is small.") == "In short, the cache is small."
    assert join("In short", "LRU wins.") == "In short, LRU wins."
    assert join("", "LRU wins.") == "LRU wins."


@pytest.mark.parametrize("kind", SegmentType)
def test_every_line_to_the_listener_speaks_to_the_listener(kind: SegmentType) -> None:
    for pool in (kind.row.address, kind.row.asides):
        assert all(ADDRESS.search(line.lower()) for line in pool)
        assert len(pool) != 1
