"""What training leaves behind: the podcast program and the segment classifier, wrapped into one compiled profile."""

from __future__ import annotations

from pathlib import Path

import dspy
from pydantic import ValidationError

from podcast_dspy.analysis import SegmentClassifier
from podcast_dspy.errors import ProfileError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import LOSSES
from podcast_dspy.optimizers.trials import TrainingRun, TrialResult
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile

__all__ = ["CompiledPrograms", "compiled_profile", "load_compiled"]


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
    return {name: float(getattr(trial, f"avg_{name}_loss")) for name in names}


def load_compiled(path: Path) -> tuple[CompiledPrograms, CompiledProfile]:
    """The programs of an exported profile, and the profile. Raises ProfileError when they do not fit this version."""
    programs = CompiledPrograms()
    envelope = CompiledProfile.load(path, program=programs)
    try:
        programs.load_state(envelope.program_state)
        programs.podcast.adjustments = Adjustments.model_validate(envelope.adjustments)
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
