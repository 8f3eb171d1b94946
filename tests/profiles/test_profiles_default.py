"""The profile that comes along: learned from the example corpus, by the prompts of this version."""

from __future__ import annotations

from pathlib import Path

import podcast_dspy
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.profiles import DEFAULT_PROFILE, CompiledProfile


def test_it_was_learned_by_the_programs_of_this_version() -> None:
    """Otherwise a mended prompt would not reach those who compile nothing: `make profile` learns it anew."""
    stored = CompiledProfile.load(DEFAULT_PROFILE).program_state
    program = PodcastProgram()
    for name, predictor in program.named_predictors():
        state = stored[f"podcast.{name}"]
        assert isinstance(state, dict)
        assert state["signature"] == predictor.dump_state()["signature"], f"{name}: run `make profile`"  # type: ignore[index]


def test_it_comes_of_the_example_pairs_alone() -> None:
    demonstrations = [
        demo for _, part in podcast_dspy.load().program.named_predictors() for demo in part.demos
    ]
    examples = {path.name for path in (Path(__file__).parents[2] / "examples" / "pairs").iterdir()}
    assert {demo.get("pair_id") for demo in demonstrations} <= examples
