"""The sentence of a passage that is worth putting on a card, in the very words that are spoken."""

from __future__ import annotations

import re

from podcast_dspy.analysis.sentences import content_stems, split_sentences
from podcast_dspy.visuals.speech import tokens

__all__ = ["extract_key_quote"]

_SHORTEST, _LONGEST, _BEST = 6, 32, 15
_RESULT = re.compile(
    r"\b(?:found|finds?|shows?|showed|shown|reveal\w*|demonstrat\w*|prov\w+|achiev\w*|reach\w*|improv\w*|reduc\w*"
    r"|increas\w*|decreas\w*|outperform\w*|beats?|faster|slower|better|worse|higher|lower|larger|smaller|fewer|more"
    r"|less|most|least|best|only|never|always|doubl\w*|halv\w*|percent|times|significant\w*|because|means)\b|%",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|hundred|thousand|million|half)\b",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"^(?:so|and|but|or|now|well|okay|ok|yeah|yes|no|right|anyway|also|because|which|that's|this is|it's|let's|let us"
    r"|welcome|hello|hi|thanks|thank you|here's|here is|next|then|i|i'm|you|they|he|she|it|this|these|those)\b",
    re.IGNORECASE,
)
_CHATTING = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|honestly|basically|think about|imagine|guess|of course|wow|whoa|gonna)\b"
    r"|, (?:like|right|huh)\b",
    re.IGNORECASE,
)
_HOSTING = re.compile(
    r"\b(?:episode|podcast|welcome|listeners?|tuning in|stay tuned|subscribe|let's|let me|we'll|talk about|dive|figure"
    r"|table|next up|moving on|thank)\b",
    re.IGNORECASE,
)


def extract_key_quote(text: str) -> str | None:
    """The spoken sentence that says most by itself, or None if no sentence can stand alone.

    Sentences of 6 to 32 words that are no question and no hosting are ranked by: words of a result, a
    number, content words, a beginning that needs no sentence before it, no chatting, and a length near 15 words.
    """
    best: tuple[float, int, str] | None = None
    for place, sentence in enumerate(split_sentences(text)):
        count = len(tokens(sentence))
        if not _SHORTEST <= count <= _LONGEST or sentence.endswith("?") or _HOSTING.search(sentence):
            continue
        score = (
            1.5 * min(2, len(_RESULT.findall(sentence)))
            + (1.5 if _NUMBER.search(sentence) else 0.0)
            + min(1.5, 4.0 * len(content_stems(sentence)) / count)
            - (2.0 if _DEPENDENT.match(sentence) else 0.0)
            - (1.5 if _CHATTING.search(sentence) else 0.0)
            - abs(count - _BEST) / _BEST
        )
        if score >= 1.0 and (best is None or score > best[0]):
            best = (score, place, sentence)
    return best[2] if best else None
