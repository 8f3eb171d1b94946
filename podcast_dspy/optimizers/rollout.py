"""Rollout: one episode for one pair, written, voiced, measured and stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from podcast_dspy.audio import AudioTags, duration_model, write_audio
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.script import Script
from podcast_dspy.generation.voicing import for_voice, second_voice_of, voice_script
from podcast_dspy.generation.writer import spoken_words
from podcast_dspy.lms import allow, is_capable, unkept, use
from podcast_dspy.metrics import judge_ahead, score_script
from podcast_dspy.metrics.composite import loss_weights
from podcast_dspy.optimizers.demonstrations import without_pair
from podcast_dspy.optimizers.trials import Rollout
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree
from podcast_dspy.text.normalisation import LEXICON, project_lexicon


class RolloutRunner:
    """Runs programs on pairs for one training run.

    Every rollout asks for the length of the pair's own podcast, as a user asks for minutes; the duration loss then
    says how well the program keeps to what was asked. A rollout that is already stored is read, not run again.
    Raises SettingsError for weights that cannot be used.
    """

    def __init__(self, tree: Tree, config: TrainingConfig, training: Sequence[TrainingPair]) -> None:
        loss_weights(config.loss_weights)  # what is no loss's name is refused before anything is written
        self._tree = tree
        self._config = config
        self._references = {pair.pair_id: pair.transcription.transcript_text for pair in training}

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
        folder = Path("trials") / trial_id
        name = f"{pair.pair_id}_{repeat}" if repeat else pair.pair_id
        record = folder / f"{name}_rollout.json"
        if self._tree.path(record).exists():
            return self._tree.read_model(record, Rollout)
        allow(0)
        roles = self._config.roles
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
            lexicon=project_lexicon(self._tree.path(LEXICON)),
        )
        audio_path = folder / f"{name}_audio.mp3"
        info = write_audio(
            self._tree.path(audio_path),
            narration.samples,
            narration.sample_rate,
            tags=AudioTags(title=script.title, album=f"podcast-dspy {trial_id}"),
        )
        script_path = folder / f"{name}_script.json"
        self._tree.write_model(script_path, script)
        del narration  # an hour of sound need not wait for an answer
        judge_ahead(script.text, pair, roles.judge_lm)
        rollout = Rollout(
            pair_id=pair.pair_id,
            metrics=score_script(
                script,
                pair,
                duration=info.duration,
                weights=self._config.loss_weights,
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
        )
        # The record is written last: a rollout without one is not done and runs again.
        self._tree.write_model(record, rollout)
        return rollout


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
