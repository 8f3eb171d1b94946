"""What hosts say to the listener: how they begin a segment of each type, and how often they speak to 'you'."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from podcast_dspy.analysis.sentences import COMMON, content_stems, frequency
from podcast_dspy.generation.adjustments import Opener
from podcast_dspy.generation.material import sentences
from podcast_dspy.metrics.delivery import ADDRESS
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

__all__ = ["learn_address", "openers"]

_LEAST, _MOST = 2, 7
"""Words. Seven at most: a longer run copied from another show would be its text, not its manner."""
_CONTENT = 1
"""Words with a content of their own; with more the sentence is about something."""
_SKIPPED = frozenset({SegmentType.INTRO, SegmentType.FIGURE_DISCUSSION, SegmentType.TRANSITION})
"""Introductions name the show; figures and transitions name what comes, which needs a slot and not a sentence."""
_UNFIT = re.compile(
    r"\d|\b(?:I'm|I am|my|me|figure|table|show|episode|podcast|welcome|hello|hi|thanks?|itself|trick|story)\b",
    re.IGNORECASE,
)
_CONNECTS = re.compile(
    r"^(?:so|now|ok(?:ay)?|all right|right|well|here(?:'s| is| are| comes)|let'?s|time|first|next|finally"
    r"|before|what|why|how|imagine|picture|think|remember|a word|one more|there(?:'s| is))\b",
    re.IGNORECASE,
)


def openers(pairs: Sequence[TrainingPair]) -> dict[SegmentType, tuple[Opener, ...]]:
    """What hosts say first in a segment, by type: common words only, nothing of the paper, nothing of the show."""
    found: dict[SegmentType, dict[str, Opener]] = {}
    for pair in pairs:
        own = frozenset(
            stem
            for concept in pair.document_graph.key_concepts
            for form in (concept.name, *concept.aliases)
            for stem in content_stems(form)
        )
        counts = Counter(content_stems(pair.transcription.transcript_text))
        own |= {stem for stem, count in counts.items() if count > 1}
        for segment in pair.aligned_segments or ():
            if segment.segment_type in _SKIPPED:
                continue
            for sentence in sentences(segment.transcript_segment.text)[:2]:
                if _generic(sentence, own):
                    known = found.setdefault(segment.segment_type, {})
                    known.setdefault(sentence.lower(), Opener(text=sentence, pair_id=pair.pair_id))
    return {kind: tuple(known.values()) for kind, known in sorted(found.items())}


def learn_address(pairs: Sequence[TrainingPair]) -> float:
    """How often hosts speak to the listener, a minute: the mean over the pairs."""
    rates = [
        60.0
        * len(ADDRESS.findall(pair.transcription.transcript_text.lower()))
        / pair.transcription.total_duration
        for pair in pairs
        if pair.transcription.total_duration > 0.0
    ]
    return round(fmean(rates), 2) if rates else 0.0


def _generic(sentence: str, own: frozenset[str]) -> bool:
    words = re.findall(r"[A-Za-z']+", sentence)
    return (
        _LEAST <= len(words) <= _MOST
        and sentence[-1] in ".?!"
        and bool(_CONNECTS.search(sentence))
        and not _UNFIT.search(sentence)
        and not any(word[0].isupper() and word not in {"I", "OK"} for word in words[1:])
        and len(content_stems(sentence)) <= _CONTENT
        and not own & set(content_stems(sentence))
        and all(frequency(word.lower()) >= COMMON for word in words)
    )
