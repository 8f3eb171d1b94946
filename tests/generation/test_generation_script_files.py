"""Scripts as Markdown: they come back as they were, whatever an editor does to them, and nonsense names its line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.errors import InputError
from podcast_dspy.generation.checks import edited_in
from podcast_dspy.generation.script import Script, ScriptSegment, Turn
from podcast_dspy.generation.script_files import from_markdown, same_words, to_markdown
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

CHARACTERS = st.characters(exclude_categories=("Cs",))
SPOKEN = st.text(CHARACTERS).map(lambda text: f"{text}\nword") | st.sampled_from(
    [
        "# Not a heading.\n\n\\# nor this",
        "<!-- no comment --> is said",
        "---\n\nthree",
        "1. One\n2. Two",
        "## x {#seg_000}",
    ]
)
SEGMENTS = st.builds(
    ScriptSegment,
    segment_id=st.just(""),
    segment_type=st.sampled_from(SEGMENT_TYPES),
    text=SPOKEN,
    title=st.text(CHARACTERS) | st.sampled_from(["", "3. Three", "Intro", "C #", "A {#b}", "{.intro}"]),
    source_atoms=st.just(("a1",)),
    start_time=st.none() | st.floats(0, 9),
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    found = draw(st.lists(SEGMENTS, min_size=1, max_size=5))
    return Script(
        title=draw(st.text(CHARACTERS)), paper_title="P", document_id="d", extract=draw(st.booleans()),
        predicted_seconds=3.0,
        segments=tuple(one.model_copy(update={"segment_id": f"seg_{n:03d}"}) for n, one in enumerate(found)),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(scripts())
def test_a_script_comes_back_as_it_was(script: Script) -> None:
    markdown = to_markdown(script)
    assert from_markdown(markdown, script) == script
    # what editors do without being asked: line ends, a byte order mark, more empty lines
    for edited in (
        markdown.replace("\n", "\r\n"),
        "\ufeff" + markdown,
        markdown.replace("\n\n", "\n\n \n\n"),
    ):
        assert from_markdown(edited, script) == script


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200), scripts())
def test_any_text_is_a_script_or_an_error_with_its_line(text: str, base: Script) -> None:
    with contextlib.suppress(InputError):  # any other error fails
        assert from_markdown(text, base).segments


def script() -> Script:
    texts = ("It's “new”, he said... twice.", "We counted.\n\nTwice.", "That is all.")
    kinds = (SegmentType.INTRO, SegmentType.METHODOLOGY, SegmentType.CONCLUSION)
    return Script(
        title="Queues", paper_title="P", document_id="d", extract=True, predicted_seconds=9.0,
        segments=tuple(
            ScriptSegment(
                segment_id=f"seg_{n:03d}", segment_type=kind, text=text, source_atoms=(f"a{n}",), start_time=float(n)
            )
            for n, (kind, text) in enumerate(zip(kinds, texts, strict=True))
        ),
    )  # fmt: skip


def test_wrapped_lines_and_other_quotation_marks_are_no_edit() -> None:
    base = script()
    markdown = (
        to_markdown(base)
        .replace("“", '"')
        .replace("”", '"')
        .replace("...", "…")
        .replace("he said", "he\nsaid")
    )
    assert from_markdown(markdown, base) == base
    assert same_words("It's “a”\n test", 'It’s "a" test')
    assert not same_words("a", "b")


def test_segments_are_moved_deleted_added_and_renamed() -> None:
    base = script()
    markdown = (
        "# Lines of jobs\n\n## The end {#seg_002}\n\nThat is all.\n\n"
        "## 9. Methodology {#seg_001 .background}\n\nWe counted thrice.\n\n## Limitation\n\nOne machine only.\n"
        "\n---\n\n## And more ##\n\nMore."
    )
    made = from_markdown(markdown, base)
    assert made.title == "Lines of jobs"
    assert [one.segment_id for one in made.segments] == ["seg_002", "seg_001", "seg_003", "seg_004"]
    end, changed, new, more = made.segments
    assert (end.title, end.text, end.source_atoms) == ("The end", "That is all.", ("a2",))
    assert (changed.segment_type, changed.source_atoms, changed.start_time) == (
        SegmentType.BACKGROUND,
        (),
        None,
    )
    assert (new.segment_type, new.title) == (SegmentType.LIMITATION, "")
    assert (more.segment_type, more.title) == (SegmentType.LIMITATION, "And more")
    assert (made.extract, made.predicted_seconds) == (False, None)


@pytest.mark.parametrize(
    ("markdown", "line", "said"),
    [
        ("# T\n\nHello.\n", 3, "before the first segment"),
        ("# T\n\n## A\n\n## B\n\nText.", 3, "has no text"),
        ("# T\n\n## A {#seg_000 .nothing}\n\nText.", 3, "neither an id"),
        ("# T\n\n## A {#seg_000\n\nText.", 3, "damaged"),
        ("# T\n\n## A {#../x}\n\nText.", 3, "neither an id"),
        ("# T\n\n## A {#seg_000}\n\nx.\n\n## B {#seg_000}\n\ny.", 7, "stands in line 3 too"),
        ("# T\n\n## A\n\nx.\n\n### B\n\ny.", 7, "not `###`"),
        ("# T\n\n## A\n\nx.\n\n# U\n", 7, "second title"),
        ("# T\n\n## A\n\nx.\n\n<!-- note\n\ny.", 7, "no end"),
    ],
)  # fmt: skip
def test_nonsense_names_its_line(markdown: str, line: int, said: str) -> None:
    with pytest.raises(InputError, match=rf"script\.md, line {line}: .*{said}"):
        from_markdown(markdown, script())


@pytest.mark.parametrize("markdown", ["", "# Only a title\n", "x" * 2_000_001])
def test_what_is_no_script_is_refused(markdown: str) -> None:
    with pytest.raises(InputError, match=r"script\.md"):
        from_markdown(markdown, script())


def test_turns_need_no_empty_line_between_them() -> None:
    script = Script(
        title="T",
        paper_title="T",
        document_id="0" * 12,
        segments=(
            ScriptSegment(
                segment_id="seg_000",
                segment_type=SegmentType.INTRO,
                text="Why? Because.",
                turns=(Turn(speaker="asker", text="Why?"), Turn(speaker="explainer", text="Because.")),
            ),
        ),
    )
    assert from_markdown(to_markdown(script), script) == script
    close = "# T\n\n## Intro {#seg_000 .intro}\n\nAsker: And why?\nExplainer: Because.\n"
    turns = from_markdown(close, script).segments[0].turns
    assert [(turn.speaker, turn.text) for turn in turns] == [("asker", "And why?"), ("explainer", "Because.")]
    swapped = (
        script.segments[0]
        .lines.replace("Asker", "x")
        .replace("Explainer", "Asker")
        .replace("x:", "Explainer:")
    )
    said = script.segments[0].saying(swapped)
    assert edited_in(script.model_copy(update={"segments": (said,)}), script) == [said], "another one says it"
