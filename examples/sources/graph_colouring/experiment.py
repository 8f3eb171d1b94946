"""Compare three local searches on planted three-colouring problems at equal move budgets."""

from __future__ import annotations

import math
import random
from statistics import mean, median
from typing import Any

SEED = 7341
VERTICES = 90
COLOURS = 3
DENSITIES = (3.0, 3.6, 4.2, 4.8, 5.4, 6.0)
INSTANCES = 24
BUDGET = 12_000
PLATEAU = 300
START_TEMPERATURE = 0.6
START_SWEEP = (0.2, 0.4, 0.6, 1.0, 1.5)
SWEEP_DENSITY = 4.2
END_TEMPERATURE = 0.12
TENURE = 7

Graph = list[list[int]]
METHODS = ("restart", "annealing", "tabu")


def planted_graph(degree: float, rng: random.Random) -> Graph:
    """A random graph with a hidden proper colouring and average degree `degree`."""
    hidden = [v % COLOURS for v in range(VERTICES)]
    rng.shuffle(hidden)
    edges: set[tuple[int, int]] = set()
    while len(edges) < round(degree * VERTICES / 2):
        a, b = sorted(rng.sample(range(VERTICES), 2))
        if hidden[a] != hidden[b]:
            edges.add((a, b))
    graph: Graph = [[] for _ in range(VERTICES)]
    for a, b in sorted(edges):
        graph[a].append(b)
        graph[b].append(a)
    return graph


class State:
    """A colouring with its conflict counts kept up to date."""

    def __init__(self, graph: Graph, rng: random.Random) -> None:
        self.graph = graph
        self.colour = [rng.randrange(COLOURS) for _ in graph]
        self.near = [[0] * COLOURS for _ in graph]
        for v, neighbours in enumerate(graph):
            for u in neighbours:
                self.near[v][self.colour[u]] += 1
        self.cost = sum(self.near[v][self.colour[v]] for v in range(len(graph))) // 2

    def change(self, v: int, new: int) -> int:
        """Conflicts gained by giving `v` the colour `new`."""
        return self.near[v][new] - self.near[v][self.colour[v]]

    def move(self, v: int, new: int) -> None:
        """Give `v` the colour `new`."""
        old = self.colour[v]
        self.cost += self.change(v, new)
        for u in self.graph[v]:
            self.near[u][old] -= 1
            self.near[u][new] += 1
        self.colour[v] = new

    def conflicted(self) -> list[int]:
        """Vertices with at least one neighbour of their own colour."""
        return [v for v in range(len(self.graph)) if self.near[v][self.colour[v]]]


def restart(graph: Graph, rng: random.Random, trace: list[int]) -> int:
    """Min-conflicts descent, begun again after `PLATEAU` proposals without a new best cost."""
    state = State(graph, rng)
    best, stale, record = state.cost, 0, state.cost
    for step in range(1, BUDGET + 1):
        if state.cost == 0:
            return step
        v = rng.choice(state.conflicted()) if step % 3 == 0 else rng.randrange(VERTICES)
        new = rng.randrange(COLOURS)
        if state.change(v, new) <= 0:
            state.move(v, new)
        stale = 0 if state.cost < best else stale + 1
        best = min(best, state.cost)
        if stale > PLATEAU:
            state = State(graph, rng)
            best, stale = state.cost, 0
        record = min(record, best)
        trace.append(record)
    return 0


def annealing(graph: Graph, rng: random.Random, trace: list[int], start: float = START_TEMPERATURE) -> int:
    """Simulated annealing with a geometric temperature schedule over the whole budget."""
    state = State(graph, rng)
    ratio = (END_TEMPERATURE / start) ** (1.0 / BUDGET)
    temperature, record = start, state.cost
    for step in range(1, BUDGET + 1):
        if state.cost == 0:
            return step
        v, new = rng.randrange(VERTICES), rng.randrange(COLOURS)
        delta = state.change(v, new)
        if delta <= 0 or rng.random() < math.exp(-delta / temperature):
            state.move(v, new)
        temperature *= ratio
        record = min(record, state.cost)
        trace.append(record)
    return 0


