"""What may be wrong with an episode: its reading, its length, its claims sentence by sentence, what it leaves out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.grounding import Evidence, Verdict, can_judge, judge_sentences
from podcast_dspy.analysis.measurement import vocabulary_of
from podcast_dspy.confidence import Doubt, DoubtWarning
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, SettingsError, UntrustedError
from podcast_dspy.generation.script import Script, ScriptSegment, WrittenEpisode
from podcast_dspy.generation.spoken_sentences import names_picture
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.text.language import (
    EPISODE_LANGUAGES,
    UNKNOWN,
    episode_language,
    episode_languages,
    language_name,
)
from podcast_dspy.text.words import split_sentences

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


def language_asked(name: str | None, role: str = "", capable: bool = True) -> str | None:
    """The code of the language that an episode is asked for in, by its code or its English name; None for none.

    Raises SettingsError for one that no episode can be in, or that an LM which is not `capable` cannot write.
    """
    if name is None:
        return None
    code = episode_language(name)
    if code != "en" and not capable:
        raise _incapable(f"the episode is to be in {language_name(code)}", role)
    return code


def language_of(script: Script, asked: str | None) -> str:
    """What a script that was given is in. Raises SettingsError where another language is asked for."""
    if asked not in (None, script.language):
        raise SettingsError(
            f"the script is in {language_name(script.language)}; leave out --language, or have another one written"
        )
    return script.language


def language_for(graph: DocumentGraph, asked: str | None, role: str, capable: bool) -> str:
    """What an LM that is `capable` or not is to write in: the language asked for, else the paper's.

    Raises DocumentError, SettingsError where it cannot.
    """
    language = asked or graph.language
    if language == UNKNOWN:
        raise DocumentError(
            f"the language of {graph.source_path} cannot be told; check that it is a paper, or name the episode's with "
            f"--language ({episode_languages()}), which takes a capable LM (--lm openai/NAME)"
        )
    if language not in EPISODE_LANGUAGES:
        raise DocumentError(
            f"{graph.source_path} is in {language_name(language)}, and no episode can be; choose with --language "
            f"({episode_languages()}), which takes a capable LM (--lm openai/NAME)"
        )
    if capable or language == "en" == graph.language:
        return language
    found = _incapable(f"{graph.source_path} is in {language_name(graph.language)}", role)
    raise SettingsError(f"{found}, which can also write in English (--language en)")


def _incapable(why: str, role: str) -> SettingsError:
    return SettingsError(
        f"{why}, and {role} speaks the sentences of English papers as they are; name a capable LM, such as "
        "--lm openai/NAME"
    )


def check_reading(graph: DocumentGraph, anyway: bool, on_doubt: Callable[[Doubt], None]) -> None:
    """Tell the doubts about a reading. Raises UntrustedError for one of low confidence, unless it is used `anyway`."""
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
    """That what the plan promised is not told, and that sentences stand on which the two checks do not agree."""
    if written.record is None:
        return ()
    missing = tuple(
        Doubt(kind="promise-not-kept", severity=0.2, message=f"the episode does not keep its plan; {line}")
        for line in written.record.unkept
    )
    count = len(written.record.disputed)
    if not count:
        return missing
    said = "1 sentence" if count == 1 else f"{count} sentences"
    return (
        *missing,
        Doubt(
            kind="disputed-claims",
            severity=min(0.3, 0.05 * count),
            message=f"the model's own check and the measured one do not agree on {said}; writing.json tells which and "
            "why",
        ),
    )


def unmeasured(script: Script, graph: DocumentGraph) -> tuple[Doubt, ...]:
    """That what an episode says was held against its paper by no measure."""
    if can_judge(script.language, graph):
        return ()
    return (
        Doubt(
            kind="unmeasured",
            severity=0.2,
            message="the measured check reads English only, so nobody but the LM that wrote it has held this episode "
            "against its paper",
        ),
    )


def thresholds_missed(script: Script, graph: DocumentGraph, profile: AggregatedProfile) -> tuple[Doubt, ...]:
    """Where an episode falls short of what every host of the profile reaches: how much of the paper it names.

    Measured as on the hosts: key concepts that some segment names, by their importance (`min_coverage`).
    """
    total = sum(concept.importance for concept in graph.key_concepts)
    if total <= 0.0 or not can_judge(script.language, graph):  # names are found by their stems, too
        return ()
    vocabulary = vocabulary_of(graph)
    said = {name for segment in script.segments for name in vocabulary.concepts_in(segment.text)}
    share = sum(concept.importance for concept in graph.key_concepts if concept.name in said) / total
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


class CheckedSentence(BaseModel):
    """A sentence of a script, its passages and the verdict on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    sentence: str
    verdict: Verdict
    passages: tuple[Evidence, ...] = ()
    """The paper's nearest passages, best first."""
    reasons: tuple[str, ...] = ()
    """What speaks against it."""


def checked_script(script: Script, graph: DocumentGraph) -> tuple[CheckedSentence, ...]:
    """Every sentence of a script with its verdict; none where the paper holds no prose to hold it against, or where the
    check cannot read one of the two (`can_judge`).

    The sentences are judged together, as a listener hears them. Raises PrerequisiteError without the embedding model.
    """
    if not graph.passages() or not can_judge(script.language, graph):
        return ()
    found = judge_sentences("\n\n".join(segment.text for segment in script.segments), graph)
    owners = [segment.segment_id for segment in script.segments for _ in split_sentences(segment.text)]
    return tuple(
        CheckedSentence(
            segment_id=owner,
            sentence=judged.sentence,
            verdict=judged.verdict,
            passages=judged.passages,
            reasons=judged.reasons,
        )
        for owner, judged in zip(owners, found, strict=True)
    )


def edited_in(script: Script, base: Script) -> list[ScriptSegment]:
    """Segments of a script that `base` does not have, or in which other words, or another speaker's, are said."""
    known = {(one.segment_id, one.lines) for one in base.segments}
    return [one for one in script.segments if (one.segment_id, one.lines) not in known]


def with_sources(
    script: Script, edited: Iterable[str], checks: Sequence[CheckedSentence], graph: DocumentGraph
) -> Script:
    """The script whose edited segments, by id, name as sources what their sentences were found to rest on."""
    ids = set(edited)
    segments = tuple(
        _sourced(one, checks, graph) if one.segment_id in ids else one for one in script.segments
    )
    return script.model_copy(update={"segments": segments})


def _sourced(
    segment: ScriptSegment, checks: Sequence[CheckedSentence], graph: DocumentGraph
) -> ScriptSegment:
    own = [one for one in checks if one.segment_id == segment.segment_id and one.verdict == "supported"]
    atoms = dict.fromkeys(passage.atom_id for one in own for passage in one.passages[:1])
    pictures = (*graph.get_figures(), *graph.get_tables())
    named = tuple(one.atom_id for one in pictures if names_picture(segment.text, one))
    return segment.model_copy(
        update={"source_atoms": tuple(atoms), "figure_ids": named or segment.figure_ids}
    )
