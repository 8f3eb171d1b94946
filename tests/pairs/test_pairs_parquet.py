"""Datasets of pairs on disk: written, loaded as HuggingFace does, imported again, and what strangers may send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import load_dataset

from podcast_dspy.errors import InputError, SettingsError, UsageError
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers import PodcastOptimizer
from podcast_dspy.pairs import (
    LabelledSpan,
    PairStore,
    TrainingPair,
    export,
    fingerprint,
    from_rows,
    import_pairs,
)
from podcast_dspy.pairs.dataset import pair_features
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree
from podcast_dspy.testing import sample_pair

PICTURE = b"\x89PNG stand-in"


def _pair(tree: Tree, name: str, seed: int, **fields: Any) -> TrainingPair:
    """A pair with real files: a paper and a recording outside of the workspace, a picture in it."""
    place = tree.root.parent / f"files-{name}"
    place.mkdir(exist_ok=True)
    pair = sample_pair(name, folder=place, labelled=True, **fields)
    paper, recording = Path(pair.pdf_path), Path(pair.audio_path)
    paper.write_bytes(b"%PDF-1.7 " + bytes([seed]))
    recording.write_bytes(b"ID3 " + bytes([seed]))
    picture = tree.write_bytes(tree.pair(name) / "figures" / "p001_figure_01.png", PICTURE)
    graph = pair.document_graph
    atoms = (graph.atoms[0].model_copy(update={"file_path": str(picture)}), *graph.atoms[1:])
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    graph = graph.model_copy(update={"atoms": atoms, "sha256": digest})
    heard = pair.transcription.model_copy(
        update={"sha256": hashlib.sha256(recording.read_bytes()).hexdigest()}
    )
    pair = pair.model_copy(update={"document_graph": graph, "transcription": heard})
    PairStore(tree).add(pair)
    return pair


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "origin")


@pytest.fixture
def pairs(tree: Tree) -> list[TrainingPair]:
    return [_pair(tree, name, seed) for seed, name in enumerate(("alpha", "beta", "gamma"))]


def _loaded(folder: Path, *config: str) -> Any:
    return load_dataset(str(folder), *config, cache_dir=str(folder.parent / "cache"))


def test_load_dataset_reads_an_export_without_torch(pairs: list[TrainingPair], tmp_path: Path) -> None:
    export(pairs, tmp_path / "out", held_out="beta", licence="cc-by-4.0")
    dataset = _loaded(tmp_path / "out")
    assert {split: dataset[split]["pair_id"][:] for split in dataset} == {
        "train": ["alpha", "gamma"],
        "test": ["beta"],
    }
    row = dataset["test"][0]
    assert row["audio"] == {"bytes": b"ID3 \x01", "path": "salt.mp3"}
    assert row["paper"]["bytes"] == b"%PDF-1.7 \x01"
    assert row["pictures"] == [{"bytes": PICTURE, "path": "p001_figure_01.png"}]
    assert json.loads(row["labels_json"])[0]["segment_type"] == "intro"
    segments = _loaded(tmp_path / "out", "segments")["train"]
    assert segments.features["label"].int2str(segments[0]["label"]) == "intro"
    card = yaml.safe_load((tmp_path / "out" / "README.md").read_text().split("---")[1])
    assert card["license"] == "cc-by-4.0"
    assert [config["config_name"] for config in card["configs"]] == ["pairs", "segments"]
    assert card["dataset_info"][0]["splits"][0]["num_examples"] == 2


@pytest.mark.models
def test_its_rows_train_a_program(pairs: list[TrainingPair], tmp_path: Path) -> None:
    export(pairs, tmp_path / "out", held_out="beta", media=False)
    dataset = _loaded(tmp_path / "out")
    assert dataset["train"][0]["audio"] is None
    trainset, valset = from_rows(dataset["train"]), from_rows(dataset["test"])
    assert fingerprint([*trainset, *valset]) == fingerprint(pairs)
    optimizer = PodcastOptimizer(config=TrainingConfig(max_trials=1), writer=ExtractWriter())
    program = optimizer.compile(PodcastProgram(), trainset=trainset, valset=valset)
    assert isinstance(program, PodcastProgram)
    assert set(optimizer.trials[0].held_out) == {"beta"}


def test_export_and_import_give_equal_pairs(pairs: list[TrainingPair], tree: Tree, tmp_path: Path) -> None:
    export(pairs, tmp_path / "out", held_out="beta")
    other = Tree(tmp_path / "other")
    assert import_pairs(other, tmp_path / "out") == dict.fromkeys(("beta", "alpha", "gamma"), "added")
    store = PairStore(other)
    again = [store.get(name) for name in store.list()]
    assert fingerprint(again) == fingerprint(pairs)
    for before, after in zip(pairs, again, strict=True):
        assert after.labels == before.labels
        assert after.aligned_segments == before.aligned_segments
        for field in ("pdf_path", "audio_path"):
            assert Path(getattr(after, field)).read_bytes() == Path(getattr(before, field)).read_bytes()
            assert Path(getattr(after, field)).is_relative_to(other.root)
        assert Path(after.document_graph.atoms[0].file_path or "").read_bytes() == PICTURE
    export(again, tmp_path / "again", held_out="beta")
    names = ("pairs/train.parquet", "pairs/test.parquet", "segments/train.parquet", "README.md")
    assert all((tmp_path / "again" / n).read_bytes() == (tmp_path / "out" / n).read_bytes() for n in names)
    assert set(import_pairs(other, tmp_path / "out").values()) == {"unchanged"}


def test_labels_come_back_only_when_asked_for(pairs: list[TrainingPair], tree: Tree, tmp_path: Path) -> None:
    export(pairs, tmp_path / "out")
    store = PairStore(tree)
    store.relabel("alpha", [LabelledSpan(segment_type="tangent", start_time=0, end_time=5)])
    assert store.get("alpha").aligned_segments is None
    with pytest.raises(SettingsError, match="give --replace"):
        import_pairs(tree, tmp_path / "out")
    assert (
        import_pairs(tree, tmp_path / "out" / "pairs" / "train.parquet", replace=True)["alpha"] == "replaced"
    )
    assert store.get("alpha").labels == pairs[0].labels


def test_a_pair_of_other_files_keeps_its_id(pairs: list[TrainingPair], tmp_path: Path) -> None:
    export(pairs[:1], tmp_path / "out")
    other = Tree(tmp_path / "other")
    _pair(other, "alpha", 9)
    with pytest.raises(SettingsError, match="of other files already"):
        import_pairs(other, tmp_path / "out", replace=True)


def test_exports_that_cannot_be(pairs: list[TrainingPair], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pairs to export"):
        export([], tmp_path / "out")
    with pytest.raises(UsageError, match="no licence's identifier"):
        export(pairs, tmp_path / "out", licence="mit\nconfigs: []")
    (tmp_path / "README.md").write_text("# My project")
    with pytest.raises(UsageError, match="is of something else and would be replaced"):
        export(pairs, tmp_path)
    Path(pairs[1].audio_path).write_bytes(b"another recording")
    with pytest.raises(InputError, match=r"is not the file that pair beta was made of; .* --no-media"):
        export(pairs, tmp_path / "out")
    Path(pairs[1].audio_path).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        export(pairs, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.parquet"))


def _changed(source: Path, target: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The first row of an export, changed, as another file."""
    row = pq.read_table(source).to_pylist()[0]
    change(row)
    pq.write_table(
        pa.Table.from_pylist([row], schema=pair_features().arrow_schema), target, compression="zstd"
    )
    return target


