"""An episode never takes the place of another paper's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from podcast_dspy.errors import UsageError
from podcast_dspy.generation.publishing import PaperKey, check_place, free_folder

ONE = PaperKey("aaaaaaaaaaaa", None, "On rain")
OTHER = PaperKey("bbbbbbbbbbbb", None, "On snow")
PAGE = PaperKey("cccccccccccc", "https://a.org/rain", "On rain")


def _episode(folder: Path, paper: PaperKey) -> Path:
    folder.mkdir(parents=True)
    (folder / "episode.json").write_text(json.dumps({"title": "An episode", **paper.record()}))
    return folder


def test_the_same_paper_keeps_its_folder(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "paper", ONE)
    check_place(folder, ONE)
    check_place(tmp_path / "new", ONE)
    assert free_folder(folder, ONE) == folder


def test_another_paper_gets_another_folder(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "paper", ONE)
    with pytest.raises(UsageError, match=r"An episode.*--output"):
        check_place(folder, OTHER)
    assert free_folder(folder, OTHER) == tmp_path / "paper-2"
    _episode(tmp_path / "paper-2", PAGE)
    assert free_folder(folder, OTHER) == tmp_path / "paper-3"
    _episode(tmp_path / "paper-3", OTHER)
    assert free_folder(folder, OTHER) == tmp_path / "paper-3"


@pytest.mark.parametrize("record", ["", "[]", '{"title": "Old"}', '{"document_id": null, "source": null}'])
def test_an_episode_of_unknown_origin_stays(tmp_path: Path, record: str) -> None:
    (tmp_path / "episode.json").write_text(record)
    with pytest.raises(UsageError):
        check_place(tmp_path, OTHER)


def test_a_page_that_changed_a_little_is_the_same_paper(tmp_path: Path) -> None:
    folder = _episode(tmp_path / "rain", PAGE)
    check_place(folder, PaperKey("dddddddddddd", PAGE.source, PAGE.title))
    check_place(folder, PaperKey.unread("https://a.org/rain"))
    for other in (
        PaperKey("dddddddddddd", PAGE.source, "On hail"),
        PaperKey.unread("https://a.org/rain?id=2"),
        PaperKey.unread("https://a.org/snow"),
    ):
        with pytest.raises(UsageError):
            check_place(folder, other)


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    from podcast_dspy.documents import read_document

    paper = tmp_path / "paper.md"
    paper.write_text(
        "# On rain\n\nAnn Lee\n\n## Abstract\n\nIt rains in the north, and it rains in the south.\n"
    )
    assert PaperKey.unread(str(paper)).matches(PaperKey.of(read_document(paper)).record())
