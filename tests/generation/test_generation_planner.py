"""The plan: budgets follow the profile and the pace, passages are used once, figures are discussed once."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import cycle

import pytest

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.errors import DocumentError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import DraftSegment, arranged, without
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


THINGS = (
    "rivers bread music winter horses glass letters sugar engines gardens copper birds markets paper storms "
    "children bridges coffee planets shoes forests money painting rain doctors silver football islands tea voices "
    "mirrors wheat prisons snow teachers cotton trains jokes deserts butter soldiers wool dreams cities salt "
    "violins summer farmers steel poetry fish lawyers oil mountains clocks apples dancing roads candles kings"
).split()
"""What the sentences of a paper are about, so that none says what another does."""


def paper(sentences_each: int = 12) -> DocumentGraph:
    sections, atoms = [], []
    things, others = cycle(THINGS), cycle(THINGS[1:])
    for name in ("Introduction", "Method", "Results", "Discussion", "Limitations"):
        ids = []
        for number in range(sentences_each // 3):
            text = " ".join(
                f"Sentence {word} of the {name.lower()} part number {number} tells about topic {word}, "
                f"{next(things)} and {next(others)}."
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
            caption="Figure 1: Hit rate of every policy over the size of the cache. Counts win at every size.",
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
    kinds = [segment.segment_type for segment in plan.segments]
    argued = (T.INTRO, T.PROBLEM_STATEMENT, T.METHODOLOGY, T.KEY_FINDING, T.FIGURE_DISCUSSION, T.LIMITATION)
    assert kinds == [kind for kind in argued if kind in kinds], "no picture comes before its result"
    assert {T.INTRO, T.METHODOLOGY, T.FIGURE_DISCUSSION, T.KEY_FINDING, T.LIMITATION} <= set(kinds)


def test_without_a_measured_pace_the_profiles_middle_is_used() -> None:
    assert plan_episode(paper(), profile(), Adjustments(), seconds=60).plan.words_per_minute == 150


def test_no_sentence_is_said_twice_and_a_passage_is_no_single_one() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(), seconds=300)
    said = [unit.text for segment in draft.segments for unit in segment.units]
    assert len(said) == len(set(said)) > 10
    for said in (passage.said for segment in draft.segments for passage in segment.passages):
        assert [unit.order for unit in said] == sorted(unit.order for unit in said)
        assert len(said) >= 2 or said[0].verbatim


def test_passages_come_from_fitting_sections() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(), seconds=200)
    kinds = {segment.segment_type: {unit.kind for unit in segment.units} for segment in draft.segments}
    assert kinds[T.METHODOLOGY] == {"method"}
    assert kinds[T.LIMITATION] == {"limitation"}
    assert T.TRANSITION not in kinds


def told_of_figure(told: str) -> DocumentGraph:
    """The paper with a paragraph of its results that speaks of the figure."""
    graph = paper()
    where = next(index for index, atom in enumerate(graph.atoms) if atom.atom_id == "Results_2")
    named = graph.atoms[where].model_copy(update={"content": told, "mentions": ("fig",)})
    return graph.model_copy(update={"atoms": (*graph.atoms[:where], named, *graph.atoms[where + 1 :])})


def figure_stretch(graph: DocumentGraph) -> DraftSegment:
    draft = plan_episode(graph, profile(), Adjustments(words_per_minute=120), seconds=300)
    return next(one for one in draft.segments if one.segment_type is T.FIGURE_DISCUSSION)


def test_a_figure_is_told_by_its_caption_and_where_the_paper_speaks_of_it() -> None:
    stretch = figure_stretch(
        told_of_figure(
            "Figure 1 gives the hit rate of every policy over the size of the cache. "
            "Small caches favour the segmented policy by a wide margin. "
            "Large caches make all of them equally good in the end."
        )
    )
    assert [unit.text.split()[0] for unit in stretch.units][:3] == ["Here", "Small", "Large"]
    assert stretch.units[0].text.startswith("Here is Figure 1: Hit rate of every policy")


def test_a_picture_of_which_nothing_can_be_told_but_its_name_is_not_shown() -> None:
    told = told_of_figure("These gains are shown in Figure 1. They grow with the size of such a cache.")
    bare = told.atoms[-1].model_copy(update={"caption": "Figure 1: Hit rate of every policy over the size."})
    told = told.model_copy(update={"atoms": (*told.atoms[:-1], bare)})
    draft = plan_episode(told, profile(), Adjustments(words_per_minute=120), seconds=300)
    assert T.FIGURE_DISCUSSION not in {one.segment_type for one in draft.segments}


def test_the_main_figure_is_that_of_the_results() -> None:
    graph = told_of_figure("Figure 1 shows that small caches favour the segmented policy by a wide margin.")
    figure = next(atom for atom in graph.atoms if atom.atom_id == "fig")
    other = figure.model_copy(
        update={"atom_id": "other", "figure_number": "2", "caption": "Figure 2: Parts of a simulator."}
    )
    before = graph.model_copy(update={"atoms": (other, *graph.atoms)})
    stretch = figure_stretch(before)
    assert stretch.figure is not None
    assert stretch.figure.atom_id == "fig"


def test_the_results_of_the_abstract_are_the_main_result() -> None:
    abstract = (
        "A cache must decide which object leaves when a new one arrives. It is unclear which policy is best. "
        "We compare five policies on synthetic streams. We find that counting loses 16.2 points under drift. "
        "Recency loses only 0.3 points and so it is better by 3.2 points."
    )
    graph = paper()
    first = graph.atoms[0].model_copy(
        update={"atom_id": "abs", "atom_type": "abstract", "content": abstract, "section_id": None}
    )
    draft = plan_episode(
        graph.model_copy(update={"atoms": (first, *graph.atoms)}),
        profile(),
        Adjustments(words_per_minute=150),
        seconds=240,
    )
    said = {one.segment_type: " ".join(unit.text for unit in one.units) for one in draft.segments}
    assert said[T.INTRO].startswith("A cache must decide")
    assert "16.2 points" in said[T.KEY_FINDING]
    assert "0.3 points" in said[T.KEY_FINDING]


def test_a_result_is_told_even_if_no_host_told_one() -> None:
    hosts = profile(
        canonical_segment_sequence=(T.INTRO, T.METHODOLOGY, T.CONCLUSION),
        segment_time_shares=(0.2, 0.5, 0.3),
    )
    draft = plan_episode(paper(), hosts, Adjustments(), seconds=240)
    assert T.KEY_FINDING in {one.segment_type for one in draft.segments}


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
    (before,), (after,) = (
        [one.seconds for one in plan.segments if one.segment_type is T.METHODOLOGY]
        for plan in (plain, scaled)
    )
    assert after > 1.3 * before
    assert sum(segment.seconds for segment in scaled.segments) == pytest.approx(200)


def test_a_higher_concept_weight_prefers_passages_with_new_concepts() -> None:
    graph = paper()
    atoms = tuple(
        atom.model_copy(update={"content": atom.content.replace("tells", "tells of recency and")})
        if atom.atom_id == "Method_3"
        else atom
        for atom in graph.atoms
    )
    concepts = (KeyConcept(name="recency", importance=1.0),)
    graph = graph.model_copy(update={"atoms": atoms, "key_concepts": concepts})

    def named(weight: float) -> bool:
        draft = plan_episode(graph, profile(), Adjustments(concept_weight=weight), seconds=160)
        return any("recency" in segment.concepts for segment in draft.plan.segments)

    assert named(8.0)
    assert not named(0.0)


def test_more_words_a_topic_make_fewer_topics() -> None:
    def topics(words: int) -> int:
        return len(plan_episode(paper(), profile(), Adjustments(topic_words=words), seconds=240).segments)

    assert topics(150) < topics(50)


def test_a_paper_that_cannot_be_spoken_is_an_error() -> None:
    empty = paper().model_copy(update={"atoms": ()})
    with pytest.raises(DocumentError, match="no sentence"):
        plan_episode(empty, profile(), Adjustments(), seconds=60)


def test_the_length_is_the_minutes_asked_for_else_the_depths_middle() -> None:
    assert episode_seconds(profile(), "overview", None) == 240
    assert episode_seconds(profile(), "overview", 2.5) == 150


def test_a_short_episode_has_fewer_topics_and_the_same_length() -> None:
    plan = plan_episode(paper(), profile(), Adjustments(words_per_minute=150), seconds=60).plan
    assert len(plan.segments) < 5
    assert sum(segment.seconds for segment in plan.segments) == pytest.approx(60)
    assert sum(segment.word_budget for segment in plan.segments) == pytest.approx(150, rel=0.1)
    assert plan.segments[0].segment_type is T.INTRO


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
    kept = arranged(runs, 24)
    assert [run.segment_type for run in kept] == [T.INTRO, T.METHODOLOGY, T.KEY_FINDING]
    assert sum(run.budget for run in kept) == pytest.approx(100, abs=3)
    assert sum(run.share for run in kept) == pytest.approx(1.0)
    assert kept[2].share > 0.05


def test_half_a_minute_has_room_for_the_paper_and_what_came_out() -> None:
    draft = plan_episode(paper(), profile(), Adjustments(words_per_minute=150), seconds=30)
    assert [run.segment_type for run in draft.segments] == [T.INTRO, T.KEY_FINDING]
    assert sum(run.budget for run in draft.segments) == pytest.approx(75, abs=4)


def test_stretches_stand_as_a_paper_argues_without_asides_and_each_type_in_one_go() -> None:
    kinds = (
        T.FIGURE_DISCUSSION, T.INTRO, T.KEY_FINDING, T.TRANSITION, T.TANGENT, T.KEY_FINDING,
        T.METHODOLOGY, T.PROBLEM_STATEMENT, T.BACKGROUND, T.CONCLUSION,
    )  # fmt: skip
    kept = arranged([DraftSegment(kind, 1 / 10, 100) for kind in kinds], 24)
    assert [run.segment_type for run in kept] == [
        T.INTRO, T.BACKGROUND, T.PROBLEM_STATEMENT, T.METHODOLOGY, T.KEY_FINDING, T.FIGURE_DISCUSSION,
        T.KEY_FINDING, T.CONCLUSION,
    ]  # fmt: skip
    assert sum(run.share for run in kept) == pytest.approx(1.0)


def test_what_falls_out_leaves_its_time_to_the_rest() -> None:
    runs = [DraftSegment(T.METHODOLOGY, 0.6, 60), DraftSegment(T.LIMITATION, 0.4, 40)]
    kept = without(runs, runs[1:])
    assert [(run.segment_type, run.budget, run.share) for run in kept] == [(T.METHODOLOGY, 100, 1.0)]


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


def test_the_passages_of_a_stretch_stand_in_the_papers_order() -> None:
    draft = plan_episode(paper(24), profile(), Adjustments(), seconds=600)
    assert any(len(one.passages) > 1 for one in draft.segments)
    for segment in draft.segments:
        first = [passage.said[0].order for passage in segment.passages]
        assert first[1:] == sorted(first[1:])


def test_a_text_of_one_sentence_is_said_once() -> None:
    whole = paper(3)
    text = whole.atoms[0].content.partition(". ")[0] + "."
    only = whole.model_copy(update={"atoms": (whole.atoms[0].model_copy(update={"content": text}),)})
    draft = plan_episode(only, profile(), Adjustments(), seconds=60)
    assert [unit.text for segment in draft.segments for unit in segment.units] == [text]
