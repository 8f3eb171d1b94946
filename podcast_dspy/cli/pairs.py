"""`ingest`, `ingest-all`, `pairs`: papers and podcasts become training pairs; list, show, export and import them."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any, Literal

from podcast_dspy.cli.output import emit, warn, working
from podcast_dspy.cli.shared import (
    AsJson,
    OnCluster,
    Result,
    ThroughStore,
    argument,
    command,
    new_app,
    open_workspace,
    option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcast_dspy.pairs.pair import TrainingPair


def pair_data(pair: TrainingPair) -> dict[str, Any]:
    """What `pairs list` says of a pair."""
    return {
        "pair_id": pair.pair_id,
        "title": pair.document_graph.title,
        "pdf_path": pair.pdf_path,
        "audio_path": pair.audio_path,
        "duration_minutes": pair.duration_minutes,
        "format": pair.format,
        "pages": pair.document_graph.page_count,
        "figures": len(pair.document_graph.get_figures()),
        "key_concepts": len(pair.document_graph.key_concepts),
        "words": len(pair.transcription.transcript_text.split()),
        "language": pair.transcription.language,
        "speaker_gender": pair.speaker_gender,
        "source": pair.source,
        "labels": len(pair.labels),
        "analyzed": pair.aligned_segments is not None,
        "analyzed_by": pair.analysed_by,
        "confidence": pair.confidence,
    }


def pairs_table(pairs: Sequence[TrainingPair]) -> str:
    """The pairs as a text table."""
    from podcast_dspy.reports import table

    rows = []
    for pair in pairs:
        data = pair_data(pair)
        rows.append(
            [
                data["pair_id"],
                shorten(data["title"], 48, placeholder="…"),
                f"{data['duration_minutes']:.1f} min",
                str(data["words"]),
                str(data["labels"] or "-"),
                "yes" if data["analyzed"] else "no",
            ]
        )
    return table(["pair", "paper", "podcast", "words", "labels", "analyzed"], rows, left=2)


def shape_lines(pair: TrainingPair) -> list[str]:
    """An analysed pair's shape in words; nothing for one that is not analysed."""
    shape, style = pair.structure_profile, pair.style_profile
    if shape is None or style is None:
        return []
    return [
        "shape: " + " > ".join(kind.value for kind in shape.segment_sequence),
        f"pace: {shape.words_per_minute:.0f} words and {shape.concepts_per_minute:.1f} concepts a minute, "
        f"{shape.figures_discussed} figures discussed",
        f"style: {style.avg_sentence_length:.1f} words a sentence, {style.questions_per_minute:.2f} questions "
        f"a minute, definitions {style.definition_style.replace('_', ' ')}",
    ]


app = new_app("The training pairs: a paper and a podcast about it.")


@command(app, "list")
def list_pairs() -> Result:
    """List the training pairs of the workspace.

    \b
    Examples:
      podcast-dspy pairs list
      podcast-dspy pairs list --json
    """
    pairs = open_workspace().pairs
    text = (
        pairs_table(pairs) if pairs else "no pairs yet; add one: podcast-dspy ingest --pdf PDF --audio AUDIO"
    )
    return text, {"pairs": [pair_data(pair) for pair in pairs]}


@command(app)
def show(
    pair: Annotated[str, argument("PAIR", "Id of the pair.")],
) -> Result:
    """Show one pair: concepts, and the podcast's segments over time.

    \b
    Examples:
      podcast-dspy pairs show bloom-filters
      podcast-dspy pairs show bloom-filters --json
    """
    from podcast_dspy.reports import clock, table

    found = open_workspace().pair(pair)
    data = pair_data(found)
    concepts = [concept.name for concept in found.document_graph.key_concepts]
    segments: list[dict[str, Any]] = [
        {
            "segment_id": segment.segment_id,
            "segment_type": segment.segment_type,
            "confidence": segment.type_confidence,
            "start_time": segment.transcript_segment.start_time,
            "end_time": segment.transcript_segment.end_time,
            "text": segment.transcript_segment.text,
            "atoms": segment.primary_atoms,
            "figures": segment.referenced_figures,
        }
        for segment in found.aligned_segments or ()
    ]
    lines = [
        f"{found.pair_id}: {data['title']}",
        f"{data['duration_minutes']:.1f} minutes, {data['words']} words, {data['pages']} pages; {data['format']}"
        + ("" if found.audio_path else ", no recording"),
        f"concepts: {', '.join(concepts)}",
        *shape_lines(found),
    ]
    if segments:
        rows = [
            [
                clock(segment["start_time"]),
                segment["segment_type"].value,
                f"{segment['confidence']:.2f}",
                str(segment["text"])[:70],
            ]
            for segment in segments
        ]
        lines += ["", table(["time", "type", "sure", "text"], rows, left=4)]
    else:
        lines.append(f"not analysed; run: podcast-dspy analyze {found.pair_id}")
    full = {
        **data,
        "concepts": concepts,
        "segments": segments,
        "structure_profile": found.structure_profile,
        "style_profile": found.style_profile,
    }
    return "\n".join(lines), full


