"""A `dspy.LM` whose rollouts are reproducible."""

from __future__ import annotations

from typing import Any

import dspy

__all__ = ["LocalLM"]


class LocalLM(dspy.LM):  # type: ignore[misc]
    """An LM on the embedded engine: `rollout_id` becomes the sampling seed.

    DSPy keeps `rollout_id` for its cache key and does not show it to an engine, so that a sampled rollout
    would differ from run to run. Here the same rollout of the same request gives the same answer.
    """

    def __call__(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`."""
        return super().__call__(prompt=prompt, messages=messages, **self._seeded(kwargs))

    async def acall(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM`."""
        return await super().acall(prompt=prompt, messages=messages, **self._seeded(kwargs))

    def _seeded(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        merged = {**self.kwargs, **kwargs}
        rollout, several = merged.get("rollout_id"), (merged.get("n") or 1) > 1
        if rollout is None or several or merged.get("seed") is not None or not merged.get("temperature"):
            return kwargs
        return {**kwargs, "seed": int(rollout)}
