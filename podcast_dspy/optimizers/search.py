"""Search: one predictor of a program as a DSPy program of its own, its candidates, which may be used, which is best.

DSPy's optimizers compile this small program and never learn what stands around it. What they try is written down here,
whoever tries it: so all of them stop when the budget is spent and keep the best, none repeats a rollout, and the same
rule as everywhere decides whether a candidate is better than what there was.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import dspy
from pydantic_core import to_jsonable_python

from podcast_dspy.errors import BudgetError, ModelError, PodcastError, UnusableAnswerError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.lms import exhausted, podcast_errors
from podcast_dspy.metrics import Gain, paired_gain
from podcast_dspy.metrics.composite import predictor_feedback
from podcast_dspy.metrics.leakage import leakage
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.store.files import atomic_write
from podcast_dspy.text.words import words

_ENDS: Final = tuple(".?!…:)]}>\"”’'`*")


class Overfitting:
    """Tells instructions that hold for any paper from those that speak of one.

    An instruction is learned from a few examples. What it copies of them (eight or more words in a row of a podcast or
    its paper, the name of a show or a host, a paper's own concept) helps on these and misleads on every other.
    """

    def __init__(self, pairs: Sequence[TrainingPair], known: Collection[str]) -> None:
        """`pairs` are those that a search may see, `known` the instructions that it begins with."""
        self._known = frozenset(known)
        self._before = "\n".join(known)
        self._transcripts = [pair.transcription.transcript_text for pair in pairs]
        self._papers = [" ".join(atom.content for atom in pair.document_graph.atoms) for pair in pairs]
        before = f" {' '.join(words(self._before))} "
        names = {
            " ".join(words(form))
            for pair in pairs
            for concept in pair.document_graph.key_concepts
            for form in (concept.name, *concept.aliases)
        }
        self._concepts = sorted(name for name in names if " " in name and f" {name} " not in before)
        self._faults: dict[str, str] = {}

    def fault(self, instructions: str) -> str:
        """Why instructions are turned down, as the rest of a sentence about them; empty for good ones."""
        if instructions in self._known:
            return ""
        if instructions not in self._faults:
            self._faults[instructions] = self._found(instructions)
        return self._faults[instructions]

    def _found(self, instructions: str) -> str:
        text = instructions.strip()
        if not text:
            return "are empty"
        if not text.endswith(_ENDS):
            return f"break off (“{text[-40:]}”)"
        said = leakage(text, self._transcripts, self._before)
        copied = [
            *said.names,
            *said.sponsors,
            *said.copied,
            *leakage(text, self._papers, self._before).copied,
        ]
        line = f" {' '.join(words(text))} "
        copied += [name for name in self._concepts if f" {name} " in line]
        return f"speak of the training pairs (“{copied[0][:60]}”)" if copied else ""


LONGEST: Final = 4_000
"""Characters of an input that a demonstration, or an example for reflection, keeps: a paper fills the context alone."""
_SEGMENTS: Final = 8
"""Segments that a candidate is validated on, and as many to learn from."""


class OnePredictor(dspy.Module):  # type: ignore[misc]
    """One predictor; calling it runs the whole program, or a segment of it, with this predictor in its place."""

    def __init__(self, predictor: dspy.Predict, roll: Any) -> None:
        super().__init__()
        self.predictor = predictor
        self._roll = roll

    def forward(self, pair: Any) -> dspy.Prediction:
        """What the program makes for a pair. Raises PodcastError."""
        return self._roll(self.predictor, pair)

    def __deepcopy__(self, memo: dict[int, Any]) -> OnePredictor:
        # The program around it is shared: only the predictor is a candidate's own.
        return OnePredictor(self.predictor.deepcopy(), self._roll)


class Records:
    """Answers by what was asked, in a file of JSON lines that survives a kill; in memory alone without a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()
        if file is not None and file.exists():
            held = file.read_bytes()
            complete = held[: held.rfind(b"\n") + 1]
            if complete != held:  # the last line was cut when the process ended
                atomic_write(file, complete)
            self._known = dict(map(json.loads, complete.splitlines()))

    def get(self, *asked: Any) -> Any:
        """What is known of it; None for nothing."""
        return self._known.get(_key(asked))

    def put(self, value: Any, *asked: Any) -> None:
        """Keep it."""
        key = _key(asked)
        with self._lock:
            self._known[key] = value
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("ab") as out:
                    out.write(json.dumps([key, value]).encode() + b"\n")


def _key(asked: Any) -> str:
    content = json.dumps(to_jsonable_python(asked, fallback=str), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:24]


@dataclass
class Search:
    """The rollouts of one predictor's candidates, and their scores on the examples."""

    name: str
    """The predictor, as the program calls it."""
    program: PodcastProgram
    measuring: Measuring
    train: list[dspy.Example]
    val: list[dspy.Example]
    records: Records
    overfitting: Overfitting
    role: str
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    """By candidate, by example."""
    failure: PodcastError | None = None
    fatal: PodcastError | None = None
    refused: PodcastError | None = None
    """Why the LM that reflects last gave none."""
    proposed: int = 0
    """Instructions that the LM that reflects gave, used or not."""
    _candidates: dict[str, dspy.Predict] = field(default_factory=dict)
    _rolled: set[tuple[Any, ...]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.student = OnePredictor(_named(self.program, self.name).deepcopy(), self.roll)
        self._start = self._candidate(self.student.predictor)
        self._measured: dict[tuple[str, str], dspy.Prediction] = {}

    @property
    def kind(self) -> str:
        """What the examples are."""
        return "segments" if self.name.startswith("writer.") else "episodes"

    def measure(self, student: OnePredictor, examples: Sequence[dspy.Example]) -> list[float]:
        """Scores of a candidate on examples, without those that fail. Raises what keeps all of them from a score."""
        found = []
        with dspy.context(trace=[]):
            for example in examples:
                try:
                    found.append(float(self.metric(example, student(pair=example.pair)).score))
                except PodcastError:
                    if self.fatal is not None:
                        raise self.fatal from None
        if not found:
            raise self.failure or ModelError("no rollout could be scored")
        return found

    def usual(self) -> float:
        """Median score of what there is on the examples to learn from: what scores below it is no demonstration."""
        return median(self.measure(self.student, self.train))

    def roll(self, predictor: dspy.Predict, pair: Any) -> dspy.Prediction:
        """Run the program with a candidate in its place, or recall how it went. Raises PodcastError."""
        if self.fatal is not None:
            raise self.fatal
        candidate, unit = self._candidate(predictor), self.unit(pair)
        sampled = None if predictor.lm is None else predictor.lm.kwargs.get("rollout_id")
        asked = ("rollout", candidate, unit, sampled, self._around())
        try:
            if fault := self.overfitting.fault(predictor.signature.instructions):
                raise UnusableAnswerError(f"its instructions {fault}")
            found = self.records.get(*asked)
            if found is None:
                with podcast_errors(self.role):
                    found = self._run(predictor, pair)
                self.records.put(found, *asked)
            self._rolled.add(asked)
        except PodcastError as error:
            self._failed(error)
            raise
        for inputs, outputs in found["trace"]:
            if dspy.settings.trace is not None:
                dspy.settings.trace.append((predictor, dict(inputs), dspy.Prediction(**outputs)))
        return dspy.Prediction(made=found["made"], candidate=candidate if sampled is None else "")

    def _run(self, predictor: dspy.Predict, pair: Any) -> dict[str, Any]:
        program = self.program.deepcopy()
        place = _named(program, self.name)
        place.signature, place.demos, place.lm = predictor.signature, list(predictor.demos), predictor.lm
        trace: list[Any] = []
        with dspy.context(trace=trace):
            made = self.make(program, pair)
        asked = [
            self.shown(*to_jsonable_python((inputs, dict(outputs)), fallback=str))
            for one, inputs, outputs in trace
            if _shape(one) == _shape(place)
        ]
        # What is asked side by side ends in any order.
        traces = sorted(((inputs | {"pair_id": pair.pair_id}, outputs) for inputs, outputs in asked), key=str)
        found: dict[str, Any] = to_jsonable_python({"made": made, "trace": traces})
        return found

    def unit(self, pair: Any) -> str:
        """Name of an example: the pair, and for a segment its id."""
        name = str(pair.pair_id)
        return f"{name}/{pair.aligned_segments[0].segment_id}" if self.kind == "segments" else name

    def make(self, program: PodcastProgram, pair: Any) -> dict[str, Any]:
        """What the program makes for an example, as what becomes JSON. Raises PodcastError."""
        made = (self.measuring.segment if self.kind == "segments" else self.measuring.episode)(program, pair)
        return {"script": made.script, "plan": getattr(made, "plan", None), "seconds": made.seconds}

    def shown(self, inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs and outputs of the predictor as a demonstration has them."""
        return {name: short(value) for name, value in inputs.items()}, outputs

    def metric(
        self, gold: Any, pred: Any, trace: Any = None, pred_name: str | None = None, pred_trace: Any = None
    ) -> dspy.Prediction:
        """The metric of the run on this search's rollouts, with the feedback for its predictor. Raises PodcastError."""
        if pred is None or getattr(pred, "made", None) is None:
            raise self.failure or ModelError("there is nothing to score")
        unit = self.unit(gold.pair)
        key = (_key(pred.made), unit)
        try:
            if key not in self._measured:
                with podcast_errors(self.role):
                    self._measured[key] = self.scored(gold.pair, pred.made)
        except PodcastError as error:
            self._failed(error)
            raise
        result = self._measured[key]
        if pred.candidate:
            with self._lock:
                self.scores.setdefault(pred.candidate, {})[unit] = float(result.score)
        return result

    def scored(self, pair: Any, made: dict[str, Any]) -> dspy.Prediction:
        """`score` (0-1), `feedback` for the predictor and `objective_scores` of what was made. Raises PodcastError."""
        plan = made["plan"]
        prediction = dspy.Prediction(
            script=Script.model_validate(made["script"]),
            plan=None if plan is None else EpisodePlan.model_validate(plan),
            seconds=made["seconds"],
        )
        result = self.measuring.metric(_example(pair), prediction, None, self.name, None)
        if not isinstance(result, dspy.Prediction):
            return dspy.Prediction(score=float(result), feedback=f"The score is {float(result):.3f}.")
        metrics, feedback = getattr(result, "metrics", None), result.get("feedback")
        if metrics is not None:
            feedback = predictor_feedback(metrics.feedback, self.name)
        objectives = result.get("objective_scores")
        return dspy.Prediction(score=float(result.score), feedback=feedback, objective_scores=objectives)

    def best(self) -> tuple[dspy.Predict | None, Gain | None]:
        """The candidate with the best mean among those that were scored on every validation example, and its gain.

        None where there is none but what there was.
        """
        units = [self.unit(example.pair) for example in self.val]
        before = self.scores.get(self._start, {})
        wanted = [unit for unit in units if unit in before]
        full = {
            name: sum(known[unit] for unit in wanted) / len(wanted)
            for name, known in self.scores.items()
            if wanted and name != self._start and all(unit in known for unit in wanted)
        }
        if not full:
            return None, None
        chosen = max(full, key=lambda name: full[name])
        gain = paired_gain(
            {unit: 1 - before[unit] for unit in wanted},
            {unit: 1 - self.scores[chosen][unit] for unit in wanted},
            {unit: unit.partition("/")[0] for unit in wanted},
        )
        return self._candidates[chosen], gain

    @property
    def rollouts(self) -> int:
        """Different ones; those of an interrupted search, which are recalled, among them."""
        return len(self._rolled)

    @property
    def tried(self) -> int:
        """Candidates beside what there was."""
        return len(self.scores.keys() - {self._start})

    def _candidate(self, predictor: dspy.Predict) -> str:
        demos = [dict(demo) for demo in predictor.demos]
        name = _key((predictor.signature.instructions, demos))
        with self._lock:
            if name not in self._candidates:
                self._candidates[name] = predictor.deepcopy()
                self._candidates[name].lm = None
        return name

    def _around(self) -> str:
        """All beside the predictor that a rollout rests on: records of another run are not taken for this one's."""
        if not hasattr(self, "_rest"):
            state = self.program.dump_state()
            state.pop(self.name)
            plan = self.measuring.profile.model_dump(mode="json", exclude={"created_at", "version"})
            self._rest = _key(
                (self.name, state, self.role, str(getattr(dspy.settings.lm, "model", "")), plan)
            )
        return self._rest

    def _failed(self, error: PodcastError) -> None:
        if spent := exhausted():  # what an LM raises then, DSPy may have made an error of its own
            error = BudgetError(spent)
        self.failure = error
        if isinstance(error, BudgetError) or not isinstance(error, UnusableAnswerError):
            self.fatal = error


def _named(program: PodcastProgram, name: str) -> dspy.Predict:
    return dict(program.named_predictors())[name]


def _shape(predictor: dspy.Predict) -> tuple[list[str], list[str]]:
    """By which a predictor is known in a trace, whatever its instructions are."""
    return list(predictor.signature.input_fields), list(predictor.signature.output_fields)


def short(value: Any) -> Any:
    """An input without most of a long text."""
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST].rsplit(' ', 1)[0]} [...]"
    return value


Units = Callable[[TrainingPair], Sequence[Any]]
"""The examples of a pair."""


def whole(pair: TrainingPair) -> list[TrainingPair]:
    """A pair as one example, an episode."""
    return [pair]


def split(
    pairs: Sequence[TrainingPair], units: Units, seed: int
) -> tuple[list[dspy.Example], list[dspy.Example]]:
    """Examples to learn from and to validate on, of different pairs where there are two or more.

    From four pairs on half of them validate; of two or three, the last pair or two.
    """
    order = list(pairs)
    random.Random(seed).shuffle(order)
    cut = len(order) // 2 if len(order) > 1 else 0
    train, val = (order[:cut], order[cut:]) if cut else (order, order)
    return examples(train, units), examples(val, units)


def examples(pairs: Sequence[TrainingPair], units: Units) -> list[dspy.Example]:
    """Examples of pairs, taken in turn from each, so that a long podcast does not fill the set."""
    rows = [units(pair) for pair in pairs]
    longest = max(map(len, rows), default=0)
    taken = [row[place] for place in range(longest) for row in rows if place < len(row)]
    return [_example(one) for one in taken[:_SEGMENTS]]


def _example(pair: Any) -> dspy.Example:
    return dspy.Example(pair=pair).with_inputs("pair")
