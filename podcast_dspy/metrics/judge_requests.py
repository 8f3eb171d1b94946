"""Asking a judge: which models may judge, how much they read at once, and what becomes of an answer that is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from podcast_dspy.errors import PodcastError, PrerequisiteError, UnusableAnswerError
from podcast_dspy.text.normalisation import windows
from podcast_dspy.text.words import words

SAMPLES: Final = 3
"""How often each thing is judged, at temperature 0.7; the median counts, the spread is the judge's noise."""
_TOKENS_A_WORD: Final = 2
"""At most, in English prose with numbers."""
_INSTRUCTIONS: Final = 1500
"""Tokens of a prompt beside the texts in it."""
_ELISION = re.compile(r"\.\.\.|…|\[[^\]]*\]")


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


def judge_for(lm: str | None) -> str:
    """The judge where none is named: the user's own LM if it can judge, else the measured one."""
    from podcast_dspy.lms import is_capable

    return lm if lm is not None and is_capable(lm) else "measured"


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


def stretches(*texts: str) -> list[tuple[str | None, ...]]:
    """Texts side by side, whole where DSPy's current model can read them, else in as few windows as it can.

    A model whose context nobody knows gets windows of the usual length. A text that has fewer sentences than there are
    windows is None in the last ones.
    """
    import dspy

    longest = max(len(text.split()) for text in texts)
    takes = getattr(dspy.settings.lm, "takes", None)
    if takes is None or takes.context is None:
        count = max(len(windows(text)) for text in texts)
    else:
        answer = dspy.settings.lm.kwargs.get(takes.limit) or 0
        # As much of the paper is read beside the texts.
        room = (takes.context - answer - _INSTRUCTIONS) // (_TOKENS_A_WORD * (len(texts) + 1))
        count = -(-longest // max(room, 1)) if room > 0 else longest
    parts = [windows(text, count) for text in texts]
    return [
        tuple(part[place] if place < len(part) else None for part in parts)
        for place in range(max(len(part) for part in parts))
    ]


def stands_in(quotes: Iterable[str], text: str) -> bool:
    """Whether every quote stands in a text word for word; a quote may leave words out where it says so."""
    flat = f" {' '.join(words(text))} "
    pieces = [words(piece) for quote in quotes for piece in _ELISION.split(quote)]
    said = [piece for piece in pieces if piece]
    return bool(said) and all(f" {' '.join(piece)} " in flat for piece in said)


def beside(
    judged: tuple[float, dict[str, Any]], measure: Callable[[], tuple[float, dict[str, Any]]]
) -> tuple[float, dict[str, Any]]:
    """A judged loss with the measured one beside it: `measured` (`loss`, or why there is none) in its details.

    `disagreement` is how much worse the judge finds the script than the measure does, as a difference of losses.
    """
    loss, details = judged
    try:
        other, found = measure()
    except PodcastError as error:
        return loss, {**details, "measured": {"unscored": str(error)}}
    scores = {name: value for name, value in found.items() if name.endswith("_score")}
    return loss, {**details, "measured": {"loss": other, **scores}, "disagreement": loss - other}
