"""The example of docs/compiling.md runs, and what it compiled behaves the same after DSPy's own load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.testing import FakeLM, sample_pair, sample_profile

PAGE = Path(__file__).resolve().parent.parent / "docs" / "compiling.md"


@pytest.mark.models
def test_the_example_runs_and_its_program_is_the_same_after_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with FakeLM({"spoken": "Nothing that the paper says."}).serving():
        exec(code, names)
    program, again = names["program"], names["again"]
    assert isinstance(program, PodcastProgram)
    assert isinstance(again, PodcastProgram)
    assert again.dump_state() == program.dump_state()
    scripts = [
        one.write(sample_pair().document_graph, sample_profile(), seconds=90, writer=ExtractWriter()).script
        for one in (program, again)
    ]
    assert scripts[0] == scripts[1]
