"""What may be wrong with an episode: its reading, its length, what it leaves out, what only a model vouches for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

from podcast_dspy.analysis.measurement import vocabulary_of
from podcast_dspy.confidence import Doubt, DoubtWarning
from podcast_dspy.documents import DocumentGraph
from podcast_dspy.errors import DocumentError, UntrustedError
from podcast_dspy.generation.program import WrittenEpisode
from podcast_dspy.generation.script import Script
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.text.language import language_name

__all__ = [
    "NO_DIALOGUE",
    "check_length",
    "check_reading",
    "disputed",
    "more_words_than_the_paper",
    "thresholds_missed",
    "too_short",
    "warned",
]

_FORESEEN = 0.1
"""Share of the length by which a script may be off before that is told: it is corrected once it was voiced."""


NO_DIALOGUE: Final = Doubt(
    kind="no-dialogue",
    severity=0.1,
    message="The profile was learned from no dialogue, so who says how much follows usual figures; train on "
    "podcasts of two hosts to learn theirs.",
)


def warned(doubt: Doubt) -> None:
    """Tell a doubt as a warning."""
    warnings.warn(doubt.message, DoubtWarning, stacklevel=4)


def check_length(expected: float, asked: float, on_doubt: Callable[[Doubt], None]) -> None:
    """Tell before anything is voiced, which takes minutes, that an episode will not be as long as was asked for."""
    if abs(expected - asked) > _FORESEEN * asked:
        why = (
            "its title and its least parts take that" if expected > asked else "the paper has no more to say"
        )
        on_doubt(
            Doubt(
                kind="other-length",
                severity=0.1,
                message=f"The episode will take about {expected:.0f} s instead of {asked:.0f} s: {why}.",
            )
        )


def too_short(most: float, seconds: float) -> Doubt:
    """That a paper has less to say than was asked for."""
    return Doubt(
        kind="short-paper",
        severity=0.2,
        message=f"the paper holds about {most / 60.0:.1f} minutes that can be spoken and followed, "
        f"{seconds / 60.0:.1f} were asked for; the episode will be shorter, so ask for fewer --minutes",
    )


def check_reading(graph: DocumentGraph, anyway: bool, on_doubt: Callable[[Doubt], None]) -> None:
    """Tell the doubts about a reading. Raises DocumentError for one that no episode can be made of."""
    if graph.language != "en":
        raise DocumentError(
            f"{graph.source_path} is in {language_name(graph.language)}, and episodes are made in English of papers in "
            "English; give an English version of the paper."
        )
    doubts = graph.confidence.doubts
    for doubt in doubts:
        on_doubt(doubt)
    if graph.confidence.level == "low" and not anyway:
        others = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        raise UntrustedError(
            f"the reading of {graph.source_path} has low confidence ({graph.confidence.score:.2f}): "
            f"{doubts[0].message.rstrip('.')}{others}; give a better file, or go on all the same with --anyway "
            "(anyway=True)."
        )


def more_words_than_the_paper(
    graph: DocumentGraph, profile: AggregatedProfile, seconds: float
) -> tuple[Doubt, ...]:
    """That the episode would have more words than its paper."""
    held = sum(len(atom.content.split()) for atom in graph.passages())
    wanted = seconds / 60.0 * sum(profile.target_words_per_minute) / 2.0
    if held >= wanted:
        return ()
    return (
        Doubt(
            kind="short-paper",
            severity=0.3,
            message=f"the paper has {held:,} words, fewer than the {wanted:,.0f} of an episode of "
            f"{seconds / 60.0:.0f} minutes; ask for fewer --minutes or a shallower --depth",
        ),
    )


def disputed(written: WrittenEpisode) -> tuple[Doubt, ...]:
    """That sentences stand by the LM's judgement alone."""
    count = len(written.record.disputed) if written.record else 0
    if not count:
        return ()
    said = "1 sentence stands" if count == 1 else f"{count} sentences stand"
    return (
        Doubt(
            kind="disputed-claims",
            severity=min(0.3, 0.05 * count),
            message=f"{said} by the model's own check, against the measured one; writing.json tells which and why",
        ),
    )


def thresholds_missed(script: Script, graph: DocumentGraph, profile: AggregatedProfile) -> tuple[Doubt, ...]:
    """Where an episode falls short of what every host of the profile reaches: how much of the paper it names.

    Measured as on the hosts: key concepts that some segment names, by their importance (`min_coverage`).
    """
    whole = sum(concept.importance for concept in graph.key_concepts)
    if whole <= 0.0:
        return ()
    vocabulary = vocabulary_of(graph)
    said = {name for segment in script.segments for name in vocabulary.concepts_in(segment.text)}
    share = sum(concept.importance for concept in graph.key_concepts if concept.name in said) / whole
    if share >= profile.min_coverage:
        return ()
    return (
        Doubt(
            kind="thin-coverage",
            severity=0.2,
            message=f"the episode names {share:.0%} of the paper's key concepts by weight, every host of the profile "
            f"at least {profile.min_coverage:.0%}; ask for more --minutes or a deeper --depth",
        ),
    )
