"""Measure the false-positive rate of four Bloom filter layouts that differ in where their bits may lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

SEED = 20240611
KEYS = 60_000
QUERIES = 1_000_000
BLOCK_BITS = 512
BITS_PER_KEY = (6, 8, 10, 12, 14, 16)
LAYOUTS = ("standard", "double", "blocked", "balanced")


def mix(keys: Keys, salt: int) -> Keys:
    """SplitMix64 finaliser of `keys` under `salt`: 64 well-mixed bits a key."""
    with np.errstate(over="ignore"):
        z = keys + np.uint64((0x9E3779B97F4A7C15 * (salt + 1)) & 0xFFFFFFFFFFFFFFFF)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def positions(keys: Keys, layout: str, bits: int, hashes: int, block: Keys | None = None) -> Keys:
    """Bit positions of each key, shape (keys, hashes)."""
    if layout == "standard":
        return np.stack([mix(keys, i) % np.uint64(bits) for i in range(hashes)], axis=1)
    if layout == "double":
        a, b = mix(keys, 0), mix(keys, 1) | np.uint64(1)
        with np.errstate(over="ignore"):
            return np.stack([(a + np.uint64(i) * b) % np.uint64(bits) for i in range(hashes)], axis=1)
    home = mix(keys, 90) % np.uint64(bits // BLOCK_BITS) if block is None else block
    inner = np.stack([mix(keys, i) % np.uint64(BLOCK_BITS) for i in range(hashes)], axis=1)
    return home[:, None] * np.uint64(BLOCK_BITS) + inner


def choices(keys: Keys, bits: int) -> tuple[Keys, Keys]:
    """The two candidate blocks of each key."""
    blocks = np.uint64(bits // BLOCK_BITS)
    return mix(keys, 90) % blocks, mix(keys, 91) % blocks


def fill_balanced(keys: Keys, bits: int) -> tuple[Keys, NDArray[np.int64]]:
    """Put each key into the emptier of its two blocks; return the block of each key and the block loads."""
    first, second = choices(keys, bits)
    loads = [0] * (bits // BLOCK_BITS)
    chosen: list[int] = []
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        pick = a if loads[a] <= loads[b] else b
        loads[pick] += 1
        chosen.append(pick)
    return np.array(chosen, dtype=np.uint64), np.array(loads, dtype=np.int64)


def measure(layout: str, per_key: int, members: Keys, strangers: Keys) -> dict[str, float]:
    """False-positive rate of one layout at `per_key` bits a key, with the load spread of its blocks."""
    bits = (per_key * len(members) // BLOCK_BITS) * BLOCK_BITS
    hashes = max(1, round(per_key * math.log(2)))
    table = np.zeros(bits, dtype=bool)
    if layout == "balanced":
        home, loads = fill_balanced(members, bits)
        table[positions(members, layout, bits, hashes, home)] = True
        first, second = choices(strangers, bits)
        hit_a = table[positions(strangers, layout, bits, hashes, first)].all(axis=1)
        hit_b = table[positions(strangers, layout, bits, hashes, second)].all(axis=1)
        rate = float((hit_a | hit_b).mean())
    else:
        table[positions(members, layout, bits, hashes)] = True
        rate = float(table[positions(strangers, layout, bits, hashes)].all(axis=1).mean())
        blocks = (mix(members, 90) % np.uint64(bits // BLOCK_BITS)).astype(np.int64)
        loads = np.bincount(blocks, minlength=bits // BLOCK_BITS)
    # Distinct cache lines that one lookup of an absent key has to fetch, on average.
    touched = {"blocked": 1.0, "balanced": 2.0}.get(layout, expected_lines(table, hashes))
    return {
        "rate": rate,
        "hashes": hashes,
        "lines": touched,
        "fill": float(table.mean()),
        "load_mean": float(loads.mean()),
        "load_sd": float(loads.std()),
        "load_max": float(loads.max()),
    }


def expected_lines(table: NDArray[np.bool_], hashes: int) -> float:
    """Mean probes until the first zero bit (each probe is a new line in a large filter)."""
    fill = float(table.mean())
    return sum(fill**i for i in range(hashes))


def theory(per_key: int) -> float:
    """Bloom's rate, (1 - exp(-kn/m))^k, at the rounded best number of hashes."""
    hashes = max(1, round(per_key * math.log(2)))
    return float((1.0 - math.exp(-hashes / per_key)) ** hashes)


def blocked_theory(per_key: int) -> float:
    """Putze, Sanders and Singler's sum: Bloom's rate averaged over a Poisson number of keys a block."""
    hashes = max(1, round(per_key * math.log(2)))
    mean = BLOCK_BITS / per_key
    total = 0.0
    for load in range(1, int(mean + 12 * math.sqrt(mean)) + 1):
        weight = math.exp(load * math.log(mean) - mean - math.lgamma(load + 1))
        total += weight * (1.0 - (1.0 - 1.0 / BLOCK_BITS) ** (hashes * load)) ** hashes
    return total


def run() -> dict[str, Any]:
    """Run the whole study; every number of the paper and of the episode is in the answer."""
    rng = np.random.default_rng(SEED)
    pool = np.unique(rng.integers(0, 2**63, size=KEYS + QUERIES + 1000, dtype=np.uint64))
    rng.shuffle(pool)
    members, strangers = pool[:KEYS], pool[KEYS : KEYS + QUERIES]
    table = {
        layout: {str(b): measure(layout, b, members, strangers) for b in BITS_PER_KEY} for layout in LAYOUTS
    }
    at = {layout: {b: table[layout][b]["rate"] for b in table[layout]} for layout in LAYOUTS}
    return {
        "keys": KEYS,
        "queries": QUERIES,
        "block_bits": BLOCK_BITS,
        "bits_per_key": list(BITS_PER_KEY),
        "table": table,
        "theory": {str(b): theory(b) for b in BITS_PER_KEY},
        "blocked_theory": {str(b): blocked_theory(b) for b in BITS_PER_KEY},
        "ratio_blocked": {b: at["blocked"][b] / at["standard"][b] for b in at["standard"]},
        "ratio_balanced": {b: at["balanced"][b] / at["standard"][b] for b in at["standard"]},
        "ratio_double": {b: at["double"][b] / at["standard"][b] for b in at["standard"]},
    }
