"""The files of a timeline: cards, JSON, OpenTimelineIO, and the video that is made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, UsageError, WorkspaceError
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.visuals import VisualAssetAlignment, align_visuals_to_transcript, cards, save_timeline
from podcast_dspy.visuals.cards import Canvas, draw_card, figure_stage, table_picture, unwritable
from podcast_dspy.visuals.timeline import SIZE
from podcast_dspy.visuals.video import parse_size, render_video

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
            assert image.size == SIZE.size
    assert data["title"] == graph.title
    figure = data["visuals"][1]["figure_path"]
    assert not Path(figure).is_absolute()
    assert figure == "figures/fig_2.png"  # the folder can be moved and rendered
    assert (folder / figure).exists()
    assert "".join(line["text"] for line in data["captions"]).startswith("Welcome to a show")
    assert len(list((folder / "cards").iterdir())) == len(timeline)
    assert (folder / "captions.vtt").read_text().startswith("WEBVTT\n")
    cut = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    video, audio = cut.tracks
    assert video.duration() == audio.duration()
    assert cut.duration().to_seconds() == pytest.approx(talk.transcription.total_duration, abs=1 / 30)
    assert [clip.media_reference.target_url for clip in video] == [
        visual["image"] for visual in data["visuals"]
    ]
    assert video[1].metadata["podcast_dspy"]["figure_atom_id"] == "fig_2"
    for clip in (*video, *audio):  # as an editor finds them
        place = clip.media_reference.target_url
        assert (folder / place).exists() or place == "episode.mp3"
    again = otio.adapters.read_from_string(otio.adapters.write_to_string(cut, "otio_json"), "otio_json")
    assert again.is_equivalent_to(cut)


def test_an_editor_takes_the_timeline_with_its_media(graph: DocumentGraph, talk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """OpenTimelineIO's own bundle of a timeline holds every file that the clips name, and reads back the same."""
    import opentimelineio as otio

    timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
    save_timeline(tmp_path / "out", timeline, talk.transcription, graph, audio="episode.mp3")
    (tmp_path / "out" / "episode.mp3").write_bytes(b"ID3")
    cut = otio.adapters.read_from_file(str(tmp_path / "out" / "timeline.otio"))
    for clip in cut.find_clips():
        clip.media_reference.target_url = str(tmp_path / "out" / clip.media_reference.target_url)
    bundle = str(tmp_path / "cut.otioz")
    otio.adapters.write_to_file(cut, bundle)
    back = otio.adapters.read_from_file(bundle)
    assert back.duration() == cut.duration()
    assert [clip.name for clip in back.find_clips()] == [clip.name for clip in cut.find_clips()]
    assert not [c for c in back.find_clips() if c.media_reference.is_missing_reference]


