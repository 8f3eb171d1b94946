"""The evaluation page fits a phone: what is wide scrolls in its own box, and the page itself never does."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as lxml_html

from podcast_dspy.reports import evaluation_html

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDE = "averylongnamewithoutanyplacetobreakit" * 3
PROBE = (
    "<script>addEventListener('load', () => { document.querySelectorAll('details').forEach(d => d.open = true);"
    " parent.postMessage([document.documentElement.clientWidth, document.documentElement.scrollWidth], '*') })"
    "</script></body>"
)


@pytest.fixture
def page(make_run: Any, pairs: Any, artefacts: Path) -> str:
    """A page with names that break nowhere."""
    return evaluation_html(
        make_run().trials,
        pairs=pairs,
        base=artefacts,
        reproducibility={"versions": WIDE, "seed": "0"},
        reason=WIDE,
    )


def _inside(node: Any, name: str) -> bool:
    return any(name in (parent.get("class") or "").split() for parent in node.iterancestors())


def test_tables_charts_and_hidden_words_are_in_a_box_that_scrolls(page: str) -> None:
    tree = lxml_html.fromstring(page)
    wide = [*tree.iter("table"), *tree.iter("{*}svg")]
    assert len(wide) >= 4
    for node in wide:
        assert _inside(node, "scroll"), etree.tostring(node)[:200]
    (chart,) = [node for node in wide if "chart" in (node.get("class") or "")]
    assert chart.get("viewbox") or chart.get("viewBox"), "without it a chart does not shrink"
    assert chart.get("width") is None
    style = tree.findtext(".//style")
    box = re.search(r"\.scroll \{([^}]*)\}", style)
    assert box is not None
    assert "overflow-x: auto" in box[1]
    # Words for screen readers are placed absolutely: they widen whatever the next placed ancestor is.
    assert "position: relative" in box[1]


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_browser_has_nothing_to_scroll_sideways(page: str, width: int, tmp_path: Path) -> None:
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace("</body>", PROBE)
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<pre></pre><script>addEventListener('message', e => "
        "document.querySelector('pre').textContent = e.data.join(' '))</script>"
        f'<iframe width="{width}" height="900" style="border: 0" srcdoc="{html.escape(bare)}"></iframe>',
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            str(BROWSER),
            *("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", frame.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r"<pre>(\d+) (\d+)</pre>", done.stdout)
    assert found is not None, done.stderr[-500:]
    assert int(found[2]) <= int(found[1]) <= width
