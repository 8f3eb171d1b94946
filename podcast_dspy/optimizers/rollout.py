"""What a trial measures: an episode for each pair, written, voiced, scored and stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from podcast_dspy.audio import AudioTags, duration_model, write_audio
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.script import Script, spoken_words
from podcast_dspy.generation.voicing import for_voice, second_voice_of, voice_script
from podcast_dspy.lms import allow, is_capable, unkept, use
from podcast_dspy.lms.asking import Exchange
from podcast_dspy.lms.forecast import Asked, tokens_of
from podcast_dspy.metrics import judge_ahead, score_script
from podcast_dspy.metrics.composite import loss_weights
from podcast_dspy.optimizers.trials import Rollout, without_pair
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree
from podcast_dspy.text.normalisation import LEXICON, project_lexicon

PARTS: Final = ("planner", "writer", "listener", "reviewer", "editor")
"""The parts of the program in which it asks (`Exchange.part`): what one is asked follows from those before it."""


class RolloutRunner:
    """Runs programs on pairs for one training run.

    Every rollout asks for the length of the pair's own podcast, as a user asks for minutes; the duration loss then
    says how well the program keeps to what was asked.
    Raises SettingsError for weights that cannot be used.
    """

    def __init__(self, tree: Tree, config: TrainingConfig, training: Sequence[TrainingPair]) -> None:
        loss_weights(config.loss_weights)  # what is no loss's name is refused before anything is written
        self.tree = tree
        self.config = config
        self._references = {pair.pair_id: pair.transcription.transcript_text for pair in training}

    @property
    def training(self) -> tuple[str, ...]:
        """The training pairs, by id."""
        return tuple(self._references)

    @staticmethod
    def name(pair: TrainingPair, repeat: int) -> str:
        """What the files of a rollout begin with."""
        return f"{pair.pair_id}_{repeat}" if repeat else pair.pair_id

    @unkept()
    def run(
        self,
        program: PodcastProgram,
        profile: AggregatedProfile,
        pair: TrainingPair,
        trial_id: str,
        repeat: int = 0,
    ) -> Rollout:
        """Generate, voice and score an episode for `pair`; each `repeat` asks the LM anew, at a temperature of 1.

        Raises ModelError, SynthesisError, WorkspaceError, BudgetError.
        """
        folder, name = Path("trials") / trial_id, self.name(pair, repeat)
        allow(0)
        roles = self.config.roles
        own = for_voice(without_pair(program, pair.pair_id), roles.voice)  # as an episode is made
        sampled = {"rollout_id": repeat, "temperature": 1.0} if repeat else {}
        # An episode is compared with its host's, so it is told in the same way; an extract has one voice.
        episode_format = pair.format if is_capable(roles.lm) else "explainer"
        asks = second_voice_of(roles.voice, None, episode_format)
        writer = writer_for(roles.lm, episode_format)
        if isinstance(writer, EpisodeWriter) and asks:
            writer = replace(writer, asker=duration_model(asks))
        with use(roles.lm, purpose="writer", **sampled):
            written = own.write(
                pair.document_graph, profile, seconds=pair.transcription.total_duration, writer=writer
            )
        script, narration = voice_script(
            written.script,
            roles.voice,
            second_voice=asks,
            lexicon=project_lexicon(self.tree.path(LEXICON)),
        )
        audio_path = folder / f"{name}_audio.mp3"
        info = write_audio(
            self.tree.path(audio_path),
            narration.samples,
            narration.sample_rate,
            tags=AudioTags(title=script.title, album=f"podcast-dspy {trial_id}"),
        )
        script_path = folder / f"{name}_script.json"
        self.tree.write_model(script_path, script)
        del narration  # an hour of sound need not wait for an answer
        judge_ahead(script.text, pair, roles.judge_lm)
        return Rollout(
            pair_id=pair.pair_id,
            metrics=score_script(
                script,
                pair,
                duration=info.duration,
                weights=self.config.loss_weights,
                judge=roles.judge_lm,
                trial_id=trial_id,
                plan=written.plan,
                other_references=[
                    text for pair_id, text in self._references.items() if pair_id != pair.pair_id
                ],
            ),
            spoken_words=sum(spoken_words(segment.text) for segment in script.segments),
            seconds=info.duration,
            generated_shares=generated_shares(script),
            reference_shares=reference_shares(pair),
            model_units=written.model_units,
            source_units=written.source_units,
            script_path=script_path.as_posix(),
            audio_path=audio_path.as_posix(),
            asked=_asked_of(written.record.exchanges if written.record else ()),
        )


def _asked_of(exchanges: Iterable[Exchange]) -> dict[str, Asked]:
    """What each part asked, a program's parts in their order."""
    found: dict[str, Asked] = {}
    for one in exchanges:
        read = tokens_of(sum(len(message["content"]) for message in one.prompt))
        call = Asked(calls=1, prompt_tokens=read, completion_tokens=tokens_of(len(one.answer)))
        found[one.part] = found.get(one.part, Asked()) + call
    return {part: found[part] for part in PARTS if part in found}


def shares(spans: Iterable[tuple[SegmentType, float]]) -> dict[SegmentType, float]:
    """Share of the whole by type (0-1); empty for nothing."""
    seconds: Counter[SegmentType] = Counter()
    for kind, length in spans:
        seconds[kind] += length  # type: ignore[assignment]
    total = sum(seconds.values())
    return {kind: length / total for kind, length in seconds.items()} if total > 0 else {}


def generated_shares(script: Script) -> dict[SegmentType, float]:
    """Share of the voiced time by type (0-1)."""
    return shares(
        (segment.segment_type, (segment.end_time or 0.0) - (segment.start_time or 0.0))
        for segment in script.segments
    )


def reference_shares(pair: TrainingPair) -> dict[SegmentType, float]:
    """Share of the reference podcast's time by type (0-1)."""
    return shares(
        (segment.segment_type, segment.transcript_segment.duration) for segment in pair.aligned_segments or ()
    )
