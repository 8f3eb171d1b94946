"""Plans and scripts that come from files, as somebody may have edited them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from podcast_dspy.audio import duration_model
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.generation.checks import checked_script, edited_in, with_sources
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.script import EpisodePlan, PlannedSegment, Script
from podcast_dspy.generation.script_markdown import from_markdown
from podcast_dspy.generation.script_writer import paragraphs_of
from podcast_dspy.generation.written import WrittenEpisode
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.text.language import EPISODE_LANGUAGES, guess_language

T = TypeVar("T", bound=BaseModel)


def read_plan(path: Path | str) -> EpisodePlan:
    """A plan.json. Raises InputError naming what cannot be used."""
    plan = _model(Path(path), EpisodePlan, "plan", "the plan.json that `generate --plan-only` wrote")
    ids = [segment.segment_id for segment in plan.segments]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError(f"{path} has two segments {', '.join(twice)}; give each an id of its own")
    return plan


def script_for(graph: DocumentGraph, path: Script | Path | str) -> Script:
    """The script of a script.md or script.json about a paper, each segment with its sources; a script is given back.

    Beside a script.md its script.json is read too, for what Markdown does not show. Raises InputError with the line of
    what makes no sense, or for the script of another paper.
    """
    if isinstance(path, Script):
        return path
    place = Path(path).expanduser()
    bare = Script(title=graph.title, paper_title=graph.title, document_id=graph.document_id, segments=())
    beside = place.with_name("script.json")
    base = bare
    if place.suffix == ".json" or beside.is_file():
        found = place if place.suffix == ".json" else beside
        base = _model(found, Script, "script", "the script.json that `generate` wrote")
        if base.document_id != graph.document_id:
            raise InputError(
                f"{found} is the script of {base.paper_title!r}, and the paper is {graph.title!r}; "
                "give the paper that it was written about"
            )
    script = base if place.suffix == ".json" else from_markdown(_text(place), base, where=str(place))
    if base is bare:
        guessed = guess_language([script.text])
        script = script.model_copy(update={"language": guessed if guessed in EPISODE_LANGUAGES else "en"})
    if not script.segments:
        raise InputError(f"{place} has no segment; give a script that has something to say")
    edited = [one.segment_id for one in edited_in(script, base)]
    return with_sources(script, edited, checked_script(script, graph), graph) if edited else script


def plan_of(script: Script, pace: Pace) -> EpisodePlan:
    """The plan that a script follows, with the length that it is expected to take."""
    segments = tuple(
        PlannedSegment(
            segment_id=one.segment_id,
            segment_type=one.segment_type,
            seconds=max(0.1, pace.seconds(paragraphs_of(0, one))),
            word_budget=max(1, one.words),
            atom_ids=one.source_atoms,
            figure_ids=one.figure_ids,
        )
        for one in script.segments
    )
    return EpisodePlan(
        title=script.title,
        target_seconds=sum(one.seconds for one in segments),
        words_per_minute=pace.words_per_minute,
        segments=segments,
    )


def as_given(
    script: Script, plan: EpisodePlan | None, profile: AggregatedProfile, voice: str, second_voice: str | None
) -> WrittenEpisode:
    """A script that is voiced as it is, by `plan` or its own, with the length that its voices are expected to take."""
    model, asker = (
        duration_model(name) if name and script.language == "en" else None for name in (voice, second_voice)
    )
    pace = Pace(sum(profile.target_words_per_minute) / 2.0, model, asker=asker, language=script.language)
    return WrittenEpisode(
        script=script,
        plan=plan or plan_of(script, pace),
        model_units=0,
        source_units=0,
        expected_seconds=sum(pace.seconds(paragraphs_of(0, segment)) for segment in script.segments),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a UTF-8 text file") from error


def _model(path: Path, kind: type[T], what: str, give: str) -> T:
    text = _text(path.expanduser())
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path} is no {what} ({error}); give {give}") from error
    if isinstance(data, dict) and "schema_version" not in kind.model_fields:
        data.pop("schema_version", None)  # which every document of a folder has
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its beginning"
        raise InputError(f"{path} is no {what} ({where}: {first['msg']}); give {give}") from error
