"""The memo: a cache that many may begin at once, and that never runs what it holds."""

from __future__ import annotations

import os
import pickle
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from podcast_dspy.errors import DiskFullError
from podcast_dspy.memo import Memo


def test_eight_that_begin_the_same_file_at_once_all_get_it(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / str(attempt) / "memo"
        together = threading.Barrier(8)

        def begin(number: int, path: Path = path, together: threading.Barrier = together) -> Memo:
            together.wait(timeout=60)
            memo = Memo(path)
            memo.put_many({str(number): b"value"})
            return memo

        with ThreadPoolExecutor(8) as pool:
            memos = list(pool.map(begin, range(8)))
        assert set(memos[0].get_many([str(number) for number in range(8)])) == set("01234567")
        for memo in memos:
            memo.close()


def test_many_keys_and_a_full_disk(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "memo")
    values = {f"key {index}": str(index).encode() for index in range(1203)}
    memo.put_many(values)
    assert memo.get_many([*values, "absent"]) == values
    memo.put_many({"key 1": b"changed", "large": bytes(100_000)})
    assert memo.get_many(["key 1", "large"]) == {"key 1": b"changed", "large": bytes(100_000)}
    memo.forget(["key 1", "absent"])
    assert memo.get_many(["key 1"]) == {}
    memo._cache._sql("PRAGMA max_page_count=20")
    with pytest.raises(DiskFullError, match="free some space"):
        memo.put_many({f"more {index}": bytes(5000) for index in range(100)})
    memo.close()


def test_what_was_stored_first_makes_room(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "memo", size_limit=4_000_000)
    for index in range(200):
        memo.put_many({str(index): bytes(40_000)})
    kept = memo.get_many([str(index) for index in range(200)])
    assert "199" in kept
    assert "0" not in kept
    memo.close()


class _Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("sprung",)


def test_a_pickle_in_the_files_is_never_loaded(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "memo")
    memo.put_many({"key": b"value"})
    memo.close()
    with sqlite3.connect(tmp_path / "memo" / "cache.db") as db:
        db.execute("UPDATE Cache SET mode = 4, value = ?", (pickle.dumps(_Trap()),))
    assert Memo(tmp_path / "memo").get_many(["key"]) == {}
    assert not (tmp_path / "sprung").exists()
