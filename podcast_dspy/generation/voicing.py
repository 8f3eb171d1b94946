"""Voicing: a script spoken segment by segment, and the loop that keeps the episode at the length asked for."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from podcast_dspy.audio import Narration, duration_model, get_voice, speak
from podcast_dspy.audio.durations import REPLY_PAUSE, SEGMENT_PAUSE, TURN_PAUSE, asks
from podcast_dspy.audio.speaking import has_sounds, keep_sounds, sounds_of
from podcast_dspy.audio.voices import check_speaks, usual_voice
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.running import Progress
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment, Turn, WrittenEpisode
from podcast_dspy.models import cache_dir
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.store import Tree
from podcast_dspy.tasks import Task, clustered, run
from podcast_dspy.text.language import translation
from podcast_dspy.text.normalisation import Lexicon, read_lexicon


class SpokenSegment(BaseModel):
    """The sound of a segment, as the speech cache keeps it."""

    sounds: dict[str, str]
    """Utterances at 16 bits, in base64, by their keys."""


def synthesise(tree: Tree, *, text: str, voice: str, lexicon: dict[str, str], language: str) -> SpokenSegment:
    """A task: speak a segment. Raises SynthesisError."""
    sounds = sounds_of(text, get_voice(voice), lexicon or None, language)
    return SpokenSegment(sounds={key: b64encode(sound).decode() for key, sound in sounds.items()})


def voice_script(
    script: Script,
    voice: str,
    *,
    second_voice: str | None = None,
    speech_cache: Path | None = None,
    lexicon: Lexicon | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Script, Narration]:
    """Speak a script; returns it with start and end times filled, and the narration.

    In a dialogue `voice` explains and `second_voice` asks. `lexicon` respells words that the voice gets wrong. What was
    spoken before with the same voice and respellings is read from the cache. On a cluster its workers speak the
    segments. Raises SynthesisError, InputError.
    """
    said: list[Turn | ScriptSegment] = []
    pauses: list[float] = []
    for segment in script.segments:
        said += segment.turns or [segment]
        pauses += [REPLY_PAUSE if asks(turn.text) else TURN_PAUSE for turn in segment.turns[:-1]]
        pauses.append(SEGMENT_PAUSE)
    asker = second_voice or voice
    voices = [asker if isinstance(one, Turn) and one.speaker == "asker" else voice for one in said]
    kept = speech_cache or cache_dir() / "speech"
    if clustered():
        entries = dict((read_lexicon(lexicon) if isinstance(lexicon, Path) else lexicon) or {})
        shared = {"lexicon": entries, "language": script.language}
        tasks = [
            Task(synthesise, kept, {"text": one.text, "voice": name, **shared}, SpokenSegment, path=None)
            for one, name in zip(said, voices, strict=True)
            if not has_sounds(kept, one.text, get_voice(name), entries, script.language)
        ]
        for spoken in run(tasks, lambda done: progress(done / len(tasks)) if progress else None):
            keep_sounds(kept, {key: b64decode(sound) for key, sound in spoken.sounds.items()})
    narration = speak(
        [one.text for one in said],
        [get_voice(name) for name in voices],
        pause=pauses,
        cache_dir=kept,
        lexicon=lexicon,
        language=script.language,
        progress=progress,
    )
    return timed(script, narration), narration


def timed(script: Script, narration: Narration) -> Script:
    """The script with the times at which a narration speaks its segments and their turns."""
    spans = iter(narration.spans)
    return script.model_copy(
        update={"segments": tuple(_timed(segment, spans) for segment in script.segments)}
    )


def _timed(segment: ScriptSegment, spans: Iterator[tuple[float, float]]) -> ScriptSegment:
    """A segment with its times, and those of its turns, which are the next of the spans."""
    turns = []
    for turn in segment.turns:
        start, end = next(spans)
        turns.append(turn.model_copy(update={"start_time": start, "end_time": end}))
    extent = (turns[0].start_time, turns[-1].end_time) if turns else next(spans)
    times = {"start_time": extent[0], "end_time": extent[1]}
    return segment.model_copy(update={**times, "turns": tuple(turns)})


LENGTH_TOLERANCE = 0.03
"""Relative distance from the length asked for that is good enough; a listener does not notice 5 s in 3 minutes."""
EDIT_TOLERANCE = 0.05
"""The same for a script that another call would have to edit."""
_ROUNDS = 3


@dataclass(frozen=True)
class Voiced:
    """A written episode with its audio."""

    written: WrittenEpisode
    script: Script
    """With the times of each segment."""
    narration: Narration
    seconds: float
    rounds: int
    """How often it was voiced until the length was right."""


def for_voice(program: PodcastProgram, voice: str, language: str = "en") -> PodcastProgram:
    """The program with the duration model of the voice: the learned one if it fits, else the shipped one.

    Those know English. In another language the voice says a passage, and its words a minute are the pace.
    """
    if language != "en":
        paced: PodcastProgram = program.deepcopy()
        pace = {"voice_model": None, "words_per_minute": _measured_pace(voice, language)}
        paced.adjustments = program.adjustments.model_copy(update=pace)
        return paced
    learned = program.adjustments.voice_model
    if learned is not None and learned.voice == voice:
        return program
    fitted: PodcastProgram = program.deepcopy()
    fitted.adjustments = program.adjustments.model_copy(update={"voice_model": duration_model(voice)})
    return fitted


def _measured_pace(voice: str, language: str) -> float:
    """Words a minute of a voice that reads prose of a language. Raises SynthesisError, ModelError."""
    sample = translation(language).sample
    said = speak([sample], get_voice(voice), cache_dir=cache_dir() / "speech", language=language)
    return 60.0 * len(sample.split()) / said.duration


def voice_to_length(
    program: PodcastProgram,
    graph: DocumentGraph,
    profile: AggregatedProfile,
    *,
    seconds: float,
    voice: str,
    second_voice: str | None = None,
    writer: ExtractWriter | EpisodeWriter,
    progress: Progress,
    lexicon: Lexicon | Path | None = None,
    on_written: Callable[[float], None] = lambda seconds: None,
    plan: EpisodePlan | None = None,
) -> Voiced:
    """Write and voice an episode within 3% of `seconds`, or as near as the paper's material allows.

    Where the voice's duration model is known the first script mostly has the right length. The audio decides: by what
    it took longer or shorter than expected, passages are chosen for another length; the script of a capable LM is
    edited where it is more than 5% off, which is worth a call. `second_voice` asks in a dialogue. `lexicon` respells
    words for the voice. `on_written` gets the length (seconds) that the first script is expected to take, before it is
    voiced. A `plan` that is given is followed. Needs an LM in the DSPy context.
    Raises SynthesisError, ModelError, UsageError for a plan that the writer cannot follow.
    """
    language = writer.language if isinstance(writer, EpisodeWriter) else "en"
    fitted = for_voice(program, voice, language)
    asked = seconds
    best: Voiced | None = None
    written: WrittenEpisode | None = None
    length = seconds
    asker = duration_model(second_voice) if second_voice and language == "en" else None
    author = replace(writer, progress=progress, asker=asker) if isinstance(writer, EpisodeWriter) else None
    close = (EDIT_TOLERANCE if author else LENGTH_TOLERANCE) * seconds
    for round_number in range(1, _ROUNDS + 1):
        if author and written:
            written = author.fit(fitted, graph, profile, written, length)
        else:
            if author is None:
                progress("writing", 0, 1)
            written = fitted.write(graph, profile, seconds=asked, writer=author or writer, plan=plan)
            if author is None:
                progress("writing", 1, 1)
        if best is None:
            on_written(written.expected_seconds)
        if best is not None and written.script == best.written.script:
            break
        script, narration = voice_script(
            written.script,
            voice,
            second_voice=second_voice,
            lexicon=lexicon,
            progress=lambda done: progress("voicing", done, 1.0),
        )
        length = narration.duration
        if best is None or abs(length - seconds) < abs(best.seconds - seconds):
            # What a later round was asked for is a correction; the plan keeps the length that the listener wanted.
            plan = written.plan.model_copy(update={"target_seconds": seconds})
            best = Voiced(replace(written, plan=plan), script, narration, length, round_number)
        if abs(length - seconds) <= close:
            break
        # By what the voice was misjudged, not by what passages could not fill: that is another amount next time.
        asked = seconds * written.expected_seconds / length
    assert best is not None
    return best


def cast(
    voice: str | None, second: str | None, episode_format: EpisodeFormat, language: str | None
) -> tuple[str, str | None]:
    """Who speaks an episode, and who asks in it. Of a language that is not known yet (None) only whether the voices
    are there.

    Raises SettingsError for voices that do not speak the language, UnknownNameError, PrerequisiteError.
    """
    chosen = voice or usual_voice(language or "en")
    asks = second_voice_of(chosen, second, episode_format, language or "en")
    for name in filter(None, (chosen, asks)):
        if language:
            check_speaks(name, language)
        else:
            get_voice(name)
    return chosen, asks


def second_voice_of(
    first: str, second: str | None, episode_format: EpisodeFormat, language: str = "en"
) -> str | None:
    """The voice that asks; by default one of the other gender. Raises SettingsError."""
    if episode_format == "explainer":
        if second:
            raise SettingsError(
                "one host explains, so a second voice has nothing to say; ask for --format dialogue"
            )
        return None
    if second == first:
        raise SettingsError(f"both hosts would speak as {first}; give another --second-voice")
    return second or usual_voice(language, beside=first)