def _document(row: dict[str, Any], **fields: Any) -> None:
    row["document_json"] = json.dumps(json.loads(row["document_json"]) | fields)


def _picture(row: dict[str, Any], name: str) -> None:
    document = json.loads(row["document_json"])
    document["atoms"][0]["file_path"] = name
    _document(row, **document)
    row["pictures"][0]["path"] = name


def _span(kind: str, start: float) -> str:
    return json.dumps([{"segment_type": kind, "start_time": start, "end_time": 1}])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row.update(pair_id="../../etc"), "cannot be used as a pair id"),
        (lambda row: row.update(pair_id=None), "cannot be used"),
        (lambda row: row.update(audio_path="run.sh"), "audio of pair 'alpha' of the dataset is named 'run.sh'"),
        (lambda row: row.update(pdf_path="../../.bashrc"), "is named '.bashrc'"),
        (lambda row: row["audio"].update(bytes=b"other"), "audio of pair 'alpha' .* not what its sha256 says"),
        (lambda row: row["paper"].update(bytes=b"other"), "paper of pair 'alpha' .* not what its sha256 says"),
        (lambda row: _picture(row, "../../../x.png"), "no picture"),
        (lambda row: _picture(row, "metadata.json"), "no picture 'metadata.json' that may be written"),
        (lambda row: row.update(labels_json="[" * 5000), r"labels_json: "),
        (lambda row: row.update(labels_json=_span("x", 0)), "unknown segment type 'x'"),
        (lambda row: row.update(labels_json=_span("intro", 3)), "ends at 1 but starts at 3"),
        (lambda row: _document(row, evil=1), "document_json: evil: Extra inputs"),
        (lambda row: row.update(document_json=None), "document_json"),
        (lambda row: row.update(duration_minutes=-1.0), "duration_minutes"),
    ],
)  # fmt: skip
def test_what_strangers_send_is_refused_in_a_sentence(
    pairs: list[TrainingPair], tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    source = export(pairs[:1], tmp_path / "out")["pairs/train"]
    other = Tree(tmp_path / "other")
    with pytest.raises(InputError, match=message) as caught:
        import_pairs(other, _changed(source, tmp_path / "hostile.parquet", change))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert PairStore(other).list() == []
    assert not list(other.root.rglob("*.p*"))
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()}.isdisjoint(
        {".bashrc", "x.png", "run.sh"}
    )


