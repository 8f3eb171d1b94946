"""PodcastProgram: the DSPy program that training compiles: analyst, planner, writer and editor, in one state."""

from __future__ import annotations

from typing import Any

import dspy
from dspy.predict.parameter import Parameter

from podcast_dspy.analysis.analyst import Analyst
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.editor import Editor
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.rundown import Planner
from podcast_dspy.generation.script import EpisodePlan, WrittenEpisode
from podcast_dspy.generation.script_writer import ScriptWriter
from podcast_dspy.lms import is_capable
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.settings import EpisodeFormat


def writer_for(role: str, episode_format: EpisodeFormat = "explainer") -> ExtractWriter | EpisodeWriter:
    """The writer that suits an LM: capable ones plan, write and edit episodes; instead of small ones the paper speaks.

    Raises SettingsError for a dialogue without a capable one.
    """
    if is_capable(role):
        return EpisodeWriter(format=episode_format)
    if episode_format == "dialogue":
        raise SettingsError(
            f"a dialogue needs a capable LM, such as --lm openai/NAME: {role} speaks the paper's own sentences, which "
            "nobody says to another; leave out --format dialogue for one host"
        )
    return ExtractWriter()


class _Learned(Parameter):  # type: ignore[misc]
    """The adjustments as DSPy knows parameters, so that they are part of the program's state."""

    def __init__(self, value: Adjustments) -> None:
        self.value = value

    def reset(self) -> None:
        """Nothing: they are no trace of a run."""

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """As `dspy.Predict.dump_state`."""
        return self.value.model_dump(mode="json")

    def load_state(self, state: dict[str, Any]) -> None:
        """As `dspy.Predict.load_state`. Raises ValidationError for what are no adjustments."""
        self.value = Adjustments.model_validate(state)


class PodcastProgram(dspy.Module):  # type: ignore[misc]
    """Writes the script of an episode about a paper, for a profile and a length.

    A capable LM uses all of it: the analyst reads other people's episodes (`analysis.analyze_episode`), the rest makes
    new ones (`EpisodeWriter`). Without one the paper speaks in passages that rules have chosen. `adjustments` is
    what training learned beside instructions and demonstrations. All of it is in the state: what `save` writes, DSPy's
    own `load` reads.
    """

    def __init__(self, adjustments: Adjustments | None = None) -> None:
        super().__init__()
        self.analyst = Analyst()
        self.planner = Planner()
        self.writer = ScriptWriter()
        self.editor = Editor()
        self.learned = _Learned(adjustments or Adjustments())

    @property
    def adjustments(self) -> Adjustments:
        """Numbers and tables that steer planner and writer."""
        return self.learned.value

    @adjustments.setter
    def adjustments(self, value: Adjustments) -> None:
        self.learned.value = value

    def forward(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        seconds: float,
        writer: ExtractWriter | EpisodeWriter | None = None,
        plan: EpisodePlan | None = None,
    ) -> dspy.Prediction:
        """Write an episode of `seconds` about a paper (`episode`); see `write`."""
        author = writer or ExtractWriter()
        return dspy.Prediction(episode=author.write(self, graph, profile, seconds, plan))

    def write(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        *,
        seconds: float,
        writer: ExtractWriter | EpisodeWriter | None = None,
        plan: EpisodePlan | None = None,
    ) -> WrittenEpisode:
        """Write an episode of `seconds` about a paper with a writer, by default as an extract.

        A `plan` is followed as it is. Needs an LM in the DSPy context for an `EpisodeWriter`.
        Raises DocumentError when the paper has nothing to say, ModelError when the LM fails, UsageError for a plan
        that cannot be followed.
        """
        prediction = self(graph=graph, profile=profile, seconds=seconds, writer=writer, plan=plan)
        episode: WrittenEpisode = prediction.episode
        return episode
