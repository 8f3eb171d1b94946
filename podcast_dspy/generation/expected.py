"""What writing an episode will ask of its LM, by the sizes of the paper and the episode; nothing is asked here."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any, Final

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.editor import CLAIMS
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.reading import read_paper
from podcast_dspy.generation.rundown import WINDOW, characters_to_read
from podcast_dspy.generation.script_writer import AT_HAND, CHAPTER
from podcast_dspy.lms import is_capable, use
from podcast_dspy.lms.forecast import Asked, tokens_of
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.editing import CheckClaims, ListenToScript, ReviseScript
from podcast_dspy.signatures.planning import DigestPart, PlanEpisode
from podcast_dspy.signatures.writing import WriteScript

_PER_WORD: Final = 1.4
"""Tokens a spoken word."""
_SEGMENT: Final = 40.0
"""Seconds of a segment; its line of the plan takes as many tokens as `_PLANNED`."""
_PLANNED: Final = 90.0
_SENTENCE, _VERDICT, _NOTE, _REMARKS = 17.0, 30.0, 65.0, 300.0
"""Words of a sentence; tokens of a verdict on it, of a note on a passage, and of a listener's remarks."""
_NOTES: Final = 20
"""Notes on a part of a paper that is too long to be read at once."""
_ROUNDS: Final = 2
"""Rounds of editing, each with a check."""
_EDITED: Final = 1 / 3
"""Share of a script that a round rewrites."""


def expected_calls(
    graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments, *, seconds: float, role: str
) -> Asked:
    """What the LM `role` is asked to write one episode of `seconds`. Raises DocumentError, PrerequisiteError."""
    by_predictor = calls_by_predictor(graph, profile, adjustments, seconds=seconds, role=role)
    return reduce(Asked.__add__, by_predictor.values(), Asked())


def calls_by_predictor(
    graph: DocumentGraph,
    profile: AggregatedProfile,
    adjustments: Adjustments,
    *,
    seconds: float,
    role: str,
    rounds: int = _ROUNDS,
) -> dict[str, Asked]:
    """What each predictor of the LM `role` is asked to write one episode of `seconds`, in their order.

    `rounds` of editing follow the first check; a script that nothing is wrong with has none.
    Raises DocumentError, PrerequisiteError.
    """
    if not is_capable(role):
        return {}
    with use(role, purpose="writer"):
        room = characters_to_read()
    words = Pace.of(adjustments, profile).words(seconds)
    return {"planner.plan": _planning(graph, seconds, room)} | _writing(graph, words, seconds, room, rounds)


@cache
def _form(signature: Any) -> float:
    """Tokens of a prompt beside its inputs: instructions and the form of the answer, as the adapter writes them."""
    from podcast_dspy.lms.asking import AnswerAdapter

    messages = AnswerAdapter().format(signature, [], dict.fromkeys(signature.input_fields, ""))
    return tokens_of(sum(len(str(message["content"])) for message in messages))


def _call(signature: Any, read: float, written: float) -> Asked:
    return Asked(calls=1, prompt_tokens=_form(signature) + read, completion_tokens=written)


def _planning(graph: DocumentGraph, seconds: float, room: int) -> Asked:
    length = len(read_paper(graph).text)
    asked = _call(PlanEpisode, tokens_of(min(length, room)), _rundown(seconds))
    if length > room:
        parts = -(-length // min(WINDOW, room))
        asked += _call(DigestPart, tokens_of(length / parts), _NOTES * _NOTE).times(parts)
    return asked


def _rundown(seconds: float) -> float:
    return _REMARKS + _PLANNED * max(3.0, seconds / _SEGMENT)


def _writing(graph: DocumentGraph, words: int, seconds: float, room: int, rounds: int) -> dict[str, Asked]:
    script, paper = _PER_WORD * words, tokens_of(min(len(read_paper(graph).text), AT_HAND, room))
    chapters = max(1, round(words / CHAPTER))
    sentences = words / _SENTENCE
    checks = max(1, -(-round(sentences) // CLAIMS))
    checking = Asked(
        calls=checks,
        prompt_tokens=checks * (_form(CheckClaims) + paper / 2) + script,
        completion_tokens=_VERDICT * sentences,
    )
    again = _call(CheckClaims, _EDITED * (paper / 2 + script), _EDITED * _VERDICT * sentences)
    writing = _call(WriteScript, paper + _rundown(seconds) + script / 2, script / chapters)
    return {
        "writer.script": writing.times(chapters),
        "editor.listen": _call(ListenToScript, script, _REMARKS),
        "editor.check": checking + again.times(rounds),
        "editor.revise": _call(ReviseScript, script + paper / 2, _EDITED * script).times(rounds),
    }