@command(app)
def export(
    folder: Annotated[Path, argument("DIR", "Folder of the dataset.")] = Path("pairs"),
    holdout: Annotated[
        str | None,
        option("PAIR", "Pair of the split test.  [default: the one that `compile` held out, if any]"),
    ] = None,
    licence: Annotated[
        str,
        option("ID", "Licence in the card, such as cc-by-4.0 or mit.", "--licence", "--license"),
    ] = "other",
    no_media: Annotated[
        bool, option(None, "Leave recordings, papers and pictures out.", "--no-media")
    ] = False,
) -> Result:
    """Write the pairs as a HuggingFace dataset.

    `datasets.load_dataset(DIR)` reads it: Parquet files with the splits train and test, and a card. It holds papers,
    recordings (an audio column), a person's labels and the analysis. Give it to others only as far as the rights in
    the papers and recordings allow; --no-media leaves them out.

    \b
    Examples:
      podcast-dspy pairs export dataset
      python -c "import datasets; print(datasets.load_dataset('dataset'))"
      podcast-dspy pairs export dataset --holdout bloom-filters --licence cc-by-4.0 --no-media
    """
    written = open_workspace().export_pairs(folder, held_out=holdout, media=not no_media, licence=licence)
    files = sorted(str(path) for path in written.values())
    return "\n".join(files), {"folder": folder, "files": files}


@command(app, "import")
def import_(
    dataset: Annotated[
        Path,
        argument("DIR|FILE", "Folder that `pairs export` wrote, or one Parquet file of it."),
    ],
    replace: Annotated[
        bool,
        option(None, "Take the dataset's labels and analysis of pairs that are there.", "--replace"),
    ] = False,
) -> Result:
    """Add the pairs of such a dataset to the workspace.

    Both splits are read. Each pair comes as it was exported, with its labels and its analysis; what is there already
    stays. Every field is checked before anything of a pair is written.

    \b
    Examples:
      podcast-dspy pairs import dataset
      podcast-dspy pairs import dataset/pairs/train.parquet --replace --json
    """
    stopped = "Pairs that were imported are kept; run the same command to import the rest."
    with working(stopped=stopped) as report:
        done = open_workspace().import_pairs(dataset, replace=replace, progress=report)
    return "\n".join(f"{name}: {what}" for name, what in done.items()), {"pairs": done}


root = new_app()


@command(root)
def ingest(
    pdf: Annotated[Path, option("PDF", "The paper.")],
    audio: Annotated[
        Path | None,
        option("AUDIO", "The podcast about it: MP3, M4A, WAV, OGG. With --transcript it may be left out."),
    ] = None,
    speaker_gender: Annotated[
        Literal["male", "female", "unknown"], option(None, "Voice of the host, to group styles by.")
    ] = "unknown",
    source: Annotated[str, option("TEXT", "Where the podcast is from, for your records.")] = "",
    labels: Annotated[
        Path | None,
        option("FILE", "Segment types given by a person: JSON, or CSV lines start,end,type."),
    ] = None,
    stt: Annotated[
        str | None,
        option(
            "MODEL",
            "Transcriber: embedded (English), embedded:multilingual, whisper:DIRECTORY, hf:OWNER/NAME, "
            "whispercpp:FILE, openai/MODEL or assemblyai.  [default: embedded]",
        ),
    ] = None,
    transcript: Annotated[
        Path | None,
        option(
            "FILE",
            "Transcript made elsewhere, instead of transcribing: SRT, VTT, Whisper JSON or TSV, plain text.",
        ),
    ] = None,
    align: Annotated[
        bool,
        option(
            None,
            "Find the transcript's words in the audio, for exact times. Plain text is always aligned.",
            "--align",
        ),
    ] = False,
    pair_id: Annotated[
        str | None,
        option("ID", "Name of the pair.  [default: from the PDF's name]", "--id"),
    ] = None,
) -> Result:
    """Make a training pair of a paper and a podcast about it.

    The paper is read and the podcast transcribed; both are kept in the workspace. A transcript will do without a
    recording: a JSON list of "speaker", "start", "end" (seconds) and "text", say, or captions.

    Ingesting the same two files again reads what is stored and transcribes nothing; files that cannot be used
    leave the workspace as it was.

    \b
    Examples:
      podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3
      podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3 --speaker-gender female --source journalclub
      podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3 --labels segments.csv --id bloom
      podcast-dspy ingest --pdf paper.pdf --audio balado.mp3 --stt embedded:multilingual
      podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3 --transcript episode.srt --align
      podcast-dspy ingest --pdf paper.pdf --transcript turns.json --id interview
      podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3 --stt hf:Systran/faster-whisper-small
    """
    chosen = _transcriber(stt, transcript, align, audio)
    workspace = open_workspace()
    with working(stopped="No pair was added; run the same command to ingest it.") as report:
        pair = workspace.ingest(
            pdf,
            audio,
            speaker_gender=speaker_gender,
            source=source,
            labels=labels,
            stt=chosen,
            pair_id=pair_id,
            progress=report,
        )
    for doubt in pair.confidence.doubts:
        warn(doubt)
    data = pair_data(pair)
    text = (
        f"{pair.pair_id}: {data['title']}\n"
        f"{data['pages']} pages, {data['figures']} figures, {data['key_concepts']} key concepts; "
        f"{data['duration_minutes']:.1f} minutes, {data['words']} words, {data['labels']} labels, {data['format']}"
        f"{'' if pair.audio_path else ', no recording'}; "
        f"confidence of the reading: {pair.document_graph.confidence.level}\n"
        f"next: podcast-dspy analyze {pair.pair_id}"
    )
    return text, data


