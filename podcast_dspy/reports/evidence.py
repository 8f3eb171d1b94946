"""Evidence: what the measures found in an episode, sentence by sentence, behind its coverage and quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podcast_dspy.metrics import LossMetrics
from podcast_dspy.metrics.delivery import CLARITY, ENGAGEMENT
from podcast_dspy.metrics.faithfulness import ACCURACY

_MOST_QUOTES = 3
_GROUPS = {"engagement": ENGAGEMENT, "clarity": CLARITY, "accuracy": ACCURACY}


@dataclass(frozen=True)
class Concept:
    """A key concept, how deeply the episode treats it, and the sentence that shows it."""

    name: str
    depth: str
    sentence: str


@dataclass(frozen=True)
class Score:
    """One of the three scores of quality (0-100), and its measures: name, score, sentences that show it."""

    name: str
    value: str
    parts: tuple[tuple[str, str, tuple[str, ...]], ...]


def concepts_shown(metrics: LossMetrics) -> tuple[Concept, ...]:
    """The concepts that the episode treats, as coverage found them; none in records of earlier versions."""
    found = _details(metrics, "coverage").get("concepts", ())
    return tuple(
        Concept(str(one["concept"]), str(one["depth"]).replace("_", " "), str(one.get("evidence") or ""))
        for one in found
        if one.get("evidence") and one["concept"] not in metrics.concepts_missed
    )


def questions_open(metrics: LossMetrics) -> tuple[tuple[str, str], ...]:
    """Questions about the paper that the episode leaves open, each with the paper's answer."""
    unanswered = _details(metrics, "coverage").get("questions_unanswered", ())
    return tuple((str(one["question"]), str(one["answer"])) for one in unanswered)


def quality_scores(metrics: LossMetrics) -> tuple[Score, ...]:
    """Engagement, clarity and accuracy with what they are made of; none where quality is unscored."""
    if "quality" in metrics.unscored:
        return ()
    quality = _details(metrics, "quality")
    subs: Mapping[str, float] = quality.get("sub_scores") or {}
    quotes: Mapping[str, Any] = quality.get("evidence") or {}
    return tuple(
        Score(
            name,
            f"{getattr(metrics, f'{name}_score'):.0f}",
            tuple(
                (
                    part.replace("_", " "),
                    f"{subs[part]:.0f}",
                    tuple(str(quote) for quote in quotes.get(part, ())[:_MOST_QUOTES]),
                )
                for part in parts
                if part in subs
            ),
        )
        for name, parts in _GROUPS.items()
    )


def _details(metrics: LossMetrics, loss: str) -> Mapping[str, Any]:
    return metrics.details.get(loss) or {}
