"""Which papers and recordings of a folder belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcast_dspy.errors import InputError
from podcast_dspy.pairs import PairFiles, find_pairs


def _make(folder: Path, *names: str) -> None:
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("{}")


def test_a_subfolder_is_a_pair_of_its_name(tmp_path: Path) -> None:
    _make(tmp_path, "Ring Attention/2310.pdf", "Ring Attention/show.M4A", "Ring Attention/notes.txt")
    _make(tmp_path, "wheat/paper.pdf", "wheat/podcast.mp3", "wheat/labels.csv", "wheat/gold.json")
    assert find_pairs(tmp_path) == [
        PairFiles(
            "ring-attention", tmp_path / "Ring Attention/2310.pdf", tmp_path / "Ring Attention/show.M4A"
        ),
        PairFiles(
            "wheat",
            tmp_path / "wheat/paper.pdf",
            tmp_path / "wheat/podcast.mp3",
            tmp_path / "wheat/labels.csv",
        ),
    ]


def test_files_of_one_name_are_a_pair(tmp_path: Path) -> None:
    _make(tmp_path, "bloom.pdf", "bloom.mp3", "bloom.labels.json", "bloom.png", "alone.pdf", "other.mp3")
    assert find_pairs(tmp_path) == [
        PairFiles("bloom", tmp_path / "bloom.pdf", tmp_path / "bloom.mp3", tmp_path / "bloom.labels.json")
    ]


def test_both_ways_of_keeping_pairs_may_meet(tmp_path: Path) -> None:
    _make(
        tmp_path, "bloom.pdf", "bloom.mp3", "bloom/paper.pdf", "bloom/podcast.mp3", ".git/x.pdf", ".git/x.mp3"
    )
    found = find_pairs(tmp_path)
    assert [pair.pair_id for pair in found] == ["bloom", "bloom-2"]
    assert len({pair.paper for pair in found}) == 2


@pytest.mark.parametrize(
    ("labels", "gender"),
    [
        ('{"speaker_gender": "female"}', "female"),
        ('{"speaker_gender": "a very long text"}', "unknown"),
        ('{"speaker_gender": ["male"]}', "unknown"),
        ('{"segments": []}', "unknown"),
        ("[1]", "unknown"),
        ("no JSON", "unknown"),
    ],
)
def test_labels_may_tell_who_speaks(tmp_path: Path, labels: str, gender: str) -> None:
    _make(tmp_path, "wheat/paper.pdf", "wheat/podcast.mp3")
    (tmp_path / "wheat/gold.json").write_text(labels)
    assert [pair.speaker_gender for pair in find_pairs(tmp_path)] == [gender]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "holds no pair"),
        (("paper.pdf", "podcast.mp3"), "holds no pair"),
        (("wheat/paper.pdf",), "holds no pair"),
        (("wheat/a.pdf", "wheat/b.pdf", "wheat/a.mp3"), "2 PDFs and 1 recordings"),
        (("wheat/a.pdf", "wheat/a.mp3", "wheat/b.wav"), "1 PDFs and 2 recordings"),
        (("a.pdf", "a.mp3", "a.wav"), "a.mp3 and a.wav"),
    ],
)
def test_what_leaves_it_open_is_refused(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    _make(tmp_path, *names)
    with pytest.raises(InputError, match=said):
        find_pairs(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    _make(tmp_path, "paper.pdf")
    with pytest.raises(InputError, match="is no folder"):
        find_pairs(tmp_path / "paper.pdf")
