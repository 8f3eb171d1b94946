"""Settings of a run: loss weights, the training configuration, depths, model roles, and where the workspace is."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_VOICE: Final = "kokoro:af_heart"
"""Episodes are for ears: the better embedded voice, although it takes seven times as long as the fast one."""

SECOND_VOICE: Final = "kokoro:am_michael"
"""Who asks in a dialogue: a voice that nobody takes for the other."""

EpisodeFormat = Literal["explainer", "dialogue"]
"""How an episode is told: by one host, or by two of whom one asks and the other explains."""


class PodcastDepth(StrEnum):
    """How long and deep an episode is."""

    OVERVIEW = "overview"
    """3-5 minutes."""
    STANDARD = "standard"
    """10-15 minutes."""
    DEEP_DIVE = "deep_dive"
    """20-30 minutes."""
    COMPREHENSIVE = "comprehensive"
    """45 minutes and more."""


_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class LossWeights(BaseModel):
    """Weights of the composite loss by name; they sum to 1. Beside the five, a loss of an installed package has one."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, _Share] = Field(init=False)

    duration: _Share = 0.25
    coverage: _Share = 0.25
    structure: _Share = 0.20
    quality: _Share = 0.20
    rouge: _Share = 0.10

    @model_validator(mode="after")
    def _sum_to_one(self) -> LossWeights:
        total = math.fsum(self.as_dict().values())
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"loss weights sum to {total:g}, not 1; scale them so that they add up to 1")
        return self

    def as_dict(self) -> dict[str, float]:
        """Weights by loss name."""
        return self.model_dump()


class ModelRoles(BaseModel):
    """Which model plays which part; each a string such as `embedded`, `openai/...`, `gguf:PATH`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lm: str = "embedded"
    judge_lm: str = "measured"
    """`measured` judges without an LM; any other value names the judge LM."""
    reflection_lm: str | None = None
    voice: str = "embedded"

    def outside(self) -> dict[str, str]:
        """The parts played by what is not of this program: a provider, a server, or a file on this machine."""
        return {
            name: value
            for name, value in self.model_dump(exclude_none=True).items()
            if value not in ("embedded", "measured")
            and value != "piper:joe"
            and not value.startswith("kokoro:")
        }


class TrainingConfig(BaseModel):
    """Configuration of one training run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_trials: int = Field(default=10, ge=1, le=1000)
    convergence_threshold: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Stop once the relative improvement over the window is below this (0-1)."""
    convergence_window: int = Field(default=3, ge=1)
    loss_weights: LossWeights = LossWeights()
    target_depth: PodcastDepth = PodcastDepth.STANDARD
    optimizer: str = "neighbours"
    holdout: str | None = None
    """Pair id kept out of everything that is learned and scored apart; None holds out nothing."""
    seed: int = 0
    """Seed of what an optimizer draws; neighbours and knn draw nothing."""
    repeats: int = Field(default=1, ge=1, le=20)
    """Rollouts of each pair in each trial: more than one tells how far an LM's scripts differ by chance."""
    roles: ModelRoles = ModelRoles()


class EnvironmentSettings(BaseSettings):
    """What the environment may set: variables with the prefix `PODCAST_DSPY_` (`PODCAST_DSPY_WORKSPACE`, ...)."""

    model_config = SettingsConfigDict(env_prefix="PODCAST_DSPY_", extra="ignore")

    workspace: Path = Path("podcast_training")
    cache: Path | None = None
    """Models and caches; None means the platform's user cache directory."""
    lm: str | None = None
    """Model that writes and reads where a command or function is given none; None means the embedded one."""
    timeout: float | None = Field(default=None, gt=0.0)
    """Seconds to wait for one answer of a language model; None means 600, for small local ones 180."""
    speech_cache_gb: float = Field(default=2.0, ge=0.0)
    """How much spoken sound is kept, in GB (1e9 bytes); what was not used for longest goes first. 0 keeps none."""
