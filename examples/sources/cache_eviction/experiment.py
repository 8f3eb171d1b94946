"""Replay request streams whose popularity drifts through five cache eviction policies."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from typing import Any, Protocol

import numpy as np

SEED = 31337
OBJECTS = 10_000
REQUESTS = 150_000
CACHE = 500
SKEW = 0.9
WARM_UP = 30_000
# Requests between two drift events; 0 never drifts. An event swaps the ranks of a tenth of all objects.
PERIODS = (0, 40_000, 20_000, 10_000, 5_000, 2_500)
SHARE_MOVED = 0.10
WINDOW = 5_000
HALF_LIFE = 4_000
HALF_LIVES = (500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000)


class Cache(Protocol):
    """A set of objects of bounded size."""

    def request(self, item: int) -> bool:
        """Ask for `item`; true on a hit. A miss admits it."""
        ...


class Fifo:
    """Evicts the oldest arrival."""

    def __init__(self, size: int) -> None:
        self.size, self.queue = size, OrderedDict[int, None]()

    def request(self, item: int) -> bool:
        """Ask for `item`; true on a hit."""
        if item in self.queue:
            return True
        if len(self.queue) >= self.size:
            self.queue.popitem(last=False)
        self.queue[item] = None
        return False


class Lru(Fifo):
    """Evicts the object unused for longest."""

    def request(self, item: int) -> bool:
        """Ask for `item`; true on a hit."""
        hit = super().request(item)
        if hit:
            self.queue.move_to_end(item)
        return hit


class Lfu:
    """Evicts the object with the lowest (decayed) count; counts outlive eviction."""

    def __init__(self, size: int, half_life: float | None = None) -> None:
        self.size, self.clock = size, 0
        self.growth = 1.0 if half_life is None else 2.0 ** (1.0 / half_life)
        self.weight = 1.0
        self.count: dict[int, float] = {}
        self.inside: set[int] = set()
        self.heap: list[tuple[float, int, int]] = []

    def request(self, item: int) -> bool:
        """Ask for `item`; true on a hit."""
        self.clock += 1
        # Growing the weight of new requests is the same as shrinking every old count.
        self.weight *= self.growth
        if self.weight > 1e100:
            self.count = {k: c / self.weight for k, c in self.count.items()}
            self.heap = [(c / self.weight, t, k) for c, t, k in self.heap]
            self.weight = 1.0
        self.count[item] = self.count.get(item, 0.0) + self.weight
        hit = item in self.inside
        if not hit:
            if len(self.inside) >= self.size:
                self._evict()
            self.inside.add(item)
        heapq.heappush(self.heap, (self.count[item], self.clock, item))
        return hit

    def _evict(self) -> None:
        while True:
            count, _, item = heapq.heappop(self.heap)
            if item in self.inside and count == self.count[item]:
                self.inside.discard(item)
                return


class Sieve:
    """Lazy promotion: a hand sweeps from old to new, sparing (once) what was hit since it last passed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.newer: dict[int, int] = {}
        self.older: dict[int, int] = {}
        self.head = self.tail = self.hand = -1
        self.visited: dict[int, bool] = {}

    def request(self, item: int) -> bool:
        """Ask for `item`; true on a hit."""
        if item in self.visited:
            self.visited[item] = True
            return True
        if len(self.visited) >= self.size:
            self._evict()
        self.older[item], self.newer[item] = self.head, -1
        if self.head != -1:
            self.newer[self.head] = item
        self.head = item
        if self.tail == -1:
            self.tail = item
        self.visited[item] = False
        return False

    def _evict(self) -> None:
        item = self.hand if self.hand != -1 else self.tail
        while self.visited[item]:
            self.visited[item] = False
            item = self.newer[item] if self.newer[item] != -1 else self.tail
        newer, older = self.newer.pop(item), self.older.pop(item)
        del self.visited[item]
        self.hand = newer
        if newer != -1:
            self.older[newer] = older
        else:
            self.head = older
        if older != -1:
            self.newer[older] = newer
        else:
            self.tail = newer


POLICIES = ("fifo", "lru", "lfu", "aged", "sieve")


def make(policy: str) -> Cache:
    """A fresh cache of the named policy."""
    if policy in ("lfu", "aged"):
        return Lfu(CACHE, HALF_LIFE if policy == "aged" else None)
    makers: dict[str, type[Fifo] | type[Lru] | type[Sieve]] = {"fifo": Fifo, "lru": Lru, "sieve": Sieve}
    return makers[policy](CACHE)


def stream(period: int, rng: np.random.Generator) -> tuple[list[int], float]:
    """Requests drawn from a drifting Zipf law, and the hit ratio of an oracle that caches the true top ranks."""
    weights = 1.0 / np.arange(1, OBJECTS + 1) ** SKEW
    ranks = rng.choice(OBJECTS, size=REQUESTS, p=weights / weights.sum())
    at_rank = rng.permutation(OBJECTS)
    requests: deque[int] = deque()
    step = period or REQUESTS
    for start in range(0, REQUESTS, step):
        if start:
            moved = rng.choice(OBJECTS, size=round(SHARE_MOVED * OBJECTS), replace=False)
            at_rank[moved] = at_rank[rng.permutation(moved)]
        requests.extend(at_rank[ranks[start : start + step]].tolist())
    return list(requests), float((ranks[WARM_UP:] < CACHE).mean())


def run() -> dict[str, Any]:
    """Run the whole study; every number of the paper is in the answer."""
    ratio: dict[str, dict[str, float]] = {p: {} for p in POLICIES}
    oracle: dict[str, float] = {}
    windows: dict[str, list[float]] = {}
    sweep: dict[str, dict[str, float]] = {"0": {}, "2500": {}}
    for period in PERIODS:
        requests, oracle[str(period)] = stream(period, np.random.default_rng(SEED))
        for policy in POLICIES:
            cache = make(policy)
            hits = np.array([cache.request(item) for item in requests])
            ratio[policy][str(period)] = float(hits[WARM_UP:].mean())
            if period == 20_000:
                tail = hits[: (REQUESTS // WINDOW) * WINDOW].reshape(-1, WINDOW)
                windows[policy] = [round(float(v), 4) for v in tail.mean(axis=1)]
        for half_life in HALF_LIVES if str(period) in sweep else ():
            aged = Lfu(CACHE, half_life)
            kept = [aged.request(item) for item in requests][WARM_UP:]
            sweep[str(period)][str(half_life)] = sum(kept) / len(kept)
    drop = {p: ratio[p]["0"] - ratio[p]["2500"] for p in POLICIES}
    return {
        "objects": OBJECTS,
        "requests": REQUESTS,
        "cache": CACHE,
        "cache_share": CACHE / OBJECTS,
        "skew": SKEW,
        "warm_up": WARM_UP,
        "periods": list(PERIODS),
        "share_moved": SHARE_MOVED,
        "window": WINDOW,
        "half_life": HALF_LIFE,
        "half_lives": list(HALF_LIVES),
        "sweep": sweep,
        "ratio": ratio,
        "oracle": oracle,
        "windows": windows,
        "drop": drop,
        "best": {str(p): max((ratio[q][str(p)], q) for q in POLICIES)[1] for p in PERIODS},
    }
