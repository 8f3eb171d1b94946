"""Requests about pairs (upload, labels, recording, waveform) and about training (the run, its trials, its forecast)."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.documents.material import PAPER_ENDINGS
from podcast_dspy.errors import UnknownNameError, UsageError, WorkspaceError, WorkspaceLockedError
from podcast_dspy.lms.forecast import Forecast
from podcast_dspy.metrics import LOSSES
from podcast_dspy.optimizers import STRATEGIES, RunRecord, TrialResult
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.reports import compare
from podcast_dspy.reports.differences import between
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import PromptVersions, check_id, content_hash
from podcast_dspy.studio.jobs import Job
from podcast_dspy.studio.server import (
    LABEL_KINDS,
    SOUND_KINDS,
    TRANSCRIPT_KINDS,
    Place,
    Queue,
    keep_upload,
)
from podcast_dspy.workspace import Workspace

router = APIRouter(tags=["pairs", "training"])

_PEAKS_RATE: Final = 8000
"""Samples a second that a waveform is drawn from."""


class Labels(BaseModel):
    """A person's labels of a whole episode, and the `version` that they were made from."""

    model_config = ConfigDict(extra="forbid")

    labels: list[LabelledSpan]
    version: str


@router.get("/pairs")
def pairs(place: Place) -> list[dict[str, Any]]:
    """All pairs, without their transcripts."""
    store = PairStore(place.tree)
    return [_listed(place, store, name) for name in store.list()]


def _listed(place: Place, store: PairStore, name: str) -> dict[str, Any]:
    known = store.metadata(name)
    return {
        "pair_id": name,
        "title": known.title,
        "minutes": known.duration_minutes,
        "labels": len(known.labels),
        "analyzed": (place.tree.pair(name) / "aligned_segments.json").exists(),
        "analyzed_by": known.analysed_by,
    }


@router.post("/pairs", status_code=202)
def add(
    place: Place,
    queue: Queue,
    paper: Annotated[UploadFile, File()],
    recording: Annotated[UploadFile | None, File()] = None,
    transcript: Annotated[UploadFile | None, File()] = None,
    labels: Annotated[UploadFile | None, File()] = None,
    speaker_gender: Annotated[Literal["female", "male", "unknown"], Form()] = "unknown",
) -> Job:
    """Upload a paper and the podcast about it: a recording, a transcript, or both. The job makes a pair of them."""
    if recording is None and transcript is None:
        raise UsageError("a pair needs a recording or a transcript beside its paper; add one")
    arguments = ["ingest", f"--pdf={keep_upload(place.tree, paper, PAPER_ENDINGS)}"]
    for option, upload, kinds in (
        ("--audio", recording, SOUND_KINDS),
        ("--transcript", transcript, TRANSCRIPT_KINDS),
        ("--labels", labels, LABEL_KINDS),
    ):
        if upload is not None:
            arguments.append(f"{option}={keep_upload(place.tree, upload, kinds)}")
    arguments += [f"--speaker-gender={speaker_gender}", "--json"]
    return queue.add("ingest", str(paper.filename or "paper"), arguments)


@router.post("/pairs/analyze", status_code=202)
def analyze(queue: Queue) -> Job:
    """Analyse every pair that is not yet, and make the profile of all."""
    return queue.add("analyze", "pairs", ["analyze-all", "--json"])


@router.get("/types")
def types() -> list[dict[str, Any]]:
    """The segment types in their usual order: what each means, its key, its colours on a light and on a dark page."""
    return [
        {"name": kind.value, "means": kind.row.means, "key": kind.row.key, "colours": kind.row.colours}
        for kind in SEGMENT_TYPES
    ]


@router.get("/endings")
def endings() -> dict[str, str]:
    """What files of each kind may end in, as browsers are told."""
    kinds = {"paper": PAPER_ENDINGS, "transcript": TRANSCRIPT_KINDS, "labels": LABEL_KINDS}
    return {name: ",".join(known) for name, known in kinds.items()}


