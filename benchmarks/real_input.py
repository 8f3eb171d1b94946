"""How papers and podcasts from elsewhere come through ingest and analysis.

    python benchmarks/real_input.py [--data DIR] [--pair NAME ...] [--multilingual]

`DIR` (or $PODCAST_DSPY_DATA) holds `pairs/NAME/paper.pdf` with `podcast.LANG.mp3` beside it and, where there is one,
`turns.LANG.json` (who says what when) or `script.LANG.txt` (the words of the show). Each is ingested and analysed into
a temporary workspace, as a user would. English shows are heard by the embedded model; others come in by the turns, as
an imported transcript, or with --multilingual by the multilingual model. What the columns mean:

- language    of the recording, as the transcriber gives or guesses it
- WER         word error rate against the turns or the script; "-" where neither exists, or the words are imported
- segments    how many of each type, in the order of the types
- linked      share of the segments (transitions left out) with a passage or a figure of the paper
- s           seconds for ingest and for analysis

`transcripts/strollcast/NAME.vtt` with `NAME.sections.json` are transcripts without their recordings: the boundaries of
the classifier's segments are compared with those of the author's sections: share of section starts with a segment start
within 5 s, beside the share that as many equally spaced starts find.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from podcast_dspy.analysis import align, compile_classifier
from podcast_dspy.audio import TranscriptionResult
from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.audio.transcript import sentence_segments
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.pairs import TrainingPair
from podcast_dspy.workspace import Workspace

NEAR = 5.0
"""Seconds within which a boundary counts as found."""


def tokens(text: str) -> list[str]:
    """Lower-case words."""
    return re.findall(r"[^\W_]+", text.lower())


def spoken_words(script: str) -> str:
    """A script without headings and speaker labels."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    return re.sub(
        r"\[[^\]]*\]|<[^>]*>|^\s*\**[A-Z][\w ]{0,20}:\**", " ", "\n".join(lines), flags=re.MULTILINE
    )


def reference(folder: Path, language: str) -> str | None:
    """The words of a show, where they are known."""
    turns, script = folder / f"turns.{language}.json", folder / f"script.{language}.txt"
    if turns.exists():
        return " ".join(turn["text"] for turn in json.loads(turns.read_text("utf-8"))["turns"])
    return spoken_words(script.read_text("utf-8")) if script.exists() else None


def captions(turns: Path) -> str:
    """WebVTT of a file of turns."""

    def stamp(seconds: float) -> str:
        return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}:{seconds % 60:06.3f}"

    cues = [
        f"{stamp(turn['start'])} --> {stamp(max(turn['end'], turn['start'] + 0.1))}\n"
        f"<v {turn['speaker']}>{turn['text']}\n"
        for turn in json.loads(turns.read_text("utf-8"))["turns"]
    ]
    return "WEBVTT\n\n" + "\n".join(cues)


def shows(data: Path, names: Sequence[str]) -> list[tuple[str, str, Path]]:
    """(pair, language, recording) of every pair that has both sides."""
    found = []
    for folder in sorted((data / "pairs").glob("*")):
        if not (folder / "paper.pdf").exists() or (names and folder.name not in names):
            continue
        recordings = sorted(folder.glob("podcast.*.mp3"))
        if not recordings:
            print(f"note: {folder.name} has no podcast.LANG.mp3: skipped", file=sys.stderr)
        found += [(folder.name, path.name.split(".")[1], path) for path in recordings]
    return found


def row(workspace: Workspace, name: str, language: str, recording: Path, *, multilingual: bool) -> list[str]:
    """Ingest and analyse one show."""
    folder = recording.parent
    turns = folder / f"turns.{language}.json"
    stt = "embedded" if language == "en" else "embedded:multilingual"
    if language != "en" and not multilingual:
        if not turns.exists():
            return [f"{name} ({language})", *["-"] * 7, "no transcript: try --multilingual"]
        imported = workspace.path.parent / f"{name}.{language}.vtt"
        imported.write_text(captions(turns), "utf-8")
        stt = f"import:{imported}"
    started = time.monotonic()
    pair = workspace.ingest(folder / "paper.pdf", recording, stt=stt, pair_id=f"{name}-{language}")
    heard = time.monotonic()
    pair = workspace.analyze(pair.pair_id)
    done = time.monotonic()
    return [
        f"{name} ({language})",
        *measures(pair, reference(folder, language)),
        f"{heard - started:.0f} + {done - heard:.0f}",
    ]


