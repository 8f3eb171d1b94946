"""What is learned from hosts: demonstrations, openers, sources, selection; and that a pair never sees its own words."""

from __future__ import annotations

import dspy
import pytest
from test_optimizers_training import profile

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import CompositeMetric
from podcast_dspy.optimizers.hosts import (
    dialogue_demonstrations,
    segment_demonstrations,
)
from podcast_dspy.optimizers.measuring import Measuring, segment_pairs
from podcast_dspy.optimizers.neighbours import _shrunk
from podcast_dspy.optimizers.trials import without_pair
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType as T
from podcast_dspy.signatures.writing import WriteDialogue
from podcast_dspy.testing import FakeLM

PAPER = {
    "Introduction": "Caches keep recently used items close to the processor. A full cache has to evict something.",
    "Method": "We replay one million requests against every policy and count all misses.",
    "Results": "The least recently used policy misses 12 percent of all requests. Random eviction misses 19 percent.",
    "Limitations": "All our traces are synthetic. Real traces have bursts that we did not model.",
}
SPOKEN = [
    (T.INTRO, "Hello and welcome to the Cache Show. I'm your host.", "Introduction"),
    (
        T.METHODOLOGY,
        "So how did they do it? They replay one million requests against every policy and count all misses.",
        "Method",
    ),
    (T.KEY_FINDING, "Here's the result. Random eviction misses 19 percent of the requests.", "Results"),
    (
        T.LIMITATION,
        "Now, a caveat. All their traces are synthetic, and real traces have bursts.",
        "Limitations",
    ),
]


def pair(pair_id: str = "caches") -> TrainingPair:
    sections = tuple(
        Section(section_id=name, title=name, level=1, page=1, atom_ids=(name,)) for name in PAPER
    )
    atoms = tuple(
        DocumentAtom(
            atom_id=name, atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1), section_id=name,
            importance_score=0.5,
        )
        for name, text in PAPER.items()
    )  # fmt: skip
    graph = DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Caches",
        sections=sections, atoms=atoms,
        key_concepts=(KeyConcept(name="eviction", importance=1.0), KeyConcept(name="requests", importance=0.8)),
    )  # fmt: skip
    segments = []
    for index, (kind, text, atom) in enumerate(SPOKEN):
        spoken = TranscriptSegment(
            segment_id=f"s{index}",
            text=text,
            start_time=10.0 * index,
            end_time=10.0 * index + 10,
            duration=10.0,
        )
        segments.append(
            AlignedSegment(
                segment_id=f"s{index}", transcript_segment=spoken, primary_atoms=(atom,), segment_type=kind
            )
        )
    return TrainingPair(
        pair_id=pair_id, pdf_path="c.pdf", audio_path="c.mp3", document_graph=graph,
        transcription=TranscriptionResult(
            source_path="c.mp3", transcript_text=" ".join(text for _, text, _ in SPOKEN), total_duration=40.0,
            confidence=1.0,
        ),
        aligned_segments=tuple(segments), duration_minutes=40 / 60,
    )  # fmt: skip


def test_a_rollout_holds_nothing_of_its_own_pair() -> None:
    program = PodcastProgram()
    program.writer.script.demos = [
        dspy.Example(purpose="p", paper="x", paragraphs=["y"], pair_id=name) for name in ("a", "b")
    ]
    own = without_pair(program, "a")
    assert [demo.pair_id for demo in own.writer.script.demos] == ["b"]
    assert len(program.writer.script.demos) == 2


RIGHT = (
    "So how did they do it? They replay one million requests against every policy, and then they count all of the "
    "misses that each policy makes. That's all there is to it, and it's plain and fair."
)


def told(pair_id: str, *more: str) -> TrainingPair:
    """A pair whose host explains the method, and says `more` about it."""
    base = pair(pair_id)
    assert base.aligned_segments is not None
    segments = list(base.aligned_segments)
    text = " ".join((RIGHT, *more))
    spoken = segments[1].transcript_segment.model_copy(update={"text": text})
    segments[1] = segments[1].model_copy(update={"transcript_segment": spoken, "primary_atoms": ("Method",)})
    return base.model_copy(update={"aligned_segments": tuple(segments)})


