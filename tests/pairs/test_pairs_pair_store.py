"""Pairs in the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnknownNameError, UsageError, WorkspaceError, WorkspaceLockedError
from podcast_dspy.pairs import LabelledSpan, PairStore, TrainingPair, new_pair_id
from podcast_dspy.store import Tree, check_id
from podcast_dspy.testing import sample_pair

MakePair = Callable[..., TrainingPair]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "work")


@pytest.mark.parametrize("analysed", [True, False])
def test_a_pair_comes_back_equal(tree: Tree, make_pair: MakePair, analysed: bool) -> None:
    store, pair = PairStore(tree), make_pair(analysed=analysed)
    folder = store.add(pair)
    assert store.get("ring") == pair
    names = {file.name for file in folder.iterdir()}
    parts = {"aligned_segments.json", "structure_profile.json", "style_profile.json"}
    assert names == {"metadata.json", "document.json", "transcription.json"} | (parts if analysed else set())
    metadata = json.loads((folder / "metadata.json").read_text())
    assert (metadata["pdf_sha256"], metadata["audio_sha256"]) == ("a" * 64, "b" * 64)
    assert all("schema_version" in json.loads(file.read_text()) for file in folder.iterdir())


def test_adding_again_replaces(tree: Tree, make_pair: MakePair) -> None:
    store = PairStore(tree)
    store.add(make_pair())
    store.add(make_pair(analysed=False))
    assert store.get("ring").aligned_segments is None
    assert store.list() == ["ring"]


def test_a_pair_is_found_by_its_files(tree: Tree, make_pair: MakePair) -> None:
    store = PairStore(tree)
    store.add(make_pair())
    assert store.of_files("a" * 64, "b" * 64) == "ring"
    assert store.of_files("a" * 64, "c" * 64) is None
    assert store.of_files("b" * 64, "a" * 64) is None


def test_an_analysis_outlives_a_second_ingest_of_the_same(make_pair: MakePair) -> None:
    analysed, again = make_pair(), make_pair(analysed=False)
    assert again.analyzed_as(analysed) == analysed
    moved = again.model_copy(update={"pdf_path": "/elsewhere/ring.pdf"})
    assert moved.analyzed_as(analysed).aligned_segments == analysed.aligned_segments
    assert moved.analyzed_as(analysed).pdf_path == "/elsewhere/ring.pdf"
    label = LabelledSpan(segment_type="intro", start_time=0.0, end_time=1.0)
    for changed in ({"labels": (label,)}, {"speaker_gender": "male"}):
        assert again.model_copy(update=changed).analyzed_as(analysed).aligned_segments is None


def test_what_the_stage_cache_noted_is_kept(tree: Tree, make_pair: MakePair) -> None:
    pair = make_pair()
    file = tree.pair("ring") / "document.json"
    tree.stage({"pdf": "a"}, lambda: pair.document_graph, DocumentGraph, file)
    PairStore(tree).add(pair)
    cached = tree.stage({"pdf": "a"}, lambda: pytest.fail("computed again"), DocumentGraph, file)
    assert cached == pair.document_graph == PairStore(tree).get("ring").document_graph


def test_unknown_pairs_are_refused(tree: Tree, make_pair: MakePair) -> None:
    store = PairStore(tree)
    with pytest.raises(UnknownNameError, match="none yet; add one with"):
        store.get("other")
    store.add(make_pair())
    with pytest.raises(UnknownNameError, match=r"no training pair 'other' .* pairs: ring"):
        store.remove("other")
    with pytest.raises(UsageError):
        store.get("../other")
    with pytest.raises(UsageError):
        store.add(make_pair("Bad Name"))


def test_removing(tree: Tree, make_pair: MakePair) -> None:
    store = PairStore(tree)
    store.add(make_pair("one"))
    store.add(make_pair("two", paper="c" * 64))
    store.remove("one")
    assert store.list() == ["two"]
    assert not tree.pair("one").exists()


def test_half_ingested_pairs_are_not_listed(tree: Tree) -> None:
    tree.write_json(tree.pair("half") / "document.json", {})
    assert PairStore(tree).list() == []


def test_a_workspace_can_be_moved(tree: Tree, make_pair: MakePair, tmp_path: Path) -> None:
    inside = tree.pair("ring") / "paper.pdf"
    PairStore(tree).add(make_pair().model_copy(update={"pdf_path": str(inside)}))
    tree.root.rename(tmp_path / "moved")
    pair = PairStore(Tree(tmp_path / "moved")).get("ring")
    assert pair.pdf_path == str(tmp_path / "moved" / "training_pairs" / "ring" / "paper.pdf")
    assert pair.audio_path == "/podcasts/ring.mp3"


def test_a_document_of_another_paper_is_noticed(tree: Tree, make_pair: MakePair) -> None:
    store = PairStore(tree)
    folder = store.add(make_pair())
    tree.write_model(folder / "document.json", make_pair(paper="d" * 64).document_graph)
    with pytest.raises(WorkspaceError, match="another file"):
        store.get("ring")


def test_a_damaged_part_is_named(tree: Tree, make_pair: MakePair) -> None:
    folder = PairStore(tree).add(make_pair())
    (folder / "style_profile.json").write_text("{")
    with pytest.raises(WorkspaceError, match=r"style_profile\.json is damaged"):
        PairStore(tree).get("ring")


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="/\0", exclude_categories=("Cs",))), max_size=8
    )
)
def test_new_ids_are_safe_and_apart(stems: list[str]) -> None:
    ids: list[str] = []
    for stem in stems:
        ids.append(new_pair_id(f"/papers/{stem}.pdf", ids))
    assert len(set(ids)) == len(ids)
    assert all(check_id(pair_id) for pair_id in ids)


def test_labels_that_come_while_a_pair_is_analysed_are_not_lost(tmp_path: Path) -> None:
    store = PairStore(Tree(tmp_path))
    read = sample_pair()
    store.add(read)
    store.relabel(read.pair_id, [LabelledSpan(segment_type="intro", start_time=0.0, end_time=5.0)])
    with pytest.raises(WorkspaceLockedError, match="changed while it was analysed"):
        store.keep_analysis(read)
    assert store.metadata(read.pair_id).labels
