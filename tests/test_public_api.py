"""The public names are what `import podcast_dspy` promises to keep, and importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import podcast_dspy

PUBLIC = {
    "DocumentGraph", "Episode", "LossMetrics", "LossWeights", "ModelRoles", "PodcastDepth", "PodcastError",
    "PodcastOptimizer", "PodcastProgram",
    "Podcaster", "Script", "SegmentType", "TrainingConfig", "TrainingPair", "TranscriptionResult", "Workspace",
    "__version__", "analyze", "compile", "ground", "load", "losses", "metric", "read_document",
    "read_script", "score", "transcribe",
}  # fmt: skip


def test_the_public_names_are_pinned() -> None:
    assert set(podcast_dspy.__all__) == PUBLIC


def test_every_public_name_is_there() -> None:
    assert all(getattr(podcast_dspy, name) is not None for name in PUBLIC)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(podcast_dspy, "nothing_of_that_name")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, podcast_dspy\n"
        "heavy = {'dspy', 'datasets', 'numpy', 'pydantic', 'onnxruntime', 'faster_whisper'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
