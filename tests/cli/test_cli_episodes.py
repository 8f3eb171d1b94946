"""`generate`, `evaluate`, `visuals`, `voices try` and `demo`: what they pass on and what they print."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cli_fakes import store_pair
from PIL import Image

import podcast_dspy.api
import podcast_dspy.audio
from podcast_dspy.api import DemoResult
from podcast_dspy.audio.feed import Show
from podcast_dspy.confidence import Confidence, Doubt


class Recorder:
    """Keeps the arguments of a call and gives an answer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.lm = "embedded"
        self.arguments: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.arguments, self.options = arguments, options
        if progress := options.get("progress"):
            progress("working", 0, 1)
        print("noise from a library")
        return self.answer


GOOD = {
    "sync_score": 95.0,
    "visual_coverage": 100.0,
    "figure_timing_accuracy": None,
    "quote_timing_accuracy": 1.0,
    "desync_points": [
        {
            "timestamp": 12.0,
            "issue": "figure_unknown",
            "expected": "Figure 9",
            "actual": "there is none",
            "severity": "minor",
        }
    ],
    "passed": True,
}


def episode(folder: Path) -> SimpleNamespace:
    """An episode that says it was saved in `folder`."""
    saved: list[Any] = []
    folder.mkdir(exist_ok=True)
    (folder / "timeline.json").write_text(json.dumps({"schema_version": 1, "qa": GOOD}))
    files = SimpleNamespace(
        folder=folder,
        audio=folder / "episode.mp3",
        timeline=folder / "timeline.json",
        seconds=241.0,
        rss_lacks=(),
        model_dump=lambda: {"folder": folder},
    )
    return SimpleNamespace(
        script=SimpleNamespace(title="Bits for sets", words=600, language="en"),
        plan=SimpleNamespace(target_seconds=240.0),
        voice="piper:joe",
        second_voice=None,
        model_units=40,
        source_units=9,
        chapters=(),
        confidence=Confidence(),
        doubts=(Doubt(kind="thin-coverage", severity=0.1, message="it is thin"),),
        saved=saved,
        save=lambda place, **options: saved.append(options) or files,
    )


def test_generate_passes_everything_on(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.pdf").write_bytes(b"%PDF")
    podcaster = Recorder(episode(tmp_path / "out"))
    load = Recorder(podcaster)
    monkeypatch.setattr(podcast_dspy.api, "load", load)
    words = ("generate", "new.pdf", "--profile", "p.json", "--minutes", "4", "--depth", "overview")
    more = ("--voice", "piper:joe", "--lm", "openai/a", "--output", "out")
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "lexicon.toml").write_text('LaTeX = "lay-tech"')
    result = cli(*words, *more, "--json")
    assert result.code == 0
    assert result.data["doubts"][0]["kind"] == "thin-coverage"
    assert "note: it is thin" in result.err
    assert load.arguments == (Path("p.json"),)
    assert load.options == {"lm": "openai/a"}
    assert podcaster.arguments == ("new.pdf",)
    assert callable(podcaster.options.pop("progress"))
    tell = podcaster.options.pop("on_doubt")
    assert podcaster.options == {
        "depth": "overview",
        "minutes": 4.0,
        "episode_format": "explainer",
        "voice": "piper:joe",
        "second_voice": None,
        "lexicon": {"LaTeX": "lay-tech"},
        "images_dir": Path("out/figures"),
        "anyway": False,
        "language": None,
    }
    assert (result.data["seconds"], result.data["target_seconds"], result.data["words"]) == (
        241.0,
        240.0,
        600,
    )
    assert "noise from a library" in result.err
    assert result.data["confidence"] == {"level": "high", "score": 1.0, "doubts": []}
    tell(Doubt(kind="holes-in-words", severity=0.2, message="3 words have holes; give a better file."))
    text = cli(*words, *more).out
    assert "4:01 (asked for 4:00), 600 words, voice piper:joe" in text
    assert "40 statements in the model's words, 9 in the paper's" in text
    assert "timeline check passed: 95 of 100, visuals cover 100% of the time" in text
    assert "0:12  minor  figure_unknown: Figure 9; there is none" in text


def test_generate_says_how_the_files_are_to_be(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new.pdf").write_bytes(b"%PDF")
    (tmp_path / "names.toml").write_text('GPT = "gee pee tee"')
    Image.new("RGB", (1400, 1400)).save(tmp_path / "c.png")
    made = episode(tmp_path / "out")
    podcaster = Recorder(made)
    monkeypatch.setattr(podcast_dspy.api, "load", Recorder(podcaster))
    words = ("generate", "new.pdf", "--profile", "p.json", "--output", "out")
    assert cli(*words).code == 0
    assert made.saved.pop() == {
        "audio_format": "mp3",
        "cover": None,
        "rss": None,
        "show": Show(),
        "stereo": False,
    }
    options = (
        "--audio-format",
        "opus",
        "--cover",
        "c.png",
        "--rss",
        "https://x.org/a",
        "--show",
        "S",
        "--email",
        "a@x.org",
    )
    assert cli(*words, *options, "--lexicon", "names.toml").code == 0
    assert made.saved.pop() == {
        "audio_format": "opus",
        "cover": Path("c.png"),
        "rss": "https://x.org/a",
        "show": Show(name="S", email="a@x.org"),
        "stereo": False,
    }
    assert podcaster.options["lexicon"] == {"GPT": "gee pee tee"}


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [(("--rss", "example.org"), 2, "web address"), (("--cover", "new.pdf"), 1, "PNG"),
     (("--audio-format", "flac"), 2, "mp3"), (("--format", "mp3"), 2, "dialogue"),
     (("--lexicon", "new.pdf"), 1, "lexicon"), (("--cover", "nowhere.png"), 1, "cannot be read"),
     (("--cover", "wide.png"), 1, "160 x 90"), (("--category", "Rain"), 1, "category")],
)  # fmt: skip
def test_generate_refuses_before_any_work(
    options: tuple[str, ...],
    code: int,
    said: str,
    cli: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "new.pdf").write_bytes(b"%PDF")
    Image.new("RGB", (160, 90)).save(tmp_path / "wide.png")
    load = Recorder(None)
    monkeypatch.setattr(podcast_dspy.api, "load", load)
    result = cli("generate", "new.pdf", "--profile", "p.json", *options)
    assert (result.code, load.arguments) == (code, ())
    assert said in result.err


