"""Requests about episodes: making one, its sentences beside their passages, edits and versions, voicing, its files."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

import podcast_dspy.generation.edits as edits
from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.documents.material import PAPER_ENDINGS, local_material
from podcast_dspy.documents.pdf.worker import Picture, open_worker
from podcast_dspy.errors import (
    InputError,
    PodcastError,
    UnknownNameError,
    UsageError,
    WorkspaceError,
    WorkspaceLockedError,
)
from podcast_dspy.generation.episode_folder import RECORD, EpisodeRecord, StoredEpisode, versions_of
from podcast_dspy.generation.script_files import same_words, shown_title
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.store import check_id, content_hash, slug, unique_id, workspace_errors
from podcast_dspy.studio.jobs import Job
from podcast_dspy.studio.server import Place, Queue, keep_upload
from podcast_dspy.workspace import Workspace

router = APIRouter(tags=["episodes"])

_EPISODES: Final = "episodes"
_MARGIN: Final = 9.0
"""Points of the page around a passage."""
_AUDIO: Final = re.compile(r"episode\.(mp3|opus|wav)")
_FILES: Final = re.compile(
    r"episode\.(?:mp3|opus|wav|json)|video\.(?:mp4|jpg)|captions\.(?:vtt|srt)|transcript\.json|chapters\.json|shownotes\.md|script\.(?:md|txt|json)"
    r"|timeline\.(?:json|otio)|cover\.(?:png|jpg)|rss\.xml|plan\.json|checks\.json"
)
"""What is served of an episode's folder, and can be taken home."""
_PICTURES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class Edit(BaseModel):
    """Another text of a segment, and the text that whoever edits began with."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=50_000)
    was: str
    title: str | None = Field(default=None, max_length=300)


class Redo(BaseModel):
    """A segment to be written again."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=2000)
    lm: str | None = None


class Revoice(BaseModel):
    """An episode to be voiced again: what changed, or all of it with another voice."""

    model_config = ConfigDict(extra="forbid")

    voice: str | None = None
    segments: list[str] = []


def _folder(place: Place, name: str) -> Path:
    folder = place.tree.path(_EPISODES, check_id(name, "an episode's name"))
    if not (folder / RECORD).is_file():
        known = ", ".join(_names(place)) or "none yet"
        raise UnknownNameError(f"there is no episode {name!r}; there are: {known}")
    return folder


def _names(place: Place) -> list[str]:
    return [
        name for name in place.tree.folders(_EPISODES) if place.tree.path(_EPISODES, name, RECORD).is_file()
    ]


@router.get("/episodes")
def episodes(place: Place) -> list[dict[str, Any]]:
    """All episodes of the workspace."""
    listed: list[dict[str, Any]] = []
    for name in _names(place):
        try:
            record = place.tree.read_model(f"{_EPISODES}/{name}/{RECORD}", EpisodeRecord)
        except PodcastError as error:
            listed.append({"episode_id": name, "error": str(error)})
            continue
        listed.append(
            {
                "episode_id": name,
                "title": record.title,
                "paper": record.paper,
                "seconds": record.seconds,
                "words": record.words,
                "extract": record.extract,
                "voice": record.voice,
            }
        )
    return listed


@router.post("/episodes", status_code=202)
def make(
    place: Place,
    queue: Queue,
    paper: Annotated[UploadFile | None, File()] = None,
    address: Annotated[str, Form(max_length=2000)] = "",
    minutes: Annotated[float | None, Form(ge=0.5, le=90)] = None,
    voice: Annotated[str, Form(max_length=200)] = "",
    lm: Annotated[str, Form(max_length=200)] = "",
) -> Job:
    """Make an episode about a paper: a file, or the http(s) address of one."""
    if paper is not None and paper.filename:
        source = str(keep_upload(place.tree, paper, PAPER_ENDINGS))
        name = Path(source).stem
    elif re.match(r"https?://[^\s/]", address):
        source, name = address, slug(Path(address.rstrip("/").partition("?")[0]).stem)
    else:
        raise UsageError(
            "an episode needs a paper: choose a file, or give its address with http:// or https://"
        )
    taken = frozenset(place.tree.folders(_EPISODES)) | {
        job.subject for job in queue.jobs() if job.kind == "generate" and job.state in ("queued", "running")
    }
    episode = unique_id(name, taken)
    given: Mapping[str, Any] = {"minutes": minutes, "voice": voice, "lm": lm}
    options = [f"--{option}={value}" for option, value in given.items() if value]
    output = place.tree.path(_EPISODES, episode)
    return queue.add(
        "generate", episode, ["generate", *options, f"--output={output}", "--json", "--", source]
    )


