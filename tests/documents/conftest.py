"""Papers drawn once for all document tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from documents_papers import draw_paper


@pytest.fixture(scope="session")
def papers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[int], tuple[Path, tuple[int, tuple[float, ...]]]]:
    """`papers(columns)` gives the PDF with that many columns, and the page and box of its figure."""
    root = tmp_path_factory.mktemp("drawn")
    made: dict[int, tuple[Path, tuple[int, tuple[float, ...]]]] = {}

    def make(columns: int) -> tuple[Path, tuple[int, tuple[float, ...]]]:
        if columns not in made:
            path = root / f"paper-{columns}.pdf"
            made[columns] = (path, draw_paper(path, columns))
        return made[columns]

    return make
