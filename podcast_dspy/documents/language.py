"""Guesses the language of a paper."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.documents.graph import DocumentAtom

__all__ = ["guess_language"]


def guess_language(atoms: Sequence[DocumentAtom]) -> str:
    """ISO code of the prose, from its commonest function words."""
    marks = {
        "en": "the of and to in is that for we with are".split(),
        "de": "der die und das ist nicht von mit den wir ein".split(),
        "fr": "le la les et des est une dans nous pour que".split(),
        "es": "el la los y de que una en por con para".split(),
        "it": "il di che e la una per con sono nel dei".split(),
    }
    words = [
        w for a in atoms if a.atom_type in ("abstract", "paragraph") for w in a.content.lower().split()[:200]
    ]
    scores = {code: sum(words.count(m) for m in set(group)) for code, group in marks.items()}
    return max(scores, key=lambda code: (scores[code], code == "en")) if words else "en"
