"""PodcastProgram: the DSPy program that training compiles. Plan, write, fit the length."""

from __future__ import annotations

from dataclasses import dataclass, field

import dspy

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.passage_writer import PassageWriter
from podcast_dspy.generation.planner import plan_episode
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.generation.segment_writer import SegmentWriter
from podcast_dspy.generation.writer import Task, Writer, WriterPrompts
from podcast_dspy.lms import is_capable
from podcast_dspy.profiles.profile import AggregatedProfile

__all__ = ["PodcastProgram", "WrittenEpisode", "writer_for"]


def writer_for(role: str) -> Writer:
    """The writer that suits an LM: capable ones write whole segments, small ones say passages."""
    return SegmentWriter() if is_capable(role) else PassageWriter()


@dataclass
class WrittenEpisode:
    """A script with the plan it follows and what the writer had to turn down."""

    script: Script
    plan: EpisodePlan
    model_units: int
    """Units in the model's own words that passed the check."""
    source_units: int
    """Units spoken in the paper's own words, because no candidate passed the check or no LM was asked."""
    expected_seconds: float
    """How long it will take by the voice's duration model, else at the plan's pace."""
    rejections: list[str] = field(default_factory=list)


class PodcastProgram(dspy.Module):  # type: ignore[misc]
    """Writes the script of an episode about a paper, for a profile and a length.

    `adjustments` is what training learned beside the demonstrations; the compiled profile keeps it beside the state.
    """

    def __init__(self, adjustments: Adjustments | None = None) -> None:
        super().__init__()
        self.writer = WriterPrompts()
        self.adjustments = adjustments or Adjustments()

    def forward(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        seconds: float,
        writer: Writer | None = None,
    ) -> dspy.Prediction:
        """Write an episode of `seconds` about a paper (`episode`); see `write`."""
        draft = plan_episode(graph, profile, self.adjustments, seconds=seconds)
        task = Task(draft, graph, profile, self.adjustments, self.writer)
        written = (writer or PassageWriter()).write(task)
        expected = 60.0 * sum(map(task.length, written.texts)) / draft.plan.words_per_minute
        script = Script(
            title=graph.title,
            paper_title=graph.title,
            document_id=graph.document_id,
            segments=tuple(
                ScriptSegment(
                    segment_id=planned.segment_id,
                    segment_type=planned.segment_type,
                    text=text,
                    source_atoms=tuple(dict.fromkeys(unit.atom_id for unit in segment.units)),
                    figure_ids=planned.figure_ids,
                )
                for planned, segment, text in zip(
                    draft.plan.segments, draft.segments, written.texts, strict=True
                )
                if text
            ),
            extract=written.extract,
            predicted_seconds=expected,
        )
        grounded = sum(said.grounded for said in written.said)
        episode = WrittenEpisode(
            script=script,
            plan=draft.plan,
            model_units=grounded,
            source_units=len(written.said) - grounded,
            expected_seconds=expected,
            rejections=[reason for said in written.said for reason in said.rejected],
        )
        return dspy.Prediction(episode=episode)

    def write(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        *,
        seconds: float,
        writer: Writer | None = None,
    ) -> WrittenEpisode:
        """Write an episode of `seconds` about a paper with a writer, by default the one for small LMs.

        Needs an LM in the DSPy context unless the writer is the `ExtractWriter`.
        Raises DocumentError when the paper has nothing to say, ModelError when the LM fails.
        """
        prediction = self(graph=graph, profile=profile, seconds=seconds, writer=writer)
        episode: WrittenEpisode = prediction.episode
        return episode
