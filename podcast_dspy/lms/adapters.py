"""Adapters: how a signature becomes a prompt and an answer fields; as JSON for capable models, plain for small ones.

DSPy's own adapters describe fields and formats in some 200 tokens; a model of 135 million parameters talks about that
description instead of doing the task. For it the instructions are the system message, an input is its bare text, and
the answer is the whole completion.
"""

from __future__ import annotations

from typing import Any

import dspy
from dspy.utils.exceptions import AdapterParseError

from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.lms.cache import usable

__all__ = ["AnswerAdapter", "PlainAdapter"]


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


class PlainAdapter(dspy.Adapter):  # type: ignore[misc]
    """For signatures whose last input is the text to work on and whose only output is text."""

    def format_system_message(self, signature: Any) -> str:
        """The signature's instructions, nothing else."""
        return str(signature.instructions)

    def format_user_message_content(
        self,
        signature: Any,
        inputs: dict[str, Any],
        prefix: str = "",
        suffix: str = "",
        main_request: bool = False,
    ) -> str:
        """The last input field's text; the others steer the program, not the model."""
        last = list(signature.input_fields)[-1]
        return f"{prefix}{inputs[last]}{suffix}"

    def format_assistant_message_content(
        self, signature: Any, outputs: dict[str, Any], missing_field_message: str | None = None
    ) -> str:
        """The output field's text."""
        (name,) = signature.output_fields
        return str(outputs.get(name, missing_field_message or ""))

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """The whole completion is the output field."""
        (name,) = signature.output_fields
        return {name: completion.strip()}
