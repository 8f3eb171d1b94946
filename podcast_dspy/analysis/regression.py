"""Multinomial logistic regression in plain numpy, stored as JSON, and the vectors that it is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def unit_rows(rows: Array) -> Array:
    """Rows (n×m) scaled to length 1; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Array = rows / np.where(norms > 0, norms, 1.0)
    return result


def centred_rows(rows: Array, centre: Array | None = None) -> Array:
    """Unit rows after a centre (their own mean by default) is taken off: what tells them apart."""
    return unit_rows(rows - (rows.mean(axis=0) if centre is None else centre))


_AXES = 64
"""Main directions that inputs of many dimensions are turned to; more are slower and tell no more at the size of these
data sets."""


def _main_axes(inputs: Array) -> Array:
    """Orthonormal columns spanning the main directions of centred inputs (n×d); all d where there are few."""
    dim = inputs.shape[1]
    if dim <= _AXES:
        return np.eye(dim)
    values, vectors = np.linalg.eigh(inputs.T @ inputs)
    axes: Array = vectors[:, values > 1e-9 * values[-1]][:, -_AXES:]
    return axes


def log_softmax(scores: Array) -> Array:
    """Row-wise log of the softmax of `scores` (n×k), computed without overflow."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


class SoftmaxRegression:
    """p(class | x) = softmax(W x + b) with an L2 penalty; deterministic, no randomness anywhere.

    Classes count with the square root of their frequency: rare types are neither ignored nor blown up.
    """

    def __init__(self, weights: Array, bias: Array, mean: Array) -> None:
        self.weights = weights
        """d×k."""
        self.bias = bias
        self.mean = mean
        """Subtracted from every input; e5 vectors share a large common part."""

    @classmethod
    def fit(
        cls,
        inputs: Array,
        targets: Array,
        *,
        penalty: float,
        sample_weights: Array | None = None,
        axes: Array | None = None,
        steps: int = 300,
    ) -> SoftmaxRegression:
        """Fit to `inputs` (n×d) and `targets` (n×k, rows summing to 1) by Nesterov's method.

        The step is 1/L with the bound L = ½·λmax(XᵀX/n) + penalty on the Hessian's largest eigenvalue
        (Böhning 1992). Inputs of many dimensions are first turned to `axes` (d×r), by default their 64 principal
        axes. The numbers are rounded to 6 places, as they are stored.
        """
        known = ~np.isnan(inputs)
        mean: Array = np.where(known, inputs, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        x = np.nan_to_num(inputs - mean)
        counts = targets.sum(axis=0)
        rarity = 1.0 / np.sqrt(np.maximum(counts, 1.0))
        mass = targets @ rarity
        if sample_weights is not None:
            mass = mass * sample_weights
        mass = mass / mass.sum()
        if axes is None:
            axes = _main_axes(x)
        x = x @ axes
        scaled = x * np.sqrt(mass)[:, None]
        top = float(np.linalg.eigvalsh(scaled.T @ scaled)[-1])
        # The bias is a feature of its own with value 1, hence the added 0.5.
        lipschitz = 0.5 * top + 0.5 + penalty
        weights = np.zeros((x.shape[1], targets.shape[1]))
        bias = np.zeros(targets.shape[1])
        ahead_w, ahead_b = weights, bias
        momentum = 1.0
        for _ in range(steps):
            error = (np.exp(log_softmax(x @ ahead_w + ahead_b)) - targets) * mass[:, None]
            new_w = ahead_w - (x.T @ error + penalty * ahead_w) / lipschitz
            new_b = ahead_b - error.sum(axis=0) / lipschitz
            following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
            pull = (momentum - 1.0) / following
            ahead_w, ahead_b = new_w + pull * (new_w - weights), new_b + pull * (new_b - bias)
            weights, bias, momentum = new_w, new_b, following
        return cls(np.round(axes @ weights, 6), np.round(bias, 6), np.round(mean, 6))

    def log_probabilities(self, inputs: Array) -> Array:
        """log p(class | x) for each row, n×k; what is not known (NaN) counts as the average of the fit."""
        return log_softmax(np.nan_to_num(inputs - self.mean) @ self.weights + self.bias)

    def dump(self) -> dict[str, Any]:
        """The fitted numbers as JSON lists."""
        return {"weights": self.weights.tolist(), "bias": self.bias.tolist(), "mean": self.mean.tolist()}

    @classmethod
    def load(cls, state: dict[str, Any]) -> SoftmaxRegression:
        """What `dump` wrote."""
        return cls(
            np.asarray(state["weights"], float),
            np.asarray(state["bias"], float),
            np.asarray(state["mean"], float),
        )
