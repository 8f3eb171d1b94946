"""Whether a prompt fits a model's context, found out before it is sent where there is doubt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.errors import ContextOverflowError

if TYPE_CHECKING:
    from podcast_dspy.lms.metered import MeteredLM

__all__ = ["check_fits", "count_tokens"]

_FEWEST: Final = 8.0
"""Characters a token at most: fewer tokens than this gives no prose has."""
_MOST: Final = 2.0
"""Characters a token at least, in prose; what fits at that rate fits."""


def check_fits(lm: MeteredLM, prompt: Any, messages: Any) -> None:
    """Raise ContextOverflowError for a prompt that the model cannot read beside its answer.

    A prompt far below or above the context is judged by its length. In between the provider is asked where it counts
    tokens (Anthropic); others find out themselves.
    """
    if not lm.takes.context:
        return
    told = messages or [{"role": "user", "content": str(prompt or "")}]
    characters = sum(len(str(message.get("content") or "")) for message in told)
    if characters / _MOST <= lm.takes.context:
        return
    tokens = round(characters / _FEWEST)
    if tokens <= lm.takes.context and lm.model.startswith("anthropic/"):
        tokens = count_tokens(lm.model.removeprefix("anthropic/"), told, lm.kwargs)
    if tokens > lm.takes.context:
        raise ContextOverflowError(
            f"the prompt does not fit into the context of {lm.role}: it has {tokens:,} tokens or more, and the model "
            f"reads {lm.takes.context:,}; give it a shorter paper or podcast, or use a model that reads more"
        )


def count_tokens(model: str, messages: list[dict[str, Any]], options: dict[str, Any]) -> int:
    """The tokens of a prompt by Anthropic's own count, which costs nothing; 0 when it cannot be had."""
    import anthropic

    client = anthropic.Anthropic(
        api_key=options.get("api_key") or os.environ.get("ANTHROPIC_API_KEY"),
        base_url=options.get("api_base") or os.environ.get("ANTHROPIC_API_BASE"),
        timeout=options.get("timeout") or 60.0,
        max_retries=2,
    )
    system = "\n".join(str(message["content"]) for message in messages if message["role"] == "system")
    asked: Any = [
        {"role": message["role"], "content": str(message["content"])}
        for message in messages
        if message["role"] != "system"
    ]
    try:
        counted = client.messages.count_tokens(model=model, messages=asked, system=system or anthropic.omit)
    except anthropic.APIError:
        return 0  # the request itself will tell, and say why
    return int(counted.input_tokens)
