"""Fingerprints of signatures: field names and a hash, so that state is never loaded into other prompts.

DSPy restores the fields of a program by position; state saved for other fields would shift every description.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import dspy
from pydantic import BaseModel, ConfigDict


class SignatureFields(BaseModel):
    """Field names of one signature in order, and the hash of names, roles and types."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    hash: str


def _shape(signature: type[dspy.Signature]) -> list[list[str]]:
    rows: list[list[str]] = []
    for role, fields in (("in", signature.input_fields), ("out", signature.output_fields)):
        rows.extend([role, name, _type_name(info.annotation)] for name, info in fields.items())
    return rows


def _type_name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def signature_hash(signature: type[dspy.Signature]) -> str:
    """First 16 hex digits of a sha256 over the fields' names, roles, order and types.

    Instructions and descriptions are left out: optimizers rewrite them, and they are part of the state.
    """
    text = json.dumps(_shape(signature), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def signature_fields(signature: type[dspy.Signature]) -> SignatureFields:
    """Names of the inputs and outputs in order, with the hash."""
    return SignatureFields(
        inputs=tuple(signature.input_fields),
        outputs=tuple(signature.output_fields),
        hash=signature_hash(signature),
    )


def program_fields(program: dspy.Module) -> dict[str, SignatureFields]:
    """Fields of every predictor of a program, by the predictor's name, in the order in which state is loaded."""
    return {name: signature_fields(predictor.signature) for name, predictor in program.named_predictors()}


def program_hash(fields: dict[str, SignatureFields]) -> str:
    """One hash over all predictors of a program and their names; 16 hex digits."""
    text = json.dumps([[name, field.hash] for name, field in fields.items()], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
