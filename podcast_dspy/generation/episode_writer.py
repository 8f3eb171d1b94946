"""EpisodeWriter: an episode planned, written and edited by a capable LM, and what that will ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, ClassVar, Final

import dspy

from podcast_dspy.audio.durations import DurationModel
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.editor import CLAIMS, Assignment, Edited
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.reading import AT_HAND, PaperReading, read_paper
from podcast_dspy.generation.reviewing import BESIDE
from podcast_dspy.generation.rundown import WINDOW, characters_to_read, episode_plan, rundown_of, shape_notes
from podcast_dspy.generation.running import Progress
from podcast_dspy.generation.script import (
    EpisodePlan,
    Record,
    Script,
    ScriptSegment,
    WrittenEpisode,
    turns_of,
)
from podcast_dspy.generation.script_writer import CHAPTER, style_notes
from podcast_dspy.lms import CostLedger, LedgerEntry, is_capable, use
from podcast_dspy.lms.asking import Exchanges
from podcast_dspy.lms.forecast import Asked, tokens_of
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.signatures.editing import CheckClaims, ListenToScript, ReviseScript
from podcast_dspy.signatures.planning import DigestPart, PlanEpisode, Rundown
from podcast_dspy.signatures.writing import WriteScript

if TYPE_CHECKING:
    from podcast_dspy.generation.program import PodcastProgram


_STEPS = 5
"""Planning, writing, checking, and on the average two rounds of editing."""


@dataclass(frozen=True)
class EpisodeWriter:
    """Has a capable LM plan, write and edit an episode with a program's prompts.

    A script of the wrong length is edited, never written again. `progress` hears what is done, with the calls, tokens
    and dollars so far.
    """

    progress: Progress = lambda stage, done, total: None
    format: EpisodeFormat = "explainer"
    asker: DurationModel | None = None
    """How long the second voice of a dialogue takes."""
    language: str = "en"
    """What the episode is in (ISO 639-1)."""
    fills_length: ClassVar[bool] = True

    def write(
        self,
        program: PodcastProgram,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        seconds: float,
        plan: EpisodePlan | None = None,
    ) -> WrittenEpisode:
        """An episode of `seconds`, by a plan if one is given. Raises DocumentError, ModelError, UsageError."""
        reading, learned = read_paper(graph), profile.of_format(self.format)
        pace = Pace.of(program.adjustments, learned, self.asker, self.language)
        with self._recording() as recording:
            if plan is None:
                recording.tell("planning")
                rundown = self._planned(program, reading, learned, seconds)
            else:
                rundown = rundown_of(plan, reading, seconds, self.language)
            style = style_notes(learned, self.format, self.language, figures=bool(rundown.figures))
            task = Assignment(graph, reading, rundown, style, pace, seconds, self.language)
            script = program.writer(
                reading=reading,
                rundown=rundown,
                style=task.style,
                words=[max(1, pace.words(segment.seconds)) for segment in rundown.segments],
                dialogue=self.format == "dialogue",
                language=self.language,
                report=lambda place, count: recording.tell(f"writing, segment {place + 1} of {count}"),
            )
            edited = program.editor(paragraphs=script, task=task, report=recording.tell)
        return _episode(edited, task, recording)

    def plan(
        self, program: PodcastProgram, graph: DocumentGraph, profile: AggregatedProfile, seconds: float
    ) -> EpisodePlan:
        """Only the plan, which is all in its rundown. Raises DocumentError, ModelError."""
        reading, learned = read_paper(graph), profile.of_format(self.format)
        pace = Pace.of(program.adjustments, learned, self.asker, self.language)
        with self._recording() as recording:
            recording.tell("planning")
            rundown = self._planned(program, reading, learned, seconds)
        plan = episode_plan(rundown, reading, graph, seconds=seconds, words_per_minute=pace.words_per_minute)
        return plan.model_copy(update={"segments": ()})

    def _planned(
        self, program: PodcastProgram, reading: PaperReading, learned: AggregatedProfile, seconds: float
    ) -> Rundown:
        shape = shape_notes(learned, seconds, program.adjustments.type_scale, self.format)
        rundown: Rundown = program.planner(
            reading=reading, shape=shape, seconds=seconds, language=self.language
        )
        return rundown

    def fit(
        self,
        program: PodcastProgram,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        written: WrittenEpisode,
        heard: float,
    ) -> WrittenEpisode:
        """An episode whose audio takes `heard` seconds, brought to its length by local edits.

        Raises ModelError.
        """
        before = written.record
        assert before is not None
        learned = profile.of_format(self.format)
        pace = Pace.of(program.adjustments, learned, self.asker, self.language)
        foreseen = sum(pace.lengths(before.paragraphs, len(before.rundown.segments)))
        pace = replace(pace, factor=heard / foreseen)
        seconds = written.plan.target_seconds
        style = style_notes(learned, self.format, self.language, figures=bool(before.rundown.figures))
        task = Assignment(graph, read_paper(graph), before.rundown, style, pace, seconds, self.language)
        with self._recording() as recording:
            recording.tell("editing for the length")
            edited = program.editor.fit(before.paragraphs, task, before.disputed)
        edited.rejected = [*written.rejections, *edited.rejected]
        edited.carried = written.model_units
        recording.before = before
        return _episode(edited, task, recording)

    @contextmanager
    def _recording(self) -> Iterator[_Recording]:
        recording = _Recording(self.progress)
        callbacks = [*(dspy.settings.callbacks or ()), recording.exchanges]
        with recording.ledger, dspy.context(callbacks=callbacks):
            yield recording


@dataclass
class _Recording:
    """What was asked, answered and spent."""

    progress: Progress
    exchanges: Exchanges = field(default_factory=Exchanges)
    ledger: CostLedger = field(default_factory=CostLedger)
    before: Record | None = None
    """That of the script that is edited."""
    steps: int = 0

    def tell(self, step: str) -> None:
        """Tell that a step begins, and what those before it took."""
        calls, tokens, cost = _spent(self.ledger.entries)
        so_far = (
            f" ({calls} {'call' if calls == 1 else 'calls'}, {tokens:,} tokens{f', ${cost:.2f}' if cost else ''})"
            if calls
            else ""
        )
        self.progress(f"{step}{so_far}", min(self.steps, _STEPS - 1), _STEPS)
        self.steps += 1

    def record(self, edited: Edited, task: Assignment) -> Record:
        """All of it, with what was recorded before."""
        before = self.before
        return Record(
            rundown=task.rundown,
            paragraphs=tuple(edited.paragraphs),
            exchanges=(*(before.exchanges if before else ()), *self.exchanges.kept),
            usage=(*(before.usage if before else ()), *self.ledger.entries),
            disputed=tuple(dict.fromkeys(edited.disputed)),
            unkept=tuple(edited.unkept),
        )


def _spent(entries: tuple[LedgerEntry, ...]) -> tuple[int, int, float | None]:
    """Calls, tokens, and dollars where they are known."""
    costs = [entry.cost for entry in entries]
    return (
        sum(entry.calls for entry in entries),
        sum(entry.prompt_tokens + entry.completion_tokens for entry in entries),
        None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def _episode(edited: Edited, task: Assignment, recording: _Recording) -> WrittenEpisode:
    """The edited paragraphs as the script and plan that voicing, chapters and losses read."""
    plan = episode_plan(
        task.rundown,
        task.reading,
        task.graph,
        seconds=task.seconds,
        words_per_minute=task.pace.words_per_minute,
    )
    said = [[one for one in edited.paragraphs if one.segment == place] for place in range(len(plan.segments))]
    expected = sum(map(task.pace.seconds, said))
    script = Script(
        title=plan.title,
        paper_title=task.graph.title,
        document_id=task.graph.document_id,
        segments=tuple(
            ScriptSegment(
                segment_id=planned.segment_id,
                segment_type=planned.segment_type,
                text=" ".join(one.text for one in paragraphs),
                turns=turns_of(paragraphs),
                title=outlined.chapter,
                source_atoms=planned.atom_ids,
                figure_ids=planned.figure_ids,
            )
            for planned, outlined, paragraphs in zip(plan.segments, task.rundown.segments, said, strict=True)
            if paragraphs
        ),
        predicted_seconds=expected,
        language=task.language,
    )
    return WrittenEpisode(
        script=script,
        plan=plan,
        model_units=edited.carried,
        source_units=0,
        expected_seconds=expected,
        rejections=list(dict.fromkeys(edited.rejected)),
        record=recording.record(edited, task),
    )


_PER_WORD: Final = 1.4
"""Tokens a spoken word."""
_SEGMENT: Final = 40.0
"""Seconds of a segment; its line of the plan takes as many tokens as `_PLANNED`."""
_PLANNED: Final = 90.0
_SENTENCE, _VERDICT, _NOTE, _REMARKS = 17.0, 30.0, 65.0, 300.0
"""Words of a sentence; tokens of a verdict on it, of a note on a passage, and of a listener's remarks."""
_NOTES: Final = 20
"""Notes on a part of a paper that is too long to be read at once."""
_EDITS: Final = 2
"""Rounds of editing, each with a check."""
_EDITED: Final = 1 / 3
"""Share of a script that a round rewrites."""


