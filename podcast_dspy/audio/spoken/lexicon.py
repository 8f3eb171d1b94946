"""A project's own pronunciations: how to respell words that the voice gets wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from podcast_dspy.errors import InputError

__all__ = ["Lexicon", "apply_lexicon", "read_lexicon"]

Lexicon = Mapping[str, str]
"""Written form to respelling. A form in lower case matches any case, any other only itself."""


def read_lexicon(path: str | Path) -> dict[str, str]:
    """Read a lexicon: a JSON object, or lines of `written = respelled` (# starts a comment).

    Raises:
        InputError: it cannot be read, or a line has no `=`.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The lexicon {path} cannot be read ({error}); give a UTF-8 text file.") from error
    if path.suffix.lower() == ".json":
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InputError(f"The lexicon {path} is not JSON ({error}).") from error
        if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
            raise InputError(f"The lexicon {path} must be one JSON object of strings.")
        return data
    entries: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        written, equals, respelled = line.partition("=")
        if not equals or not written.strip() or not respelled.strip():
            raise InputError(
                f"Line {number} of the lexicon {path} is not `written = respelled`: {raw.strip()!r}."
            )
        entries[written.strip()] = respelled.strip()
    return entries


def apply_lexicon(text: str, lexicon: Lexicon) -> str:
    """`text` with every whole word of the lexicon respelled, the longest form first, each place once."""
    if not lexicon:
        return text
    forms = sorted(lexicon, key=len, reverse=True)
    pattern = "|".join(
        f"(?i:{re.escape(form)})" if form == form.lower() else re.escape(form) for form in forms
    )

    def respell(found: re.Match[str]) -> str:
        word = found[0]
        return lexicon.get(word) or lexicon[word.lower()]

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", respell, text)