@router.get("/episodes/{name}")
def episode(name: str, place: Place) -> dict[str, Any]:
    """One episode: its segments as the script now says them, what is edited and not voiced, versions and files."""
    stored = edits.load_episode(_folder(place, name))
    times = {one.segment_id: (one.start_time, one.end_time) for one in stored.voiced.segments}
    audio = next((file for file in place.tree.files(stored.folder) if _AUDIO.fullmatch(file)), None)
    return {
        "episode_id": name,
        "record": stored.record,
        "edited": stored.edited,
        "language": stored.script.language,
        "changes": edits.compare(stored.voiced, stored.script),
        "segments": [
            {
                "segment_id": one.segment_id,
                "type": one.segment_type,
                "title": shown_title(one),
                "text": one.text,
                # What is edited: the text, in a dialogue behind who says it.
                "lines": one.lines,
                "start": times.get(one.segment_id, (None, None))[0],
                "end": times.get(one.segment_id, (None, None))[1],
                # Who says how many words of it, in a dialogue.
                "speakers": [(turn.speaker, len(turn.text.split())) for turn in one.turns],
                "figures": [
                    name for name in one.figure_ids if (atom := _atom(stored, name)) and atom.file_path
                ],
            }
            for one in stored.script.segments
        ],
        "versions": [
            {
                "number": one.number,
                "created_at": one.created_at,
                "words": one.script.words,
                "change": one.change,
            }
            for one in versions_of(stored.folder)
        ],
        "audio": audio,
        "voiced": (stored.folder / audio).stat().st_mtime_ns // 1_000_000 if audio else None,
        "pictures": _shown(place, stored),
        "files": [file for file in place.tree.files(stored.folder) if _FILES.fullmatch(file)],
        "terms": _terms(stored),
        "reference": _reference(place, stored),
    }


def _atom(stored: StoredEpisode, atom_id: str) -> DocumentAtom | None:
    return next((atom for atom in stored.graph.atoms if atom.atom_id == atom_id), None)


def _terms(stored: StoredEpisode) -> list[dict[str, Any]]:
    """The paper's key concepts, and the segments that name each: a ledger of what is introduced where."""
    said = [(one.segment_id, one.text.casefold()) for one in stored.script.segments]
    return [
        {
            "term": concept.name,
            "importance": concept.importance,
            "segments": [segment for segment, text in said if concept.name.casefold() in text],
        }
        for concept in stored.graph.key_concepts
    ]


def _shown(place: Workspace, stored: StoredEpisode) -> list[dict[str, Any]]:
    """What the timeline shows, and when: figures, quotes, titles."""
    file = place.tree.path(stored.folder, "timeline.json")
    if not file.exists():
        return []
    return [
        {
            "type": one["visual_type"],
            "start": one["start_time"],
            "end": one["end_time"],
            "label": one["quote_text"] or one["figure_atom_id"] or one["visual_type"],
        }
        for one in place.tree.read_json(file)["visuals"]
    ]


def _reference(place: Workspace, stored: StoredEpisode) -> dict[str, Any] | None:
    """The human podcast about the same paper, if it is one of the pairs: its stretches on a time axis."""
    store = PairStore(place.tree)
    for pair_id in store.list():
        if store.metadata(pair_id).pdf_sha256 == stored.graph.sha256:
            pair = store.get(pair_id)
            return {
                "pair_id": pair_id,
                "seconds": pair.transcription.total_duration,
                "segments": [
                    {
                        "type": one.segment_type,
                        "start": one.transcript_segment.start_time,
                        "end": one.transcript_segment.end_time,
                    }
                    for one in pair.aligned_segments or ()
                ],
            }
    return None


@router.get("/episodes/{name}/checks")
def checks(name: str, place: Place) -> list[dict[str, Any]]:
    """Every sentence with its verdict and the paper's nearest passages: their page, section and text."""
    stored = edits.load_episode(_folder(place, name))
    atoms = {atom.atom_id: atom for atom in stored.graph.atoms}
    sections = {section.section_id: section.title for section in stored.graph.sections}
    paged, paper = stored.graph.page_count > 1, _paper(place, stored)

    def passage(atom_id: str, text: str) -> dict[str, Any]:
        atom = atoms.get(atom_id)
        return {
            "atom_id": atom_id,
            "text": text,
            "page": atom.page if atom is not None and paged else None,
            "section": sections.get(atom.section_id or "") if atom is not None else None,
            "picture": paper is not None and atom is not None and _on_page(atom),
        }

    return [
        {
            "segment_id": one.segment_id,
            "sentence": one.sentence,
            "verdict": one.verdict,
            "reasons": one.reasons,
            "passages": [passage(found.atom_id, found.text) for found in one.passages],
        }
        for one in edits.checks(stored)
    ]


