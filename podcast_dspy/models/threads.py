"""How many processor threads a model may use: the one place that decides."""

from __future__ import annotations

import os

__all__ = ["cpu_threads", "model_slots", "slot_threads"]


def cpu_threads() -> int:
    """Threads for one model: the cores this process may use, less one, and at least 1.

    One core stays free because a llama.cpp thread pool that owns every core stalls under schema-constrained
    decoding: its workers spin at a barrier while the thread that advances the grammar waits for a core.
    """
    return max(1, _cores() - 1)


def model_slots() -> int:
    """Independent copies of a small model that may run side by side: one a core, at most 4.

    They wait for nobody, so unlike the threads of one pool they may have every core.
    """
    return min(_cores(), 4)


def slot_threads() -> int:
    """Threads for each of `model_slots()` models that run side by side, so that together they have every core."""
    return max(1, _cores() // model_slots())


def _cores() -> int:
    # A container or taskset may grant fewer cores than the machine has; macOS has no affinity call.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
