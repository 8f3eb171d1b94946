"""The studio under load and by its users' hands: charts of a long run, watchers, revoicing, access, the whole walk.

Prints a table, and exits with 1 when a bar is not reached. `cpu s` are processor seconds of the commands and of all
that they began; `seconds` are on this machine, whatever else it does.

    python benchmarks/studio.py                       # the page, 50 watchers, revoicing
    python benchmarks/studio.py --walk SCREENSHOTS    # upload, label, train, watch, edit, voice, take home
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import math
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from podcast_dspy.api import examples_folder
from podcast_dspy.generation.edits import edit_segment, load_episode
from podcast_dspy.metrics import LOSSES
from podcast_dspy.models import cache_dir
from podcast_dspy.optimizers import RunRecord
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.testing import sample_compiled_profile, sample_trial
from podcast_dspy.workspace import Workspace

TRIALS: Final = 5000
WATCHERS: Final = 50
MOMENTS: Final = 10
"""Changes that the watchers are told of."""
CHARTS_BAR, REVOICE_BAR, EVENT_BAR = 1.0, 0.05, 1.0
PATIENCE: Final = 1800.0
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figure: str
    bar: str = ""
    reached: bool = True

    def __str__(self) -> str:
        verdict = "" if not self.bar else "yes" if self.reached else "**no**"
        return f"| {self.what} | {self.figure} | {self.bar} | {verdict} |"


@contextlib.contextmanager
def studio(workspace: Path) -> Iterator[tuple[str, int]]:
    """The command, serving a workspace; its address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*_program(workspace), "studio", f"--port={port}", "--no-browser"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/", server.pid
    finally:
        server.terminate()
        server.wait()


def _program(workspace: Path) -> list[str]:
    return [sys.executable, "-m", "podcast_dspy.cli.main", "--workspace", str(workspace), "--quiet"]


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def long_run(place: Path) -> None:
    """A run of many trials: losses that fall in noise; the first trial and the best one are there in full."""
    record, config = RunRecord(Workspace(place).tree), TrainingConfig(max_trials=1000)
    record.begin(config, "0" * 16)
    record.finish_trial(sample_trial(0), config)
    random = np.random.default_rng(0)
    falling = 0.3 + 0.4 * np.exp(-np.arange(TRIALS) / 800)
    curves = {
        name: (falling + random.normal(0, 0.03, TRIALS)).round(6).tolist()
        for name in ("total", "held_out", *LOSSES, *(f"held_out_{name}" for name in LOSSES))
    }
    names = [f"trial_{number:03d}" for number in range(TRIALS)]
    best = np.minimum.accumulate(curves["total"]).tolist()
    Workspace(place).tree.write_json(
        "convergence/loss_history.json", {"trials": names, "best_so_far": best, **curves}
    )


def charts(browser: Any, place: Path) -> list[Row]:
    """(a) From the request for the page until all charts are drawn, the best of three."""
    from axe_playwright_python.sync_playwright import Axe

    long_run(place)
    with studio(place) as (address, _):
        taken = []
        for _ in range(3):
            page = browser.new_page()
            page.goto("about:blank")
            begun = time.perf_counter()
            page.goto(f"{address}#/training", wait_until="commit")
            page.locator(".chart polyline").nth(11).wait_for(state="attached")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            taken.append(time.perf_counter() - begun)
            found = Axe().run(page).response["violations"] if len(taken) == 3 else []
            page.close()
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    return [
        Row(
            f"training page with {TRIALS} trials, until 6 charts are drawn",
            f"{min(taken):.2f} s (of {', '.join(f'{one:.2f}' for one in taken)})",
            f"{CHARTS_BAR:g} s",
            min(taken) <= CHARTS_BAR,
        ),
        Row("axe-core: serious or critical on that page", ", ".join(serious) or "none", "none", not serious),
    ]


