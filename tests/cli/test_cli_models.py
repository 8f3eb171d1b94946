"""Commands with a remote model: each role reaches it with what a reasoning model takes, and nobody else is reached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_servers import ChatBatches
from lm_parts import Host, Quoting
from lm_servers import Chat, Plain

from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import CompiledProfile, synthesize
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.testing import sample_pair
from podcast_dspy.workspace import Workspace

pytestmark = pytest.mark.usefixtures("humming")

MODEL = "openai/gpt-5-mini"
PAPER = """# Slow Queues

Ada Example

## Abstract

We measure how long jobs wait in a shared queue. Short jobs waited 40 seconds on average.

## Introduction

A shared queue serves every job in the order of arrival. Long jobs delay the short jobs behind them.

## Method

We recorded 900 jobs on one machine for a week. Each job was sorted by its length before it was started.

## Results

Sorting by length cut the wait of short jobs from 40 seconds to 12 seconds. Long jobs waited 3 seconds more.

## Conclusion

A queue that is sorted by length serves short jobs much sooner.
"""

EPISODE = (
    (SegmentType.INTRO, "Welcome to the show, today we talk about queues."),
    (
        SegmentType.METHODOLOGY,
        "A queue is a line of jobs, and a shared queue serves every job in the order in which it arrived.",
    ),
    (SegmentType.CONCLUSION, "And that is all for today."),
)


def answer(body: dict[str, Any]) -> str:
    """What a helpful model says to any of the prompts: the passages themselves, and the first of every choice."""
    prompt = "\n".join(str(message["content"]) for message in body["messages"])
    if "response_format" not in body:
        return "```\nSpeak in short sentences, and keep every number of the passages.\n```"
    if Host.part(str(body["messages"][-1]["content"])):
        return Quoting()(body)
    schema = body["response_format"]["json_schema"]["schema"]
    return json.dumps(_filled(schema, schema, prompt))


def _filled(schema: dict[str, Any], root: dict[str, Any], prompt: str) -> Any:
    if "$ref" in schema:
        return _filled(root["$defs"][schema["$ref"].rpartition("/")[2]], root, prompt)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _field(name, part, root, prompt) for name, part in properties.items()}
    if kind == "array":
        return []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return {"boolean": True, "null": None}.get(str(kind), "something")


def _field(name: str, schema: dict[str, Any], root: dict[str, Any], prompt: str) -> Any:
    asked = prompt.rpartition("[[ ##")[0] or prompt
    if name == "text":
        found = re.findall(r"(?:We|Short|Sorting|Long|A|Each) [^\n\"\]«»]*?\.", prompt)
        return " ".join(dict.fromkeys(found)) or "We measure how long jobs wait in a shared queue."
    if name == "depths":
        listed = re.findall(r"\[\[ ## concepts ## \]\]\n(.*?)\n\n\[\[", prompt, re.DOTALL)[-1]
        names = json.loads(listed)
        item = _filled(schema["items"], root, asked)
        stretch = re.findall(r"\[\[ ## stretch ## \]\]\n(.*?[.!?])\s", prompt, re.DOTALL)[-1]
        return [{**item, "concept": one, "depth": "explained", "evidence": stretch} for one in names]
    if name == "evidence" and schema.get("type") == "array":
        return re.findall(r"\[\[ ## stretch ## \]\]\n(.*?[.!?])\s", prompt, re.DOTALL)[-1:]
    if name == "questions" and schema.get("items", {}).get("type") != "string":
        place = re.search(r"(\d+)\W+A shared queue serves", prompt)
        number = int(place[1]) if place else 0
        question = {"kind": "how", "question": "How are jobs served?", "answer": "In the order of arrival."}
        return [{**question, "statements": [number]}]
    if name == "answers":
        stretch = re.findall(r"\[\[ ## stretch ## \]\]\n(.*?[.!?])\s", prompt, re.DOTALL)[-1]
        return [{"question_id": "q01", "answer": "In order.", "evidence": [stretch]}]
    if name == "marks":
        return [{"question_id": "q01", "reason": "so", "mark": "right"}]
    return _filled(schema, root, prompt)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Chat]:
    chat = Chat(answer)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_API_BASE", chat.url)
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))
    yield chat
    chat.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One analysed pair about the paper."""
    from podcast_dspy.documents import read_document

    paper = tmp_path / "queues.md"
    paper.write_text(PAPER)
    graph = read_document(paper)
    made = Workspace(tmp_path / "workspace")
    pair = sample_pair("queues", EPISODE, pace=2.0, folder=tmp_path).model_copy(
        update={"document_graph": graph, "pdf_path": str(paper)}
    )
    PairStore(made.tree).add(pair)
    return made


