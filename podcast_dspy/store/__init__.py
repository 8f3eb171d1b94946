"""The workspace on disk: a tree of readable files, written atomically, versioned and locked."""

from __future__ import annotations

from podcast_dspy.store.files import (
    atomic_file,
    atomic_write,
    check_id,
    file_sha256,
    missing,
    new_folder,
    remove_unfinished,
    replaced_together,
    settle,
    slug,
    unique_id,
    unsettled,
    workspace_errors,
)
from podcast_dspy.store.jsonfiles import (
    SCHEMA_VERSION,
    Fingerprint,
    code_version,
    content_hash,
    fingerprint,
    redact,
    redact_data,
    to_data,
)
from podcast_dspy.store.tree import Tree
from podcast_dspy.store.versions import (
    PROFILES,
    TRAINING,
    CompiledVersions,
    Memory,
    MemoryEntry,
    ProfileVersions,
    PromptVersions,
)

__all__ = [
    "PROFILES",
    "SCHEMA_VERSION",
    "TRAINING",
    "CompiledVersions",
    "Fingerprint",
    "Memory",
    "MemoryEntry",
    "ProfileVersions",
    "PromptVersions",
    "Tree",
    "atomic_file",
    "atomic_write",
    "check_id",
    "code_version",
    "content_hash",
    "file_sha256",
    "fingerprint",
    "missing",
    "new_folder",
    "redact",
    "redact_data",
    "remove_unfinished",
    "replaced_together",
    "settle",
    "slug",
    "to_data",
    "unique_id",
    "unsettled",
    "workspace_errors",
]
