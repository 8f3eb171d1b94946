"""Asking a judge: which models may judge, and what becomes of an answer that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from podcast_dspy.errors import PodcastError, PrerequisiteError, UnusableAnswerError

__all__ = ["SAMPLES", "ask", "check_judge", "sampling"]

SAMPLES: Final = 3
"""How often each thing is judged, at temperature 0.7; the median counts, the spread is the judge's noise."""


def ask(judge: str, what: str, call: Callable[[], Any]) -> Any:
    """Run one call, again if its answer is unusable; every failure of the LM becomes one of our errors."""
    from dspy.utils.exceptions import DSPyError

    from podcast_dspy.lms import as_podcast_error, usable

    def once() -> Any:
        try:
            return call()
        except PodcastError:
            raise
        except DSPyError as error:
            raise as_podcast_error(error, judge) from error
        except Exception as error:  # an answer that parses but is not what was asked for
            raise UnusableAnswerError(
                f"the judge {judge} gave no usable {what} ({type(error).__name__}); "
                "run it again, or judge without an LM with `--judge-lm measured`"
            ) from error

    return usable(once)


def check_judge(judge: str) -> None:
    """Raise PrerequisiteError for a model that is too small to judge."""
    from podcast_dspy.lms import is_capable

    if not is_capable(judge):
        raise PrerequisiteError(
            f"{judge} is too small a model to judge; name a larger one with --judge-lm, or use `--judge-lm measured`"
        )


def sampling(sample: int) -> dict[str, Any]:
    """Options of the call for one sample: each is a call of its own, also for a cache."""
    return {"temperature": 0.7, "rollout_id": sample + 1}
