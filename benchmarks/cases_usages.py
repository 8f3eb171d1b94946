"""Does what people did, as they did it, and tells what is wrong with what comes of it.

Everything runs as the command line, in a folder of its own that is removed afterwards. Servers are those beside the
inputs, on loopback, ended by the check that started them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diskcache
import numpy as np
from PIL import Image

from podcast_dspy.audio.decoding import decode
from podcast_dspy.models import models_dir
from podcast_dspy.testing import sample_compiled_profile
from podcast_dspy.text.normalisation import speakable

__all__ = ["USAGES"]

ROOT = Path(__file__).resolve().parent.parent
PAIRS = ROOT / "examples" / "pairs"
SILENCE_MB = 60.0
"""A recording of an hour may take so much more memory than one of a quarter."""


@dataclass(frozen=True)
class Ran:
    """How one run of the program ended."""

    code: int
    out: str
    err: str
    peak_mb: float

    @property
    def last(self) -> str:
        """The last line of stderr."""
        return (self.err.strip().splitlines() or [""])[-1]


def program(folder: Path, *words: str, **environment: str) -> Ran:
    """The command line in `folder`, and the peak of its memory."""
    code = (
        "import resource, sys\nfrom podcast_dspy.cli.main import run\ncode = run(sys.argv[1:])\nsys.stdout.flush()\n"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\nsys.exit(code)"
    )
    path = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    ran = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        timeout=1200,
        check=False,
    )
    err = ran.stderr.decode("utf-8", "replace")
    peak = re.search(r"^peak (\d+)$", err, re.MULTILINE)
    said = re.sub(r"^peak \d+\n?", "", err, flags=re.MULTILINE)
    return Ran(
        ran.returncode, ran.stdout.decode("utf-8", "replace"), said, int(peak[1]) / 1024 if peak else 0.0
    )


@contextmanager
def place() -> Iterator[Path]:
    """A folder with a profile that learned nothing, gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        sample_compiled_profile().save(Path(name) / "profile.json")
        yield Path(name)


@contextmanager
def served(folder: Path, *words: str) -> Iterator[None]:
    """The server beside an input, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "server.py", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1.0)
        if process.poll() is not None:
            raise SystemExit(f"{folder / 'server.py'} does not start; is its port free?")
        yield
    finally:
        process.terminate()
        process.wait(10)


def markdown(path: Path, case: Path, title: str | None = None) -> Path:
    """The base text as a Markdown file."""
    spec = importlib.util.spec_from_file_location("cases_base", case.parent / "base.py")
    assert spec is not None
    assert spec.loader is not None
    base = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(base)
    parts = [f"# {title or base.TITLE}", ", ".join(base.AUTHORS), "## Abstract", base.ABSTRACT]
    for heading, paragraphs in base.SECTIONS:
        parts += [f"## {heading}", *paragraphs]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts), encoding="utf-8")
    return path


def opposite_channels(case: Path) -> list[str]:
    """A stereo recording whose channels are each other's negative has words."""
    with place() as folder:
        paper = markdown(folder / "paper.md", case)
        ran = program(folder, "ingest", "--pdf", str(paper), "--audio", str(case / "talk.mp3"), "--json")
        if ran.code:
            return [ran.last]
        words = json.loads(ran.out)["words"]
        return [] if words > 10 else [f"only {words} words"]


def long_silence(case: Path) -> list[str]:
    """No word lies in a silence, and memory does not grow with the length of the recording."""
    speech = decode(PAIRS / "graph-colouring" / "podcast.mp3", rate=16000)[: 60 * 16000]
    peaks = []
    problems = []
    with place() as folder:
        paper = markdown(folder / "paper.md", case)
        for minutes in (13, 53):
            quiet = np.zeros(minutes * 60 * 16000, dtype=speech.dtype)
            recording = _wave(folder / f"talk{minutes}.wav", np.concatenate([speech, quiet, speech]))
            ran = program(
                folder,
                "ingest",
                "--pdf",
                str(paper),
                "--audio",
                str(recording),
                "--id",
                f"talk{minutes}",
                "--json",
            )
            if ran.code:
                return [ran.last]
            peaks.append(ran.peak_mb)
            if inside := _words_between(folder, f"talk{minutes}", 60.5, 60.0 + 60 * minutes - 0.5):
                problems.append(f"{len(inside)} words in {minutes} minutes of silence: {inside[:5]}")
    if peaks[1] - peaks[0] > SILENCE_MB:
        problems.append(f"40 minutes more take {peaks[1] - peaks[0]:.0f} MB more ({peaks[1]:.0f} MB)")
    return problems


def _words_between(folder: Path, pair: str, begin: float, end: float) -> list[str]:
    from podcast_dspy import Workspace

    transcription = Workspace(folder / "podcast_training").pair(pair).transcription
    words = transcription.word_timestamps
    return [word.word for word in words if begin < (word.start_time + word.end_time) / 2 < end]


