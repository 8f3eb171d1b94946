"""Requests about training: the run as it goes, a trial, two compared, what a run would take, and beginning one."""

from __future__ import annotations

import contextlib
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UnknownNameError
from podcast_dspy.lms.forecast import Forecast
from podcast_dspy.metrics import LOSSES
from podcast_dspy.optimizers import STRATEGIES, RunRecord, TrialResult
from podcast_dspy.reports import compare
from podcast_dspy.reports.differences import between
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import PromptVersions, check_id
from podcast_dspy.studio.common_routes import Place, Queue
from podcast_dspy.studio.jobs import Job
from podcast_dspy.workspace import Workspace

router = APIRouter(tags=["training"])


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
    record = RunRecord(place.tree)
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
