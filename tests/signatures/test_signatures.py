"""The prompts: their output schema, and the fingerprint that keeps state from loading into other prompts."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import dspy
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.signatures import (
    SEGMENT_TYPES,
    ReadTranscript,
    program_fields,
    program_hash,
    signature_fields,
    signature_hash,
)
from podcast_dspy.signatures.analysing import SegmentLabel

_NAMES = st.lists(
    st.text("abcdefgh", min_size=2, max_size=6).map(lambda name: f"f_{name}"),
    min_size=1,
    max_size=5,
    unique=True,
)


def _signature(inputs: list[str], kind: type = str) -> type[dspy.Signature]:
    fields: dict[str, tuple[type, object]] = {name: (kind, dspy.InputField()) for name in inputs}
    fields["answer"] = (str, dspy.OutputField())
    return dspy.Signature(fields, "Answer.")


def test_the_classifier_knows_every_segment_type_and_no_other() -> None:
    assert get_args(SegmentLabel) == tuple(kind.value for kind in SEGMENT_TYPES)
    assert all(kind.value in ReadTranscript.instructions for kind in SEGMENT_TYPES)


@settings(deadline=None, max_examples=25)
@given(_NAMES)
def test_the_hash_changes_with_names_order_and_types(names: list[str]) -> None:
    base = signature_hash(_signature(names))
    assert base == signature_hash(_signature(names))
    assert base != signature_hash(_signature([*names, "one_more"]))
    assert base != signature_hash(_signature(names, int))
    if len(names) > 1:
        assert base != signature_hash(_signature(names[::-1]))


def test_instructions_are_state_and_do_not_change_the_hash() -> None:
    rewritten = ReadTranscript.with_instructions("Say what it does, and think about the position.")
    assert signature_hash(rewritten) == signature_hash(ReadTranscript)


def test_a_program_lists_its_predictors_in_loading_order() -> None:
    class Two(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = dspy.Predict("question -> answer")
            self.second = dspy.Predict(ReadTranscript)

    fields = program_fields(Two())
    assert list(fields) == ["first", "second"]
    assert fields["second"] == signature_fields(ReadTranscript)
    assert fields["first"].outputs == ("answer",)
    assert program_hash(fields) != program_hash(dict(reversed(list(fields.items()))))


def test_importing_the_package_does_not_import_dspy() -> None:
    packages = "podcast_dspy.signatures, podcast_dspy.analysis, podcast_dspy.profiles"
    code = f"import sys, {packages}; print('dspy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