def _wave(path: Path, samples: Any) -> Path:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


SAID = (
    "Hello and welcome to Small Hours, Big Ideas, for people who cannot sleep until they know how things work. I'm "
    "Martin. Tonight's paper is called One Cache Line or Many. What locality costs a Bloom filter, by Agnes and her "
    "colleagues. It is about an old trick, a modern speed-up, and a tempting repair that turns out to be a trap."
)


def captions(name: str, speaker: str | None = None) -> Callable[[Path], list[str]]:
    """The captions say each word once and nothing else, in time order, with the speaker's name where there is one."""

    def check(case: Path) -> list[str]:
        from podcast_dspy.audio.decoding import AudioInfo
        from podcast_dspy.audio.importing import ImportedTranscript

        info = AudioInfo(
            path=case / name,
            duration=30.0,
            sample_rate=16000,
            channels=1,
            codec="pcm",
            bitrate=0,
            sha256="0" * 64,
        )
        heard = (
            ImportedTranscript(case / name)
            .recognise(case / name, info, language="en", progress=lambda *_: None)
            .words
        )
        text = " ".join(word.word for word in heard)
        problems = []
        if re.findall(r"\w+", text) != re.findall(r"\w+", SAID):
            problems.append(f"said {text[:120]!r}")
        starts = [word.start for word in heard]
        if starts != sorted(starts):
            problems.append("words are out of order")
        if speaker and {word.speaker for word in heard} != {speaker}:
            problems.append(f"speakers {[word.speaker for word in heard][:3]}")
        return problems

    return check


def overwritten(case: Path) -> list[str]:
    """An episode of another paper with the same file name does not take the first one's place."""
    with place() as folder:
        first = markdown(folder / "a" / "paper.md", case)
        second = markdown(folder / "b" / "paper.md", case, title="Another Plan for Backups")
        words = ("--profile", "profile.json", "--minutes", "1", "--voice", "piper:joe")
        ran = program(folder, "generate", str(first), *words)
        if ran.code:
            return [ran.last]
        before = {path: path.read_bytes() for path in folder.glob("episodes/*/episode.mp3")}
        again = program(folder, "generate", str(second), *words)
        if again.code and "another" not in again.last:
            return [f"refused with {again.last!r}"]
        if any(not path.exists() or path.read_bytes() != data for path, data in before.items()):
            return ["the first episode is gone"]
        return []


def other_encoding(case: Path) -> list[str]:
    """A terminal that knows only Latin-1 gets an answer; JSON is always UTF-8."""
    title = "备份 Ω → Łódź: Scheduling Backups"
    with place() as folder:
        paper = markdown(folder / "paper.md", case, title=title)
        for words in (("kb", "create", "papers"), ("kb", "add", "papers", "--paper", str(paper))):
            if (ran := program(folder, *words, PYTHONIOENCODING="latin-1")).code:
                return [f"{' '.join(words[:2])}: {ran.last}"]
        text = program(folder, "kb", "show", "papers", PYTHONIOENCODING="latin-1")
        data = program(folder, "kb", "show", "papers", "--json", PYTHONIOENCODING="latin-1")
        problems = [ran.last for ran in (text, data) if ran.code]
        if not problems and title not in json.dumps(json.loads(data.out), ensure_ascii=False):
            problems.append("the title is damaged in JSON")
        return problems


def dataset(case: Path) -> list[str]:
    """What `pairs export` wrote loads as its help says."""
    with place() as folder:
        source = PAIRS / "bloom-filters"
        ran = program(
            folder, "ingest", "--pdf", str(source / "paper.pdf"), "--audio", str(source / "podcast.mp3")
        )
        ran = ran if ran.code else program(folder, "pairs", "export", "dataset")
        if ran.code:
            return [ran.last]
        code = "import datasets; print(datasets.load_dataset('dataset'))"
        loaded = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return [loaded.stderr.strip().splitlines()[-1]] if loaded.returncode else []


def wrong_pair(case: Path) -> list[str]:
    """A podcast about another paper is told at ingestion; the right one is not doubted."""
    problems = []
    with place() as folder:
        for podcast, doubted in (("graph-colouring", True), ("bloom-filters", False)):
            paper, talk = PAIRS / "bloom-filters" / "paper.pdf", PAIRS / podcast / "podcast.mp3"
            ran = program(
                folder, "ingest", "--pdf", str(paper), "--audio", str(talk), "--id", podcast, "--json"
            )
            if ran.code:
                return [ran.last]
            doubts = [doubt["kind"] for doubt in json.loads(ran.out).get("confidence", {}).get("doubts", [])]
            if ("wrong-pair" in doubts) != doubted:
                problems.append(f"podcast about {podcast}: doubts {doubts}")
    return problems


