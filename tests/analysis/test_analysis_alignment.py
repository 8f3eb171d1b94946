"""Alignment, structure and style of a small episode about a small paper."""

from __future__ import annotations

import pytest
from episodes import SCRIPT, labelled, paper, sentences, transcription
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.analysis import align, analyze_episode, compile_classifier, stretches_of, structure_profile
from podcast_dspy.analysis.alignment import link_figures
from podcast_dspy.analysis.measurement import analogies, questions, verbatim, vocabulary_of
from podcast_dspy.analysis.phrases import phrases_of
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.analysis.segmentation import TypedSentence, merge_sentences
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.errors import AudioError
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

pytestmark = pytest.mark.usefixtures("word_vectors")


def _spans() -> list[LabelledSpan]:
    return [
        LabelledSpan(segment_type=kind, start_time=sentence.start_time, end_time=sentence.end_time)
        for (kind, _), sentence in zip(SCRIPT, sentences(), strict=True)
    ]


def _aligned() -> tuple[AlignedSegment, ...]:
    return align(transcription(), paper(), classifier=compile_classifier([]), labels=_spans())


def test_every_sentence_is_in_exactly_one_segment_whatever_the_length() -> None:
    long = TranscriptionResult.model_validate(
        {
            **transcription().model_dump(),
            "segments": [
                {**s.model_dump(), "start_time": s.start_time + 80 * k, "end_time": s.end_time + 80 * k}
                for k in range(8)
                for s in sentences()
            ],
        }
    )
    segments = align(long, paper(), classifier=compile_classifier([labelled()]))
    assert " ".join(s.transcript_segment.text for s in segments) == " ".join(s.text for s in long.segments)
    assert len(long.segments) > 100


def test_a_persons_labels_win_and_are_certain() -> None:
    segments = _aligned()
    assert [segment.segment_type for segment in segments] == [kind for kind, _ in SCRIPT]
    assert all(segment.type_confidence == 1.0 for segment in segments)
    half = align(transcription(), paper(), classifier=compile_classifier([]), labels=_spans()[:4])
    assert [segment.type_confidence for segment in half[:4]] == [1.0] * 4
    assert all(segment.type_confidence < 1.0 for segment in half[4:])


def test_segments_are_linked_to_what_they_speak_about() -> None:
    by_text = {segment.transcript_segment.text: segment for segment in _aligned()}
    method = by_text["They built twelve heaps and turned half of them every week with a fork."]
    assert method.primary_atoms[0] == "p1"
    finding = by_text["They found that turned heaps kept 31 percent of their nitrogen."]
    assert finding.primary_atoms[0] == "p2"
    assert finding.key_concepts == ("nitrogen", "compost heap")
    assert finding.density_score > 0.0
    assert finding.words_per_minute == pytest.approx(150.0)
    figure = by_text["Take a look at figure two."]
    assert figure.referenced_figures == ("figure2",)
    assert "figure2" in figure.transcript_segment.linked_atoms
    assert by_text["So why does this matter?"].questions_asked == ("So why does this matter?",)
    assert by_text["By the way, it's a bit like a soup that my grandmother stirred."].analogies_used


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Figure one shows it.", ("figure1",)),
        ("See figures 1 and 2.", ("figure1", "figure2")),
        ("Figure two, then table one.", ("figure2", "table1")),
        ("Figure nine does not exist.", ()),
        ("That is the key figure in their budget.", ()),
    ],
)
def test_spoken_references_find_their_pictures(text: str, expected: tuple[str, ...]) -> None:
    assert link_figures([text], [SegmentType.KEY_FINDING], paper()) == [expected]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(SEGMENT_TYPES), st.floats(0, 4)), min_size=1, max_size=17))
def test_merged_groups_keep_order_and_runs_never_repeat(rows: list[tuple[SegmentType, float]]) -> None:
    spoken = sentences()[: len(rows)]
    typed = [TypedSentence(sentence, kind, 0.5) for sentence, (kind, _) in zip(spoken, rows, strict=True)]
    groups = merge_sentences(typed)
    assert [item for group in groups for item in group] == typed
    assert all(len({item.segment_type for item in group}) == 1 for group in groups)


def test_structure_measures_runs_against_the_recordings_length() -> None:
    segments = _aligned()
    recording = transcription()
    profile = structure_profile(segments, recording, paper())
    runs = stretches_of(segments)
    assert profile.segment_sequence == tuple(run.segment_type for run in runs)
    assert all(
        a is not b for a, b in zip(profile.segment_sequence, profile.segment_sequence[1:], strict=False)
    )
    assert sum(sum(values) for values in profile.segment_durations.values()) <= recording.total_duration
    assert profile.segment_counts[SegmentType.TANGENT] == 1
    assert set(profile.segment_counts) == set(SEGMENT_TYPES)
    assert profile.figures_discussed == 1
    assert 0.0 < profile.intro_percentage < 100.0
    words = len(recording.transcript_text.split())
    assert profile.words_per_minute == pytest.approx(words / recording.total_duration * 60.0)


def test_style_is_measured_and_frees_phrases_of_names() -> None:
    analysis = analyze_episode(transcription(), paper(), labels=_spans(), speaker_gender="female")
    style = analysis.style
    assert style.speaker_gender == "female"
    assert style.questions_per_minute > 0.0
    assert 0.0 < style.vocabulary_complexity < 1.0
    assert 0.0 < style.jargon_density < 1.0
    assert style.figure_intro_pattern == "Take a look at {figure}."
    assert style.example_frequency > 0.0
    phrases = phrases_of(analysis.segments, paper())
    said = " ".join(phrase for group in phrases.model_dump().values() for phrase in group).lower()
    for name in ("muddy", "boots", "wendeline", "thornbury", "nitrogen", "compost", "fork"):
        assert name not in said
    assert "Hello and welcome" in phrases.intro
    assert phrases.transition[0].startswith("Let's move on")


def test_progress_is_reported_to_the_end() -> None:
    seen: list[tuple[str, int, int]] = []
    analyze_episode(
        transcription(),
        paper(),
        labels=_spans(),
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert [done for _, done, _ in seen] == [0, 1, 2, 3]
    assert seen[-1][1] == seen[-1][2]


def test_silence_is_an_error() -> None:
    silent = transcription().model_copy(update={"segments": (), "transcript_text": ""})
    with pytest.raises(AudioError, match="no speech"):
        align(silent, paper(), classifier=compile_classifier([]))


def test_language_marks() -> None:
    assert questions('Why? Because. "Really?" Yes.') == ("Why?", '"Really?"')
    assert analogies("It works like a sponge. It looks like they failed. He likes a sponge.") == (
        "It works like a sponge.",
    )
    assert analogies("It sometimes imagines things.") == ()
    vocabulary = vocabulary_of(paper())
    assert vocabulary.concepts_in("Two heaps, no Nitrogen.") == ("nitrogen", "compost heap")
    assert vocabulary.concepts_in("cheap") == ()


def test_what_an_lm_invents_is_dropped() -> None:
    text = "It works like a sponge, as you can see."
    assert verbatim(['"like  a sponge"', "like a towel", ""], text) == ("like a sponge",)
