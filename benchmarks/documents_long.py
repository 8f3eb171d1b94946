"""Time and memory of reading long papers: documents of 30, 100 and 300 pages, made of the examples' pages."""

from __future__ import annotations

import re
import resource
import time
from pathlib import Path

from podcast_dspy.documents import read_document

__all__ = ["print_long"]

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def long_document(pages: int, target: Path) -> Path:
    """A PDF of that many pages, the examples' over and over."""
    import pypdfium2

    sources = [pypdfium2.PdfDocument(path) for path in sorted(EXAMPLES.glob("*/*/paper.pdf"))]
    whole = pypdfium2.PdfDocument.new()
    while len(whole) < pages:
        for source in sources:
            whole.import_pages(source, list(range(min(len(source), pages - len(whole)))))
    whole.save(target)
    for pdf in (whole, *sources):
        pdf.close()
    return target


def measure_long(path: Path, warm: Path) -> tuple[float, float, float, float]:
    """Seconds, and megabytes: of growth, of the process that draws, and of the graph as JSON, for one document."""

    def resident(name: str) -> float:
        return int(re.findall(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024

    read_document(warm)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = resident("VmRSS"), time.perf_counter()
    graph = read_document(path, images_dir=path.with_suffix(""))
    seconds = time.perf_counter() - start
    drawing = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, resident("VmHWM") - before, drawing, len(graph.model_dump_json()) / 2**20


def print_long() -> None:
    """Time and memory by length."""
    import multiprocessing
    import tempfile

    warm = next(iter(sorted(EXAMPLES.glob("*/*/paper.pdf"))), None)
    if warm is None or not Path("/proc/self/clear_refs").exists():
        print("long documents: skipped (needs the examples, and Linux)")
        return
    heads = ("pages", "seconds", "ms/page", "memory, MB", "MB/page", "drawing, MB", "graph, MB")
    print("\n" + "".join(f"{head:>13}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        for pages in (30, 100, 300):
            path = long_document(pages, Path(folder) / f"long-{pages}.pdf")
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, grown, drawing, graph = pool.apply(measure_long, (path, warm))
            row = (pages, seconds, 1000 * seconds / pages, grown, grown / pages, drawing, graph)
            print("".join(f"{value:13.{n}f}" for value, n in zip(row, (0, 1, 0, 0, 2, 0, 1), strict=True)))
