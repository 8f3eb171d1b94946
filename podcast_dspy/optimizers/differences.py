"""Differences: what one program has that another has not, told from the state of both."""

from __future__ import annotations

from typing import Any

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram

__all__ = ["differences"]

_SHOWN = 60
"""Characters of rewritten instructions that are quoted."""


def differences(before: PodcastProgram, after: PodcastProgram) -> tuple[str, ...]:
    """A line for each predictor whose instructions or demonstrations differ, and one for each adjustment.

    Empty when both programs do the same, whatever was done to get from one to the other.
    """
    lines: list[str] = []
    old = dict(before.named_predictors())
    for name, predictor in after.named_predictors():
        instructions = predictor.signature.instructions
        if instructions != old[name].signature.instructions:
            begins = " ".join(instructions.split())
            cut = begins if len(begins) <= _SHOWN else f"{begins[:_SHOWN].rsplit(' ', 1)[0]} ..."
            lines.append(f'instructions of {name}, now "{cut}"')
        had, has = _plain(old[name].demos), _plain(predictor.demos)
        if had != has:
            fresh = sum(demo not in had for demo in has)
            lines.append(f"demonstrations of {name}, {len(had)} to {len(has)}, {fresh} of them new")
    for field in Adjustments.model_fields:
        was, now = getattr(before.adjustments, field), getattr(after.adjustments, field)
        if was != now:
            lines.append(f"{field}{_values(was, now)}")
    return tuple(lines)


def _plain(demos: Any) -> list[dict[str, Any]]:
    return [dict(demo) for demo in demos]


def _values(was: Any, now: Any) -> str:
    """Both values where they are numbers; how many entries differ where they are tables."""
    if isinstance(was, dict) and isinstance(now, dict):
        moved = sum(was.get(key) != now.get(key) for key in {*was, *now})
        return f", {moved} {'entry' if moved == 1 else 'entries'}"
    if isinstance(now, int | float):
        return f", {'not set' if was is None else f'{was:g}'} to {now:g}"
    return ""
