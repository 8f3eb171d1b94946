"""Simulate epidemics on two kinds of contact network under four vaccination rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SEED = 99173
PEOPLE = 2000
CONTACTS = 3  # edges each newcomer brings; the mean degree is twice this
TRANSMIT = 0.10
RECOVER = 0.25
SEEDS_INFECTED = 5
RUNS = 40
COVERAGES = (0.0, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)
RULES = ("random", "acquaintance", "degree", "lagged")
NETWORKS = ("hubs", "even")
TARGET = 0.05


def hub_network(rng: np.random.Generator) -> Ints:
    """Barabasi and Albert's growth: newcomers prefer people who already have many contacts."""
    stubs: list[int] = list(range(CONTACTS)) * CONTACTS
    edges: list[tuple[int, int]] = []
    for newcomer in range(CONTACTS, PEOPLE):
        friends: set[int] = set()
        while len(friends) < CONTACTS:
            friends.add(stubs[int(rng.integers(len(stubs)))])
        for friend in sorted(friends):
            edges.append((newcomer, friend))
            stubs += [newcomer, friend]
    return np.array(edges, dtype=np.int64)


def even_network(rng: np.random.Generator) -> Ints:
    """Erdos and Renyi's random graph with the same number of edges."""
    edges: set[tuple[int, int]] = set()
    while len(edges) < CONTACTS * (PEOPLE - CONTACTS):
        a, b = sorted(int(v) for v in rng.integers(PEOPLE, size=2))
        if a != b:
            edges.add((a, b))
    return np.array(sorted(edges), dtype=np.int64)


def vaccinate(rule: str, share: float, edges: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who is immune: a `share` of the people, chosen by `rule`."""
    immune = np.zeros(PEOPLE, dtype=bool)
    doses = round(share * PEOPLE)
    if not doses:
        return immune
    degree = np.bincount(edges.ravel(), minlength=PEOPLE).astype(float)
    if rule == "random":
        immune[rng.choice(PEOPLE, size=doses, replace=False)] = True
    elif rule == "acquaintance":
        both = np.concatenate([edges, edges[:, ::-1]])
        both = both[np.argsort(both[:, 0], kind="stable")]
        begin = np.searchsorted(both[:, 0], np.arange(PEOPLE + 1))
        given = 0
        while given < doses:
            person = int(rng.integers(PEOPLE))
            if begin[person] == begin[person + 1]:
                continue
            friend = int(both[rng.integers(begin[person], begin[person + 1]), 1])
            if not immune[friend]:
                immune[friend] = True
                given += 1
    else:
        # The lagged rule ranks by a survey that saw only half of all contacts.
        if rule == "lagged":
            seen = edges[rng.random(len(edges)) < 0.5]
            degree = np.bincount(seen.ravel(), minlength=PEOPLE).astype(float)
        immune[np.argsort(-(degree + rng.random(PEOPLE) * 0.5))[:doses]] = True
    return immune


def epidemic(edges: Ints, immune: NDArray[np.bool_], rng: np.random.Generator) -> list[int]:
    """Number infectious on each day, until nobody is; the last entry is the total ever infected."""
    susceptible = ~immune
    infectious = np.zeros(PEOPLE, dtype=bool)
    candidates = np.flatnonzero(susceptible)
    infectious[rng.choice(candidates, size=SEEDS_INFECTED, replace=False)] = True
    susceptible &= ~infectious
    ever = infectious.copy()
    days: list[int] = []
    a, b = edges[:, 0], edges[:, 1]
    while infectious.any():
        days.append(int(infectious.sum()))
        forward = infectious[a] & susceptible[b] & (rng.random(len(a)) < TRANSMIT)
        backward = infectious[b] & susceptible[a] & (rng.random(len(a)) < TRANSMIT)
        caught = np.zeros(PEOPLE, dtype=bool)
        caught[b[forward]] = True
        caught[a[backward]] = True
        infectious &= rng.random(PEOPLE) >= RECOVER
        infectious |= caught
        susceptible &= ~caught
        ever |= caught
    return [*days, int(ever.sum())]


def threshold(curve: dict[str, float]) -> float:
    """Coverage at which the mean attack rate falls below `TARGET`, interpolated; 1.0 when it never does."""
    points = sorted((float(c), v) for c, v in curve.items())
    for (c0, v0), (c1, v1) in pairwise(points):
        if v0 > TARGET >= v1:
            return c0 + (c1 - c0) * (v0 - TARGET) / (v0 - v1)
    return 1.0


def run() -> dict[str, Any]:
    """Run the whole study; every number of the paper and of the episode is in the answer."""
    makers = {"hubs": hub_network, "even": even_network}
    attack: dict[str, dict[str, dict[str, float]]] = {n: {r: {} for r in RULES} for n in NETWORKS}
    peak: dict[str, dict[str, list[float]]] = {n: {} for n in NETWORKS}
    shape: dict[str, dict[str, float]] = {}
    for name in NETWORKS:
        edges = makers[name](np.random.default_rng(SEED))
        degree = np.bincount(edges.ravel(), minlength=PEOPLE)
        shape[name] = {
            "mean": float(degree.mean()),
            "max": float(degree.max()),
            "friend": float((degree**2).mean() / degree.mean()),
        }
        for rule in RULES:
            for share in COVERAGES:
                rng = np.random.default_rng([SEED, RULES.index(rule), round(share * 1000)])
                totals: list[int] = []
                curves = np.zeros((RUNS, 120))
                for i in range(RUNS):
                    days = epidemic(edges, vaccinate(rule, share, edges, rng), rng)
                    totals.append(days[-1])
                    kept = days[:-1][:120]
                    curves[i, : len(kept)] = kept
                attack[name][rule][f"{share:.2f}"] = float(np.mean(totals)) / PEOPLE
                if share in (0.0, 0.10):
                    label = "none" if share == 0.0 else rule
                    peak[name][label] = [round(float(v), 2) for v in curves.mean(axis=0)[:60]]
    return {
        "people": PEOPLE,
        "runs": RUNS,
        "transmit": TRANSMIT,
        "recover": RECOVER,
        "days_infectious": 1.0 / RECOVER,
        "transmissibility": TRANSMIT / (TRANSMIT + RECOVER - TRANSMIT * RECOVER),
        "seeds": SEEDS_INFECTED,
        "coverages": list(COVERAGES),
        "epidemics": RUNS * len(COVERAGES) * len(RULES) * len(NETWORKS),
        "target": TARGET,
        "shape": shape,
        "attack": attack,
        "daily": peak,
        "threshold": {n: {r: threshold(attack[n][r]) for r in RULES} for n in NETWORKS},
    }
