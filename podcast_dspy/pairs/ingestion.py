"""Ingestion: what lies in folders of papers, recordings and labels, and what is read and heard of it for a pair."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, PodcastError, SettingsError, UsageError
from podcast_dspy.pairs.labels import read_labels
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore, new_pair_id
from podcast_dspy.store import Tree, check_id, file_sha256, missing, new_folder
from podcast_dspy.tasks import Task, Tell, fits

RECORDINGS = frozenset(
    (".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac", ".aac", ".mp4", ".mov", ".mkv", ".webm")
)
_TRANSCRIPTS = tuple(f"transcript.{ending}" for ending in ("json", "vtt", "srt", "tsv", "txt"))
_LABELS = ("labels.json", "labels.csv", "gold.json")


@dataclass(frozen=True)
class PairFiles:
    """The files of one pair, not read yet."""

    pair_id: str
    paper: Path
    recording: Path
    """The podcast, or its transcript where there is no recording."""
    labels: Path | None = None
    speaker_gender: str = "unknown"

    @property
    def transcribed(self) -> bool:
        """Whether there is a transcript only."""
        return self.recording.name in _TRANSCRIPTS


def find_pairs(folder: Path) -> list[PairFiles]:
    """The pairs in a folder, by id.

    A subfolder with one PDF and one recording (else with `transcript.json`, `.vtt`, `.srt`, `.tsv` or `.txt`) is a pair
    of the subfolder's name; its labels are `labels.json`,
    `labels.csv` or `gold.json`. A PDF and a recording of the same name in the folder itself are a pair of that name,
    with labels in `NAME.labels.json` or `NAME.labels.csv`. JSON labels may tell the `speaker_gender`. Other files are
    passed over, and so is whatever has a paper or a recording only.

    Raises InputError when there is no such folder, no pair in it, or a subfolder leaves open what belongs together.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is no folder; give one that holds a subfolder with PDF and recording for each pair"
        )
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    found: list[tuple[str, Path, Path, Path | None]] = []
    for place in files:
        if place.is_dir():
            papers, recordings = _split(place.iterdir())
            recordings = recordings or [place / name for name in _TRANSCRIPTS if (place / name).is_file()][:1]
            if len(papers) > 1 or (papers and len(recordings) > 1):
                raise InputError(
                    f"{place} holds {len(papers)} PDFs and {len(recordings)} recordings; keep one of each there, "
                    "or add its pairs with `podcast-dspy ingest`"
                )
            if papers and recordings:
                labels = next((place / name for name in _LABELS if (place / name).is_file()), None)
                found.append((place.name, papers[0], recordings[0], labels))
    papers, recordings = _split(files)
    for paper in papers:
        same = [recording for recording in recordings if recording.stem == paper.stem]
        if len(same) > 1:
            named = " and ".join(recording.name for recording in same)
            raise InputError(f"{folder} holds {named} for {paper.name}; keep one of them there")
        if same:
            names = (paper.with_name(f"{paper.stem}.{name}") for name in _LABELS[:2])
            found.append((paper.stem, paper, same[0], next((name for name in names if name.is_file()), None)))
    if not found:
        raise InputError(
            f"{folder} holds no pair; put each paper and the podcast about it into a subfolder, or name them alike"
        )
    pairs: list[PairFiles] = []
    for name, paper, recording, labels in sorted(found, key=lambda item: item[0]):
        pair_id = new_pair_id(f"{name}.pdf", [pair.pair_id for pair in pairs])
        pairs.append(PairFiles(pair_id, paper, recording, labels, _gender(labels)))
    return pairs


