"""Datasets of pairs on disk: Parquet files with splits and a dataset card, written, and read as a stranger's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.documents.material import PAPER_ENDINGS
from podcast_dspy.errors import InputError, SettingsError, UsageError
from podcast_dspy.pairs.dataset import (
    fingerprint,
    from_row,
    pair_features,
    pair_row,
    segment_features,
    segments_dataset,
)
from podcast_dspy.pairs.ingestion import RECORDINGS
from podcast_dspy.pairs.pair import TrainingPair, holdout
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.store import Tree, atomic_file, atomic_write, new_folder, slug

if TYPE_CHECKING:
    from datasets import Dataset, Features

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,49}")
_READ: Final = (
    "pair_id",
    "pdf_path",
    "audio_path",
    "speaker_gender",
    "source",
    "duration_minutes",
    "analysed_by",
)
_MEDIA: Final = ("audio", "paper", "pictures")
_MARK: Final = "Fingerprint of the content:"
"""In every card of ours."""
_MEDIA_NAME: Final = re.compile(r"\w[\w .,()+'-]{0,150}")
_PICTURE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.png")
_MOST_ROWS: Final = 100_000
_MOST_PICTURES: Final = 1_000
_MOST_BYTES: Final = 1 << 31
"""Of a column of a group of rows, unpacked."""
_UNPACKED: Final = 1 << 26
_RATIO: Final = 100
"""By which text of pairs is never compressed: whatever unpacks to more than 64 MB must not be smaller than by this."""


def export(
    pairs: Sequence[TrainingPair],
    folder: Path | str,
    *,
    held_out: str | None = None,
    media: bool = True,
    licence: str = "other",
) -> dict[str, Path]:
    """Write a dataset that `datasets.load_dataset(folder)` reads; its files by `pairs/train` and the like.

    The split `test` holds the pair `held_out` and those about its paper or of its recording, `train` the others. With
    `media` the recordings, the papers and their pictures are in it. One pair is in memory at a time, and the same pairs
    give the same bytes. Raises UsageError for no pairs and for a licence that is no identifier, UnknownNameError,
    InputError when a file of a pair is gone, WorkspaceError, DiskFullError.
    """
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    if not pairs:
        raise UsageError("there are no pairs to export; ingest one with: podcast-dspy ingest")
    if not _LICENCE.fullmatch(licence):
        raise UsageError(f"{licence!r} is no licence's identifier; give one such as cc-by-4.0, mit or other")
    folder = Path(folder)
    card = folder / "README.md"
    if card.exists() and _MARK not in card.read_text(encoding="utf-8", errors="replace"):
        raise UsageError(f"{card} is of something else and would be replaced; give a folder of its own")
    ordered = sorted(pairs, key=lambda pair: pair.pair_id)
    train = {pair.pair_id for pair in holdout(ordered, held_out).train}
    splits = {
        "train": [pair for pair in ordered if pair.pair_id in train],
        "test": [pair for pair in ordered if pair.pair_id not in train],
    }
    splits = {name: chosen for name, chosen in splits.items() if chosen}
    written: dict[str, Path] = {}
    segments: dict[str, Dataset] = {}
    for split, chosen in splits.items():
        written[f"pairs/{split}"] = _write(folder / "pairs" / f"{split}.parquet", chosen, media)
        segments[split] = segments_dataset(chosen)
        written[f"segments/{split}"] = target = folder / "segments" / f"{split}.parquet"
        with atomic_file(target) as file:
            pq.write_table(segments[split].data.table, file, compression="zstd")
    for stale in {"train", "test"} - set(splits):
        for config in ("pairs", "segments"):
            (folder / config / f"{stale}.parquet").unlink(missing_ok=True)
    written["card"] = card
    rows = {
        "pairs": {split: len(chosen) for split, chosen in splits.items()},
        "segments": {split: len(dataset) for split, dataset in segments.items()},
    }
    text = f"---\n{_front(rows, ordered, licence)}---\n{_body(splits, rows, media)}"
    atomic_write(card, text.encode("utf-8", "replace"))
    return written


def _write(path: Path, pairs: Sequence[TrainingPair], media: bool) -> Path:
    """One group of rows a pair, so that reading one never needs the memory of two."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pair_features().arrow_schema
    with (
        atomic_file(path) as file,
        pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=False) as writer,
    ):
        for pair in pairs:
            writer.write_table(pa.Table.from_pylist([pair_row(pair, media=media)], schema=schema))
    return path


