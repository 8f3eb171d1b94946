"""The strategies on an LM whose quality depends on its instructions in a known way: found, confirmed, within budget."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import dspy
import pytest

import podcast_dspy
from podcast_dspy.errors import ModelError, PrerequisiteError, UnusableAnswerError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, roles
from podcast_dspy.lms import cache as lms_cache
from podcast_dspy.metrics.composite import predictor_feedback
from podcast_dspy.metrics.loss import Feedback
from podcast_dspy.optimizers import STRATEGIES, PodcastOptimizer
from podcast_dspy.optimizers.measuring import segment_pairs
from podcast_dspy.optimizers.search import Overfitting, Records, split, whole
from podcast_dspy.optimizers.stages import stages_of
from podcast_dspy.optimizers.trials import changed_instructions
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.testing import FakeLM

pytestmark = [pytest.mark.models, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def scripted() -> Iterator[ModuleType]:
    """The scripted LM of the benchmark, without its folder on the path."""
    place = Path(__file__).parents[2] / "benchmarks" / "compile_scripted.py"
    spec = importlib.util.spec_from_file_location("compile_scripted", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compile_scripted"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["compile_scripted"]


def config(strategy: str, trials: int = 3, **roles: str) -> TrainingConfig:
    # A voice that was not measured speaks at the pace of the hosts, so that only instructions make a difference.
    chosen = {
        "lm": "openai/writer",
        "reflection_lm": "openai/reflection",
        "voice": "elevenlabs:unmeasured",
        **roles,
    }
    return TrainingConfig(
        optimizer=strategy, max_trials=trials, convergence_threshold=0.0, roles=ModelRoles(**chosen)
    )


def compiled(
    scripted: ModuleType, strategy: str, trials: int = 3, lm: Any = None, **options: Any
) -> tuple[PodcastOptimizer, PodcastProgram, Any]:
    """A run on three pairs with one held out."""
    pairs = scripted.scripted_pairs(4)
    lm = lm or scripted.ScriptedLM(pairs)
    optimizer = PodcastOptimizer(metric=podcast_dspy.metric(), config=config(strategy, trials), **options)
    with lm.serving():
        program = optimizer.compile(PodcastProgram(), trainset=pairs[:3], valset=pairs[3:])
    return optimizer, program, lm


@pytest.fixture(scope="module")
def searched(scripted: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """`compiled` of a strategy, once: what several tests look at."""
    folder = tmp_path_factory.mktemp("answers")

    @cache
    def run(strategy: str) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            for module in (lms_cache, roles):
                patch.setattr(module, "answers_at", lambda: folder / strategy)
            return compiled(scripted, strategy, trials=4 if strategy == "refine" else 3)

    return run


def learned(scripted: ModuleType, program: PodcastProgram) -> set[str]:
    predictors = dict(program.named_predictors())
    return {n for n, rule in scripted.RULES.items() if rule in predictors[n].signature.instructions}


@pytest.mark.parametrize("strategy", ["gepa", "mipro", "refine"])
def test_better_instructions_are_found_for_every_predictor_within_200_calls(
    scripted: ModuleType, searched: Callable[[str], Any], strategy: str
) -> None:
    optimizer, program, _ = searched(strategy)
    assert learned(scripted, program) == set(scripted.PREDICTORS)
    searching = [entry.calls for entry in optimizer.ledger.spent.entries if entry.part == strategy]
    assert 0 < sum(searching) <= 200
    first, best = optimizer.trials[0], optimizer.trials[-1]
    assert best.improved
    assert best.held_out_loss() < 0.5 * first.held_out_loss()
    assert all("," in line or ":" in line for line in best.changes)


def test_a_spent_budget_ends_a_search_with_the_best_and_leaves_what_confirms_it(scripted: ModuleType) -> None:
    optimizer, program, lm = compiled(scripted, "mipro", budget=Budget(calls=130))
    assert lm.calls <= 130
    found = learned(scripted, program)
    assert found < set(scripted.PREDICTORS)
    assert optimizer.trials[2].improved is bool(found - {"analyst.read"})
    assert any("budget" in line or "no candidate" in line for line in optimizer.trials[2].changes)


def test_a_search_that_was_killed_asks_nothing_twice(
    scripted: ModuleType, searched: Callable[[str], Any], tmp_path: Path
) -> None:
    whole = searched("gepa")
    pairs = scripted.scripted_pairs(4)

    class Killed(scripted.ScriptedLM):  # type: ignore[misc]
        def answer(self, messages: list[dict[str, Any]]) -> str:
            if sum("new_instruction" in one.signature.output_fields for one in self.asked) > 2:
                raise KeyboardInterrupt
            return str(super().answer(messages))

    killed = Killed(pairs)
    with pytest.raises(KeyboardInterrupt):
        compiled(scripted, "gepa", lm=killed, records=tmp_path)
    *reflections, _ = (one for one in killed.asked if "new_instruction" in one.signature.output_fields)
    assert reflections, "the last one had no answer any more"
    again = scripted.ScriptedLM(pairs)
    optimizer, program, _ = compiled(scripted, "gepa", lm=again, records=tmp_path)
    assert changed_instructions(program) == changed_instructions(whole[1])
    assert [t.avg_total_loss for t in optimizer.trials] == [t.avg_total_loss for t in whole[0].trials]
    assert [t.changes for t in optimizer.trials] == [t.changes for t in whole[0].trials]
    asked = [one.inputs for one in again.asked if "new_instruction" in one.signature.output_fields]
    assert not [one for one in asked if one in [old.inputs for old in reflections]]


def test_simba_learns_from_rollouts_that_differ(scripted: ModuleType) -> None:
    pairs = scripted.scripted_pairs(4)

    class Moody(scripted.ScriptedLM):  # type: ignore[misc]
        """Writes well when it is asked a second time."""

        def _good(self, predictor: str) -> bool:
            sampled = scripted._rollout.get()
            return bool(super()._good(predictor) or (predictor == "writer.script" and sampled))

    optimizer, program, _ = compiled(scripted, "simba", lm=Moody(pairs))
    changed = dict(program.named_predictors())["writer.script"]
    assert scripted.RULES["writer.script"] in changed.signature.instructions or changed.demos
    assert optimizer.trials[2].improved


def test_auto_goes_from_the_cheap_to_the_reflective(scripted: ModuleType) -> None:
    assert stages_of(config("auto")) == ("bootstrap", "refine", "gepa")
    assert stages_of(config("auto", lm="embedded", reflection_lm="embedded")) == ("bootstrap",)
    optimizer, _, _ = compiled(scripted, "auto", trials=4)
    told = [line.partition(":")[0] for trial in optimizer.trials for line in trial.changes]
    assert told.index("bootstrap") < told.index("refine") < told.index("gepa")


def test_a_refinement_says_what_it_changes_and_turns_down_what_it_must_not(scripted: ModuleType) -> None:
    def answer(inputs: dict[str, Any]) -> dict[str, Any]:
        good = {
            "predictor": "writer.script",
            "instructions": "Explain it to a friend.",
            "reasoning": "clarity",
        }
        cut = {"predictor": "planner.plan", "instructions": "Plan the episode and", "reasoning": ""}
        numbers = [
            {"parameter": "time_for_key_finding", "value": 1.5, "reasoning": ""},
            {"parameter": "mood", "value": 1.0, "reasoning": ""},
        ]
        return {
            "prompt_modifications": [good, cut],
            "profile_adjustments": numbers,
            "priority_focus": "coverage",
        }

    pairs = scripted.scripted_pairs(5)
    lm = scripted.ScriptedLM(pairs)
    lm.script["prompt_modifications"] = answer
    optimizer, _, _ = compiled(scripted, "refine", lm=lm)
    refinement = optimizer.trials[2].refinement
    assert refinement is not None
    assert [one.predictor for one in refinement.prompt_modifications] == ["writer.script"]
    assert [one.parameter for one in refinement.profile_adjustments] == ["time_for_key_finding"]
    assert refinement.priority_focus == "coverage"
    assert "break off" in refinement.turned_down[0]
    assert "no such parameter" in refinement.turned_down[1]
    assert optimizer.trials[2].adjustments.type_scale["key_finding"] == 1.5
    assert optimizer.trials[2].instructions == {"writer.script": "Explain it to a friend."}


@pytest.mark.parametrize("strategy", ["bootstrap", "gepa"])
def test_a_strategy_whose_every_call_fails_says_so_under_its_own_name(
    scripted: ModuleType, strategy: str
) -> None:
    pairs = scripted.scripted_pairs(5)

    class Silent(scripted.ScriptedLM):  # type: ignore[misc]
        def answer(self, messages: list[dict[str, Any]]) -> str:
            text = str(super().answer(messages))
            return text if self.calls <= 80 else "not what was asked for"

    with pytest.raises(ModelError, match=f"^{strategy}"):
        compiled(scripted, strategy, lm=Silent(pairs))


def test_reflection_that_always_fails_is_an_error_of_its_own(scripted: ModuleType) -> None:
    pairs = scripted.scripted_pairs(5)
    lm = scripted.ScriptedLM(pairs)
    lm.script["new_instruction"] = "I would rather not."
    with pytest.raises(UnusableAnswerError, match="gepa, reflection"):
        compiled(scripted, "gepa", lm=lm)


def test_instructions_are_written_by_a_capable_lm_only() -> None:
    known = config("gepa", lm="embedded", reflection_lm="embedded")
    with pytest.raises(PrerequisiteError, match="--reflection-lm"):
        PodcastOptimizer(config=known).compile(PodcastProgram(), trainset=[_analysed()])
    assert {"neighbours", "knn", "bootstrap", "mipro", "simba", "gepa", "refine", "auto"} == set(STRATEGIES)


def test_instructions_that_speak_of_the_training_pairs_or_break_off_are_turned_down(
    scripted: ModuleType,
) -> None:
    pair = scripted.scripted_pairs(1)[0]
    check = Overfitting([pair], ["Write well."])
    assert check.fault("Write well.") == ""
    assert check.fault("Explain each number that is spoken.") == ""
    assert "break off" in check.fault("Explain each number and")
    assert "brine treatment" in check.fault("Always explain brine treatment first.")
    host = pair.transcription.transcript_text.split(". ")[4]
    assert "training pairs" in check.fault(f"Say it like this: {host}.")
    assert "Kitchen Table Science" in check.fault("Open with Kitchen Table Science, always.")


def test_examples_to_learn_from_and_to_validate_on_are_of_different_pairs(scripted: ModuleType) -> None:
    pairs = scripted.scripted_pairs(5)
    for units in (segment_pairs, whole):
        train, val = split(pairs, units, seed=0)
        learned_from, validated = ({one.pair.pair_id for one in side} for side in (train, val))
        assert not learned_from & validated
        assert len(validated) > 1
    (segment, *_), _ = split(pairs[:2], segment_pairs, seed=0)
    assert len(segment.pair.aligned_segments) == 1
    assert segment.pair.transcription.transcript_text in pairs[0].transcription.transcript_text + " ".join(
        pair.transcription.transcript_text for pair in pairs
    )


def test_records_survive_a_line_that_was_cut(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    Records(file).put({"a": 1}, "first")
    with file.open("ab") as out:
        out.write(b'["abc", {"hal')
    again = Records(file)
    assert again.get("first") == {"a": 1}
    again.put(2, "second")
    assert (Records(file).get("first"), Records(file).get("second")) == ({"a": 1}, 2)


def test_each_predictor_hears_what_it_can_act_on() -> None:
    lines = [
        Feedback(predictor="planner", loss="coverage", text="name the cache"),
        Feedback(predictor="writer", loss="quality", text="define eviction"),
        Feedback(predictor="planner", loss="duration", text="12 s too long"),
    ]
    assert predictor_feedback(lines, "planner.plan") == "name the cache\n12 s too long"
    assert predictor_feedback(lines, "writer.script") == "define eviction"
    assert predictor_feedback(lines, "editor.revise") == "define eviction\n12 s too long"
    assert (
        predictor_feedback(lines[:1], "writer.script")
        == predictor_feedback(lines[:1], None)
        == "name the cache"
    )


def test_knn_sets_pace_and_shares_from_the_first_trial_and_searches_nothing() -> None:
    lm = FakeLM({"spoken": "Nothing."})
    with lm.serving():
        strategy = STRATEGIES["knn"](TrainingConfig(optimizer="knn"))
        optimizer = PodcastOptimizer(
            strategy=strategy, config=TrainingConfig(max_trials=2, convergence_threshold=0.0)
        )
        optimizer.compile(PodcastProgram(), trainset=[_analysed()])
    before, after = (trial.adjustments for trial in optimizer.trials)
    assert after.words_per_minute is not None
    assert after.type_scale
    assert after.model_copy(update={"words_per_minute": None, "type_scale": {}}) == before


def _analysed() -> Any:
    from podcast_dspy.testing import sample_pair

    return sample_pair()


def test_the_metric_is_one_that_dspy_takes(scripted: ModuleType) -> None:
    pair = scripted.scripted_pairs(1)[0]
    from podcast_dspy.testing import sample_script

    metric = podcast_dspy.metric()
    made = dspy.Prediction(script=sample_script(), seconds=100.0)
    found = metric(dspy.Example(pair=pair).with_inputs("pair"), made)
    assert 0.0 < found.score <= 1.0
    assert set(found.objective_scores) == {"duration", "coverage", "structure", "quality", "rouge"}
    assert found.score == pytest.approx(1 - found.metrics.total_loss)
    assert metric(dspy.Example(pair=pair), made, None, "planner.plan", None).score == found.score
    dspy.GEPA(metric=metric, max_metric_calls=1, reflection_lm=FakeLM({}))  # refuses what is no metric
