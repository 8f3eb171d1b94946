"""Versions of prompts and profiles: what a trial used, stored once however many trials use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from podcast_dspy.errors import UnknownNameError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree

__all__ = ["export_prompts", "judge_prompt", "prompt_texts", "store_profile", "store_prompts"]


def prompt_texts(program: PodcastProgram, classifier_prompt: str, judge_prompt: str) -> dict[str, str]:
    """The prompts of a program as text, by the names of the workspace tree."""
    predictors = dict(program.named_predictors())
    say, write = predictors["writer.say"], predictors["writer.write"]
    lines = [say.signature.instructions, "", "--- whole segments ---", write.signature.instructions]
    for number, demo in enumerate(say.demos, 1):
        lines += ["", f"--- demonstration {number} ---", f"purpose: {demo['purpose']}"]
        lines += [f"passage: {demo['passage']}", f"spoken: {demo['spoken']}"]
    for number, demo in enumerate(write.demos, 1):
        lines += ["", f"--- segment {number} ---", f"purpose: {demo['purpose']}"]
        lines += [*(f"passage: {passage}" for passage in demo["passages"]), f"text: {demo['text']}"]
    return {
        "script_writer": "\n".join(lines) + "\n",
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
    for version in reversed(versions.versions()):
        if versions.load(version) == prompts:
            return version
    return versions.save(prompts, activate=False)


def export_prompts(tree: Tree, trials: Sequence[TrialResult], output: Path) -> Path:
    """Write the best trial's prompts as one JSON object of texts. Raises UnknownNameError without a complete trial."""
    best = best_trial(trials)
    if best is None:
        raise UnknownNameError("there are no prompts yet; run `podcast-dspy compile`")
    target = output.expanduser().absolute()
    prompts = PromptVersions(tree).load(best.prompt_version)
    Tree(target.parent).write_json(
        target, {"version": best.prompt_version, "trial": best.trial_id, "prompts": prompts}
    )
    return target


def store_profile(tree: Tree, profile: AggregatedProfile, *, activate: bool) -> str:
    """The version that holds this profile; a new one only if no version does. The clock does not count.

    `activate` makes it the current one.
    """
    versions = ProfileVersions(tree)
    for version in reversed(versions.versions()):
        stored = versions.load(AggregatedProfile, version)
        if _content(stored) == _content(profile):
            if activate:
                versions.set_current(version)
            return version
    return versions.save(profile, activate=activate)


def _content(profile: AggregatedProfile) -> str:
    return profile.model_dump_json(exclude={"created_at", "version"})
