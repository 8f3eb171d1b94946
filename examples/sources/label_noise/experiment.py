"""Train a small network on digits with wrong labels under four learning-rate schedules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

Array = NDArray[np.float64]

SEED = 4242
HIDDEN = 128
EPOCHS = 60
BATCH = 50
RATE = 0.35
MOMENTUM = 0.9
TRAIN, VALID = 900, 300
NOISE = (0.0, 0.2, 0.4)
SEEDS = 5
SCHEDULES = ("constant", "step", "cosine", "cyclic")
CYCLES = 4


def rate(schedule: str, progress: float) -> float:
    """Learning rate at `progress` (0-1) through training."""
    if schedule == "constant":
        return RATE * 0.5
    if schedule == "step":
        return RATE * (1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01)
    if schedule == "cyclic":
        progress = (progress * CYCLES) % 1.0
    return RATE * 0.5 * (1.0 + math.cos(math.pi * progress))


def corrupt(labels: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Replace a `share` of the labels by a different class chosen uniformly."""
    noisy = labels.copy()
    picked = rng.choice(len(labels), size=round(share * len(labels)), replace=False)
    noisy[picked] = (noisy[picked] + rng.integers(1, 10, size=len(picked))) % 10
    return noisy


class Network:
    """One hidden layer of rectified units and a softmax, trained by momentum SGD."""

    def __init__(self, inputs: int, rng: np.random.Generator) -> None:
        self.weights = [
            rng.normal(0, math.sqrt(2 / inputs), (inputs, HIDDEN)),
            np.zeros(HIDDEN),
            rng.normal(0, math.sqrt(1 / HIDDEN), (HIDDEN, 10)),
            np.zeros(10),
        ]
        self.speed = [np.zeros_like(w) for w in self.weights]

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Hidden activations and class probabilities."""
        hidden = np.maximum(x @ self.weights[0] + self.weights[1], 0.0)
        logits = hidden @ self.weights[2] + self.weights[3]
        logits -= logits.max(axis=1, keepdims=True)
        scores = np.exp(logits)
        return hidden, scores / scores.sum(axis=1, keepdims=True)

    def accuracy(self, x: Array, y: NDArray[np.int64]) -> float:
        """Share of `x` given the class `y`."""
        return float((self.forward(x)[1].argmax(axis=1) == y).mean())

    def step(self, x: Array, y: NDArray[np.int64], learning_rate: float) -> None:
        """One momentum update on a mini-batch."""
        hidden, scores = self.forward(x)
        scores[np.arange(len(y)), y] -= 1.0
        scores /= len(y)
        back = (scores @ self.weights[2].T) * (hidden > 0)
        grads = [x.T @ back, back.sum(axis=0), hidden.T @ scores, scores.sum(axis=0)]
        for weight, speed, grad in zip(self.weights, self.speed, grads, strict=True):
            speed *= MOMENTUM
            speed -= (1.0 - MOMENTUM) * learning_rate * grad
            weight += speed


def train(schedule: str, share: float, seed: int) -> dict[str, Any]:
    """One training run: test accuracy by epoch, the best epoch on clean validation, memorised wrong labels."""
    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(SEED + seed)
    order = rng.permutation(len(images))
    images, labels = (images[order] / 16.0).astype(np.float64), labels[order].astype(np.int64)
    train_x, clean = images[:TRAIN], labels[:TRAIN]
    valid_x, valid_y = images[TRAIN : TRAIN + VALID], labels[TRAIN : TRAIN + VALID]
    test_x, test_y = images[TRAIN + VALID :], labels[TRAIN + VALID :]
    noisy = corrupt(clean, share, rng)
    wrong = noisy != clean
    valid_noisy = corrupt(valid_y, share, rng)
    network = Network(images.shape[1], rng)
    test: list[float] = []
    valid: list[float] = []
    doubtful: list[float] = []
    memorised: list[float] = []
    for epoch in range(EPOCHS):
        shuffled = rng.permutation(TRAIN)
        for start in range(0, TRAIN, BATCH):
            picked = shuffled[start : start + BATCH]
            progress = (epoch + start / TRAIN) / EPOCHS
            network.step(train_x[picked], noisy[picked], rate(schedule, progress))
        test.append(network.accuracy(test_x, test_y))
        valid.append(network.accuracy(valid_x, valid_y))
        doubtful.append(network.accuracy(valid_x, valid_noisy))
        memorised.append(network.accuracy(train_x[wrong], noisy[wrong]) if wrong.any() else 0.0)
    return {
        "test": test,
        "memorised": memorised,
        "stop": int(np.argmax(valid)),
        "noisy_stop": int(np.argmax(doubtful)),
    }


def run() -> dict[str, Any]:
    """Run the whole study; every number of the paper and of the episode is in the answer."""
    cells: dict[str, dict[str, dict[str, Any]]] = {s: {} for s in SCHEDULES}
    for schedule in SCHEDULES:
        for share in NOISE:
            runs = [train(schedule, share, seed) for seed in range(SEEDS)]
            test = np.array([r["test"] for r in runs])
            stops = [int(r["stop"]) for r in runs]
            stopped = np.array([t[s] for t, s in zip(test, stops, strict=True)])
            doubtful = [int(r["noisy_stop"]) for r in runs]
            noisy_stopped = np.array([t[s] for t, s in zip(test, doubtful, strict=True)])
            cells[schedule][f"{share:.1f}"] = {
                "final": float(test[:, -1].mean()),
                "final_sd": float(test[:, -1].std(ddof=1)),
                "stopped": float(stopped.mean()),
                "stopped_noisy": float(noisy_stopped.mean()),
                "stop_epoch": float(np.mean(stops)) + 1.0,
                "gap": float((stopped - test[:, -1]).mean()),
                "memorised": float(np.mean([r["memorised"][-1] for r in runs])),
                "curve": [round(float(v), 4) for v in test.mean(axis=0)],
                "memory_curve": [round(float(v), 4) for v in np.mean([r["memorised"] for r in runs], axis=0)],
            }
    images, labels = load_digits(return_X_y=True)
    worst = {s: cells[s]["0.4"] for s in SCHEDULES}
    finals = [worst[s]["final"] for s in SCHEDULES]
    return {
        "spread": max(finals) - min(finals),
        "mean_gap": float(np.mean([worst[s]["gap"] for s in SCHEDULES])),
        "mean_noisy_gap": float(np.mean([worst[s]["stopped_noisy"] - worst[s]["final"] for s in SCHEDULES])),
        "clean_cost": float(-np.mean([cells[s]["0.0"]["gap"] for s in SCHEDULES])),
        "mean_memorised": float(np.mean([worst[s]["memorised"] for s in SCHEDULES])),
        "schedule_curves": {s: [round(rate(s, i / 100), 5) for i in range(100)] for s in SCHEDULES},
        "mean_rate": {s: float(np.mean([rate(s, i / 1000) for i in range(1000)])) for s in SCHEDULES},
        "images": len(images),
        "classes": len(set(labels.tolist())),
        "train": TRAIN,
        "valid": VALID,
        "test": len(images) - TRAIN - VALID,
        "hidden": HIDDEN,
        "epochs": EPOCHS,
        "batch": BATCH,
        "peak_rate": RATE,
        "constant_rate": RATE * 0.5,
        "momentum": MOMENTUM,
        "seeds": SEEDS,
        "cycles": CYCLES,
        "runs": SEEDS * len(NOISE) * len(SCHEDULES),
        "cells": cells,
    }