def measures(pair: TrainingPair, words: str | None) -> list[str]:
    """The cells of a pair."""
    heard = tokens(pair.transcription.transcript_text)
    rate = "-"
    if words is not None and not pair.transcription.model.startswith("import:"):
        wanted = tokens(words)
        rate = f"{Levenshtein.distance(wanted, heard) / len(wanted):.3f}"
    segments = pair.aligned_segments or ()
    counts = Counter(segment.segment_type.value for segment in segments)
    content = [segment for segment in segments if segment.segment_type.value != "transition"]
    linked = sum(bool(segment.primary_atoms or segment.referenced_figures) for segment in content)
    return [
        str(pair.document_graph.page_count),
        f"{pair.duration_minutes:.1f}",
        pair.transcription.language,
        str(len(heard)),
        rate,
        ", ".join(f"{count} {kind}" for kind, count in counts.items()),
        f"{linked / len(content):.2f}" if content else "-",
    ]


def boundaries(transcript: Path, classifier: Any) -> list[str]:
    """How many of the author's section starts the classifier's segments begin at."""
    sections = json.loads(transcript.with_suffix("").with_suffix(".sections.json").read_text("utf-8"))
    cues = sections["cues"] if isinstance(sections, dict) else sections
    starts = [cue["start"] for before, cue in zip([None, *cues], cues, strict=False)
              if before is not None and cue["section"] != before["section"]]  # fmt: skip
    words = parse_captions(transcript.read_text("utf-8"))
    end = words[-1].end
    heard = TranscriptionResult(
        source_path=str(transcript),
        transcript_text=" ".join(word.word for word in words),
        segments=sentence_segments(words),
        total_duration=end,
        confidence=1.0,
    )
    nothing = DocumentGraph(
        document_id="0" * 12, source_path="", sha256="0" * 64, page_count=1, title=transcript.stem
    )
    found = [s.transcript_segment.start_time for s in align(heard, nothing, classifier=classifier)][1:]
    even = [end * (index + 1) / (len(found) + 1) for index in range(len(found))]

    def hit(times: Sequence[float]) -> str:
        return (
            f"{sum(any(abs(time - start) <= NEAR for time in times) for start in starts) / len(starts):.2f}"
        )

    return [transcript.stem, f"{end / 60:.1f}", str(len(starts)), str(len(found)), hit(found), hit(even)]


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for cells in rows:
        print("| " + " | ".join(cells) + " |", flush=True)
    print()


def main() -> None:
    """Run what there are data for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("PODCAST_DSPY_DATA"))
    parser.add_argument("--pair", action="append", default=[])
    parser.add_argument("--multilingual", action="store_true")
    arguments = parser.parse_args()
    data = arguments.data
    if data is None or not (data / "pairs").is_dir():
        print("note: no outside pairs; give --data DIR or $PODCAST_DSPY_DATA", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        rows = [
            row(workspace, *one, multilingual=arguments.multilingual) for one in shows(data, arguments.pair)
        ]
    show(["pair", "pages", "minutes", "language", "words", "WER", "segments", "linked", "s"], rows)
    transcripts = sorted((data / "transcripts" / "strollcast").glob("*.vtt"))
    if not transcripts:
        print("note: no transcripts/strollcast: boundaries skipped", file=sys.stderr)
        return
    classifier = compile_classifier([])
    head = ["transcript", "minutes", "section starts", "segment starts", "found", "found by even spacing"]
    show(head, [boundaries(path, classifier) for path in transcripts])


if __name__ == "__main__":
    main()
