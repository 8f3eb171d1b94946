"""Podcaster: a loaded compiled profile that plans, writes and voices episodes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from podcast_dspy.audio.audio_writer import Music, framed
from podcast_dspy.confidence import Doubt
from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.errors import PodcastError, SettingsError
from podcast_dspy.generation.checks import (
    NO_DIALOGUE,
    check_length,
    check_reading,
    disputed,
    language_asked,
    language_for,
    language_of,
    more_words_than_the_paper,
    thresholds_missed,
    too_short,
    unmeasured,
    warned,
)
from podcast_dspy.generation.episode import Episode, EpisodeFiles, UnvoicedEpisode, told_chapters
from podcast_dspy.generation.episode_folder import being_made
from podcast_dspy.generation.episode_writer import EpisodeWriter, expected_calls
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.planner import episode_seconds, most_seconds, plan_episode
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.publishing import folders_for
from podcast_dspy.generation.reading import read_paper
from podcast_dspy.generation.running import Progress, Step, each, in_thread, steps_of, stoppable
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.generation.script_files import as_given, script_for
from podcast_dspy.generation.voicing import (
    Voiced,
    cast,
    for_voice,
    second_voice_of,
    timed,
    voice_script,
    voice_to_length,
)
from podcast_dspy.lms import resolve, use
from podcast_dspy.lms.forecast import Forecast, ForecastLine
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import EpisodeFormat, PodcastDepth
from podcast_dspy.text.normalisation import Lexicon, read_lexicon

_MINUTES = (0.5, 90.0)
_SHORT = 0.95
"""Share of the length asked for from which a paper is too short for it."""


@dataclass(frozen=True)
class _Order:
    """What is asked for, checked."""

    graph: DocumentGraph
    seconds: float
    role: str
    writer: ExtractWriter | EpisodeWriter
    voice: str
    second_voice: str | None
    lexicon: Lexicon
    told: Callable[[Doubt], None]
    report: Progress
    language: str
    script: Script | None
    """One that was given."""


class Podcaster:
    """Makes episodes with a compiled program and its profile.

    podcaster = podcast_dspy.load("podcast_profile_v1.json")
    episode = podcaster("paper.pdf", minutes=4)
    episode.save("out")

    `plan` and `write` stop halfway, for somebody to edit what came out; `generation.edits` works on saved episodes.
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
        plan: EpisodePlan | None = None,
        script: Script | Path | None = None,
        music: Music = Music(),  # noqa: B008 (frozen)
        **options: Any,
    ) -> Episode:
        """Write and voice an episode about a paper.

        The options: `minutes` asks for a length, else the target of `depth` is aimed at, by default of the depth that
        the profile was compiled for; the episode is shorter only if the paper has not enough to say. `voice` and `lm`
        name models. The episode is in the paper's `language` unless another is named; any but English takes a capable
        LM and voices that speak it. A dialogue (`episode_format`) needs a capable LM; `voice` explains in it and
        `second_voice` asks.
        `lexicon` respells words that the voice gets wrong: a mapping, or a file of
        `word = "as spoken"` (TOML). Figures are cropped into `images_dir`. `progress(stage, done, total)` hears how
        far it is; `stopped()` is asked as often whether to give up.

        A `plan` is followed, a `script` (or its file) is voiced as it is; `music` is played before and after.

        What speaks against the reading is told to `on_doubt` (else as a DoubtWarning) before anything is written. A
        reading of low confidence is refused unless `anyway`.

        Raises DocumentError, UntrustedError, InputError, SettingsError, PrerequisiteError, ModelError, SynthesisError,
        StoppedError, UsageError for a plan or script of another paper.
        """
        with self._ordered(paper, script=script, **options) as order:
            given = order.script
            if given is None:
                self._doubt_length(order)
                voiced = voice_to_length(
                    self.program,
                    order.graph,
                    self.profile,
                    seconds=order.seconds,
                    voice=order.voice,
                    second_voice=order.second_voice,
                    writer=order.writer,
                    progress=order.report,
                    lexicon=order.lexicon,
                    on_written=lambda expected: check_length(expected, order.seconds, order.told),
                    plan=plan,
                )
            else:
                asks = order.second_voice or second_voice_of(order.voice, None, given.format, given.language)
                cast(order.voice, asks, given.format, given.language)
                order = replace(order, second_voice=asks)
                voiced = self._voiced(order, given, plan)
            narration = framed(voiced.narration, music)
        spoken = timed(voiced.script, narration)
        return Episode(
            graph=order.graph,
            plan=voiced.written.plan,
            script=spoken,
            audio=narration,
            chapters=told_chapters(spoken, order.graph, narration, music),
            voice=order.voice,
            model_units=voiced.written.model_units,
            source_units=voiced.written.source_units,
            doubts=(
                *thresholds_missed(spoken, order.graph, self.profile.of_format(spoken.format)),
                *disputed(voiced.written),
                *unmeasured(spoken, order.graph),
            ),
            written=voiced.written if script is None else None,
            lexicon=order.lexicon,
            music=music,
            second_voice=order.second_voice,
        )

    def plan(self, paper: str | Path | DocumentGraph, **options: Any) -> EpisodePlan:
        """The plan of an episode, which may be edited and given back; the options are those of a call.

        That of a capable LM is its `rundown`. Raises as a call does.
        """
        with self._ordered(paper, **options) as order:
            self._doubt_length(order)
            if isinstance(order.writer, EpisodeWriter):
                author = replace(order.writer, progress=order.report)
                return author.plan(self.program, order.graph, self.profile, order.seconds)
            return plan_episode(
                order.graph, self.profile, self.program.adjustments, seconds=order.seconds
            ).plan

    def write(
        self, paper: str | Path | DocumentGraph, *, plan: EpisodePlan | None = None, **options: Any
    ) -> UnvoicedEpisode:
        """The script of an episode, by a plan if one is given, not voiced; the options are those of a call.

        Its length is what the voice's duration model expects. Raises as a call does.
        """
        with self._ordered(paper, **options) as order:
            self._doubt_length(order)
            writer = order.writer
            if isinstance(writer, EpisodeWriter):
                writer = replace(writer, progress=order.report)
            else:
                order.report("writing", 0, 1)
            written = for_voice(self.program, order.voice, order.language).write(
                order.graph, self.profile, seconds=order.seconds, writer=writer, plan=plan
            )
            check_length(written.expected_seconds, order.seconds, order.told)
        return UnvoicedEpisode(order.graph, written, order.voice, order.lexicon, order.second_voice)

    def _voiced(self, order: _Order, script: Script, plan: EpisodePlan | None) -> Voiced:
        """A script that is given, spoken."""
        written = as_given(script, plan, self.profile, order.voice, order.second_voice)
        spoken, narration = voice_script(
            script,
            order.voice,
            second_voice=order.second_voice,
            lexicon=order.lexicon,
            progress=lambda done: order.report("voicing", done, 1.0),
        )
        return Voiced(written, spoken, narration, narration.duration, 1)

    @contextmanager
    def _ordered(
        self,
        paper: str | Path | DocumentGraph,
        *,
        depth: str | None = None,
        minutes: float | None = None,
        episode_format: EpisodeFormat = "explainer",
        voice: str | None = None,
        second_voice: str | None = None,
        language: str | None = None,
        script: Script | Path | None = None,
        lm: str | None = None,
        lexicon: Lexicon | Path | str | None = None,
        images_dir: Path | str | None = None,
        anyway: bool = False,
        on_doubt: Callable[[Doubt], None] | None = None,
        progress: Progress | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Iterator[_Order]:
        """Read the paper and check all that can be checked before anything is written; the LM is used within."""
        report = stoppable(progress or (lambda stage, done, total: None), stopped)
        length, role = self._length(depth, minutes), self.role(lm)
        writer = writer_for(role, episode_format)
        capable = isinstance(writer, EpisodeWriter)
        asked = language_asked(language, role, capable or script is not None)
        respelled = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
        # A missing model or key is told before anything is read or written, what the paper's language asks for after.
        cast(voice, second_voice, episode_format, asked)
        with use(role, purpose="writer"):
            report("reading", 0, 1)
            crops = Path(images_dir) if images_dir is not None else None
            graph = paper if isinstance(paper, DocumentGraph) else read_document(paper, images_dir=crops)
            report("reading", 1, 1)
            on_any_doubt = on_doubt or warned
            given = script_for(graph, script) if script is not None else None
            spoken = language_of(given, asked) if given else language_for(graph, asked, role, capable)
            chosen, asks = cast(voice, second_voice, episode_format, spoken)
            if isinstance(writer, EpisodeWriter):
                writer = replace(writer, language=spoken)
            check_reading(graph, anyway, on_any_doubt)
            if episode_format == "dialogue" and self.profile.of_format(episode_format).conversation is None:
                on_any_doubt(NO_DIALOGUE)
            respellings = dict(respelled or {})
            yield _Order(
                graph, length, role, writer, chosen, asks, respellings, on_any_doubt, report, spoken, given
            )

    def _doubt_length(self, order: _Order) -> None:
        """Tell that a paper is too short for the length asked for."""
        if order.writer.fills_length:
            for doubt in more_words_than_the_paper(order.graph, self.profile, order.seconds):
                order.told(doubt)
            return
        most = most_seconds(order.graph, self.profile, self.program.adjustments)
        if most < _SHORT * order.seconds:
            order.told(too_short(most, order.seconds))

    async def agenerate(
        self,
        paper: str | Path | DocumentGraph,
        folder: Path | str | None = None,
        *,
        progress: Progress | None = None,
        saving: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Episode:
        """As a call, without holding up the event loop; saved into `folder` if one is named, with the options `saving`.

        `progress` is called in the event loop. A task that is cancelled gives up at the next step, a second or so where
        speech is made, the length of an answer where an LM is asked; nothing of the episode is left then.
        """
        return await in_thread(
            lambda report, stopped: self._made(
                paper, folder, saving or {}, progress=report, stopped=stopped, **options
            ),
            progress,
        )

    def steps(
        self, paper: str | Path | DocumentGraph, folder: Path | str | None = None, **options: Any
    ) -> AsyncIterator[Step | Episode]:
        """As `agenerate`, as an iterator: each `Step`, and at last the Episode. Leaving the loop stops the work."""
        return steps_of(lambda progress: self.agenerate(paper, folder, progress=progress, **options))

    def generate_all(
        self,
        papers: Sequence[str | Path],
        folder: Path | str,
        *,
        at_once: int = 2,
        progress: Callable[[str, Step], None] | None = None,
        saving: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> dict[str, EpisodeFiles | PodcastError]:
        """An episode for each paper, in folders of `folder` named after them, `at_once` at a time.

        One that cannot be made does not keep the others: its error stands in the result. `progress(paper, step)` hears
        of each from the thread that makes it.
        """
        keys = [str(paper) for paper in dict.fromkeys(papers)]
        places = folders_for(keys, Path(folder))

        def one(paper: str) -> EpisodeFiles:
            def report(stage: str, done: float, total: float) -> None:
                if progress is not None:
                    progress(paper, Step(stage, done, total))

            place = places[paper]
            made = self(paper, **{"images_dir": place / "figures", "progress": report, **options})
            return made.save(place, **(saving or {}))

        return each(keys, one, at_once)

    def _made(
        self,
        paper: str | Path | DocumentGraph,
        folder: Path | str | None,
        saving: Mapping[str, Any],
        **options: Any,
    ) -> Episode:
        if folder is None:
            return self(paper, **options)
        with being_made(Path(folder)):
            episode = self(paper, **{"images_dir": Path(folder) / "figures", **options})
            options["progress"]("saving", 0, 1)
            episode.save(folder, **saving)
        return episode

    def forecast(
        self,
        paper: str | Path | DocumentGraph,
        *,
        depth: str | None = None,
        minutes: float | None = None,
        episode_format: EpisodeFormat = "explainer",
        language: str | None = None,
        lm: str | None = None,
    ) -> Forecast:
        """What an episode will take; the arguments are those of a call. No model is asked, nothing is written.

        Raises DocumentError, InputError, SettingsError, PrerequisiteError.
        """
        seconds, role = self._length(depth, minutes), self.role(lm)
        writer = writer_for(role, episode_format)  # raises what a call would
        graph = paper if isinstance(paper, DocumentGraph) else read_document(paper)
        capable = isinstance(writer, EpisodeWriter)
        language_for(graph, language_asked(language, role, capable), role, capable)
        calls = expected_calls(graph, self.profile, self.program.adjustments, seconds=seconds, role=role)
        line = ForecastLine.of(resolve(role, purpose="writer"), calls)
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

    def role(self, lm: str | None) -> str:
        """The LM that is to write."""
        role = lm or self.lm
        if role is None:
            raise SettingsError(
                f"this profile was trained with {self.trained_with}, and a profile does not choose who reads your "
                "paper; name that model or another with --lm MODEL (--lm embedded is the one on this machine)"
            )
        return role
