"""Rebuild the example corpus: `python examples/build.py [NAME ...] [--models DIR] [--no-audio]`.

Runs each experiment, sets its paper from the numbers, and (for the four pairs) voices its episode.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from sources.common import audio, layout, voice  # noqa: E402
from sources.common.model import SEGMENT_TYPES, Episode, Paper, Results  # noqa: E402

PAIRS = ("bloom_filters", "graph_colouring", "label_noise", "network_vaccination")
UNSEEN = ("cache_eviction",)


def folder(name: str) -> Path:
    """Where the files of an item go."""
    return ROOT / ("pairs" if name in PAIRS else "unseen") / name.replace("_", "-")


def write_json(path: Path, data: Any) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def experiment(name: str, reuse: bool) -> Results:
    """Run the experiment of an item (or read its recorded results) and record the results."""
    path = ROOT / "sources" / name / "results.json"
    if reuse and path.is_file():
        recorded: Results = json.loads(path.read_text(encoding="utf-8"))
        return recorded
    results: Results = importlib.import_module(f"sources.{name}.experiment").run()
    write_json(path, rounded(results))
    # Read back, so that a paper never depends on digits that the record does not hold.
    return experiment(name, True)


def rounded(value: Any) -> Any:
    """The same structure with floats at eight significant digits."""
    if isinstance(value, dict):
        return {str(k): rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.8g}")
    return value


def build_document(name: str, results: Results) -> dict[str, Any]:
    """Write the PDF; return its gold description."""
    paper: Paper = importlib.import_module(f"sources.{name}.paper").paper(results)
    target = folder(name)
    target.mkdir(parents=True, exist_ok=True)
    return layout.typeset(paper, target / "paper.pdf")


def build_audio(
    name: str, episode: Episode, paper_title: str, models: Path | None
) -> tuple[float, list[tuple[float, float]]]:
    """Voice the episode, write the MP3; return its duration and the span of each segment in it."""
    speaker = voice.Voice(models, episode.voice, episode.language, episode.speed)
    parts = []
    for i, segment in enumerate(episode.segments):
        parts.append(speaker.say(segment.text))
        print(f"  {name}: segment {i + 1} of {len(episode.segments)}", flush=True)
    joined, spans = audio.join(parts, seed=sum(map(ord, name)))
    mixed = audio.level(joined)
    path = folder(name) / "podcast.mp3"
    tags = {"title": paper_title, "artist": episode.show, "album": episode.show, "genre": "Podcast"}
    audio.encode(mixed, path, {**tags, "comment": "Synthetic speech (Kokoro-82M), podcast-dspy examples"})
    decoded = audio.decode(path)
    shift = audio.lag(mixed, decoded) / voice.RATE
    return len(decoded) / voice.RATE, [(a + shift, b + shift) for a, b in spans]


def build(name: str, models: Path | None, with_audio: bool, reuse: bool) -> None:
    """Build one item."""
    results = experiment(name, reuse)
    document = build_document(name, results)
    gold: dict[str, Any] = {"schema_version": 1}
    if name in UNSEEN:
        write_json(folder(name) / "gold.json", {**gold, "paper_id": folder(name).name, "document": document})
        return
    episode: Episode = importlib.import_module(f"sources.{name}.script").episode(results)
    unknown = {s.kind for s in episode.segments} - set(SEGMENT_TYPES)
    if unknown:
        raise ValueError(f"{name}: unknown segment types {sorted(unknown)}")
    old_path = folder(name) / "gold.json"
    if with_audio:
        duration, spans = build_audio(name, episode, document["title"], models)
    else:
        old = json.loads(old_path.read_text(encoding="utf-8"))
        if [s["text"] for s in old["segments"]] != [s.text for s in episode.segments]:
            raise SystemExit(f"{name}: the script has changed; build it without --no-audio")
        duration, spans = old["duration"], [(s["start_time"], s["end_time"]) for s in old["segments"]]
    gold |= {
        "pair_id": folder(name).name,
        "voice": episode.voice,
        "speaker_gender": episode.gender,
        "show": episode.show,
        "document": document,
        "segments": [
            {
                "segment_id": f"seg_{i:03d}",
                "segment_type": segment.kind,
                "start_time": round(start, 3),
                "end_time": round(end, 3),
                "text": segment.text,
                "sections": list(segment.sections),
                "figures": list(segment.figures),
                "tables": list(segment.tables),
            }
            for i, (segment, (start, end)) in enumerate(zip(episode.segments, spans, strict=True))
        ],
        "transcript": " ".join(s.text for s in episode.segments),
        "duration": round(duration, 3),
    }
    write_json(old_path, gold)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the example corpus.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(PAIRS + UNSEEN)}; default all"
    )
    parser.add_argument(
        "--models", type=Path, help="folder with kokoro.onnx and voices/*.bin; default: the installed models"
    )
    parser.add_argument(
        "--no-audio", action="store_true", help="keep the MP3s; rebuild only papers and gold files"
    )
    parser.add_argument("--reuse-results", action="store_true", help="do not run the experiments again")
    options = parser.parse_args()
    names = [n.replace("-", "_") for n in options.names] or [*PAIRS, *UNSEEN]
    unknown = [n for n in names if n not in PAIRS + UNSEEN]
    if unknown:
        parser.error(f"no such item: {', '.join(unknown)}")
    for name in names:
        print(f"building {name}", flush=True)
        build(name, options.models, not options.no_audio, options.reuse_results)


if __name__ == "__main__":
    main()
