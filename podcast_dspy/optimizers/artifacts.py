"""What training leaves behind: versions of prompts and profiles, compiled profiles, and what later runs begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dspy
from pydantic import BaseModel, ConfigDict, ValidationError

from podcast_dspy.analysis import SegmentClassifier
from podcast_dspy.errors import ProfileError, UnknownNameError, UsageError, WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.trials import TrainingRun, TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import (
    PROFILES,
    TRAINING,
    CompiledVersions,
    Memory,
    MemoryEntry,
    ProfileVersions,
    PromptVersions,
    Tree,
)


def prompt_texts(program: PodcastProgram, classifier_prompt: str, judge_prompt: str) -> dict[str, str]:
    """The prompts of a program as text, by the names of the workspace tree."""
    lines: list[str] = []
    for name, predictor in program.named_predictors():
        lines += [f"=== {name} ===", predictor.signature.instructions, ""]
        for number, demo in enumerate(predictor.demos, 1):
            fields = (f"{field}: {value}" for field, value in demo.items() if field != "pair_id")
            lines += [f"--- demonstration {number} ---", *fields, ""]
    return {
        "script_writer": "\n".join(lines).rstrip() + "\n",
        "segment_classifier": classifier_prompt,
        "quality_judge": judge_prompt,
    }


def judge_prompt(judge: str) -> str:
    """The judge's prompt as text; the measured judge has none, and says so."""
    if judge == "measured":
        return "The measured judge reads no prompt: engagement, clarity and accuracy are computed from the text.\n"
    from podcast_dspy.signatures.judging import JudgeQuality

    return f"{JudgeQuality.instructions}\n"


def store_prompts(tree: Tree, prompts: dict[str, str]) -> str:
    """The version that holds these prompts; a new one only if no version does. Which is current does not change."""
    versions = PromptVersions(tree)
    known = versions.holding(lambda version: versions.load(version) == prompts)
    return known or versions.save(prompts, activate=False)


def export_prompts(tree: Tree, trials: Sequence[TrialResult], output: Path) -> Path:
    """Write the current prompts, those of the best trial unless rolled back, as one JSON object of texts.

    `trial` is the one that they were compiled in, even where the analyst is a later one's.
    Raises UnknownNameError without any.
    """
    versions = PromptVersions(tree)
    current = versions.current()
    if current is None:
        raise UnknownNameError("there are no prompts yet; run `podcast-dspy compile`")
    made = {one.prompt_version: one.trial_id for one in reversed(trials)}
    made |= {str(one["prompts"]): str(one["trial"]) for one in compiled_history(tree).values()}
    target = output.expanduser().absolute()
    Tree(target.parent).write_json(
        target, {"version": current, "trial": made.get(current), "prompts": versions.load(current)}
    )
    return target


def store_profile(tree: Tree, profile: AggregatedProfile, *, activate: bool) -> str:
    """The version that holds this profile; a new one only if no version does. The clock does not count.

    `activate` makes it the current one.
    """
    versions = ProfileVersions(tree)
    known = versions.holding(
        lambda version: _content(versions.load(AggregatedProfile, version)) == _content(profile)
    )
    if known and activate:
        versions.set_current(known)
    return known or versions.save(profile, activate=activate)


def _content(profile: AggregatedProfile) -> str:
    return profile.model_dump_json(exclude={"created_at", "version"})


class CompiledPrograms(dspy.Module):  # type: ignore[misc]
    """Both compiled programs, so that one state holds them."""

    def __init__(
        self, podcast: PodcastProgram | None = None, classifier: SegmentClassifier | None = None
    ) -> None:
        super().__init__()
        self.podcast = podcast or PodcastProgram()
        self.classifier = classifier or SegmentClassifier()


