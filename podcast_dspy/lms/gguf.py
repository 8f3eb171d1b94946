"""What a GGUF file says of its model, and how long a context it can have here.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (magic, version, counts, then key-value pairs).
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO, Final

from podcast_dspy.errors import ModelError, PrerequisiteError

SHORTEST: Final = 4096
"""Tokens of context that a model gets however little memory is free, unless it has fewer itself."""
_SHARE: Final = 0.25
"""Of the memory beside the weights, for the computed context."""
_CACHE_BYTES: Final = 2
"""Of one number of the key-value cache (llama.cpp's default, f16)."""
_NUMBERS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST_PAIRS: Final = 10_000
_LONGEST_TEXT: Final = 10_000_000

Value = int | float | bool | str | None


def facts(path: Path) -> dict[str, Value]:
    """The key-value pairs of a file; arrays are None.

    Raises:
        PrerequisiteError: it cannot be read, or is no GGUF file.
        ModelError: it is cut or damaged.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise PrerequisiteError(
                    f"{path} is not a GGUF model; give the path of a GGUF file as gguf:PATH"
                )
            _, _, pairs = _read(file, "<IQQ")
            if pairs > _MOST_PAIRS:
                raise ValueError
            return {_text(file): _value(file, _read(file, "<I")[0]) for _ in range(pairs)}
    except OSError as error:
        raise PrerequisiteError(
            f"{path} cannot be read ({error.strerror}); give the path of a GGUF model as gguf:PATH"
        ) from error
    except (struct.error, ValueError, KeyError, OverflowError) as error:
        raise ModelError(f"{path} is no whole GGUF model; download it again") from error


def fitting_context(path: Path, *, slots: int = 1, memory: int | None = None) -> int:
    """Tokens of context: the model's own, or as many as there is memory for beside the weights.

    It goes by the memory that the machine has, not by what is free now: the same machine gives the same answers.

    Args:
        path: A GGUF file.
        slots: Contexts of that length to hold at a time.
        memory: Bytes; by default what the machine has.
    """
    known = facts(path)

    def number(name: str) -> int:
        value = known.get(f"{known.get('general.architecture')}.{name}")
        return value if isinstance(value, int) else 0

    own = number("context_length") or SHORTEST
    heads = number("attention.head_count")
    head = number("attention.key_length") or (number("embedding_length") // heads if heads else 0)
    per_token = 2 * _CACHE_BYTES * number("block_count") * (number("attention.head_count_kv") or heads) * head
    total = _memory() if memory is None else memory
    if not per_token or not total:
        return min(own, SHORTEST)
    room = int(_SHARE * max(0, total - path.stat().st_size)) // (per_token * slots)
    return min(own, max(room, SHORTEST))


def _memory() -> int:
    """Bytes of memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _text(file: BinaryIO) -> str:
    (length,) = _read(file, "<Q")
    if length > _LONGEST_TEXT:
        raise ValueError
    raw = file.read(length)
    if len(raw) < length:
        raise ValueError
    return raw.decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _read(file, f"<{_NUMBERS[kind]}")[0]
    of, count = _read(file, "<IQ")
    if of == _STRING:
        for _ in range(count):
            _text(file)
    elif of == _ARRAY:
        raise ValueError
    else:
        file.seek(count * struct.calcsize(_NUMBERS[of]), os.SEEK_CUR)
    return None
