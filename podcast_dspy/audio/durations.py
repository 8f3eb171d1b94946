"""Predict how long a voice takes for a text, before it is synthesized."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.spoken import speakable
from podcast_dspy.audio.syllables import pauses_after, syllables
from podcast_dspy.errors import UsageError

__all__ = ["FEATURES", "SEGMENT_PAUSE", "DurationModel", "duration_model", "features", "predict_seconds"]

SEGMENT_PAUSE = 0.45
"""Seconds of silence between two segments of an episode."""

FEATURES = ("text", "syllables", "letters", "words", "clauses", "sentences")
"""What the length depends on; "text" is 1 for any text (the silence at both ends)."""


@lru_cache(maxsize=20_000)
def features(text: str) -> tuple[float, ...]:
    """Counts in the order of FEATURES, of `text` as it is spoken; memoised, as fitting a length asks often."""
    words = speakable(text).split()
    marks = [pauses_after(word) for word in words]
    return (
        1.0 if words else 0.0,
        float(sum(syllables(part) for word in words for part in word.split("-"))),
        float(sum(character.isalpha() for word in words for character in word)),
        float(len(words)),
        float(sum(clause for clause, _ in marks)),
        float(sum(sentence for _, sentence in marks)),
    )


class DurationModel(BaseModel):
    """Seconds of speech as a linear function of syllables, letters, words and pauses, for one voice.

    Fitted by ridge regression (Hoerl and Kennard, 1970) on texts and their measured seconds; features are scaled to
    unit root mean square first, so that one penalty suits all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    voice: str
    coefficients: tuple[float, ...] = Field(min_length=len(FEATURES), max_length=len(FEATURES))
    """Seconds per unit of each of FEATURES."""
    samples: int = Field(ge=0)
    """How many texts it was fitted on."""
    error: float = Field(ge=0.0)
    """Mean relative error on those texts, each left out in turn (0-1)."""

    @classmethod
    def fit(
        cls, samples: Iterable[tuple[str, float]], *, voice: str = "", penalty: float = 0.003
    ) -> DurationModel:
        """Fit to (text, seconds) samples.

        Raises:
            UsageError: fewer than three samples, or a length that is not positive.
        """
        import numpy as np

        pairs = [(text, seconds) for text, seconds in samples if text.strip()]
        if len(pairs) < 3:
            raise UsageError(f"A duration model needs at least 3 spoken samples, not {len(pairs)}; add more.")
        if any(not seconds > 0.0 for _, seconds in pairs):
            raise UsageError("Every sample of a duration model needs a length above 0 seconds.")
        rows = np.array([features(text) for text, _ in pairs])
        seconds = np.array([length for _, length in pairs])
        scale = np.sqrt((rows**2).mean(axis=0))
        scale[scale == 0.0] = 1.0
        scaled = rows / scale
        gram = scaled.T @ scaled + penalty * len(pairs) * np.eye(len(FEATURES))
        inverse = np.linalg.inv(gram)
        weights = inverse @ scaled.T @ seconds
        # leave-one-out residuals of a linear smoother, without refitting: r_i / (1 - h_ii)
        leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
        left_out = (seconds - scaled @ weights) / np.maximum(1e-6, 1.0 - leverage)
        return cls(
            voice=voice,
            coefficients=tuple(float(value) for value in weights / scale),
            samples=len(pairs),
            error=float(np.mean(np.abs(left_out) / seconds)),
        )

    def predict(self, text: str) -> float:
        """Seconds that the voice needs for `text`, as one segment; 0 for an empty text."""
        return max(0.0, sum(c * x for c, x in zip(self.coefficients, features(text), strict=True)))


@lru_cache(maxsize=1)
def _measured() -> dict[str, DurationModel]:
    raw = json.loads(resources.files("podcast_dspy.audio").joinpath("durations.json").read_text("utf-8"))
    return {name: DurationModel.model_validate(entry) for name, entry in raw["models"].items()}


def duration_model(voice: str) -> DurationModel | None:
    """The model measured for `voice` (`embedded` is `piper:joe`), or None for a voice nobody measured."""
    return _measured().get("piper:joe" if voice == "embedded" else voice)


def predict_seconds(texts: Sequence[str], voice: str, *, pause: float = SEGMENT_PAUSE) -> float | None:
    """Seconds of an episode of segments `texts` with `pause` seconds between, or None if the voice was not measured."""
    model = duration_model(voice)
    if model is None:
        return None
    spoken = [text for text in texts if speakable(text)]
    return sum(model.predict(text) for text in spoken) + pause * max(0, len(spoken) - 1)
