"""The committed example corpus is complete, consistent with itself, and says what its experiments found."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdfium2 as pdfium
import pytest

ROOT = Path(__file__).resolve().parents[2] / "examples"
PAIRS = ("bloom-filters", "graph-colouring", "label-noise", "network-vaccination")
UNSEEN = ("cache-eviction",)
TYPES = {
    "intro", "background", "problem", "methodology", "key_finding", "figure", "implication", "limitation",
    "conclusion", "tangent", "transition",
}  # fmt: skip


def folder(item: str) -> Path:
    return ROOT / ("pairs" if item in PAIRS else "unseen") / item


def gold(item: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder(item) / "gold.json").read_text(encoding="utf-8"))
    return loaded


def results(item: str) -> dict[str, Any]:
    path = ROOT / "sources" / item.replace("-", "_") / "results.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of the corpus sources."""
    monkeypatch.syspath_prepend(str(ROOT))

    def load(name: str) -> ModuleType:
        return importlib.import_module(f"sources.{name}")

    yield load
    for name in [n for n in sys.modules if n == "sources" or n.startswith("sources.")]:
        del sys.modules[name]


def squeeze(text: str) -> str:
    """Letters and digits only: survives line breaks and hyphenation."""
    return re.sub(r"[^0-9a-z]", "", text.lower())


def test_the_corpus_is_small() -> None:
    total = sum(p.stat().st_size for d in ("pairs", "unseen") for p in (ROOT / d).rglob("*") if p.is_file())
    assert total < 15_000_000


