"""GEPA on a scripted LM: instructions are rewritten from the losses' feedback, within the budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dspy
import pytest
from test_optimizers_learning import pair
from test_optimizers_training import profile

from podcast_dspy.errors import PrerequisiteError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers import gepa
from podcast_dspy.optimizers.gepa import GepaStrategy
from podcast_dspy.optimizers.strategy import changed_instructions
from podcast_dspy.settings import ModelRoles, TrainingConfig

REWRITTEN = "Speak in short sentences and keep every number."


class Scripted(dspy.BaseLM):  # type: ignore[misc]
    """Repeats its passages; speaks well only once its instructions say so. Reflects by proposing those instructions."""

    def __init__(self) -> None:
        super().__init__(model="scripted", cache=False)
        self.reflections = 0

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        text = prompt or "\n".join(str(message["content"]) for message in messages)
        if "passages" not in text or "new instruction" in text:
            self.reflections += 1
            return self._answer(f"```\n{REWRITTEN}\n```")
        spoken = "They replay one million requests against every policy and count all misses."
        return self._answer(f'{{"text": "{spoken}"}}')

    def _answer(self, text: str) -> Any:
        from litellm import ModelResponse

        return ModelResponse(
            choices=[{"message": {"content": text, "role": "assistant"}, "finish_reason": "stop"}]
        )


def config() -> TrainingConfig:
    return TrainingConfig(optimizer="gepa", roles=ModelRoles(lm="openai/x", reflection_lm="openai/y"))


def test_gepa_needs_an_lm_that_can_reflect() -> None:
    with pytest.raises(PrerequisiteError, match="--reflection-lm"):
        GepaStrategy(TrainingConfig(optimizer="gepa"))


@pytest.mark.models
@pytest.mark.filterwarnings("ignore")
def test_instructions_are_evolved_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = Scripted()

    @contextmanager
    def use(role: str, **options: Any) -> Iterator[Any]:
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            yield lm

    monkeypatch.setattr(gepa, "use", use)
    monkeypatch.setattr(gepa, "resolve", lambda role, **options: lm)
    monkeypatch.setattr(gepa, "_CALLS_PER_PAIR", 6)
    strategy = GepaStrategy(config())
    strategy._pairs = [pair("a"), pair("b")]
    strategy._profile = profile()
    evolved = strategy._evolve(PodcastProgram())
    assert isinstance(evolved, PodcastProgram)
    assert lm.reflections >= 1
    assert set(changed_instructions(evolved)) <= {"writer.say", "writer.write"}
    assert all(0.0 < score <= 1.0 for score, _ in strategy._memo.values())
