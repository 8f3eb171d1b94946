"""Tell two speakers apart by how they sound, or say that it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcast_dspy.audio.timbre import FRAME, Timbre
from podcast_dspy.audio.transcript import TranscriptSegment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["label_speakers", "two_voices"]

_LEAST_SENTENCES = 12
"""Fewer sentences of a length to go by fall into two groups by chance."""
_LEAST_VOICED = 40
"""Voiced frames (0.8 s) of a sentence that helps to find the two voices; 8 will do to tell which of them it is."""
_LEAST_DISTANCE = 6.0
"""Distance of the two voices in standard deviations: 7.1 to 13 in shows of two hosts, under 5 within one host."""
_CHANCE = 40.0
"""Over the square root of the number of sentences: the distance that rows of pure noise never reached when they were
split like this (12 to 120 sentences, 40 times each; 95% stayed under 32)."""
_LEAST_SHARE = 0.08
_RIDGE = 0.1
_ROUNDS = 40
_QUIET = 30.0  # dB under the loud frames


def label_speakers(sound: Timbre, segments: Sequence[TranscriptSegment]) -> tuple[TranscriptSegment, ...]:
    """`segments` of a recording with speakers "A" (who speaks first) and "B", if it has two clearly different voices.

    Otherwise, for one voice, more than two, or too little speech, they come back as they are. Each sentence becomes the
    means of its cepstral coefficients and the median of its pitch; two Gaussians of one covariance are fitted to the
    sentences by expectation maximisation, and must lie far apart.
    """
    import numpy as np

    if len(segments) < _LEAST_SENTENCES:
        return tuple(segments)
    loud = sound.level > np.percentile(sound.level, 95) - _QUIET if len(sound.level) else np.zeros(0, bool)
    described = [_described(sound, loud, segment) for segment in segments]
    long = [
        number for number, known in enumerate(described) if known is not None and known[1] >= _LEAST_VOICED
    ]
    if len(long) < _LEAST_SENTENCES:
        return tuple(segments)
    known = [described[number] for number in range(len(segments))]
    rows = np.array([known[number][0] for number in long])  # type: ignore[index]
    weights = np.minimum([float(known[number][1]) for number in long], 300.0)  # type: ignore[index]
    model = two_voices(rows, weights)
    if model is None or any(
        two_voices(rows[part], weights[part]) is not None for part in (model.second, ~model.second)
    ):
        return tuple(segments)
    who = [model.is_second(entry[0]) if entry is not None else None for entry in known]
    first = next(voice for voice in who if voice is not None)
    labelled: list[TranscriptSegment] = []
    last = first
    for segment, voice in zip(segments, who, strict=True):
        last = last if voice is None else voice  # a cough is whoever spoke before
        labelled.append(segment.model_copy(update={"speaker": "A" if last == first else "B"}))
    return tuple(labelled)


def _described(
    sound: Timbre, loud: NDArray[np.bool_], segment: TranscriptSegment
) -> tuple[NDArray[np.float64], int] | None:
    """A sentence as a row of features and its number of voiced frames; None if there are next to none."""
    import numpy as np

    start = int(segment.start_time / FRAME)
    span = slice(start, max(start + 1, int(segment.end_time / FRAME)))
    voiced = loud[span] & ~np.isnan(sound.pitch[span])
    if voiced.sum() < 8:
        return None
    pitch = np.median(sound.pitch[span][voiced])
    return np.concatenate([[pitch], sound.cepstrum[span][voiced].mean(axis=0)]), int(voiced.sum())


class _Voices:
    """Two Gaussians of one covariance over standardised rows."""

    def __init__(
        self,
        centre: NDArray[np.float64],
        scale: NDArray[np.float64],
        direction: NDArray[np.float64],
        threshold: float,
        second: NDArray[np.bool_],
    ) -> None:
        self._centre, self._scale = centre, scale
        self._direction, self._threshold = direction, threshold
        self.second = second
        """Which of the rows that it was fitted to belong to the second voice."""

    def is_second(self, row: NDArray[np.float64]) -> bool:
        """Which voice said it."""
        return bool((row - self._centre) / self._scale @ self._direction > self._threshold)


def two_voices(rows: NDArray[np.float64], weights: NDArray[np.float64]) -> _Voices | None:
    """The two voices in `rows` (sentences x features), or None if they are not clearly two."""
    import numpy as np

    if len(rows) < _LEAST_SENTENCES:
        return None
    centre = np.average(rows, axis=0, weights=weights)
    scale = np.sqrt(np.average((rows - centre) ** 2, axis=0, weights=weights)) + 1e-9
    z = (rows - centre) / scale
    main = np.linalg.svd(z * np.sqrt(weights)[:, None], full_matrices=False)[2][0]
    # by pitch, and along what differs most: of the two starts the better end counts
    fits = [_fit(z, weights, start) for start in (z[:, 0], z @ main)]
    likelihood, direction, threshold, distance = max(fits, key=lambda fit: fit[0])
    second = z @ direction > threshold
    share = float(weights[second].sum() / weights.sum())
    least = max(_LEAST_DISTANCE, _CHANCE / len(rows) ** 0.5)
    if not np.isfinite(likelihood) or distance < least or not _LEAST_SHARE <= share <= 1 - _LEAST_SHARE:
        return None
    return _Voices(centre, scale, direction, threshold, second)


def _fit(
    z: NDArray[np.float64], weights: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], float, float]:
    """Log-likelihood, the discriminating direction and its threshold, and the distance of the means."""
    import numpy as np

    belief = (start > np.average(start, weights=weights)).astype(float)
    total = weights.sum()
    for _ in range(_ROUNDS):
        parts = [weights * (1 - belief) + 1e-9, weights * belief + 1e-9]
        means = [part @ z / part.sum() for part in parts]
        spread = sum(
            (part[:, None] * (z - mean)).T @ (z - mean) for part, mean in zip(parts, means, strict=True)
        )
        inverse = np.linalg.inv(spread / total + _RIDGE * np.eye(z.shape[1]))
        scores = [
            -0.5 * np.einsum("ij,jk,ik->i", z - mean, inverse, z - mean) + np.log(part.sum() / total)
            for part, mean in zip(parts, means, strict=True)
        ]
        change = 1 / (1 + np.exp(np.clip(scores[0] - scores[1], -50, 50)))
        settled = np.abs(change - belief).max() < 1e-4
        belief = change
        if settled:
            break
    direction = inverse @ (means[1] - means[0])
    odds = np.log(parts[0].sum() / parts[1].sum())
    threshold = float(direction @ (means[0] + means[1]) / 2 + odds)
    likelihood = float(weights @ (np.logaddexp(*scores) + 0.5 * np.linalg.slogdet(inverse)[1]) / total)
    return likelihood, direction, threshold, float(np.sqrt((means[1] - means[0]) @ direction))
