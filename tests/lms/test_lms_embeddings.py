"""Embeddings with the real model (it is part of an installed package), and their memo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from podcast_dspy import lms, models
from podcast_dspy.errors import ModelError, WorkspaceError
from podcast_dspy.lms import embeddings

TEXTS = [
    "The cache evicts pages that were used long ago.",
    "Der Zwischenspeicher entfernt Seiten, die lange nicht benutzt wurden.",
    "Bananas are rich in potassium.",
    "",
    "naïve café — 東京 🎙",
    "word " * 530,
]

pytestmark = pytest.mark.models


def test_rows_are_unit_vectors_in_the_order_of_the_texts() -> None:
    vectors = lms.embed([*TEXTS, TEXTS[0]])
    assert vectors.shape == (7, lms.DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (vectors[0] == vectors[6]).all()
    similar = vectors @ vectors.T
    assert similar[0, 1] > similar[0, 2]


def test_fresh_remembered_alone_and_batched_are_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    batched = lms.embed(TEXTS)
    remembered = lms.embed(TEXTS[::-1])[::-1]
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(Path.cwd() / "other"))
    alone = np.concatenate([lms.embed([text]) for text in TEXTS])
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(Path.cwd() / "third"))
    with ThreadPoolExecutor(4) as pool:
        threaded = np.concatenate(list(pool.map(lambda text: lms.embed([text]), TEXTS)))
    assert batched.tobytes() == remembered.tobytes() == alone.tobytes()
    assert threaded.tobytes() == batched.tobytes()


def test_what_is_remembered_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = lms.embed(TEXTS[:2])
    monkeypatch.setattr(embeddings, "_encode", None)
    assert lms.embed(TEXTS[:2]).tobytes() == before.tobytes()


def test_query_and_passage_differ() -> None:
    assert (lms.embed(TEXTS[:1], kind="query") != lms.embed(TEXTS[:1], kind="passage")).any()


def test_nothing_and_the_wrong_things() -> None:
    assert lms.embed([]).shape == (0, lms.DIMENSIONS)
    with pytest.raises(TypeError, match="not one string"):
        lms.embed("text")
    with pytest.raises(ModelError, match="not valid Unicode"):
        lms.embed(["\ud800"])
    with pytest.raises(ValueError, match="'passage' or 'query'"):
        lms.embed(["a"], kind="document")  # type: ignore[arg-type]


def test_a_nul_does_not_end_the_text() -> None:
    one, two = lms.embed(["cats\0and dogs", "cats"])
    assert (one != two).any()


def test_a_damaged_memo_names_the_folder_to_delete(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "embeddings"
    folder.mkdir()
    (folder / "cache.db").write_bytes(b"not a database" * 100)
    with pytest.raises(WorkspaceError, match=r"cache/embeddings .*delete that folder"):
        lms.embed(["a"])


def test_the_model_does_not_change_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    embeddings._model.cache_clear()
    lms.embed(["something new"])
    assert "OMP_NUM_THREADS" not in os.environ
    assert models.cpu_threads() >= 1
