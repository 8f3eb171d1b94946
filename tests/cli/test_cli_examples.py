"""Every example of every `--help` does what it shows, in order, on small files and stand-ins for slow models."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import webbrowser
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import uvicorn
from batch_servers import ChatBatches
from fastapi.testclient import TestClient
from lm_servers import Chat, Messages
from numpy.typing import NDArray
from test_cli_models import EPISODE, PAPER, answer
from test_cli_training import level

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.cli.reference import commands
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.lms import batches
from podcast_dspy.optimizers.artifacts import CompiledPrograms, keep_compiled, store_profile, store_prompts
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.optimizers.trials import TrainingRun
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import CompiledProfile, synthesize
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import PromptVersions, file_sha256
from podcast_dspy.testing import FakeVoice, sample_pair, sample_trial
from podcast_dspy.workspace import Workspace

ALL = list(commands())
GROUPS = {words[:-1] for words in ALL if words}
COMMANDS = [(), *(words for words in ALL if words not in GROUPS)]
_EXAMPLE = re.compile(r"^ {2,}((?:podcast-dspy|python -c)\b.*)$", re.MULTILINE)


def examples(cli: Any, words: Sequence[str]) -> list[str]:
    """The example lines of a command's help."""
    text = cli(*words, "--help").out
    return _EXAMPLE.findall(text.partition("Examples:\n")[2].partition("\n\n")[0])


