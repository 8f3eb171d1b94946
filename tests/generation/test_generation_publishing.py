"""A saved episode: every file, in every format, and a feed that parses and agrees with the files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import av
import mutagen
import numpy as np
import pytest
from PIL import Image

from podcast_dspy.audio import Narration, decode, probe
from podcast_dspy.audio.audio_writer import measure_loudness, true_peak
from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.audio.feed import CATEGORIES, Show, read_show
from podcast_dspy.audio.metadata import read_cover
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.generation.episode import Episode
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.generation.voiced_script import chapters_of
from podcast_dspy.signatures.types import SegmentType

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
WHEN = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
RATE = 24_000


@pytest.fixture(scope="module")
def episode() -> Episode:
    """Twelve seconds of a voice-like tone, in two segments."""
    at = np.arange(12 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * k * at) / k for k in range(1, 9))
    samples = (0.1 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * at))).astype(np.float32)
    spans = [(0.0, 5.0), (5.5, 12.0)]
    texts = ("Welcome, and this is about sets & bits.", "They hash every key into a < few bits of one array.")
    kinds = (SegmentType.INTRO, SegmentType.METHODOLOGY)
    segments = tuple(
        ScriptSegment(segment_id=f"s{n}", segment_type=kind, text=text, start_time=a, end_time=b)
        for n, (kind, text, (a, b)) in enumerate(zip(kinds, texts, spans, strict=True))
    )
    script = Script(title='Bits & "sets" <1>', paper_title="t", document_id="d", segments=segments)
    graph = DocumentGraph(
        source_path="p.pdf",
        sha256="0" * 64,
        document_id="d",
        title="Sets\x0b& bits",
        authors=("A. One", "B. Two"),
        page_count=1,
    )
    return Episode(
        graph=graph,
        plan=EpisodePlan.model_construct(
            title="t", target_seconds=12.0, words_per_minute=150.0, opening="", segments=()
        ),
        script=script,
        audio=Narration(samples, RATE, spans, "piper:joe"),
        chapters=chapters_of(script, graph),
        voice="piper:joe",
        model_units=1,
        source_units=1,
    )


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    path = tmp_path / "a cover.png"
    Image.new("RGB", (1400, 1400), "navy").save(path)
    return path


@pytest.mark.parametrize("kind", ["mp3", "opus", "wav"])
def test_every_format_is_whole(
    kind: Literal["mp3", "opus", "wav"], episode: Episode, cover: Path, tmp_path: Path
) -> None:
    files = episode.save(tmp_path / "out", audio_format=kind, cover=cover, show="Journal club")
    assert files.audio.name == f"episode.{kind}"
    info = probe(files.audio)
    assert info.duration == pytest.approx(12.0, abs=0.05)
    sound = decode(files.audio, info.sample_rate)
    assert measure_loudness(sound, info.sample_rate) == pytest.approx(-16.0, abs=0.5)
    assert true_peak(sound) <= -1.0
    with av.open(str(files.audio)) as file:
        found = [
            (one["metadata"]["title"], float(one["start"] * one["time_base"])) for one in file.chapters()
        ]
    assert sorted(found, key=lambda one: one[1]) == [
        ("Welcome: Sets & bits", 0.0), ("How they did it", pytest.approx(5.5, abs=0.001)),
    ]  # fmt: skip
    tags = mutagen.File(files.audio).tags
    picture = (
        tags.getall("APIC")[0].data
        if kind != "opus"
        else mutagen.File(files.audio)["metadata_block_picture"][0]
    )
    assert len(picture) > 50
    assert files.cover is not None
    assert files.cover.read_bytes() == cover.read_bytes()
    assert json.loads(files.timeline.read_text())["audio"] == files.audio.name
    assert files.rss is None
    assert not (tmp_path / "out" / "rss.xml").exists()


def test_captions_agree_with_the_script(episode: Episode, tmp_path: Path) -> None:
    files = episode.save(tmp_path / "out")
    said = episode.script.text.split()
    for path in (files.captions, files.subtitles):
        words = parse_captions(path.read_text("utf-8"))
        assert [word.word for word in words] == said
        assert words[-1].end <= files.seconds
    told = json.loads(files.transcript.read_text("utf-8"))
    assert " ".join(segment["body"] for segment in told["segments"]).split() == said
    assert told["version"] == "1.0.0"
    chapters = json.loads(files.chapters.read_text("utf-8"))
    assert [chapter["title"] for chapter in chapters["chapters"]] == [
        "Welcome: Sets & bits",
        "How they did it",
    ]


def test_the_feed(episode: Episode, cover: Path, tmp_path: Path) -> None:
    options = {"cover": cover, "rss": "https://example.org/my%20show", "show": "A & B", "published": WHEN}
    files = episode.save(tmp_path / "out", audio_format="opus", **options)
    assert files.rss is not None
    text = files.rss.read_text("utf-8")
    channel = ElementTree.fromstring(text).find("channel")
    assert channel is not None
    item = channel.find("item")
    assert item is not None
    assert channel.findtext("title") == "A & B"
    assert item.findtext("title") == episode.script.title
    assert item.findtext("description") == "About the paper “Sets & bits” by A. One, B. Two."
    enclosure = item.find("enclosure")
    assert enclosure is not None
    assert enclosure.attrib == {
        "url": "https://example.org/my%20show/episode.opus",
        "length": str(files.audio.stat().st_size),
        "type": "audio/ogg",
    }
    assert item.findtext("pubDate") == "Wed, 02 Jan 2030 03:04:05 GMT"
    assert item.findtext(f"{ITUNES}duration") == "12"
    assert item.findtext("guid") == f"urn:sha256:{probe(files.audio).sha256}"
    image = item.find(f"{ITUNES}image")
    assert image is not None
    assert image.attrib["href"] == "https://example.org/my%20show/cover.png"
    chapters = item.find(f"{PODCAST}chapters")
    assert chapters is not None
    assert chapters.attrib["type"] == "application/json+chapters"
    places = [chapters.attrib["url"]] + [one.attrib["url"] for one in item.findall(f"{PODCAST}transcript")]
    for place in [*places, image.attrib["href"]]:
        assert (files.folder / place.rsplit("/", 1)[1]).is_file()
    assert {one.attrib["type"] for one in item.findall(f"{PODCAST}transcript")} == {
        "text/vtt", "application/x-subrip", "application/json",
    }  # fmt: skip
    again = episode.save(tmp_path / "again", audio_format="opus", **options)
    assert again.rss is not None
    assert again.rss.read_text("utf-8") == text


def test_what_cannot_be_published_leaves_nothing(episode: Episode, tmp_path: Path) -> None:
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    for options, error in (
        ({"rss": "ftp://example.org"}, UsageError),
        ({"rss": "https://example.org/?a=b"}, UsageError),
        ({"cover": tmp_path / "cover.png"}, InputError),
        ({"cover": tmp_path / "none.jpg"}, InputError),
    ):
        with pytest.raises(error):
            episode.save(tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


ATOM = "{http://www.w3.org/2005/Atom}"


def what_directories_refuse(feed: str) -> list[str]:
    """What is wrong with a feed by the published rules of Apple Podcasts and Spotify."""
    root = ElementTree.fromstring(feed)
    channel = root.find("channel")
    if root.tag != "rss" or root.attrib.get("version") != "2.0" or channel is None:
        return ["no RSS 2.0"]
    needed = ("title", "link", "description", "language", f"{ITUNES}author", f"{ITUNES}explicit")
    wrong = [f"channel has no {name}" for name in needed if not (channel.findtext(name) or "").strip()]
    if channel.findtext(f"{ITUNES}explicit") not in ("true", "false"):
        wrong.append("explicit is true or false")
    category = channel.find(f"{ITUNES}category")
    if category is None or category.attrib["text"] not in CATEGORIES:
        wrong.append("no known category")
    elif (sub := category.find(f"{ITUNES}category")) is not None:
        wrong += ["no known subcategory"] * (sub.attrib["text"] not in CATEGORIES[category.attrib["text"]])
    if not re.fullmatch(r"[^@ ]+@[^@ ]+", channel.findtext(f"{ITUNES}owner/{ITUNES}email") or ""):
        wrong.append("no owner with an address")
    if not channel.findtext(f"{ITUNES}owner/{ITUNES}name"):
        wrong.append("no owner with a name")
    own = channel.find(f"{ATOM}link")
    if own is None or own.attrib["rel"] != "self" or own.attrib["type"] != "application/rss+xml":
        wrong.append("no link to itself")
    image = channel.find(f"{ITUNES}image")
    if image is None or not re.search(r"\.(?:jpg|png)$", image.attrib["href"]):
        wrong.append("no image")
    for item in channel.findall("item"):
        enclosure = item.find("enclosure")
        if enclosure is None or set(enclosure.attrib) != {"url", "length", "type"}:
            wrong.append("enclosure")
        elif (
            enclosure.attrib["type"] not in ("audio/mpeg", "audio/x-m4a")
            or int(enclosure.attrib["length"]) <= 0
        ):
            wrong.append("audio that is not taken")
        if not item.findtext("title") or not item.findtext("guid"):
            wrong.append("title or guid")
        if parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is None:
            wrong.append("date without zone")
        if not (item.findtext(f"{ITUNES}duration") or "").isdigit():
            wrong.append("duration")
    return wrong


OURS = Show(
    name='Rain & <Snow> "daily"', author="Ann Lee", email="ann@example.org", category="Science > Earth Sciences",
    site="https://example.org/about",
)  # fmt: skip


def test_a_described_show_passes_the_rules_of_directories(
    episode: Episode, cover: Path, tmp_path: Path
) -> None:
    files = episode.save(
        tmp_path / "out", cover=cover, rss="https://example.org/show", show=OURS, published=WHEN
    )
    assert files.rss is not None
    text = files.rss.read_text("utf-8")
    assert what_directories_refuse(text) == []
    assert files.rss_lacks == ()
    channel = ElementTree.fromstring(text).find("channel")
    assert channel is not None
    assert channel.findtext("title") == OURS.name
    assert channel.findtext("link") == OURS.site
    own = channel.find(f"{ATOM}link")
    assert own is not None
    assert own.attrib["href"] == "https://example.org/show/rss.xml"
    assert channel.findtext(f"{ITUNES}author") == "Ann Lee"
    tags = mutagen.File(files.audio).tags
    assert (str(tags["TPE1"]), str(tags["TALB"])) == ("Ann Lee", OURS.name)


def test_what_a_feed_lacks_is_told(episode: Episode, tmp_path: Path) -> None:
    files = episode.save(tmp_path / "out", audio_format="opus", rss="https://example.org/show", show="Rain")
    assert files.rss is not None
    assert set(what_directories_refuse(files.rss.read_text("utf-8"))) == {
        "no owner with an address", "audio that is not taken",
    }  # fmt: skip
    assert [want.rsplit("--", 1)[1] for want in files.rss_lacks] == ["email", "audio-format mp3"]


@pytest.mark.parametrize(
    ("size", "mode", "said"),
    [((2560, 1440), "RGB", "2560 x 1440"), ((64, 64), "RGB", "64 x 64"), ((3100, 3100), "RGB", "3100 x 3100"),
     ((1500, 1500), "CMYK", "CMYK"), ((1500, 1500), "L", "RGB"), ((1500, 1500), "RGBA", "transparent")],
)  # fmt: skip
def test_a_cover_that_directories_refuse(size: tuple[int, int], mode: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / ("c.jpg" if mode in ("CMYK", "L") else "c.png")
    Image.new(mode, size).save(path)
    with pytest.raises(InputError, match=said):
        read_cover(path)


def test_a_show_is_described_in_the_workspace(tmp_path: Path) -> None:
    assert read_show(tmp_path / "show.toml") == Show()
    (tmp_path / "show.toml").write_text('author = "Ann"\ncategory = "Technology"\n')
    assert read_show(tmp_path / "show.toml", name="Rain", email=None) == Show(
        name="Rain", author="Ann", category="Technology"
    )
    for given in ({"category": "Tech"}, {"category": "Science > Rain"}, {"email": "ann"}):
        with pytest.raises(InputError, match=next(iter(given))):
            read_show(tmp_path / "show.toml", **given)
    for text in ("author = ", 'colour = "red"', 'site = "ftp://a"', "author = 3"):
        (tmp_path / "show.toml").write_text(text)
        with pytest.raises(InputError, match=r"show\.toml"):
            read_show(tmp_path / "show.toml")