def compiled_profile(
    program: PodcastProgram,
    profile: AggregatedProfile,
    run: TrainingRun,
    fingerprint: str,
    classifier: SegmentClassifier,
) -> CompiledProfile:
    """The envelope of a run's best program."""
    best = run.best
    return CompiledProfile.of(
        CompiledPrograms(program, classifier),
        profile,
        depth=run.config.target_depth,
        losses={"train": best.losses(), "held_out": best.losses(held_out=True)},
        dataset_fingerprint=fingerprint,
        roles={name: value for name, value in run.config.roles.model_dump().items() if value is not None},
    )


def load_compiled(path: Path) -> tuple[CompiledPrograms, CompiledProfile]:
    """The programs of an exported profile, and the profile. Raises ProfileError when they do not fit this version."""
    programs = CompiledPrograms()
    envelope = CompiledProfile.load(path, program=programs)
    try:
        programs.load_state(envelope.program_state)
    except ProfileError as error:
        raise ProfileError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ProfileError(
            f"{path}: adjustments: {place}: {first['msg']}; export the profile again"
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # DSPy takes the shape of a state for granted; in a file from elsewhere it may be any.
        raise ProfileError(
            f"{path}: its program state is damaged ({type(error).__name__}: {error}); export the profile again"
        ) from error
    return programs, envelope


_BEST: Final = (f"{PROFILES}/best", "learned")
"""Namespace and key of what a program learned beside its profile and its prompts."""
_COMPILED: Final = f"{PROFILES}/compiled"
"""Namespace of what belongs to each compiled profile: the versions of profile and prompts, by its version."""


class Remembered(BaseModel):
    """What an earlier run learned that another one can begin with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: str
    lm: str
    """The model that it was learned for."""
    papers: tuple[str, ...]
    """sha256 of every paper that took part, in its own run or in those that it began with."""
    adjustments: Adjustments
    instructions: dict[str, str] = {}


def keep(
    tree: Tree,
    best: TrialResult,
    training: Sequence[TrainingPair],
    profile: AggregatedProfile,
    config: TrainingConfig,
    start: Remembered | None,
) -> None:
    """Make the best trial's profile and prompts the current ones, and put them into memory, each under its namespace.

    `start` is what the run began with. Earlier versions stay; keeping what is there already changes nothing.
    Raises WorkspaceError, WorkspaceLockedError.
    """
    ProfileVersions(tree).set_current(best.profile_version)
    PromptVersions(tree).set_current(best.prompt_version)
    memory, about = Memory(tree), _about(best, training)
    stored = ProfileVersions(tree).load(AggregatedProfile, best.profile_version)
    body = profile.model_dump(mode="json", exclude={"created_at", "version"})
    memory.put(
        PROFILES,
        f"profile_{best.profile_version}",
        {"version": best.profile_version, **body},
        {"type": "podcast_profile", "created_at": stored.created_at.isoformat(), **about},
    )
    memory.put(
        f"{PROFILES}/structure",
        "canonical_sequence",
        {"sequence": body["canonical_segment_sequence"], "time_shares": body["segment_time_shares"]},
        about,
    )
    memory.put(
        f"{PROFILES}/style",
        "patterns",
        {name: body[f"universal_{name}_patterns"] for name in ("intro", "transition", "figure")},
        about,
    )
    prompts = PromptVersions(tree).load(best.prompt_version)
    memory.put(f"{TRAINING}/prompts", best.prompt_version, prompts, about)
    if best.trial_number > 0:
        papers = {pair.document_graph.sha256 for pair in training} | set(start.papers if start else ())
        learned = Remembered(
            trial=best.trial_id,
            lm=config.roles.lm,
            papers=tuple(sorted(papers)),
            adjustments=best.adjustments,
            instructions=best.instructions,
        )
        memory.put(*_BEST, learned.model_dump(mode="json"), {**about, **_versions(best)})


def learnings(tree: Tree) -> list[MemoryEntry]:
    """Every program that became a run's best, oldest first. Raises WorkspaceError."""
    return Memory(tree).history(*_BEST)


def recall(tree: Tree, config: TrainingConfig, held_out: Sequence[TrainingPair]) -> Remembered | None:
    """What the latest run learned that saw none of the held-out papers, and wrote with the same LM.

    Otherwise a pair that is held out now could have taken part in what is begun with. None without any.
    Raises WorkspaceError.
    """
    papers = {pair.document_graph.sha256 for pair in held_out}
    for entry in reversed(learnings(tree)):
        try:
            learned = Remembered.model_validate(entry.data)
        except ValidationError as error:
            raise WorkspaceError(
                f"what earlier runs learned ({'/'.join(_BEST)}, version {entry.version}) cannot be read; delete the "
                f"folder {tree.path('memory')}, and run `podcast-dspy compile` again"
            ) from error
        if learned.lm == config.roles.lm and not papers & set(learned.papers):
            return learned
    return None


def keep_compiled(
    tree: Tree, envelope: CompiledProfile, best: TrialResult, training: Sequence[TrainingPair]
) -> str:
    """Make the compiled profile of a run's best trial the current version; the same again is no new one.

    Raises ProfileError, WorkspaceError, DiskFullError.
    """
    versions = CompiledVersions(tree)
    content = _compiled_content(envelope)
    known = versions.holding(lambda v: _compiled_content(CompiledProfile.load(versions.file(v))) == content)
    if known:
        versions.set_current(known)
        return known
    version = versions.save(envelope.encoded())
    Memory(tree).put(_COMPILED, version, {**_about(best, training), **_versions(best)})
    return version


def _compiled_content(envelope: CompiledProfile) -> str:
    return envelope.model_copy(
        update={"profile": envelope.profile.model_copy(update={"created_at": envelope.created_at})}
    ).model_dump_json(exclude={"created_at": True, "versions": True, "profile": {"created_at"}})


def compiled_history(tree: Tree) -> dict[str, dict[str, Any]]:
    """What belongs to each compiled profile, by its version, oldest first: its trial, pairs, losses, `profile` and
    `prompts`. Raises WorkspaceError.
    """
    memory = Memory(tree)
    kept = set(memory.list(_COMPILED))
    return {v: memory.get(_COMPILED, v).data for v in CompiledVersions(tree).versions() if v in kept}


def rollback(tree: Tree, to: str | None = None) -> str:
    """Make an earlier compiled profile the current one, with its profile and its prompts; by default the one before.

    No version is lost, so that it works forward as well. The next run that finishes makes its own current again.
    Raises UsageError when there is none before, UnknownNameError, WorkspaceLockedError during a run, WorkspaceError.
    """
    versions = CompiledVersions(tree)
    with tree.lock("training"):
        history, current = compiled_history(tree), versions.current()
        if to is None:
            earlier = [v for v in history if current is not None and int(v[1:]) < int(current[1:])]
            if not earlier:
                reason = f"{current} is the first" if current else "nothing was compiled yet"
                raise UsageError(
                    f"there is no version to go back to: {reason}; `podcast-dspy rollback --list` tells"
                )
            to = earlier[-1]
        if to not in history:
            known = ", ".join(history) or "none yet; run `podcast-dspy compile`"
            raise UnknownNameError(f"no compiled profile {to!r} to go back to; there are: {known}")
        ProfileVersions(tree).set_current(str(history[to]["profile"]))
        PromptVersions(tree).set_current(str(history[to]["prompts"]))
        versions.set_current(to)
    return to


def _about(best: TrialResult, training: Sequence[TrainingPair]) -> dict[str, Any]:
    return {
        "trial": best.trial_id,
        "training_pairs": [pair.pair_id for pair in training],
        "losses": {"training": _known(best.avg_total_loss), "held_out": _known(best.held_out_loss())},
    }


def _versions(best: TrialResult) -> dict[str, str]:
    return {"profile": best.profile_version, "prompts": best.prompt_version}


def _known(loss: float) -> float | None:
    return None if math.isnan(loss) else loss