def metrics(**changes: Any) -> SimpleNamespace:
    """Metrics of which the quality could not be measured."""
    values = {
        "duration_loss": 0.1,
        "coverage_loss": 0.2,
        "structure_loss": 0.3,
        "quality_loss": math.nan,
        "rouge_loss": 0.5,
        "total_loss": math.nan,
        "concepts_mentioned": 4,
        "concepts_total": 5,
        "concepts_missed": ("hash family",),
        "duration_generated": 60.0,
        "duration_reference": 60.0,
        "details": {"duration": {"source": "predicted for the voice kokoro:af_heart", "predicted": True}},
        "unscored": {"quality": "the judge gave no score"},
        **changes,
    }
    return SimpleNamespace(**values, model_dump=lambda: values)


def test_evaluate_measures_the_episode_with_its_own_audio(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_pair(tmp_path / "workspace", tmp_path)
    score = Recorder(metrics())
    monkeypatch.setattr(podcast_dspy.workspace.Workspace, "score", score)
    monkeypatch.setattr(podcast_dspy.api, "read_script", lambda path: f"script of {path}")
    (tmp_path / "ep").mkdir()
    (tmp_path / "ep" / "episode.mp3").write_bytes(b"ID3")
    result = cli("evaluate", "ep", "--pair", "bloom", "--judge-lm", "openai/b", "--json")
    assert score.arguments[0] == "script of ep"
    assert score.arguments[1].pair_id == "bloom"
    assert score.options == {"audio": Path("ep/episode.mp3"), "judge": "openai/b", "voice": "kokoro:af_heart"}
    assert result.data["metrics"]["quality_loss"] is None
    text = cli("evaluate", "draft.txt", "--pair", "bloom").out
    assert score.options == {"audio": None, "judge": "measured", "voice": "kokoro:af_heart"}
    assert "unscored: quality (the judge gave no score)" in text
    assert "unscored: total (quality unscored)" in text
    assert "length 1:00 against 1:00; predicted for the voice kokoro:af_heart" in text
    assert "missed: hash family" in text
    assert "nan" not in text


def test_visuals_writes_a_timeline_beside_its_check(cli: Any, tmp_path: Path) -> None:
    store_pair(tmp_path / "workspace", tmp_path)
    result = cli("visuals", "align", "bloom", "--output", "edit", "--json")
    assert result.code == 0, result.err
    assert result.data["folder"] == "edit"
    assert [one["visual_type"] for one in result.data["visuals"]]
    assert 0 <= result.data["qa"]["visual_coverage"] <= 100
    for name in ("timeline.json", "timeline.otio", "captions.vtt"):
        assert (tmp_path / "edit" / name).stat().st_size > 0
    assert '"../salt.mp3"' in (tmp_path / "edit" / "timeline.json").read_text()
    store_pair(tmp_path / "workspace", tmp_path, "raw", analyzed=False)
    raw = cli("visuals", "align", "raw")
    assert raw.code == 2
    assert "podcast-dspy analyze raw" in raw.err


def test_a_voice_is_tried(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = np.arange(22050 * 2) / 22050
    tone = (0.3 * np.sin(2 * np.pi * 220 * seconds)).astype(np.float32)
    voice = SimpleNamespace(name="piper:joe", sample_rate=22050, synthesize=Recorder(tone))
    monkeypatch.setattr(podcast_dspy.audio, "get_voice", lambda name: voice)
    result = cli("voices", "try", "embedded", "--text", "Hello.", "--json")
    assert result.code == 0, result.err
    assert voice.synthesize.arguments == ("Hello.",)
    assert result.data["path"] == "embedded.mp3"
    assert result.data["seconds"] == pytest.approx(2.0, abs=0.2)
    assert (tmp_path / "embedded.mp3").stat().st_size > 1000


def test_demo_reports_what_it_measured(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_demo = Recorder(
        DemoResult(
            workspace=tmp_path,
            profile=tmp_path / "p.json",
            episode=tmp_path / "episode",
            report=tmp_path / "report.html",
            held_out_pair="cache",
            baseline_loss=0.5,
            training_baseline_loss=0.4,
            training_compiled_loss=0.3,
            uncompiled=True,
            compiled_loss=math.nan,
            episode_seconds=240.0,
        )
    )
    monkeypatch.setattr(podcast_dspy.api, "run_demo", run_demo)
    data = cli("demo", "--output", "here", "--examples", "corpus", "--json").data["demo"]
    assert run_demo.arguments == (Path("here"),)
    assert run_demo.options["examples"] == Path("corpus")
    assert (data["baseline_loss"], data["compiled_loss"]) == (0.5, None)
    told = cli("demo").out
    assert "cache: 0.500 uncompiled, unscored compiled" in told
    assert "the uncompiled program was kept" in told
