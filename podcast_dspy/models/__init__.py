"""Where the embedded models are, and how they get there; nothing here loads one.

`model_path("smollm2-135m")` gives a verified place on disk or says which command installs it.
"""

from podcast_dspy.models.catalogue import (
    InstallEvent,
    ModelEntry,
    cache_dir,
    catalogue,
    cpu_threads,
    default_models,
    entry,
    install,
    installed,
    model_path,
    model_slots,
    models_dir,
    slot_threads,
)

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