def tabu(graph: Graph, rng: random.Random, trace: list[int]) -> int:
    """Hertz and de Werra's search; one move costs as many proposals as the neighbours it looks at."""
    state = State(graph, rng)
    until: dict[tuple[int, int], int] = {}
    spent, moves, record = 0, 0, state.cost
    while spent < BUDGET:
        if state.cost == 0:
            return max(1, spent)
        options: list[tuple[int, float, int, int]] = []
        for v in state.conflicted():
            for new in range(COLOURS):
                if new == state.colour[v]:
                    continue
                delta = state.change(v, new)
                spent += 1
                if until.get((v, new), 0) <= moves or state.cost + delta == 0:
                    options.append((delta, rng.random(), v, new))
        moves += 1
        record = min(record, state.cost)
        trace.extend([record] * max(0, min(spent, BUDGET) - len(trace)))
        if options:
            _, _, v, new = min(options)
            until[(v, state.colour[v])] = moves + TENURE + rng.randrange(5) + len(options) // 4
            state.move(v, new)
    return 0


SEARCHES = {"restart": restart, "annealing": annealing, "tabu": tabu}


def run() -> dict[str, Any]:
    """Run the whole study; every number of the paper and of the episode is in the answer."""
    success: dict[str, dict[str, float]] = {m: {} for m in METHODS}
    steps: dict[str, dict[str, float]] = {m: {} for m in METHODS}
    final: dict[str, dict[str, float]] = {m: {} for m in METHODS}
    traces: dict[str, list[float]] = {}
    for density in DENSITIES:
        for method in METHODS:
            solved: list[int] = []
            ends: list[int] = []
            curves: list[list[int]] = []
            for i in range(INSTANCES):
                graph = planted_graph(density, random.Random(SEED + 1000 * i + int(density * 10)))
                trace: list[int] = []
                spent = SEARCHES[method](graph, random.Random(SEED + i), trace)
                ends.append(0 if spent else trace[-1])
                solved.extend([spent] if spent else [])
                curves.append((trace + [0 if spent else trace[-1]] * BUDGET)[:BUDGET])
            key = f"{density:.1f}"
            success[method][key] = len(solved) / INSTANCES
            steps[method][key] = float(median(solved)) if solved else 0.0
            final[method][key] = mean(ends)
            if key == "4.8":
                traces[method] = [mean(c[s] for c in curves) for s in range(0, BUDGET, 250)]
    sweep: dict[str, float] = {}
    for start in START_SWEEP:
        found = 0
        for i in range(INSTANCES):
            graph = planted_graph(SWEEP_DENSITY, random.Random(SEED + 1000 * i + int(SWEEP_DENSITY * 10)))
            found += bool(annealing(graph, random.Random(SEED + i), [], start))
        sweep[f"{start:.1f}"] = found / INSTANCES
    leads = [
        a < min(b, c) for a, b, c in zip(traces["tabu"], traces["restart"], traces["annealing"], strict=True)
    ]
    overtake = 250 * (len(leads) - leads[::-1].index(False))
    overall = {m: mean(success[m].values()) for m in METHODS}
    hardest = {m: min(success[m], key=success[m].__getitem__) for m in METHODS}
    return {
        "vertices": VERTICES,
        "colours": COLOURS,
        "densities": list(DENSITIES),
        "instances": INSTANCES,
        "budget": BUDGET,
        "plateau": PLATEAU,
        "tenure": TENURE,
        "start_temperature": START_TEMPERATURE,
        "end_temperature": END_TEMPERATURE,
        "runs": INSTANCES * len(DENSITIES) * len(METHODS),
        "success": success,
        "steps": steps,
        "final": final,
        "traces": traces,
        "overtake": overtake,
        "sweep": sweep,
        "sweep_density": SWEEP_DENSITY,
        "overall": overall,
        "hardest": hardest,
    }