@router.put("/episodes/{name}/segments/{segment}")
def edit(name: str, segment: str, change: Edit, place: Place) -> dict[str, Any]:
    """Give a segment another text. One that was edited elsewhere since is a conflict (409), and stays as it is."""
    folder = _folder(place, name)
    now = edits.load_episode(folder).segment(segment)
    if not same_words(now.lines, change.was):
        raise WorkspaceLockedError(
            f"{now.segment_id} was edited elsewhere meanwhile; load the page again and edit that"
        )
    stored = edits.edit_segment(folder, segment, change.text, title=change.title, was=change.was)
    return {"segment": stored.segment(segment).text, "edited": stored.edited}


@router.post("/episodes/{name}/segments/{segment}/redo", status_code=202)
def redo(name: str, segment: str, wish: Redo, place: Place, queue: Queue) -> Job:
    """Write a segment again by a note; on the embedded default it says another passage of the paper."""
    folder = _folder(place, name)
    chosen = edits.load_episode(folder).segment(segment).segment_id
    options = [f"--{option}={value}" for option, value in (("note", wish.note), ("lm", wish.lm)) if value]
    return queue.add("redo", name, ["redo", chosen, f"--episode={folder}", *options, "--json"])


@router.post("/episodes/{name}/revoice", status_code=202)
def revoice(name: str, wish: Revoice, place: Place, queue: Queue) -> Job:
    """Voice what was edited, and make all anew that depends on it."""
    folder = _folder(place, name)
    stored = edits.load_episode(folder)
    options = [f"--segment={stored.segment(segment).segment_id}" for segment in wish.segments]
    options += [f"--voice={wish.voice}"] if wish.voice else []
    return queue.add("revoice", name, ["revoice", f"--episode={folder}", *options, "--json"])


@router.get("/episodes/{name}/versions/{first}/against/{second}")
def against(name: str, first: int, second: int, place: Place) -> list[edits.SegmentChange]:
    """What two versions of the script differ in, sentence by sentence."""
    folder = _folder(place, name)
    return edits.compare(edits.version(folder, first).script, edits.version(folder, second).script)


@router.post("/episodes/{name}/versions/{number}/restore")
def restore(name: str, number: int, place: Place) -> dict[str, Any]:
    """Make an earlier version the script again; what it was stays a version."""
    return {"edited": edits.restore(_folder(place, name), number).edited}


@router.get("/episodes/{name}/files/{wanted}")
def file(name: str, wanted: str, place: Place) -> FileResponse:
    """One of the episode's files; ranges may be asked for."""
    folder = _folder(place, name)
    if not _FILES.fullmatch(wanted) or wanted not in place.tree.files(folder):
        raise UnknownNameError(f"the episode {name} has no file {wanted!r} that is served")
    # A feed or notes opened as a page of this origin must not run anything in it.
    return FileResponse(folder / wanted, headers={"content-security-policy": "sandbox; default-src 'none'"})


@router.get("/episodes/{name}/pictures/{atom_id}")
def picture(name: str, atom_id: str, place: Place) -> FileResponse:
    """A figure or table of the paper, as it was cut out."""
    stored = edits.load_episode(_folder(place, name))
    atom = _atom(stored, atom_id)
    if atom is None or not atom.file_path:
        raise UnknownNameError(f"the paper of {name} has no picture {atom_id!r}")
    try:
        path = Path(place.tree.stored(atom.file_path))
    except WorkspaceError as error:
        raise UnknownNameError(str(error)) from error
    kind = _PICTURES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise InputError(f"{path.name} is no picture that can be shown")
    return FileResponse(path, media_type=kind)


@router.get("/episodes/{name}/passages/{atom_id}")
def passage_picture(name: str, atom_id: str, place: Place) -> FileResponse:
    """A passage as its page shows it, where the paper is a PDF that lies in the workspace."""
    stored = edits.load_episode(_folder(place, name))
    atom, paper = _atom(stored, atom_id), _paper(place, stored)
    if atom is None or paper is None or not _on_page(atom):
        raise UnknownNameError(f"there is no page to show {atom_id!r} of {name} on")
    picture = place.tree.path(paper.parent, "passages", f"{content_hash(atom.atom_id)}.png")
    if not picture.exists():
        left, top, right, bottom = atom.bbox
        box = (left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN)
        waiting = picture.with_name(f".{secrets.token_hex(8)}.png")
        with workspace_errors(picture), open_worker(local_material(paper), draw=False) as pdf:
            pdf.render(atom.page, [Picture(waiting, box)])
            waiting.replace(picture)
    return FileResponse(picture)


def _on_page(atom: DocumentAtom) -> bool:
    left, top, right, bottom = atom.bbox
    return right > left and bottom > top


def _paper(place: Workspace, stored: StoredEpisode) -> Path | None:
    """The PDF that an episode is about, if it was uploaded."""
    folder = place.tree.path("uploads", stored.graph.sha256[:16])
    return next((folder / name for name in place.tree.files(folder) if name.endswith(".pdf")), None)
