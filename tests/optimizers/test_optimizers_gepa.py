"""GEPA on a scripted LM: instructions are rewritten from the losses' feedback, within the budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dspy
import pytest
from lm_parts import Host
from podcast_dspy.optimizers.gepa import GepaStrategy, _feedback
from test_optimizers_learning import pair
from test_optimizers_training import profile, trial

from podcast_dspy.errors import PrerequisiteError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.optimizers import gepa
from podcast_dspy.optimizers.strategy import changed_instructions, differences, set_instructions
from podcast_dspy.settings import ModelRoles, TrainingConfig

REWRITTEN = "Speak in short sentences and keep every number."


class Scripted(dspy.BaseLM):  # type: ignore[misc]
    """Plans, writes and edits by a script; reflects by proposing the same instructions each time."""

    def __init__(self) -> None:
        super().__init__(model="scripted", cache=False)
        self.reflections = 0
        self.host = Host()

    def forward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        asked = messages or [{"role": "user", "content": prompt}]
        if not Host.part(str(asked[-1]["content"])):
            self.reflections += 1
            return self._answer(f'{{"new_instruction": "{REWRITTEN}"}}')
        return self._answer(self.host({"messages": asked}))

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
    monkeypatch.setattr(gepa, "CALLS_PER_PAIR", 6)
    strategy = GepaStrategy(config())
    strategy._pairs = [pair("a"), pair("b")]
    strategy._profile = profile()
    evolved = strategy._evolve(PodcastProgram())
    assert isinstance(evolved, PodcastProgram)
    assert lm.reflections >= 1
    asked = {"planner.plan", "writer.script", "editor.listen", "editor.check", "editor.revise"}
    assert set(changed_instructions(evolved)) <= asked
    assert all(0.0 < score <= 1.0 for score, _ in strategy._memo.values())


def strategy_after_two_trials(
    monkeypatch: pytest.MonkeyPatch, evolved: PodcastProgram
) -> tuple[GepaStrategy, list[Any]]:
    """A strategy whose GEPA gives `evolved`, and the two trials that come before it."""
    strategy = GepaStrategy(config())
    monkeypatch.setattr(strategy, "_evolve", lambda program: evolved)
    return strategy, [trial(0, PodcastProgram(), None), trial(1, PodcastProgram(), None, duration=0.05)]


def test_what_gepa_rewrote_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    evolved = PodcastProgram()
    set_instructions(evolved, {"writer.say": REWRITTEN})
    strategy, trials = strategy_after_two_trials(monkeypatch, evolved)
    proposal = strategy.propose(trials)
    assert proposal is not None
    assert proposal.program is evolved
    assert proposal.changes == ("GEPA: instructions from the losses' feedback",)
    assert differences(PodcastProgram(), evolved) == (f'instructions of writer.say, now "{REWRITTEN}"',)


def test_gepa_that_rewrote_nothing_does_not_say_that_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    strategy, trials = strategy_after_two_trials(monkeypatch, PodcastProgram())
    proposal = strategy.propose(trials)
    assert proposal is not None
    assert proposal.changes[0] == "GEPA: no instructions scored better than those that were there"
    assert not changed_instructions(proposal.program)
    assert not any("instructions" in line for line in differences(PodcastProgram(), proposal.program))


def test_gepa_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    strategy, trials = strategy_after_two_trials(monkeypatch, PodcastProgram())
    monkeypatch.setattr(strategy, "_evolve", lambda program: pytest.fail("GEPA ran again"))
    strategy.propose([*trials, trial(2, PodcastProgram(), None)])


def test_each_predictor_hears_what_it_can_act_on() -> None:
    lines = [
        Feedback(predictor="planner", loss="coverage", text="name the cache"),
        Feedback(predictor="writer", loss="quality", text="define eviction"),
        Feedback(predictor="planner", loss="duration", text="12 s too long"),
    ]
    assert _feedback(lines, "planner.plan") == "name the cache\n12 s too long"
    assert _feedback(lines, "writer.script") == "define eviction"
    assert _feedback(lines, "editor.revise") == "define eviction\n12 s too long"
    assert _feedback(lines[:1], "writer.script") == _feedback(lines[:1], None) == "name the cache"
