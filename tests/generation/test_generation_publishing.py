"""A saved episode: every file, in every format, and a feed that parses and agrees with the files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import mutagen
import numpy as np
import pytest
from PIL import Image

from podcast_dspy.audio import Narration, decode, probe, read_chapters
from podcast_dspy.audio.caption_files import parse_captions
from podcast_dspy.audio.loudness import measure_loudness, true_peak
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.generation.episode import Episode, chapters_of
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
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
    return Episode(
        graph=DocumentGraph(
            source_path="p.pdf",
            sha256="0" * 64,
            document_id="d",
            title="Sets\x0b& bits",
            authors=("A. One", "B. Two"),
            page_count=1,
        ),
        plan=EpisodePlan.model_construct(
            title="t", target_seconds=12.0, words_per_minute=150.0, opening="", segments=()
        ),
        script=script,
        audio=Narration(samples, RATE, spans, "piper:joe"),
        chapters=chapters_of(script),
        voice="piper:joe",
        model_units=1,
        source_units=1,
    )


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    path = tmp_path / "a cover.png"
    Image.new("RGB", (30, 30), "navy").save(path)
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
    assert [(c.title, c.start) for c in read_chapters(files.audio)] == [
        ("Welcome", 0.0), ("How they did it", pytest.approx(5.5, abs=0.001)),
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
    assert [chapter["title"] for chapter in chapters["chapters"]] == ["Welcome", "How they did it"]


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