def test_no_machine_path_is_committed() -> None:
    for path in [*ROOT.rglob("*.py"), *ROOT.rglob("*.json"), *ROOT.rglob("*.md")]:
        assert not re.search(r"/(home|root|tmp|work)/", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("item", [*PAIRS, *UNSEEN])
def test_paper_has_what_its_gold_file_says(item: str) -> None:
    document = gold(item)["document"]
    with pdfium.PdfDocument(str(folder(item) / "paper.pdf")) as pdf:
        sizes = [page.get_size() for page in pdf]
        pages = [squeeze(page.get_textpage().get_text_bounded()) for page in pdf]
    assert 4 <= len(pages) <= 6
    text = "".join(pages)
    assert squeeze(document["title"]) in pages[0]
    assert all(squeeze(author) in pages[0] for author in document["authors"])
    for section in document["sections"]:
        assert squeeze(section["number"] + section["title"]) in text
        assert section["level"] == section["number"].count(".") + 1
    assert len(document["figures"]) >= 2
    assert len(document["tables"]) >= 1
    assert len(document["equations"]) >= 1
    for kind in ("figure", "table"):
        for entry in document[f"{kind}s"]:
            assert squeeze(f"{kind} {entry['number']}") in pages[entry["page"] - 1]
            assert squeeze(entry["caption"])[:60] in pages[entry["page"] - 1]
            x0, y0, x1, y1 = entry["bbox"]
            width, height = sizes[entry["page"] - 1]
            assert 0 < x0 < x1 < width
            assert 0 < y0 < y1 < height
    assert 10 <= len(document["key_concepts"]) <= 14


@pytest.mark.parametrize("item", [*PAIRS, *UNSEEN])
def test_the_number_of_columns_is_right(item: str) -> None:
    with pdfium.PdfDocument(str(folder(item) / "paper.pdf")) as pdf:
        page = pdf[1]
        middle = page.get_size()[0] / 2
        text = page.get_textpage()
        boxes = [text.get_charbox(i) for i in range(text.count_chars())]
    # Letters that touch the middle of the page: many in one column, next to none in the gutter between two.
    crossing = sum(1 for x0, _, x1, _ in boxes if x0 - 2 < middle < x1 + 2 and x1 > x0)
    assert (crossing < 6) == (gold(item)["document"]["columns"] == 2)


def test_both_column_layouts_occur() -> None:
    assert sorted(gold(item)["document"]["columns"] for item in PAIRS) == [1, 1, 2, 2]


def test_voices_differ() -> None:
    golds = [gold(item) for item in PAIRS]
    assert len({g["voice"] for g in golds}) == len({g["show"] for g in golds}) == 4
    assert sorted(g["speaker_gender"] for g in golds) == ["female", "female", "male", "male"]


@pytest.mark.parametrize("item", PAIRS)
def test_segments_are_ordered_labelled_and_point_into_the_paper(item: str) -> None:
    data = gold(item)
    segments, document = data["segments"], data["document"]
    assert data["pair_id"] == item
    assert 14 <= len(segments) <= 22
    kinds = {s["segment_type"] for s in segments}
    assert kinds <= TYPES
    assert len(kinds) >= 9
    assert [s["segment_id"] for s in segments] == [f"seg_{i:03d}" for i in range(len(segments))]
    assert data["transcript"] == " ".join(s["text"] for s in segments)
    assert 500 <= len(data["transcript"].split()) <= 900
    assert not re.search(r"[0-9%&$#*_/<>]", data["transcript"])
    known = {k: {e["number"] for e in document[k]} for k in ("sections", "figures", "tables")}
    for segment in segments:
        assert all(set(segment[k]) <= known[k] for k in known)
        assert segment["segment_type"] != "figure" or segment["figures"]
    end = 0.0
    for segment in segments:
        assert 0.2 <= segment["start_time"] - end <= 0.7
        assert segment["end_time"] > segment["start_time"]
        pace = len(segment["text"].split()) / (segment["end_time"] - segment["start_time"])
        assert 1.5 < pace < 4.5
        end = segment["end_time"]
    assert 0 < data["duration"] - end < 1.0


@pytest.mark.parametrize("item", PAIRS)
def test_episode_has_the_duration_and_tags_of_its_gold_file(item: str) -> None:
    data = gold(item)
    audio: Any = importlib.import_module("mutagen.mp3").MP3(str(folder(item) / "podcast.mp3"))
    assert audio.info.length == pytest.approx(data["duration"], abs=0.12)
    assert 180 <= data["duration"] <= 360
    assert (audio.info.channels, audio.info.sample_rate, audio.info.bitrate) == (1, 24_000, 64_000)
    assert str(audio.tags["TIT2"]) == data["document"]["title"]
    assert str(audio.tags["TPE1"]) == data["show"]


@pytest.mark.parametrize("item", PAIRS)
def test_script_is_what_the_recorded_results_give(item: str, source: Any) -> None:
    episode = source(f"{item.replace('-', '_')}.script").episode(results(item))
    assert [(s["segment_type"], s["text"]) for s in gold(item)["segments"]] == [
        (s.kind, s.text) for s in episode.segments
    ]


@pytest.mark.parametrize("item", PAIRS)
def test_numbers_of_the_script_come_from_the_experiment(
    item: str, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = source("common.spoken")
    said: list[tuple[float, int]] = []
    speak = spoken.words

    def recording(value: float, places: int = 0) -> str:
        said.append((value, places))
        return str(speak(value, places))

    monkeypatch.setattr(spoken, "words", recording)
    module = source(f"{item.replace('-', '_')}.script")
    monkeypatch.setattr(module, "words", recording)
    measured = results(item)
    module.episode(measured)
    found = set(flat(measured))
    scaled = found | {100 * v for v in found} | {float(f"{1 / v:.2g}") for v in found if v}
    for share in (0.4, measured.get("instances", 1)):
        scaled |= {share * v for v in found}
    assert len(said) >= 10
    for value, places in said:
        near = {round(v, p) for v in scaled for p in (places, -1, -2)}
        assert round(value, places) in near, value


def flat(value: Any) -> list[float]:
    """All numbers below `value`."""
    if isinstance(value, dict):
        return [n for v in value.values() for n in flat(v)] + [float(k) for k in value if is_number(k)]
    if isinstance(value, list):
        return [n for v in value for n in flat(v)]
    return [float(value)] if isinstance(value, int | float) else []


def is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9.]+", text) is not None


@pytest.mark.parametrize("item", [*PAIRS, *UNSEEN])
def test_paper_quotes_the_recorded_results(item: str, source: Any) -> None:
    paper = source(f"{item.replace('-', '_')}.paper").paper(results(item))
    assert len(re.findall(r"[0-9]", paper.body + paper.abstract)) > 100
    assert 1_600 <= len((paper.body + paper.abstract).split()) <= 3_000
    assert paper.body.count("@fig") == len(paper.figures)
    assert paper.body.count("@table") == len(paper.tables)
    assert paper.body.count("@eq") == len(paper.equations)


def test_experiments_repeat_themselves(source: Any) -> None:
    import random

    bloom, recorded = source("bloom_filters.experiment"), results("bloom-filters")
    assert bloom.blocked_theory(10) == pytest.approx(recorded["blocked_theory"]["10"], rel=1e-6)
    search = source("graph_colouring.experiment")
    graph = search.planted_graph(3.0, random.Random(search.SEED + 30))
    runs = [search.tabu(graph, random.Random(search.SEED), []) for _ in range(2)]
    assert runs[0] == runs[1] > 0


def test_spoken_numbers(source: Any) -> None:
    spoken = source("common.spoken")
    assert spoken.words(60_000) == "sixty thousand"
    assert spoken.words(2.0, 1) == "two"
    assert spoken.words(1.885, 1) == "one point nine"
    assert spoken.percent(0.768) == "seventy-seven percent"
    assert spoken.points(0.01) == "one percentage point"
    assert spoken.points(0.0315) == "three point one percentage points"
    assert spoken.one_in(0.00084) == "one in one thousand two hundred"
    assert spoken.out_of(0.5, 24) == "twelve out of twenty-four"