@pytest.mark.models
@pytest.mark.parametrize(
    "wrong",
    [
        "They replay seven million requests.",
        "They replay them against every gzmplx policy.",
        "Doctor Holloway counts them.",
    ],
)
def test_no_demonstration_says_what_its_paper_does_not(wrong: str) -> None:
    (demo,) = segment_demonstrations([told("one", wrong)])
    assert wrong not in demo.paragraphs[0]["text"]
    assert "one million" in demo.paragraphs[0]["text"]


@pytest.mark.models
def test_whole_segments_are_shown_without_the_show_and_never_to_their_own_pair() -> None:
    bank = segment_demonstrations([told("one"), told("two")])
    assert {demo.pair_id for demo in bank} == {"one", "two"}
    for demo in bank:
        (paragraph,) = demo.paragraphs
        assert "Cache Show" not in paragraph["text"]
        assert "[p1] We replay one million requests" in demo.paper
        assert demo.to_write == [{"segment": 1, "words": len(paragraph["text"].split())}]
    program = PodcastProgram()
    program.writer.script.demos = list(bank)
    assert all(demo.pair_id == "two" for demo in without_pair(program, "one").writer.script.demos)


TURNS = (
    (
        "Ann",
        "They replay one million requests against every policy, and count all misses. That's all there is to it.",
    ),
    ("Ben", "So every policy gets the same requests, then?"),
    (
        "Ann",
        "That's right, and they count all the misses that it makes. It's plain and fair. Take the gzmplx there.",
    ),
    ("Ben", "And what comes out of it?"),
)


def conversation(pair_id: str) -> TrainingPair:
    """A pair whose two hosts talk about the method."""
    base = pair(pair_id)
    spoken = [
        TranscriptSegment(
            segment_id=f"t{place}", text=text, start_time=9.0 * place, end_time=9.0 * place + 9.0, duration=9.0,
            speaker=speaker,
        )
        for place, (speaker, text) in enumerate(TURNS)
    ]  # fmt: skip
    aligned = tuple(
        AlignedSegment(
            segment_id=one.segment_id, transcript_segment=one, primary_atoms=("Method",), segment_type=T.METHODOLOGY
        )
        for one in spoken
    )  # fmt: skip
    words = base.transcription.model_copy(update={"segments": tuple(spoken)})
    return base.model_copy(update={"transcription": words, "aligned_segments": aligned})


@pytest.mark.models
def test_what_two_hosts_say_to_each_other_is_shown_turn_by_turn_up_to_what_may_not_be_shown() -> None:
    pairs = [conversation("one"), told("two")]
    (demo,) = dialogue_demonstrations(pairs)
    assert [turn["speaker"] for turn in demo.turns] == ["explainer", "asker", "explainer"]
    assert demo.turns[0]["text"] == TURNS[0][1]
    assert demo.turns[2]["text"].endswith("plain and fair.")
    assert demo.pair_id == "one"
    assert {one.pair_id for one in segment_demonstrations(pairs)} == {"two"}


@pytest.mark.models
def test_a_segment_of_a_dialogue_is_written_in_turns() -> None:
    (cut,) = segment_pairs(conversation("one"))
    measuring = Measuring(CompositeMetric(), TrainingConfig(), profile(), writer=EpisodeWriter())
    turns = [
        {"segment": 1, "text": text, "illustrations": [], "speaker": "explainer" if who == "Ann" else "asker"}
        for who, text in TURNS
    ]
    lm = FakeLM({WriteDialogue: {"turns": turns}})
    with lm.serving():
        made = measuring.segment(PodcastProgram(), cut)
    assert made.script.format == "dialogue"
    assert [turn.speaker for turn in made.script.segments[0].turns] == ["explainer", "asker"] * 2


def test_a_correction_is_as_large_as_the_pairs_agree() -> None:
    assert _shrunk([0.2, 0.2, 0.2]) == pytest.approx(0.2)
    assert _shrunk([0.2]) == pytest.approx(0.1)
    assert abs(_shrunk([0.5, -0.5, 0.3])) < 0.05
    assert _shrunk([-0.2, -0.25, -0.3]) < -0.2
    assert _shrunk([0.0, 0.0]) == 0.0
