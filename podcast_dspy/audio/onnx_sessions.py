"""The one place that sets how an ONNX voice model uses the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["voice_session"]


def voice_session(model: Path, *, threads: int, optimise: bool = True) -> Any:
    """An onnxruntime session on the processor with `threads` threads.

    Idle threads sleep: they would otherwise spin for the next operator and take the cores of whatever runs beside
    them. `optimise` False loads faster and computes the graph as it stands.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
