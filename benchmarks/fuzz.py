"""Feeds hundreds of damaged papers and recordings to the readers, and counts what must never happen.

    python benchmarks/fuzz.py [--pdfs 500] [--recordings 500] [--seed 0] [--keep DIR]

The papers are the committed examples, each damaged in one of twelve ways; the recordings are made here in five formats
and damaged likewise. Everything follows from the seed. Each file is read by `read_document` (with its figures) or by
`probe`, `decode` and, if it lasts under a minute, `transcribe`, in a process of its own that is watched from outside. A
file counts as

- read        a graph came out, and every figure that it names is a whole PNG
- refused     a DocumentError or AudioError of one line came out, and no file was left behind
- failed      anything else: another exception, a crash of the process, over 20 s of processor time (or 3
              minutes), over 2 GB, half a figure

`--keep DIR` writes each file that failed to DIR. The command ends with exit code 1 if any did.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fuzz_audio
import fuzz_pdf

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SECONDS = 20.0
"""Of processor time: other work on the machine makes no hang."""

SHORT = 60.0
"""Seconds of a recording that is also heard."""
PATIENCE = 180.0
MEGABYTES = 2048.0


@dataclass
class Tally:
    """What became of the files of one kind."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    megabytes: float = 0.0


def cases(what: str, count: int, seed: int) -> Iterator[tuple[str, str, str, bytes]]:
    """(kind, name, ending, bytes) of damaged files, the kinds in turn."""
    kinds: dict[str, Any] = fuzz_pdf.KINDS if what == "pdf" else fuzz_audio.KINDS
    papers = [path.read_bytes() for path in sorted(EXAMPLES.glob("*/*/paper.pdf"))] if what == "pdf" else []
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        turn = number // len(kinds)
        if what == "pdf":
            yield (
                kind,
                f"{what}-{number}",
                "pdf",
                fuzz_pdf.mutated(papers[turn % len(papers)], kind, seed + number),
            )
        else:
            ending = list(fuzz_audio.FORMATS)[turn % len(fuzz_audio.FORMATS)]
            yield (
                kind,
                f"{what}-{number}",
                ending,
                fuzz_audio.mutated(fuzz_audio.recording(ending), kind, seed + number),
            )


def _peak() -> float:
    """Peak resident megabytes of this process since the last reset, which this does."""
    status = Path("/proc/self/status").read_text()
    peak = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
    Path("/proc/self/clear_refs").write_text("5")
    return peak


def _read_paper(path: Path) -> str:
    from PIL import Image

    from podcast_dspy.documents import read_document
    from podcast_dspy.errors import DocumentError
    from podcast_dspy.store import new_folder

    folder = path.with_name("paper")
    try:
        with new_folder(folder):
            graph = read_document(path, images_dir=folder / "figures")
    except DocumentError as error:
        left = [] if not folder.exists() else list(folder.rglob("*"))
        if left:
            return f"failed: left {left[0].name} behind"
        return "refused" if "\n" not in str(error) else "failed: a message of two lines"
    for atom in graph.atoms:
        if atom.file_path is not None and Path(atom.file_path).exists():
            with Image.open(atom.file_path) as image:
                image.load()
        elif atom.file_path is not None:
            return f"failed: no figure at {Path(atom.file_path).name}"
    return "read"


def _read_recording(path: Path) -> str:
    from podcast_dspy.audio import decode, probe, transcribe
    from podcast_dspy.errors import AudioError

    try:
        probe(path)
        if len(decode(path)) < SHORT * 16_000:
            transcribe(path)
    except AudioError as error:
        return "failed: a message of two lines" if "\n" in str(error) else "refused"
    return "read"


def reader(connection: Connection) -> None:
    """Reads the files that come in, in the child process."""
    import shutil
    import traceback

    _peak()
    while True:
        path: Path = connection.recv()
        start = time.process_time()
        try:
            outcome = _read_paper(path) if path.suffix == ".pdf" else _read_recording(path)
        except BaseException:  # every escape is a finding
            lines = traceback.format_exc().strip().splitlines()
            outcome = f"failed: {lines[-1]} at {lines[-2].strip()}"
        connection.send((outcome, time.process_time() - start, _peak()))
        shutil.rmtree(path.with_name("paper"), ignore_errors=True)


class Watched:
    """The child process; one that hangs or crashes is replaced."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=reader, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def read(self, path: Path) -> tuple[str, float, float]:
        """(outcome, seconds, peak megabytes) of one file."""
        self._here.send(path)
        try:
            start, used = time.monotonic(), self._processor_seconds()
            while time.monotonic() - start < PATIENCE and self._processor_seconds() - used < SECONDS:
                if self._here.poll(1.0):
                    result: tuple[str, float, float] = self._here.recv()
                    return result
            outcome = "failed: hangs"
        except (EOFError, ConnectionResetError):
            self._process.join(5)
            outcome = f"failed: the process died ({self._process.exitcode})"
        self.stop()
        self._start()
        return outcome, SECONDS, float("nan")

    def _processor_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            raise EOFError from None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._here.close()


def run(what: str, count: int, seed: int, keep: Path | None) -> tuple[dict[str, Tally], list[str]]:
    """Read all damaged files of one sort; returns tallies by kind, and the failures."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    failures: list[str] = []
    child = Watched()
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, ending, data in cases(what, count, seed):
            path = Path(folder) / f"{name}.{ending}"
            path.write_bytes(data)
            outcome, seconds, megabytes = child.read(path)
            if megabytes > MEGABYTES and not outcome.startswith("failed"):
                outcome = f"failed: {megabytes:.0f} MB"
            tally = tallies[kind]
            tally.counts[outcome.partition(":")[0]] += 1
            tally.seconds = max(tally.seconds, seconds)
            tally.megabytes = max(tally.megabytes, megabytes)
            if outcome.startswith("failed"):
                failures.append(f"{name} ({kind}, .{ending}, seed {seed}): {outcome[8:]}")
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / path.name).write_bytes(data)
            path.unlink()
    child.stop()
    return tallies, failures


def main() -> int:
    """Run both, and print a table of each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pdfs", type=int, default=500)
    parser.add_argument("--recordings", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    failed = 0
    for what, count, title in (
        ("pdf", arguments.pdfs, "papers"),
        ("audio", arguments.recordings, "recordings"),
    ):
        if not count:
            continue
        tallies, failures = run(what, count, arguments.seed, arguments.keep)
        print(f"{count} damaged {title}, seed {arguments.seed}\n")
        print("| damage | files | read | refused | failed | most time, CPU s | most memory, MB |")
        print("|---|---|---|---|---|---|---|")
        for kind, tally in tallies.items():
            c = tally.counts
            print(
                f"| {kind} | {c.total()} | {c['read']} | {c['refused']} | {c['failed']} | {tally.seconds:.1f} | "
                f"{tally.megabytes:.0f} |"
            )
        whole = sum((tally.counts for tally in tallies.values()), Counter())
        print(
            f"| **all** | {whole.total()} | {whole['read']} | {whole['refused']} | {whole['failed']} | "
            f"{max(t.seconds for t in tallies.values()):.1f} | {max(t.megabytes for t in tallies.values()):.0f} |\n",
            flush=True,
        )
        for failure in failures:
            print(f"- {failure}")
        failed += len(failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
