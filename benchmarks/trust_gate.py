"""The gate: scripts in the order in which people would rank them, and ten edits that quality has to notice.

In order: the host's script, the independent one, the product's own episode about that paper, random sentences of the
paper. The product's is the uncompiled program's, which writes without a model by the profile of the other example
pairs. The edits are made to the example pairs' scripts and, with a data folder, to whole episodes of hosts
(`human/`), whose quality is compared with their own.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from human_episodes import human_episodes
from trust_corpus import EXAMPLES, Case
from trust_edits import EDITS, Segments, stitched

from podcast_dspy.analysis.measurement import structure_profile, style_profile
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation import Adjustments, PodcastProgram
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics.quality import calculate_quality_loss
from podcast_dspy.profiles import synthesize
from podcast_dspy.signatures.types import SegmentType

if TYPE_CHECKING:
    from trust import Bench

__all__ = ["gate", "hosts", "independent", "produced"]

NOTICED = 0.15
"""Quality that an edit has to cost."""
STITCHED = 0.30
SHARE = 0.95
INDEPENDENT = Path(__file__).resolve().parent / "independent"
_HEADED = re.compile(r"^(?:## (\w+)\s*\n|\[(\w+)\] )(.*?)(?=^## |^\[\w+\] |\Z)", re.M | re.S)


def independent(pair_id: str) -> Segments | None:
    """The script that somebody else wrote about a pair's paper, by headings (or words in brackets) that name types."""
    places = (EXAMPLES / pair_id / "independent.md", INDEPENDENT / f"{pair_id}.md")
    place = next((one for one in places if one.exists()), None)
    if place is None:
        return None
    return [
        (
            SegmentType(heading or bracket).value,
            "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip()),
        )
        for heading, bracket, text in _HEADED.findall(place.read_text("utf-8"))
    ]


def hosts(folder: Path) -> Iterator[tuple[str, Segments, DocumentGraph]]:
    """Whole episodes of human hosts, by the segments that people found in them."""
    for place, episode in enumerate(human_episodes(folder)):
        script = [(kind, text) for kind, text, _, _ in episode.blocks()]
        yield f"host {place}", script, episode.labelled.graph


def produced(case: Case, cases: Sequence[Case]) -> Segments:
    """What the uncompiled program says about a paper, in the time of its host, by the other pairs' profile."""
    pairs = []
    for pair in (one.pair for one in cases if one is not case):
        segments = pair.aligned_segments or ()
        pairs.append(
            pair.model_copy(
                update={
                    "structure_profile": structure_profile(segments, pair.transcription, pair.document_graph),
                    "style_profile": style_profile(segments, pair.transcription, pair.document_graph),
                }
            )
        )
    made = PodcastProgram(Adjustments()).write(
        case.pair.document_graph,
        synthesize(pairs),
        seconds=case.pair.transcription.total_duration,
        writer=ExtractWriter(),
    )
    return [(str(one.segment_type), one.text) for one in made.script.segments]


def as_script(case: Case, segments: Segments) -> tuple[Script, float]:
    """Segments as a script that lasts as its words do at the host's pace."""
    seconds = case.pair.transcription.total_duration
    pace = seconds / max(1, case.script.words)
    clock = 0.0
    made = []
    for number, (kind, text) in enumerate(segments):
        end = clock + pace * len(text.split())
        made.append(
            ScriptSegment(
                segment_id=f"g{number}",
                segment_type=SegmentType(kind),
                text=text,
                start_time=clock,
                end_time=end,
            )
        )
        clock = end
    return case.script.model_copy(update={"segments": tuple(made), "predicted_seconds": clock}), clock


def gate(bench: Bench, data: Path | None = None) -> None:
    """Prints both tables; scripts that are not there (`independent.md`) are left out."""
    cases = [case for case in bench.cases if (EXAMPLES / case.pair.pair_id).exists()]
    print("\n## The gate\n\n| pair | script | total | quality |\n|---|---|---|---|")
    bases: list[tuple[Case, str, Segments]] = []
    for case in cases:
        own = [(str(one.segment_type), one.text) for one in case.script.segments]
        bases.append((case, "reference", own))
        rows = [("reference", own)]
        other = independent(case.pair.pair_id)
        if other is not None:
            bases.append((case, "independent", other))
            rows.append(("independent", other))
        rows.append(("product", produced(case, cases)))
        rows.extend(
            (f"stitched {seed}", stitched(own, case.pair.document_graph, random.Random(seed)))
            for seed in range(bench.seeds)
        )
        last: tuple[str, float, float] | None = None
        for name, segments in rows:
            made = bench.score(case, *as_script(case, segments))
            print(f"| {case.pair.pair_id} | {name} | {made.total_loss:.3f} | {made.quality_loss:.3f} |")
            if last is not None:
                held = made.total_loss > last[1] and made.quality_loss > last[2]
                bench.check(held, f"{case.pair.pair_id}: {name} is not worse than {last[0]}")
            if not name.startswith("stitched"):
                last = (name, made.total_loss, made.quality_loss)
    example = [
        (
            segments,
            case.pair.document_graph,
            lambda made, case=case: bench.score(case, *as_script(case, made)).quality_loss,
        )
        for case, _, segments in bases
    ]
    edits(bench, "the example pairs' scripts", example)
    if data is not None and (data / "human").exists():
        edits(
            bench,
            "whole episodes of hosts, beside themselves",
            [
                (segments, graph, lambda made, own=segments, graph=graph: _beside(made, own, graph, bench))
                for _, segments, graph in hosts(data / "human")
            ],
        )


def _beside(made: Segments, own: Segments, graph: DocumentGraph, bench: Bench) -> float:
    """Quality loss of a script beside another about the same paper."""
    loss, _ = calculate_quality_loss(
        "\n\n".join(text for _, text in made),
        "\n\n".join(text for _, text in own),
        graph,
        similarity=bench.similarity,
        segments=made,
        reference_segments=own,
    )
    return loss


def _words(segments: Segments) -> list[tuple[str, list[str]]]:
    """Types and words, without paragraphs: edits join the lines of a segment anew."""
    return [(kind, text.split()) for kind, text in segments]


def edits(
    bench: Bench, title: str, scripts: Sequence[tuple[Segments, DocumentGraph, Callable[[Segments], float]]]
) -> None:
    """Prints what each edit costs: how often enough, of (script, paper, its quality loss)."""
    print(
        f"\n### {title}\n\n| edit | cases | least loss of quality | mean | share that lose enough | held |"
        "\n|---|---|---|---|---|---|"
    )
    for name, edit in {**EDITS, "stitched: random sentences behind kept openers": stitched}.items():
        wanted = STITCHED if edit is stitched else NOTICED
        losses = []
        for segments, graph, loss_of in scripts:
            before = loss_of(segments)
            for seed in range(bench.seeds):
                edited = edit(segments, graph, random.Random(seed))
                if _words(edited) != _words(segments):  # an edit that found nothing to change is no case
                    losses.append(loss_of(edited) - before)
        if not losses:
            continue
        share = statistics.fmean(loss >= wanted for loss in losses)
        word = bench.check(share >= SHARE, f"{title}: {name}: costs {wanted} of quality in only {share:.0%}")
        print(
            f"| {name} | {len(losses)} | {min(losses):+.3f} | {statistics.fmean(losses):+.3f} | {share:.0%} | {word} |"
        )
