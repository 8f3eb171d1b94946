"""The plan: budgets follow the profile and the pace, passages are used once, figures are discussed once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.errors import DocumentError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import DraftSegment, roomy, without
from podcast_dspy.generation.planner import episode_seconds, plan_episode
from podcast_dspy.profiles.profile import AggregatedProfile, DepthTarget
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType as T

SEQUENCE = (
    T.INTRO,
    T.PROBLEM_STATEMENT,
    T.METHODOLOGY,
    T.TRANSITION,
    T.FIGURE_DISCUSSION,
    T.KEY_FINDING,
    T.LIMITATION,
)


def profile(**changes: object) -> AggregatedProfile:
    shares = (0.1, 0.15, 0.25, 0.05, 0.15, 0.2, 0.1)
    base = {
        "canonical_segment_sequence": SEQUENCE,
        "segment_duration_targets": dict.fromkeys(SEQUENCE, (10.0, 30.0)),
        "segment_time_shares": shares,
        "depth_targets": {
            PodcastDepth.OVERVIEW: DepthTarget(
                depth=PodcastDepth.OVERVIEW,
                duration_range=(180, 300),
                segment_count_range=(5, 9),
                concepts_per_segment=(1, 3),
                figure_coverage=0.5,
            )
        },
        "style_variants": {},
        "min_coverage": 0.5,
        "target_words_per_minute": (140.0, 160.0),
        "target_concepts_per_minute": (1.0, 3.0),
        "version": "v1",
        "training_pairs_used": ("a",),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return AggregatedProfile.model_validate({**base, **changes})


def paper(sentences_each: int = 12) -> DocumentGraph:
    sections, atoms = [], []
    for name in ("Introduction", "Method", "Results", "Discussion", "Limitations"):
        ids = []
        for number in range(sentences_each // 3):
            text = " ".join(
                f"Sentence {word} of the {name.lower()} part number {number} tells about topic {word} in ten words."
                for word in ("one", "two", "three")
            )
            atom_id = f"{name}_{number}"
            atoms.append(
                DocumentAtom(
                    atom_id=atom_id,
                    atom_type="paragraph",
                    content=text,
                    page=1,
                    bbox=(0, 0, 1, 1),
                    section_id=name,
                    importance_score=0.5,
                )
            )
            ids.append(atom_id)
        sections.append(Section(section_id=name, title=name, level=1, page=1, atom_ids=tuple(ids)))
    atoms.append(
        DocumentAtom(
            atom_id="fig",
            atom_type="figure",
            content="",
            page=2,
            bbox=(0, 0, 9, 9),
            figure_number="1",
            caption="Figure 1: Hit rate of every policy over the size of the cache.",
        )
    )
    return DocumentGraph(
        document_id="x" * 12,
        source_path="p.pdf",
        sha256="0" * 64,
        page_count=2,
        title="On Caches",
        sections=tuple(sections),
        atoms=tuple(atoms),
        key_concepts=(KeyConcept(name="topic two", importance=1.0),),
    )


def test_budgets_follow_the_shares_and_the_pace() -> None:
    plan = plan_episode(paper(), profile(), Adjustments(words_per_minute=120), seconds=300).plan
    assert plan.words_per_minute == 120
    assert sum(segment.seconds for segment in plan.segments) == pytest.approx(300)
    assert sum(segment.word_budget for segment in plan.segments) == pytest.approx(600, rel=0.02)
    assert [segment.segment_type for segment in plan.segments] == list(SEQUENCE)


def test_without_a_measured_pace_the_profiles_middle_is_used() -> None:
    assert plan_episode(paper(), profile(), Adjustments(), seconds=60).plan.words_per_minute == 150


def test_no_passage_is_said_twice_and_each_run_keeps_the_papers_order() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(), seconds=300)
    orders = [unit.order for segment in draft.segments for unit in segment.units]
    assert len(orders) == len(set(orders)) > 10
    assert all(
        [unit.order for unit in s.units] == sorted(unit.order for unit in s.units) for s in draft.segments
    )


def test_passages_come_from_fitting_sections() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(), seconds=200)
    kinds = {segment.segment_type: {unit.kind for unit in segment.units} for segment in draft.segments}
    assert kinds[T.METHODOLOGY] == {"method"}
    assert kinds[T.LIMITATION] == {"limitation"}
    assert kinds[T.TRANSITION] == set()


def test_a_figure_run_goes_on_with_the_paragraph_that_names_the_figure() -> None:
    graph = paper()
    where = next(index for index, atom in enumerate(graph.atoms) if atom.atom_id == "Results_2")
    told = (
        "Figure 1 gives the hit rate of every policy over the size of the cache. "
        "Small caches favour the segmented policy by a wide margin. "
        "Large caches make all of them equally good in the end."
    )
    named = graph.atoms[where].model_copy(update={"content": told, "mentions": ("fig",)})
    atoms = (*graph.atoms[:where], named, *graph.atoms[where + 1 :])
    draft = plan_episode(
        graph.model_copy(update={"atoms": atoms}), profile(), Adjustments(words_per_minute=120), seconds=300
    )
    run = next(one for one in draft.segments if one.segment_type is T.FIGURE_DISCUSSION)
    assert [unit.text.split()[0] for unit in run.units][:3] == ["It", "Small", "Large"]
    assert not any(  # the caption says it already
        unit.text.startswith("Figure 1") for one in draft.segments for unit in (*one.units, *one.reserve)
    )


def test_a_figure_run_says_nothing_of_what_another_picture_shows() -> None:
    graph = paper()
    figure = next(atom for atom in graph.atoms if atom.atom_id == "fig")
    other = figure.model_copy(
        update={
            "atom_id": "tab",
            "atom_type": "table",
            "figure_number": "2",
            "caption": "Table 2: Half-lives.",
        }
    )
    told = (
        "The best half-life depends on the drift of topic one in Table 2. "
        "Half or twice the best value costs at most one point about topic two in all of the streams."
    )
    atoms = [
        atom.model_copy(update={"content": told, "mentions": ("tab",)})
        if atom.atom_id == "Results_1"
        else atom
        for atom in graph.atoms
    ]
    graph = graph.model_copy(update={"atoms": (*atoms, other)})
    draft = plan_episode(graph, profile(), Adjustments(words_per_minute=150), seconds=400)
    run = next(one for one in draft.segments if one.segment_type is T.FIGURE_DISCUSSION)
    assert run.figure is not None
    assert run.figure.atom_id == "fig"
    assert len(run.units) > 2
    assert not any("half" in unit.text.lower() for unit in (*run.units, *run.reserve))
    assert any("Half" in unit.text for one in draft.segments for unit in one.units)


def test_a_figure_run_discusses_the_figure_by_its_caption() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(), seconds=200)
    run = next(segment for segment in draft.segments if segment.segment_type is T.FIGURE_DISCUSSION)
    assert run.figure is not None
    assert run.figure.atom_id == "fig"
    assert run.units[0].text.startswith("It shows the hit rate of every policy")


def test_without_pictures_none_is_described() -> None:
    graph = paper()
    bare = graph.model_copy(update={"atoms": tuple(atom for atom in graph.atoms if atom.atom_id != "fig")})
    draft = plan_episode(bare, profile(), Adjustments(words_per_minute=120), seconds=300)
    assert T.FIGURE_DISCUSSION in SEQUENCE
    assert T.FIGURE_DISCUSSION not in {segment.segment_type for segment in draft.segments}
    assert sum(segment.budget for segment in draft.segments) == pytest.approx(600, rel=0.02)


def test_type_scale_moves_time_between_types() -> None:
    plain = plan_episode(paper(), profile(), Adjustments(), seconds=200).plan
    scaled = plan_episode(paper(), profile(), Adjustments(type_scale={T.METHODOLOGY: 2.0}), seconds=200).plan
    assert scaled.segments[2].seconds > 1.5 * plain.segments[2].seconds
    assert sum(segment.seconds for segment in scaled.segments) == pytest.approx(200)


def test_a_higher_concept_weight_prefers_passages_with_new_concepts() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(concept_weight=8.0), seconds=60)
    assert (
        "topic two"
        in draft.plan.segments[1].concepts + draft.plan.segments[0].concepts + draft.plan.segments[2].concepts
    )


def test_a_paper_that_cannot_be_spoken_is_an_error() -> None:
    empty = paper().model_copy(update={"atoms": ()})
    with pytest.raises(DocumentError, match="no sentence"):
        plan_episode(empty, profile(), Adjustments(), seconds=60)


def test_the_length_is_the_minutes_asked_for_else_the_depths_middle() -> None:
    assert episode_seconds(profile(), "overview", None) == 240
    assert episode_seconds(profile(), "overview", 2.5) == 150


def test_a_short_episode_has_fewer_runs_and_the_same_length() -> None:
    plan = plan_episode(paper(), profile(), Adjustments(words_per_minute=150), seconds=45).plan
    assert len(plan.segments) < len(SEQUENCE)
    assert sum(segment.seconds for segment in plan.segments) == pytest.approx(45)
    assert sum(segment.word_budget for segment in plan.segments) == pytest.approx(45 / 60 * 150, rel=0.1)
    assert T.METHODOLOGY in {segment.segment_type for segment in plan.segments}
    assert plan.segments[0].segment_type is T.INTRO, (
        "the smallest run, but nobody else says what paper it is about"
    )


def test_what_came_out_is_said_in_the_shortest_episode() -> None:
    halves = (
        T.INTRO,
        T.PROBLEM_STATEMENT,
        T.KEY_FINDING,
        T.METHODOLOGY,
        T.KEY_FINDING,
        T.TANGENT,
        T.CONCLUSION,
    )
    shares = (0.05, 0.1, 0.05, 0.4, 0.06, 0.2, 0.14)
    runs = [DraftSegment(kind, share, round(100 * share)) for kind, share in zip(halves, shares, strict=True)]
    kept = roomy(runs)
    assert [run.segment_type for run in kept] == [T.INTRO, T.PROBLEM_STATEMENT, T.METHODOLOGY, T.KEY_FINDING]
    assert sum(run.budget for run in kept) == pytest.approx(100, abs=3)
    assert sum(run.share for run in kept) == pytest.approx(1.0)
    assert kept[3].share > 0.11, "two small runs of a type become one"


def test_half_a_minute_has_room_for_the_paper_and_what_came_out() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(words_per_minute=150), seconds=30)
    assert [run.segment_type for run in draft.segments if run.segment_type is not T.TRANSITION] == [
        T.INTRO, T.KEY_FINDING,
    ]  # fmt: skip
    assert sum(run.budget for run in draft.segments) == pytest.approx(75, abs=4)


def test_a_long_episode_keeps_its_runs() -> None:
    runs = [
        DraftSegment(kind, 0.2, 24)
        for kind in (T.INTRO, T.KEY_FINDING, T.TANGENT, T.KEY_FINDING, T.CONCLUSION)
    ]
    assert roomy(runs) == runs


def test_what_leads_into_a_run_goes_with_it_and_the_rest_take_the_time() -> None:
    runs = [
        DraftSegment(T.METHODOLOGY, 0.5, 50),
        DraftSegment(T.TRANSITION, 0.1, 10),
        DraftSegment(T.LIMITATION, 0.4, 40),
    ]
    kept = without(runs, runs[2:])
    assert [(run.segment_type, run.budget) for run in kept] == [(T.METHODOLOGY, 100)]
    assert kept[0].share == 1.0


def without_caveats() -> DocumentGraph:
    graph = paper()
    sections = tuple(section for section in graph.sections if section.title != "Limitations")
    return graph.model_copy(
        update={"sections": sections, "atoms": tuple(a for a in graph.atoms if a.section_id != "Limitations")}
    )


def test_a_paper_without_a_caveat_gets_no_word_of_caution() -> None:
    kinds = [
        run.segment_type
        for run in plan_episode(without_caveats(), profile(), Adjustments(), seconds=240).segments
    ]
    assert T.LIMITATION not in kinds
    assert T.KEY_FINDING in kinds
    assert T.LIMITATION in {
        run.segment_type for run in plan_episode(paper(), profile(), Adjustments(), seconds=240).segments
    }


def test_a_profile_that_the_paper_cannot_fill_is_refused() -> None:
    only = profile(canonical_segment_sequence=(T.LIMITATION,), segment_time_shares=(1.0,))
    with pytest.raises(DocumentError, match="choose another profile"):
        plan_episode(without_caveats(), only, Adjustments(), seconds=240)