@command(root, "ingest-all")
def ingest_all(
    folder: Annotated[Path, argument("FOLDER", "Folder of papers and podcasts.")],
    source: Annotated[str, option("TEXT", "Where the podcasts are from, for your records.")] = "",
    stt: Annotated[str, option("MODEL", "Transcriber of all the podcasts, as for `ingest`.")] = "embedded",
    cluster: OnCluster = None,
    store: ThroughStore = None,
    as_json: AsJson = False,
) -> Result:
    """Make training pairs of a folder of papers and podcasts.

    A subfolder with one PDF and one recording, or without one a transcript.json, .vtt, .srt, .tsv or .txt, is a pair of
    its name, with labels in labels.json, labels.csv or
    gold.json; so are paper NAME.pdf and podcast NAME.mp3 in the folder itself, with labels in NAME.labels.json or
    NAME.labels.csv. As many are transcribed at a time as there are cores.

    A pair that cannot be used is named at the end and does not keep the others. Run again, the command adds what is
    new or was mended; nothing is transcribed twice.

    \b
    Examples:
      podcast-dspy ingest-all episodes
      podcast-dspy ingest-all episodes --source journalclub --json
      podcast-dspy ingest-all balados --stt embedded:multilingual
    """
    from podcast_dspy.cluster import on_cluster
    from podcast_dspy.errors import InputError

    workspace = open_workspace()
    stopped = "Finished pairs are kept; run the same command to ingest the rest."
    with working(stopped=stopped) as report, on_cluster(cluster, store, report):
        done = workspace.ingest_all(folder, source=source, stt=stt, progress=report)
    for pair in done.pairs:
        for doubt in pair.confidence.doubts:
            warn(doubt, pair.pair_id)
    data = {
        "pairs": [pair_data(pair) for pair in done.pairs],
        "failed": {pair_id: str(error) for pair_id, error in done.failed.items()},
    }
    table = f"{pairs_table(done.pairs)}\n" if done.pairs else ""
    text = f"{table}next: podcast-dspy analyze-all"
    if done.failed:
        emit(text, data, as_json=as_json)
        failures = "; ".join(f"{pair_id}: {error}" for pair_id, error in done.failed.items())
        raise InputError(
            f"{len(done.failed)} of {len(done.failed) + len(done.pairs)} pairs not added: {failures}"
        )
    return text, data


def _transcriber(stt: str | None, transcript: Path | None, align: bool, audio: Path | None) -> str:
    """The name of the transcriber that the three options ask for."""
    from podcast_dspy.errors import UsageError

    if audio is None and (align or transcript is None):
        raise UsageError(
            "--align finds the words of a transcript in the recording; give it with --audio"
            if align
            else "give the podcast with --audio, or what is said in it with --transcript"
        )
    if transcript is None:
        if align:
            raise UsageError("--align needs a transcript to align; give one with --transcript")
        return stt or "embedded"
    if stt is not None:
        raise UsageError("--transcript takes the place of a transcriber; leave out --stt")
    return f"{'align' if align else 'import'}:{transcript}"
