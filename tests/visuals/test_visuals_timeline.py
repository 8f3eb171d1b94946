"""The files of a timeline: cards, JSON, OpenTimelineIO."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.visuals import (
    align_visuals_to_transcript,
    figure_card,
    quote_card,
    save_timeline,
    title_card,
)
from podcast_dspy.visuals.timeline import SIZE

FILL = "and the machines keep on passing blocks around without any of them waiting"


@pytest.fixture
def talk(make_talk):  # type: ignore[no-untyped-def]
    return make_talk(
        (SegmentType.INTRO, "Welcome to a show about a paper."),
        (SegmentType.FIGURE_DISCUSSION, f"Now figure two, {FILL}."),
        (
            SegmentType.KEY_FINDING,
            "The ring trained sequences one hundred times longer on the same hardware.",
        ),
        (SegmentType.CONCLUSION, "That was all for this time, goodbye."),
    )


def test_files(graph: DocumentGraph, talk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import opentimelineio as otio

    timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
    folder = tmp_path / "out"
    qa = save_timeline(folder, timeline, talk.transcription, graph, audio="episode.mp3")
    data = json.loads((folder / "timeline.json").read_text())
    assert data["schema_version"] == 1
    assert data["qa"]["sync_score"] == qa.sync_score == 100
    assert [visual["visual_type"] for visual in data["visuals"]] == [one.visual_type for one in timeline]
    for visual in data["visuals"]:
        with Image.open(folder / visual["image"]) as image:
            assert image.size == SIZE
    figure = data["visuals"][1]["figure_path"]
    assert not Path(figure).is_absolute()
    assert (folder / figure).exists()
    assert data["visuals"][0]["image"] == data["visuals"][-1]["image"]
    assert len(list((folder / "cards").iterdir())) == 3
    assert (folder / "captions.vtt").read_text().startswith("WEBVTT\n")
    cut = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    video, audio = cut.tracks
    assert video.duration() == audio.duration()
    assert cut.duration().to_seconds() == pytest.approx(talk.transcription.total_duration, abs=1 / 30)
    assert [clip.media_reference.target_url for clip in video] == [
        visual["image"] for visual in data["visuals"]
    ]
    assert video[1].metadata["podcast_dspy"]["figure_atom_id"] == "fig_2"


def test_the_same_timeline_gives_the_same_bytes(graph: DocumentGraph, talk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
    for name in ("a", "b"):
        save_timeline(tmp_path / name, timeline, talk.transcription, graph, audio="episode.mp3")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """Bounding box of everything that differs from the corner."""
    from PIL import ImageChops

    corner = image.getpixel((0, 0))
    box = ImageChops.difference(image, Image.new("RGB", image.size, corner)).getbbox()  # type: ignore[arg-type]
    assert box is not None
    return box


@pytest.mark.parametrize("text", ["A", "word " * 200, "unbreakable" * 40, "Δοκιμή 中文 🎧", ""])
@pytest.mark.parametrize("draw", [title_card, quote_card])
def test_text_of_any_length_stays_within_the_margins(draw, text: str) -> None:  # type: ignore[no-untyped-def]
    left, top, right, bottom = inked(draw(text, "a footer " * 60))
    assert left >= 130
    assert top >= 130
    assert right <= SIZE[0] - 150
    assert bottom <= SIZE[1] - 60


def test_figures_of_any_shape_fit(tmp_path: Path) -> None:
    for shape in ((10, 3000), (3000, 10), (1, 1), (1600, 900)):
        picture = tmp_path / "f.png"
        Image.new("RGB", shape, (0, 0, 255)).save(picture)
        image = figure_card(picture, "Figure 2", "A caption " * 80)
        assert image.size == SIZE
        assert image.getpixel((SIZE[0] // 2, 440)) == (0, 0, 255)


def test_a_figure_without_an_image_is_a_card(tmp_path: Path) -> None:
    assert figure_card(None, "Figure 2", "Throughput.").getpixel((0, 0)) == title_card("x").getpixel((0, 0))
    (tmp_path / "bad.png").write_text("no image")
    for broken in ("bad.png", "missing.png"):
        with pytest.raises(InputError, match="read the paper again with images"):
            figure_card(tmp_path / broken, "Figure 2")
