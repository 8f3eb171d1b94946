"""Names that nothing is known under, and names that lead out of the workspace."""

from __future__ import annotations

import pytest
from faults_bench import Bench

TRAVERSAL = ["../x", "..", "/etc/passwd", "a/../../x", "-x\x1b[31m", "x\x00y"]


def commands(pair: str = "bloom", trial: str = "trial_000") -> list[tuple[str, ...]]:
    """Every command that takes the name of a pair or a trial."""
    return [
        ("pairs", "show", pair),
        ("analyze", pair),
        ("visuals", "align", pair),
        ("evaluate", "draft.txt", "--pair", pair),
        ("trial", trial),
        ("compare", trial, trial),
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("name", ["nobody", *TRAVERSAL])
def test_pairs(bench: Bench, number: int, name: str) -> None:
    bench.path("draft.txt", "Welcome to the show.")
    words = commands(pair=name)[number]
    bench.refuses((words[0], "--", *words[1:]) if name.startswith("-") and number < 3 else words, 2)


@pytest.mark.parametrize("number", [4, 5])
@pytest.mark.parametrize("name", ["trial_999", "nobody", "../x", "../../training_pairs/bloom"])
def test_trials(bench: Bench, number: int, name: str) -> None:
    bench.refuses(commands(trial=name)[number], 2, name, "podcast-dspy compile")


def test_unknown_names_list_what_there_is(bench: Bench) -> None:
    bench.refuses(("pairs", "show", "nobody"), 2, "nobody", "bloom")
    bench.refuses(("compile", "--holdout", "nobody"), 2, "nobody", "bloom")
    bench.refuses(("compile", "--holdout", "../x"), 2, "../x", "bloom")
    assert bench.run("kb", "create", "shelf").code == 0
    bench.refuses(("kb", "show", "nobody"), 2, "nobody", "shelf")


@pytest.mark.parametrize("name", ["nobody", "../x", "/etc", "..", "UPPER", "a b", "x" * 70])
@pytest.mark.parametrize(
    "words",
    [
        ("show", "{}"),
        ("show", "{}", "paper"),
        ("add", "{}", "--paper", "paper.pdf"),
        ("search", "{}", "bits"),
        ("remove", "{}", "paper"),
    ],
    ids=" ".join,
)
def test_unknown_knowledge_bases(bench: Bench, words: tuple[str, ...], name: str) -> None:
    bench.refuses(("kb", *(word.format(name) for word in words)), 2, name)


@pytest.mark.parametrize("name", ["../x", "/etc", "..", "UPPER", "a b", "x" * 70, ""])
def test_names_that_no_knowledge_base_may_have(bench: Bench, name: str) -> None:
    bench.refuses(("kb", "create", name), 2, "such as")


@pytest.mark.parametrize("paper", ["nobody", "../kb.json", "..", "/etc"])
def test_unknown_papers(bench: Bench, paper: str) -> None:
    assert bench.run("kb", "create", "shelf").code == 0
    bench.refuses(("kb", "create", "shelf"), 2, "shelf", "already")
    bench.refuses(("kb", "show", "shelf", paper), 2, paper)
    bench.refuses(("kb", "remove", "shelf", paper), 2, paper)


@pytest.mark.parametrize(
    ("query", "limit"), [("", "5"), ("  ", "5"), ("bits", "0"), ("bits", "-3"), ("bits", "x")]
)
def test_queries(bench: Bench, query: str, limit: str) -> None:
    assert bench.run("kb", "create", "shelf").code == 0
    bench.refuses(("kb", "search", "shelf", query, "--limit", limit), 2)


@pytest.mark.parametrize(
    "words",
    [
        ("voices", "try", "nobody"),
        ("voices", "try", "kokoro:nobody"),
        ("voices", "try", "../x"),
        ("models", "where", "nobody"),
        ("models", "where", "../x"),
        ("models", "install", "nobody"),
        ("compile", "--optimizer", "nobody"),
    ],
    ids=" ".join,
)
def test_models_voices_and_optimizers(bench: Bench, words: tuple[str, ...]) -> None:
    bench.refuses(words, 2, words[-1].removeprefix("kokoro:"))


def test_a_missing_piper_voice(bench: Bench) -> None:
    bench.refuses(("voices", "try", "piper:gone.onnx"), 1, "gone.onnx")


@pytest.mark.parametrize("linked", ["training_pairs", "training_pairs/bloom"])
def test_links_out_of_the_workspace_are_not_followed(bench: Bench, linked: str) -> None:
    place = bench.workspace / linked
    outside = bench.folder / "outside"
    place.rename(outside)
    place.symlink_to(outside)
    for words in (("pairs", "show", "bloom"), ("analyze", "bloom"), ("visuals", "align", "bloom")):
        code = bench.run(*words).code
        assert code in (1, 2)
        bench.refuses(words, code, "bloom")


@pytest.mark.parametrize(
    "part", ["metadata", "document", "transcription", "aligned_segments", "style_profile"]
)
@pytest.mark.parametrize("damage", ["half", "empty", "list", "newer", "foreign", "deep", "binary"])
def test_damaged_pairs_are_named(bench: Bench, part: str, damage: str) -> None:
    file = bench.workspace / "training_pairs" / "bloom" / f"{part}.json"
    good = file.read_bytes()
    file.write_bytes(
        {
            "half": good[: len(good) // 2],
            "empty": b"",
            "list": b"[]",
            "newer": good.replace(b'"schema_version": 1', b'"schema_version": 99'),
            "foreign": b'{"schema_version": 1, "words": 3}',
            "deep": b"[" * 100_000,
            "binary": b"\x80\x04\x95" * 50,
        }[damage]
    )
    bench.refuses(("pairs", "show", "bloom"), 1, f"{part}.json")