def _front(rows: dict[str, dict[str, int]], pairs: Sequence[TrainingPair], licence: str) -> str:
    """The YAML of the card: licence, languages, and the columns and splits of each configuration."""
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    features: dict[str, Features] = {"pairs": pair_features(), "segments": segment_features()}
    card = DatasetCardData(
        license=licence,
        language=sorted({pair.transcription.language for pair in pairs}),
        pretty_name="Papers and the podcasts about them",
        task_categories=["text-generation", "summarization"],
        configs=[
            {
                "config_name": config,
                **({"default": True} if config == "pairs" else {}),
                "data_files": [{"split": split, "path": f"{config}/{split}.parquet"} for split in splits],
            }
            for config, splits in rows.items()
        ],
    )
    infos = {
        config: DatasetInfo(
            config_name=config,
            features=features[config],
            splits=SplitDict({name: SplitInfo(name, num_examples=count) for name, count in splits.items()}),
        )
        for config, splits in rows.items()
    }
    DatasetInfosDict(infos).to_dataset_card_data(card)
    text: str = card.to_yaml(line_break="\n")
    return f"{text}\n"


def _body(splits: dict[str, list[TrainingPair]], rows: dict[str, dict[str, int]], media: bool) -> str:
    pairs = [pair for chosen in splits.values() for pair in chosen]
    minutes = sum(pair.duration_minutes for pair in pairs)
    lines = "\n".join(
        f"| `{pair.pair_id}` | {split} | {_cell(pair.document_graph.title)} | {pair.duration_minutes:.1f} | "
        f"{len(pair.labels) or '-'} | {_cell(pair.source) or 'not given'} |"
        for split, chosen in splits.items()
        for pair in chosen
    )
    included = (
        "`audio`, `paper` and `pictures` hold the files themselves; `dataset.cast_column('audio', "
        "datasets.Audio())` decodes the sound."
        if media
        else "The recordings and papers themselves are not included: only their names and sha256."
    )
    return f"""
# Papers and the podcasts about them

{len(pairs)} pairs of paper and podcast: {minutes:.1f} minutes, {sum(rows["segments"].values())} segments analysed.

Configuration `pairs` holds a row a pair: names and sha256 of both files, the text, and each part of the analysis as
JSON, with the labels that a person gave (`labels_json`). `segments` holds a row a segment, with the analysis' type, a
person's `label`, times in seconds, and the parts of the paper it talks about. Nothing in the split `test` shares its
paper or its recording with `train`. {included} The rights in papers and recordings stay with their owners.

    from podcast_dspy.pairs import from_rows
    dataset = datasets.load_dataset("FOLDER")
    program = PodcastOptimizer().compile(PodcastProgram(), trainset=from_rows(dataset["train"]))

| pair | split | paper | minutes | labels | source |
|---|---|---|---|---|---|
{lines}

{_MARK} `{fingerprint(pairs)}`
"""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").replace("<", "‹").split())


def import_pairs(
    tree: Tree,
    path: Path | str,
    *,
    replace: bool = False,
    progress: Callable[[str, float, float], None] = lambda stage, done, total: None,
) -> dict[str, str]:
    """Add the pairs of a dataset to a workspace; what became of each, by id: `added`, `unchanged` or `replaced`.

    A pair of the same paper and recording whose labels or analysis differ is replaced only if asked for. Recordings,
    papers and pictures are written into the pair's folder; without them pairs can be trained on, but not heard. Pairs
    before one that cannot be used stay.
    Raises InputError, SettingsError for a pair that is there otherwise, WorkspaceError, DiskFullError.
    """
    done: dict[str, str] = {}
    store = PairStore(tree)
    known = {(m.pdf_sha256, m.audio_sha256): m.pair_id for m in map(store.metadata, store.list())}
    for row in _rows(path):
        pair = from_row(row)
        if pair.pair_id in done:
            raise InputError(f"{path} holds the pair {pair.pair_id!r} twice; take one out")
        progress(f"importing {pair.pair_id}", len(done), len(done) + 1)
        done[pair.pair_id] = _add(tree, pair, row, replace, known)
        known[pair.document_graph.sha256, pair.transcription.sha256] = pair.pair_id
    return done


def _add(
    tree: Tree,
    pair: TrainingPair,
    row: Mapping[str, Any],
    replace: bool,
    known: Mapping[tuple[str, str], str],
) -> str:
    """What became of a pair; `known` are the ids of those that are there, by the hashes of their files."""
    store = PairStore(tree)
    name, spoken = pair.pair_id, pair.transcription
    same = known.get((pair.document_graph.sha256, spoken.sha256))
    if name in known.values() and same != name:
        raise SettingsError(
            f"there is a pair {name!r} of other files already; remove it, or import elsewhere"
        )
    if same is not None and same != name:
        raise SettingsError(
            f"the pair {name!r} of the dataset is there already, as {same!r}; it is not added twice"
        )
    if same and fingerprint([store.get(name)]) == fingerprint([pair]):
        return "unchanged"
    if same and not replace:
        raise SettingsError(
            f"the pair {name!r} is there already, with other labels or analysis; give --replace to take the dataset's"
        )
    if same and not row["paper"]:
        raise SettingsError(
            f"the pair {name!r} is there with its files, which the dataset is without; export it with them, or take "
            f"over labels alone with: podcast-dspy label {name} --from FILE"
        )
    folder = tree.pair(name)
    with new_folder(folder):
        paper = folder / _write_media(
            tree, folder, row, "paper", pair.pdf_path, pair.document_graph.sha256, PAPER_ENDINGS
        )
        audio = ""  # some podcasts are known by their transcript alone
        if pair.audio_path:
            heard = _write_media(tree, folder, row, "audio", pair.audio_path, spoken.sha256, RECORDINGS)
            audio = str(folder / heard)
        pictures = {str(one["path"]): one["bytes"] for one in row["pictures"] or () if one and one["bytes"]}

        def place(picture: str) -> str:
            if not _PICTURE.fullmatch(picture) or picture not in pictures:
                raise InputError(
                    f"pair {name!r} of the dataset has no picture {picture[:80]!r} that may be written; export it again"
                )
            tree.write_bytes(folder / "figures" / picture, pictures[picture])
            return str(folder / "figures" / picture)

        document = pair.document_graph.with_pictures(place).model_copy(update={"source_path": str(paper)})
        store.add(
            pair.model_copy(
                update={
                    "pdf_path": str(paper),
                    "audio_path": audio,
                    "document_graph": document,
                    "transcription": spoken.model_copy(update={"source_path": audio}),
                }
            )
        )
    return "replaced" if same else "added"


