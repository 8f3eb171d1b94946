"""PodcastProgram: the DSPy program that training compiles. Plan, write, fit the length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import dspy

from podcast_dspy.audio import speakable
from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.acronyms import introduce, spelled_out
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft, DraftSegment
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.leads import lead
from podcast_dspy.generation.phrasing import PURPOSES, Phrases, join
from podcast_dspy.generation.planner import plan_episode
from podcast_dspy.generation.retelling import standing_alone
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.generation.whole import tell_whole
from podcast_dspy.generation.writer import Said, Writer
from podcast_dspy.profiles.profile import AggregatedProfile

__all__ = ["PodcastProgram", "WrittenEpisode", "spoken_words"]

_RUN_ROUNDS, _MAX_ROUNDS = 3, 7
"""How often passages are exchanged for the length: what an exchange changes is only known once it is told."""


@dataclass
class WrittenEpisode:
    """A script with the plan it follows and what the writer had to turn down."""

    script: Script
    plan: EpisodePlan
    model_units: int
    """Units in the model's own words that passed the check."""
    source_units: int
    """Units spoken in the paper's own words, because no candidate passed the check."""
    expected_seconds: float
    """How long it will take by the voice's duration model, else at the plan's pace."""
    rejections: list[str] = field(default_factory=list)


class PodcastProgram(dspy.Module):  # type: ignore[misc]
    """Writes the script of an episode about a paper, for a profile and a length.

    `adjustments` is what training learned beside the demonstrations; the compiled profile keeps it beside the state.
    """

    def __init__(self, adjustments: Adjustments | None = None) -> None:
        super().__init__()
        self.writer = Writer()
        self.adjustments = adjustments or Adjustments()

    def forward(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        seconds: float,
        capable: bool = False,
        retell: bool = True,
    ) -> dspy.Prediction:
        """Write an episode of `seconds` about a paper (`episode`); needs an LM in the DSPy context if `retell`."""
        draft = plan_episode(graph, profile, self.adjustments, seconds=seconds)
        spoken = _Speech(self.writer if retell else None, self.adjustments.demonstrations)
        if capable and retell:
            told = tell_whole(self.writer, draft, graph, profile, self.adjustments, length=self._length)
            texts = told.texts
            for said in told.said:
                spoken.count(said)
        else:
            texts = self._write_units(draft, graph, profile, spoken)
        expected = 60.0 * sum(self._lengths(texts, draft)) / draft.plan.words_per_minute
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
                for planned, segment, text in zip(draft.plan.segments, draft.segments, texts, strict=True)
                if text
            ),
            predicted_seconds=expected,
        )
        episode = WrittenEpisode(
            script=script,
            plan=draft.plan,
            model_units=spoken.grounded,
            source_units=spoken.fallback,
            expected_seconds=expected,
            rejections=spoken.rejections,
        )
        return dspy.Prediction(episode=episode)

    def write(
        self,
        graph: DocumentGraph,
        profile: AggregatedProfile,
        *,
        seconds: float,
        capable: bool = False,
        retell: bool = True,
    ) -> WrittenEpisode:
        """Write an episode of `seconds` about a paper. `capable` LMs write whole segments, small ones say passages.

        Without `retell` no LM is asked: the passages themselves are spoken, which shows in a fraction of the time
        what a plan is worth.
        Raises DocumentError when the paper has nothing to say, ModelError when the LM fails.
        """
        prediction = self(graph=graph, profile=profile, seconds=seconds, capable=capable, retell=retell)
        episode: WrittenEpisode = prediction.episode
        return episode

    def _write_units(
        self, draft: Draft, graph: DocumentGraph, profile: AggregatedProfile, spoken: _Speech
    ) -> list[str]:
        target = draft.plan.target_seconds / 60.0 * draft.plan.words_per_minute
        nearest, best, units = math.inf, [""], [segment.units for segment in draft.segments]
        for number in range(_MAX_ROUNDS):
            spoken.prepare(draft.segments)
            texts = _compose(draft, graph, profile, self.adjustments, spoken)
            lengths = self._lengths(texts, draft)
            if abs(sum(lengths) - target) < nearest:
                nearest, best = abs(sum(lengths) - target), texts
                units = [segment.units for segment in draft.segments]
            # What fits the whole may not fit a run, which would take it back: in the end the whole decides.
            if not fit_length(draft.segments, lengths, target, runs=number < _RUN_ROUNDS):
                break
        for segment, said in zip(draft.segments, units, strict=True):
            segment.units = said
        return best

    def _lengths(self, texts: Sequence[str], draft: Draft) -> list[int]:
        return [self._length(text, draft.plan.words_per_minute) for text in texts]

    def _length(self, text: str, words_per_minute: float) -> int:
        """Spoken words of a run; by the voice's own seconds where they are known, at the plan's pace."""
        model = self.adjustments.voice_model
        if model is None or not text:
            return spoken_words(text)
        return round((model.predict(text) + SEGMENT_PAUSE) / 60.0 * words_per_minute)


class _Speech:
    """What each unit sounds like once said; a unit is said once, however often the length is fitted."""

    def __init__(self, writer: Writer | None, demonstrations: int) -> None:
        self._writer = writer
        self._demonstrations = demonstrations
        self._said: dict[tuple[str, str], Said] = {}
        self.grounded = 0
        self.fallback = 0
        self.rejections: list[str] = []

    def prepare(self, segments: list[DraftSegment]) -> None:
        wanted = [
            (PURPOSES[segment.segment_type], unit.text)
            for segment in segments
            for unit in segment.units
            if not unit.verbatim and (PURPOSES[segment.segment_type], unit.text) not in self._said
        ]
        if self._writer is None:
            self._said.update({key: Said(key[1], grounded=False) for key in wanted})
            return
        for key, said in zip(
            wanted, self._writer.say_all(wanted, demonstrations=self._demonstrations), strict=True
        ):
            self._said[key] = said
            self.count(said)

    def count(self, said: Said) -> None:
        self.grounded += said.grounded
        self.fallback += not said.grounded
        self.rejections.extend(said.rejected)

    def of(self, segment: DraftSegment) -> list[str]:
        purpose = PURPOSES[segment.segment_type]
        texts: list[str] = []
        follows = -1
        for unit in segment.units:
            text = unit.text if unit.verbatim else self._said[purpose, unit.text].text
            texts.append(text if unit.order == follows else standing_alone(text))
            follows = unit.order + 1
        return texts


def spoken_words(text: str) -> int:
    """Words as they are spoken: numbers and symbols count as the words they are read as."""
    return len(speakable(text).split()) if text else 0


def _compose(
    draft: Draft, graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments, spoken: _Speech
) -> list[str]:
    phrases = Phrases(profile, adjustments, graph.document_id)
    texts = []
    for index, segment in enumerate(draft.segments):
        opener = lead(phrases, draft, index, graph)
        said = spoken.of(segment)
        aside = phrases.aside(segment.segment_type) if said else ""
        parts = [join(opener, said[0]), *said[1:], aside] if said else [opener]
        texts.append(" ".join(part for part in parts if part))
    texts[-1] = f"{texts[-1]} {phrases.closing()}"
    return introduce(texts, spelled_out(graph), graph.title.rstrip("."))