@pytest.fixture
def profile(workspace: Workspace, tmp_path: Path) -> Path:
    """A compiled profile that was trained with a remote model."""
    compiled = CompiledProfile.of(
        CompiledPrograms(PodcastProgram()),
        synthesize(workspace.pairs),
        roles={"lm": MODEL, "judge_lm": "judge@http://192.0.2.1/v1"},
    )
    return compiled.save(tmp_path / "profile.json")


def test_generate(cli: Any, server: Chat, profile: Path, tmp_path: Path) -> None:
    words = ("generate", "queues.md", "--profile", str(profile), "--minutes", "1", "--output", "out")
    result = cli(*words, "--lm", MODEL, "--audio-format", "wav", "--json")
    assert result.code == 0, result.err
    assert result.data["model_units"] > 0
    asked = len(server.seen)
    assert asked > 0
    assert all(body["max_completion_tokens"] >= 16_000 for body in server.seen)
    assert cli(*words, "--lm", MODEL, "--audio-format", "wav").code == 0
    assert len(server.seen) == asked, "the same prompts are answered from the cache"
    assert cli(*words, "--lm", MODEL, "--audio-format", "wav", "--fresh").code == 0
    assert len(server.seen) > asked


def test_answers_that_cannot_be_read_are_asked_for_again(
    cli: Any, server: Chat, profile: Path, tmp_path: Path
) -> None:
    server.faults = ["malformed", "malformed"]
    words = ("generate", "queues.md", "--profile", str(profile), "--minutes", "1", "--output", "out")
    result = cli(*words, "--lm", MODEL, "--audio-format", "wav", "--json")
    assert result.code == 0, result.err
    assert result.data["model_units"] > 0
    server.faults = ["malformed"] * 100
    result = cli(*words, "--lm", MODEL, "--audio-format", "wav", "--fresh")
    assert result.code == 1
    assert "gave no usable answer as planner in 3 tries" in result.err


@pytest.mark.parametrize("command", ["analyze", "analyze-all"])
def test_analyze(cli: Any, server: Chat, workspace: Workspace, command: str) -> None:
    words = ("analyze", "queues") if command == "analyze" else ("analyze-all", "--again")
    result = cli(*words, "--lm", MODEL)
    assert server.seen
    assert all(body["max_completion_tokens"] >= 16_000 for body in server.seen)
    assert {body["reasoning_effort"] for body in server.seen} == {"low"}
    assert result.code == 0, result.err
    assert len(server.seen) == 2, "one window of the transcript, and the paper's questions"
    found = workspace.pair("queues")
    assert [segment.segment_type for segment in found.aligned_segments or ()] == [SegmentType.METHODOLOGY]
    assert found.analysed_by == MODEL


def test_evaluate(cli: Any, server: Chat, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_text("Short jobs waited 40 seconds on average. " * 20)
    result = cli("evaluate", "draft.txt", "--pair", "queues", "--judge-lm", MODEL, "--json")
    assert result.code == 0, result.err
    metrics = result.data["metrics"]
    assert "quality" not in metrics["unscored"], metrics["unscored"]
    assert all(body["max_completion_tokens"] >= 16_000 and "temperature" not in body for body in server.seen)
    assert {body["reasoning_effort"] for body in server.seen} == {"medium"}
    assert metrics["details"]["coverage"]["questions_total"] == 1
    assert metrics["details"]["coverage"]["comprehension_loss"] == 0


DRAFT = "Short jobs waited 40 seconds on average. " * 20


@pytest.fixture
def batched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatBatches]:
    from podcast_dspy.lms import batches

    monkeypatch.setattr(batches, "_PAUSES", [0.001, 0.001])
    chat = ChatBatches(answer)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_API_BASE", chat.url)
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))
    yield chat
    chat.close()


