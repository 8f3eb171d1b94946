"""How an answer ended, whichever API and client it came through: whole, cut, or refused."""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["Outcome", "outcome"]

Outcome = Literal["whole", "cut", "refused"]
_CUT = {"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"}
_REFUSED = {"content_filter", "refusal", "safety"}


def outcome(response: Any) -> Outcome:
    """How the answer ended, from a response of DSPy's own engine or of LiteLLM (chat or Responses API)."""
    if isinstance(response, list | tuple):
        found = [outcome(one) for one in response]
        return next((kind for kind in ("cut", "refused") if kind in found), "whole")
    reasons = {str(_of(response, "finish_reason")), str(_of(_of(response, "incomplete_details"), "reason"))}
    refusals = []
    for choice in _of(response, "choices") or ():
        reasons.add(str(_of(choice, "finish_reason")))
        refusals.append(_of(_of(choice, "message"), "refusal"))
    if reasons & _CUT:
        return "cut"
    return "refused" if reasons & _REFUSED or any(refusals) else "whole"


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
