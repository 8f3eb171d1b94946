"""A small paper with a podcast about it, made by hand: enough to see every loss move."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

PASSAGES = (
    "Road salt melts ice because dissolved ions lower the freezing point of water. Winter maintenance crews spread "
    "salt on icy roads, and most of it ends up in streams. Brine treatment wets the salt before it is spread, so that "
    "the grains stick to the asphalt instead of bouncing into the ditch.",
    "We measured chloride concentration in 24 streams near the city of Tammerfors over three winters. Each stream was "
    "sampled every 14 days. Half of the roads kept dry salt, the other half received brine treatment with 30% less "
    "salt.",
    "Brine treatment reduced the chloride concentration by 41%, from 182 to 107 milligrams per litre. The friction of "
    "the road surface did not change: the mean friction coefficient was 0.52 with brine and 0.53 with dry salt.",
    "Figure 1 shows the chloride concentration of all streams by week. The peaks after every snowfall are lower in "
    "streams beside treated roads, and they arrive two days later.",
    "Our study has limits. All streams drain small catchments, and we did not measure groundwater, where chloride can "
    "stay for decades. A warmer winter would change both the amount of salt and the melting.",
    "Cities should wet their salt before spreading it. The equipment pays for itself within 2 winters, because less "
    "salt has to be bought, and the streams keep their mayflies.",
)
EPISODE: tuple[tuple[SegmentType, str], ...] = (
    (
        SegmentType.INTRO,
        "Hello, and welcome to Kitchen Table Science. I'm Petra. What happens to all the salt that we throw on icy "
        "roads? Today's paper followed it into the water.",
    ),
    (
        SegmentType.BACKGROUND,
        "Let's begin with the salt. Road salt melts ice because the dissolved ions lower the freezing point of water. "
        "Think of it as a crowd that keeps the water molecules from lining up. The trouble is that grains bounce into "
        "the ditch, and most of the salt ends up in streams. Brine treatment is a trick against that: you wet the salt "
        "before you spread it, so the grains stick to the asphalt.",
    ),
    (
        SegmentType.METHODOLOGY,
        "So how do you test that? They measured the chloride concentration, that is the dissolved part of the salt, in "
        "twenty-four streams over three winters. Every stream was sampled every fourteen days. Half of the roads kept "
        "dry salt. The other half got brine treatment with thirty percent less salt.",
    ),
    (
        SegmentType.KEY_FINDING,
        "And here's the result. Brine treatment reduced the chloride concentration by forty-one percent, from 182 to "
        "107 milligrams per litre. Did the roads get slippery? No. The friction of the road surface did not change. "
        "The friction coefficient, which is a measure of grip, was 0.52 with brine and 0.53 with dry salt.",
    ),
    (
        SegmentType.FIGURE_DISCUSSION,
        "If you look at figure one, you see the chloride concentration week by week. After every snowfall there is a "
        "peak. Beside the treated roads the peaks are lower, and they arrive two days later.",
    ),
    (
        SegmentType.LIMITATION,
        "A word of caution, though. They did not measure groundwater, where chloride can stay for decades. And all the "
        "streams drain small catchments.",
    ),
    (
        SegmentType.CONCLUSION,
        "What should you take home? Cities should wet their salt before spreading it. The equipment pays for itself "
        "within two winters, and the streams keep their mayflies. I'm Petra, and this was Kitchen Table Science.",
    ),
)
OTHER_EPISODE = (
    "Welcome to Night Train Physics, the show for late people. I'm Bartholomew. Imagine a violin string. When "
    "you pluck it, the string vibrates at its fundamental frequency and at all of its harmonics. The paper "
    "measures how damping depends on humidity in 12 violins. Above sixty percent humidity, the damping "
    "doubles. This episode is brought to you by Glimmer Strings, use code NIGHT at glimmer dot com for ten "
    "percent off. Thanks for listening to Night Train Physics, and until the next time keep your strings dry "
    "and your windows shut."
)


def make_graph(passages: Sequence[str] = PASSAGES) -> DocumentGraph:
    """The paper as a graph."""
    atoms = tuple(
        DocumentAtom(
            atom_id=f"p001_text_{place:02d}", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1)
        )
        for place, text in enumerate(passages, 1)
    )
    return DocumentGraph(
        document_id="0" * 12,
        source_path="salt.pdf",
        sha256="0" * 64,
        page_count=1,
        title="Wet Salt: Brine Treatment and the Chloride Concentration of Streams",
        authors=("Petronella Vaara",),
        abstract=passages[0],
        atoms=atoms,
        key_concepts=(
            KeyConcept(name="brine treatment", importance=1.0, atom_ids=("p001_text_01", "p001_text_03")),
            KeyConcept(
                name="chloride concentration", importance=0.9, atom_ids=("p001_text_02", "p001_text_03")
            ),
            KeyConcept(name="road salt", importance=0.7, aliases=("salt",), atom_ids=("p001_text_01",)),
            KeyConcept(name="friction coefficient", importance=0.5, atom_ids=("p001_text_03",)),
            KeyConcept(name="groundwater", importance=0.3, atom_ids=("p001_text_05",)),
        ),
    )


def make_script(blocks: Sequence[tuple[SegmentType, str]] = EPISODE, *, pace: float = 0.4) -> Script:
    """A timed script; `pace` is seconds a word."""
    segments = []
    clock = 0.0
    for place, (kind, text) in enumerate(blocks):
        end = clock + len(text.split()) * pace
        segments.append(
            ScriptSegment(
                segment_id=f"seg_{place:03d}", segment_type=kind, text=text, start_time=clock, end_time=end
            )
        )
        clock = end
    return Script(
        title="Wet Salt",
        paper_title="Wet Salt",
        document_id="0" * 12,
        segments=tuple(segments),
        predicted_seconds=clock,
    )


def make_pair(blocks: Sequence[tuple[SegmentType, str]] = EPISODE) -> TrainingPair:
    """The pair of the paper and that script as its recording."""
    script = make_script(blocks)
    spoken = tuple(
        TranscriptSegment(
            segment_id=one.segment_id,
            text=one.text,
            start_time=one.start_time or 0.0,
            end_time=one.end_time or 0.0,
            duration=(one.end_time or 0.0) - (one.start_time or 0.0),
        )
        for one in script.segments
    )
    total = script.predicted_seconds or 0.0
    return TrainingPair(
        pair_id="wet-salt",
        pdf_path="salt.pdf",
        audio_path="salt.mp3",
        document_graph=make_graph(),
        transcription=TranscriptionResult(
            source_path="salt.mp3",
            transcript_text=" ".join(one.text for one in script.segments),
            segments=spoken,
            total_duration=total,
            confidence=1.0,
        ),
        aligned_segments=tuple(
            AlignedSegment(segment_id=one.segment_id, transcript_segment=heard, segment_type=one.segment_type)
            for one, heard in zip(script.segments, spoken, strict=True)
        ),
        duration_minutes=total / 60,
    )


@pytest.fixture(scope="session")
def graph() -> DocumentGraph:
    """The hand-made paper."""
    return make_graph()


@pytest.fixture(scope="session")
def pair() -> TrainingPair:
    """The hand-made pair."""
    return make_pair()


@pytest.fixture(scope="session")
def script() -> Script:
    """A script that is the pair's episode word for word."""
    return make_script()


@pytest.fixture(scope="session")
def other_episode() -> str:
    """A podcast about another paper, with show, host and sponsor."""
    return OTHER_EPISODE