@router.get("/pairs/{pair_id}")
def pair(pair_id: str, place: Place) -> dict[str, Any]:
    """One pair: its sentences with times and types, a person's labels, and what speaks against the pair."""
    found = place.pair(pair_id)
    typed = {segment.segment_id: segment for segment in found.aligned_segments or ()}
    return {
        **_listed(place, PairStore(place.tree), pair_id),
        "seconds": found.transcription.total_duration,
        "version": _version(found),
        "confidence": found.confidence,
        "spans": found.labels,
        "has_recording": _recording(place, found) is not None,
        "sentences": [
            {
                "id": said.segment_id,
                "text": said.text,
                "start": said.start_time,
                "end": said.end_time,
                "speaker": said.speaker,
                "type": typed[said.segment_id].segment_type if said.segment_id in typed else None,
                "sure": typed[said.segment_id].type_confidence if said.segment_id in typed else None,
            }
            for said in found.transcription.segments
        ],
    }


def _version(found: TrainingPair) -> str:
    return content_hash([span.model_dump() for span in found.labels])


@router.put("/pairs/{pair_id}/labels")
def label(pair_id: str, labels: Labels, place: Place) -> dict[str, str]:
    """Give a pair its labels. Labels that somebody else has changed since they were read are a conflict (409)."""
    with place.tree.lock("labels", timeout=5):
        if _version(place.pair(pair_id)) != labels.version:
            raise WorkspaceLockedError(
                f"the labels of {pair_id} were changed elsewhere since this page read them; load the page again"
            )
        place.label(pair_id, labels.labels)
        return {"version": _version(place.pair(pair_id))}


@router.delete("/pairs/{pair_id}")
def remove(pair_id: str, place: Place) -> dict[str, str]:
    """Take a pair out of the workspace; the files that were uploaded stay."""
    PairStore(place.tree).remove(pair_id)
    return {"removed": pair_id}


@router.get("/pairs/{pair_id}/audio")
def audio(pair_id: str, place: Place) -> FileResponse:
    """The recording, if it lies in the workspace; ranges may be asked for."""
    return FileResponse(_sound(place, pair_id))


@router.get("/pairs/{pair_id}/peaks")
def peaks(pair_id: str, place: Place, points: Annotated[int, Query(ge=10, le=5000)] = 1500) -> list[float]:
    """The recording's loudest sample (0-1) in each of `points` equal parts."""
    from podcast_dspy.audio.decoding import decode

    samples = np.abs(decode(_sound(place, pair_id), rate=_PEAKS_RATE))
    edges = np.linspace(0, len(samples), min(points, len(samples)) + 1).astype(int)[:-1]
    return [round(float(peak), 3) for peak in np.maximum.reduceat(samples, edges)] if len(samples) else []


def _recording(place: Place, found: TrainingPair) -> str | None:
    """Path of the pair's recording; None for one that has none, or has it outside of the workspace."""
    if not found.audio_path:
        return None
    try:
        return place.tree.stored(found.audio_path)
    except WorkspaceError:
        return None


def _sound(place: Place, pair_id: str) -> str:
    found = _recording(place, place.pair(pair_id))
    if found is None:
        raise UnknownNameError(
            f"the recording of {pair_id} does not lie in the workspace, and is not served from elsewhere; "
            "upload paper and recording here to hear it"
        )
    return found