def landing_page(case: Path) -> list[str]:
    """A landing page and a page that says not found are no papers; the address of the paper is named."""
    problems = []
    with place() as folder, served(case):
        for page, said in (
            ("abs/2401.00001", "ok.pdf"),
            ("soft404.html", "no paper|not a paper|no text|found"),
        ):
            words = ("--profile", "profile.json", "--minutes", "1", "--voice", "piper:joe")
            ran = program(folder, "generate", f"http://127.0.0.1:8765/{page}", *words)
            if not ran.code:
                problems.append(f"{page} became an episode")
            elif not re.search(said, ran.err) or ran.code == 2:
                problems.append(f"{page}: {ran.last}")
    return problems


def feed(case: Path) -> list[str]:
    """The feed has what the large directories ask for; a cover that they refuse is refused."""
    with place() as folder:
        Image.new("RGB", (64, 64), "navy").save(folder / "small.jpg")
        Image.new("RGB", (1400, 1400), "navy").save(folder / "cover.jpg")
        words = ("generate", str(case / "paper.md"), "--profile", "profile.json", "--minutes", "1")
        words += (
            "--voice",
            "piper:joe",
            "--show",
            'Cats & <Dogs> "Club"',
            "--rss",
            "https://example.org/show/",
        )
        small = program(folder, *words, "--cover", "small.jpg")
        problems = [] if small.code and "1400" in small.last else [f"a cover of 64 x 64: {small.last}"]
        ran = program(folder, *words, "--cover", "cover.jpg", "--output", "out")
        if ran.code:
            return [*problems, ran.last]
        text = (folder / "out" / "rss.xml").read_text(encoding="utf-8")
        parts = ("itunes:category", "itunes:explicit", 'rel="self"', "itunes:image", "<language>", "<guid")
        problems += [f"no {part} in the feed" for part in parts if part not in text]
        if re.search(r"<itunes:author>podcast-dspy<", text):
            problems.append("podcast-dspy is the author")
        return problems


def spoken(case: Path) -> list[str]:
    """Written text is spoken as people say it; what stands in brackets behind a sentence is a remark."""
    problems = []
    for line in (case / "lines.tsv").read_text(encoding="utf-8").splitlines():
        written, _, right = line.partition("\t")
        right, _, remark = right.partition(" (")
        if not right.endswith("."):  # the bracket belongs to the sentence
            right, _, remark = line.partition("\t")[2].rpartition(" (")
        wanted = {_said(right), _said(speakable(right))}
        if other := re.search(r"or: (.+)\)", remark):
            wanted.add(_said(re.sub(r"on .*twenty", f"on {other[1]}, twenty", right)))
        got = _said(speakable(written))
        if got not in wanted:
            problems.append(f"{written!r} is spoken {speakable(written)!r}")
    return problems


def _said(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower().replace("-", " ")))


def bad_answers(case: Path) -> list[str]:
    """An LM that answers badly now and then is asked again, and what it said badly is never kept."""
    problems = []
    with place() as folder:
        paper = markdown(folder / "paper.md", case)
        words = (
            "generate",
            str(paper),
            "--profile",
            "profile.json",
            "--minutes",
            "1",
            "--voice",
            "piper:joe",
        )
        words += ("--lm", "fake-jthird@http://127.0.0.1:8766/v1")
        # Answers of earlier runs must not be there, the models must.
        (folder / "cache").mkdir()
        (folder / "cache" / "models").symlink_to(models_dir())
        own = {"OPENAI_API_KEY": "x", "PODCAST_DSPY_CACHE": str(folder / "cache")}
        # Whatever the server says has not the shape that the planner asks for: nothing of it may be kept.
        for mode in ("jthird", "jsame"):
            with served(case, mode):
                ran = program(folder, *words, "--output", mode, **own)
            if not ran.code or "gave no usable answer as planner in 3 tries" not in ran.last:
                problems.append(f"{mode}: {ran.last}")
            if (folder / mode).exists():
                problems.append(f"{mode}: half an episode is left behind")
        with diskcache.Cache(str(folder / "cache" / "answers")) as kept:
            problems += [f"{len(kept)} answers kept that could not be used"] if len(kept) else []
    return problems


USAGES: dict[str, Callable[[Path], list[str]]] = {
    "a01_stereo_opposite_phase": opposite_channels,
    "a07_long_silence": long_silence,
    "c04_vtt_youtube_rolling": captions("t.vtt"),
    "c06_srt_tags_sounds": captions("t.srt"),
    "c15_zoom_vtt": captions("t.vtt", "Martin Ödberg"),
    "cli01_default_folder_overwritten": overwritten,
    "cli03_not_utf8_stdout": other_encoding,
    "cli05_dataset_example": dataset,
    "cli06_wrong_pair": wrong_pair,
    "cli07_landing_page": landing_page,
    "e01_special_title_feed": feed,
    "n01_spoken": spoken,
    "s02_bad_answer_cached": bad_answers,
}
"""Input -> what is wrong with it; empty when it is right."""
