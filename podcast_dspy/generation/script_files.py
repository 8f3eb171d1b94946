"""Plans and scripts as files that people edit: Markdown with a stable id a segment, and JSON; errors name the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from podcast_dspy.audio import duration_model
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.generation.checks import checked_script, edited_in, with_sources
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.script import (
    SPEAKS,
    EpisodePlan,
    PlannedSegment,
    Script,
    ScriptSegment,
    WrittenEpisode,
    paragraphs_of,
)
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType
from podcast_dspy.text.language import EPISODE_LANGUAGES, guess_language

_NOTICE = """\
<!-- Edit freely: change, move, delete or add segments, then run `podcast-dspy revoice`. What stands in braces behind a
heading is the segment's id and type; a new segment needs none. -->"""
_HEADING = re.compile(r"(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$")
_ATTRIBUTES = re.compile(r"^(.*?)\s*\{\s*([#.][^{}]*)\}$")
_NUMBER = re.compile(r"^\d+[.)](?:\s+|$)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MARK = re.compile(r"#|<!--|\\|([-=*_])\1{2,}$")
"""What would mean something at the beginning of a paragraph."""
_RULE = re.compile(r"\s*([-=*_])(?:\s*\1){2,}\s*$")
_TYPED = str.maketrans({"‘": "'", "’": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "…": "..."})
"""What editors set for what was typed; nobody hears the difference."""
_CONTROLS = dict.fromkeys((*range(9), *range(14, 28), 127))
_LONGEST = 2_000_000
"""Characters of a script; an episode of 90 minutes has about 90,000."""


def paragraphs(text: str) -> str:
    """A text with one line a paragraph and an empty line between."""
    parts = re.split(r"\n\s*\n", text.translate(_CONTROLS).replace("\r\n", "\n").replace("\r", "\n"))
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for line breaks and the shape of quotation marks."""
    return paragraphs(one).translate(_TYPED) == paragraphs(other).translate(_TYPED)


def shown_title(segment: ScriptSegment) -> str:
    """A segment's title, or its type in words."""
    return " ".join(segment.title.translate(_CONTROLS).split()) or _label(segment.segment_type)


def _label(kind: SegmentType) -> str:
    return kind.value.replace("_", " ").capitalize()


def to_markdown(script: Script) -> str:
    """The script as Markdown; `from_markdown` with the same script as base gives it back."""
    lines = [f"# {' '.join(script.title.translate(_CONTROLS).split())}".rstrip(), "", _NOTICE, ""]
    for number, segment in enumerate(script.segments, 1):
        attributes = f"{{#{segment.segment_id} .{segment.segment_type.value}}}"
        lines += [f"## {number}. {shown_title(segment)} {attributes}", ""]
        for part in paragraphs(segment.lines).split("\n\n"):
            lines += [f"\\{part}" if _MARK.match(part) else part, ""]
    return "\n".join(lines)


@dataclass
class _Part:
    """What stands under one heading."""

    line: int
    title: str
    segment_id: str
    kind: SegmentType | None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        said = paragraphs("\n".join(self.lines)).split("\n\n")
        return "\n\n".join(one[1:] if one[:1] == "\\" and _MARK.match(one[1:]) else one for one in said)


def from_markdown(markdown: str, base: Script, *, where: str = "script.md") -> Script:
    """The script that Markdown describes.

    What it does not show comes from the segment of the same id in `base`, which stays as it is where its words do. A
    changed or new segment has no sources and times; a new one gets the next free id and, without a type, that of its
    heading or of the segment before it. Segments may be moved, deleted and added.
    Raises InputError with the line of what makes no sense.
    """
    if len(markdown) > _LONGEST:
        raise InputError(f"{where} has {len(markdown):,} characters, which is no script; give the right file")
    title, parts = _parts(markdown, where)
    if not parts:
        raise InputError(f"{where} has no segment; begin each with a heading such as `## Method`")
    known = {segment.segment_id: segment for segment in base.segments}
    taken = {*known, *(part.segment_id for part in parts)}
    segments: list[ScriptSegment] = []
    for part in parts:
        if not any(character.isalnum() for character in part.text):
            raise _wrong(where, part.line, f"the segment “{part.title}” has no text; write some or delete it")
        segments.append(_segment(part, known, taken, segments[-1].segment_type if segments else None))
    shown = " ".join(base.title.translate(_CONTROLS).split())
    same = tuple(segments) == base.segments
    kept = all(known.get(one.segment_id) == one for one in segments)
    return base.model_copy(
        update={
            "title": base.title if title in (None, shown) else title,
            "segments": tuple(segments),
            "extract": base.extract and kept,
            "predicted_seconds": base.predicted_seconds if same else None,
        }
    )


def _segment(
    part: _Part, known: dict[str, ScriptSegment], taken: set[str], before: SegmentType | None
) -> ScriptSegment:
    old = known.get(part.segment_id)
    labels = {_label(kind).lower(): kind for kind in SEGMENT_TYPES}
    kind = part.kind or (old.segment_type if old else None)
    kind = kind or labels.get(part.title.lower()) or before or SegmentType.INTRO
    title = "" if part.title.lower() == _label(kind).lower() else part.title
    if old and part.title in ("", shown_title(old)):
        title = old.title
    if not old and not part.segment_id:
        part.segment_id = next(
            name for number in range(len(taken) + 1) if (name := f"seg_{number:03d}") not in taken
        )
        taken.add(part.segment_id)
    if old and same_words(part.text, old.lines):
        return old.model_copy(update={"segment_type": kind, "title": title})
    blank = ScriptSegment(
        segment_id=part.segment_id,
        segment_type=kind,
        text="",
        title=title,
        turns=old.turns if old else (),
    )
    return blank.saying(part.text)


def _parts(markdown: str, where: str) -> tuple[str | None, list[_Part]]:
    title: str | None = None
    parts: list[_Part] = []
    for number, line in _lines(markdown, where):
        heading = _HEADING.match(line)
        if heading is None:
            if parts:
                if SPEAKS.match(line):
                    parts[-1].lines.append("")  # a turn begins, also without an empty line before it
                parts[-1].lines.append("" if _RULE.match(line) else line)
            elif line.strip() and not _RULE.match(line):
                raise _wrong(
                    where,
                    number,
                    "text stands before the first segment; put it under a heading such as `## Method`",
                )
        elif len(heading[1]) == 1:
            if title is not None or parts:
                raise _wrong(where, number, "a second title; segments begin with `##`, and there is one `#`")
            title = heading[2] or ""
        elif len(heading[1]) > 2:
            raise _wrong(
                where, number, f"segments begin with `##`, not `{heading[1]}`; nobody hears headings"
            )
        else:
            parts.append(_heading(heading[2] or "", number, where, parts))
    return title, parts


def _lines(markdown: str, where: str) -> Iterator[tuple[int, str]]:
    """Each line with its number, without comments."""
    begun = 0
    text = markdown.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    for number, line in enumerate(text.split("\n"), 1):
        if begun or line.lstrip().startswith("<!--"):
            begun = begun or number
            if "-->" in line:
                begun = 0
            continue
        yield number, line
    if begun:
        raise _wrong(where, begun, "this comment has no end; write --> behind it")


def _heading(text: str, number: int, where: str, before: list[_Part]) -> _Part:
    found = _ATTRIBUTES.match(text)
    if found is None and "{#" in text:
        raise _wrong(
            where, number, "the id is damaged; write it like {#seg_003 .method}, or delete the braces"
        )
    title, attributes = (found[1], found[2].split()) if found else (text, [])
    kind, name = None, ""
    for one in attributes:
        if one[0] == "#" and _ID.fullmatch(one[1:]):
            name = one[1:]
        elif one[0] == "." and (value := one[1:].replace("-", "_")) in set(SEGMENT_TYPES):
            kind = SegmentType(value)
        else:
            kinds = ", ".join(kind.value for kind in SEGMENT_TYPES)
            raise _wrong(
                where, number, f"{one!r} is neither an id (#seg_003) nor a type (a dot and one of {kinds})"
            )
    for other in before:
        if name and other.segment_id == name:
            raise _wrong(
                where,
                number,
                f"the id {name} stands in line {other.line} too; delete it from the new segment",
            )
    return _Part(number, " ".join(_NUMBER.sub("", title, count=1).split()), name, kind)


def _wrong(where: str, line: int, what: str) -> InputError:
    return InputError(f"{where}, line {line}: {what}")


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
