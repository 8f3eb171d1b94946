"""Chapter titles say what is told, in whole words, and briefly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.generation.voiced_script import chapters_of, shortened
from podcast_dspy.signatures.types import SegmentType

GRAPH = DocumentGraph(
    source_path="p.md",
    sha256="0" * 64,
    document_id="d",
    title="Rain on tin roofs: what a microphone hears of the weather in the course of a year",
    page_count=1,
    key_concepts=tuple(
        KeyConcept(name=name, importance=1.0) for name in ("rain gauge", "acoustic model", "hail detector")
    ),
    atoms=(
        DocumentAtom(
            atom_id="f1", atom_type="figure", content="", page=1, bbox=(0, 0, 1, 1), figure_number="3",
            caption="Figure 3: Loudness of a storm. Dots are single drops.",
        ),
        DocumentAtom(atom_id="f2", atom_type="table", content="", page=1, bbox=(0, 0, 1, 1), figure_number="1"),
    ),
)  # fmt: skip


def _titles(*told: tuple[SegmentType, str, tuple[str, ...]]) -> list[str]:
    segments = tuple(
        ScriptSegment(
            segment_id=f"s{n}",
            segment_type=kind,
            text=text,
            figure_ids=figures,
            start_time=10.0 * n,
            end_time=10.0 * n + 9,
        )
        for n, (kind, text, figures) in enumerate(told)
    )
    script = Script(title="t", paper_title="t", document_id="d", segments=segments)
    return [chapter.title for chapter in chapters_of(script, GRAPH)]


def test_chapters_are_named_by_what_is_told() -> None:
    assert _titles(
        (SegmentType.INTRO, "Hello. A rain gauge and a hail detector.", ()),
        (SegmentType.METHODOLOGY, "An acoustic model is made. The acoustic model hears. A rain gauge too.", ()),
        (SegmentType.TRANSITION, "What came of it?", ()),
        (SegmentType.KEY_FINDING, "The acoustic model is as good as a rain gauge.", ()),
        (SegmentType.FIGURE_DISCUSSION, "Look at figure three.", ("f1",)),
        (SegmentType.LIMITATION, "Nobody knows.", ()),
        (SegmentType.FIGURE_DISCUSSION, "Look here, and there.", ("f1", "f2", "gone")),
        (SegmentType.CONCLUSION, "That was the rain gauge.", ()),
    ) == [
        "Welcome: Rain on tin roofs",
        "How they did it: acoustic model",
        "What they found: rain gauge",
        "Figure 3: Loudness of a storm",
        "Caveats",
        "Figure 3 and Table 1",
        "Wrap-up",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [("Loudness of a storm", 30, "Loudness of a storm"), ("Loudness of a storm", 13, "Loudness…"),
     ("Drops, dots, and the mean of a year.", 21, "Drops, dots…"), ("Extraordinarily", 5, "")],
)  # fmt: skip
def test_titles_are_shortened_between_words(text: str, longest: int, short: str) -> None:
    assert shortened(text, longest) == short


@given(st.text(max_size=200), st.integers(1, 80))
def test_a_shortened_title_is_a_beginning_of_the_text(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest
    assert " ".join(text.split()).startswith(short.removesuffix("…"))


def test_an_everyday_word_is_no_topic() -> None:
    everyday = KeyConcept(name="water", importance=1.0)
    graph = GRAPH.model_copy(update={"key_concepts": (everyday, *GRAPH.key_concepts)})
    segment = ScriptSegment(
        segment_id="s", segment_type=SegmentType.METHODOLOGY, start_time=0.0, end_time=9.0,
        text="Water falls. Water is collected. All the water goes into a rain gauge.",
    )  # fmt: skip
    script = Script(title="t", paper_title="t", document_id="d", segments=(segment,))
    assert chapters_of(script, graph)[0].title == "How they did it: rain gauge"