def test_evaluate_in_a_batch(cli: Any, batched: ChatBatches, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_text(DRAFT)
    words = ("evaluate", "draft.txt", "--pair", "queues", "--judge-lm", MODEL, "--json")
    result = cli(*words, "--batch")
    assert result.code == 0, result.err
    assert len(batched.seen) == 3, "the questions, and the first of the answers and of the marks"
    answers, marks = batched.jobs.values()
    assert len(marks) == 2 * 3 - 1
    assert f"batch of {len(answers)} requests to {MODEL}" in result.err
    assert result.data["cost"]["cost"] > 0
    again = cli(*words)
    assert again.data["metrics"]["quality_loss"] == result.data["metrics"]["quality_loss"]
    assert again.data["cost"]["cost"] == 0
    assert len(batched.jobs) == 2
    direct = cli(*words, "--fresh")
    items = len(answers) + len(marks)
    assert len(batched.seen) == 3 + 3 + items
    share = (3 + items / 2) / (3 + items)
    assert result.data["cost"]["cost"] == pytest.approx(share * direct.data["cost"]["cost"])


def test_an_interrupted_batch_is_waited_for(
    cli: Any, batched: ChatBatches, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from podcast_dspy.lms import batches

    (tmp_path / "draft.txt").write_text(DRAFT)
    words = ("evaluate", "draft.txt", "--pair", "queues", "--judge-lm", MODEL, "--batch")
    with monkeypatch.context() as patch:

        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        patch.setattr(batches.time, "sleep", interrupt)
        result = cli(*words)
    assert result.code == 130
    assert "run the same command to wait for it" in result.err
    batched.bad = {0, 1}
    result = cli(*words)
    assert result.code == 0, result.err
    assert len(batched.jobs) == 2, "the batch that was waited for, and that of the marks"
    assert "requests of the batch failed" in result.err


def test_compile_judges_in_batches(cli: Any, batched: ChatBatches, workspace: Workspace) -> None:
    words = ("compile", "--max-trials", "1", "--lm", MODEL, "--batch")
    result = cli(*words)
    assert result.code == 0, result.err
    assert re.search(rf"quality: {MODEL} gives [+-]\d\.\d+ beside the measured judge, mean of 1", result.out)
    assert len(batched.jobs) == 2
    # The writer is asked directly; its own model judges, since nobody else is named.
    assert {body["reasoning_effort"] for body in batched.seen} == {"medium"}
    judged = [body for body in batched.seen if "[[ ## stretch ## ]]" in str(body["messages"])]
    assert len(judged) == 1
    assert workspace.trials[0].pair_results["queues"].judge == MODEL
    refused = cli("compile", "--lm", MODEL, "--judge-lm", "measured", "--batch")
    assert (refused.code, "--batch is for a judge" in refused.err) == (2, True)


def test_who_judges_where_nobody_is_named(
    cli: Any, server: Chat, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft.txt").write_text(DRAFT)
    words = ("evaluate", "draft.txt", "--pair", "queues")
    assert cli(*words, "--json").data["metrics"]["judge"] == "measured"
    refused = cli(*words, "--batch")
    assert (refused.code, "name one with --judge-lm" in refused.err) == (2, True)
    none = cli(*words, "--batch", "--judge-lm", "ollama_chat/llama3")
    assert none.code == 1
    assert "ollama_chat/llama3 has no batches" in none.err
    monkeypatch.setenv("PODCAST_DSPY_LM", MODEL)
    assert cli(*words, "--judge-lm", "measured", "--json").data["metrics"]["judge"] == "measured"
    assert not server.seen
    result = cli(*words)
    assert server.seen
    assert re.search(rf"quality by {MODEL}: \d\.\d+ ± \d\.\d+; \d\.\d+ measured without a model", result.out)
    assert "questions about the paper: 1 of 1 answered (the host: 1)" in result.out
    assert re.search(r"the judge read and wrote [\d,]+ tokens; \$\d", result.out)


def test_compile_and_what_it_leaves_behind(cli: Any, server: Chat, workspace: Workspace) -> None:
    words = ("compile", "--max-trials", "1", "--lm", MODEL, "--judge-lm", "openai/o3")
    result = cli(*words)
    assert result.code == 0, result.err
    assert {body["model"] for body in server.seen} == {"gpt-5-mini", "o3"}
    asked = len(server.seen)
    refused = cli("compile", "--resume")
    assert refused.code == 2
    assert "podcast-dspy compile --resume --lm openai/gpt-5-mini --judge-lm openai/o3" in refused.err
    assert len(server.seen) == asked
    assert cli("compile", "--resume", "--lm", MODEL, "--judge-lm", "openai/o3", "--max-trials", "1").code == 0


REWRITTEN = "Speak in short sentences, and say what each number was measured on."
GEPA = (
    *(
        "compile",
        "--optimizer",
        "gepa",
        "--max-trials",
        "3",
        "--lm",
        MODEL,
        "--reflection-lm",
        "openai/gpt-5",
    ),
    *("--judge-lm", "measured", "--convergence-threshold", "0"),
)


def reflecting(body: dict[str, Any]) -> str:
    """Writes well only as the instructions that it proposes ask for."""
    if body["model"] == "gpt-5":
        return json.dumps({"new_instruction": REWRITTEN})
    written = answer(body)
    if REWRITTEN in str(body["messages"]) or Host.part(str(body["messages"][-1]["content"])) != "paragraphs":
        return written
    dull = "We recorded 900 jobs on one machine for a week."
    paragraphs = json.loads(written)["paragraphs"]
    for one in paragraphs:
        one["text"] = " ".join([dull] * round(len(one["text"].split()) / len(dull.split())))
    return json.dumps({"paragraphs": paragraphs})


def test_gepa_rewrites_instructions_with_a_reasoning_model(
    cli: Any, server: Chat, workspace: Workspace
) -> None:
    server.answer = reflecting
    result = cli(*GEPA)
    assert result.code == 0, result.err
    asked = [body for body in server.seen if body["model"] == "gpt-5"]
    assert asked
    for body in asked:
        assert body["reasoning_effort"] == "high"
        assert body["max_completion_tokens"] >= 24_000, "a whole instruction, after the thinking"
        assert not {"max_tokens", "temperature"} & set(body)
    assert any(REWRITTEN in str(body["messages"]) for body in server.seen if body["model"] == "gpt-5-mini")
    trial = workspace.trials[2]
    assert not trial.instructions, "no better than what it was to replace, so nothing is rewritten"
    assert any(change.startswith("gepa:") for change in trial.changes), trial.changes
    assert not any("instructions of" in change for change in trial.changes), "nor said to be"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("key", "refused the key"),
        ("credit", "refused for want of credit|too many requests"),
        ("broken", "failed on its side"),
        ("malformed", "answered with something that is not what was asked for"),
    ],
)
def test_a_reflection_that_fails_is_told_by_its_name(
    fault: str, says: str, cli: Any, server: Chat, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = reflecting
    serve = server.serve

    def spoiled(to: Any, body: dict[str, Any]) -> None:
        server.faults = [fault] if body["model"] == "gpt-5" else []
        serve(to, body)

    monkeypatch.setattr(server, "serve", spoiled)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    result = cli(*GEPA)
    assert result.code == 1
    assert re.search(
        rf"^Error: .*reflection \(--reflection-lm\): openai/gpt-5 ({says})", result.err, re.MULTILINE
    )
    writing = [body for body in server.seen if body["model"] == "gpt-5-mini"]
    assert len(writing) < 60, "GEPA does not spend its budget on a model that cannot reflect"
    assert len(workspace.trials) == 2, "finished trials stay"


def test_a_profile_does_not_choose_who_reads_the_paper(
    cli: Any, server: Chat, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("generate", "queues.md", "--profile", str(profile), "--minutes", "1", "--output", "out")
    result = cli(*words, "--audio-format", "wav")
    assert result.code == 2
    assert f"trained with {MODEL}" in result.err
    assert "--lm" in result.err
    assert not server.seen
    monkeypatch.setenv("PODCAST_DSPY_LM", MODEL)
    assert cli(*words, "--audio-format", "wav").code == 0
    assert server.seen


@pytest.mark.parametrize(
    "place",
    ["m@{url}", "openai/m@{url}", "gguf:/tmp/model.gguf", "gguf:../model.gguf", "gguf:~/model.gguf", "{url}"],
)
@pytest.mark.parametrize("part", ["lm", "judge_lm", "voice"])
def test_a_changed_profile_reaches_no_server(cli: Any, profile: Path, place: str, part: str) -> None:
    thief = Plain(answer)
    data = json.loads(profile.read_text())
    data["roles"][part] = place.format(url=thief.url)
    profile.write_text(json.dumps(data))
    words = ("generate", "queues.md", "--profile", str(profile), "--output", "out", "--minutes", "1")
    for more in ((), ("--lm", MODEL), ("--lm", "embedded")):
        result = cli(*words, *more)
        assert result.code == 1
        assert f"{part} names a server or a file" in result.err
    assert thief.seen == []
    thief.close()


def test_a_changed_run_record_reaches_no_server(cli: Any, workspace: Workspace) -> None:
    from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint

    thief = Plain(answer)
    roles = ModelRoles(lm=f"m@{thief.url}", judge_lm=f"j@{thief.url}", voice="piper:/tmp/voice.onnx")
    RunRecord(workspace.tree).begin(TrainingConfig(roles=roles), dataset_fingerprint(workspace.pairs))
    result = cli("compile", "--resume")
    assert result.code == 2
    assert f"--lm m@{thief.url} --judge-lm j@{thief.url} --voice piper:/tmp/voice.onnx" in result.err
    assert thief.seen == []
    thief.close()


def test_what_is_exported_names_models_without_their_place(workspace: Workspace, profile: Path) -> None:
    assert CompiledProfile.load(profile).roles == {"lm": MODEL, "judge_lm": "judge"}
