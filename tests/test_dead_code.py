"""Nothing in the package is there for nobody: every function, method, class and import has a user."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

vulture = pytest.importorskip("vulture")

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("class", "function", "import", "method", "property", "unreachable_code")
"""Not variables and attributes: fields of models and settings of other libraries are written, and read elsewhere."""
CALLED_BY_OTHERS = {
    "__dir__": "Python",
    "__getattr__": "Python",
    "acall": "DSPy, of an LM",
    "aclose": "lm15, of an engine",
    "dask_setup": "Dask, of a module that a worker loads first",
    "format_assistant_message_content": "DSPy, of an adapter",
    "format_system_message": "DSPy, of an adapter",
    "format_user_message_content": "DSPy, of an adapter",
    "generate_all": "programs that make many episodes",
    "load_context": "MLflow, of a model",
    "on_lm_end": "DSPy, of a callback",
    "on_lm_start": "DSPy, of a callback",
    "parse": "DSPy, of an adapter",
    "predict": "MLflow, of a model",
    "run_job": "the process of a job of the studio",
}
OFFERED = "podcast_dspy/testing/"
"""For tests, ours and those of programs built on this package."""
DECORATORS = ["@*.command", "@command", "@*.callback", "@field_validator", "@model_validator", "@router.*"]


def registered() -> set[str]:
    """Names that registries load from "package.module:name"."""
    sources = (path.read_text("utf-8") for path in (ROOT / "podcast_dspy").rglob("*.py"))
    return {name for text in sources for name in re.findall(r'"podcast_dspy[\w.]+:(\w+)"', text)}


def test_everything_has_a_user() -> None:
    found = vulture.Vulture(ignore_names=[*CALLED_BY_OTHERS, *registered()], ignore_decorators=DECORATORS)
    found.scavenge([ROOT / "podcast_dspy", ROOT / "benchmarks"])
    unused = [
        f"{item.filename}:{item.first_lineno} {item.typ} {item.name}"
        for item in found.get_unused_code(min_confidence=60)
        if item.typ in KINDS and OFFERED not in item.filename.as_posix()
    ]
    assert unused == []
