"""Podcaster: a loaded compiled profile that makes episodes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

from podcast_dspy.analysis.wording import vocabulary_of
from podcast_dspy.audio import get_voice, list_voices
from podcast_dspy.confidence import Doubt, DoubtWarning
from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.errors import DocumentError, SettingsError, UntrustedError
from podcast_dspy.generation.chapters import chapters_of
from podcast_dspy.generation.episode import Episode
from podcast_dspy.generation.expected import expected_calls
from podcast_dspy.generation.planner import episode_seconds, most_seconds
from podcast_dspy.generation.program import PodcastProgram, WrittenEpisode, writer_for
from podcast_dspy.generation.reading import read_paper
from podcast_dspy.generation.script import Script
from podcast_dspy.generation.voicing import voice_to_length
from podcast_dspy.lms import resolve, use
from podcast_dspy.lms.forecast import Forecast, ForecastLine
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import DEFAULT_VOICE, SECOND_VOICE, EpisodeFormat, PodcastDepth
from podcast_dspy.text.language import language_name
from podcast_dspy.text.spoken import Lexicon, read_lexicon

__all__ = ["DEFAULT_VOICE", "Podcaster", "thresholds_missed"]

Progress = Callable[[str, float, float], None]
_MINUTES = (0.5, 90.0)
_FORESEEN = 0.1
"""Share of the length by which a script may be off before that is told: it is corrected once it was voiced."""
_SHORT = 0.95
"""Share of the length asked for from which a paper is too short for it."""


class Podcaster:
    """Makes episodes with a compiled program and its profile.

    podcaster = podcast_dspy.load("podcast_profile_v1.json")
    episode = podcaster("paper.pdf", minutes=4)
    episode.save("out")
    """

    def __init__(
        self,
        program: PodcastProgram,
        profile: AggregatedProfile,
        *,
        lm: str | None = "embedded",
        trained_with: str = "embedded",
        depth: str = PodcastDepth.STANDARD,
    ) -> None:
        """`lm` None leaves the choice to each call; `trained_with` is what is suggested then."""
        self.program = program
        self.profile = profile
        self.depth = depth
        self.lm = lm
        self.trained_with = trained_with

    def __call__(
        self,
        paper: str | Path | DocumentGraph,
        *,
        depth: str | None = None,
        minutes: float | None = None,
        episode_format: EpisodeFormat = "explainer",
        voice: str | None = None,
        second_voice: str | None = None,
        lm: str | None = None,
        lexicon: Lexicon | Path | str | None = None,
        images_dir: Path | None = None,
        anyway: bool = False,
        on_doubt: Callable[[Doubt], None] | None = None,
        progress: Progress | None = None,
    ) -> Episode:
        """Write and voice an episode about a paper.

        `minutes` asks for a length, else the target of `depth` is aimed at, by default of the depth that the profile
        was compiled for; the episode is shorter only if the paper
        has not enough to say. A dialogue needs a capable LM; `voice` explains in it and `second_voice` asks.
        `lexicon` respells words that the voice gets wrong: a mapping, or a file of
        `word = "as spoken"` (TOML). Figures are cropped into `images_dir`.

        What speaks against the reading is told to `on_doubt` (else as a DoubtWarning) before anything is written. A
        reading of low confidence is refused unless `anyway`; so is a paper that is not in English, always.

        Raises DocumentError, UntrustedError, InputError, SettingsError, PrerequisiteError, ModelError, SynthesisError.
        """
        report = progress or (lambda stage, done, total: None)
        length, role = self._length(depth, minutes), self._role(lm)
        writer = writer_for(role, episode_format)
        chosen = voice or DEFAULT_VOICE
        asks = _second_voice(chosen, second_voice, episode_format)
        respelled = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
        for name in filter(None, (chosen, asks)):
            get_voice(name)  # a missing model or key is told before anything is read or written
        with use(role, purpose="writer"):
            report("reading", 0, 1)
            graph = paper if isinstance(paper, DocumentGraph) else read_document(paper, images_dir=images_dir)
            report("reading", 1, 1)
            told = on_doubt or _warned
            _check_reading(graph, anyway, told)
            seconds = length
            if episode_format == "dialogue" and self.profile.of_format(episode_format).conversation is None:
                told(_NO_DIALOGUE)
            if writer.fills_length:
                for doubt in _more_words_than_the_paper(graph, self.profile, seconds):
                    told(doubt)
            else:
                most = most_seconds(graph, self.profile, self.program.adjustments)
                if most < _SHORT * seconds:
                    told(_too_short(most, seconds))
            voiced = voice_to_length(
                self.program,
                graph,
                self.profile,
                seconds=seconds,
                voice=chosen,
                second_voice=asks,
                writer=writer,
                progress=report,
                lexicon=respelled,
                on_written=lambda expected: _check_length(expected, seconds, told),
            )
        return Episode(
            graph=graph,
            plan=voiced.written.plan,
            script=voiced.script,
            audio=voiced.narration,
            chapters=chapters_of(voiced.script, graph),
            voice=chosen,
            model_units=voiced.written.model_units,
            source_units=voiced.written.source_units,
            doubts=(
                *thresholds_missed(voiced.script, graph, self.profile.of_format(episode_format)),
                *_disputed(voiced.written),
            ),
            written=voiced.written,
            second_voice=asks,
        )

    def forecast(
        self,
        paper: str | Path | DocumentGraph,
        *,
        depth: str | None = None,
        minutes: float | None = None,
        episode_format: EpisodeFormat = "explainer",
        lm: str | None = None,
    ) -> Forecast:
        """What an episode will take; the arguments are those of a call. No model is asked, nothing is written.

        Raises DocumentError, InputError, SettingsError, PrerequisiteError.
        """
        seconds, role = self._length(depth, minutes), self._role(lm)
        writer_for(role, episode_format)  # raises what a call would
        graph = paper if isinstance(paper, DocumentGraph) else read_document(paper)
        asked = expected_calls(graph, self.profile, self.program.adjustments, seconds=seconds, role=role)
        line = ForecastLine.of(resolve(role, purpose="writer"), asked)
        basis = (
            f"the paper of {len(read_paper(graph).text.split()):,} words, an episode of {seconds / 60:.0f} min",
            "minutes: an assumed rate of writing, without the voicing",
        )
        return Forecast.of([line], line.seconds, basis)

    def _length(self, depth: str | None, minutes: float | None) -> float:
        """Seconds of the episode that is asked for."""
        if minutes is not None and not _MINUTES[0] <= minutes <= _MINUTES[1]:
            raise SettingsError(
                f"minutes must be between {_MINUTES[0]:g} and {_MINUTES[1]:g}, not {minutes:g}"
            )
        depth = depth or self.depth
        if depth not in set(PodcastDepth):
            raise SettingsError(f"no depth {depth!r}; choose one of {', '.join(PodcastDepth)}")
        return episode_seconds(self.profile, depth, minutes)

    def _role(self, lm: str | None) -> str:
        """The LM that is to write."""
        role = lm or self.lm
        if role is None:
            raise SettingsError(
                f"this profile was trained with {self.trained_with}, and a profile does not choose who reads your "
                "paper; name that model or another with --lm MODEL (--lm embedded is the one on this machine)"
            )
        return role


_NO_DIALOGUE = Doubt(
    kind="no-dialogue",
    severity=0.1,
    message="The profile was learned from no dialogue, so who says how much follows usual figures; train on "
    "podcasts of two hosts to learn theirs.",
)


def _second_voice(first: str, second: str | None, episode_format: EpisodeFormat) -> str | None:
    """The voice that asks; by default one of the other gender. Raises SettingsError."""
    if episode_format == "explainer":
        if second:
            raise SettingsError(
                "one host explains, so a second voice has nothing to say; ask for --format dialogue"
            )
        return None
    if second == first:
        raise SettingsError(f"both hosts would speak as {first}; give another --second-voice")
    male = any(voice.name == first and voice.gender == "male" for voice in list_voices())
    return second or (DEFAULT_VOICE if male else SECOND_VOICE)


def _warned(doubt: Doubt) -> None:
    warnings.warn(doubt.message, DoubtWarning, stacklevel=4)


def _check_length(expected: float, asked: float, on_doubt: Callable[[Doubt], None]) -> None:
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


def _too_short(most: float, seconds: float) -> Doubt:
    return Doubt(
        kind="short-paper",
        severity=0.2,
        message=f"the paper holds about {most / 60.0:.1f} minutes that can be spoken and followed, "
        f"{seconds / 60.0:.1f} were asked for; the episode will be shorter, so ask for fewer --minutes",
    )


def _check_reading(graph: DocumentGraph, anyway: bool, on_doubt: Callable[[Doubt], None]) -> None:
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


def _more_words_than_the_paper(
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


def _disputed(written: WrittenEpisode) -> tuple[Doubt, ...]:
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
