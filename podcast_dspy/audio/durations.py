"""Utterances: what a voice says in one go, the pause behind it, and how long both take in English, by voice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UsageError
from podcast_dspy.text.normalisation import speakable
from podcast_dspy.text.words import split_sentences, wordlist

Boundary = Literal["sentence", "question", "answer", "quotation", "paragraph"]
"""What lies between two utterances: another `question`, the `answer` to one, the beginning or end of a `quotation`."""

PAUSES: Final[dict[Boundary, float]] = {
    "sentence": 0.40,
    "question": 0.30,
    "answer": 0.50,
    "quotation": 0.50,
    "paragraph": 0.65,
}
"""Seconds of silence. Sentences, questions and answers: medians of the shows in `benchmarks/pauses.py`, whose few human
readers pause longer (0.7 s between sentences). No recording there marks quotations, paragraphs and segments: these are
set."""
SEGMENT_PAUSE: Final = 0.9
"""The same between two segments of an episode."""
TURN_PAUSE: Final = 0.40
"""The same where the other speaker of a dialogue goes on; measured there too."""
REPLY_PAUSE: Final = 0.50
"""The same where the other speaker answers a question."""

_PARAGRAPH = re.compile(r"\n\s*\n")
_SHORT: Final = 25
"""Characters; what is shorter is said with what follows: alone, small voices swallow or stretch it."""
_CLOSING: Final = "\"')]”’"
_OPENING: Final = '"“„«'


def asks(text: str) -> bool:
    """Whether a text ends with a question."""
    return text.rstrip(f"{_CLOSING} \n").endswith("?")


def boundary(said: str, following: str) -> Boundary:
    """What lies between two sentences of one paragraph."""
    if asks(said):
        return "question" if asks(following) else "answer"
    return "quotation" if said[-1:] in tuple('"”»') or following[:1] in tuple(_OPENING) else "sentence"


def utterances(text: str) -> list[tuple[str, float]]:
    """What is said in one go, in order, with the seconds of silence behind it (0 behind the last).

    A sentence each, or a very short one with its neighbour; so an edit changes what is said around it and nothing else.
    """
    said: list[tuple[str, float]] = []
    for paragraph in _PARAGRAPH.split(text):
        if said:
            said[-1] = said[-1][0], PAUSES["paragraph"]
        parts: list[str] = []
        for sentence in split_sentences(paragraph):
            if parts and len(parts[-1]) < _SHORT and not asks(parts[-1]):
                parts[-1] = f"{parts[-1]} {sentence}"
            else:
                parts.append(sentence)
        for place, part in enumerate(parts):
            more = place + 1 < len(parts)
            said.append((part, PAUSES[boundary(part, parts[place + 1])] if more else 0.0))
    return said


_FRAME: Final = 0.01  # seconds
_QUIET: Final = 10 ** (-45 / 20)
"""Level under the loudest frame, as an amplitude, that is no speech; fricatives lie some 30 dB under vowels."""
_EDGE: Final = 0.03
"""Seconds kept around what is heard: where sounds begin and fade."""


def trimmed(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Speech without the silence before and behind it, which differs from voice to voice; its ends are faded."""
    frame = round(_FRAME * rate)
    count = len(samples) // frame
    if count < 2:
        return samples
    level = np.sqrt(np.mean(np.square(samples[: count * frame].reshape(count, frame)), axis=1))
    heard = np.flatnonzero(level > _QUIET * level.max())
    edge = round(_EDGE * rate)
    start = max(0, int(heard[0]) * frame - edge)
    # What is left over behind the last whole frame belongs to it.
    end = len(samples) if heard[-1] == count - 1 else min(len(samples), (int(heard[-1]) + 1) * frame + edge)
    cut = samples[start:end].copy()
    ramp = np.linspace(0.0, 1.0, min(frame, len(cut)), dtype=np.float32)
    if start:
        cut[: len(ramp)] *= ramp
    if end < len(samples):
        cut[len(cut) - len(ramp) :] *= ramp[::-1]
    return cut


