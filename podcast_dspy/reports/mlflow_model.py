"""A compiled profile as an MLflow model: MLflow runs this file when it loads one, in whichever process that is."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow.pyfunc.model import PythonModel
from pydantic import BaseModel


class EpisodeRequest(BaseModel):
    """A paper (a file or an address), and how long the episode should be; by default as the profile says."""

    paper: str
    minutes: float | None = None


class PodcastModel(PythonModel):
    """Scripts of episodes about papers. Which LM writes them `PODCAST_DSPY_LM` says, never the profile."""

    def load_context(self, context: Any) -> None:
        """Read and check the profile that lies with the model."""
        import podcast_dspy

        self._podcaster = podcast_dspy.load(context.artifacts["profile"])

    def predict(self, context: Any, model_input: list[EpisodeRequest], params: Any = None) -> list[str]:
        """The script of each episode that is asked for. Raises what a `Podcaster` raises."""
        return [self._podcaster(one.paper, minutes=one.minutes).script.text for one in model_input]


mlflow.models.set_model(PodcastModel())