def _split(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Papers and recordings among files, each sorted."""
    files = sorted(path for path in paths if path.is_file() and not path.name.startswith("."))
    papers = [path for path in files if path.suffix.lower() == ".pdf"]
    return papers, [path for path in files if path.suffix.lower() in RECORDINGS]


def _gender(labels: Path | None) -> str:
    """The speaker's gender that JSON labels tell; what else is wrong with them `read_labels` says."""
    if labels is None or labels.suffix != ".json":
        return "unknown"
    try:
        content = json.loads(labels.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return "unknown"
    gender = content.get("speaker_gender") if isinstance(content, dict) else None
    return gender if gender in ("male", "female") else "unknown"


@dataclass
class Ingested:
    """What came of a folder of pairs."""

    pairs: list[TrainingPair] = field(default_factory=list)
    """By id."""
    failed: dict[str, PodcastError] = field(default_factory=dict)
    """Why a pair could not be added, by id; the others were."""


class PairParts(BaseModel):
    """What a pair is made of: its paper, read, and its podcast, heard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: DocumentGraph
    transcription: TranscriptionResult


def ingest(
    tree: Tree,
    *,
    pair_id: str,
    paper: tuple[str, str],
    recording: tuple[str, str] | None,
    stt: str,
    tell: Tell = lambda done: None,
) -> PairParts:
    """A task: read a paper and transcribe the podcast about it, each a path with its sha256.

    Both are kept in the pair's folder, by what they were made from; after a failure a new folder vanishes. Without a
    recording `stt` is its transcript, `import:FILE`. Raises DocumentError, AudioError, WorkspaceError.
    """
    from podcast_dspy.audio import read_transcript, transcribe, transcriber_key
    from podcast_dspy.documents import read_document

    folder, pdf = tree.pair(pair_id), Path(paper[0])
    fits(file_sha256(pdf), paper[1], pdf)

    def read() -> DocumentGraph:
        return read_document(pdf, images_dir=tree.path(folder, "figures")).with_pictures(tree.relative)

    def hear(audio: tuple[str, str]) -> TranscriptionResult:
        fits(file_sha256(Path(audio[0])), audio[1], Path(audio[0]))
        made_of = {"audio": audio[1], "stt": transcriber_key(stt)}
        return tree.stage(
            made_of,
            lambda: transcribe(Path(audio[0]), stt=stt, progress=tell),
            TranscriptionResult,
            folder / "transcription.json",
        )

    with new_folder(folder):
        code = ("podcast_dspy.documents", "podcast_dspy.text")
        document = tree.stage({"paper": paper[1]}, read, DocumentGraph, folder / "document.json", code=code)
        transcription = hear(recording) if recording else read_transcript(stt.removeprefix("import:"))
    return PairParts(document=document.with_pictures(tree.stored), transcription=transcription)


def telling_name(pdf: Path) -> Path:
    """The file, or its folder's name for it where its own says nothing, as `paper.pdf` does."""
    return pdf.with_name(pdf.absolute().parent.name) if pdf.stem.lower() in ("paper", "article") else pdf


def ingestion(
    tree: Tree,
    pdf: Path | str,
    audio: Path | str | None,
    *,
    speaker_gender: str,
    source: str,
    labels: Path | str | None,
    stt: str,
    pair_id: str | None,
) -> tuple[Task[PairParts], Callable[[PairParts], TrainingPair]]:
    """What has to be done for a pair, and what keeps it when that is done; see `Workspace.ingest`.

    Raises DocumentError, AudioError, UsageError, SettingsError for what is wrong with its files.
    """
    from podcast_dspy.audio import probe, read_transcript
    from podcast_dspy.documents import local_material

    store = PairStore(tree)
    spans = read_labels(labels) if labels is not None else ()
    if str(pdf).startswith(("http:", "https:")):
        raise InputError(
            "a pair needs the file of its paper; download the paper and give its path with --pdf"
        )
    paper = Path(pdf).expanduser().absolute()
    local_material(paper)
    recording: tuple[str, str] | None = None
    if audio is not None:
        heard = Path(audio).expanduser().absolute()
        recording = str(heard), probe(heard).sha256
    elif not stt.startswith("import:"):
        raise UsageError("a pair without a recording needs its transcript; give --transcript, or --audio")
    sha256 = file_sha256(paper)
    key = recording[1] if recording else read_transcript(stt.removeprefix("import:")).sha256
    existing = store.of_files(sha256, key)
    name = (
        check_id(pair_id, "a pair id")
        if pair_id
        else existing or new_pair_id(telling_name(paper), store.list())
    )
    if pair_id and pair_id in store.list() and existing != pair_id:
        raise SettingsError(f"there is a pair {pair_id!r} of other files already; choose another id")
    fresh = missing(tree.pair(name))
    inputs: dict[str, Any] = {
        "pair_id": name,
        "paper": (str(paper), sha256),
        "recording": recording,
        "stt": stt,
    }

    def finish(parts: PairParts) -> TrainingPair:
        pair = TrainingPair(
            pair_id=name,
            pdf_path=str(paper),
            audio_path=recording[0] if recording else "",
            document_graph=parts.document,
            transcription=parts.transcription,
            labels=spans,
            speaker_gender=speaker_gender,
            source=source,
            duration_minutes=parts.transcription.total_duration / 60.0,
        )
        if existing == name:
            pair = pair.analyzed_as(store.get(name))
        with new_folder(tree.pair(name), fresh):
            store.add(pair)
        return pair

    here = partial(ingest, tree, **inputs)
    transcript = str(Path(stt.removeprefix("import:")).absolute())
    reads = [str(paper), recording[0] if recording else transcript, f"training_pairs/{name}/*.json"]
    task = Task(
        ingest, tree.root, inputs, PairParts, path=None, here=lambda tell: here(tell=tell), reads=reads
    )
    return task, finish