_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœ]+")
# vowels next to each other that belong to two syllables: "neo-", "actual", "doing", "trying", "radio", "Maria"
_HIATUS = re.compile(
    r"eo(?!u)|ua(?!r|$|y)|(?:[^aeioqg]u|[oy])ing|io(?!n|us)|(?<![tsc])ia(?!ge|n$|l)|ae?ism|iou(?=r)|iet|ius|eum"
)
# silent before an ending: "safely", "movement", "useless"
_SILENT_END = re.compile(
    r"(?:[^aeiouyl]|[aeiouy][lr])e$|(?:[^aeioudty]|[aouy])ed$|[^aeiousxzcg](?<!sh)(?<!ch)(?<![^aeiou]l)es$"
)
_SILENT_INSIDE = re.compile(r"(?<=[aeiouy][^aeiouyl])e(?=ly$|ment|ful|less|where|thing)")
_LETTER_NAMES = {"w": 3}
_PARTS = re.compile(r"[-/–—]|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_EDGES = re.compile(r"^\W+|\W+$")


@lru_cache(maxsize=65_536)
def syllables(word: str) -> int:
    """Syllables of one word as it is spoken; 0 for a token without letters.

    Vowel groups, less silent endings, plus hiatus ("i-o", "u-al"); a lone letter counts as its name.
    """
    word = "".join(character for character in word.lower() if character.isalpha())
    if not word:
        return 0
    if len(word) == 1:
        return _LETTER_NAMES.get(word, 1)
    groups = len(_VOWELS.findall(word))
    if not groups:
        return len(word) if len(word) <= 4 else 1  # "gpt" is spelled
    groups -= _SILENT_END.search(word) is not None
    groups -= len(_SILENT_INSIDE.findall(word))
    groups += len(_HIATUS.findall(word))
    if re.search(r"(?:[^aeiou]|^)sm$|thm$", word):
        groups += 1  # "rhythm", "-ism"
    return max(1, groups)


def spoken_parts(word: str) -> list[str]:
    """The parts of a token that are said as words: "G-P-U" has three, "NormalFloat" two, "(and" one."""
    parts = (_EDGES.sub("", part) for part in _PARTS.split(word))
    return [part for part in parts if part]


def stressed(word: str) -> bool:
    """Whether one word carries a stress in running speech: all do but articles, pronouns, auxiliaries and the like."""
    return word.lower().replace("’", "'") not in wordlist("unstressed")


def pauses_after(word: str) -> tuple[int, int]:
    """(clause pauses, sentence pauses) that a token's punctuation calls for: (1, 0) at a comma, (0, 1) at a stop."""
    tail = word.rstrip(_CLOSING)[-1:]
    if tail and tail in ".!?…":
        return 0, 1
    if (tail and tail in ",;:—–") or word.endswith(")") or word.startswith("("):
        return 1, 0
    return 0, 0


FEATURES = ("text", "syllables", "letters", "words", "clauses", "sentences", "stressed")
"""What the length depends on; "text" is 1 for any text (the silence at both ends)."""

_PENALTY, _PENALTY_BESIDE_PRIOR = 0.003, 0.1
_LETTER_NAME = 1.5  # letters that a lone letter's name has beyond the one written: "G" is said "gee"


@lru_cache(maxsize=20_000)
def features(text: str) -> tuple[float, ...]:
    """Counts in the order of FEATURES, of `text` as it is spoken; memoised, as fitting a length asks often."""
    said = speakable(text)
    words = said.split()
    parts = [part for word in words for part in spoken_parts(word)]
    marks = [pauses_after(word) for word in words]
    names = sum(len(part) == 1 and part not in ("a", "A", "I") for part in parts)
    return (
        1.0 if words else 0.0,
        float(sum(map(syllables, parts))),
        float(sum(map(str.isalpha, said))) + _LETTER_NAME * names,
        float(len(words)),
        float(sum(clause for clause, _ in marks)),
        float(sum(sentence for _, sentence in marks)),
        float(sum(map(stressed, parts))),
    )


class DurationModel(BaseModel):
    """Seconds of speech as a linear function of syllables, letters, stresses and pauses, for one voice.

    Fitted by ridge regression (Hoerl and Kennard, 1970) on texts and their measured seconds; features are scaled to
    unit root mean square first, so that one penalty suits all, and a text's error counts by the inverse of its length,
    as it grows with the root of the length.
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
        cls,
        samples: Iterable[tuple[str, float]],
        *,
        voice: str = "",
        penalty: float | None = None,
        prior: DurationModel | None = None,
    ) -> DurationModel:
        """Fit to (text, seconds) samples; with `prior`, a model of the same voice, only what they say beyond it.

        `penalty` holds the coefficients back, 0.003 by default and 0.1 with a prior: fitted on 12 to 60 segments of
        three scripts, these did best on a fourth.

        Raises:
            UsageError: fewer than three samples, or a length that is not positive.
        """
        pairs = [(text, seconds) for text, seconds in samples if text.strip()]
        if len(pairs) < 3:
            raise UsageError(f"A duration model needs at least 3 spoken samples, not {len(pairs)}; add more.")
        if any(not seconds > 0.0 for _, seconds in pairs):
            raise UsageError("Every sample of a duration model needs a length above 0 seconds.")
        rows = np.array([features(text) for text, _ in pairs])
        seconds = np.array([length for _, length in pairs])
        known = np.array(prior.coefficients) if prior is not None else np.zeros(len(FEATURES))
        weight = 1.0 / np.sqrt(seconds)
        weighted, rest = rows * weight[:, None], (seconds - rows @ known) * weight
        scale = np.sqrt((weighted**2).mean(axis=0))
        scale[scale == 0.0] = 1.0
        scaled = weighted / scale
        if penalty is None:
            penalty = _PENALTY if prior is None else _PENALTY_BESIDE_PRIOR
        gram = scaled.T @ scaled + penalty * len(pairs) * np.eye(len(FEATURES))
        inverse = np.linalg.inv(gram)
        weights = inverse @ scaled.T @ rest
        # leave-one-out residuals of a linear smoother, without refitting: r_i / (1 - h_ii)
        leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
        left_out = (rest - scaled @ weights) / np.maximum(1e-6, 1.0 - leverage) / weight
        return cls(
            voice=voice,
            coefficients=tuple(float(value) for value in known + weights / scale),
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
