"""Where an episode may be written: into any folder but one that holds the episode of another paper."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from podcast_dspy.documents import DocumentGraph, is_address
from podcast_dspy.errors import UsageError
from podcast_dspy.store import file_sha256

__all__ = ["PaperKey", "check_place", "free_folder"]

_RECORD = "episode.json"


@dataclass(frozen=True)
class PaperKey:
    """What tells one paper from another: the document's id, or where it was fetched and what it is called."""

    document_id: str | None = None
    source: str | None = None
    title: str | None = None

    @classmethod
    def of(cls, graph: DocumentGraph) -> PaperKey:
        """That of a paper that was read."""
        source = graph.source_path if is_address(graph.source_path) else None
        return cls(graph.document_id, source, graph.title)

    @classmethod
    def unread(cls, paper: str) -> PaperKey:
        """That of a file or an address, before it is read."""
        return cls(source=paper) if is_address(paper) else cls(file_sha256(Path(paper))[:12])

    def record(self) -> dict[str, Any]:
        """What an episode keeps of its paper."""
        return {"document_id": self.document_id, "source": self.source, "paper": self.title}

    def matches(self, record: dict[str, Any]) -> bool:
        """Whether an episode's record is about this paper; a page may change, but then it keeps its title."""
        if self.document_id is not None and record.get("document_id") == self.document_id:
            return True
        fetched = self.source is not None and record.get("source") == self.source
        return fetched and self.title in (None, record.get("paper"))


def check_place(folder: Path, paper: PaperKey) -> None:
    """Refuse a folder that holds the episode of another paper. Raises UsageError."""
    other = _other_title(folder, paper)
    if other is not None:
        raise UsageError(
            f"{folder} holds {other!r}, the episode of another paper; name another folder with --output"
        )


def free_folder(folder: Path, paper: PaperKey) -> Path:
    """`folder`, or with `-2`, `-3`, ... where it holds the episode of another paper."""
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(place for place in chain([folder], numbered) if _other_title(place, paper) is None)


def _other_title(folder: Path, paper: PaperKey) -> str | None:
    """Title of the episode in `folder` if it is about another paper."""
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return _RECORD  # whose episode it is cannot be told, so it stays
    if isinstance(record, dict) and paper.matches(record):
        return None
    return str(record.get("title") or _RECORD) if isinstance(record, dict) else _RECORD