def _write_media(
    tree: Tree,
    folder: Path,
    row: Mapping[str, Any],
    column: str,
    name: str,
    sha256: str,
    kinds: Collection[str],
) -> str:
    """Write the file of a column, if it is there, and give the name that it has or would have in the folder."""
    suffix = Path(name).suffix.lower()
    data = (row[column] or {}).get("bytes")
    if suffix not in kinds:
        raise InputError(
            f"{column} of pair {row['pair_id']!r} of the dataset is named {name[:80]!r}, which is none; export it again"
        )
    safe = name if _MEDIA_NAME.fullmatch(name) else f"{slug(Path(name).stem)}{suffix}"
    if data is not None:
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InputError(
                f"{column} of pair {row['pair_id']!r} of the dataset is not what its sha256 says; export it again"
            )
        tree.write_bytes(folder / safe, data)
    return safe


def _rows(path: Path | str) -> Iterator[dict[str, Any]]:
    """Rows of a dataset of pairs, one at a time: a folder that `export` wrote, or one Parquet file.

    Files of another kind in the folder are passed over. What is read is bounded before it is unpacked.
    Raises InputError for what is no such dataset, is damaged, or would unpack to more than it has any reason to.
    """
    import pyarrow.parquet as pq
    from pyarrow.lib import ArrowException  # type: ignore[import-untyped]

    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist; give a folder that `podcast-dspy pairs export` wrote")
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    found = False
    for file in files:
        try:
            with pq.ParquetFile(file, thrift_string_size_limit=_UNPACKED) as reader:
                schema = pq.read_schema(file)
                if "document_json" not in schema.names and path.is_dir():
                    continue
                found = True
                columns = _checked(reader, schema, file)
                for group in range(reader.num_row_groups):  # one reader for all would keep what it has read
                    for batch in reader.iter_batches(1, [group], columns, use_threads=False):
                        yield from batch.to_pylist()
        except (ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"{file} is no usable Parquet file ({reason}); export the dataset again"
            ) from error
    if not found:
        raise InputError(
            f"{path} holds no dataset of pairs; give a folder that `podcast-dspy pairs export` wrote"
        )


def _checked(reader: Any, schema: Any, file: Path) -> list[str]:
    """The columns to read. Raises InputError for other columns than ours, and for what must not be unpacked."""
    ours = pair_features().arrow_schema
    wanted = [name for name in ours.names if name in (*_READ, *_MEDIA) or name.endswith("_json")]
    for name in wanted:
        if name not in schema.names or not _alike(schema.field(name).type, ours.field(name).type):
            raise InputError(
                f"{file} has no column {name} of type {ours.field(name).type}; export it again with this version"
            )
    metadata = reader.metadata
    if metadata.num_rows > _MOST_ROWS:
        raise InputError(
            f"{file} has {metadata.num_rows} rows, more than the {_MOST_ROWS} that are read; split it"
        )
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group)
        for column in range(rows.num_columns):
            chunk = rows.column(column)
            size, packed = chunk.total_uncompressed_size, chunk.total_compressed_size
            if size > _MOST_BYTES or size > max(_UNPACKED, _RATIO * packed):
                raise InputError(
                    f"{file} would unpack {packed} bytes of {chunk.path_in_schema} to {size}; it is not read"
                )
            repeated = chunk.num_values * size if "DICTIONARY" in str(chunk.encodings) else 0
            if (
                chunk.num_values > _MOST_PICTURES * max(1, rows.num_rows)
                or repeated > _MOST_BYTES * rows.num_rows
            ):
                raise InputError(
                    f"{file} has {chunk.num_values} values of {chunk.path_in_schema}; it is not read"
                )
    return wanted


def _alike(found: Any, wanted: Any) -> bool:
    """Whether a column's type is ours; `datasets` writes long texts and bytes as their large kinds."""
    return str(found).replace("large_", "").replace("element", "item") == str(wanted)
