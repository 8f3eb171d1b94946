"""A project's own pronunciations: how to respell words that the voice gets wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from podcast_dspy.errors import InputError

__all__ = ["LEXICON", "Lexicon", "apply_lexicon", "project_lexicon", "read_lexicon"]

Lexicon = Mapping[str, str]
"""Written form to respelling. A form in lower case matches any case, any other only itself."""

LEXICON = "lexicon.toml"
"""Name of the lexicon of a workspace."""
_LONGEST = 200  # characters; a respelling is a few words


def project_lexicon(path: Path) -> dict[str, str]:
    """The respellings of a workspace's lexicon; none where there is no such file.

    Raises:
        InputError: the file cannot be used.
    """
    return read_lexicon(path) if path.exists() else {}


def read_lexicon(path: str | Path) -> dict[str, str]:
    """Read a lexicon: TOML, lines such as `word = "as spoken"`.

    Raises:
        InputError: it cannot be read, or an entry cannot be used; the message names it.
    """
    path = Path(path).expanduser()
    try:
        entries = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The lexicon {path} cannot be read ({error}); give a UTF-8 text file.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f'The lexicon {path} is not TOML ({error}); write lines such as: GPT = "gee pee tee".'
        ) from error
    return {_checked(written, said, path): str(said).strip() for written, said in entries.items()}


def _checked(written: str, respelled: Any, path: Path) -> str:
    """The written form, once both it and its respelling can be used."""
    entry = f"The entry {written!r} of the lexicon {path}"
    if not isinstance(respelled, str):
        hint = " (quote a name with a dot in it)" if isinstance(respelled, dict) else ""
        raise InputError(f'{entry} is not a text{hint}; write {written} = "as it is spoken".')
    if not any(character.isalnum() for character in written):
        raise InputError(f"{entry} has no letter or digit in it; name the word as it is written.")
    if not any(character.isalpha() for character in respelled) or "\n" in respelled:
        raise InputError(f"{entry} says nothing that can be spoken; give words on one line.")
    if max(len(written), len(respelled)) > _LONGEST:
        raise InputError(f"{entry} is longer than {_LONGEST} characters; a lexicon respells words.")
    return written.strip()


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
