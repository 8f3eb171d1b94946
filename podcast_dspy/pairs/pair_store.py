"""Training pairs in the workspace: `training_pairs/<id>/` with one readable file for each part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.comprehension import PaperQuestion
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import (
    UnknownNameError,
    WorkspaceError,
    WorkspaceLockedError,
)
from podcast_dspy.pairs.dataset import fingerprint
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.store import Tree, file_sha256, unique_id
from podcast_dspy.tasks import fits

M = TypeVar("M", bound=BaseModel)
_WAIT = 10.0


class PairMetadata(BaseModel):
    """`metadata.json` of a pair. Paths inside the workspace are relative to it, so that it can be moved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    pair_id: str
    pdf_path: str
    pdf_sha256: str
    audio_path: str
    """Empty where there is only a transcript, whose hash then is `audio_sha256`."""
    audio_sha256: str
    speaker_gender: str
    source: str
    duration_minutes: float
    title: str
    labels: tuple[LabelledSpan, ...] = ()
    analysed_by: str = ""


def new_pair_id(pdf_path: Path | str, existing: Iterable[str]) -> str:
    """An id made from the paper's file name, with `-2`, `-3`, ... when it is taken."""
    return unique_id(Path(pdf_path).stem, frozenset(existing))


class PairStore:
    """The training pairs of a workspace."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def add(self, pair: TrainingPair) -> Path:
        """Write a pair, replacing one of the same id, and return its folder.

        Files whose content is already there are left as they are (with what the stage cache noted in
        them); `metadata.json` comes last, and only then does `list` show a new pair.
        Raises UsageError for an unsafe id, WorkspaceError, WorkspaceLockedError, DiskFullError.
        """
        folder = self._tree.pair(pair.pair_id)
        with self._tree.lock("pairs", timeout=_WAIT):
            self._put(folder / "document.json", pair.document_graph.with_pictures(self._tree.relative))
            self._put(folder / "transcription.json", pair.transcription)
            self._put_many(folder / "aligned_segments.json", pair.aligned_segments, AlignedSegment)
            self._put(folder / "structure_profile.json", pair.structure_profile)
            self._put(folder / "style_profile.json", pair.style_profile)
            self._put_many(folder / "questions.json", pair.questions, PaperQuestion)
            self._put(folder / "metadata.json", self._metadata(pair))
        return folder

    def get(self, pair_id: str) -> TrainingPair:
        """Read a pair. Raises UnknownNameError naming the pairs that exist, WorkspaceError."""
        metadata = self.metadata(pair_id)
        folder = self._tree.pair(pair_id)
        document = self._tree.read_model(folder / "document.json", DocumentGraph)
        transcription = self._tree.read_model(folder / "transcription.json", TranscriptionResult)
        for part, found, named in (
            ("document.json", document.sha256, metadata.pdf_sha256),
            ("transcription.json", transcription.sha256, metadata.audio_sha256),
        ):
            if found and found != named:
                raise WorkspaceError(
                    f"{folder / part} was made from another file than metadata.json names; delete the folder and "
                    "ingest the pair again"
                )
        segments, questions = folder / "aligned_segments.json", folder / "questions.json"
        return TrainingPair(
            pair_id=metadata.pair_id,
            pdf_path=str(self._tree.root / metadata.pdf_path),
            audio_path=str(self._tree.root / metadata.audio_path) if metadata.audio_path else "",
            document_graph=document.with_pictures(self._tree.stored),
            # With its hash a pair need not be read from the file that its metadata names, which may be any.
            transcription=transcription.model_copy(update={"sha256": metadata.audio_sha256}),
            labels=metadata.labels,
            aligned_segments=self._tree.read_models(segments, AlignedSegment) if segments.exists() else None,
            structure_profile=self._optional(folder / "structure_profile.json", StructureProfile),
            style_profile=self._optional(folder / "style_profile.json", StyleProfile),
            questions=self._tree.read_models(questions, PaperQuestion) if questions.exists() else None,
            analysed_by=metadata.analysed_by,
            speaker_gender=metadata.speaker_gender,
            source=metadata.source,
            duration_minutes=metadata.duration_minutes,
        )

    def as_of(self, pair_id: str, content: str) -> TrainingPair:
        """A pair whose content (`dataset.fingerprint`, with its analysis or without) has that hash.

        Raises WorkspaceError where it is another one.
        """
        pair = self.get(pair_id)
        known = (fingerprint([pair]), fingerprint([pair.bare()]))
        fits(content if content in known else known[0], content, self._tree.pair(pair_id))
        return pair

    def metadata(self, pair_id: str) -> PairMetadata:
        """What a listing shows, without reading the transcript. Raises UnknownNameError, WorkspaceError."""
        file = self._tree.pair(pair_id) / "metadata.json"
        if not file.exists():
            known = ", ".join(self.list()) or "none yet; add one with: podcast-dspy ingest"
            raise UnknownNameError(f"no training pair {pair_id!r} in {self._tree.root}; pairs: {known}")
        return self._tree.read_model(file, PairMetadata, pair_id=pair_id)

    def list(self) -> list[str]:
        """Ids of all pairs, sorted."""
        folder = self._tree.path("training_pairs")
        return [name for name in self._tree.folders(folder) if (folder / name / "metadata.json").exists()]

    def of_files(self, pdf_sha256: str, audio_sha256: str) -> str | None:
        """Id of the pair that was made of these two files, if there is one."""
        for pair_id in self.list():
            metadata = self.metadata(pair_id)
            if (metadata.pdf_sha256, metadata.audio_sha256) == (pdf_sha256, audio_sha256):
                return pair_id
        return None

    def keep_analysis(self, analysed: TrainingPair) -> None:
        """Write a pair with its analysis. Raises WorkspaceLockedError if its labels changed while that was made."""
        with self._tree.lock("pairs", timeout=_WAIT):
            if self.metadata(analysed.pair_id).labels != analysed.labels:
                raise WorkspaceLockedError(
                    f"the labels of {analysed.pair_id} were changed while it was analysed; analyse it again"
                )
            self.add(analysed)

    def relabel(self, pair_id: str, labels: Sequence[LabelledSpan]) -> None:
        """Give a pair a person's labels. With others than before its analysis goes: it was made with those.

        Raises UnknownNameError, WorkspaceError, WorkspaceLockedError.
        """
        with self._tree.lock("pairs", timeout=_WAIT):
            metadata = self.metadata(pair_id)
            if metadata.labels == tuple(labels):
                return
            folder = self._tree.pair(pair_id)
            for part in ("aligned_segments", "structure_profile", "style_profile"):
                self._tree.remove(folder / f"{part}.json")
            changed = metadata.model_copy(update={"labels": tuple(labels), "analysed_by": ""})
            self._tree.write_model(folder / "metadata.json", changed)

    def remove(self, pair_id: str) -> None:
        """Delete a pair's folder; the user's own files stay. Raises UnknownNameError, WorkspaceError."""
        self.metadata(pair_id)
        with self._tree.lock("pairs", timeout=_WAIT):
            folder = self._tree.pair(pair_id)
            self._tree.remove(folder / "metadata.json")  # first, so that no half pair is ever listed
            self._tree.remove(folder)

    def _metadata(self, pair: TrainingPair) -> PairMetadata:
        return PairMetadata(
            pair_id=pair.pair_id,
            pdf_path=self._portable(pair.pdf_path),
            pdf_sha256=pair.document_graph.sha256,
            audio_path=self._portable(pair.audio_path) if pair.audio_path else "",
            audio_sha256=pair.transcription.sha256 or file_sha256(Path(pair.audio_path)),
            speaker_gender=pair.speaker_gender,
            source=pair.source,
            duration_minutes=pair.duration_minutes,
            title=pair.document_graph.title,
            labels=pair.labels,
            analysed_by=pair.analysed_by,
        )

    def _portable(self, path: str) -> str:
        absolute = Path(path).absolute()
        root = self._tree.root
        return str(absolute.relative_to(root) if absolute.is_relative_to(root) else absolute)

    def _put(self, file: Path, model: BaseModel | None) -> None:
        if model is None:
            self._tree.remove(file)
        elif self._optional(file, type(model)) != model:
            self._tree.write_model(file, model)

    def _put_many(self, file: Path, models: tuple[M, ...] | None, cls: type[M]) -> None:
        if models is None:
            self._tree.remove(file)
        elif not file.exists() or self._tree.read_models(file, cls) != models:
            self._tree.write_models(file, models)

    def _optional(self, file: Path, cls: type[M]) -> M | None:
        return self._tree.read_model(file, cls) if file.exists() else None
