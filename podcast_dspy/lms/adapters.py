"""The adapter: how a signature becomes a prompt, and an answer its fields; what cannot be read is asked for again."""

from __future__ import annotations

from typing import Any

import dspy
from dspy.utils.exceptions import AdapterParseError

from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.lms.cache import usable


class AnswerAdapter(dspy.JSONAdapter):  # type: ignore[misc]
    """DSPy's JSON adapter; an answer that cannot be read is not kept, and is an UnusableAnswerError."""

    def __call__(
        self,
        lm: dspy.LM,
        lm_kwargs: dict[str, Any],
        signature: Any,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """As `dspy.JSONAdapter`. Raises UnusableAnswerError, CutAnswerError."""

        def ask() -> list[dict[str, Any]]:
            try:
                found: list[dict[str, Any]] = super(AnswerAdapter, self).__call__(
                    lm, dict(lm_kwargs), signature, demos, inputs
                )
            except AdapterParseError as error:
                raise _unusable(lm, "something that is not what was asked for") from error
            if any(_says_nothing(fields) for fields in found):
                raise _unusable(lm, "nothing")
            return found

        return usable(ask)


def _says_nothing(fields: dict[str, Any]) -> bool:
    """Whether every field is blank text; an empty list is an answer."""
    return all(isinstance(value, str) and not value.strip() for value in fields.values())


def _unusable(lm: dspy.LM, what: str) -> UnusableAnswerError:
    name = getattr(lm, "role", lm.model)
    return UnusableAnswerError(f"{name} answered with {what}; run it again or use a more capable model")
