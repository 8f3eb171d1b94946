"""The page in a real browser: by mouse and by keyboard, on a desk and on a phone, light and dark."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from podcast_dspy.generation.edits import edit_segment
from podcast_dspy.optimizers import RunRecord
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.studio.server import create_app
from podcast_dspy.testing import sample_metrics, sample_trial
from podcast_dspy.workspace import Workspace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt-get install chromium)")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def address(workspace: Workspace) -> Iterator[str]:
    """A studio of the workspace that listens."""
    record, config = RunRecord(workspace.tree), TrainingConfig(max_trials=2)
    record.begin(config, "0" * 16)
    first = sample_trial(0)
    for trial in (first, sample_trial(1, [sample_metrics(coverage_loss=0.2)], best=first)):
        record.finish_trial(trial, config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(workspace), log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(params=[(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page that fails the test for whatever its console says is wrong."""
    size, scheme = request.param
    context = browser.new_context(viewport=size, color_scheme=scheme, base_url=address)
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def accessible(page: Page) -> None:
    """Nothing serious for a screen reader, a keyboard or weak eyes (axe-core), and no part wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("part", ["episodes", "pairs", "training", "jobs", "api"])
def test_every_part_can_be_read_by_everybody(page: Page, part: str) -> None:
    page.goto(f"/#/{part}")
    page.wait_for_selector("main h2")
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    accessible(page)


def test_sentences_are_labelled_by_key_and_kept(page: Page, workspace: Workspace) -> None:
    page.goto("/#/pairs/wet-salt")
    page.locator(".sentences").focus()
    page.keyboard.press("i")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.press("u")
    page.get_by_text(re.compile("^Saved")).wait_for()
    assert [span.segment_type for span in workspace.pair("wet-salt").labels] == ["intro", "background"]
    accessible(page)


def test_what_was_gained_stands_first_and_curves_have_their_figures(page: Page) -> None:
    page.goto("/#/training")
    page.locator(".chart").first.wait_for()
    assert page.locator(".chart").count() == 6, "five losses and the total"
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("trial_000 against trial_001").first.wait_for()
    assert page.locator("main").inner_text().index("Held out") < page.locator("main").inner_text().index(
        "loss"
    )


def test_what_a_paper_says_is_text(page: Page, workspace: Workspace) -> None:
    hostile = '<img src=x onerror="document.title=`taken`"><script>document.title="taken"</script>'
    found = workspace.tree.read_json("training_pairs/wet-salt/metadata.json")
    workspace.tree.write_json("training_pairs/wet-salt/metadata.json", {**found, "title": hostile})
    page.goto("/#/pairs")
    page.get_by_text("onerror").wait_for()
    assert "taken" not in page.title()


@pytest.mark.models
def test_a_sentence_is_checked_edited_and_kept(page: Page, episode: Path) -> None:
    page.goto("/#/episodes/wet-salt")
    page.locator(".sentence.supported").first.click()
    page.locator(".source blockquote").first.wait_for()
    accessible(page)
    page.get_by_role("button", name="Edit segment 1").click()
    page.get_by_role("textbox", name="Text of segment 1").fill("Salt melts ice.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Voice what changed (1)").wait_for()
    assert "Salt melts ice." in (episode / "script.md").read_text("utf-8")
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    page.get_by_role("button", name="Differences from version 1").click()
    page.get_by_text("+ Salt melts ice.").wait_for()
    accessible(page)


@pytest.mark.models
def test_what_is_open_and_typed_outlives_an_edit_from_elsewhere(page: Page, episode: Path) -> None:
    page.goto("/#/episodes/wet-salt")
    page.locator(".sentence.supported").first.wait_for()
    page.get_by_text("Terms", exact=True).click()
    page.get_by_role("button", name="Edit segment 1").click()
    mine = page.get_by_role("textbox", name="Text of segment 1")
    mine.fill("Salt is")
    edit_segment(episode, "2", "Brine is wet.")
    page.get_by_text("Brine is wet.").wait_for()
    mine.press_sequentially(" white.")
    assert mine.input_value() == "Salt is white."
    assert page.locator("details[open] summary").first.inner_text() == "Terms"