class TrainingRequest(BaseModel):
    """A training run to begin; what is left out is as in `podcast-dspy compile`."""

    model_config = ConfigDict(extra="forbid")

    max_trials: int = Field(default=10, ge=1, le=1000)
    holdout: str | None = None
    optimizer: str = "neighbours"
    lm: str | None = None
    judge_lm: str | None = None
    reflection_lm: str | None = None
    voice: str | None = None
    seed: int = 0
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars."""

    def config(self) -> TrainingConfig:
        """As a configuration."""
        given = {
            "lm": self.lm,
            "judge_lm": self.judge_lm,
            "reflection_lm": self.reflection_lm,
            "voice": self.voice,
        }
        return TrainingConfig(
            max_trials=self.max_trials,
            holdout=self.holdout,
            optimizer=self.optimizer,
            seed=self.seed,
            roles=ModelRoles(**{name: value for name, value in given.items() if value is not None}),
        )


@router.get("/training")
def training(place: Place) -> dict[str, Any]:
    """The run of this workspace: its settings, the losses of every trial, the best one, its cost, how it ended.

    The losses come as one row for each loss, from one file, so that thousands of trials are one small answer.
    """
    record = place.record
    config, final = record.config(), record.final()
    curves = place.tree.convergence("loss_history")
    best = place.tree.convergence("best_trial")
    kept = place.tree.read_json(best) if best.exists() else None
    return {
        "losses": [*LOSSES, "total"],
        "optimizers": list(STRATEGIES),
        "config": config,
        "outside": config.roles.outside() if config else {},
        "history": place.tree.read_json(curves) if curves.exists() else None,
        "best": kept,
        "intervals": _intervals(place, kept),
        "finished": final is not None,
        "converged": final[0] if final else None,
        "reason": final[1] if final else None,
        "spent": _spent(record),
    }


def _intervals(place: Workspace, best: dict[str, Any] | None) -> dict[str, Any]:
    """95% intervals of what the best trial changed the total loss by, against the uncompiled program."""
    first = place.tree.trial(0) / "results.json"
    if best is None or not first.exists():
        return {}
    comparison = compare(_trial(place, first.parent.name), _trial(place, best["trial_id"])).data()
    sides = {"training": comparison["losses"], "held_out": comparison["held_out"]}
    return {name: side["total"]["interval"] for name, side in sides.items() if "total" in side}


def _spent(record: RunRecord) -> dict[str, Any]:
    spent = record.spent()
    return {
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost,
        "seconds": sum(spent.seconds.values()),
    }


@router.post("/training", status_code=202)
def begin(request: TrainingRequest, queue: Queue) -> Job:
    """Begin a new run; the trials of the last one go to the workspace's archive."""
    return queue.add("compile", "training", ["compile", *_options(request), "--json"])


class Resumption(BaseModel):
    """Models that the run to go on with gets from outside of this program, named again: they read its papers."""

    model_config = ConfigDict(extra="forbid")

    lm: str | None = None
    judge_lm: str | None = None
    reflection_lm: str | None = None
    voice: str | None = None
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars, those that were spent before included."""


@router.post("/training/resume", status_code=202)
def resume(queue: Queue, again: Resumption | None = None) -> Job:
    """Go on with the run that was stopped, with its settings; its `outside` models have to be named again."""
    return queue.add(
        "compile", "training", ["compile", "--resume", *_options(again or Resumption()), "--json"]
    )


def _options(request: BaseModel) -> list[str]:
    """As the command line takes them; each value stands behind its `=`, so that none is taken for an option."""
    given = request.model_dump(exclude_none=True)
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]


@router.post("/training/forecast")
def forecast(request: TrainingRequest, place: Place) -> Forecast:
    """What such a run would take at most; nothing is asked of a model."""
    return place.forecast(request.config())


@router.get("/trials/{trial_id}")
def trial(trial_id: str, place: Place) -> TrialResult:
    """One trial, by its id, with every pair's losses and their evidence."""
    return _trial(place, trial_id)


@router.get("/trials/{first}/against/{second}")
def against(first: str, second: str, place: Place) -> dict[str, Any]:
    """Two trials side by side, on training and held-out pairs, and what prompts and profile differ in."""
    before, after = _trial(place, first), _trial(place, second)
    changed = None
    with contextlib.suppress(UnknownNameError):  # their prompts are not kept any more
        changed = between(place.tree, before, after)
    return {**compare(before, after).data(), "differences": changed}


def _trial(place: Place, trial_id: str) -> TrialResult:
    """One trial from its own file; that of a name such as `best` by looking through all of them."""
    file = place.tree.trial(trial_id) / "results.json"
    if file.exists():
        return place.tree.read_model(file, TrialResult, trial_id=trial_id)
    return place.trial(trial_id)


@router.get("/prompts/{version}")
def prompts(version: str, place: Place) -> dict[str, str]:
    """The prompts of a version (`v1`), by name."""
    return PromptVersions(place.tree).load(check_id(version, "a version"))