def test_the_same_timeline_gives_the_same_bytes(graph: DocumentGraph, talk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
    for name in ("a", "b"):
        save_timeline(tmp_path / name, timeline, talk.transcription, graph, audio="episode.mp3")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 4 + len({visual.quote_text for visual in timeline})
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def visual(kind: str, text: str, **more: object) -> VisualAssetAlignment:
    fields = {
        "segment_id": "s",
        "start_time": 0,
        "end_time": 4,
        "animation_type": "static",
        "visual_type": kind,
    }
    return VisualAssetAlignment.model_validate({**fields, "quote_text": text, **more})


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """Bounding box of everything that differs from the corner."""
    from PIL import ImageChops

    corner = image.getpixel((0, 0))
    box = ImageChops.difference(image, Image.new("RGB", image.size, corner)).getbbox()  # type: ignore[arg-type]
    return box or (image.width // 2, image.height // 2, image.width // 2, image.height // 2)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1080, 1920), (320, 240)])
@pytest.mark.parametrize("text", ["A", "word " * 200, "unbreakable" * 40, "Δοκιμή Ещё ñ 🎧", "中文" * 90, ""])
@pytest.mark.parametrize(
    "card",
    [
        ("title_card", None),
        ("quote_card", "emphasis"),
        ("title_card", "definition"),
        ("title_card", "question"),
        ("broll", None),
    ],
)
def test_text_of_any_length_stays_within_the_margins(card, text: str, size) -> None:  # type: ignore[no-untyped-def]
    canvas = Canvas(*size)
    image = draw_card(
        visual(card[0], text, quote_style=card[1], heading=f"{text} 42%"), canvas, "a title " * 60
    )
    left, top, right, bottom = inked(image)
    assert left >= canvas.margin - canvas.px(30)
    assert right <= canvas.width - canvas.margin + canvas.px(12)
    assert top >= canvas.px(40)
    assert bottom <= canvas.height - canvas.px(30)


def test_a_long_word_is_broken_and_not_cut() -> None:
    from podcast_dspy.visuals.cards import fitted

    word = "pneumonoultramicroscopicsilicovolcanoconiosis" * 3
    _, lines = fitted(word, "plain", sizes=(80, 40), width=900, height=800)
    assert "".join(lines) == word


def test_letters_without_a_font_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import font_manager

    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    cards._file_for.cache_clear()
    assert unwritable("Δ Ж é → ≤ β\n") == []
    assert unwritable("a中b") == ["中"]
    cards._file_for.cache_clear()


def test_figures_of_any_shape_are_whole(tmp_path: Path) -> None:
    picture = tmp_path / "f.png"
    for shape in ((10, 3000), (3000, 10), (1, 1), (1600, 900)):
        Image.new("RGB", shape, (0, 0, 255)).save(picture)
        shown = visual(
            "figure", "A caption " * 80, figure_atom_id="f", figure_path=str(picture), heading="Figure 2"
        )
        image = draw_card(shown, SIZE, "")
        assert image.size == SIZE.size
        left, top, right, bottom = figure_stage(shown, SIZE)[1]
        assert image.getpixel(((left + right) // 2, (top + bottom) // 2)) == (0, 0, 255)
        assert {image.getpixel((x, 5)) for x in range(SIZE.width)} == {(255, 255, 255)}


def test_a_figure_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("no image")
    for broken in ("bad.png", "missing.png"):
        with pytest.raises(InputError, match="read the paper again with images"):
            draw_card(visual("figure", "", figure_path=str(tmp_path / broken)), SIZE, "")


def test_a_table_without_a_picture_is_drawn(graph: DocumentGraph, make_talk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = next(atom for atom in graph.atoms if atom.atom_id == "tab_1")
    cells = table.model_copy(update={"file_path": None, "content": "method\tmemory\nring\t4.2\nours\t17.5"})
    paper = graph.model_copy(update={"atoms": (cells,)})
    talk = make_talk((SegmentType.METHODOLOGY, f"Table one lists the memory of all. Then {FILL}."))
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    save_timeline(tmp_path / "out", timeline, talk.transcription, paper, audio="a.mp3")
    with Image.open(tmp_path / "out" / "figures" / "tab_1.png") as drawn:
        assert drawn.size == table_picture(cells.content).size
        assert len(drawn.getcolors(1 << 20) or ()) > 2


@pytest.fixture
def folder(graph: DocumentGraph, make_talk, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    """An episode of nine seconds: title, figure, captions."""
    import numpy as np

    from podcast_dspy.audio import AudioTags, write_audio

    talk = make_talk(
        (SegmentType.INTRO, "Welcome to a show."),
        (SegmentType.FIGURE_DISCUSSION, "Now figure two is here. One curve climbs."),
        (SegmentType.METHODOLOGY, "And so {it} goes on."),
    )
    timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
    place = tmp_path / "episode"
    inside = place / "figures" / "fig.png"
    inside.parent.mkdir(parents=True)
    inside.write_bytes((tmp_path / "fig.png").read_bytes())
    paper = graph.with_pictures(lambda path: str(inside))
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    save_timeline(place, timeline, talk.transcription, paper, audio="episode.mp3")
    beat = np.sin(np.arange(int(24000 * talk.transcription.total_duration)) / 20).astype(np.float32) * 0.3
    write_audio(place / "episode.mp3", beat, 24000, tags=AudioTags(title="x"))
    chapters = [
        {"startTime": 0, "endTime": 2, "title": "Welcome"},
        {"startTime": 2, "endTime": 8, "title": "Été"},
    ]
    (place / "chapters.json").write_text(json.dumps({"version": "1.2.0", "chapters": chapters}))
    return place


@pytest.mark.parametrize("captions", ["soft", "burn", "off"])
def test_a_video_has_sound_chapters_and_captions(folder: Path, captions: str) -> None:
    import av

    told: list[float] = []
    made = render_video(folder, size=(320, 240), captions=captions, progress=lambda a, b: told.append(a))  # type: ignore[arg-type]
    data = json.loads((folder / "timeline.json").read_text())
    assert told == sorted(told)
    assert told[-1] == made.seconds == pytest.approx(data["duration"], abs=0.1)
    with av.open(str(folder / "video.mp4")) as film:
        kinds = [stream.type for stream in film.streams if stream.type != "data"]
        assert kinds == ["video", "audio", *(["subtitle"] if captions == "soft" else [])]
        assert film.duration / 1e6 == pytest.approx(made.seconds, abs=0.1)
        assert [chapter["metadata"]["title"] for chapter in film.chapters()] == ["Welcome", "Été"]
        video = film.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 320, 240)
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video)]
    assert len(frames) == round(made.seconds * 25)
    figure = next(one for one in data["visuals"] if one["visual_type"] == "figure")
    middle = frames[round(25 * (figure["start_time"] + figure["end_time"]) / 2)][80, 160]
    assert middle[0] > 170 > 90 > middle[1]  # the red figure
    assert frames[0].mean() < 60  # the dark title
    with Image.open(made.thumbnail) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 240))
    if captions == "soft":
        with av.open(str(folder / "video.mp4")) as film:
            texts = [
                rect.dialogue.decode()
                for packet in film.demux(film.streams.subtitles[0])
                for rect in (film.streams.subtitles[0].codec_context.decode2(packet) or ())
            ]
        assert "Welcome to a show." in texts[0]
        assert "(it)" in "".join(texts)  # braces would steer the captions


def test_a_folder_that_is_no_episode_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no timeline\.json"):
        render_video(tmp_path / "nothing")
    document = json.loads((folder / "timeline.json").read_text())
    for key, value, error in (
        ("audio", "../../etc/passwd", InputError),
        ("visuals", [], InputError),
        ("visuals", [{**document["visuals"][0], "figure_path": "/etc/passwd"}], WorkspaceError),
        ("visuals", [{"start_time": "x"}], InputError),
        ("captions", [{}], InputError),
    ):
        (folder / "timeline.json").write_text(json.dumps({**document, key: value}))
        with pytest.raises(error):
            render_video(folder, size=(320, 240))
    assert not list(folder.glob("*.mp4"))
    assert not list(folder.glob(".*.mp4"))


@pytest.mark.parametrize("text", ["1920", "1921x1080", "0x0", "axb", "99999x2", "-2x2", ""])
def test_sizes_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"1920x1080|even numbers"):
        parse_size(text)
