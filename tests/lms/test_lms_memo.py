"""The memo: one file that many may begin at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from podcast_dspy.lms.memo import Memo


def test_eight_that_begin_the_same_file_at_once_all_get_it(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / str(attempt) / "memo.sqlite"
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