def expected_calls(
    graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments, *, seconds: float, role: str
) -> Asked:
    """What the LM `role` is asked to write one episode of `seconds`. Raises DocumentError, PrerequisiteError."""
    by_predictor = calls_by_predictor(graph, profile, adjustments, seconds=seconds, role=role)
    return reduce(Asked.__add__, by_predictor.values(), Asked())


def calls_by_predictor(
    graph: DocumentGraph,
    profile: AggregatedProfile,
    adjustments: Adjustments,
    *,
    seconds: float,
    role: str,
    rounds: int = _EDITS,
) -> dict[str, Asked]:
    """What each predictor of the LM `role` is asked to write one episode of `seconds`, in their order.

    `rounds` of editing follow the first check; a script that nothing is wrong with has none.
    Raises DocumentError, PrerequisiteError.
    """
    if not is_capable(role):
        return {}
    with use(role, purpose="writer"):
        room = characters_to_read()
    words = Pace.of(adjustments, profile).words(seconds)
    return {"planner.plan": _planning(graph, seconds, room)} | _writing(graph, words, seconds, room, rounds)


@cache
def _form(signature: Any) -> float:
    """Tokens of a prompt beside its inputs: instructions and the form of the answer, as the adapter writes them."""
    from podcast_dspy.lms.asking import AnswerAdapter

    messages = AnswerAdapter().format(signature, [], dict.fromkeys(signature.input_fields, ""))
    return tokens_of(sum(len(str(message["content"])) for message in messages))


