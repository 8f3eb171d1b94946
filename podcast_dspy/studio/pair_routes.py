"""Requests about pairs: upload, what was said and of what type, labels, the recording and its waveform."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from podcast_dspy.documents.material import PAPER_ENDINGS
from podcast_dspy.errors import UnknownNameError, UsageError, WorkspaceError, WorkspaceLockedError
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import content_hash
from podcast_dspy.studio.common_routes import (
    LABEL_KINDS,
    SOUND_KINDS,
    TRANSCRIPT_KINDS,
    Place,
    Queue,
    keep_upload,
)
from podcast_dspy.studio.jobs import Job

router = APIRouter(tags=["pairs"])

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
