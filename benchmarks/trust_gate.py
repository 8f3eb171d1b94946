"""The gate: scripts in the order in which people would rank them, and ten edits that quality has to notice."""

from __future__ import annotations

import random
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from trust_corpus import EXAMPLES, Case
from trust_edits import EDITS, Segments, stitched

from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.signatures.types import SegmentType

if TYPE_CHECKING:
    from trust import Bench

__all__ = ["gate", "independent"]

NOTICED = 0.15
"""Quality that an edit has to cost."""
STITCHED = 0.30
SHARE = 0.95
_HEADED = re.compile(r"^## (\w+)\s*\n(.*?)(?=^## |\Z)", re.M | re.S)


def independent(pair_id: str, folder: Path = EXAMPLES) -> Segments | None:
    """The script that somebody else wrote about an example's paper (`independent.md`), by headings that name types."""
    place = folder / pair_id / "independent.md"
    if not place.exists():
        return None
    return [
        (
            SegmentType(kind).value,
            "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip()),
        )
        for kind, text in _HEADED.findall(place.read_text("utf-8"))
    ]


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


def gate(bench: Bench) -> None:
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
    print(
        "\n| edit | cases | least loss of quality | mean | share that lose enough | held |\n|---|---|---|---|---|---|"
    )
    for name, edit in {**EDITS, "stitched: random sentences behind kept openers": stitched}.items():
        wanted = STITCHED if edit is stitched else NOTICED
        losses = []
        for case, _, segments in bases:
            before = bench.score(case, *as_script(case, segments)).quality_loss
            for seed in range(bench.seeds):
                edited = edit(segments, case.pair.document_graph, random.Random(seed))
                if edited == segments:
                    continue
                losses.append(bench.score(case, *as_script(case, edited)).quality_loss - before)
        if not losses:
            continue
        share = statistics.fmean(loss >= wanted for loss in losses)
        word = bench.check(share >= SHARE, f"{name}: costs {wanted} of quality in only {share:.0%}")
        print(
            f"| {name} | {len(losses)} | {min(losses):+.3f} | {statistics.fmean(losses):+.3f} | {share:.0%} | {word} |"
        )
