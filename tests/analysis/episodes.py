"""A small paper and two small episodes, made by code; embeddings that need no model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from podcast_dspy.analysis.segmentation import LabelledEpisode
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.signatures.types import SegmentType

_SECTIONS = {
    "Introduction": "Compost heaps lose nitrogen. It is unclear whether turning the heap keeps more of it.",
    "Method": "We built twelve compost heaps and turned half of them weekly with a fork, measuring temperature daily.",
    "Results": "Turned heaps kept 31 percent of their nitrogen, unturned heaps kept 48 percent.",
    "Limitations": "All heaps stood in one garden during one summer, so other climates remain untested.",
}


def fake_embed(texts: Sequence[str], *, kind: str = "passage") -> np.ndarray:
    """Hashed bags of words: unit rows in which shared words mean similarity."""
    rows = np.zeros((len(texts), 384), dtype=np.float32)
    for row, text in enumerate(texts):
        rows[row, 0] = 1.0
        for word in re.findall(r"[a-z]+", text.lower()):
            rows[row, 1 + int(hashlib.sha256(word.encode()).hexdigest(), 16) % 383] += 1.0
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def paper() -> DocumentGraph:
    """Four sections of one passage each, two figures and a table."""
    atoms = []
    sections = []
    for index, (title, text) in enumerate(_SECTIONS.items()):
        atom = DocumentAtom(
            atom_id=f"p{index}",
            atom_type="paragraph",
            content=text,
            page=1,
            bbox=(0, 0, 1, 1),
            section_id=f"s{index}",
        )
        atoms.append(atom)
        sections.append(
            Section(section_id=f"s{index}", title=title, level=1, page=1, atom_ids=(atom.atom_id,))
        )
    for number, caption in (
        ("1", "Temperature of turned heaps over the weeks."),
        ("2", "Nitrogen kept at the end."),
    ):
        atoms.append(_picture("figure", number, caption))
    atoms.append(_picture("table", "1", "Weights of all heaps."))
    return DocumentGraph(
        document_id="compost",
        source_path="compost.pdf",
        sha256="0" * 64,
        page_count=1,
        title="Fork or Leave: Nitrogen in Turned Compost",
        authors=("Adaeze Thornbury",),
        abstract="Turning compost loses nitrogen.",
        sections=tuple(sections),
        atoms=tuple(atoms),
        key_concepts=(
            KeyConcept(name="nitrogen", importance=1.0),
            KeyConcept(name="compost heap", importance=0.8, aliases=("heap",)),
            KeyConcept(name="pyrolysis", importance=0.1),
        ),
    )


def _picture(kind: str, number: str, caption: str) -> DocumentAtom:
    return DocumentAtom.model_validate(
        {
            "atom_id": f"{kind}{number}",
            "atom_type": kind,
            "content": caption,
            "page": 1,
            "bbox": (0, 0, 1, 1),
            "caption": caption,
            "figure_number": number,
        }
    )


def paper_of(title: str, paragraphs: Sequence[str], table: str = "") -> DocumentGraph:
    """A paper of some paragraphs (`a0` upwards) and a table (`t`)."""
    rows = [(f"a{place}", "paragraph", text) for place, text in enumerate(paragraphs)]
    rows += [("t", "table", table)] if table else []
    return DocumentGraph.model_validate(
        {
            "document_id": "0" * 12,
            "source_path": "paper.pdf",
            "sha256": "0" * 64,
            "page_count": 1,
            "title": title,
            "atoms": [
                {"atom_id": name, "atom_type": kind, "content": text, "page": 1, "bbox": (0, 0, 1, 1)}
                for name, kind, text in rows
            ],
        }
    )


_T = SegmentType
SCRIPT: tuple[tuple[SegmentType, str], ...] = (
    (_T.INTRO, "Hello and welcome to Muddy Boots."),
    (_T.INTRO, "I'm Wendeline, and today's paper is called Fork or Leave."),
    (_T.PROBLEM_STATEMENT, "The problem is that a compost heap loses nitrogen."),
    (_T.PROBLEM_STATEMENT, "Nobody knew whether turning it helps."),
    (_T.TRANSITION, "Let's move on to what they did."),
    (_T.METHODOLOGY, "They built twelve heaps and turned half of them every week with a fork."),
    (_T.METHODOLOGY, "They measured the temperature each day, for example at noon."),
    (_T.KEY_FINDING, "They found that turned heaps kept 31 percent of their nitrogen."),
    (_T.KEY_FINDING, "That is less than the 48 percent of the others, and this is the key point."),
    (_T.FIGURE_DISCUSSION, "Take a look at figure two."),
    (_T.FIGURE_DISCUSSION, "The bars on the left are the turned heaps."),
    (_T.TANGENT, "By the way, it's a bit like a soup that my grandmother stirred."),
    (_T.IMPLICATION, "So why does this matter?"),
    (_T.IMPLICATION, "In practice, you can leave your heap alone."),
    (_T.LIMITATION, "A few caveats, they only looked at one garden in one summer."),
    (_T.CONCLUSION, "To sum up, leave the fork in the shed."),
    (_T.CONCLUSION, "Thanks for listening, I'm Wendeline."),
)


def sentences(
    script: Sequence[tuple[SegmentType, str]] = SCRIPT, *, pause: float = 0.3
) -> list[TranscriptSegment]:
    """Sentences at 150 words a minute."""
    made = []
    time = 0.0
    for index, (_, text) in enumerate(script):
        length = len(text.split()) / 150.0 * 60.0
        made.append(
            TranscriptSegment(
                segment_id=f"t{index}", text=text, start_time=time, end_time=time + length, duration=length
            )
        )
        time += length + pause
    return made


def transcription(script: Sequence[tuple[SegmentType, str]] = SCRIPT) -> TranscriptionResult:
    """The episode as a transcriber gives it."""
    spoken = sentences(script)
    return TranscriptionResult(
        source_path="episode.mp3",
        transcript_text=" ".join(sentence.text for sentence in spoken),
        segments=tuple(spoken),
        total_duration=spoken[-1].end_time + 1.0,
        confidence=1.0,
    )


def labelled(name: str = "compost") -> LabelledEpisode:
    """The episode with its types."""
    return LabelledEpisode(name, tuple(sentences()), tuple(kind for kind, _ in SCRIPT), paper())
