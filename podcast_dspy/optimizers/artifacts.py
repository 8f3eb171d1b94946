"""What training leaves behind: versions of prompts and profiles, and the compiled profile with both programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import dspy
from pydantic import ValidationError

from podcast_dspy.analysis import LabelledEpisode, SegmentClassifier
from podcast_dspy.errors import ProfileError, UnknownNameError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import LOSSES
from podcast_dspy.optimizers.trials import TrainingRun, TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree

_RETIRED = {
    "podcast.writer.write": "29aaa73a6271d121",
    "podcast.writer.say": "4f891aa744d1c021",
    "classifier.predict": "a30dc5394e02a4a5",
}
"""Predictors of earlier versions by the hash of their signature: one wrote a segment from a few passages, one
said what a single sentence does."""


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
    for version in reversed(versions.versions()):
        if versions.load(version) == prompts:
            return version
    return versions.save(prompts, activate=False)


def export_prompts(tree: Tree, trials: Sequence[TrialResult], output: Path) -> Path:
    """Write the current prompts, those of the best trial unless rolled back, as one JSON object of texts.

    Raises UnknownNameError without any.
    """
    versions = PromptVersions(tree)
    current = versions.current()
    if current is None:
        raise UnknownNameError("there are no prompts yet; run `podcast-dspy compile`")
    trial = next((one.trial_id for one in trials if one.prompt_version == current), None)
    target = output.expanduser().absolute()
    Tree(target.parent).write_json(
        target, {"version": current, "trial": trial, "prompts": versions.load(current)}
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
        adjustments=program.adjustments.model_dump(mode="json"),
        losses={"train": _losses(best, held_out=False), "held_out": _losses(best, held_out=True)},
        dataset_fingerprint=fingerprint,
        roles={name: value for name, value in run.config.roles.model_dump().items() if value is not None},
    )


def _losses(trial: TrialResult, *, held_out: bool) -> dict[str, float]:
    names = ("total", *LOSSES)
    if held_out:
        return {name: trial.held_out_loss(f"{name}_loss") for name in names}
    return {name: trial.average(name) for name in names}


def load_compiled(path: Path) -> tuple[CompiledPrograms, CompiledProfile]:
    """The programs of an exported profile, and the profile. Raises ProfileError when they do not fit this version."""
    programs = CompiledPrograms()
    envelope = CompiledProfile.load(path, program=programs, retired=_RETIRED)
    try:
        # Older profiles have the adjustments beside the state alone.
        programs.load_state({**envelope.program_state, "podcast.learned": envelope.adjustments})
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


def analysed_pair(
    pair: TrainingPair,
    labelled: Sequence[LabelledEpisode],
    *,
    lm: str,
    profile: Path | str | None,
    progress: Callable[[str, float, float], None] = lambda stage, done, total: None,
) -> TrainingPair:
    """A pair with its analysis, made with what a compiled `profile` carries; see `Workspace.analyze`."""
    from podcast_dspy.analysis import analyze_episode

    compiled = load_compiled(Path(profile).expanduser())[0] if profile is not None else None
    analysis = analyze_episode(
        pair.transcription,
        pair.document_graph,
        labels=pair.labels,
        labelled=labelled,
        classifier=compiled.classifier if compiled else None,
        analyst=compiled.podcast.analyst if compiled else None,
        speaker_gender=pair.speaker_gender,
        lm=lm,
        progress=progress,
    )
    return pair.model_copy(
        update={
            "aligned_segments": analysis.segments,
            "structure_profile": analysis.structure,
            "style_profile": analysis.style,
            "questions": analysis.questions,
            "analysed_by": analysis.made_by,
        }
    )