def _call(signature: Any, read: float, written: float) -> Asked:
    return Asked(calls=1, prompt_tokens=_form(signature) + read, completion_tokens=written)


def _planning(graph: DocumentGraph, seconds: float, room: int) -> Asked:
    length = len(read_paper(graph).text)
    asked = _call(PlanEpisode, tokens_of(min(length, room)), _rundown(seconds))
    if length > room:
        parts = -(-length // min(WINDOW, room))
        asked += _call(DigestPart, tokens_of(length / parts), _NOTES * _NOTE).times(parts)
    return asked


def _rundown(seconds: float) -> float:
    return _REMARKS + _PLANNED * max(3.0, seconds / _SEGMENT)


def _writing(graph: DocumentGraph, words: int, seconds: float, room: int, rounds: int) -> dict[str, Asked]:
    script, paper = _PER_WORD * words, tokens_of(min(len(read_paper(graph).text), AT_HAND, room))
    chapters = max(1, round(words / CHAPTER))
    shown = min(paper, tokens_of(BESIDE))
    sentences = words / _SENTENCE
    checks = max(1, -(-round(sentences) // CLAIMS))
    checking = Asked(
        calls=checks,
        prompt_tokens=checks * (_form(CheckClaims) + shown) + script,
        completion_tokens=_VERDICT * sentences,
    )
    again = _call(CheckClaims, _EDITED * script + shown / 2, _EDITED * _VERDICT * sentences)
    writing = _call(WriteScript, paper + _rundown(seconds) + script / 2, script / chapters)
    return {
        "writer.script": writing.times(chapters),
        "editor.listen": _call(ListenToScript, script, _REMARKS),
        "editor.check": checking + again.times(rounds),
        "editor.revise": _call(ReviseScript, script + paper / 2, _EDITED * script).times(rounds),
    }
