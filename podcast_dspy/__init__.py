"""podcast-dspy: turn technical papers into podcasts, with a quality that is measured and learned.

import podcast_dspy

workspace = podcast_dspy.Workspace("podcast_training")
workspace.ingest("paper.pdf", "podcast.mp3", speaker_gender="female")
workspace.analyze_all()
run = workspace.compile(podcast_dspy.TrainingConfig(max_trials=5))
workspace.export("podcast_profile_v1.json")

episode = podcast_dspy.load("podcast_profile_v1.json")("new-paper.pdf", minutes=4)
episode.save("episode")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.api import analyze, compile, ground, load, read_script, score
    from podcast_dspy.audio import TranscriptionResult, transcribe
    from podcast_dspy.documents import DocumentGraph, read_document
    from podcast_dspy.errors import PodcastError
    from podcast_dspy.generation import Episode, Podcaster, PodcastProgram, Script
    from podcast_dspy.metrics import LossMetrics, losses, metric
    from podcast_dspy.optimizers import PodcastOptimizer
    from podcast_dspy.pairs import TrainingPair
    from podcast_dspy.settings import LossWeights, ModelRoles, PodcastDepth, TrainingConfig
    from podcast_dspy.signatures import SegmentType
    from podcast_dspy.workspace import Workspace

__version__ = "0.1.0"


__all__ = [
    "DocumentGraph",
    "Episode",
    "LossMetrics",
    "LossWeights",
    "ModelRoles",
    "PodcastDepth",
    "PodcastError",
    "PodcastOptimizer",
    "PodcastProgram",
    "Podcaster",
    "Script",
    "SegmentType",
    "TrainingConfig",
    "TrainingPair",
    "TranscriptionResult",
    "Workspace",
    "__version__",
    "analyze",
    "compile",
    "ground",
    "load",
    "losses",
    "metric",
    "read_document",
    "read_script",
    "score",
    "transcribe",
]


__getattr__ = lazily(__name__)


def __dir__() -> list[str]:
    return sorted(__all__)
