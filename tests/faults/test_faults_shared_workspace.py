"""A workspace that somebody else gave: no document of it may name, read or overwrite a file outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.cli.main import run
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import WorkspaceError
from podcast_dspy.kb import KnowledgeBase
from podcast_dspy.pairs.dataset import pair_row
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import ModelRoles
from podcast_dspy.store import Tree
from podcast_dspy.testing import sample_pair
from podcast_dspy.visuals import align_visuals_to_transcript, save_timeline
from podcast_dspy.workspace import Workspace

HOSTILE = ["{outside}/secret.png", "../outside/secret.png", "figures/link.png", "https://example.org/p.png"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.png").write_bytes(b"secret")
    return folder


@pytest.fixture
def workspace(tmp_path: Path, outside: Path) -> Workspace:
    """A workspace with one analysed pair and a link that leads out of it."""
    work = Workspace(tmp_path / "work")
    PairStore(work.tree).add(sample_pair())
    (work.path / "figures").mkdir()
    (work.path / "figures" / "link.png").symlink_to(outside / "secret.png")
    return work


def edit(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def with_picture(file: Path, path: str) -> None:
    data = json.loads(file.read_text())
    figure = DocumentAtom(
        atom_id="p001_fig_9", atom_type="figure", content="", page=1, bbox=(0, 0, 1, 1), file_path=path
    )
    edit(file, atoms=[*data["atoms"], figure.model_dump(mode="json")])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_pair_cannot_name_a_picture_outside(workspace: Workspace, outside: Path, hostile: str) -> None:
    pair_id = workspace.pairs[0].pair_id
    path = hostile.format(outside=outside)
    with_picture(workspace.tree.pair(pair_id) / "document.json", path)
    with pytest.raises(WorkspaceError, match="does not lie in it and is not opened; copy the file into"):
        workspace.pair(pair_id)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_knowledge_base_cannot_either(workspace: Workspace, outside: Path, hostile: str) -> None:
    base = KnowledgeBase(workspace.tree, "kb").create()
    folder = workspace.tree.path("kb/kb/papers/ring")
    workspace.tree.write_model(folder / "document.json", sample_pair().document_graph)
    entry = {
        "paper_id": "ring", "title": "Ring", "source_path": "ring.pdf", "sha256": "a" * 64, "page_count": 1,
        "figure_count": 0, "table_count": 0, "added_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    workspace.tree.write_json(folder / "paper.json", entry)
    assert base.document("ring").title
    with_picture(folder / "document.json", hostile.format(outside=outside))
    for read in (base.document, base.show):
        with pytest.raises(WorkspaceError, match="does not lie in it"):
            read("ring")
    edit(folder / "paper.json", paper_id="../../../outside")
    with pytest.raises(WorkspaceError, match="give its folder that name"):
        base.list()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_picture_outside_is_not_stored(workspace: Workspace, outside: Path, hostile: str) -> None:
    pair = sample_pair("other")
    atoms = (pair.document_graph.atoms[0].model_copy(update={"file_path": hostile.format(outside=outside)}),)
    strange = pair.model_copy(
        update={"document_graph": pair.document_graph.model_copy(update={"atoms": atoms})}
    )
    with pytest.raises(WorkspaceError, match="does not lie in it"):
        PairStore(workspace.tree).add(strange)


def test_pictures_inside_follow_a_moved_workspace(workspace: Workspace, tmp_path: Path) -> None:
    from PIL import Image

    pair = sample_pair("pictured")
    picture = workspace.tree.path(workspace.tree.pair("pictured"), "figures", "one.png")
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (40, 30)).save(picture)
    graph = pair.document_graph.with_pictures(lambda path: path)
    figure = DocumentAtom(
        atom_id="p001_fig_1", atom_type="figure", content="", caption="One.", figure_number="1", page=1,
        bbox=(0, 0, 1, 1), file_path=str(picture),
    )  # fmt: skip
    graph = graph.model_copy(update={"atoms": (*graph.atoms, figure)})
    PairStore(workspace.tree).add(pair.model_copy(update={"document_graph": graph}))
    workspace.path.rename(tmp_path / "moved")
    moved = Workspace(tmp_path / "moved").pair("pictured").document_graph
    assert moved.get_figures()[-1].file_path == str(
        tmp_path / "moved/training_pairs/pictured/figures/one.png"
    )


def test_a_hashless_transcription_reads_no_file(workspace: Workspace, outside: Path) -> None:
    folder = workspace.tree.pair(workspace.pairs[0].pair_id)
    edit(folder / "metadata.json", audio_path=str(outside / "no-such-file"))
    edit(folder / "transcription.json", sha256="")
    pair = workspace.pair(folder.name)
    PairStore(workspace.tree).add(pair)
    edit(folder / "transcription.json", sha256="f" * 64)
    with pytest.raises(WorkspaceError, match="another file than metadata"):
        workspace.pair(folder.name)


def test_a_pair_keeps_its_folders_name(workspace: Workspace) -> None:
    folder = workspace.tree.pair(workspace.pairs[0].pair_id)
    edit(folder / "metadata.json", pair_id="../../outside")
    with pytest.raises(WorkspaceError, match="give its folder that name"):
        workspace.pair(folder.name)


def test_an_export_names_files_without_their_folders(outside: Path) -> None:
    pair = sample_pair().model_copy(update={"pdf_path": "/home/jane/p.pdf", "audio_path": r"C:\jane\p.mp3"})
    row = pair_row(pair)
    assert (row["pdf_path"], row["audio_path"]) == ("p.pdf", "p.mp3")
    assert "/home" not in json.dumps(row)


@pytest.mark.parametrize("file", ["lexicon.toml", "show.toml"])
def test_settings_of_a_workspace_are_no_links(
    workspace: Workspace, outside: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (outside / "keys").write_text('key = "secret"')
    (workspace.path / file).symlink_to(outside / "keys")
    paper = outside / "new.md"
    paper.write_text("# New\n\nText.")
    words = ["--workspace", str(workspace.path), "generate", str(paper), "--output", "out"]
    assert run(words) == 1
    assert "leads outside the workspace" in capsys.readouterr().err


def test_a_lexicon_that_is_a_link_is_named(workspace: Workspace, outside: Path) -> None:
    (workspace.path / "lexicon.toml").symlink_to(outside / "secret.png")
    with pytest.raises(WorkspaceError, match="leads outside"):
        _ = workspace.lexicon


@pytest.mark.parametrize("file", ["pairs.lock", "pairs.owner.json"])
def test_a_lock_overwrites_nothing_outside(workspace: Workspace, outside: Path, file: str) -> None:
    place = workspace.path / ".locks" / file
    place.unlink(missing_ok=True)
    place.symlink_to(outside / "secret.png")
    with pytest.raises(WorkspaceError, match="leads outside"):
        PairStore(workspace.tree).add(sample_pair("other"))
    assert (outside / "secret.png").read_bytes() == b"secret"


def test_roles_that_only_look_embedded_are_outside() -> None:
    assert ModelRoles(voice="piper:joe").outside() == {}
    assert ModelRoles(voice="piper:joe/../../evil.onnx").outside()


def test_a_timeline_shows_only_its_own_pictures(workspace: Workspace, tmp_path: Path) -> None:
    pair = workspace.pairs[0]
    assert pair.aligned_segments is not None
    timeline = align_visuals_to_transcript(pair.aligned_segments, pair.document_graph, pair.transcription)
    save_timeline(tmp_path / "out", timeline, pair.transcription, pair.document_graph, audio="a.mp3")
    assert str(tmp_path) not in (tmp_path / "out" / "timeline.json").read_text()


def test_what_a_tree_names_is_checked_the_same_way_for_both_directions(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "work")
    tree.write_text("a/b.txt", "x")
    assert tree.relative(str(tree.root / "a" / "b.txt")) == "a/b.txt"
    assert tree.stored("a/b.txt") == str(tree.root / "a" / "b.txt")
    (tmp_path / "link").symlink_to(tree.root)
    assert Tree(tmp_path / "link").relative(str(tree.root / "a/b.txt")) == "a/b.txt"
    assert DocumentGraph.model_fields["source_path"].annotation is str
