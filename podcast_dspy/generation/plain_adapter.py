"""PlainAdapter: prompts of a signature with one text output, without the scaffolding that small models trip over.

DSPy's own adapters describe fields and formats in some 200 tokens; a model of 135 million parameters talks about that
description instead of doing the task. Here the instructions are the system message, an input is its bare text, and the
answer is the whole completion.
"""

from __future__ import annotations

from typing import Any

import dspy

__all__ = ["PlainAdapter"]


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
