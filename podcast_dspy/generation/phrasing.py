"""Phrasing: the connective words around the content, from the profile's hosts or, where it has none, plain ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType

__all__ = ["PURPOSES", "Phrases", "join"]

_T = SegmentType

PURPOSES: Final[Mapping[SegmentType, str]] = {
    _T.INTRO: "welcome the listener and say what the paper is about",
    _T.BACKGROUND: "give the context that a listener needs",
    _T.PROBLEM_STATEMENT: "say what problem the paper takes on",
    _T.METHODOLOGY: "explain how they did it",
    _T.KEY_FINDING: "tell a main result",
    _T.FIGURE_DISCUSSION: "describe a figure to someone who cannot see it",
    _T.IMPLICATION: "say why it matters",
    _T.LIMITATION: "be honest about the caveats",
    _T.CONCLUSION: "wrap up",
    _T.TANGENT: "make an interesting aside",
    _T.TRANSITION: "move to the next topic",
}

_QUESTIONS: Final[Mapping[SegmentType, tuple[str, ...]]] = {
    _T.BACKGROUND: ("So where does this question come from?", "What do you need to know first?"),
    _T.PROBLEM_STATEMENT: ("So what is the actual problem?", "What makes this hard?"),
    _T.METHODOLOGY: (
        "How did they go about it?",
        "So how do you test something like that?",
        "What did they do?",
    ),
    _T.KEY_FINDING: ("So what did they find?", "And what came out?", "Did it work?"),
    _T.FIGURE_DISCUSSION: ("What would you see if you had the page in front of you?",),
    _T.IMPLICATION: ("Why does this matter?", "What does it mean for you?"),
    _T.LIMITATION: ("What is the catch?", "Where should you be careful?"),
    _T.CONCLUSION: ("So what should you take away?",),
    _T.TANGENT: ("Can I take you on a short detour?",),
}

_PLAIN: Final[Mapping[SegmentType, tuple[str, ...]]] = {
    _T.INTRO: ("Welcome. Today we look at a paper called {title}.",),
    _T.BACKGROUND: ("First, some context.",),
    _T.PROBLEM_STATEMENT: ("Here is the problem.",),
    _T.METHODOLOGY: ("Here is how they did it.", "Now for the method."),
    _T.KEY_FINDING: ("Here is the result.", "Now for what they found."),
    _T.FIGURE_DISCUSSION: ("Let's look at {figure}.",),
    _T.IMPLICATION: ("Here is why it matters.",),
    _T.LIMITATION: ("A word of caution.",),
    _T.CONCLUSION: ("Let's wrap up.",),
    _T.TANGENT: ("A short aside.",),
    _T.TRANSITION: ("Let's move on to {topic}.", "Now, {topic}.", "That brings us to {topic}."),
}

_CLOSING: Final = "That is the paper, in short. Thank you for listening."
_SLOT = re.compile(r"\{(\w+)\}")
_KEEP_CAPITAL = re.compile(r"^(?:I\b|[A-Z][\w-]*[A-Z\d]|[A-Z]\b(?!\s))")


def join(opener: str, sentence: str) -> str:
    """An opener and the sentence it leads into: two sentences, or one when the opener does not end one."""
    opener = opener.strip()
    if not opener:
        return sentence
    if opener[-1] in ".?!:":
        return f"{opener} {sentence}"
    lead = sentence
    words = sentence.split()
    if words and not _KEEP_CAPITAL.match(sentence) and words[0].lower() in _FUNCTION_WORDS:
        lead = sentence[0].lower() + sentence[1:]
    return f"{opener.rstrip(',')}, {lead}"


_FUNCTION_WORDS: Final = frozenset(
    "a an the this these those that it its they their we our in on at for from with without when while if as by "
    "to of and but so because although since each every most many some all both one two three however there "
    "here then thus hence after before under over between across using unlike".split()
)


@dataclass
class Phrases:
    """Openers by segment type, taken in turn, so that the same paper always gets the same ones."""

    profile: AggregatedProfile
    question_rate: float | None
    _turn: dict[str, int] = field(default_factory=dict)
    _questions_due: float = 0.0

    def _pool(self, segment_type: SegmentType) -> Sequence[str]:
        profile = self.profile
        styles = [profile.style_variants[key] for key in sorted(profile.style_variants)]
        pools: dict[SegmentType, Sequence[str]] = {
            _T.INTRO: profile.universal_intro_patterns,
            _T.TRANSITION: profile.universal_transition_patterns
            or tuple(phrase for style in styles for phrase in style.transition_phrases),
            _T.FIGURE_DISCUSSION: profile.universal_figure_patterns
            or tuple(style.figure_intro_pattern for style in styles if style.figure_intro_pattern),
            _T.KEY_FINDING: tuple(phrase for style in styles for phrase in style.emphasis_phrases),
            _T.CONCLUSION: tuple(phrase for style in styles for phrase in style.conclusion_phrases),
        }
        return pools.get(segment_type) or ()

    def _next(self, name: str, pool: Sequence[str]) -> str:
        turn = self._turn.get(name, 0)
        self._turn[name] = turn + 1
        return pool[turn % len(pool)]

    @property
    def _rate(self) -> float:
        if self.question_rate is not None:
            return self.question_rate
        rates = [style.questions_per_minute for style in self.profile.style_variants.values()]
        return sum(rates) / len(rates) if rates else 0.0

    def opener(self, segment_type: SegmentType, seconds: float, slots: Mapping[str, str]) -> str:
        """What opens a run of that type and length: a question when one is due, else a phrase with its slots filled.

        A phrase whose slots cannot be filled from `slots` is passed over. Figure and introduction runs always
        name what they are about.
        """
        self._questions_due += self._rate * seconds / 60.0
        question = ""
        if self._questions_due >= 1.0 and segment_type in _QUESTIONS:
            self._questions_due -= 1.0
            question = self._next(f"?{segment_type}", _QUESTIONS[segment_type])
        named = segment_type in (_T.INTRO, _T.FIGURE_DISCUSSION, _T.TRANSITION)
        if question and not named:
            return question
        usable = [phrase for phrase in self._pool(segment_type) if set(_SLOT.findall(phrase)) <= slots.keys()]
        need = {_T.INTRO: "title", _T.FIGURE_DISCUSSION: "figure", _T.TRANSITION: "topic"}.get(segment_type)
        if need is not None and need not in slots:
            return question
        if need == "figure":
            usable = [phrase for phrase in usable if "{figure}" in phrase]
        if not usable:
            usable = [phrase for phrase in _PLAIN[segment_type] if set(_SLOT.findall(phrase)) <= slots.keys()]
        phrase = self._next(segment_type, usable) if usable else ""
        filled = _SLOT.sub(lambda match: slots[match.group(1)], phrase)
        if need == "title" and slots["title"] not in filled:
            filled = f"{filled.rstrip(' .,')}. The paper is called {slots['title'].rstrip('.')}."
        filled = filled[:1].upper() + filled[1:]
        return f"{question} {filled}".strip() if question else filled

    @staticmethod
    def closing() -> str:
        """The last sentence of every episode."""
        return _CLOSING
