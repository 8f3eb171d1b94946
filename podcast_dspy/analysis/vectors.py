"""Vectors: rows of length 1, and what is left of them once what they share is taken off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["centred_rows", "unit_rows"]

Array = NDArray[np.float64]


def unit_rows(rows: Array) -> Array:
    """Rows (n×m) scaled to length 1; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Array = rows / np.where(norms > 0, norms, 1.0)
    return result


def centred_rows(rows: Array, centre: Array | None = None) -> Array:
    """Unit rows after a centre (their own mean by default) is taken off: what tells them apart."""
    return unit_rows(rows - (rows.mean(axis=0) if centre is None else centre))
