"""The demonstration: every step on the example corpus, with the embedded models, from pairs to a new episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from podcast_dspy.api import load
from podcast_dspy.errors import InputError
from podcast_dspy.settings import ModelRoles, PodcastDepth, TrainingConfig
from podcast_dspy.workspace import Progress, Workspace

__all__ = ["DemoResult", "examples_folder", "ingest_examples", "run_demo"]

_MINUTES = 4.0
_TRIALS = 2


class DemoResult(BaseModel):
    """Where the demonstration left its results, and what it measured."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    workspace: Path
    profile: Path
    episode: Path
    report: Path
    held_out_pair: str
    baseline_loss: float
    """Total loss of the uncompiled program on the held-out pair (0-1)."""
    compiled_loss: float
    """Total loss of the compiled program on the held-out pair (0-1)."""
    training_baseline_loss: float
    """Mean total loss of the uncompiled program on the pairs that are trained on (0-1)."""
    training_compiled_loss: float
    """Mean total loss of the compiled program on the pairs that are trained on (0-1)."""
    uncompiled: bool
    """Whether the uncompiled program was kept, since no trial gained more than chance."""
    episode_seconds: float


def examples_folder(given: Path | None = None) -> Path:
    """The example corpus: the folder given, else `examples/` beside the package or in the current folder.

    Raises InputError when there is none: the corpus is part of the repository, not of the installed package.
    """
    places = (
        [given] if given else [Path(__file__).resolve().parent.parent / "examples", Path.cwd() / "examples"]
    )
    for place in places:
        if (place / "pairs").is_dir():
            return place
    raise InputError(
        "the example corpus is not here; clone the repository, or name its folder with --examples"
    )


def run_demo(
    output: Path,
    *,
    examples: Path | None = None,
    write_report: Callable[[Workspace, Path], Path],
    progress: Progress,
) -> DemoResult:
    """Ingest four pairs, analyse, train with one pair held out, export, and make an episode of an unseen paper.

    A second run goes on where the first one stopped. Raises what the steps raise.
    """
    corpus = examples_folder(examples)
    workspace = Workspace(output / "workspace")
    names = ingest_examples(workspace, corpus, progress)
    workspace.analyze_all(progress=progress)
    held_out = names[-1]
    config = TrainingConfig(
        max_trials=_TRIALS, target_depth=PodcastDepth.OVERVIEW, holdout=held_out, roles=ModelRoles()
    )
    run = workspace.compile(config, resume=workspace.can_resume(config), progress=progress)
    profile = workspace.export(output / "podcast_profile_v1.json")
    paper = next(iter(sorted((corpus / "unseen").glob("*/paper.pdf"))))
    episode_folder = output / "episode"
    episode = load(profile)(paper, minutes=_MINUTES, images_dir=episode_folder / "figures", progress=progress)
    files = episode.save(episode_folder)
    report = write_report(workspace, output / "report.html")
    return DemoResult(
        workspace=workspace.path,
        profile=profile,
        episode=files.folder,
        report=report,
        held_out_pair=held_out,
        baseline_loss=run.baseline.held_out_loss(),
        compiled_loss=run.best.held_out_loss(),
        training_baseline_loss=run.baseline.avg_total_loss,
        training_compiled_loss=run.best.avg_total_loss,
        uncompiled=run.best.trial_id == run.baseline.trial_id,
        episode_seconds=files.seconds,
    )


def ingest_examples(workspace: Workspace, corpus: Path, progress: Progress) -> list[str]:
    """Ingest the corpus's pairs; the ids of all, sorted. Raises what keeps one of them."""
    ingested = workspace.ingest_all(corpus / "pairs", source="examples", progress=progress)
    for error in ingested.failed.values():
        raise error
    if len(ingested.pairs) < 2:
        raise InputError(
            f"{corpus / 'pairs'} holds fewer than two pairs; restore it with `git checkout examples`"
        )
    return [pair.pair_id for pair in ingested.pairs]