def watchers(place: Path) -> list[Row]:
    """(b) Connections that wait for events while a file changes: until all have been told; the server's processor."""
    Workspace(place).tree.write_json("convergence/run.json", {})
    told: list[list[float]] = [[] for _ in range(WATCHERS)]

    def watch(port: int, mine: list[float]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/api/events")
        answer = connection.getresponse()
        while len(mine) < MOMENTS and (line := answer.readline()):
            if line.startswith(b"event: training"):
                mine.append(time.perf_counter())
        connection.close()

    with studio(place) as (address, process):
        port = int(address.rstrip("/").rpartition(":")[2])
        threads = [threading.Thread(target=watch, args=(port, mine)) for mine in told]
        for thread in threads:
            thread.start()
        time.sleep(3)
        used, begun = _cpu(process), time.perf_counter()
        late = []
        for moment in range(MOMENTS):
            changed = time.perf_counter()
            Workspace(place).tree.write_text("convergence/final_report.json", f'{{"moment": {moment}}}')
            deadline = changed + 60
            while any(len(mine) <= moment for mine in told) and time.perf_counter() < deadline:
                time.sleep(0.01)
            late.append(max(mine[moment] for mine in told if len(mine) > moment) - changed)
        share = (_cpu(process) - used) / (time.perf_counter() - begun)
        for thread in threads:
            thread.join(60)
    reached = sum(len(mine) == MOMENTS for mine in told)
    return [
        Row(
            f"{WATCHERS} clients on /api/events, told of {MOMENTS} changes",
            f"{reached} of all",
            "all",
            reached == WATCHERS,
        ),
        Row(
            "a change until the last client knows (the server looks every 0.5 s)",
            f"{1000 * np.median(late):.0f} ms (median), {1000 * max(late):.0f} ms (longest)",
            f"{1000 * EVENT_BAR:.0f} ms",
            max(late) <= EVENT_BAR,
        ),
        Row("processor of the server meanwhile", f"{100 * share:.0f}% of a core"),
    ]


def _cpu(process: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def revoicing(place: Path, minutes: float) -> list[Row]:
    """(c) One sentence edited and voiced anew, against the whole episode, in the embedded voice with an empty cache."""
    cache, folder = place / "cache", place / "episode"
    cache.mkdir()
    (cache / "models").symlink_to(cache_dir() / "models")
    paper = examples_folder() / "unseen" / "cache-eviction" / "paper.pdf"
    profile = place / "profile.json"
    sample_compiled_profile().save(profile)
    shown = (f"--profile={profile}", f"--minutes={minutes}", f"--output={folder}")
    whole = _run(cache, place, "generate", str(paper), *shown)
    stored = load_episode(folder)
    segment = stored.script.segments[len(stored.script.segments) // 2]
    edit_segment(folder, segment.segment_id, f"{segment.text} That is worth remembering.")
    again = _run(cache, place, "revoice", f"--episode={folder}")
    start = _run(cache, place, "revoice", "--help")
    share = again / whole
    return [
        Row(
            f"an episode of {stored.record.seconds:.0f} s in {len(stored.script.segments)} segments, all of it",
            f"{whole:.1f} cpu s",
        ),
        Row(
            "one sentence more in one segment, revoiced",
            f"{again:.1f} cpu s, {100 * share:.0f}% of the whole",
            f"{100 * REVOICE_BAR:.0f}%",
            share <= REVOICE_BAR,
        ),
        Row("of that, beginning the command at all", f"{start:.1f} cpu s"),
    ]


def _run(cache: Path, place: Path, *arguments: str) -> float:
    """Run a command; its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*_program(place), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PODCAST_DSPY_CACHE": str(cache)},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def walk(browser: Any, place: Path, pictures: Path) -> list[Row]:
    """Upload a pair, label it, train two trials, make an episode, edit and voice it, take it home; screenshots."""
    wrong: list[str] = []
    pictures.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    with studio(place) as (address, _):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on(
            "console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))

        def shot(name: str) -> None:
            for size, scheme in (((1280, 900), "light"), ((390, 800), "dark")):
                page.set_viewport_size({"width": size[0], "height": size[1]})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=pictures / f"{name}-{scheme}.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.emulate_media(color_scheme="light")

        def finish(kind: str) -> None:
            """Wait for the job of a kind; that it failed is an error."""
            while True:
                state = {job["kind"]: job for job in page.request.get("/api/jobs").json()}.get(kind, {})
                if state.get("state", "queued") not in ("queued", "running"):
                    break
                page.wait_for_timeout(1000)
            if state["state"] != "done":
                raise SystemExit(f"{kind}: {state['state']}: {state['error']}")
            print(f"{time.perf_counter() - begun:6.0f} s  {kind}", file=sys.stderr)

        page.goto("/#/pairs")
        example = examples_folder() / "pairs" / "bloom-filters"
        page.locator("summary", has_text="Add a pair").click()
        page.locator("[name=paper]").set_input_files(example / "paper.pdf")
        page.locator("[name=recording]").set_input_files(example / "podcast.mp3")
        page.get_by_role("button", name="Upload").click()
        finish("ingest")
        page.locator("tbody a").first.click()
        page.locator(".sentences").focus()
        for key in ("i", "b", "Enter"):
            page.keyboard.press(key)
        page.get_by_text("Saved.", exact=True).wait_for()
        shot("pair")
        page.goto("/#/pairs")
        page.get_by_role("button", name="Analyse").click()
        finish("analyze")
        page.goto("/#/training")
        page.locator("[name=max_trials]").fill("2")
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_role("progressbar", name="Training").wait_for()
        shot("training-runs")
        finish("compile")
        page.locator(".chart").first.wait_for()
        page.get_by_role("button", name="Compare").click()
        page.locator("#main h3").first.wait_for()
        shot("training")
        page.goto("/#/episodes")
        page.locator("[name=paper]").set_input_files(
            examples_folder() / "unseen" / "cache-eviction" / "paper.pdf"
        )
        page.locator("[name=minutes]").fill("1")
        page.get_by_role("button", name="Make an episode").click()
        finish("generate")
        shot("episodes")
        page.locator("tbody a").first.click()
        page.locator(".sentence.supported").first.click()
        page.locator(".crop").first.wait_for()
        while not page.evaluate("document.querySelector('.crop').naturalWidth"):
            page.wait_for_timeout(500)
        shot("episode")
        page.get_by_role("button", name="Edit segment 2", exact=True).click()
        box = page.get_by_role("textbox", name="Text of segment 2", exact=True)
        box.fill(box.input_value() + " That is worth remembering.")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Voice what changed (1)").click()
        finish("revoice")
        page.get_by_role("button", name="Voice what changed (1)").wait_for(state="detached")
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        with page.expect_download() as download:
            page.get_by_role("link", name="episode.mp3").click()
        taken = Path(download.value.path()).stat().st_size
        shot("published")
        page.goto("/#/jobs")
        page.get_by_text("revoice").first.wait_for()
        shot("jobs")
        context.close()
    return [
        Row(
            "walk: upload a pair, analyse, label, train 2 trials, make, edit, voice, take home",
            f"{time.perf_counter() - begun:.0f} s, {taken / 1e6:.1f} MB",
        ),
        Row("walk: console errors", "; ".join(wrong) or "none", "none", not wrong),
    ]


def main() -> None:
    """Measure, print, and say by the exit code whether every bar is reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--walk", type=Path, metavar="DIR", help="only the walk; screenshots go here")
    parser.add_argument("--only", choices=["charts", "watchers", "revoicing"], help="one of the measurements")
    parser.add_argument(
        "--minutes",
        type=float,
        nargs="+",
        default=[1.0, 4.0],
        help="of episodes to be revoiced [default: 1 4]",
    )
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
        place = Path(folder)
        if options.walk:
            with chromium() as browser:
                rows = walk(browser, place / "walk", options.walk)
        if not options.walk and options.only in (None, "charts"):
            with chromium() as browser:
                rows += charts(browser, place / "long")
        if not options.walk and options.only in (None, "watchers"):
            rows += watchers(place / "watched")
        if not options.walk and options.only in (None, "revoicing"):
            for minutes in options.minutes:
                (place / f"voiced-{minutes:g}").mkdir()
                rows += revoicing(place / f"voiced-{minutes:g}", minutes)
    print("| what | figure | bar | reached |\n|---|---|---|---|")
    print("\n".join(map(str, rows)))
    sys.exit(not math.prod(row.reached for row in rows))


if __name__ == "__main__":
    main()
