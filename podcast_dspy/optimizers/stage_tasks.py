"""What training has workers do, as tasks: an episode of a trial (`RolloutRunner`), an analysis, a script judged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

from podcast_dspy.analysis import EpisodeAnalysis, LabelledEpisode, analyze_episode, labelled_episode
from podcast_dspy.audio import AudioTags, duration_model, write_audio
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.script import Script, spoken_words
from podcast_dspy.generation.voicing import for_voice, second_voice_of, voice_script
from podcast_dspy.lms import allow, is_capable, unkept, use
from podcast_dspy.lms.asking import Exchange
from podcast_dspy.lms.forecast import Asked, tokens_of
from podcast_dspy.metrics import LossMetrics, judge_ahead, score_script
from podcast_dspy.metrics.composite import loss_weights
from podcast_dspy.optimizers.artifacts import load_compiled
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import Rollout, without_pair
from podcast_dspy.pairs.dataset import fingerprint
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import ProfileVersions, Tree, content_hash, file_sha256
from podcast_dspy.tasks import Task, fits
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


Named = tuple[str, str]
"""A name, and the hash of what it names."""


def analysis_of(
    pair: TrainingPair,
    labelled: Sequence[LabelledEpisode] = (),
    *,
    lm: str = "embedded",
    profile: Path | str | None = None,
    progress: Callable[[str, float, float], None] = lambda stage, done, total: None,
) -> EpisodeAnalysis:
    """The analysis of a pair, made with what a compiled `profile` carries; see `Workspace.analyze`."""
    compiled = load_compiled(Path(profile).expanduser())[0] if profile is not None else None
    return analyze_episode(
        pair.transcription,
        pair.document_graph,
        labels=pair.labels,
        labelled=labelled,
        classifier=compiled.classifier if compiled else None,
        analyst=compiled.podcast.analyst if compiled else None,
        speaker_gender=pair.speaker_gender,
        lm=lm,
        progress=progress,
    )


def analysed(pair: TrainingPair, analysis: EpisodeAnalysis) -> TrainingPair:
    """A pair with an analysis."""
    return pair.model_copy(
        update={
            "aligned_segments": analysis.segments,
            "structure_profile": analysis.structure,
            "style_profile": analysis.style,
            "questions": analysis.questions,
            "analysed_by": analysis.made_by,
        }
    )


def labelled_of(pairs: Sequence[TrainingPair]) -> dict[str, LabelledEpisode]:
    """What a classifier learns from, by pair: those that a person labelled."""
    return {
        pair.pair_id: labelled_episode(
            pair.pair_id, pair.transcription.segments, pair.document_graph, pair.labels
        )
        for pair in pairs
        if pair.labels
    }


def analyse(
    tree: Tree, *, pair: Named, labelled: Mapping[str, str], lm: str, profile: Named | None
) -> EpisodeAnalysis:
    """A task: analyse a pair of a workspace. Raises WorkspaceError, ModelError."""
    store = PairStore(tree)
    others = labelled_of([store.as_of(*one) for one in labelled.items()])
    if profile is not None:
        fits(file_sha256(Path(profile[0])), profile[1], Path(profile[0]))
    own = store.as_of(*pair)
    return analysis_of(own, list(others.values()), lm=lm, profile=profile[0] if profile else None)


def analysing(
    tree: Tree,
    pairs: Sequence[TrainingPair],
    wanted: Sequence[TrainingPair],
    *,
    lm: str,
    profile: Path | str | None,
) -> list[Task[EpisodeAnalysis]]:
    """The task of analysing each pair that is wanted, with the labels of the other `pairs`."""
    episodes = labelled_of(pairs)
    named = {pair.pair_id: pair for pair in (*pairs, *wanted)}
    needed = {*episodes, *(pair.pair_id for pair in wanted)}
    contents = {name: fingerprint([named[name].bare()]) for name in needed}
    place = Path(profile).expanduser().absolute() if profile is not None else None
    tasks = []
    for pair in wanted:
        others = {name: one for name, one in episodes.items() if name != pair.pair_id}
        inputs = {
            "pair": (pair.pair_id, contents[pair.pair_id]),
            "labelled": {name: contents[name] for name in others},
            "lm": lm,
            "profile": (str(place), file_sha256(place)) if place else None,
        }
        here = partial(analysis_of, pair, list(others.values()), lm=lm, profile=place)

        def told(tell: Callable[[float], None], here: Any = here) -> EpisodeAnalysis:
            found: EpisodeAnalysis = here(progress=lambda stage, done, total: tell(done / total))
            return found

        reads = [_documents(pair.pair_id), *map(_documents, others), *([str(place)] if place else [])]
        tasks.append(Task(analyse, tree.root, inputs, EpisodeAnalysis, here=told, reads=reads))
    return tasks


def _documents(pair_id: str) -> str:
    """Files of a pair in the workspace, without pictures."""
    return f"training_pairs/{pair_id}/*.json"


def _content(profile: AggregatedProfile) -> str:
    """Hash of a profile, in which the clock does not count: it is synthesized anew when a run is resumed."""
    return content_hash(profile.model_dump(mode="json", exclude={"created_at"}))


@lru_cache(maxsize=1)
def _trial(root: Path, made_of: str) -> tuple[PodcastProgram, AggregatedProfile, RolloutRunner]:
    """What all rollouts of a trial are made of. Raises WorkspaceError."""
    tree, named = Tree(root), json.loads(made_of)
    store = PairStore(tree)
    program = RunRecord(tree).program(named["trial"][0])
    fits(content_hash(program.dump_state()), named["trial"][1], tree.path("trials"))
    profile = ProfileVersions(tree).load(AggregatedProfile, named["profile"][0])
    fits(_content(profile), named["profile"][1], tree.path("profiles"))
    pairs = [store.as_of(*one) for one in named["training"].items()]
    return program, profile, RolloutRunner(tree, TrainingConfig.model_validate(named["config"]), pairs)


def roll_out(tree: Tree, *, pair: Named, repeat: int, **made_of: Any) -> Rollout:
    """A task: an episode of a trial. Raises WorkspaceError, and what `RolloutRunner.run` raises."""
    program, profile, runner = _trial(tree.root, json.dumps(made_of))
    own = PairStore(tree).as_of(*pair)
    return runner.run(program, profile, own, made_of["trial"][0], repeat)


def rolling_out(
    runner: RolloutRunner,
    program: PodcastProgram,
    profile: AggregatedProfile,
    wanted: Sequence[tuple[TrainingPair, int]],
    trial_id: str,
    contents: Mapping[str, str],
) -> list[Task[Rollout]]:
    """The task of each rollout of a trial, whose program is stored already. `contents` are hashes of the pairs.

    Each is kept in the trial's folder: one that is there is read, not run again.
    """
    made_of = {
        "trial": (trial_id, content_hash(program.dump_state())),
        "profile": (profile.version, _content(profile)),
        "training": {name: contents[name] for name in runner.training},
        "config": runner.config.model_dump(mode="json"),
    }
    return [
        Task(
            roll_out,
            runner.tree.root,
            {**made_of, "pair": (pair.pair_id, contents[pair.pair_id]), "repeat": repeat},
            Rollout,
            path=f"trials/{trial_id}/{runner.name(pair, repeat)}_rollout.json",
            here=lambda tell, pair=pair, repeat=repeat: runner.run(  # type: ignore[misc]
                program, profile, pair, trial_id, repeat
            ),
            reads=[
                f"trials/{trial_id}/program.json",
                f"profiles/aggregated_{profile.version}.json",
                LEXICON,
                *map(_documents, {*runner.training, pair.pair_id}),
            ],
        )
        for pair, repeat in wanted
    ]


def judge_script(
    tree: Tree, *, script: str | dict[str, Any], pair: Named, seconds: float | None, judge: str, voice: str
) -> LossMetrics:
    """A task: measure a script against a pair of a workspace. Raises WorkspaceError, ModelError."""
    read = script if isinstance(script, str) else Script.model_validate(script)
    own = PairStore(tree).as_of(*pair)
    return score_script(read, own, duration=seconds, judge=judge, trial_id="score", voice=voice)


def judging(
    tree: Tree, script: Script | str, pair: TrainingPair, *, seconds: float | None, judge: str, voice: str
) -> Task[LossMetrics]:
    """The task of measuring one script; what is measured whole is kept."""
    inputs = {
        "script": script if isinstance(script, str) else script.model_dump(mode="json"),
        "pair": (pair.pair_id, fingerprint([pair])),
        "seconds": seconds,
        "judge": judge,
        "voice": voice,
    }
    reads = [_documents(pair.pair_id)]
    return Task(judge_script, tree.root, inputs, LossMetrics, keep=measured_whole, reads=reads)


def measured_whole(metrics: LossMetrics) -> bool:
    """Whether no loss is unscored: a judge that failed is asked again."""
    return not metrics.unscored
