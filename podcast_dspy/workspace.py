"""Workspace: the pairs, profiles and trials of one training project, and the steps that fill it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from podcast_dspy.errors import PodcastError, SettingsError, UnknownNameError
from podcast_dspy.pairs.ingestion import Ingested, PairParts, find_pairs, ingestion
from podcast_dspy.pairs.labels import check_spans
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import EnvironmentSettings, TrainingConfig
from podcast_dspy.store import Tree, file_sha256
from podcast_dspy.tasks import Task, outcomes, run

if TYPE_CHECKING:
    from podcast_dspy.generation.script import Script
    from podcast_dspy.kb import KnowledgeBase
    from podcast_dspy.lms import Budget
    from podcast_dspy.lms.forecast import Forecast
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import RunRecord, TrainingRun, TrialResult
    from podcast_dspy.profiles import AggregatedProfile
    from podcast_dspy.reports.tracking import Tracker
    from podcast_dspy.store import MemoryEntry

Progress = Callable[[str, float, float], None]
"""(stage, done, total): what is being done, and how far it is."""


def _silent(stage: str, done: float, total: float) -> None:
    """Report nothing."""


def recording_seconds(audio: Path | str) -> float:
    """The length of an episode's recording. Raises AudioError: silence of the right length is no episode."""
    from podcast_dspy.audio import probe
    from podcast_dspy.audio.decoding import decode_recording

    seconds = probe(Path(audio)).duration
    decode_recording(Path(audio), rate=8000)
    return seconds


