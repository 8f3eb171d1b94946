"""Where the embedded models are, and how they get there; nothing here loads one.

`model_path("smollm2-135m")` gives a verified place on disk or says which command installs it.
"""

from podcast_dspy.models.catalogue import ModelEntry, catalogue, default_models, entry
from podcast_dspy.models.installer import InstallEvent, install
from podcast_dspy.models.location import cache_dir, installed, model_path, models_dir
from podcast_dspy.models.threads import cpu_threads, model_slots, slot_threads

__all__ = [
    "InstallEvent",
    "ModelEntry",
    "cache_dir",
    "catalogue",
    "cpu_threads",
    "default_models",
    "entry",
    "install",
    "installed",
    "model_path",
    "model_slots",
    "models_dir",
    "slot_threads",
]
