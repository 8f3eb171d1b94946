"""The evaluation page of a workspace's last training run, with what is needed to reproduce it."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcast_dspy.workspace import Workspace

__all__ = ["reproducibility", "write_report"]

_LIBRARIES = (
    "podcast-dspy",
    "dspy",
    "xllamacpp",
    "faster-whisper",
    "piper-tts",
    "kokoro-onnx",
    "pocketsphinx",
    "rouge-score",
)


def write_report(workspace: Workspace, output: Path) -> Path:
    """Write the page to `output` and return it. Raises UsageError before the first trial, WorkspaceError."""
    from podcast_dspy.optimizers import RunRecord
    from podcast_dspy.reports import evaluation_report

    record = RunRecord(workspace.tree)
    config, final = record.config(), record.final()
    reason = final[1] if final else "the run is not finished"
    return evaluation_report(
        workspace.trials,
        output,
        pairs={pair.pair_id: pair for pair in workspace.pairs},
        weights=config.loss_weights if config else None,
        reproducibility=reproducibility(workspace),
        reason=reason,
        base=workspace.path,
    )


def reproducibility(workspace: Workspace) -> dict[str, str]:
    """Settings, models, data and versions of the last run, as the page shows them."""
    from podcast_dspy.optimizers import RunRecord
    from podcast_dspy.optimizers.record import dataset_fingerprint

    facts: dict[str, str] = {}
    config = RunRecord(workspace.tree).config()
    if config is not None:
        facts |= {
            "seed": str(config.seed),
            "optimizer": config.optimizer,
            "trials at most": str(config.max_trials),
            "convergence": f"{config.convergence_threshold:g} over {config.convergence_window} trials",
            "writer": config.roles.lm,
            "judge": config.roles.judge_lm,
            "voice": config.roles.voice,
            "held-out pair": config.holdout or "none",
        }
        if config.roles.reflection_lm:
            facts["reflection"] = config.roles.reflection_lm
    facts["dataset fingerprint"] = dataset_fingerprint(workspace.pairs)
    facts["versions"] = ", ".join(_versions())
    return facts


def _versions() -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return found