class Workspace:
    """One training project on disk.

    The path defaults to `$PODCAST_DSPY_WORKSPACE`, else `./podcast_training`. Nothing is written before the first
    step that has something to keep; a step that fails leaves the workspace as it was.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.tree = Tree(path if path is not None else EnvironmentSettings().workspace)
        self._pairs = PairStore(self.tree)

    @property
    def path(self) -> Path:
        """Folder of the workspace."""
        return self.tree.root

    @property
    def lexicon(self) -> dict[str, str]:
        """Respellings for the voice, from the workspace's lexicon.toml (`word = "as spoken"`). Raises InputError."""
        from podcast_dspy.text.normalisation import LEXICON, project_lexicon

        return project_lexicon(self.tree.path(LEXICON))

    # Pairs

    @property
    def pairs(self) -> list[TrainingPair]:
        """All training pairs, by id."""
        return [self._pairs.get(pair_id) for pair_id in self._pairs.list()]

    def pair(self, pair_id: str) -> TrainingPair:
        """One pair. Raises UnknownNameError."""
        return self._pairs.get(pair_id)

    def ingest(
        self,
        pdf: Path | str,
        audio: Path | str | None = None,
        *,
        speaker_gender: str = "unknown",
        source: str = "",
        labels: Path | str | None = None,
        stt: str = "embedded",
        pair_id: str | None = None,
        progress: Progress | None = None,
    ) -> TrainingPair:
        """Read a paper, transcribe the podcast about it, and keep both as a training pair.

        Without a recording `stt` is the transcript of it, `import:FILE`. `labels` names a file with a person's segment
        types (JSON or CSV). Ingesting the same two files again
        returns the pair that is there, with the labels of this call; with others it has to be analysed anew.
        Raises DocumentError, AudioError, UsageError, PrerequisiteError, WorkspaceError.
        """
        report = progress or _silent
        stage = f"reading {Path(pdf).name} and what is said about it"
        task, finish = ingestion(
            self.tree,
            pdf,
            audio,
            speaker_gender=speaker_gender,
            source=source,
            labels=labels,
            stt=stt,
            pair_id=pair_id,
        )
        (parts,) = run([task], lambda done: report(stage, done, 1))
        return finish(parts)

    def label(self, pair_id: str, labels: Sequence[LabelledSpan]) -> None:
        """Give a pair a person's labels; with others than before it has to be analysed anew.

        Raises UnknownNameError, UsageError, WorkspaceError.
        """
        check_spans(labels)
        self._pairs.relabel(pair_id, labels)

    def ingest_all(
        self,
        folder: Path | str,
        *,
        source: str = "",
        stt: str = "embedded",
        progress: Progress | None = None,
    ) -> Ingested:
        """Ingest every pair of a folder, several at a time; see `pairs.find_pairs` for how they lie there.

        Pairs that are there already are not transcribed again. A pair that cannot be used does not keep the others:
        it is named in the result, with its error. Raises InputError.
        """
        report, result = progress or _silent, Ingested()
        wanted: dict[str, tuple[Task[PairParts], Callable[[PairParts], TrainingPair]]] = {}
        for files in find_pairs(Path(folder).expanduser()):
            try:
                wanted[files.pair_id] = ingestion(
                    self.tree,
                    files.paper,
                    None if files.transcribed else files.recording,
                    speaker_gender=files.speaker_gender,
                    source=source,
                    labels=files.labels,
                    stt=f"import:{files.recording}" if files.transcribed else stt,
                    pair_id=self._pairs.of_files(file_sha256(files.paper), file_sha256(files.recording))
                    or files.pair_id,
                )
            except PodcastError as error:
                result.failed[files.pair_id] = error
        stage = f"ingesting {len(wanted)} pair{'s' * (len(wanted) > 1)}"
        found = outcomes([task for task, _ in wanted.values()], lambda done: report(stage, done, len(wanted)))
        for (pair_id, (_, finish)), parts in zip(wanted.items(), found, strict=True):
            if isinstance(parts, PodcastError):
                result.failed[pair_id] = parts
            else:
                result.pairs.append(finish(parts))
        return result

    # Analysis

    def analyze(
        self,
        pair_id: str,
        *,
        lm: str = "embedded",
        profile: Path | str | None = None,
        progress: Progress | None = None,
    ) -> TrainingPair:
        """Type the segments of a pair's podcast, link them to the paper, and extract both profiles.

        A person's labels win. Without them a capable `lm` reads the transcript, with the analyst of a compiled
        `profile` if one is named. With any other the profile's classifier types the segments, or, when none is named,
        one compiled on the labelled pairs of the workspace, or on the built-in examples.
        Raises UnknownNameError, ProfileError, ModelError, WorkspaceError.
        """
        return self._analyze([self.pair(pair_id)], self.pairs, lm=lm, profile=profile, progress=progress)[0]

    def _analyze(
        self,
        wanted: Sequence[TrainingPair],
        pairs: Sequence[TrainingPair],
        *,
        lm: str,
        profile: Path | str | None,
        progress: Progress | None,
    ) -> list[TrainingPair]:
        from podcast_dspy.optimizers.stage_tasks import analysed, analysing

        stage = f"analysing {wanted[0].pair_id if len(wanted) == 1 else f'{len(wanted)} pairs'}"
        tasks = analysing(self.tree, pairs, wanted, lm=lm, profile=profile)
        found = run(tasks, lambda done: (progress or _silent)(stage, done, len(tasks)))
        done = []
        for pair, analysis in zip(wanted, found, strict=True):
            done.append(analysed(pair, analysis))
            self._pairs.keep_analysis(done[-1])
        return done

    def analyze_all(
        self,
        *,
        lm: str = "embedded",
        again: bool = False,
        profile: Path | str | None = None,
        progress: Progress | None = None,
    ) -> list[TrainingPair]:
        """Analyse every pair that is not analysed yet (`again`: all), and synthesize the profile; see `analyze`."""
        from podcast_dspy.optimizers.artifacts import store_profile

        pairs = self.pairs
        if not pairs:
            raise SettingsError(
                "there are no pairs yet; add one with `podcast-dspy ingest --pdf ... --audio ...`"
            )
        wanted = [pair for pair in pairs if again or pair.aligned_segments is None]
        fresh = self._analyze(wanted, pairs, lm=lm, profile=profile, progress=progress)
        made = {pair.pair_id: pair for pair in fresh}
        done = [made.get(pair.pair_id, pair) for pair in pairs]
        store_profile(self.tree, self._synthesized(), activate=True)
        return done

    def score(
        self, script: Script | str, pair: TrainingPair, *, audio: Path | None, judge: str, voice: str
    ) -> LossMetrics:
        """All losses of a script against a pair of the workspace; see `api.score`. Raises AudioError, SettingsError."""
        from podcast_dspy.optimizers.stage_tasks import judging

        seconds = recording_seconds(audio) if audio is not None else None
        (metrics,) = run([judging(self.tree, script, pair, seconds=seconds, judge=judge, voice=voice)])
        return metrics

    def profile(self) -> AggregatedProfile:
        """The current profile; before `analyze_all` has stored one, that of the pairs analysed so far. Writes nothing.

        Raises SettingsError without an analysed pair, WorkspaceError.
        """
        from podcast_dspy.profiles import AggregatedProfile
        from podcast_dspy.store import ProfileVersions

        versions = ProfileVersions(self.tree)
        return versions.load(AggregatedProfile) if versions.current() else self._synthesized()

    def _synthesized(self) -> AggregatedProfile:
        """What all analysed pairs have in common. Raises SettingsError without any."""
        from podcast_dspy.profiles import synthesize

        analyzed = [pair for pair in self.pairs if pair.aligned_segments is not None]
        if not analyzed:
            raise SettingsError("no pair is analysed yet; run `podcast-dspy analyze-all`")
        return synthesize(analyzed, version="not stored")

    @property
    def learnings(self) -> list[MemoryEntry]:
        """What every program that became the best of a run had learned, oldest first."""
        from podcast_dspy.optimizers.artifacts import learnings

        return learnings(self.tree)

    def rollback(self, to: str | None = None) -> str:
        """Go back to an earlier compiled profile, with its profile and prompts; see `optimizers.artifacts.rollback`."""
        from podcast_dspy.optimizers.artifacts import rollback

        return rollback(self.tree, to)

    # Training

    def compile(
        self,
        config: TrainingConfig | None = None,
        *,
        resume: bool = False,
        progress: Progress | None = None,
        budget: Budget | None = None,
        mlflow: str | None = None,
        tell: Callable[[str], None] = warnings.warn,
    ) -> TrainingRun:
        """Train on the analysed pairs; see `optimizers.run_training_loop`.

        `mlflow` is the address of a tracking server, which gets every trial when it is stored. Raises PrerequisiteError
        when it does not answer at the start; if it fails later, `tell` is called once.
        """
        from podcast_dspy.optimizers import run_training_loop

        tracker = self.tracker(mlflow) if mlflow else None
        with tracker.traced() if tracker else nullcontext():
            return run_training_loop(
                self.tree,
                self.pairs,
                config or TrainingConfig(),
                resume=resume,
                progress=progress,
                budget=budget,
                after_trial=lambda: tracker.follow(tell) if tracker is not None else None,
            )

    def report(self, output: Path | str) -> Path:
        """Write the evaluation page of the last run. Raises UsageError before the first trial, WorkspaceError."""
        from podcast_dspy.reports.evaluation import run_html
        from podcast_dspy.store import atomic_write

        atomic_write(Path(output).absolute(), run_html(self.tree, output).encode("utf-8"))
        return Path(output)

    def tracker(self, mlflow: str) -> Tracker:
        """What uploads the training run here to an MLflow server. Raises UsageError, PrerequisiteError."""
        from podcast_dspy.reports.tracking import Tracker

        return Tracker(self.tree, mlflow)

    def forecast(
        self, config: TrainingConfig | None = None, *, resume: bool = False, batch: bool = False
    ) -> Forecast:
        """What `compile` will take at most; no model is asked, nothing is written.

        Raises as `compile` does at its start.
        """
        from podcast_dspy.optimizers.run_forecast import forecast_run

        return forecast_run(self.tree, self.pairs, config or TrainingConfig(), resume=resume, batch=batch)

    @property
    def record(self) -> RunRecord:
        """The training run here: its configuration, its trials, how it ended."""
        from podcast_dspy.optimizers import RunRecord

        return RunRecord(self.tree)

    def can_resume(self, config: TrainingConfig) -> bool:
        """Whether a run with these settings and these pairs was begun here, finished or not."""
        return self.record.matches(config, self.pairs)

    @property
    def trials(self) -> list[TrialResult]:
        """Finished trials of the current run, the baseline first."""
        return self.record.trials()

    def trial(self, trial_id: str) -> TrialResult:
        """One trial. Raises UnknownNameError."""
        return self.record.trial(trial_id)

    def export(self, output: Path | str) -> Path:
        """Copy the compiled profile to a file of its own. Raises UnknownNameError before the first training run."""
        from podcast_dspy.optimizers import COMPILED_PROFILE
        from podcast_dspy.profiles import CompiledProfile

        source = self.tree.path(COMPILED_PROFILE)
        if not source.exists():
            raise UnknownNameError("there is no compiled profile yet; run `podcast-dspy compile`")
        CompiledProfile.load(source).save(Path(output))
        return Path(output)

    def export_prompts(self, output: Path | str) -> Path:
        """Write the best trial's prompts as one JSON object of texts. Raises UnknownNameError before the first run."""
        from podcast_dspy.optimizers.artifacts import export_prompts

        return export_prompts(self.tree, self.record.trials(), Path(output))

    def export_pairs(
        self,
        folder: Path | str,
        *,
        held_out: str | None = None,
        media: bool = True,
        licence: str = "other",
    ) -> dict[str, Path]:
        """Write the pairs as a HuggingFace dataset (Parquet); see `pairs.export`.

        `held_out` is by default the pair that the training run here keeps out.
        """
        from podcast_dspy.pairs.parquet import export

        config = self.record.config()
        if held_out is None and config is not None and config.holdout in self._pairs.list():
            held_out = config.holdout
        return export(self.pairs, folder, held_out=held_out, media=media, licence=licence)

    def import_pairs(
        self, path: Path | str, *, replace: bool = False, progress: Progress | None = None
    ) -> dict[str, str]:
        """Add the pairs of such a dataset; see `pairs.import_pairs`."""
        from podcast_dspy.pairs.parquet import import_pairs

        return import_pairs(self.tree, Path(path).expanduser(), replace=replace, progress=progress or _silent)

    def kb(self, name: str) -> KnowledgeBase:
        """A knowledge base of the workspace."""
        from podcast_dspy.kb import KnowledgeBase

        return KnowledgeBase(self.tree, name)