def encoded(texts: Sequence[str], kind: str) -> NDArray[np.float32]:
    """Vectors of the words' hashes: alike texts are near each other."""
    rows = np.zeros((len(texts), 384), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split() or ["nothing"]:
            row[int(hashlib.sha256(word.encode()).hexdigest()[:6], 16) % 384] += 1.0
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files and the workspace of all examples are made, once."""
    return tmp_path_factory.mktemp("examples")


@pytest.fixture
def place(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch, humming: FakeVoice) -> Iterator[Path]:
    """A directory with the files that the examples name, a workspace, and providers on this machine."""
    openai, anthropic = ChatBatches(answer), Messages(lambda body: answer(_as_chat(body)))
    for name, value in {
        "HOME": str(tmp_path),
        "PODCAST_DSPY_CACHE": str(tmp_path / "cache"),
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_API_BASE": openai.url,
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "ANTHROPIC_API_BASE": anthropic.root,
    }.items():
        monkeypatch.setenv(name, value)
    _forget()
    monkeypatch.setattr(batches, "_PAUSES", [0.001, 0.001])
    _stand_ins(monkeypatch, openai)
    if not (made / "podcast_profile_v1.json").exists():  # what is written last
        _files(made)
        _workspace(made)
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    yield tmp_path
    _forget()
    openai.close()
    anthropic.close()


def _forget() -> None:
    """Empty what functions of the package keep for the process: it would mix the stand-in's vectors with real ones."""
    for name, module in list(sys.modules.items()):
        if name.startswith("podcast_dspy"):
            for kept in vars(module).values():
                if callable(clear := getattr(kept, "cache_clear", None)):
                    clear()


def _token(app: Any) -> str | None:
    """The token that a studio asks for."""
    found: str | None = next(one.kwargs["token"] for one in app.user_middleware if "token" in one.kwargs)
    return found


def _as_chat(body: dict[str, Any]) -> dict[str, Any]:
    """A request of Anthropic's API as one of OpenAI's: plain texts, and the schema where that has it."""

    def text(content: Any) -> str:
        return content if isinstance(content, str) else "".join(str(part["text"]) for part in content)

    schema = (body.get("output_format") or body["output_config"]["format"])["schema"]
    messages = [{"content": text(message["content"])} for message in body["messages"]]
    return {"messages": messages, "response_format": {"json_schema": {"schema": schema}}}


def _stand_ins(monkeypatch: pytest.MonkeyPatch, openai: Chat) -> None:
    import podcast_dspy.api
    import podcast_dspy.audio
    import podcast_dspy.documents.fetch
    import podcast_dspy.visuals.video
    from podcast_dspy import models
    from podcast_dspy.lms import embeddings, roles

    monkeypatch.setattr(embeddings, "_encode", encoded)
    monkeypatch.setattr(embeddings, "_version", lambda: "words")

    apart = Path.cwd() / "apart"
    apart.mkdir()
    transcription = sample_pair(folder=apart).transcription.model_copy(update={"sha256": ""})

    def heard(path: Any, **options: Any) -> TranscriptionResult:
        return transcription

    monkeypatch.setattr(podcast_dspy.audio, "transcribe", heard, raising=False)

    def local(role: str, common: dict[str, Any]) -> Any:
        return roles._remote("openai/gpt-5-mini", {**common, "timeout": 10.0})

    monkeypatch.setattr(roles, "_local", local)

    def fetched(address: str, target: IO[bytes], **options: Any) -> Any:
        body = "".join(
            f"<h1>{line[2:]}</h1>"
            if line.startswith("# ")
            else f"<h2>{line[3:]}</h2>"
            if line.startswith("## ")
            else f"<p>{line}</p>"
            for line in PAPER.splitlines()
            if line
        )
        target.write(f"<html><body><article>{body}</article></body></html>".encode())
        return podcast_dspy.documents.fetch.Reply(address, "text/html")

    monkeypatch.setattr(podcast_dspy.documents.fetch, "fetch", fetched)
    monkeypatch.setattr(models, "install", lambda names=None, progress=None: {"smollm2-135m": Path("there")})

    def served(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
        """What the page's first request gets, in place of serving until Ctrl-C."""
        (listener,) = sockets
        asked: Any = {"params": {"token": token}} if (token := _token(self.config.app)) else {}
        with TestClient(self.config.app, base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            print(client.get("/", **asked).raise_for_status().text)

    bind = socket.socket.bind
    monkeypatch.setattr(uvicorn.Server, "run", served)
    monkeypatch.setattr(webbrowser, "open", lambda address: True)
    # Whatever address an example names, a test listens to this machine, where a port is free.
    monkeypatch.setattr(socket.socket, "bind", lambda self, address: bind(self, ("127.0.0.1", 0)))

    def compiled(self: Workspace, config: TrainingConfig, **options: Any) -> TrainingRun:
        return _run(self, config)

    monkeypatch.setattr(Workspace, "compile", compiled)

    monkeypatch.setattr(models, "model_path", lambda name: Path("models") / name)

    def shown(output: Path, **options: Any) -> Any:
        output.mkdir(exist_ok=True)
        return podcast_dspy.api.DemoResult(
            workspace=output, profile=output, episode=output, report=output, held_out_pair="cache",
            training_baseline_loss=0.5, training_compiled_loss=0.4, baseline_loss=0.5, compiled_loss=0.4,
            uncompiled=False,
            episode_seconds=240.0,
        )  # fmt: skip

    monkeypatch.setattr(podcast_dspy.api, "run_demo", shown)
    monkeypatch.setattr(podcast_dspy.visuals.video, "_FPS", 2)


def _files(folder: Path) -> None:
    from PIL import Image
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    from podcast_dspy.audio import AudioTags, write_audio

    styles = getSampleStyleSheet()
    for name, title in {"paper": "Slow", "one": "Slower", "new": "New", "bloom-filters": "Hashed"}.items():
        text = PAPER.replace("Slow", title)
        parts = [
            Paragraph(
                line.lstrip("# "),
                styles[
                    "Title" if line.startswith("# ") else "Heading2" if line.startswith("#") else "BodyText"
                ],
            )
            for line in text.splitlines()
            if line
        ]
        SimpleDocTemplate(str(folder / f"{name}.pdf")).build(parts)
    (folder / "notes.md").write_text(PAPER.replace("Slow", "Noted"))
    _docx(folder / "draft.docx", PAPER.replace("Slow", "Drafted"))
    tone = FakeVoice(0.3, 8000).synthesize("word " * 200)
    for name in ("podcast.mp3", "balado.mp3", "jingle.mp3"):
        write_audio(folder / name, tone, 8000, tags=AudioTags(title=name))
    (folder / "segments.csv").write_text("start,end,type\n0,20,intro\n20,40,methodology\n40,60,conclusion\n")
    (folder / "turns.json").write_text(
        '[{"speaker": "Ann", "start": 0, "end": 9, "text": "Why does wet salt stay wet?"},'
        ' {"speaker": "Bo", "start": 9, "end": 20, "text": "Because it drinks from the air."}]'
    )
    (folder / "episode.srt").write_text(
        "1\n00:00:00,000 --> 00:00:05,000\nWelcome to the show about queues.\n"
    )
    (folder / "names.toml").write_text('LaTeX = "lay-tech"\n')
    (folder / "draft.txt").write_text("Short jobs waited 40 seconds on average. " * 20)
    for name in ("cover.png", "cover.jpg"):
        Image.new("RGB", (1400, 1400), "navy").save(folder / name)


def _docx(path: Path, text: str) -> None:
    """A Word file with the paper's headings and paragraphs."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = ""
    for line in filter(None, text.splitlines()):
        level = len(line) - len(line.lstrip("#"))
        style = f'<w:pPr><w:pStyle w:val="Heading{level}"/></w:pPr>' if level else ""
        body += f"<w:p>{style}<w:r><w:t>{line.lstrip('# ')}</w:t></w:r></w:p>"
    kinds = "application/vnd.openxmlformats-"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{kinds}package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kinds}officedocument.wordprocessingml.'
            'document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
            'officeDocument/2006/relationships/officeDocument"/></Relationships>',
        )
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")


def _episodes(folder: Path) -> None:
    """Folders of pairs, for `ingest-all`."""
    for name in ("episodes", "balados"):
        for pair in ("one", "paper"):
            target = folder / name / pair
            target.mkdir(parents=True)
            (target / "paper.pdf").write_bytes((folder / f"{pair}.pdf").read_bytes())
            (target / "podcast.mp3").write_bytes((folder / "podcast.mp3").read_bytes())


def _workspace(folder: Path) -> None:
    workspace = Workspace(folder / "workspace")
    from podcast_dspy.documents import read_document

    for name in ("bloom-filters", "cache"):
        stand_ins = folder / "stand-ins" / name
        stand_ins.mkdir(parents=True)
        pair = sample_pair(name, EPISODE, pace=2.0, folder=stand_ins)
        paper = stand_ins / "paper.md"
        paper.write_text(PAPER.replace("Slow", name))
        Path(pair.audio_path).write_bytes(name.encode())
        heard = pair.transcription.model_copy(update={"sha256": file_sha256(Path(pair.audio_path))})
        pair = pair.model_copy(
            update={
                "document_graph": read_document(paper),
                "pdf_path": str(paper),
                "transcription": heard,
            }
        )
        PairStore(workspace.tree).add(pair)
    versions = {
        "profile_version": store_profile(workspace.tree, workspace.profile(), activate=True),
        "prompt_version": store_prompts(workspace.tree, {"script_writer": "Say it."}),
    }
    run = _run(workspace, TrainingConfig(max_trials=6, holdout="cache"))
    record = RunRecord(workspace.tree)
    record.begin(run.config, dataset_fingerprint(workspace.pairs))
    for trial in run.trials:
        record.finish_trial(trial, run.config)
    record.finish(run)
    compiled = CompiledProfile.of(CompiledPrograms(PodcastProgram()), synthesize(workspace.pairs))
    keep_compiled(workspace.tree, compiled, run.best.model_copy(update=versions), [])
    compiled.save(folder / "podcast_profile_v1.json")


def _script() -> Script:
    text = "Short jobs waited 40 seconds on average."
    segment = ScriptSegment(
        segment_id="seg_000", segment_type=SegmentType.INTRO, text=text, start_time=0.0, end_time=20.0
    )
    return Script(title="Queues", paper_title="Queues", document_id="0123456789ab", segments=(segment,))


def _run(workspace: Workspace, config: TrainingConfig) -> TrainingRun:
    trials = tuple(
        sample_trial(
            number, [level("bloom-filters", 0.5 - 0.05 * number)], [level("cache", 0.6 - 0.05 * number)]
        )
        for number in range(6)
    )
    for trial in trials:
        for place in trial.generated_scripts.values():
            workspace.tree.write_model(place, _script())
    return TrainingRun(
        config=config, trials=trials, converged=True, reason="nothing is left to try",
        profile_path="profiles/podcast_profile_v1.json",
    )  # fmt: skip


def _prepare(words: Sequence[str], place: Path) -> None:
    """What the examples of one command need to find."""
    if words == ("ingest-all",):
        _episodes(place)
    if words == ("evaluate",):
        folder = place / "episodes" / "bloom"
        folder.mkdir(parents=True)
        (folder / "script.json").write_text(_script().model_dump_json())
    if words[:1] in (("redo",), ("revoice",), ("episode",)):
        from podcast_dspy.api import load
        from podcast_dspy.generation.edits import edit_segment

        load(place / "podcast_profile_v1.json")(place / "notes.md", minutes=1).save("episodes/queues")
        edit_segment("episodes/queues", "1", "Welcome. Today it is queues.")
    if words == ("visuals", "render"):
        from podcast_dspy.visuals import align_visuals_to_transcript, save_timeline

        pair = Workspace(place / "workspace").pair("bloom-filters")
        said, paper = pair.transcription, pair.document_graph
        timeline = align_visuals_to_transcript(pair.aligned_segments or (), paper, said)
        for folder in (place / "episodes" / "new", place / "visuals" / "bloom-filters"):
            save_timeline(folder, timeline, said, paper, audio="episode.mp3")
            (folder / "episode.mp3").write_bytes((place / "podcast.mp3").read_bytes())
    if words[:1] == ("kb",) and words[-1] != "create":
        base = Workspace(place / "workspace").kb("podcast-training").create()
        if words[-1] != "add":
            base.add(place / "bloom-filters.pdf")
    if words == ("export-prompts",):
        PromptVersions(Workspace(place / "workspace").tree).set_current("v1")
    if words == ("pairs", "import"):
        Workspace(place / "workspace").export_pairs(place / "dataset")


def _written(line: Sequence[str]) -> list[Path]:
    """What an example says that it writes; where there is a `--file`, `--output` is its format."""
    options = ("--file",) if "--file" in line else ("--output",)
    return [Path(after) for option, after in pairwise(line) if option in options]


def _run_line(cli: Any, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "python":
        subprocess.run([sys.executable, *words[1:]], check=True, capture_output=True, timeout=120)
        return
    target = words.pop() if ">" in words else None
    if target:
        words.remove(">")
    words = [str(Path(word).expanduser()) if word.startswith("~") else word for word in words]
    result = cli(*words[1:])
    assert result.code == 0, f"{line}\n{result.err}"
    assert "Traceback" not in result.err
    assert result.out, line
    if "--json" in words:
        assert result.data
    if target:
        Path(target).write_text(result.out)
    for path in _written(words):
        assert path.exists(), line


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "root")
def test_the_examples_of_help_work(cli: Any, place: Path, words: tuple[str, ...]) -> None:
    lines = examples(cli, words)
    assert lines, "help shows no example"
    _prepare(words, place)
    for line in lines:
        _run_line(cli, line)


def test_a_group_without_a_command_shows_its_help(cli: Any) -> None:
    for words in GROUPS - {()}:
        assert "Usage: podcast-dspy" in cli(*words).out + cli(*words, "--help").out
