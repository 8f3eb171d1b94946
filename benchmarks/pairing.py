"""Is a podcast about the paper that it is paired with? The measure on right pairs and on every wrong one of a corpus.

    python benchmarks/pairing.py DATA

DATA holds `human/*/` (paper and transcript.json) and `pairs/*/` (paper and a script or a recording). Recordings are
transcribed with the embedded transcriber.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from podcast_dspy.audio import transcribe
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.pairs.pair import Match, match

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples/pairs"


def corpus(data: Path) -> dict[str, tuple[DocumentGraph, TranscriptionResult]]:
    """Papers and the podcasts about them, by name."""
    found = {}
    for folder in sorted([*(data / "human").glob("*/"), *(data / "pairs").glob("*/"), *EXAMPLES.glob("*/")]):
        papers = [path for path in (folder / "paper.pdf", folder / "paper.md") if path.exists()]
        said = talk(folder)
        if papers and said is not None:
            found[folder.name] = (read_document(papers[0]), said)
    return found


def talk(folder: Path) -> TranscriptionResult | None:
    """What is said in English about the paper of a folder: a transcript, a recording, or a script."""
    transcript = folder / "transcript.json"
    if transcript.exists():
        return written(" ".join(turn["text"] for turn in json.loads(transcript.read_text("utf-8"))))
    for name in ("podcast.en.mp3", "podcast.mp3"):
        if (folder / name).exists():
            return transcribe(folder / name, speakers=False)
    scripts = sorted(folder.glob("*script*.txt"))
    return written(re.sub(r"<[^>]*>", " ", scripts[-1].read_text("utf-8"))) if scripts else None


def written(text: str) -> TranscriptionResult:
    return TranscriptionResult(source_path="", transcript_text=text, total_duration=0.0, confidence=1.0)


def main() -> None:
    pairs = corpus(Path(sys.argv[1]))
    scores = {
        (paper, podcast): measured
        for paper, (graph, _) in pairs.items()
        for podcast, (_, said) in pairs.items()
        if (measured := match(graph, said)) is not None
    }
    right = {paper: measured for (paper, podcast), measured in scores.items() if paper == podcast}
    wrong = {pair: measured for pair, measured in scores.items() if pair[0] != pair[1]}
    print(f"{len(right)} right pairs, {len(wrong)} wrong ones\n")
    print("| measure | AUC | " + " | ".join(f"under {limit:g}: wrong, right" for limit in THRESHOLDS) + " |")
    print("|---" * (len(THRESHOLDS) + 2) + "|")
    for name in ("score", "concepts", "words"):
        print(row(name, list(right.values()), list(wrong.values())))
    print("\nright pairs with the lowest score:")
    for paper, measured in sorted(right.items(), key=lambda item: item[1].score)[:4]:
        print(f"  {measured.score:.3f}  {paper} ({measured.named} of {measured.of} concepts)")
    print("wrong pairs with the highest score:")
    for (paper, podcast), measured in sorted(wrong.items(), key=lambda item: -item[1].score)[:4]:
        print(f"  {measured.score:.3f}  {paper} with the podcast about {podcast}")


def row(name: str, right: list[Match], wrong: list[Match]) -> str:
    """Share of the wrong pairs told, and of the right ones doubted, at each threshold."""
    good, bad = ([getattr(one, name) for one in found] for found in (right, wrong))
    auc = sum((a > b) + 0.5 * (a == b) for a in good for b in bad) / (len(good) * len(bad))
    told = [
        f"{sum(score < limit for score in bad) / len(bad):.3f}, {sum(score < limit for score in good)}/{len(good)}"
        for limit in THRESHOLDS
    ]
    return f"| {name} | {auc:.4f} | {' | '.join(told)} |"


if __name__ == "__main__":
    main()