def test_files_that_are_no_dataset(pairs: list[TrainingPair], tmp_path: Path) -> None:
    tree = Tree(tmp_path / "other")
    with pytest.raises(InputError, match="does not exist"):
        import_pairs(tree, tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no dataset of pairs"):
        import_pairs(tree, tmp_path)
    whole = export(pairs[:1], tmp_path / "out")["pairs/train"].read_bytes()
    for name, data in {"text": b"hello", "cut": whole[: len(whole) // 2], "empty": b""}.items():
        file = tmp_path / f"{name}.parquet"
        file.write_bytes(data)
        with pytest.raises(InputError, match="no usable Parquet file"):
            import_pairs(tree, file)
    other = tmp_path / "columns.parquet"
    pq.write_table(pa.table({"pair_id": [["a"]]}), other)
    with pytest.raises(InputError, match="no column pair_id of type string"):
        import_pairs(tree, other)


def test_what_would_fill_the_memory_is_not_unpacked(pairs: list[TrainingPair], tmp_path: Path) -> None:
    source = export(pairs[:1], tmp_path / "out")["pairs/train"]
    bomb = _changed(source, tmp_path / "bomb.parquet", lambda row: row.update(labels_json=" " * (1 << 27)))
    assert bomb.stat().st_size < 1 << 24
    with pytest.raises(InputError, match="would unpack"):
        import_pairs(Tree(tmp_path / "other"), bomb)
    many = _changed(
        source, tmp_path / "many.parquet", lambda row: row.update(pictures=row["pictures"] * 5000)
    )
    with pytest.raises(InputError, match=r"5000 values of pictures"):
        import_pairs(Tree(tmp_path / "other"), many)
