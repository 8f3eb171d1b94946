"""The typed prompts: DSPy signatures, and the fingerprint by which a compiled profile recognises them.

Importing this package is cheap; DSPy itself is imported when the first signature is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

if TYPE_CHECKING:
    from podcast_dspy.signatures.analysing import ReadTranscript
    from podcast_dspy.signatures.fields import (
        SignatureFields,
        program_fields,
        program_hash,
        signature_fields,
        signature_hash,
    )

__all__ = [
    "SEGMENT_TYPES",
    "ReadTranscript",
    "SegmentType",
    "SignatureFields",
    "program_fields",
    "program_hash",
    "signature_fields",
    "signature_hash",
]


__getattr__ = lazily(__name__)
