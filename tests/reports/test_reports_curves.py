"""Loss curves as figure, files and page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from podcast_dspy.errors import UsageError, WorkspaceError
from podcast_dspy.reports import loss_curves, loss_svg, save_loss_curves


def test_the_figure_draws_each_loss_from_the_trials(make_run: Any) -> None:
    run = make_run()
    lines = {line.get_label(): list(line.get_ydata()) for line in loss_curves(run.trials).axes[0].lines}
    assert lines["total"] == pytest.approx([trial.avg_total_loss for trial in run.trials])
    assert lines["rouge"] == pytest.approx([trial.avg_rouge_loss for trial in run.trials])
    assert lines["total, held out"] == pytest.approx([0.52, 0.45, 0.40])
    assert lines["best (0.370)"] == pytest.approx([0.37])


def test_an_unscored_loss_is_named_so_and_not_drawn_as_zero(make_run: Any) -> None:
    labels = [line.get_label() for line in loss_curves(make_run(gap="quality").trials).axes[0].lines]
    assert "quality (unscored)" in labels
    assert "total (unscored)" in labels
    assert not any(label.startswith("best") for label in labels)


@pytest.mark.parametrize(("name", "magic"), [("curve.png", b"\x89PNG"), ("curve.svg", b"<?xml")])
def test_pictures_are_written_and_the_same_twice(
    tmp_path: Path, make_run: Any, name: str, magic: bytes
) -> None:
    path = save_loss_curves(make_run().trials, tmp_path / "new" / name)
    first = path.read_bytes()
    assert first.startswith(magic)
    assert save_loss_curves(make_run().trials, path).read_bytes() == first


def test_the_page_needs_no_network(tmp_path: Path, make_run: Any) -> None:
    page = save_loss_curves(make_run().trials, tmp_path / "curve.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "total, held out" in page
    assert 'src="http' not in page
    assert "<script" not in page


def test_bad_requests_are_named(tmp_path: Path, make_run: Any) -> None:
    with pytest.raises(UsageError, match="choose png, svg or html"):
        save_loss_curves(make_run().trials, tmp_path / "curve.gif")
    with pytest.raises(UsageError, match="podcast-dspy compile"):
        loss_curves([])
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="--output"):
        save_loss_curves(make_run().trials, tmp_path / "file" / "curve.svg")


def test_the_svg_of_a_page_is_as_wide_as_its_place(make_run: Any) -> None:
    svg = ElementTree.fromstring(loss_svg(make_run().trials[:1]))
    assert svg.get("viewBox")
    assert svg.get("width") is None
    assert "1 trials" in str(svg.get("aria-label"))


def test_svg_file_is_well_formed(tmp_path: Path, make_run: Any) -> None:
    path = save_loss_curves(make_run().trials, tmp_path / "curve.svg")
    assert ElementTree.parse(path).getroot().tag.endswith("svg")
