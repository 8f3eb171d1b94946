"""In what two versions differ: prompts as a unified diff, profiles and adjustments value by value."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import PodcastError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.metrics import best_trial
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree

if TYPE_CHECKING:
    from podcast_dspy.optimizers.trials import TrialResult

_LINES: Final = 120
"""Lines of a diff that a terminal shows; demonstrations are long, and `--json` has all of them."""
_SHOWN: Final = 100
"""Characters of a value."""


class Differences(BaseModel):
    """Changes from one version to another; nothing where both are alike."""

    model_config = ConfigDict(frozen=True)

    prompts: str
    """Unified diff of every prompt that changed."""
    profile: tuple[str, ...]
    adjustments: tuple[str, ...]

    def __str__(self) -> str:
        lines: list[str] = []
        for name, changed in (("profile", self.profile), ("adjustments", self.adjustments)):
            lines += (
                [f"{name}:", *(f"  {line}" for line in changed), ""] if changed else [f"{name}: the same"]
            )
        diff = self.prompts.splitlines()
        if not diff:
            return "\n".join([*lines, "prompts: the same"])
        more = len(diff) - _LINES
        return "\n".join(
            [
                *lines,
                "prompts:",
                *diff[:_LINES],
                *([f"... {more} more lines; --json has them"] if more > 0 else []),
            ]
        )


def differences(
    tree: Tree,
    prompts: tuple[str, str],
    profiles: tuple[str, str],
    adjustments: tuple[Adjustments, Adjustments] | None = None,
) -> Differences:
    """Of two versions of the prompts and of the profile in a workspace. Raises UnknownNameError, WorkspaceError."""
    said = [PromptVersions(tree).load(version) for version in prompts]
    changes = [
        ProfileVersions(tree).load(AggregatedProfile, version).model_dump(mode="json") for version in profiles
    ]
    for one in changes:
        for name in ("created_at", "version"):
            del one[name]
    learned = [one.model_dump(mode="json") for one in adjustments or ()]
    return Differences(
        prompts="\n".join(
            _prompt_diff(
                said[0].get(name, ""), said[1].get(name, ""), f"{prompts[0]}/{name}", f"{prompts[1]}/{name}"
            )
            for name in sorted({*said[0], *said[1]})
            if said[0].get(name) != said[1].get(name)
        ),
        profile=tuple(value_diff(changes[0], changes[1])),
        adjustments=tuple(value_diff(learned[0], learned[1])) if learned else (),
    )


def between(tree: Tree, before: TrialResult, after: TrialResult) -> Differences:
    """Of two trials. Raises UnknownNameError where their prompts or profiles are not kept, WorkspaceError."""
    return differences(
        tree,
        (before.prompt_version, after.prompt_version),
        (before.profile_version, after.profile_version),
        (before.adjustments, after.adjustments),
    )


@dataclass(frozen=True)
class Step:
    """What a trial changed of the best one before it."""

    trial: str
    of: str
    found: Differences | None
    reason: str = ""
    """Why it cannot be told."""


_STEPS: Final = 30
"""Trials of a run that are told in full; a page of hundreds is read by nobody."""


def steps(tree: Tree, trials: Sequence[TrialResult]) -> list[Step]:
    """The latest trials, each held against the best one before it, which it was proposed from."""
    rows = []
    for place, trial in list(enumerate(trials))[1:][-_STEPS:]:
        before = best_trial(trials[:place]) or trials[0]
        try:
            rows.append(Step(trial.trial_id, before.trial_id, between(tree, before, trial)))
        except PodcastError as error:
            rows.append(Step(trial.trial_id, before.trial_id, None, str(error)))
    return rows


def _prompt_diff(before: str, after: str, first: str, second: str) -> str:
    """Unified diff of two prompts, with a line around each change."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), first, second, lineterm="", n=1)
    return "\n".join(lines)


def value_diff(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """A line for each value that differs, with the way to it: `depth_targets.standard.figure_coverage: 0.5 -> 1`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from value_diff(
                before.get(name), after.get(name), f"{place}.{name}" if place else str(name)
            )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from value_diff(one, other, f"{place}[{number}]")
    elif before != after:
        yield f"{place}: {_told(before)} -> {_told(after)}"


def _told(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = "not set" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
